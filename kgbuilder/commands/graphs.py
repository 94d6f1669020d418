"""Commands on a graph that is there: query, search, explain, export, stats."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from pathlib import Path

from kgbuilder.commands.output import opened, print_json, print_line, report_issues
from kgbuilder.errors import UnknownName, UsageError
from kgbuilder.issues import Issues
from kgbuilder.model import Curie
from kgbuilder.protocols import GraphView

__all__ = ["run_explain", "run_export", "run_query", "run_search", "run_stats"]


def run_query(arguments: Namespace) -> int:
    """Print the rows of a Cypher query that reads, given as text or by the name of a saved one."""
    from kgbuilder.commands.query_rows import rows_to_csv, rows_to_table
    from kgbuilder.store.saved import find_saved

    cypher, parameters = arguments.cypher, dict(map(_parameter, arguments.param))
    if (saved := find_saved(cypher)) is not None:
        cypher, parameters = saved.cypher, {**saved.parameters, **parameters}
    with opened(arguments.graph) as store:
        rows = store.query(cypher, parameters)
    match arguments.format:
        case "json":
            for row in rows:
                print_json(row)
        case "csv":
            for line in rows_to_csv(rows):
                print_line(line)
        case _:
            for line in rows_to_table(rows) if rows else ["no rows"]:
                print_line(line)
    return 0


def _parameter(text: str) -> tuple[str, object]:
    """``NAME=VALUE``; the value is JSON where it reads as JSON, else text."""
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--param {text!r} has no '='", hint="--param drug=warfarin")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def run_search(arguments: Namespace) -> int:
    """Print what holds every word."""
    from kgbuilder.store.search import hit_to_text

    with opened(arguments.graph) as store:
        hits = store.search(" ".join(arguments.words), limit=arguments.limit)
    for hit in hits:
        print_json(hit.to_record()) if arguments.json else print_line(hit_to_text(hit))
    if not hits and not arguments.json:
        print_line("nothing found")
    return 0


def run_explain(arguments: Namespace) -> int:
    """Print an edge with all its evidence."""
    from kgbuilder.store.explain import explain, explain_statement, explanation_text

    with opened(arguments.graph) as store:
        ids = [_concept_id(store, text) for text in (arguments.subject, arguments.object)]
        found = explain(store, ids[0], arguments.predicate, ids[1])
        records = [explain_statement(statement, store) for statement in found]
    for record in records:
        print_json(record) if arguments.json else print_line(explanation_text(record))
    return 0


def _concept_id(view: GraphView, text: str) -> Curie:
    """An id as given, or the one concept of the graph that bears the name."""
    if ":" in text:
        return Curie.parse(text)
    wanted = text.casefold()
    named = [
        concept.id
        for concept in view.concepts()
        if wanted in (name.casefold() for name in (concept.name, *concept.synonyms))
    ]
    if not named:
        raise UnknownName(
            f"the graph has no concept called {text!r}",
            hint="kgbuilder search GRAPH WORDS finds it",
        )
    if len(named) > 1:
        raise UnknownName(
            f"{text!r} names {len(named)} concepts", hint=f"say which: {', '.join(map(str, named))}"
        )
    return named[0]


def run_export(arguments: Namespace) -> int:
    """Write the graph in another format."""
    from kgbuilder.store.exporting import export
    from kgbuilder.store.neo4j_csv import import_command, index_command

    issues = Issues()
    steps: dict[str, str] = {}
    if arguments.to == "neo4j-csv":
        database = os.environ.get("NEO4J_DATABASE") or "neo4j"
        steps = {
            "import": import_command(Path(arguments.out), database=database),
            "index": index_command(Path(arguments.out), database=database),
        }
    with opened(arguments.graph) as store:
        export(store, arguments.to, arguments.out, issues=issues)
        stats = store.stats()
    if arguments.json:
        print_json({"out": arguments.out, "format": arguments.to, **steps, **stats.to_record()})
    else:
        print_line(f"{stats.n_nodes} nodes, {stats.n_edges} edges -> {arguments.out}")
        if steps:
            print_line(f"Into the stopped server's database:\n{steps['import']}")
            print_line(f"And once it runs, its indexes:\n{steps['index']}")
    return report_issues(issues)


def run_stats(arguments: Namespace) -> int:
    """Print the counts of a graph; or its contradictions, each with all its evidence."""
    from kgbuilder.store.explain import explain_statement, explanation_text
    from kgbuilder.store.stats import contradictions, stats_to_text

    if arguments.contradictions:
        n = 0
        with opened(arguments.graph) as store:
            for statement in contradictions(store):
                n += 1
                record = explain_statement(statement, store)
                print_json(record) if arguments.json else print_line(explanation_text(record))
        if not arguments.json:
            print_line(f"{n} edges that some evidence supports and some refutes")
        return 0
    with opened(arguments.graph) as store:
        stats = store.stats()
    print_json(stats.to_record()) if arguments.json else print_line(stats_to_text(stats))
    return 0
