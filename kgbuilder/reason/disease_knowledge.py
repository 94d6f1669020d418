"""What is known of each disease: the rows that a ranking rests on, and each row as evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kgbuilder.issues import Issues
from kgbuilder.model import (
    CuratedEvidence,
    Curie,
    Evidence,
    How,
    Statement,
    TextEvidence,
    Triple,
    belief,
    predicate_of,
)
from kgbuilder.model.belief import CURATED_RELIABILITY
from kgbuilder.ontology.annotations import Disease
from kgbuilder.ontology.hierarchy import Rows
from kgbuilder.ontology.hpo import PHENOTYPIC_ABNORMALITY, Hpo
from kgbuilder.ontology.shelf import Shelf
from kgbuilder.protocols import GraphView
from kgbuilder.reason.common_diseases import CommonDisease, CommonFinding
from kgbuilder.reason.hpo_terms import same_concepts, term_of
from kgbuilder.reason.phenotype_model import AnnotationRows, Bools, Ints

__all__ = ["DiseaseKnowledge", "normalized_pmid"]

SOURCE = "HPO annotations (phenotype.hpoa)"
_DIGITS = re.compile(r"(?:PMID:)?\s*(\d+)")


@dataclass(frozen=True, eq=False)
class DiseaseKnowledge:
    """Rows of the annotation file for the diseases that are ranked, then of the shipped table of common
    diseases, then of the user's graph.

    :param diseases: that are ranked; ``evidence.disease`` refers to them.
    :param known: id, as text -> row, of the diseases but for adverse effects.
    :param source_row: per row, its place in ``hpo.annotations``; -1 - i for ``statements[i]``.
    :param common: the row of a disease of the shipped table -> what that says of it.
    :param read: rows of the diseases of which the graph says something.
    :param effects: rows that are no diseases but adverse effects of a medicine.
    :param by_disease: rows of each disease.
    :param usable: per term of the hierarchy: a phenotypic abnormality, but not the root of all.
    """

    hpo: Hpo
    diseases: Sequence[Disease]
    known: Mapping[str, int]
    evidence: AnnotationRows
    source_row: Ints
    usable: Bools
    statements: Sequence[Statement]
    common: Mapping[int, CommonDisease]
    read: frozenset[int]
    effects: frozenset[int]
    by_disease: Rows

    @classmethod
    def gather(
        cls,
        hpo: Hpo,
        *,
        leave_out_spaces: Iterable[str],
        graph: GraphView | None,
        issues: Issues,
        common: Iterable[CommonDisease] = (),
        causes: Mapping[Curie, tuple[Statement, ...]] | None = None,
    ) -> DiseaseKnowledge:
        """:param leave_out_spaces: identifier prefixes of diseases that are not ranked.
        :param common: diseases of the shipped table, ranked beside those of the annotations.
        :param causes: what each medicine of the patient causes; its adverse effect is ranked, too.
        """
        usable = np.zeros(len(hpo.terms), dtype=np.bool_)
        root = hpo.hierarchy.rows.get(PHENOTYPIC_ABNORMALITY)
        if root is not None:
            usable[hpo.hierarchy.descendants[root]] = True
            usable[root] = False
        common = tuple(common)
        left_out = frozenset(leave_out_spaces)
        ranked = np.array(
            [id.partition(":")[0] not in left_out for id in hpo.disease_ids], dtype=np.bool_
        )
        rows = np.flatnonzero(ranked[hpo.annotations.disease] & usable[hpo.annotations.term])
        # Only what has a usable row can be ranked: a disease known by its inheritance alone cannot.
        kept, local = np.unique(hpo.annotations.disease[rows], return_inverse=True)
        places = kept.tolist()
        annotated_diseases = Shelf(len(places), lambda row: hpo.diseases[places[row]])
        ids = [hpo.disease_ids[place] for place in places]
        columns = hpo.annotations
        annotated = AnnotationRows(
            local.astype(np.int64),
            columns.term[rows].astype(np.int64),
            columns.negated[rows],
            columns.share[rows],
            columns.n_patients[rows].astype(np.int64),
            np.ones(len(rows)),
        )
        first_common = len(ids)
        from_table, used = _table_rows(common, hpo, first_common, usable, issues)
        beside = [Disease(disease.id, disease.names) for disease in common]
        known = {id: row for row, id in enumerate((*ids, *(str(d.id) for d in beside)))}
        from_graph, read = _graph_rows(graph, hpo, known, beside, usable, issues)
        first_effect = len(ids) + len(beside)
        effects, caused = _effect_rows(causes or {}, graph, hpo, len(ids), beside, usable)
        n_diseases = len(ids) + len(beside)
        evidence = annotated.joined(from_table, from_graph, effects)
        told = (*read, *caused)
        statements = Shelf(
            len(used) + len(told),
            lambda i: used[i].statement if i < len(used) else told[i - len(used)],
        )
        source_row = np.concatenate(
            [rows.astype(np.int64), -1 - np.arange(len(statements), dtype=np.int64)]
        )
        return cls(
            hpo,
            Shelf(
                n_diseases,
                lambda row: annotated_diseases[row] if row < len(ids) else beside[row - len(ids)],
            ),
            known,
            evidence,
            source_row,
            usable,
            statements,
            {first_common + i: disease for i, disease in enumerate(common)},
            frozenset(from_graph.disease.tolist()),
            frozenset(range(first_effect, n_diseases)),
            _grouped(evidence.disease, n_diseases),
        )

    def rows_of(self, disease: int) -> Ints:
        """Places of the rows of one disease, ascending."""
        return self.by_disease[disease].astype(np.int64)

    def rows_citing(self, pmid: str) -> Ints:
        """Places of the rows that cite this paper."""
        return np.array(self._citing.get(normalized_pmid(pmid), ()), dtype=np.int64)

    @cached_property
    def _citing(self) -> dict[str, tuple[int, ...]]:
        """Paper -> places of the rows that cite it."""
        annotated = self.source_row[self.source_row >= 0]
        return _citing(self.hpo, annotated, self.statements)

    def statement(self, disease: int, term: int, *, without: Ints) -> Statement | None:
        """All rows that say whether this disease has exactly this term, but for the rows ``without``."""
        own = self.rows_of(disease)
        here = own[self.evidence.term[own] == term]
        rows = (here[~np.isin(here, without)] if len(without) else here).tolist()
        if not rows:
            return None
        evidence = [item for row in rows for item in self._evidence_of(int(self.source_row[row]))]
        triple = Triple.of(
            self.diseases[disease].id,
            predicate_of("CAUSES" if disease in self.effects else "HAS_PHENOTYPE"),
            self.hpo.terms[term].id,
        )
        return Statement(triple, tuple(evidence))

    def _evidence_of(self, source_row: int) -> tuple[Evidence, ...]:
        if source_row < 0:
            return self.statements[-1 - source_row].evidence
        columns = self.hpo.annotations
        qualifiers = {
            "evidence_code": columns.evidence[source_row],
            "frequency": self._named(columns.frequency[source_row]),
            "onset": self._named(columns.onset[source_row]),
            "sex": columns.sex[source_row],
        }
        return (
            CuratedEvidence(
                SOURCE,
                self.hpo.annotation_version,
                f"line {columns.line[source_row]}, citing {columns.reference[source_row]}",
                How.IMPORTED,
                refutes=bool(columns.negated[source_row] or columns.share[source_row] == 0),
                qualifiers=tuple(sorted((k, v) for k, v in qualifiers.items() if v)),
            ),
        )

    def _named(self, text: str) -> str:
        """A frequency or onset given as a term, with its name; another text as it is."""
        if not text.startswith("HP:"):
            return text
        row = self.hpo.hierarchy.rows.get(Curie.parse(text))
        return text if row is None else f"{self.hpo.terms[row].name} ({text})"


def _grouped(disease: Ints, n_diseases: int) -> Rows:
    starts = np.zeros(n_diseases + 1, dtype=np.int32)
    starts[1:] = np.cumsum(np.bincount(disease, minlength=n_diseases))
    return Rows(starts, np.argsort(disease, kind="stable").astype(np.int32))


def normalized_pmid(text: str) -> str:
    """``PMID:123`` for ``123``, ``PMID:123`` and ``pmid:123``; another text as it is, stripped."""
    found = _DIGITS.fullmatch(text.strip().upper())
    return f"PMID:{found[1]}" if found else text.strip()


def _citing(hpo: Hpo, rows: Ints, statements: Sequence[Statement]) -> dict[str, tuple[int, ...]]:
    references = hpo.annotations.reference
    cited = [
        [normalized_pmid(part) for part in text.split(";") if part.startswith("PMID")]
        for text in references.values
    ]
    citing: dict[str, list[int]] = {}
    for place, code in enumerate(references.codes[rows].tolist()):
        for pmid in cited[code]:
            citing.setdefault(pmid, []).append(place)
    for i, statement in enumerate(statements):
        for item in statement.evidence:
            if isinstance(item, TextEvidence):
                citing.setdefault(normalized_pmid(item.document_id), []).append(len(rows) + i)
    return {pmid: tuple(places) for pmid, places in citing.items()}


def _table_rows(
    common: Sequence[CommonDisease], hpo: Hpo, first: int, usable: Bools, issues: Issues
) -> tuple[AnnotationRows, tuple[CommonFinding, ...]]:
    """The shipped table as rows with the middle of each frequency's band; its diseases are the rows from
    ``first`` on.
    """
    used: list[tuple[int, int, CommonFinding]] = []
    for place, disease in enumerate(common, first):
        for finding in disease.findings:
            row = hpo.hierarchy.rows.get(finding.term)
            if row is None or not usable[row]:
                issues.refuse(
                    "common-finding",
                    where=str(disease.id),
                    what=f"{finding.term} is no phenotypic abnormality of HPO {hpo.version}",
                )
                continue
            used.append((place, row, finding))
    shares = np.array([finding.share for _, _, finding in used], dtype=np.float64)
    rows = AnnotationRows(
        np.array([place for place, _, _ in used], dtype=np.int64),
        np.array([row for _, row, _ in used], dtype=np.int64),
        shares == 0,
        shares,
        np.zeros(len(used), dtype=np.int64),
        np.array([CURATED_RELIABILITY[finding.how] for _, _, finding in used], dtype=np.float64),
    )
    return rows, tuple(finding for _, _, finding in used)


def _graph_rows(
    graph: GraphView | None,
    hpo: Hpo,
    known: dict[str, int],
    beside: list[Disease],
    usable: Bools,
    issues: Issues,
) -> tuple[AnnotationRows, tuple[Statement, ...]]:
    """``HAS_PHENOTYPE`` edges of the user's graph as rows without a stated frequency. An edge in another
    identifier space counts where a stated ``SAME_AS`` leads here; a disease that the annotations do not
    have joins ``beside``, and ``known``, under its own id.
    """
    disease_rows: list[int] = []
    term_rows: list[int] = []
    beliefs: list[float] = []
    statements: list[Statement] = []
    for statement in graph.statements(predicate="HAS_PHENOTYPE") if graph is not None else ():
        subject, object_ = statement.triple.subject, statement.triple.object
        terms = [found.term.id for id in same_concepts(graph, object_) if (found := hpo.find(id))]
        terms = [id for id in dict.fromkeys(terms) if usable[hpo.hierarchy.rows[id]]]
        if len(terms) != 1:
            issues.refuse(
                "graph-phenotype",
                where=str(statement.triple),
                what="its object is no phenotypic abnormality of the ontology; not used for diagnosis",
            )
            continue
        matches = [id for id in same_concepts(graph, subject) if str(id) in known]
        id = matches[0] if len(matches) == 1 else subject
        if str(id) not in known:
            concept = graph.concept(id) if graph is not None else None
            known[str(id)] = len(known)
            beside.append(Disease(id, (concept.name if concept else str(id),)))
        disease_rows.append(known[str(id)])
        term_rows.append(hpo.hierarchy.rows[terms[0]])
        beliefs.append(belief(statement))
        statements.append(statement)
    n = len(statements)
    rows = AnnotationRows(
        np.array(disease_rows, dtype=np.int64),
        np.array(term_rows, dtype=np.int64),
        np.zeros(n, dtype=np.bool_),
        np.full(n, np.nan),
        np.zeros(n, dtype=np.int64),
        np.array(beliefs, dtype=np.float64),
    )
    return rows, tuple(statements)


def _effect_rows(
    causes: Mapping[Curie, tuple[Statement, ...]],
    graph: GraphView | None,
    hpo: Hpo,
    n_annotated: int,
    beside: list[Disease],
    usable: Bools,
) -> tuple[AnnotationRows, tuple[Statement, ...]]:
    """The adverse effect of each medicine as one more disease ``beside``, under the medicine's id. What
    it causes counts where a stated identity leads to a term.
    """
    used: list[tuple[int, int, Statement]] = []
    for drug, statements in sorted(causes.items()):
        own = []
        for statement in statements:
            same = same_concepts(graph, statement.triple.object)
            terms = {hpo.hierarchy.rows.get(term) for id in same if (term := term_of(id, hpo))}
            place = n_annotated + len(beside)
            own += [(place, row, statement) for row in terms if row is not None and usable[row]]
        if own:
            concept = graph.concept(drug) if graph is not None else None
            name = concept.name if concept else str(drug)
            beside.append(Disease(drug, (f"adverse effect of {name}",)))
            used += own
    rows = AnnotationRows(
        np.array([place for place, _, _ in used], dtype=np.int64),
        np.array([row for _, row, _ in used], dtype=np.int64),
        np.zeros(len(used), dtype=np.bool_),
        np.full(len(used), np.nan),
        np.zeros(len(used), dtype=np.int64),
        np.array([belief(statement) for _, _, statement in used], dtype=np.float64),
    )
    return rows, tuple(statement for _, _, statement in used)
