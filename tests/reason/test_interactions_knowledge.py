"""The drug tables: what ships is honest and whole; what is wrong is refused with its line."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from kgbuilder.errors import FormatError, InputError
from kgbuilder.model import Curie, How, Severity
from kgbuilder.ontology.vocabularies import drug_lexicon
from kgbuilder.reason.drug_facts import Role
from kgbuilder.reason.drug_names import DrugResolver
from kgbuilder.reason.knowledge import DrugKnowledge
from kgbuilder.reason.severity import SeverityRules
from kgbuilder.reason.shipped_tables import table_text
from tests.reason.interaction_doubles import drug, write_tables

SOURCES = """
recalled|general knowledge|||
label|A label|An authority|2020-01-01|https://example.org/label
unread|A label nobody opened|An authority|2020|
"""


@pytest.fixture(scope="module")
def shipped() -> DrugKnowledge:
    return DrugKnowledge.shipped()


def test_every_shipped_row_is_a_value(shipped: DrugKnowledge) -> None:
    shipped.check()
    SeverityRules(shipped)


def test_enough_common_drugs_are_covered(shipped: DrugKnowledge) -> None:
    assert len(shipped.covered()) >= 1265
    for local_id in ("DB00682", "DB00196", "DB00641", "DB00945", "DB01118", "DB00390", "DB00331"):
        assert shipped.uncovered(drug(local_id)) == ()


def test_essential_medicines_are_covered(shipped: DrugKnowledge) -> None:
    names = Path(__file__).with_name("essential_medicines.txt").read_text(encoding="utf-8")
    resolver = DrugResolver(drug_lexicon(), shipped)
    found = {
        name: resolver.resolve(name, None).answer.id
        for name in names.splitlines()
        if not name.startswith("#")
    }
    assert len(found) > 440
    assert [n for n, id in found.items() if id is None or shipped.uncovered(id)] == []


def test_a_row_that_was_read_names_the_page_and_a_recalled_one_names_no_document(
    shipped: DrugKnowledge,
) -> None:
    for id in shipped.covered():
        index = shipped.therapeutic_index(id)
        assert index is not None
        for fact in (*shipped.enzymes(id), *shipped.effects(id), index):
            evidence = fact.evidence
            if evidence.how is How.READ:
                assert evidence.address.startswith(("https://", "http://"))
                assert "general knowledge" not in evidence.source
            else:
                assert evidence.how is How.RECALLED
                assert evidence.address == ""
                assert evidence.source == "kgbuilder, general knowledge"
                assert evidence.version == ""


FACT_TABLES = (
    "enzymes", "effects", "therapeutic_index", "exposure", "warnings", "direct", "ndf_rt",
    "classes", "patient_rules", "onset",
)  # fmt: skip


DIAGNOSIS_TABLES = (
    "common_diseases", "common_findings", "medicine_uses", "reference_ranges", "critical_values",
    "circumstances",
)  # fmt: skip


def how_rows_were_had(table: str) -> list[tuple[str, str]]:
    """Source and how, the last two columns, of each row of a diagnosis table."""
    text = table_text(files("kgbuilder.reason").joinpath("tables"), table)
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    assert rows[0][-2:] == ["source", "how"]
    return [(row[-2], row[-1]) for row in rows[1:]]


@pytest.mark.parametrize("table", DIAGNOSIS_TABLES)
def test_a_row_for_diagnosis_names_the_page_that_was_read_or_none(
    table: str, shipped: DrugKnowledge
) -> None:
    for source, how in how_rows_were_had(table):
        assert how in ("read", "recalled"), source
        assert bool(shipped.sources[source].address) is (how == "read"), source


def test_the_readme_counts_the_findings_that_were_read() -> None:
    how = Counter(how for _, how in how_rows_were_had("common_findings"))
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    assert f"of {how.total():,} findings {how['read']:,} were read" in " ".join(readme.split())


def test_every_row_of_every_table_has_a_source_that_exists(shipped: DrugKnowledge) -> None:
    for table in FACT_TABLES:
        for line, row in shipped.rows(table):
            where = f"{table}.tsv, line {line}"
            assert row["source"] in shipped.sources, where
            source = shipped.sources[row["source"]]
            if row["how"] in ("read", "imported"):
                assert source.address.startswith(("https://", "http://")), where
                assert (row["how"] == "imported") == (table == "ndf_rt"), where
            else:
                assert row["how"] == "recalled", where
                assert source.id == "recalled", where


def test_no_source_stands_unused_and_none_twice(shipped: DrugKnowledge) -> None:
    used = {row["source"] for table in FACT_TABLES for _, row in shipped.rows(table)}
    used |= {source for table in DIAGNOSIS_TABLES for source, _ in how_rows_were_had(table)}
    assert set(shipped.sources) - used == set()
    assert len({r["id"] for _, r in shipped.rows("sources")}) == len(shipped.sources)


def test_no_fact_is_written_twice_from_one_source(shipped: DrugKnowledge) -> None:
    for table in FACT_TABLES:
        seen = [tuple(v for c, v in r.items() if c != "section") for _, r in shipped.rows(table)]
        assert [row for row, n in Counter(seen).items() if n > 1] == []


def test_a_graded_fact_that_was_read_leaves_no_recalled_row_beside_it(
    shipped: DrugKnowledge,
) -> None:
    """What was looked up corrects what was recalled, it does not stand beside it."""
    graded = {
        (r["id"], r["gene"], r["role"])
        for _, r in shipped.rows("enzymes")
        if r["source"] == "fda-table-2026" and r["strength"] != "stated"
    }
    for line, r in shipped.rows("enzymes"):
        if r["how"] == "recalled":
            assert (r["id"], r["gene"], r["role"]) not in graded, f"enzymes.tsv, line {line}"


def test_every_source_that_is_not_general_knowledge_has_an_address(shipped: DrugKnowledge) -> None:
    for source in shipped.sources.values():
        assert bool(source.address) is (source.id != "recalled"), source
        assert source.document


def test_direct_rows_were_all_read_and_most_warnings(shipped: DrugKnowledge) -> None:
    assert shipped.counts()["direct"]["recalled"] == 0
    warnings = shipped.counts()["warnings"]
    assert warnings["recalled"] < warnings["read"] / 5


def test_a_third_of_the_rows_were_read(shipped: DrugKnowledge) -> None:
    counts = shipped.counts().values()
    read, recalled = (sum(c[how] for c in counts) for how in ("read", "recalled"))
    assert read / (read + recalled) > 0.33


def test_the_readme_counts_the_rows_by_how_they_were_had(shipped: DrugKnowledge) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    counts = shipped.counts().values()
    read, imported, recalled = (f"{sum(c[how] for c in counts):,}" for how in How)
    text = " ".join(readme.split())
    assert f"{read} were read, {imported} imported" in text
    assert f"and {recalled} recalled" in text


def test_ids_are_those_of_the_drug_vocabulary(shipped: DrugKnowledge) -> None:
    """A wrong id would be a wrong merge: each name must find its own id, and only that."""
    lexicon = drug_lexicon()
    wrong = []
    for id, name in shipped.names.items():
        found = {row.concept for row in lexicon.find(name) if row.concept.prefix == "DRUGBANK"}
        concept = lexicon.concept(id)
        if concept is None or (found and id not in found):
            wrong.append((name, str(id), sorted(map(str, found))))
    assert wrong == []


def test_one_name_per_id_and_one_id_per_name(shipped: DrugKnowledge) -> None:
    twice = [name for name, n in Counter(shipped.names.values()).items() if n > 1]
    assert twice == []


def test_gene_identifiers_are_distinct_and_found_by_any_alias(shipped: DrugKnowledge) -> None:
    ids = [gene.id for gene in shipped.genes.values()]
    assert len(set(ids)) == len(ids)
    for alias in ("HGNC:2637", "NCBIGENE:1576", "UNIPROT:P08684", "cyp3a4"):
        gene = shipped.gene("nothing", alias)
        assert gene is not None
        assert gene.symbol == "CYP3A4"
    p_gp = shipped.gene("P-gp")
    assert p_gp is not None
    assert p_gp.symbol == "ABCB1"
    assert shipped.gene("CYP2C9") != shipped.gene("CYP2C19")


def test_no_rule_about_levels_alone_says_contraindicated(shipped: DrugKnowledge) -> None:
    grades = {row["severity"] for row in shipped.rules("pk_rules")}
    assert "contraindicated" not in grades


def test_every_combination_of_strengths_is_graded(shipped: DrugKnowledge) -> None:
    rules = SeverityRules(shipped)
    for role in (Role.INHIBITOR, Role.INDUCER):
        for strength in ("strong", "moderate", "weak", "stated"):
            for victim in (Role.SUBSTRATE, Role.PRODRUG):
                for sensitivity in ("sensitive", "moderate sensitive", "major", "minor", "stated"):
                    for narrow in (True, False, None):
                        grade, reason = rules.pharmacokinetic(
                            role=role,
                            strength=strength,
                            victim=victim,
                            sensitivity=sensitivity,
                            narrow=narrow,
                        )
                        assert grade is not Severity.UNKNOWN, (role, strength, victim, sensitivity)
                        assert reason


def test_a_narrow_index_never_makes_it_milder(shipped: DrugKnowledge) -> None:
    rules = SeverityRules(shipped)
    order = [None, Severity.MINOR, Severity.MODERATE, Severity.MAJOR, Severity.CONTRAINDICATED]
    for role in (Role.INHIBITOR, Role.INDUCER):
        for strength in ("strong", "moderate", "weak", "stated"):
            for sensitivity in ("sensitive", "moderate sensitive", "major", "minor", "stated"):
                narrow, wide = (
                    rules.pharmacokinetic(
                        role=role,
                        strength=strength,
                        victim="substrate",
                        sensitivity=sensitivity,
                        narrow=n,
                    )[0]
                    for n in (True, False)
                )
                assert order.index(narrow) >= order.index(wide)


def test_effects_that_rules_name_are_effects_that_drugs_have(shipped: DrugKnowledge) -> None:
    """A misspelt effect in a rule would silently never match."""
    held = {fact.effect for id in shipped.names for fact in shipped.effects(id)}
    named = {row[key] for row in shipped.rules("pd_rules") for key in ("effect_a", "effect_b")}
    named |= {
        effect
        for id in shipped.names
        for warning in shipped.warnings(id)
        if warning.role == "effect"
        for effect in warning.of
    }
    assert named <= held


def test_a_drug_with_one_row_is_not_covered(tmp_path: Path) -> None:
    knowledge = DrugKnowledge(
        write_tables(
            tmp_path, sources=SOURCES, therapeutic_index="xdrug|DB90000|yes|recalled||recalled"
        )
    )
    assert knowledge.uncovered(drug("DB90000")) == ("metabolism and transport", "effects")
    assert knowledge.covered() == ()


def test_none_with_a_source_counts_as_stated(tmp_path: Path) -> None:
    knowledge = DrugKnowledge(
        write_tables(
            tmp_path,
            sources=SOURCES,
            enzymes="xdrug|DB90000||none||label|12.3|read",
            effects="xdrug|DB90000|none||label|5|read",
            therapeutic_index="xdrug|DB90000|none|label|12|read",
        )
    )
    assert knowledge.uncovered(drug("DB90000")) == ()
    evidence = knowledge.enzymes(drug("DB90000"))[0].evidence
    assert evidence.source == "A label"
    assert evidence.version == "2020-01-01"
    assert evidence.record_id.endswith(", 12.3")


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("enzymes", "xdrug|DB90000|CYP3A4|eats|strong|recalled||recalled"),
        ("enzymes", "xdrug|DB90000|CYP9Z9|inhibitor|strong|recalled||recalled"),
        ("enzymes", "xdrug|DB90000|CYP3A4|inhibitor|strong|no-such-source||recalled"),
        ("enzymes", "xdrug|DB90000||none||recalled||guessed"),
        ("enzymes", "xdrug|DB90000||none||unread||read"),
        ("therapeutic_index", "xdrug|DB90000|perhaps|recalled||recalled"),
        ("effects", "xdrug|DB90000|none||recalled||"),
        ("direct", "a|DB90000|b|DB90001|terrible|m|e|x|label||read"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line(tmp_path: Path, table: str, row: str) -> None:
    folder = write_tables(tmp_path, sources=SOURCES, **{table: row})
    with pytest.raises(FormatError) as caught:
        DrugKnowledge(folder).check()
    assert f"tables/{table}.tsv, line 2" in str(caught.value)


def test_a_row_with_a_field_missing_is_refused(tmp_path: Path) -> None:
    folder = write_tables(tmp_path, sources=SOURCES, effects="xdrug|DB90000|none")
    with pytest.raises(FormatError, match="3 fields where 7 belong"):
        DrugKnowledge(folder)


def test_wrong_columns_are_refused(tmp_path: Path) -> None:
    folder = write_tables(tmp_path, sources=SOURCES)
    (folder / "effects.tsv").write_text("drug\tid\n", encoding="utf-8")
    with pytest.raises(FormatError, match=r"columns of effects\.tsv"):
        DrugKnowledge(folder)


def test_a_missing_table_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Hint: "):
        DrugKnowledge(tmp_path)


def test_ids_of_other_spaces_have_no_rows(shipped: DrugKnowledge) -> None:
    other = Curie("RXCUI", "11289")
    assert shipped.enzymes(other) == ()
    assert shipped.therapeutic_index(other) is None
    assert shipped.uncovered(other) != ()


def test_forms_lead_to_drugs_with_rows_and_have_none_of_their_own(shipped: DrugKnowledge) -> None:
    lexicon = drug_lexicon()
    assert shipped.forms
    for form, id in shipped.forms.items():
        assert form not in shipped.names
        assert id in shipped.names
        assert lexicon.concept(form) is not None, form
