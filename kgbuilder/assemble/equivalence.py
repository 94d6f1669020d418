"""What is stated to be the same becomes one node, in a copy of the graph, and can be taken apart again.

A ``SAME_AS`` statement of the graph is the only reason. The edges of the less preferred identifier move
to the preferred one (``IDENTIFIER_SPACES``), and each moved piece of evidence says in its qualifiers
what it was said of, so that :func:`unmerged` restores the graph exactly. Nothing is merged over a chain
of mappings, against a refuted one, or where mappings would make one of two of the same vocabulary.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from kgbuilder.issues import Issues
from kgbuilder.model import (
    IDENTIFIER_SPACES,
    Curie,
    Evidence,
    Statement,
    Triple,
    is_linked,
)
from kgbuilder.protocols import Batch, GraphView

__all__ = ["merged", "stated_equivalences", "unmerged"]

SUBJECT, OBJECT = "said_of_subject", "said_of_object"
"""Qualifiers of moved evidence: the ends that its source names."""

STRUCTURE = frozenset({"SAME_AS", "IS_A"})
"""What vocabularies say of their own identifiers stays where it is."""

BY_LIKENESS = frozenset(
    {
        "semapv:LexicalMatching",
        "semapv:LexicalSimilarityThresholdMatching",
        "semapv:SemanticSimilarityThresholdMatching",
    }
)
"""SSSOM justifications that rest on names alone (https://w3id.org/semapv): no reason to merge."""

PAGE = 500
T = TypeVar("T")


def stated_equivalences(view: GraphView, *, issues: Issues) -> dict[Curie, Curie]:
    """Identifier -> the preferred identifier that the graph states to be the same; each is on one side
    only. Mappings that are not followed are noted.
    """
    ranked: dict[Curie, list[tuple[int, Curie]]] = defaultdict(list)
    for statement in view.statements(predicate="SAME_AS"):
        one, other = statement.triple.subject, statement.triple.object
        why_not = _why_not(statement, view)
        if why_not:
            issues.warn("not-merged", where=f"{one} SAME_AS {other}", what=why_not)
            continue
        first, (_, second) = sorted(_ranked(id, view) for id in (one, other))
        ranked[second].append(first)
    chosen: dict[Curie, Curie] = {}
    for id, others in sorted(ranked.items()):
        best = min(others)[1]
        several = [other for _, other in sorted(others) if other.prefix == best.prefix]
        if len(several) == 1:
            chosen[id] = best
        else:
            told = ", ".join(map(str, several))
            issues.warn("not-merged", where=str(id), what=f"it is stated to be several: {told}")
    return _one_step(chosen, issues)


def _why_not(statement: Statement, view: GraphView) -> str:
    one, other = statement.triple.subject, statement.triple.object
    if any(e.refutes for e in statement.evidence):
        return "a source says that they are not the same"
    if all(dict(e.qualifiers).get("justification") in BY_LIKENESS for e in statement.evidence):
        return "the mapping rests on likeness of names"
    if one.prefix == other.prefix or not (is_linked(one) and is_linked(other)):
        return "both are of one vocabulary, or one is not linked"
    concepts = [view.concept(id) for id in (one, other)]
    types = {concept.type for concept in concepts if concept}
    if None in concepts or len(types) != 1:
        return f"they are of two types, or not named: {', '.join(sorted(types))}"
    return ""


def _ranked(id: Curie, view: GraphView) -> tuple[int, Curie]:
    """The preferred identifier of a type sorts first."""
    concept = view.concept(id)
    spaces = IDENTIFIER_SPACES.get(concept.type, ()) if concept else ()
    return (spaces.index(id.prefix) if id.prefix in spaces else len(spaces)), id


def _one_step(chosen: Mapping[Curie, Curie], issues: Issues) -> dict[Curie, Curie]:
    """Without chains, which drift, and without what would make two of one vocabulary the same."""
    kept: dict[Curie, Curie] = {}
    n_from = Counter((best, id.prefix) for id, best in chosen.items())
    for id, best in chosen.items():
        if n_from[best, id.prefix] > 1:
            what = f"others of {id.prefix} are stated to be {best}, too"
        elif best in chosen:
            what = f"{best} is in turn stated to be {chosen[best]}, and nobody states the whole way"
        else:
            kept[id] = best
            continue
        issues.warn("not-merged", where=f"{id} SAME_AS {best}", what=what)
    return kept


def merged(view: GraphView, preferred: Mapping[Curie, Curie]) -> Iterator[Batch]:
    """The graph with edges moved to preferred identifiers, in batches for an empty store.

    Concepts and ``SAME_AS`` statements stay; an edge that would join a thing with itself stays, too.
    """
    yield from _copied(view, (_moved(statement, preferred) for statement in view.statements()))


def unmerged(view: GraphView, only: frozenset[Curie] | None = None) -> Iterator[Batch]:
    """The graph with every piece of evidence back at the ends that its source names.

    :param only: take back what was said of these; None: everything.
    """
    back = (part for statement in view.statements() for part in _taken_apart(statement, only))
    yield from _copied(view, back)


def _copied(view: GraphView, statements: Iterable[Statement]) -> Iterator[Batch]:
    for documents in _paged(view.documents()):
        yield Batch(documents=documents)
    for concepts in _paged(view.concepts()):
        yield Batch(concepts=concepts)
    for page in _paged(statements):
        yield Batch(statements=page)


def _paged(items: Iterable[T]) -> Iterator[tuple[T, ...]]:
    iterator = iter(items)
    while page := tuple(islice(iterator, PAGE)):
        yield page


def _moved(statement: Statement, preferred: Mapping[Curie, Curie]) -> Statement:
    t = statement.triple
    subject, object = (preferred.get(end, end) for end in (t.subject, t.object))
    unmoved = (subject, object) == (t.subject, t.object)
    if unmoved or subject == object or t.predicate.name in STRUCTURE:
        return statement
    said = {SUBJECT: str(t.subject), OBJECT: str(t.object)}
    evidence = (_qualified(e, {**said, **dict(e.qualifiers)}) for e in statement.evidence)
    return Statement(Triple.of(subject, t.predicate, object, t.assertion), tuple(evidence))


def _taken_apart(statement: Statement, only: frozenset[Curie] | None) -> Iterator[Statement]:
    t = statement.triple
    apart: dict[Triple, list[Evidence]] = defaultdict(list)
    for item in statement.evidence:
        said = dict(item.qualifiers)
        ends = [_curie(said.pop(role)) for role in (SUBJECT, OBJECT) if role in said]
        if len(ends) < 2 or (only is not None and only.isdisjoint(ends)):
            apart[t].append(item)
        else:
            triple = Triple.of(ends[0], t.predicate, ends[1], t.assertion)
            apart[triple].append(_qualified(item, said))
    for triple, evidence in apart.items():
        yield Statement(triple, tuple(evidence))


def _curie(text: str) -> Curie:
    prefix, _, local_id = text.partition(":")  # Curie.parse drops white space at the edges
    return Curie(prefix, local_id)


def _qualified(evidence: Evidence, qualifiers: Mapping[str, str]) -> Evidence:
    return replace(evidence, qualifiers=tuple(sorted(qualifiers.items())))
