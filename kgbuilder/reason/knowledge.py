"""The shipped drug knowledge: tables parsed once, asked per drug.

Every row names its source (a row of ``sources.tsv``), the section there, and how the fact was had:
``read`` (the page at the source's address was opened) or ``recalled`` (general knowledge, not looked
up). A drug is covered only when its metabolism and transport, its effects and its therapeutic index
are each stated; ``none`` counts, silence does not.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TypeVar

from kgbuilder.errors import FormatError
from kgbuilder.model import CuratedEvidence, Curie, How, Severity
from kgbuilder.reason.drug_facts import (
    DirectFact,
    EffectFact,
    EnzymeFact,
    ExposureFact,
    Gene,
    IndexFact,
    Role,
    Source,
    TargetRole,
    WarningFact,
)
from kgbuilder.reason.drug_tables import TABLE_COLUMNS, by_drug
from kgbuilder.reason.shipped_tables import Row, table_rows, table_text

__all__ = ["DrugKnowledge"]

_SPACE = "DRUGBANK"
"""The identifier space of the tables."""
_FACT_TABLES = ("enzymes", "effects", "therapeutic_index", "direct", "warnings", "ndf_rt")
_PAIR_TABLES = ("direct", "ndf_rt")
_ABOUT_PATIENTS = ("classes", "patient_rules")
_PER_DRUG = ("enzymes", "effects", "therapeutic_index", "exposure", "warnings", "onset")
_LEAST = frozenset(("*", "strong", "moderate", "weak", "high", "low"))
_STATED_BY = {
    "enzymes": "metabolism and transport",
    "effects": "effects",
    "therapeutic_index": "therapeutic index",
}

_KEYS = {
    "enzymes": ("id", "gene", "role", "strength"),
    "effects": ("id", "effect", "grade"),
    "therapeutic_index": ("id", "narrow"),
    "exposure": ("id", "direction"),
    "onset": ("id",),
    "warnings": ("id", "against", "least"),
    "direct": ("id_a", "id_b", "severity"),
    "ndf_rt": ("id_a", "id_b", "grade"),
    "classes": ("class", "id"),
    "patient_rules": ("kind", "when", "id", "drug"),
}
"""The columns that name a row, as evidence cites it."""

T = TypeVar("T")


class DrugKnowledge:
    """Facts per drug. Immutable after construction; rows become values when a drug is first asked.

    ``names`` holds the drugs with rows, ``forms`` the salts and esters that act as one of them.

    :param folder: holds the files named in :data:`TABLE_COLUMNS`.
    :param without: tables of pairs (``direct``, ``ndf_rt``) that are left empty, to judge the others.
    :raises InputError: when a table is missing. :raises FormatError: when a row is wrong.
    """

    def __init__(self, folder: Traversable, *, without: Collection[str] = ()) -> None:
        self._rows: dict[str, list[Row]] = {}
        self.versions: dict[str, str] = {}
        for table, columns in TABLE_COLUMNS.items():
            text = table_text(folder, table)
            rows = table_rows(text, table, columns)
            self._rows[table] = [] if table in without else list(rows)
            self.versions[table] = hashlib.sha256(text.encode()).hexdigest()[:8]
        self.sources = {
            r["id"]: Source(r["id"], r["document"], r["publisher"], r["date"], r["address"])
            for _, r in self._rows["sources"]
        }
        self.genes = {r["symbol"]: _gene(r) for _, r in self._rows["genes"]}
        self._gene_of = {
            alias.casefold(): gene for gene in self.genes.values() for alias in gene.aliases
        }
        self._grades = {
            r["source_grade"].casefold(): Severity(r["severity"]) for _, r in self._rows["grades"]
        }
        self.templates = {r["key"]: r["text"] for _, r in self._rows["templates"]}
        self.target_rules = {
            (TargetRole(r["role_a"]), TargetRole(r["role_b"])): r
            for _, r in self._rows["target_rules"]
        }
        self._of_drug = {table: by_drug(self._rows[table]) for table in _PER_DRUG}
        self._pairs: dict[str, dict[tuple[str, str], list[Row]]] = {}
        for table in _PAIR_TABLES:
            found = self._pairs[table] = defaultdict(list)
            for number, r in self._rows[table]:
                first, second = sorted((r["id_a"], r["id_b"]))
                found[first, second].append((number, r))
        self.names = self._names()
        self.forms = {
            Curie.parse(r["form_id"]): Curie(_SPACE, r["id"]) for _, r in self._rows["forms"]
        }
        self._compared = tuple(
            f"kgbuilder {t}.tsv @{self.versions[t]} (rows {_spelled(counted)})"
            for t, counted in self.counts().items()
            if t in _FACT_TABLES and t not in without
        )
        self._uncovered: dict[Curie, tuple[str, ...]] = {}
        self._enzymes: dict[Curie, tuple[EnzymeFact, ...]] = {}
        self._effects: dict[Curie, tuple[EffectFact, ...]] = {}
        self._index: dict[Curie, tuple[IndexFact, ...]] = {}
        self._exposure: dict[Curie, tuple[ExposureFact, ...]] = {}
        self._warnings: dict[Curie, tuple[WarningFact, ...]] = {}

    @classmethod
    def shipped(cls, *, without: Collection[str] = ()) -> DrugKnowledge:
        """The tables inside this package."""
        return cls(files("kgbuilder.reason").joinpath("tables"), without=without)

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of any table of :data:`TABLE_COLUMNS` as they stand, with their line numbers."""
        return iter(self._rows[table])

    def rules(self, table: str) -> Iterator[dict[str, str]]:
        """The rows of a rule table (``pk_rules``, ``pd_rules``, ``grades``), in order."""
        return (row for _, row in self._rows[table])

    def gene(self, *names: str) -> Gene | None:
        """The gene that one of these identifiers or symbols names, ignoring case."""
        return next(
            (found for name in names if (found := self._gene_of.get(name.casefold()))), None
        )

    def enzymes(self, drug: Curie) -> tuple[EnzymeFact, ...]:
        """What the drug does to enzymes and transporters, and they to it."""
        return self._facts(self._enzymes, drug, "enzymes", self._enzyme)

    def effects(self, drug: Curie) -> tuple[EffectFact, ...]:
        """The drug's effects that others may add to or oppose; ``none`` is a row."""
        return self._facts(self._effects, drug, "effects", self._effect)

    def therapeutic_index(self, drug: Curie) -> IndexFact | None:
        """Whether it is narrow; None when no row says."""
        found = self._facts(self._index, drug, "therapeutic_index", self._index_row)
        return found[0] if found else None

    def exposure(self, drug: Curie, direction: str) -> tuple[ExposureFact, ...]:
        """What ``more`` or ``less`` of the drug does."""
        facts = self._facts(self._exposure, drug, "exposure", self._exposure_row)
        return tuple(fact for fact in facts if fact.direction == direction)

    def onset(self, drug: Curie) -> tuple[str, ...]:
        """When what the drug does to others begins or ends, where that is not as usual."""
        rows = self._of_drug["onset"].get(drug.local_id, ()) if drug.prefix == _SPACE else ()
        return tuple(r["onset"] for _, r in rows)

    def warnings(self, drug: Curie) -> tuple[WarningFact, ...]:
        """The kinds of drugs that sources on ``drug`` warn against."""
        return self._facts(self._warnings, drug, "warnings", self._warning)

    def direct(self, a: Curie, b: Curie) -> tuple[DirectFact, ...]:
        """What sources state of the pair, whichever way round."""
        first, second = sorted((a.local_id, b.local_id))
        return tuple(
            self._wrap(row, table, self._direct_row)
            for table in _PAIR_TABLES
            for row in self._pairs[table].get((first, second), ())
        )

    def uncovered(self, drug: Curie) -> tuple[str, ...]:
        """What no row states of the drug; empty for a drug that is covered."""
        if drug not in self._uncovered:
            self._uncovered[drug] = tuple(
                what
                for table, what in _STATED_BY.items()
                if drug.prefix != _SPACE or drug.local_id not in self._of_drug[table]
            )
        return self._uncovered[drug]

    def covered(self) -> tuple[Curie, ...]:
        """Every covered drug, by id."""
        everywhere = set.intersection(*(set(self._of_drug[t]) for t in _STATED_BY))
        return tuple(Curie(_SPACE, local_id) for local_id in sorted(everywhere))

    def compared(self) -> tuple[str, ...]:
        """The tables that an answer of "none known" rests on: a hash of what each held, and how many of
        its rows were read at their source and how many only recalled.
        """
        return self._compared

    def counts(self) -> dict[str, dict[str, int]]:
        """Table -> how the facts were had -> number of rows."""
        return {
            table: {how.value: sum(r["how"] == how for _, r in self._rows[table]) for how in How}
            for table in (*_PER_DRUG, *_PAIR_TABLES, *_ABOUT_PATIENTS)
        }

    def check(self) -> None:
        """Turn every row into its value. :raises FormatError: at the first that is wrong."""
        for table, build in (
            ("enzymes", self._enzyme),
            ("effects", self._effect),
            ("therapeutic_index", self._index_row),
            ("exposure", self._exposure_row),
            ("direct", self._direct_row),
            ("ndf_rt", self._direct_row),
            ("warnings", self._warning),
        ):
            for row in self._rows[table]:
                self._wrap(row, table, build)

    def _facts(
        self,
        cache: dict[Curie, tuple[T, ...]],
        drug: Curie,
        table: str,
        build: Callable[[Mapping[str, str], CuratedEvidence], T],
    ) -> tuple[T, ...]:
        if drug.prefix != _SPACE:
            return ()
        if drug not in cache:
            rows = self._of_drug[table].get(drug.local_id, ())
            cache[drug] = tuple(self._wrap(row, table, build) for row in rows)
        return cache[drug]

    def _wrap(
        self, row: Row, table: str, build: Callable[[Mapping[str, str], CuratedEvidence], T]
    ) -> T:
        number, fields = row
        try:
            return build(fields, self.record(table, fields))
        except (KeyError, ValueError) as error:
            raise FormatError(
                f"a row of the drug tables is wrong: {error}",
                where=f"tables/{table}.tsv, line {number}",
                hint="see the column names and allowed words in kgbuilder/reason/knowledge.py",
            ) from error

    def record(self, table: str, row: Mapping[str, str]) -> CuratedEvidence:
        """The evidence that a row is. :raises KeyError: :raises ValueError: for a row that is wrong."""
        source, how = self.sources[row["source"]], How(row["how"])
        if how is not How.RECALLED and not source.address:
            raise ValueError(f"read, but {source.id} names no page that was opened")
        key = "/".join(row[c] for c in _KEYS[table] if row[c])
        section = f", {row['section']}" if row["section"] else ""
        return CuratedEvidence(
            source=source.document,
            version=source.date,
            record_id=f"kgbuilder {table}.tsv {key}{section}",
            how=how,
            address="" if how is How.RECALLED else source.address,
            qualifiers=_qualifiers(table, row),
        )

    def _names(self) -> dict[Curie, str]:
        pairs = [(r["id"], r["drug"]) for table in _PER_DRUG for _, r in self._rows[table]]
        for _, r in self._rows["direct"]:
            pairs += [(r["id_a"], r["drug_a"]), (r["id_b"], r["drug_b"])]
        # The names that the other tables use stand before those of an imported one.
        imported = [
            (r[f"id_{x}"], r[f"drug_{x}"]) for _, r in self._rows["ndf_rt"] for x in ("a", "b")
        ]
        about = [(r["id"], r["drug"]) for _, r in self._rows["patient_rules"] if r["id"]]
        pairs = [*imported, *about, *pairs]
        return {Curie(_SPACE, local_id): name for local_id, name in dict(pairs).items()}

    def _enzyme(self, r: Mapping[str, str], evidence: CuratedEvidence) -> EnzymeFact:
        role = Role(r["role"])
        if role is not Role.NONE:
            _ = self.genes[r["gene"]]
        return EnzymeFact(_id(r), r["drug"], r["gene"], role, r["strength"], evidence)

    def _effect(self, r: Mapping[str, str], evidence: CuratedEvidence) -> EffectFact:
        return EffectFact(_id(r), r["drug"], r["effect"], r["grade"], evidence)

    def _index_row(self, r: Mapping[str, str], evidence: CuratedEvidence) -> IndexFact:
        narrow = {"yes": True, "none": False}[r["narrow"]]
        return IndexFact(_id(r), r["drug"], narrow, evidence)

    def _exposure_row(self, r: Mapping[str, str], evidence: CuratedEvidence) -> ExposureFact:
        direction = {"more": "more", "less": "less"}[r["direction"]]
        return ExposureFact(
            _id(r), r["drug"], direction, r["consequence"], r["management"], evidence
        )

    def _warning(self, r: Mapping[str, str], evidence: CuratedEvidence) -> WarningFact:
        role, _, named = r["against"].partition(" ")
        of = tuple(named.split(" + ")) if role in (Role.INHIBITOR, Role.INDUCER) else (named,)
        if role not in (Role.INHIBITOR, Role.INDUCER, "effect", "class"):
            raise ValueError(f"against {r['against']!r}: no inhibitor, inducer, effect or class")
        if role in (Role.INHIBITOR, Role.INDUCER):
            _ = [self.genes[gene] for gene in of]
        if r["least"] not in _LEAST:
            raise ValueError(f"least {r['least']!r} is no strength and no grade")
        return WarningFact(
            _id(r), r["drug"], role, of, r["least"],
            Severity(r["severity"]), r["effect"], r["management"], r["only"], evidence,
        )  # fmt: skip

    def _direct_row(self, r: Mapping[str, str], evidence: CuratedEvidence) -> DirectFact:
        return DirectFact(
            (Curie(_SPACE, r["id_a"]), Curie(_SPACE, r["id_b"])),
            (r["drug_a"], r["drug_b"]),
            Severity(r["severity"]) if "severity" in r else self._grades[r["grade"].casefold()],
            r.get("mechanism", ""),
            r.get("effect", ""),
            r.get("management", ""),
            evidence,
        )


def _id(row: Mapping[str, str]) -> Curie:
    return Curie(_SPACE, row["id"])


def _qualifiers(table: str, row: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    kept = {
        "enzymes": ("strength",),
        "effects": ("grade",),
        "direct": ("effect", "management", "mechanism", "severity"),
        "warnings": ("against", "least", "only", "severity"),
        "patient_rules": ("severity",),
    }.get(table, ())
    found = [(name, row[name]) for name in kept if row[name]]
    if table == "ndf_rt":
        found.append(("severity", row["grade"]))
    if table == "enzymes":
        found.append(("role", row["role"]))
    return tuple(sorted(found))


def _gene(r: Mapping[str, str]) -> Gene:
    ids = (r["hgnc"], f"NCBIGENE:{r['ncbi']}", f"UNIPROT:{r['uniprot']}")
    also = [alias.strip() for alias in r["also"].split("|") if alias.strip()]
    return Gene(
        symbol=r["symbol"],
        id=Curie.parse(r["hgnc"]),
        aliases=frozenset((*ids, f"NCBIGene:{r['ncbi']}", r["symbol"], *also)),
        kind=r["kind"],
    )


def _spelled(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{how} {n}" for how, n in counted.items() if n) or "none"
