"""Merging a batch into a Neo4j graph: what it touches is read, joined in memory and written back.

All of it is one transaction. What changes is said by ``merge_plan``; here is only in which order what is
read and written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kgbuilder.model import PATIENT, Concept, Curie, Statement, Triple, predicate_of
from kgbuilder.protocols import Batch, MergeReport
from kgbuilder.store import neo4j_cypher as cypher
from kgbuilder.store.codec import parse_record, triple_from_record
from kgbuilder.store.cypher import (
    bare_properties,
    concept_of_row,
    concept_properties,
    document_of_row,
    document_properties,
)
from kgbuilder.store.keys import key_of
from kgbuilder.store.merge_plan import (
    Claim,
    Claims,
    Library,
    LibraryChanges,
    ToRead,
    Wanted,
    add_statements,
    ends_of,
    join_all,
    withdraw,
)
from kgbuilder.store.neo4j_rows import digest_of_row, digest_value
from kgbuilder.store.neo4j_server import Transaction
from kgbuilder.store.neo4j_write import (
    add_edges,
    add_evidence,
    by_label,
    keys_of,
    put_edges,
    put_evidence,
    remove_edges,
    type_of,
    write_rows,
)
from kgbuilder.store.network import bare_label, label_of_end

__all__ = ["MustBeAlone", "merge_batch"]


class MustBeAlone(Exception):
    """The batch cannot be merged beside another."""


def merge_batch(
    tx: Transaction, batch: Batch, ledger: Mapping[str, str], *, is_alone: bool = True
) -> MergeReport:
    """Add what is not there; see ``Neo4jStore.merge``. The writers' lock must be held.

    :raises MustBeAlone: where it is not, and a thing is named that no concept describes: its node is to
        be made, or its label depends on all that is stated of it.
    """
    wanted = Wanted.of(batch, ledger)
    library = _read_library(tx, wanted.document_ids)
    wanted = library.told(wanted)
    library.check(wanted)
    stale = library.stale(wanted)
    claims = _read_claims(tx, wanted.statements, stale)
    withdrawn = withdraw(claims.values(), stale)
    remove_edges(tx, [(claim.triple.predicate, claim.triple.id) for claim in withdrawn])
    loose = ends_of(withdrawn)
    if loose:
        tx.write(cypher.REMOVE_ORPHANS, {"keys": keys_of(loose)})
    changes = library.changes(wanted, stale)
    _put_library(tx, changes, gone=keys_of(wanted.gone))
    n_concepts = _put_concepts(tx, batch.concepts)
    n_statements, n_evidence = add_statements(claims, wanted.statements)
    _write_claims(tx, claims, loose, is_alone=is_alone)
    n_removed = len(changes.removed)
    return MergeReport(n_concepts, n_statements, n_evidence, changes.n_new, n_removed)


# -- documents -----------------------------------------------------------------------------------


def _read_library(tx: Transaction, ids: Iterable[str]) -> Library:
    rows = tx.rows(cypher.DOCUMENTS, {"keys": keys_of(ids)})
    return Library(
        {row["id"]: document_of_row(row) for row in rows if row["record"]},
        {row["id"]: d for row in rows if (d := digest_of_row(row)) is not None},
    )


def _put_library(tx: Transaction, changes: LibraryChanges, *, gone: Iterable[str]) -> None:
    """A digest is a property of its document: a node of its own where that is not there."""
    gone = set(gone)
    write_rows(tx, cypher.REMOVE_DOCUMENTS, sorted(gone))
    # All that a node shows is replaced, the digest with it.
    rows = [
        {**document_properties(document), "digest": digest_value(changes.recorded.get(key))}
        for key, document in changes.documents.items()
    ]
    write_rows(tx, cypher.PUT_DOCUMENTS, rows)
    rows = [
        {"id": key, "digest": digest_value(digest)}
        for key, digest in changes.digests.items()
        if key not in changes.documents and key not in gone
    ]
    write_rows(tx, cypher.PUT_DIGESTS, rows)


# -- statements ----------------------------------------------------------------------------------


def _read_claims(tx: Transaction, statements: Iterable[Statement], stale: Iterable[str]) -> Claims:
    """Every statement that the batch names or a stale document supports."""
    claims = {s.triple.id: Claim(s.triple) for s in statements}
    named = by_label((type_of(claim.triple.predicate), id) for id, claim in claims.items())
    for predicate, ids in named.items():
        for row in tx.rows(cypher.HELD_EDGES.replace("#", predicate), {"ids": ids}):
            claims[row["id"]].stand(row["shown"])
    supported: set[str] = set()
    if keys := keys_of(stale):
        rows = tx.rows(cypher.STATEMENTS_OF_DOCUMENTS, {"keys": keys})
        supported = {row["id"] for row in rows}
        for row in tx.rows(cypher.EDGES, {"ids": sorted(supported - set(claims))}):
            record = parse_record(row["record"], where="statement")
            claim = claims[row["id"]] = Claim(triple_from_record(record))
            claim.has_edge = True
    wanted = ToRead.of(claims, statements, supported)
    for text, asked in (
        (cypher.EVIDENCE, {"ids": wanted.statement_ids}),
        (cypher.EVIDENCE_OF_EVENTS, {"events": wanted.events}),
    ):
        for row in tx.rows(text, asked) if any(asked.values()) else ():
            claims[row["statement_id"]].hold(row)
    return claims


def _write_claims(
    tx: Transaction, claims: Claims, loose: Iterable[Curie], *, is_alone: bool
) -> None:
    new = [c for c in claims.values() if c.is_new]
    bare = _put_ends(tx, [c.triple for c in new])
    if bare and not is_alone:
        raise MustBeAlone
    add_edges(tx, ((c.triple, c.tally) for c in new))
    put_edges(tx, ((c.triple, c.tally) for c in claims.values() if c.is_changed))
    gone = [[id, key] for id, claim in claims.items() for key in claim.removed()]
    write_rows(tx, cypher.REMOVE_EVIDENCE, gone)
    add_evidence(tx, ((c.triple, *new) for c in claims.values() for new in c.new()))
    put_evidence(tx, ((c.triple, *item) for c in claims.values() for item in c.joined()))
    _name_bare_ends(tx, {*bare, *loose})


# -- nodes ---------------------------------------------------------------------------------------


def _put_concepts(tx: Transaction, concepts: Iterable[Concept]) -> int:
    """Join concepts into their nodes. :returns: how many are new."""
    concepts = list(concepts)
    if not concepts:
        return 0
    rows = {
        row["id"]: row
        for row in tx.rows(cypher.ENTITIES, {"keys": keys_of(c.id for c in concepts)})
    }
    held = {key: concept_of_row(row) for key, row in rows.items() if row["record"]}
    kept = join_all(held, concepts)
    changed = {key: concept for key, concept in kept.items() if concept != held.get(key)}
    for text, wanted in ((cypher.ADD_ENTITIES, False), (cypher.PUT_ENTITIES, True)):
        group = ((c.type.value, c) for key, c in changed.items() if (key in rows) is wanted)
        for label, of_type in by_label(group).items():
            write_rows(tx, text, map(concept_properties, of_type), label=label)
    return len(kept) - len(held)


def _put_ends(tx: Transaction, triples: Iterable[Triple]) -> list[Curie]:
    """Make the ends that are not there. :returns: the ends that no concept describes."""
    ends: dict[Curie, str] = {}
    for triple in triples:
        ends.setdefault(triple.subject, label_of_end(triple, is_subject=True))
        ends.setdefault(triple.object, label_of_end(triple, is_subject=False))
    rows = tx.rows(cypher.UNDESCRIBED, {"keys": keys_of(ends)}) if ends else []
    bare = {row["key"]: row["missing"] for row in rows}
    missing = ((label, end) for end, label in ends.items() if bare.get(key_of(end)))
    for label, group in by_label(missing).items():
        write_rows(tx, cypher.ADD_ENTITIES, map(bare_properties, group), label=label)
    return [end for end in ends if key_of(end) in bare]


def _name_bare_ends(tx: Transaction, ends: Iterable[Curie]) -> None:
    """Give nodes without a concept the label that all their edges together say."""
    wanted = {key_of(end): end for end in ends if end.prefix != PATIENT}
    if not wanted:
        return
    named: list[tuple[str, Curie]] = []
    for row in tx.rows(cypher.PLACES_OF_BARE, {"keys": sorted(wanted)}):
        places = [(predicate_of(name), True) for name in row["out"]]
        places += [(predicate_of(name), False) for name in row["into"]]
        named.append((bare_label(wanted[row["key"]], places), wanted[row["key"]]))
    for label, group in by_label(named).items():
        write_rows(tx, cypher.PUT_ENTITIES, map(bare_properties, group), label=label)
