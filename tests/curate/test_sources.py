"""``kgbuilder import``, every format: what a slice becomes, what is left out, what is refused."""

from __future__ import annotations

import gzip
import os
from contextlib import suppress
from pathlib import Path

import pytest

from kgbuilder.curate.intake import MAX_KINDS, Intake
from kgbuilder.curate.map_file import available_maps
from kgbuilder.curate.sources import READERS, import_source, what_can_be_imported
from kgbuilder.errors import FormatError, InputError, KgError, UsageError
from kgbuilder.issues import Issues
from kgbuilder.model import Concept, CuratedEvidence, Curie, EntityType, Statement
from kgbuilder.protocols import MergeReport
from kgbuilder.store.memory import MemoryStore
from tests.curate import slices as s


def place(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def take(
    what: str, folder: Path, files: dict[str, str], path: str = "", **more: str
) -> tuple[MemoryStore, Intake]:
    place(folder, files)
    intake, store = Intake(Issues(), version=more.pop("version", "")), MemoryStore()
    for batch in import_source(what, folder / path, intake=intake, **more):  # type: ignore[arg-type]
        store.merge(batch)
    return store, intake


def triples(store: MemoryStore) -> list[str]:
    return sorted(str(st.triple) for st in store.statements())


def statement(store: MemoryStore, text: str) -> Statement:
    return next(st for st in store.statements() if str(st.triple) == text)


def evidence(store: MemoryStore, text: str) -> CuratedEvidence:
    (found,) = statement(store, text).evidence
    assert isinstance(found, CuratedEvidence)
    return found


CASES = [(what, path, files) for what, cases in s.FILES.items() for path, files in cases]


@pytest.mark.parametrize(("what", "path", "files"), CASES, ids=[f"{w}-{p}" for w, p, _ in CASES])
def test_every_import_twice_is_once(
    what: str, path: str, files: dict[str, str], tmp_path: Path
) -> None:
    store, intake = take(what, tmp_path, files, path)
    assert intake.n_taken
    content = list(store.concepts()), list(store.statements())
    assert content[0]
    again = Intake(Issues())
    reports = [store.merge(b) for b in import_source(what, tmp_path / path, intake=again)]
    assert all(report == MergeReport() for report in reports)
    assert (list(store.concepts()), list(store.statements())) == content
    assert again.left_out == intake.left_out


@pytest.mark.parametrize(("what", "path", "files"), CASES, ids=[f"{w}-{p}" for w, p, _ in CASES])
def test_gzipped_is_the_same_and_evidence_says_where_it_is_from(
    what: str, path: str, files: dict[str, str], tmp_path: Path
) -> None:
    plain, _ = take(what, tmp_path, files, path, version="31")
    for name, text in files.items():
        (tmp_path / name).write_bytes(gzip.compress(text.encode()))
    zipped, intake = take(what, tmp_path, {}, path, version="31")
    assert list(zipped.statements()) == list(plain.statements())
    for st in zipped.statements():
        for item in st.evidence:
            assert isinstance(item, CuratedEvidence)
            assert item.source
            assert item.version == "31", "what the user says of the version goes first"
            assert item.address in files
            assert what == "kgx" or dict(item.qualifiers)["licence"], "KGX states none"
    assert all(origin.version == "31" for origin in intake.origins)


HOSTILE = {
    "empty": b"",
    "blank": b"\n\n",
    "binary": bytes(range(256)) * 40,
    "bomb": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "yyyyyyyyyyyyyyyy"><!ENTITY z "&x;&x;&x;">]>'
    b'<drugbank version="&z;"><drug><name>&z;</name></drug></drugbank>',
    "outside": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "broken xml": b"<drugbank><drug><name>x</drug></drugbank>",
    "no gzip": b"\x1f\x8b\x08\x00broken",
    "html": b"<!DOCTYPE html><html><body>404 Not Found</body></html>",
    "one long line": b"x" * (1 << 20),
    "words": "Ohren sind grün. أذن خضراء".encode(),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("what", sorted(READERS))
def test_what_is_no_such_file_is_refused_in_words(
    what: str, content: bytes, tmp_path: Path
) -> None:
    ((path, files), *_) = s.FILES.get(what, [("g.nq", {"g.nq": ""})])
    for name in files:
        (tmp_path / name).write_bytes(content)
    intake = Intake(Issues())
    with pytest.raises(KgError) as caught:
        list(import_source(what, tmp_path / path, intake=intake))
    assert isinstance(caught.value, InputError)
    assert str(tmp_path) in caught.value.where
    assert intake.n_taken == 0


@pytest.mark.parametrize(("what", "path", "files"), CASES, ids=[f"{w}-{p}" for w, p, _ in CASES])
def test_a_file_cut_short_gives_what_was_there_and_no_traceback(
    what: str, path: str, files: dict[str, str], tmp_path: Path
) -> None:
    whole, _ = take(what, tmp_path, files, path, version="1")
    known = {(st.triple.id) for st in whole.statements()}
    for name, text in files.items():
        (tmp_path / name).write_text(text[: len(text) * 3 // 4], "utf-8")
    cut = MemoryStore()
    with suppress(InputError):
        for batch in import_source(what, tmp_path / path, intake=Intake(Issues(), version="1")):
            cut.merge(batch)
    if what not in ("hpo", "obo", "mesh", "drugbank"):  # a reference may look one to one in a half
        assert {st.triple.id for st in cut.statements()} <= known


NASTY = "'; MATCH (n) DETACH DELETE n; // \" ` \\u0027 \u202e\u0007" + "x" * 100_000


@pytest.mark.parametrize("what", ["hpo", "mesh", "rxnorm", "drugbank", "kgx", "hetionet", "sssom"])
def test_a_hostile_name_is_a_name(what: str, tmp_path: Path) -> None:
    names = {
        "hpo": "Green ears", "mesh": "Green Ear", "rxnorm": "zorvaquinol", "drugbank": "Zorvaquinol",
        "kgx": "Zorvaquinol", "hetionet": "Zorvaquinol", "sssom": "Green ears",
    }  # fmt: skip
    nasty = NASTY.replace("\u0007", "") if what == "drugbank" else NASTY  # XML has no U+0007
    ((path, files), *_) = s.FILES[what]
    escaped = nasty.replace("\\", "\\\\").replace('"', '\\"') if what == "hpo" else nasty
    if what == "drugbank":
        escaped = escaped.replace("&", "&amp;").replace("<", "&lt;")
    changed = {name: text.replace(names[what], escaped) for name, text in files.items()}
    store, _ = take(what, tmp_path, changed, path)
    assert any(nasty in (c.name, *c.synonyms) for c in store.concepts())


def test_what_is_unknown_names_the_near(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot import 'rxnrom'") as caught:
        import_source("rxnrom", tmp_path, intake=Intake(Issues()))
    assert "did you mean rxnorm" in caught.value.hint
    with pytest.raises(UsageError, match="which column"):
        import_source("tsv", tmp_path, intake=Intake(Issues()))
    with pytest.raises(UsageError, match="--type"):
        import_source("mesh", tmp_path, intake=Intake(Issues()), type="Drug")
    for what in READERS:
        with pytest.raises(InputError):
            list(import_source(what, tmp_path / "nowhere", intake=Intake(Issues())))
    assert {*READERS, *available_maps()} <= set(what_can_be_imported())


def test_a_million_kinds_of_what_is_left_out_are_not_kept() -> None:
    intake = Intake(Issues())
    for n in range(2000):
        intake.leave_out(f"{n} " + "x" * 10_000)
    assert len(intake.left_out) == MAX_KINDS + 1
    assert intake.left_out.total() == 2000
    assert max(map(len, intake.left_out)) <= 100


def test_hpo(tmp_path: Path) -> None:
    ((_, files),) = s.FILES["hpo"]
    store, intake = take("hpo", tmp_path, files)
    assert triples(store) == [
        "HP:9000001 IS_A HP:9000000",
        "HP:9000001 SAME_AS UMLS:C9000001",
        "HP:9000002 IS_A HP:9000000",
        "HP:9000002 SAME_AS UMLS:C9000002",
        "OMIM:900001 HAS_PHENOTYPE HP:9000001",
        "OMIM:900001 HAS_PHENOTYPE HP:9000002",
        "ORPHA:9001 HAS_PHENOTYPE HP:9000001",
    ]
    ears = store.concept(Curie("HP", "9000001"))
    assert ears is not None
    assert ears.synonyms == ("Ears that are green",), "a broader name is not its name"
    found = evidence(store, "OMIM:900001 HAS_PHENOTYPE HP:9000001")
    assert (found.source, found.version, found.refutes) == ("HPO annotations", "2031-02-03", False)
    assert dict(found.qualifiers)["reference"] == "PMID:11 | PMID:12"
    assert dict(found.qualifiers)["frequency"] == "3/4"
    assert evidence(store, "OMIM:900001 HAS_PHENOTYPE HP:9000002").refutes, "NOT"
    assert evidence(store, "ORPHA:9001 HAS_PHENOTYPE HP:9000001").refutes, "excluded"
    assert intake.left_out["cross references to SNOMEDCT_US that are not one to one"] == 2
    assert intake.left_out["obsolete terms"] == 1
    assert intake.left_out["terms of GO"] == 1
    assert intake.left_out["rows of aspect inheritance"] == 1
    assert intake.issues.counts() == {"bad-id": 1, "broken-row": 1}


def test_any_ontology_by_type(tmp_path: Path) -> None:
    store, _ = take("obo", tmp_path, {"x.obo": s.HP_OBO}, "x.obo", type="Procedure")
    growth = store.concept(Curie("GO", "9000001"))
    assert growth == Concept(Curie("GO", "9000001"), "ear growth", EntityType.PROCEDURE)
    ears = store.concept(Curie("HP", "9000001"))
    assert ears is not None
    assert ears.type is EntityType.PHENOTYPE, "an id space that says it goes before the user"


def test_mondo_takes_only_what_it_says_is_exact(tmp_path: Path) -> None:
    store, intake = take("mondo", tmp_path, {"m.obo": s.MONDO_OBO}, "m.obo")
    assert triples(store) == [
        "ICD10CM:H61.9 SAME_AS MONDO:9000001",
        "MESH:D900001 SAME_AS MONDO:9000001",
        "MONDO:9000001 SAME_AS OMIM:900001",
    ]
    assert intake.left_out["xrefs to ICD10CM"] == 1, "a code covers many diseases"
    found = evidence(store, "MONDO:9000001 SAME_AS OMIM:900001")
    assert (found.source, found.version) == ("Mondo Disease Ontology", "2031-01-01")
    assert intake.left_out["xrefs said to be no exact match"] == 2
    assert intake.left_out["exact matches in NORD"] == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [("d2031.bin", s.MESH_ASCII), ("desc2031.xml", s.MESH_XML), ("mesh2031.nt", s.MESH_NT)],
)
def test_mesh(name: str, text: str, tmp_path: Path) -> None:
    store, intake = take("mesh", tmp_path, {name: text}, name)
    assert triples(store) == ["MESH:D900002 IS_A MESH:D900001"]
    heading = store.concept(Curie("MESH", "D900001"))
    assert heading is not None
    assert heading.type is EntityType.PHENOTYPE, "a sign stays one, though it is a disease, too"
    assert "Green Ear Disease" in heading.synonyms
    assert "Small Green Ears" not in heading.synonyms, "narrower"
    assert evidence(store, "MESH:D900002 IS_A MESH:D900001").version == "2031"
    assert intake.issues.counts() == {"missing-id": 1}
    assert intake.left_out["entry terms that are broader, narrower or related"] == 1


def test_mesh_as_rdf_is_the_same_graph(tmp_path: Path) -> None:
    rdf, _ = take("mesh", tmp_path, {"mesh2031.nt": s.MESH_NT}, "mesh2031.nt")
    xml, _ = take("mesh", tmp_path, {"desc2031.xml": s.MESH_XML}, "desc2031.xml")
    assert list(rdf.concepts()) == list(xml.concepts())
    assert triples(rdf) == triples(xml)


def test_mesh_as_rdf_in_any_order_with_tabs_and_repeats(tmp_path: Path) -> None:
    lines = [line.replace("> ", ">\t") for line in reversed(s.MESH_NT.splitlines(keepends=True))]
    text = "# MeSH\n\n" + "".join([*lines, *lines])
    store, _ = take("mesh", tmp_path, {"mesh2031.nt": text}, "mesh2031.nt")
    whole, _ = take("mesh", tmp_path, {"mesh2031.nt": s.MESH_NT}, "mesh2031.nt")
    assert list(store.concepts()) == list(whole.concepts())
    assert list(store.statements()) == list(whole.statements())


def test_mesh_supplement_as_rdf(tmp_path: Path) -> None:
    text = s.MESH_NT_SUPPLEMENT + '<a> <b> no triple\n<urn:a> <urn:b> "other" .\n'
    store, intake = take("mesh", tmp_path, {"mesh2031.nt": text}, "mesh2031.nt")
    name, id = 'α-zorva"quinol"', Curie("MESH", "C900001")
    assert list(store.concepts()) == [Concept(id, name, EntityType.DRUG, ("zorvaquinol",))]
    assert intake.n_rows == 3
    assert intake.left_out["records that are no longer in use"] == 1
    assert intake.issues.counts() == {"broken-row": 1}


def test_mesh_as_rdf_xml_is_told(tmp_path: Path) -> None:
    (tmp_path / "m.rdf").write_text('<?xml version="1.0"?>\n<rdf:RDF></rdf:RDF>')
    with pytest.raises(InputError, match="RDF/XML") as caught:
        list(import_source("mesh", tmp_path / "m.rdf", intake=Intake(Issues())))
    assert "mesh.nt" in caught.value.hint


def test_mesh_supplement(tmp_path: Path) -> None:
    store, intake = take("mesh", tmp_path, {"supp2031.xml": s.MESH_SUPPLEMENT}, "supp2031.xml")
    assert list(store.concepts()) == [
        Concept(Curie("MESH", "C900001"), "zorvaquinol", EntityType.DRUG)
    ]
    assert intake.n_rows == 2


def test_rxnorm(tmp_path: Path) -> None:
    ((_, files),) = s.FILES["rxnorm"]
    folder = tmp_path / "RxNorm_full_01062031" / "rrf"
    folder.mkdir(parents=True)
    store, intake = take("rxnorm", folder, files)
    assert triples(store) == [
        "DRUGBANK:DB90001 SAME_AS RXCUI:901",
        "MESH:C900001 SAME_AS RXCUI:901",
        "RXCUI:901 SAME_AS UNII:AAAA900001",
        "RXCUI:904 IS_A RXCUI:901",
    ]
    assert store.concept(Curie("RXCUI", "901")) == Concept(
        Curie("RXCUI", "901"), "zorvaquinol", EntityType.DRUG, ("ZORVAquinol",)
    )
    assert [c.id.local_id for c in store.concepts()] == ["901", "902", "904"]
    assert evidence(store, "RXCUI:904 IS_A RXCUI:901").version == "01062031"
    assert intake.left_out["codes of ATC that share a concept with another"] == 2
    assert intake.left_out["suppressed names"] == 1
    assert intake.left_out["concepts of term type DF"] == 1
    assert intake.left_out["relation tradename_of"] == 1
    assert intake.issues.counts() == {"broken-row": 1, "unmapped-type": 1}


def test_umls(tmp_path: Path) -> None:
    ((_, files),) = s.FILES["umls"]
    folder = tmp_path / "2031AA" / "META"
    folder.mkdir(parents=True)
    store, intake = take("umls", folder.parent, {f"META/{n}": t for n, t in files.items()})
    assert triples(store) == [
        "HP:9000001 SAME_AS UMLS:C9000001",
        "MESH:D900002 SAME_AS UMLS:C9000001",
        "OMIM:900001 SAME_AS UMLS:C9000002",
    ]
    ear = store.concept(Curie("UMLS", "C9000001"))
    assert ear is not None
    assert (ear.name, ear.type) == ("Green Ear", EntityType.PHENOTYPE)
    assert evidence(store, "OMIM:900001 SAME_AS UMLS:C9000002").version == "2031AA"
    assert intake.left_out["names in other languages"] == 1
    assert intake.left_out["concepts of semantic types that are not taken"] == 1


def test_umls_out_of_order_is_refused_not_mistyped(tmp_path: Path) -> None:
    ((_, files),) = s.FILES["umls"]
    lines = files["MRCONSO.RRF"].splitlines(keepends=True)
    store, intake = take(
        "umls", tmp_path, files | {"MRCONSO.RRF": "".join([*lines[5:], *lines[:5]])}
    )
    assert store.concept(Curie("UMLS", "C9000001")) is None
    assert intake.issues.counts()["not-sorted"] == 1
    (tmp_path / "MRSTY.RRF").unlink()
    with pytest.raises(InputError, match=r"MRSTY\.RRF"):
        list(import_source("umls", tmp_path, intake=Intake(Issues())))


def test_drugbank(tmp_path: Path) -> None:
    store, intake = take("drugbank", tmp_path, {"d.xml": s.DRUGBANK_XML}, "d.xml")
    assert triples(store) == [
        "DRUGBANK:DB90001 INDUCES UNIPROT:P90004",
        "DRUGBANK:DB90001 INHIBITS HGNC:90001",
        "DRUGBANK:DB90001 INTERACTS_WITH DRUGBANK:DB90002",
        "DRUGBANK:DB90001 SAME_AS RXCUI:901",
        "DRUGBANK:DB90001 SAME_AS UNII:AAAA900001",
        "DRUGBANK:DB90001 SUBSTRATE_OF UNIPROT:P90004",
        "DRUGBANK:DB90001 TARGETS UNIPROT:P90002",
    ]
    drug = store.concept(Curie("DRUGBANK", "DB90001"))
    assert drug is not None
    assert drug.synonyms == ("Zorvaquin", "Zorvax")
    assert len(list(store.concepts(EntityType.DRUG))) == 2, "a drug within a pathway is none"
    told = evidence(store, "DRUGBANK:DB90001 INTERACTS_WITH DRUGBANK:DB90002")
    assert (told.version, told.record_id) == ("5.9", "DB90001 DB90002"), "told by both, one record"
    assert dict(told.qualifiers)["effect"] == "The risk of green ears can be increased."
    target = evidence(store, "DRUGBANK:DB90001 INHIBITS HGNC:90001")
    assert dict(target.qualifiers)["reference"] == "PMID:11"
    assert intake.left_out["cross references to CHEBI that are not one to one"] == 2
    assert intake.left_out["ATC codes"] == 1
    assert intake.left_out["enzymes without a stated action"] == 1
    assert intake.left_out["proteins of other organisms, or of none stated"] == 1
    assert intake.issues.counts() == {"missing-id": 2, "unmapped-type": 1}


def test_what_drugbank_said_before_it_broke_off_is_kept(tmp_path: Path) -> None:
    (tmp_path / "d.xml").write_text(s.DRUGBANK_XML[:-40], "utf-8")
    batches = import_source("drugbank", tmp_path / "d.xml", intake=Intake(Issues()))
    assert len(next(batches).concepts) >= 2
    with pytest.raises(FormatError, match="malformed XML"):
        next(batches)


def test_sssom_takes_exact_matches_alone(tmp_path: Path) -> None:
    store, intake = take("sssom", tmp_path, {"e.sssom.tsv": s.SSSOM}, "e.sssom.tsv")
    assert triples(store) == [
        "HP:9000001 SAME_AS UMLS:C9000001",
        "HP:9000002 SAME_AS UMLS:C9000001",
    ]
    found = evidence(store, "HP:9000001 SAME_AS UMLS:C9000001")
    assert (found.source, found.version) == ("https://example.org/ears", "2031-01-01")
    assert dict(found.qualifiers)["justification"] == "semapv:ManualMappingCuration"
    assert evidence(store, "HP:9000002 SAME_AS UMLS:C9000001").refutes, "Not"
    rows = "".join(line for line in s.SSSOM.splitlines(keepends=True) if line[0] != "#")
    head = "mapping_set_id: https://example.org/other\ncurie_map:\n  license: no\n"
    place(tmp_path, {"x.sssom.tsv": rows, "x.sssom.yml": head})
    beside = Intake(Issues(), version="1")
    assert list(import_source("sssom", tmp_path / "x.sssom.tsv", intake=beside))
    assert [o.source for o in beside.origins] == ["https://example.org/other"]
    assert intake.left_out["relation skos:broadMatch"] == 1
    assert intake.left_out["relation skos:closeMatch"] == 1
    assert intake.left_out["rows that say there is no match"] == 1
    assert intake.issues.counts() == {"bad-id": 1, "unmapped-type": 1}


def test_kgx(tmp_path: Path) -> None:
    ((_, files),) = s.FILES["kgx"]
    store, intake = take("kgx", tmp_path, files, version="9")
    assert triples(store) == [
        "DRUGBANK:DB90001 CONTRAINDICATED_IN MONDO:9000001",
        "DRUGBANK:DB90001 INHIBITS HGNC:90001",
        "DRUGBANK:DB90001 TREATS MONDO:9000001",
    ]
    found = evidence(store, "DRUGBANK:DB90001 TREATS MONDO:9000001")
    assert (found.source, found.record_id) == ("infores:drugbank", "e1")
    assert dict(found.qualifiers)["reference"] == "PMID:11 | PMID:12"
    assert evidence(store, "DRUGBANK:DB90001 CONTRAINDICATED_IN MONDO:9000001").refutes
    assert intake.left_out["relation affects"] == 1
    assert intake.left_out["relation sings_to, which is not in the table"] == 1
    assert intake.left_out["edges of nodes that are not taken"] == 1
    assert intake.left_out["nodes of category biolink:BiologicalProcess"] == 1
    assert intake.issues.counts() == {"unmapped-type": 2}


def test_kgx_as_json_lines(tmp_path: Path) -> None:
    nodes = '{"id": "DRUGBANK:DB1", "category": ["biolink:Drug"], "name": "One|Two"}\n{broken\n[]\n'
    edges = (
        '{"id": "e", "subject": "DRUGBANK:DB1", "predicate": "biolink:interacts_with", '
        '"object": "DRUGBANK:DB2", "negated": true, "primary_knowledge_source": ["infores:x"]}\n'
    )
    files = {"g_nodes.jsonl": nodes, "g_edges.jsonl": edges}
    store, intake = take("kgx", tmp_path, files, "g_nodes.jsonl", version="1")
    assert [c.name for c in store.concepts()] == ["One|Two"]
    assert intake.issues.counts() == {"broken-row": 2}
    store, _ = take("kgx", tmp_path, files, "g_edges.jsonl", version="1")
    assert evidence(store, "DRUGBANK:DB1 INTERACTS_WITH DRUGBANK:DB2").refutes


def test_hetionet(tmp_path: Path) -> None:
    ((_, files),) = s.FILES["hetionet"]
    store, intake = take("hetionet", tmp_path, files)
    assert triples(store) == [
        "DOID:901 HAS_PHENOTYPE MESH:D900002",
        "DRUGBANK:DB90001 CAUSES UMLS:C9000001",
        "DRUGBANK:DB90001 TREATS DOID:901",
    ]
    assert evidence(store, "DRUGBANK:DB90001 TREATS DOID:901").version == "1.0"
    assert intake.left_out["relation CdG"] == 1, "expression in a cell line inhibits nothing"
    assert intake.left_out["nodes of kind Pathway"] == 1
    assert intake.issues.counts() == {"bad-id": 1, "broken-row": 1, "unmapped-type": 1}


def test_tables_of_interactions_and_effects(tmp_path: Path) -> None:
    store, intake = take("ddinter", tmp_path, {"a.csv": s.DDINTER}, "a.csv")
    one = evidence(store, "DDINTER:DDInter90001 INTERACTS_WITH DDINTER:DDInter90002")
    assert dict(one.qualifiers)["severity"] == "Major"
    assert one.version == "unknown"
    assert intake.issues.counts() == {"no-version": 1}, "once, not a row"
    place(tmp_path, {f"ddinter_downloads_code_{x}.csv": s.DDINTER for x in "AB"})
    intake = Intake(Issues(), version="2")
    assert list(import_source("ddinter", tmp_path, intake=intake))
    assert intake.n_taken == 4, "all files of the folder"

    store, _ = take("drugbank_vocabulary", tmp_path, {"v.csv": s.DRUGBANK_VOCABULARY}, "v.csv")
    assert triples(store) == ["DRUGBANK:DB90001 SAME_AS UNII:AAAA900001"]

    store, _ = take("ansm", tmp_path, {"a.tsv": s.ANSM}, "a.tsv", version="2019-09")
    worst = evidence(store, "TEXT:Drug/wexol INTERACTS_WITH TEXT:Drug/zorvaquine")
    assert dict(worst.qualifiers)["severity"] == "CI"

    store, _ = take("sider_frequencies", tmp_path, {"f.tsv": s.SIDER_FREQUENCIES}, "f.tsv")
    seen = evidence(store, "STITCH:CID190000001 CAUSES UMLS:C9000001")
    assert dict(seen.qualifiers)["frequency"] == "21%", "not that of a placebo"

    store, _ = take("sider_indications", tmp_path, {"i.tsv": s.SIDER_INDICATIONS}, "i.tsv")
    assert triples(store) == ["STITCH:CID190000001 TREATS UMLS:C9000002"]


def test_atc_is_substances_and_their_groups(tmp_path: Path) -> None:
    store, intake = take("atc", tmp_path, {"atc.csv": s.ATC}, "atc.csv")
    assert triples(store) == [
        "ATC:S09 IS_A ATC:S",
        "ATC:S09X IS_A ATC:S09",
        "ATC:S09XA IS_A ATC:S09X",
        "ATC:S09XA01 IS_A ATC:S09XA",
    ]
    (drug,) = [c for c in store.concepts() if c.id == Curie("ATC", "S09XA01")]
    assert (drug.name, drug.type) == ("zorvaquinol", EntityType.DRUG)
    assert evidence(store, "ATC:S09 IS_A ATC:S").source == "WHO ATC"
    assert not intake.issues.n_refused


def test_mesh_of_2015_is_descriptors_by_their_branches(tmp_path: Path) -> None:
    store, _ = take("mesh2015", tmp_path, {"t.tsv": s.MESH_2015}, "t.tsv")
    assert triples(store) == ["MESH:D900002 IS_A MESH:D900009"]
    assert {str(c.id): c.type for c in store.concepts()} == {
        "MESH:D900001": EntityType.DRUG,
        "MESH:D900002": EntityType.DISEASE,
        "MESH:D900009": EntityType.DISEASE,
    }


def test_sider_by_drugbank_ids_is_effects(tmp_path: Path) -> None:
    store, _ = take("sider", tmp_path, {"e.tsv": s.SIDER_OF_DRUGBANK}, "e.tsv")
    assert triples(store) == ["DRUGBANK:DB90001 CAUSES UMLS:C9000001"]


CORPORA = Path(
    os.environ.get("KGBUILDER_CORPORA", str(Path(__file__).parents[3] / "shared" / "corpora"))
)
WHOLE = {
    "atc": ("atc/WHO_ATC-DDD_2026-04-25.csv.gz", 6996, 6982, 0),
    "mesh2015": ("mesh2015/tree-numbers.tsv.gz", 17745, 23360, 0),
    "sider": ("sider/drug_side_effects_pt.tsv.gz", 5234, 138312, 0),
    "hetionet": ("hetionet_nodes/hetionet-v1.0-nodes.tsv.gz", 29208, 0, 0),
    "cyp_transporter": ("drugbank_himmelstein/cyp_transporter_subset.tsv.gz", 868, 3469, 0),
    "ddi_knowledge": ("ddi_knowledge/pddi_merged.tsv.gz", 1533, 70946, 4269),
}
"""WHAT -> a real file, its different named concepts, its different statements, rows refused: without an
id, or of a drug that interacts with itself. 33 drugs of SIDER have no name."""


@pytest.mark.skipif(not CORPORA.is_dir(), reason=f"no corpora at {CORPORA}")
@pytest.mark.parametrize("what", WHOLE)
def test_a_real_file_is_taken_whole(what: str) -> None:
    path, n_concepts, n_statements, n_refused = WHOLE[what]
    intake, concepts, statements = Intake(Issues()), set(), set()
    for batch in import_source(what, CORPORA / path, intake=intake):
        concepts |= {c.id for c in batch.concepts}
        statements |= {statement.triple.id for statement in batch.statements}
    assert (len(concepts), len(statements)) == (n_concepts, n_statements)
    assert intake.issues.n_refused == n_refused
