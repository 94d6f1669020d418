"""What the tests of interactions share: a small lexicon, small tables, a graph of a few statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from kgbuilder.model import (
    Concept,
    CuratedEvidence,
    Curie,
    Document,
    EntityType,
    Evidence,
    Span,
    Statement,
    TextEvidence,
    Triple,
    predicate_of,
)
from kgbuilder.ontology.lexicon import Lexicon, Name, Names, NameStatus
from kgbuilder.reason.drug_tables import TABLE_COLUMNS

BRANDS = {"Coumadin": "DB00682", "Diflucan": "DB00196", "Viagra": "DB00203"}


def drug(local_id: str) -> Curie:
    return Curie("DRUGBANK", local_id)


def name_row(text: str, local_id: str, preferred: str, status: NameStatus) -> Name:
    return Name(text, drug(local_id), preferred, EntityType.DRUG, status, "test names", "1")


def lexicon_of(names: dict[Curie, str]) -> Lexicon:
    """Each drug under its name, and a few brands."""
    rows = [name_row(name, id.local_id, name, NameStatus.PREFERRED) for id, name in names.items()]
    rows += [
        name_row(brand, id, names.get(drug(id), brand), NameStatus.BRAND)
        for brand, id in BRANDS.items()
    ]
    rows.append(name_row("uncoveredine", "DB99990", "uncoveredine", NameStatus.PREFERRED))
    rows.append(name_row("twinname", "DB99991", "first twin", NameStatus.SYNONYM))
    rows.append(name_row("twinname", "DB99992", "second twin", NameStatus.SYNONYM))
    return Lexicon((Names(rows),))


class FewStatements:
    """A graph view over a handful of statements."""

    def __init__(
        self, statements: Iterable[Statement] = (), concepts: Iterable[Concept] = ()
    ) -> None:
        self._statements = sorted(statements, key=lambda s: s.triple.id)
        self._concepts = {c.id: c for c in concepts}

    def concept(self, id: Curie) -> Concept | None:
        return self._concepts.get(id)

    def concepts(self, type: EntityType | None = None) -> Iterator[Concept]:
        return (c for _, c in sorted(self._concepts.items()) if type in (None, c.type))

    def documents(self) -> Iterator[Document]:
        return iter(())

    def statements(
        self,
        *,
        subject: Curie | None = None,
        predicate: str | None = None,
        object: Curie | None = None,
    ) -> Iterator[Statement]:
        for s in self._statements:
            t = s.triple
            if (
                subject in (None, t.subject)
                and predicate in (None, t.predicate.name)
                and object in (None, t.object)
            ):
                yield s


def interacts(a: str, b: str, *evidence: Evidence) -> Statement:
    return Statement(Triple.of(drug(a), predicate_of("INTERACTS_WITH"), drug(b)), evidence)


def sentence(
    quote: str = "A raised the level of B.", *, refutes: bool = False, probability: float = 0.9
) -> TextEvidence:
    return TextEvidence("PMID:1", Span(0, len(quote)), quote, "test/1", probability, refutes)


def record(severity: str, *, source: str = "some table") -> CuratedEvidence:
    return CuratedEvidence(source, "2020", "row 7", qualifiers=(("severity", severity),))


def write_tables(folder: Path, **bodies: str) -> Path:
    """Tables with these rows ("|" stands for a tab), the others empty but for their columns."""
    for table, columns in TABLE_COLUMNS.items():
        rows = [line.strip() for line in bodies.get(table, "").splitlines() if line.strip()]
        text = "\n".join(["\t".join(columns), *(row.replace("|", "\t") for row in rows)])
        (folder / f"{table}.tsv").write_text(text + "\n", encoding="utf-8")
    return folder
