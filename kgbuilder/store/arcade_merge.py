"""Merging a batch into an ArcadeDB graph: what it touches is read, joined in memory and written back.

All of it is one transaction. What changes is said by ``merge_plan``; here is only where things are kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from kgbuilder.model import Concept, Curie, Evidence, Predicate, Statement, Triple
from kgbuilder.model.vocabulary import PATIENT, predicate_of
from kgbuilder.protocols import Batch, MergeReport
from kgbuilder.store.arcade import Arcade, Row
from kgbuilder.store.arcade_rows import digest_of_row, documents_of_keys
from kgbuilder.store.arcade_search import named_properties
from kgbuilder.store.circles import without_search_for_circles
from kgbuilder.store.codec import concept_from_record, parse_record, triple_from_record
from kgbuilder.store.cypher import (
    bare_properties,
    document_properties,
    edge_properties,
    evidence_properties,
    ledger_properties,
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
from kgbuilder.store.merging import documents_of
from kgbuilder.store.network import UNKNOWN, bare_label, label_of_end

__all__ = ["merge_batch"]


def merge_batch(arcade: Arcade, batch: Batch, ledger: Mapping[str, str]) -> MergeReport:
    """Add what is not there, in one transaction; see ``EmbeddedStore.merge``."""
    wanted = Wanted.of(batch, ledger)
    # Types are no part of a transaction; an empty one that stays behind does not show.
    labels = {c.type.value for c in batch.concepts} | _labels_of_ends(wanted.statements)
    for label in sorted(labels):
        arcade.add_type("VERTEX", label, "Entity")
    for predicate in sorted({s.triple.predicate.name for s in wanted.statements}):
        arcade.add_type("EDGE", predicate, "Statement")
    with without_search_for_circles(), arcade.transaction():
        return _Merge(arcade).run(wanted, batch.concepts)


def _labels_of_ends(statements: Iterable[Statement]) -> set[str]:
    return {label_of_end(s.triple, is_subject=side) for s in statements for side in (True, False)}


class _Merge:
    """One merge on its way: where in the database things are."""

    __slots__ = ("_arcade", "_documents", "_edges", "_evidence", "_ledger")

    def __init__(self, arcade: Arcade) -> None:
        self._arcade = arcade
        self._documents: dict[str, str] = {}
        self._ledger: dict[str, str] = {}
        self._edges: dict[str, str] = {}
        self._evidence: dict[tuple[str, str], str] = {}
        """By id of the triple and key."""

    def run(self, wanted: Wanted, concepts: Iterable[Concept]) -> MergeReport:
        library = self._read_library(wanted.document_ids)
        wanted = library.told(wanted)
        library.check(wanted)
        stale = library.stale(wanted)
        claims = self._read_claims(wanted.statements, stale)
        withdrawn = withdraw(claims.values(), stale)
        for claim in withdrawn:
            self._arcade.remove(self._edges.pop(claim.triple.id))
        loose = ends_of(withdrawn)
        self._remove_orphans(loose)
        changes = library.changes(wanted, stale)
        self._put_library(changes)
        n_concepts = self._put_concepts(concepts)
        n_statements, n_evidence = add_statements(claims, wanted.statements)
        self._write_claims(claims, loose)
        n_removed = len(changes.removed)
        return MergeReport(n_concepts, n_statements, n_evidence, changes.n_new, n_removed)

    # -- documents -------------------------------------------------------------------------------

    def _read_library(self, ids: Iterable[str]) -> Library:
        keys = sorted(map(key_of, ids))
        if not keys:  # a table's rows rest on no document
            return Library({}, {})
        documents = documents_of_keys(self._arcade, keys)
        self._documents = {key: rid for key, (rid, _) in documents.items()}
        rows = self._arcade.sql(
            "SELECT id, record, @rid.asString() AS rid FROM Ledger WHERE id IN :keys",
            {"keys": keys},
        )
        self._ledger = {row["id"]: row["rid"] for row in rows}
        return Library(
            {key: document for key, (_, document) in documents.items()},
            {row["id"]: digest_of_row(row) for row in rows},
        )

    def _put_library(self, changes: LibraryChanges) -> None:
        for key in changes.removed:
            self._arcade.remove(self._documents.pop(key))
        for key, document in changes.documents.items():
            properties = document_properties(document)
            if key in self._documents:
                self._arcade.put(self._documents[key], properties)
            else:
                (self._documents[key],) = self._arcade.add_vertices("Document", [properties])
        fresh = []
        for key, digest in changes.digests.items():
            if digest is None:
                self._arcade.remove(self._ledger[key])
            elif key in self._ledger:
                self._arcade.put(self._ledger[key], ledger_properties(key, digest))
            else:
                fresh.append(ledger_properties(key, digest))
        self._arcade.add_documents("Ledger", fresh)

    # -- statements ------------------------------------------------------------------------------

    def _read_claims(self, statements: Iterable[Statement], stale: Iterable[str]) -> Claims:
        """Every statement that the batch names or a stale document supports."""
        claims = {s.triple.id: Claim(s.triple) for s in statements}
        of_predicate: dict[str, list[str]] = defaultdict(list)
        for id, claim in claims.items():
            of_predicate[claim.triple.predicate.name].append(id)
        for predicate, ids in of_predicate.items():
            for row in self._edges_of(predicate, ids):
                claims[row["id"]].stand(row)
        supported = self._supported_by(stale)
        for row in self._edges_of("Statement", supported - set(claims)):
            record = parse_record(row["record"], where="statement")
            claim = claims[row["id"]] = Claim(triple_from_record(record))
            claim.stand(row)
        wanted = ToRead.of(claims, statements, supported)
        for name, values in (("statement_id", wanted.statement_ids), ("event", wanted.events)):
            text = f"SELECT statement_id, key, event, record, @rid.asString() AS rid FROM Evidence WHERE {name} IN :values"  # noqa: S608, E501
            for row in self._arcade.sql(text, {"values": values}) if values else ():
                self._evidence[row["statement_id"], row["key"]] = row["rid"]
                claims[row["statement_id"]].hold(row)
        return claims

    def _edges_of(self, type: str, ids: Iterable[str]) -> list[Row]:
        """``id record`` and what is shown, of edges that are there. Of a predicate, which has no
        children, an edge is found faster than of all.
        """
        rows = self._arcade.sql(
            f"SELECT *, @rid.asString() AS rid FROM `{type}` WHERE id IN :ids",  # noqa: S608
            {"ids": sorted(ids)},
        )
        self._edges |= {row["id"]: row["rid"] for row in rows}
        return rows

    def _supported_by(self, documents: Iterable[str]) -> set[str]:
        """Ids of the statements that rest on these documents."""
        keys = sorted(map(key_of, documents))
        rows = (
            self._arcade.sql(
                "SELECT statement_id FROM "
                "(SELECT expand(in('FROM')) FROM Document WHERE id IN :keys)",
                {"keys": keys},
            )
            if keys
            else []
        )
        return {row["statement_id"] for row in rows}

    def _remove_orphans(self, ends: Iterable[Curie]) -> None:
        # A node that only this text named goes with it; a vocabulary's concept stays.
        for row in self._nodes(ends, "bothE().size() AS degree, linked, record").values():
            if row["degree"] == 0 and not (row["linked"] and row["record"]):
                self._arcade.remove(row["rid"])

    def _write_claims(self, claims: Claims, loose: Iterable[Curie]) -> None:
        new = [claim for claim in claims.values() if claim.is_new]
        changed = {id: claim for id, claim in claims.items() if claim.is_changed}
        self._add_edges(new, self._put_ends(claim.triple for claim in new))
        # Asked anew, as an edge moves where a node comes to another label.
        for id, rid in self._places_of_edges(changed).items():
            self._arcade.put(rid, edge_properties(changed[id].triple, changed[id].tally))
        self._write_evidence(claims)
        self._name_bare_ends(loose)

    def _add_edges(self, claims: Iterable[Claim], places: Mapping[Curie, str]) -> None:
        nodes = {end: self._arcade.vertex(rid) for end, rid in places.items()}
        by_predicate: dict[str, list[Claim]] = defaultdict(list)
        for claim in claims:
            by_predicate[claim.triple.predicate.name].append(claim)
        for predicate, group in by_predicate.items():
            ends = [(nodes[c.triple.subject], nodes[c.triple.object]) for c in group]
            rows = [edge_properties(c.triple, c.tally) for c in group]
            self._arcade.add_edges(predicate, ends, rows)

    def _places_of_edges(self, ids: Iterable[str]) -> dict[str, str]:
        rows = self._arcade.sql(
            "SELECT id, @rid.asString() AS rid FROM Statement WHERE id IN :ids", {"ids": list(ids)}
        )
        return {row["id"]: row["rid"] for row in rows}

    def _write_evidence(self, claims: Claims) -> None:
        new: list[tuple[Triple, str, Evidence]] = []
        for id, claim in claims.items():
            triple = claim.triple
            for key in claim.removed():
                self._arcade.remove(self._evidence[id, key])
            for key, item in claim.joined():
                self._arcade.put(self._evidence[id, key], evidence_properties(triple, item, key))
            new += [(triple, *keyed) for keyed in claim.new()]
        places = self._arcade.add_vertices(
            "Evidence", [evidence_properties(triple, item, key) for triple, key, item in new]
        )
        ends = [
            (self._arcade.vertex(place), self._arcade.vertex(self._place_of(name)))
            for place, (_, _, item) in zip(places, new, strict=True)
            for name in sorted(documents_of(item))
        ]
        self._arcade.add_edges("FROM", ends, [{}] * len(ends))

    def _place_of(self, document_id: str) -> str:
        key = key_of(document_id)
        if key not in self._documents:  # a derivation's premise may rest on more than was named
            self._documents[key] = documents_of_keys(self._arcade, [key])[key][0]
        return self._documents[key]

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
        kept = join_all(old, concepts)
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

    def _put_ends(self, triples: Iterable[Triple]) -> dict[Curie, str]:
        """End -> the place of its node, made where no concept described it."""
        said: dict[Curie, set[tuple[Predicate, bool]]] = defaultdict(set)
        for triple in triples:
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
