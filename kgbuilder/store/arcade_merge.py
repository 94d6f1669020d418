"""Merging a batch into an ArcadeDB graph: what it touches is read, joined in memory and written back.

All of it is one transaction. The rules are those of ``merging``; here is only where things are kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kgbuilder.model import (
    Concept,
    Curie,
    Document,
    Evidence,
    Predicate,
    Statement,
    Triple,
    evidence_key,
)
from kgbuilder.model.statement import join_evidence
from kgbuilder.model.vocabulary import PATIENT, predicate_of
from kgbuilder.protocols import Batch, MergeReport
from kgbuilder.store.arcade import Arcade, Row
from kgbuilder.store.arcade_rows import digest_of_row, documents_of_keys
from kgbuilder.store.arcade_search import named_properties
from kgbuilder.store.codec import concept_from_record, parse_record, triple_from_record
from kgbuilder.store.cypher import (
    bare_properties,
    document_properties,
    edge_properties,
    evidence_of_row,
    evidence_properties,
    ledger_properties,
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
from kgbuilder.store.network import UNKNOWN, bare_label, label_of_end

__all__ = ["merge_batch"]


def merge_batch(arcade: Arcade, batch: Batch, ledger: Mapping[str, str]) -> MergeReport:
    """Add what is not there, in one transaction; see ``EmbeddedStore.merge``."""
    gone = frozenset(batch.deleted)
    fresh = [d for d in batch.documents if d.id not in gone]
    check_documents(fresh)
    statements = statements_left(batch.statements, gone)
    # Types are no part of a transaction; an empty one that stays behind does not show.
    for label in sorted({c.type.value for c in batch.concepts} | _labels_of_ends(statements)):
        arcade.add_type("VERTEX", label, "Entity")
    for predicate in sorted({s.triple.predicate.name for s in statements}):
        arcade.add_type("EDGE", predicate, "Statement")
    with arcade.transaction():
        return _Merge(arcade, gone, fresh, statements).run(batch.concepts, ledger)


def _labels_of_ends(statements: Iterable[Statement]) -> set[str]:
    return {label_of_end(s, is_subject=side) for s in statements for side in (True, False)}


@dataclass(slots=True)
class _Claim:
    """What the graph holds of one triple: its edge, and evidence by key with its place."""

    triple: Triple
    edge: str | None
    """The place of its edge when it was read."""
    held: dict[str, tuple[str, Evidence]] = field(default_factory=dict)
    """As it is in the graph."""
    evidence: dict[str, Evidence] = field(default_factory=dict)
    """As it shall be."""

    @property
    def is_changed(self) -> bool:
        return self.evidence != {key: item for key, (_, item) in self.held.items()}

    def add(self, item: Evidence) -> bool:
        """Join in one piece. :returns: whether it is new."""
        key = evidence_key(item)
        old = self.evidence.get(key)
        self.evidence[key] = item if old is None else join_evidence(old, item)
        return old is None


class _Merge:
    """One merge on its way."""

    __slots__ = ("_arcade", "_claims", "_documents", "_fresh", "_gone", "_statements")

    def __init__(
        self,
        arcade: Arcade,
        gone: frozenset[str],
        fresh: list[Document],
        statements: list[Statement],
    ) -> None:
        self._arcade, self._gone = arcade, gone
        self._fresh, self._statements = fresh, [(s.triple.id, s) for s in statements]
        self._claims: dict[str, _Claim] = {}
        named = {d.id for d in fresh} | {
            id for s in statements for item in s.evidence for id in documents_of(item)
        }
        self._documents = documents_of_keys(arcade, {key_of(id) for id in named | gone})

    def run(self, concepts: Iterable[Concept], ledger: Mapping[str, str]) -> MergeReport:
        texts = {d.id: d.text for d in self._fresh}
        for _, statement in self._statements:
            check_quotes(statement.evidence, lambda name: texts.get(name, self._text_of(name)))
        digests = {id: digest for id, digest in ledger.items() if id not in self._gone}
        stale = self._gone | {id for id, text in texts.items() if self._text_of(id, text) != text}
        stale |= self._put_digests(digests, stale)
        self._read_claims(stale)
        loose = self._withdraw(stale)
        n_removed = self._remove_documents()
        n_documents = sum([self._put_document(d) for d in self._fresh])
        n_concepts = self._put_concepts(concepts)
        n_statements = n_evidence = 0
        for id, statement in self._statements:
            claim = self._claims[id]
            n_statements += not claim.evidence
            n_evidence += sum([claim.add(item) for item in statement.evidence])
        self._write_claims(loose)
        return MergeReport(n_concepts, n_statements, n_evidence, n_documents, n_removed)

    # -- documents -------------------------------------------------------------------------------

    def _text_of(self, id: str, otherwise: str | None = None) -> str | None:
        """The text that the graph holds."""
        if id in self._gone:
            return None
        held = self._documents.get(key_of(id))
        return held[1].text if held else otherwise

    def _put_digests(self, digests: Mapping[str, str], stale: Iterable[str]) -> set[str]:
        """Write the ledger. :returns: documents that it holds with another digest."""
        keys = {key_of(id): id for id in (*digests, *stale)}
        rows = self._arcade.sql(
            "SELECT id, record, @rid.asString() AS rid FROM Ledger WHERE id IN :keys",
            {"keys": sorted(keys)},
        )
        other: set[str] = set()
        new = {key_of(id): digest for id, digest in digests.items()}
        for row in rows:
            wanted = new.pop(row["id"], None)
            if wanted is None:
                self._arcade.remove(row["rid"])
            elif wanted != digest_of_row(row):
                self._arcade.put(row["rid"], ledger_properties(row["id"], wanted))
                other.add(keys[row["id"]])
        fresh = [ledger_properties(key, digest) for key, digest in new.items()]
        self._arcade.add_documents("Ledger", fresh)
        return other

    def _remove_documents(self) -> int:
        held = [self._documents.pop(key_of(id), None) for id in self._gone]
        places = [place[0] for place in held if place is not None]
        for place in places:
            self._arcade.remove(place)
        return len(places)

    def _put_document(self, document: Document) -> bool:
        key = key_of(document.id)
        rid, old = self._documents.get(key, (None, None))
        is_known = old is not None and old.text == document.text
        kept = join_documents(old, document) if old is not None and is_known else document
        if rid is None:
            (rid,) = self._arcade.add_vertices("Document", [document_properties(kept)])
        elif kept != old:
            self._arcade.put(rid, document_properties(kept))
        self._documents[key] = (rid, kept)
        return not is_known

    # -- statements ------------------------------------------------------------------------------

    def _read_claims(self, stale: Iterable[str]) -> None:
        """What the graph holds of every statement that the batch names or a stale document supports."""
        triples = {id: statement.triple for id, statement in self._statements}
        rows = self._arcade.sql(
            "SELECT statement_id FROM (SELECT expand(in('FROM')) FROM Document WHERE id IN :keys)",
            {"keys": sorted(map(key_of, stale))},
        )
        ids = sorted(set(triples) | {row["statement_id"] for row in rows})
        # Evidence first: no edge is without any, and its type, which has no children, is found faster.
        held = self._arcade.sql(
            "SELECT statement_id, key, record, @rid.asString() AS rid FROM Evidence "
            "WHERE statement_id IN :ids",
            {"ids": ids},
        )
        edges = self._arcade.sql(
            "SELECT id, record, @rid.asString() AS rid FROM Statement WHERE id IN :ids",
            {"ids": sorted({row["statement_id"] for row in held})},
        )
        self._claims = {id: _Claim(triple, None) for id, triple in triples.items()}
        for row in edges:
            triple = triple_from_record(parse_record(row["record"], where="statement"))
            self._claims[row["id"]] = _Claim(triple, row["rid"])
        for row in held:
            item = evidence_of_row(row)
            claim = self._claims[row["statement_id"]]
            claim.held[row["key"]] = (row["rid"], item)
            claim.evidence[row["key"]] = item

    def _withdraw(self, stale: frozenset[str] | set[str]) -> set[Curie]:
        """Take out what rests on stale documents. :returns: ends of edges that went."""
        loose: set[Curie] = set()
        for claim in self._claims.values():
            struck = {
                k: e for k, e in claim.evidence.items() if not stale.isdisjoint(documents_of(e))
            }
            for key in struck:
                del claim.evidence[key]
            for item in struck.values():
                left = without_documents(item, stale)
                if left is not None:
                    claim.add(left)
            if claim.edge is not None and not claim.evidence:
                self._arcade.remove(claim.edge)
                claim.edge = None
                loose |= {claim.triple.subject, claim.triple.object}
        self._remove_orphans(loose)
        return loose

    def _remove_orphans(self, ends: Iterable[Curie]) -> None:
        # A node that only this text named goes with it; a vocabulary's concept stays.
        for row in self._nodes(ends, "bothE().size() AS degree, linked, record").values():
            if row["degree"] == 0 and not (row["linked"] and row["record"]):
                self._arcade.remove(row["rid"])

    def _write_claims(self, loose: Iterable[Curie]) -> None:
        changed = {
            id: Statement(claim.triple, tuple(claim.evidence.values()))
            for id, claim in self._claims.items()
            if claim.is_changed and claim.evidence
        }
        new = [s for id, s in changed.items() if self._claims[id].edge is None]
        self._add_edges(new, self._put_ends(new))
        # Asked anew, as an edge moves where a node comes to another label.
        known = [id for id in changed if self._claims[id].edge is not None]
        for id, rid in self._edges(known).items():
            self._arcade.put(rid, edge_properties(changed[id]))
        self._write_evidence()
        self._name_bare_ends(loose)

    def _add_edges(self, statements: Iterable[Statement], places: Mapping[Curie, str]) -> None:
        nodes = {end: self._arcade.vertex(rid) for end, rid in places.items()}
        by_predicate: dict[str, list[Statement]] = defaultdict(list)
        for statement in statements:
            by_predicate[statement.triple.predicate.name].append(statement)
        for predicate, group in by_predicate.items():
            ends = [(nodes[s.triple.subject], nodes[s.triple.object]) for s in group]
            self._arcade.add_edges(predicate, ends, [edge_properties(s) for s in group])

    def _edges(self, ids: Iterable[str]) -> dict[str, str]:
        """Triple id -> place of its edge, of those that are there."""
        rows = self._arcade.sql(
            "SELECT id, @rid.asString() AS rid FROM Statement WHERE id IN :ids", {"ids": list(ids)}
        )
        return {row["id"]: row["rid"] for row in rows}

    def _write_evidence(self) -> None:
        new: list[tuple[Triple, Evidence]] = []
        for claim in self._claims.values():
            for key, (rid, old) in claim.held.items():
                item = claim.evidence.get(key)
                if item is None or documents_of(item) != documents_of(old):
                    self._arcade.remove(rid)
                elif item != old:
                    self._arcade.put(rid, evidence_properties(claim.triple, item))
            for key, item in claim.evidence.items():
                held = claim.held.get(key)
                if held is None or documents_of(item) != documents_of(held[1]):
                    new.append((claim.triple, item))
        places = self._arcade.add_vertices(
            "Evidence", [evidence_properties(triple, item) for triple, item in new]
        )
        ends = [
            (self._arcade.vertex(place), self._arcade.vertex(self._place_of(name)))
            for place, (_, item) in zip(places, new, strict=True)
            for name in sorted(documents_of(item))
        ]
        self._arcade.add_edges("FROM", ends, [{}] * len(ends))

    def _place_of(self, document_id: str) -> str:
        key = key_of(document_id)
        if key not in self._documents:  # a derivation's premise may rest on more than was named
            self._documents |= documents_of_keys(self._arcade, [key])
        return self._documents[key][0]

    # -- nodes -----------------------------------------------------------------------------------

    def _nodes(self, ids: Iterable[Curie], more: str) -> dict[str, Row]:
        """Key -> ``id rid`` and ``more``, of the nodes that are there."""
        rows = self._arcade.sql(
            f"SELECT id, @rid.asString() AS rid, {more} FROM Entity WHERE id IN :keys",  # noqa: S608
            {"keys": sorted(map(key_of, ids))},
        )
        return {row["id"]: row for row in rows}

    def _put_concepts(self, concepts: Iterable[Concept]) -> int:
        concepts = list(concepts)
        rows = self._nodes({c.id for c in concepts}, "record, @type AS label")
        old = {
            key: concept_from_record(parse_record(row["record"], where="concept"))
            for key, row in rows.items()
            if row["record"]
        }
        kept = dict(old)
        for concept in concepts:
            key = key_of(concept.id)
            known = kept.get(key)
            kept[key] = (
                canonical_concept(concept) if known is None else join_concepts(known, concept)
            )
        fresh: dict[str, list[Concept]] = defaultdict(list)
        for key, concept in kept.items():
            row, label = rows.get(key), concept.type.value
            if row is None:
                fresh[label].append(concept)
            elif row["label"] != label:
                self._arcade.retype(row["rid"], label, named_properties(concept))
            elif old.get(key) != concept:
                self._arcade.put(row["rid"], named_properties(concept))
        for label, group in fresh.items():
            self._arcade.add_vertices(label, [named_properties(c) for c in group])
        return len(kept) - len(old)

    def _put_ends(self, statements: Iterable[Statement]) -> dict[Curie, str]:
        """End -> the place of its node, made where no concept described it."""
        said: dict[Curie, set[tuple[Predicate, bool]]] = defaultdict(set)
        for triple in (s.triple for s in statements):
            said[triple.subject].add((triple.predicate, True))
            said[triple.object].add((triple.predicate, False))
        rows = self._nodes(said, "record, @type AS label")
        places: dict[Curie, str] = {}
        for end in said:
            row, label = rows.get(key_of(end)), bare_label(end, said[end])
            if row is None:
                (places[end],) = self._arcade.add_vertices(label, [bare_properties(end)])
            elif not row["record"] and _plainer(label, row["label"]) != row["label"]:
                places[end] = self._arcade.retype(row["rid"], label, bare_properties(end))
            else:
                places[end] = row["rid"]
        return places

    def _name_bare_ends(self, ends: Iterable[Curie]) -> None:
        """Give nodes without a concept, of which edges went, the label that those left say."""
        ends = [end for end in ends if end.prefix != PATIENT]
        sides = "outE().@type AS outgoing, inE().@type AS incoming"
        rows = self._nodes(ends, f"record, @type AS label, {sides}")
        for end in ends:
            row = rows.get(key_of(end))
            if row is None or row["record"]:
                continue
            places = [(predicate_of(name), True) for name in row["outgoing"] or ()]
            places += [(predicate_of(name), False) for name in row["incoming"] or ()]
            label = bare_label(end, places)
            if label != row["label"]:
                self._arcade.retype(row["rid"], label, bare_properties(end))


def _plainer(one: str, other: str) -> str:
    """The label of a node of which two edges say different things; see ``bare_label``."""
    return min({one, other} - {UNKNOWN}, default=UNKNOWN)
