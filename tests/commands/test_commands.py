"""Every command on real samples and on bad input: an answer or a clear error, never a traceback."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from kgbuilder import api
from kgbuilder.cli import main
from kgbuilder.commands.output import opened
from tests.store import graphs as g

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data"
NO_RELATIONS = '[relate]\nmethod = "none"\n'


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A graph of two notes and one file of papers."""
    path = tmp_path_factory.mktemp("graph") / "graph.kg"
    sources = [DATA / "notes/anticoagulation_clinic.txt", DATA / "notes/genetics_clinic_marfan.txt"]
    papers = sorted((DATA / "pubmed").glob("*.xml.gz"))[0]
    assert main(["build", *map(str, sources), str(papers), "--into", str(path)]) == 0
    return str(path)


def objects(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_build_twice_changes_nothing(
    graph: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = tmp_path / "before.jsonl", tmp_path / "after.jsonl"
    assert main(["export", graph, "--to", "jsonl", str(before)]) == 0
    capsys.readouterr()
    source = str(DATA / "notes/anticoagulation_clinic.txt")
    assert main(["build", source, "--into", graph, "--json"]) == 0
    report = objects(capsys)[0]
    assert (report["n_read"], report["n_skipped"]) == (0, 1)
    assert main(["export", graph, "--to", "jsonl", str(after)]) == 0
    assert before.read_bytes() == after.read_bytes()


def test_extract_json_keeps_order_ids_and_fields(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"id": 7, "text": "No fever. Takes warfarin 5 mg daily."},
        {"id": "é", "text": "Asthma."},
    ]
    path = tmp_path / "notes.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert main(["extract", str(path), "--json"]) == 0
    first, second = objects(capsys)
    assert (first["id"], second["id"]) == ("7", "é")
    for record, row in zip((first, second), rows, strict=True):
        assert set(record) == {"id", "text_sha256", "language", "findings", "relations"}
        for finding in record["findings"]:  # type: ignore[attr-defined]
            assert set(finding) == {
                "start", "end", "text", "type", "concept", "name", "score", "polarity",
                "certainty", "temporality", "experiencer", "section", "cues",
            }  # fmt: skip
            assert str(row["text"])[finding["start"] : finding["end"]] == finding["text"]
    fever = next(f for f in first["findings"] if f["text"] == "fever")  # type: ignore[attr-defined]
    assert fever["polarity"] == "negated"
    assert fever["concept"] == "HP:0001945"
    assert "No" in [str(rows[0]["text"])[a:b] for a, b in fever["cues"]]


def test_a_broken_line_is_told_and_the_rest_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "notes.jsonl"
    path.write_text('{"id": "a", "text": "Asthma."}\n{broken\n{"id": "b", "text": "Gout."}\n')
    assert main(["extract", str(path), "--json"]) == 1
    captured = capsys.readouterr()
    assert [json.loads(line)["id"] for line in captured.out.splitlines()] == ["a", "b"]
    assert "line 2" in captured.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["extract"],
        ["extract", "nowhere.txt"],
        ["build", "nowhere", "--into", "g.kg"],
        ["interactions"],
        ["interactions", "warfarin"],
        ["interactions", "warfarin", "aspirin", "--graph", "nowhere.kg"],
        ["interactions", "--pairs", "nowhere.tsv"],
        ["interactions", "a", "b", "--pairs", "x.tsv"],
        ["diagnose"],
        ["diagnose", "--text", "x", "--finding", "HP:0001250"],
        ["diagnose", "--finding", "not an id"],
        ["diagnose", "--text", "Nothing to report."],
        ["diagnose", "nowhere.txt"],
        ["diagnose", "--cases", "nowhere.jsonl"],
        ["diagnose", "--finding", "HP:0001250", "--top", "0"],
        ["import", "tsv", "nowhere.tsv", "--into", "g.kg"],
        ["import", "zzz", "nowhere.tsv", "--into", "g.kg"],
        ["import", "atc", "nowhere.tsv", "--into", "g.kg"],
        ["stats", "nowhere.kg"],
        ["search", "nowhere.kg", "x"],
        ["evaluate", "extraction", "--corpus", "nowhere"],
        ["extract", "--text", "x", "--recipe", "nowhere.toml"],
    ],
    ids=" ".join,
)
def test_wrong_use_is_an_error_with_words(
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    code = main(arguments)
    captured = capsys.readouterr()
    assert code in (1, 2)
    assert captured.err.startswith("kgbuilder ")
    assert "Traceback" not in captured.err


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00\x01garbage\x00" * 50,
        b"<?xml version='1.0'?><PubmedArticleSet><PubmedArticle>",
        b'<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;">]><PubmedArticleSet>&z;</PubmedArticleSet>',
        b"\x1f\x8b\x08\x00broken",
    ],
    ids=["empty", "binary", "truncated xml", "entities", "broken gzip"],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.xml").write_bytes(content)
    (tmp_path / "good.txt").write_text("She has asthma.")
    code = main(["extract", str(tmp_path), "--json"])
    captured = capsys.readouterr()
    assert code == 1
    assert [json.loads(line)["id"] for line in captured.out.splitlines()] == ["good.txt"]
    assert "bad.xml" in captured.err


def test_text_in_another_language_or_with_cypher_is_just_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = "Der Patient hat Fieber. 患者发烧。 Takes x'}) DETACH DELETE n // and warfarin."
    assert main(["extract", "--text", text, "--json"]) == 0
    found = objects(capsys)[0]["findings"]
    assert "warfarin" in [finding["text"] for finding in found]  # type: ignore[attr-defined]


def test_pairs_answer_every_line_in_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("warfarin\tfluconazole\nwarfarin\tzorvaquinol\nx') DELETE n //\taspirin\n")
    assert main(["interactions", "--pairs", str(path), "--json"]) == 0
    answers = objects(capsys)
    assert len(answers) == 3
    for answer in answers:
        assert {"drugs", "interactions", "none_known", "not_checked"} <= set(answer)
    assert answers[0]["interactions"]
    assert not answers[0]["not_checked"]
    for answer in answers[1:]:
        assert not answer["interactions"]
        assert not answer["none_known"]
        assert len(answer["not_checked"]) == 1  # type: ignore[arg-type]


def test_cases_answer_every_line_in_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cases.jsonl"
    cases = [
        {"id": "m", "observed": ["HP:0001083", "HP:0002616"], "excluded": ["HP:0001250"]},
        {"id": 3, "text": "A 17-year-old boy with ectopia lentis and aortic root aneurysm."},
        {"id": "none", "observed": []},
    ]
    lines = [*map(json.dumps, cases), "{broken"]
    path.write_text("\n".join(lines) + "\n")
    assert main(["diagnose", "--cases", str(path), "--top", "3", "--json"]) == 1
    answers = objects(capsys)
    assert [answer["id"] for answer in answers] == ["m", 3, "none", None]
    for answer in answers[:2]:
        diagnoses = answer["diagnoses"]
        assert len(diagnoses) == 3  # type: ignore[arg-type]
        assert diagnoses[0]["id"] == "OMIM:154700"  # type: ignore[index]
        assert {"rank", "id", "same_as", "name", "posterior", "contributions"} <= set(diagnoses[0])  # type: ignore[index]
    assert "error" in answers[2]
    assert "error" in answers[3]


def test_explain_goes_down_to_the_sentence_with_offsets(
    graph: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", graph, "warfarin", "INTERACTS_WITH", "fluconazole", "--json"]) == 0
    edge = objects(capsys)[0]
    text = next(e for e in edge["evidence"] if e["kind"] == "text")  # type: ignore[attr-defined]
    assert text["end"] - text["start"] == len(text["quote"])
    assert "fluconazole" in text["quote"].lower()


def test_a_patient_is_asked_for_current_drugs_only(capsys: pytest.CaptureFixture[str]) -> None:
    note = str(DATA / "notes/anticoagulation_clinic.txt")
    assert main(["interactions", "--note", note, "--json"]) == 0
    named = {drug["input"].lower() for drug in objects(capsys)[0]["drugs"]}  # type: ignore[attr-defined]
    assert {"warfarin", "fluconazole", "amiodarone", "simvastatin", "metformin", "lanoxin"} <= named
    assert named.isdisjoint({"rivaroxaban", "aspirin", "dronedarone", "penicillin", "rosuvastatin"})


def test_a_note_is_no_patient_file_and_a_patient_file_no_note(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["interactions", "--patient", str(DATA / "notes/anticoagulation_clinic.txt")]) == 2
    assert "a text goes to --note" in capsys.readouterr().err
    assert main(["interactions", "--note", str(DATA / "patient.json")]) == 2
    assert "a .json goes to --patient" in capsys.readouterr().err


def test_a_patient_file_with_more_than_it_answers_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "patient.json"
    path.write_text('{"drugs": ["warfarin", "aspirin"], "alergies": ["penicillin"]}')
    assert main(["interactions", "--patient", str(path)]) == 2
    assert "did you mean allergies?" in capsys.readouterr().err


def test_a_patient_file_is_answered_with_its_warnings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "patient.json"
    path.write_text('{"drugs": ["amoxicillin"], "allergies": ["penicillin"], "egfr": 25}')
    assert main(["interactions", "--patient", str(path), "--json"]) == 0
    told = objects(capsys)[0]["patient"]
    assert [w["kind"] for w in told["warnings"]] == ["allergy"]  # type: ignore[index]
    assert main(["interactions", "ibuprofen", "--patient", str(path), "--alternatives"]) == 0
    assert "MAJOR  ibuprofen: kidney, eGFR 25" in capsys.readouterr().out


NOTE = """Assessment: 74-year-old woman with asthma and heart failure. eGFR 28 mL/min. Weight 62 kg.
Allergies: penicillin (anaphylaxis).
Medications: warfarin 5 mg oral daily, ibuprofen 400 mg as needed.
Simvastatin was stopped last week. We plan to start clarithromycin.
She is not pregnant. She smokes. No history of stroke. CYP2C19 poor metabolizer.
"""


def test_a_note_fills_the_patient(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "note.txt"
    path.write_text(NOTE)
    assert main(["interactions", "--note", str(path), "--json"]) == 0
    record = objects(capsys)[0]["patient"]["record"]  # type: ignore[index]
    assert (record["age"], record["sex"]) == ("P74Y", "FEMALE")
    assert (record["egfr"], record["weight_kg"], record["pregnant"]) == (28.0, 62.0, False)
    assert record["drugs"][0] == {
        "name": "warfarin", "dose": "5 mg", "route": "oral", "frequency": "daily",
        "status": "current",
    }  # fmt: skip
    status = {drug["name"].lower(): drug["status"] for drug in record["drugs"]}
    assert status["simvastatin"] == "stopped"
    assert status["clarithromycin"] == "planned"
    assert record["allergies"] == ["penicillin"]
    assert record["conditions"] == ["Asthma [MESH:D001249]", "Heart Failure [MESH:D006333]"], (
        "stroke is denied"
    )
    assert record["genotype"] == {"CYP2C19": "poor metabolizer"}
    assert record["substances"] == ["smoking"]


@pytest.mark.parametrize(
    "words",
    [
        ["--patient", "a.json", "--note", "b.txt"],
        ["--note", "a.json"],
        ["--pairs", "p", "--note", "n"],
    ],
)
def test_patient_options_that_do_not_go_together(words: list[str]) -> None:
    assert main(["interactions", *words]) == 2


def test_search_stats_and_doctor_answer(graph: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", graph, "warfarin", "--json"]) == 0
    assert objects(capsys)
    assert main(["stats", graph, "--json"]) == 0
    assert objects(capsys)[0]["n_documents"]
    assert main(["doctor", "--json"]) == 0
    assert "broken" not in {check["state"] for check in objects(capsys)}


def test_contradictions_are_listed_with_the_quotes_on_both_sides(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "graph.kg")
    with opened(path, create=True) as store:
        store.merge(g.SAMPLE)
    assert main(["stats", path, "--contradictions"]) == 0
    said = capsys.readouterr().out
    assert '- 0.70  "Aspirin did not cause fever."' in said
    assert "+ 0.70  old book 1, record p. 7 (recalled)" in said
    assert said.endswith("1 edges that some evidence supports and some refutes\n")
    assert main(["stats", path, "--contradictions", "--json"]) == 0
    (record,) = objects(capsys)
    assert record["id"] == g.DENIED.triple.id
    assert [e["refutes"] for e in record["evidence"]] == [False, True]  # type: ignore[attr-defined]


def test_query_answers_cypher_as_a_table_json_or_csv(
    graph: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cypher = (
        "MATCH (d:Drug {name: $drug})-[r]-(x) MATCH (e:Evidence {statement_id: r.id})-[:FROM]->(s) "
        "RETURN d, type(r) AS how, x.name AS name, e.quote AS quote, s.id AS source ORDER BY r.id, quote"
    )
    ask = ["query", graph, cypher, "--param", "drug=Warfarin"]
    assert main([*ask, "--format", "json"]) == 0
    rows = objects(capsys)
    assert rows
    assert set(rows[0]) == {"d", "how", "name", "quote", "source"}
    assert main([*ask, "--format", "csv"]) == 0
    read = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["quote"] for row in read] == [row["quote"] for row in rows]
    assert [json.loads(row["d"]) for row in read] == [row["d"] for row in rows]
    assert main(ask) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(rows) + 2
    assert all("(:Drug Warfarin)" in line for line in lines[2:])


@pytest.mark.parametrize(
    ("cypher", "told"),
    [
        ("MATCH (n) DETACH DELETE n", "only read"),
        ("MATCH (n:Drug RETURN n", "line 1"),
        ("RETURN $missing", "missing"),
        ("", "empty"),
    ],
)
def test_a_query_that_is_none_or_would_write_is_wrong_usage(
    graph: str, cypher: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["query", graph, cypher]) == 2
    captured = capsys.readouterr()
    assert told in captured.err
    assert "Traceback" not in captured.err
    assert "com.arcadedb" not in captured.err


def test_a_query_without_rows_says_so(graph: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", graph, "MATCH (n:Nothing) RETURN n"]) == 0
    assert capsys.readouterr().out == "no rows\n"
    assert main(["query", graph, "RETURN 1 AS n", "--param", "no-value"]) == 2


def test_imported_names_are_linked_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    into = str(tmp_path / "own.kg")
    table = tmp_path / "own.tsv"
    table.write_text("id\tname\nMESH:D999999\tblorbic fever\n")
    own = tmp_path / "own.toml"
    own.write_text(
        'source = "ours"\nversion = "1"\nlicence = "CC0-1.0"\n\n'
        '[[concept]]\nid = "id"\nname = "name"\ntype = "Disease"\n'
    )
    assert main(["import", "tsv", str(table), "--map", str(own), "--into", into]) == 0
    capsys.readouterr()
    assert main(["extract", "--text", "He had blorbic fever.", "--graph", into, "--json"]) == 0
    found = objects(capsys)[0]["findings"]
    assert "MESH:D999999" in [finding["concept"] for finding in found]  # type: ignore[attr-defined]


def test_a_line_that_is_no_pair_gets_an_object_with_every_field(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("warfarin\nwarfarin\taspirin\n")
    assert main(["interactions", "--pairs", str(path), "--json"]) == 1
    broken, answer = objects(capsys)
    assert set(answer) < set(broken)
    assert "error" in broken


def test_the_models_are_loaded_once_for_all_cases_of_a_graph(
    graph: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    ranker, pipeline = api.phenotype_ranker, api.pipeline
    monkeypatch.setattr(api, "phenotype_ranker", lambda g: (made.append("ranker"), ranker(g))[1])
    monkeypatch.setattr(
        api,
        "pipeline",
        lambda recipe, graph: (made.append("pipeline"), pipeline(recipe, graph=graph))[1],
    )
    path = tmp_path / "cases.jsonl"
    path.write_text('{"id": 1, "text": "Seizures."}\n{"id": 2, "text": "Scoliosis."}\n')
    assert main(["diagnose", "--cases", str(path), "--graph", graph, "--json"]) == 0
    assert sorted(made) == ["pipeline", "ranker"]


def test_a_fhir_bundle_is_diagnosed_and_what_was_not_read_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    resources = [
        {"resourceType": "Patient", "gender": "female", "birthDate": "1961-03-02"},
        {"resourceType": "Condition", "code": {"text": "Fatigue"}, "recordedDate": "2024-05-01"},
        {
            "resourceType": "Observation",
            "code": {"coding": [{"system": "http://loinc.org", "code": "3016-3"}]},
            "valueQuantity": {"value": 48.2, "unit": "mIU/L"},
        },
        {"resourceType": "Encounter"},
    ]
    bundle = {"resourceType": "Bundle", "entry": [{"resource": r} for r in resources]}
    path = tmp_path / "patient.json"
    path.write_text(json.dumps(bundle), encoding="utf-8")
    drawing = tmp_path / "why.svg"
    assert main(["diagnose", str(path), "--json", "--top", "2", "--plot", str(drawing)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["diagnoses"][0]["id"] == "ICD10CM:E03.9"
    assert any("Encounter" in told for told in answer["not_understood"])
    assert drawing.read_text("utf-8").startswith("<svg")


def test_values_and_lay_words_of_a_note_are_findings(capsys: pytest.CaptureFixture[str]) -> None:
    text = "A 72-year-old man says: I can't catch my breath. No fever. Na 118, BP 82/50."
    assert main(["diagnose", "--text", text, "--json", "--top", "1"]) == 0
    answer = json.loads(capsys.readouterr().out)
    parts = {c["name"]: c["present"] for c in answer["diagnoses"][0]["contributions"]}
    assert {name for name, there in parts.items() if there} >= {
        "Hyponatremia",
        "Hypotension",
        "Dyspnea",
    }
    assert parts["Fever"] is False
    assert any("Na 118" in told for told in answer["understood"])


def test_evaluate_diagnosis_names_the_sets_it_knows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "diagnosis", "--corpus", "nowhere"]) == 2
    assert "phenopackets" in capsys.readouterr().err
    assert main(["evaluate", "extraction", "--limit", "3"]) == 2
