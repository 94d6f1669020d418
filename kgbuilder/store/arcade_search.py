"""Full text in an ArcadeDB graph: names, quotes and documents, found by Lucene indexes.

ArcadeDB makes them by SQL only; a list such as ``synonyms`` cannot be indexed, so a node's names stand
together in ``names``, which no query shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from kgbuilder.model import Concept
from kgbuilder.store.arcade import Arcade, Row
from kgbuilder.store.arcade_rows import statements_of_ids
from kgbuilder.store.cypher import Properties, concept_of_row, concept_properties, document_of_row
from kgbuilder.store.keys import shown
from kgbuilder.store.search import (
    Hit,
    concept_hit,
    document_hit,
    statement_hit,
    words_of,
)

__all__ = ["find_words", "named_properties"]

SURPLUS = 5
"""How many times the wanted hits are asked for, as some do not hold all words in one name."""


def named_properties(concept: Concept) -> Properties:
    """The properties of a concept's node, and its names together."""
    names = "\n".join((str(concept.id), concept.name, *concept.synonyms))
    return {**concept_properties(concept), "names": shown(names)}


def find_words(arcade: Arcade, words: str, *, limit: int) -> list[Hit]:
    """Concepts, statements and documents in which some word begins with each of ``words``; the best
    first, at most ``limit`` of each kind. :raises UsageError: when there are no words.
    """
    wanted = words_of(words)
    # As Lucene's StandardTokenizer cuts words: at all but letters, digits and a stop between them.
    parts = [part for word in wanted for part in re.findall(r"\w+(?:\.\w+)*", word)]
    if not parts:
        return []
    # A whole word counts more than the beginning of one.
    query = " ".join(f"+({part}^4 {part}*)" for part in parts)

    def rows(what: str, index: str, id: str = "id") -> list[Row]:
        text = (
            f"SELECT {what} FROM {index.partition('[')[0]} "  # noqa: S608
            f"WHERE SEARCH_INDEX('{index}', :query) = true "
            f"ORDER BY $score DESC, {id} LIMIT {limit * SURPLUS}"
        )
        return arcade.sql(text, {"query": query})

    concepts = (concept_hit(concept_of_row(r), wanted) for r in rows("record", "Entity[names]"))
    quotes = rows("statement_id", "Evidence[quote]", "statement_id")
    ids = list(dict.fromkeys(row["statement_id"] for row in quotes))
    found = {s.triple.id: s for s in statements_of_ids(arcade, ids)}
    statements = (statement_hit(found[id], wanted) for id in ids)
    texts = rows("text, record", "Document[title,text]")
    documents = (document_hit(document_of_row(r), wanted) for r in texts)
    return [h for kind in (concepts, statements, documents) for h in _first(kind, limit)]


def _first(hits: Iterable[Hit | None], limit: int) -> Iterator[Hit]:
    return islice((hit for hit in hits if hit is not None), limit)
