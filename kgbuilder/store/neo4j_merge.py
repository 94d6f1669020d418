"""Merging a batch into a Neo4j graph: what it touches is read, joined in memory and written back.

All of it is one transaction. The rules are those of ``merging``; here is only in which order what is
read and written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from kgbuilder.model import (
    PATIENT,
    Concept,
    Curie,
    Document,
    Evidence,
    Statement,
    Triple,
    evidence_key,
    predicate_of,
)
from kgbuilder.model.statement import join_evidence
from kgbuilder.protocols import Batch, MergeReport
from kgbuilder.store import neo4j_cypher as cypher
from kgbuilder.store.codec import parse_record, triple_from_record
from kgbuilder.store.cypher import (
    bare_properties,
    concept_of_row,
    concept_properties,
    document_of_row,
    document_properties,
    evidence_of_row,
)
from kgbuilder.store.keys import key_of
from kgbuilder.store.merging import (
    canonical_concept,
    check_documents,
    check_quotes,
    documents_of,
    join_concepts,
    join_documents,
    statements_left,
    without_documents,
)
from kgbuilder.store.neo4j_rows import (
    digest_of_row,
    digest_value,
)
from kgbuilder.store.neo4j_server import Transaction
from kgbuilder.store.neo4j_write import (
    add_edges,
    add_evidence,
    by_label,
    keys_of,
    put_edges,
    put_evidence,
    remove_edges,
    write_rows,
)
from kgbuilder.store.network import bare_label, label_of_end

__all__ = ["merge_batch"]


def merge_batch(tx: Transaction, batch: Batch, ledger: Mapping[str, str]) -> MergeReport:
    """Add what is not there; see ``Neo4jStore.merge``. The writers' lock must be held."""
    gone = frozenset(batch.deleted)
    fresh = [d for d in batch.documents if d.id not in gone]
    check_documents(fresh)
    statements = statements_left(batch.statements, gone)
    digests = {id: digest for id, digest in ledger.items() if id not in gone}
    library = _Library.read(tx, {*gone, *digests, *(d.id for d in fresh), *_named(statements)})

    texts = {d.id: d.text for d in fresh}
    for statement in statements:
        check_quotes(
            statement.evidence,
            lambda name: texts[name] if name in texts else library.text_of(name, but=gone),
        )
    stale = gone | library.changed(texts, digests)
    claims = _read_claims(tx, statements, stale)
    loose = _withdraw(tx, claims, stale)

    n_removed = len([id for id in gone if library.text_of(id) is not None])
    write_rows(tx, cypher.REMOVE_DOCUMENTS, keys_of(gone))
    n_documents = library.put(tx, fresh, digests, stale=stale, gone=gone)
    n_concepts = _put_concepts(tx, batch.concepts)
    n_statements = n_evidence = 0
    for statement in statements:
        claim = claims[statement.triple.id]
        n_statements += not claim.evidence
        n_evidence += sum([claim.add(item) for item in statement.evidence])
    _write_claims(tx, claims, loose)
    return MergeReport(n_concepts, n_statements, n_evidence, n_documents, n_removed)


def _named(statements: Iterable[Statement]) -> set[str]:
    return {id for s in statements for item in s.evidence for id in documents_of(item)}


# -- documents -----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Library:
    """What the graph holds of the documents that a batch names, by key."""

    documents: dict[str, Document] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, tx: Transaction, ids: Iterable[str]) -> _Library:
        rows = tx.rows(cypher.DOCUMENTS, {"keys": keys_of(ids)})
        return cls(
            {row["id"]: document_of_row(row) for row in rows if row["record"]},
            {row["id"]: d for row in rows if (d := digest_of_row(row)) is not None},
        )

    def text_of(self, id: str, *, but: Collection[str] = ()) -> str | None:
        """The text that the graph holds, unless it is one of ``but``."""
        held = None if id in but else self.documents.get(key_of(id))
        return held.text if held else None

    def changed(self, texts: Mapping[str, str], digests: Mapping[str, str]) -> set[str]:
        """Which of them are held with another text, or were recorded with another digest."""
        other = {id for id, text in texts.items() if self.text_of(id) not in (None, text)}
        return other | {
            id for id, digest in digests.items() if self.digests.get(key_of(id), digest) != digest
        }

    def put(
        self,
        tx: Transaction,
        fresh: Iterable[Document],
        digests: Mapping[str, str],
        *,
        stale: Iterable[str],
        gone: Iterable[str],
    ) -> int:
        """Write documents and ledger. :returns: how many documents are new or have another text."""
        lost, unrecorded = set(keys_of(gone)), set(keys_of(stale))
        kept = {key: document for key, document in self.documents.items() if key not in lost}
        recorded = {key: d for key, d in self.digests.items() if key not in unrecorded}
        recorded |= {key_of(id): digest for id, digest in digests.items()}
        n_new = 0
        for document in fresh:
            key = key_of(document.id)
            old = kept.get(key)
            if old is None or old.text != document.text:
                n_new += 1
                kept[key] = document
            else:
                kept[key] = join_documents(old, document)
        changed = {key: d for key, d in kept.items() if d != self.documents.get(key)}
        # All that a node shows is replaced, the digest with it.
        rows = [
            {**document_properties(document), "digest": digest_value(recorded.get(key))}
            for key, document in changed.items()
        ]
        write_rows(tx, cypher.PUT_DOCUMENTS, rows)
        others = {*recorded, *self.digests} - {*changed, *lost}
        rows = [
            {"id": key, "digest": digest_value(recorded.get(key))}
            for key in sorted(others)
            if recorded.get(key) != self.digests.get(key)
        ]
        write_rows(tx, cypher.PUT_DIGESTS, rows)
        return n_new


# -- statements ----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Claim:
    """One triple: its evidence by key, as the graph held it and as it shall be."""

    triple: Triple
    has_edge: bool = False
    held: dict[str, Evidence] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    """Of those held, what was taken out meanwhile."""

    def add(self, item: Evidence) -> bool:
        """Join in one piece. :returns: whether it is new."""
        key = evidence_key(item)
        old = self.evidence.get(key)
        self.evidence[key] = item if old is None else join_evidence(old, item)
        return old is None

    def new_evidence(self) -> list[Evidence]:
        left = self.held.keys() - self.removed
        return [item for key, item in self.evidence.items() if key not in left]

    def joined_evidence(self) -> list[Evidence]:
        left = self.held.keys() - self.removed
        return [e for key, e in self.evidence.items() if key in left and e != self.held[key]]

    @property
    def statement(self) -> Statement:
        return Statement(self.triple, tuple(self.evidence.values()))


Claims = dict[str, _Claim]


def _read_claims(tx: Transaction, statements: Iterable[Statement], stale: Iterable[str]) -> Claims:
    """Every statement that the batch names or a stale document supports."""
    claims = {s.triple.id: _Claim(s.triple) for s in statements}
    if keys := keys_of(stale):
        rows = tx.rows(cypher.STATEMENTS_OF_DOCUMENTS, {"keys": keys})
        others = [row["id"] for row in rows if row["id"] not in claims]
        for row in tx.rows(cypher.EDGES, {"ids": others}):
            record = parse_record(row["record"], where="statement")
            claims[row["id"]] = _Claim(triple_from_record(record))
    for row in tx.rows(cypher.EVIDENCE, {"ids": list(claims)}):
        claim = claims[row["statement_id"]]
        claim.has_edge = True
        claim.held[row["key"]] = claim.evidence[row["key"]] = evidence_of_row(row)
    return claims


def _withdraw(tx: Transaction, claims: Claims, stale: frozenset[str]) -> set[Curie]:
    """Take out what rests on stale documents. :returns: the ends of relationships that went."""
    if not stale:
        return set()
    withdrawn: list[_Claim] = []
    for claim in claims.values():
        struck = {k: e for k, e in claim.evidence.items() if not stale.isdisjoint(documents_of(e))}
        claim.removed = set(struck)
        for key in struck:
            del claim.evidence[key]
        for item in struck.values():
            left = without_documents(item, stale)
            if left is not None:
                claim.add(left)
        if claim.has_edge and not claim.evidence:
            claim.has_edge = False
            withdrawn.append(claim)
    remove_edges(tx, [(claim.triple.predicate, claim.triple.id) for claim in withdrawn])
    gone = [[id, key] for id, claim in claims.items() for key in sorted(claim.removed)]
    write_rows(tx, cypher.REMOVE_EVIDENCE, gone)
    loose = {end for claim in withdrawn for end in (claim.triple.subject, claim.triple.object)}
    tx.write(cypher.REMOVE_ORPHANS, {"keys": keys_of(loose)})
    return loose


def _write_claims(tx: Transaction, claims: Claims, loose: Iterable[Curie]) -> None:
    new = [c.statement for c in claims.values() if c.evidence and not c.has_edge]
    changed = [c.statement for c in claims.values() if c.has_edge and c.held != c.evidence]
    bare = _put_ends(tx, new)
    add_edges(tx, new)
    put_edges(tx, changed)
    add_evidence(tx, ((c.triple, item) for c in claims.values() for item in c.new_evidence()))
    put_evidence(tx, ((c.triple, item) for c in claims.values() for item in c.joined_evidence()))
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
    kept = dict(held)
    for concept in concepts:
        known = kept.get(key_of(concept.id))
        kept[key_of(concept.id)] = (
            canonical_concept(concept) if known is None else join_concepts(known, concept)
        )
    changed = {key: concept for key, concept in kept.items() if concept != held.get(key)}
    for text, wanted in ((cypher.ADD_ENTITIES, False), (cypher.PUT_ENTITIES, True)):
        group = ((c.type.value, c) for key, c in changed.items() if (key in rows) is wanted)
        for label, of_type in by_label(group).items():
            write_rows(tx, text, map(concept_properties, of_type), label=label)
    return len(kept) - len(held)


def _put_ends(tx: Transaction, statements: Iterable[Statement]) -> list[Curie]:
    """Make the ends that are not there. :returns: the ends that no concept describes."""
    ends: dict[Curie, str] = {}
    for statement in statements:
        ends.setdefault(statement.triple.subject, label_of_end(statement, is_subject=True))
        ends.setdefault(statement.triple.object, label_of_end(statement, is_subject=False))
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
