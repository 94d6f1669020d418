"""Writes ``guide.html``, a guide to the graph in Neo4j Browser, from the saved queries and this text.

    python deploy/neo4j/guide.py

Open the page in a web browser: each query has a link that puts it into the Browser at localhost:7474.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from urllib.parse import quote

from kgbuilder.store.saved import saved_queries

BROWSER = "http://localhost:7474/browser/?cmd=edit&arg="
HEAD = """<!DOCTYPE html>
<meta charset="utf-8">
<title>kgbuilder: a medical knowledge graph in Neo4j</title>
<article class="guide">
<style>article { font-family: sans-serif; max-width: 60em; margin: 2em auto }
pre { background: #f4f6f8; padding: 1em; white-space: pre-wrap }</style>
<carousel class="deck container-fluid">
<slide class="row-fluid"><div class="col-sm-12">
<h3>What is in the graph</h3>
<p>Drugs, diseases, phenotypes, genes, procedures and lab tests are nodes; a relationship reads from
subject to object (<code>TREATS</code>, <code>CAUSES</code>, <code>INTERACTS_WITH</code>). It carries
<code>belief</code> (0 to 1, over all evidence), <code>n_support</code>, <code>n_refute</code> and the
best <code>quote</code>. All its sentences and records are one step away, by an index:</p>
<pre class="pre-scrollable code runnable">MATCH (a)-[r:CAUSES]-&gt;(b) WITH a, r, b LIMIT 5
MATCH (e:Evidence {statement_id: r.id})-[f:FROM]-&gt;(d:Document) RETURN *</pre>
<p>and from a sentence back to its relationship:</p>
<pre class="pre-scrollable code runnable">
CALL db.index.fulltext.queryNodes("kg_quotes", "bleeding") YIELD node AS e
MATCH (a:Entity {id: e.subject})-[r]-&gt;(b:Entity {id: e.object}) WHERE r.id = e.statement_id
RETURN a, r, b, e LIMIT 25</pre>
<p>The colours are in <code>kgbuilder.grass</code>: drop that file onto the Browser's window, or type
<code>:style</code> and the address where it is served.</p>
</div></slide>
"""
SLIDE = """<slide class="row-fluid"><div class="col-sm-12">
<h3>{title}</h3>
<pre class="pre-scrollable code runnable">{text}</pre>
<p><a href="{link}">Put it into the Browser</a></p>
</div></slide>
"""


def guide() -> str:
    """The whole page."""
    slides = [
        SLIDE.format(
            title=escape(query.title),
            text=escape(query.example),
            link=BROWSER + quote(query.example),
        )
        for query in saved_queries()
    ]
    return f"{HEAD}{''.join(slides)}</carousel>\n</article>\n"


if __name__ == "__main__":
    Path(__file__).with_name("guide.html").write_text(guide(), "utf-8")
