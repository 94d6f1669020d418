"""Tables by maps: what a row says, what is refused, and every mistake in a map named."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from kgbuilder.assemble.schema import relation_type, relation_types
from kgbuilder.curate.intake import Intake
from kgbuilder.curate.map_file import available_maps, load_map, parse_map
from kgbuilder.curate.tables import import_table
from kgbuilder.errors import ConfigError, FormatError, InputError, UnknownName
from kgbuilder.issues import Issues
from kgbuilder.model import Concept, CuratedEvidence, Curie, EntityType, How, Statement
from kgbuilder.protocols import Batch
from kgbuilder.store.memory import MemoryStore

MAP = """
source = "Side effects"
version = "3"
licence = "CC0"
missing = ["NA"]
record = ["drug", "effect"]
unless = { kept = ["no"] }

[[concept]]
id = { column = "drug", prefix = "DRUGBANK" }
type = "Drug"
name = "name"
synonyms = { column = "also", separator = "|" }

[[edge]]
subject = { column = "drug", prefix = "DRUGBANK" }
predicate = { column = "verb", separator="|", values = { causes = "CAUSES", treats = "TREATS", i = "" } }
object = "effect"
refutes = { sure = ["never"] }
[edge.qualifiers]
frequency = "sure"
severity = [{ column = "grade", values = { "1" = "minor" }, others = "drop" }, { column = "words" }]
"""
LICENCE = ("licence", "CC0")
HEADER = "drug\tname\talso\tverb\teffect\tsure\tgrade\twords\tkept\n"
ROW = "DB1\tOne\tUno| Eins\tcauses\tHP:1\toften\t1\tawful\t\n"


def read(
    text: str | bytes, tmp_path: Path, map: str = MAP, name: str = "t.tsv"
) -> tuple[list[Concept], list[Statement], Issues]:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    issues = Issues()
    batches = list(import_table(path, parse_map(map, where="my.toml"), intake=Intake(issues)))
    return _all(batches)[0], _all(batches)[1], issues


def _all(batches: list[Batch]) -> tuple[list[Concept], list[Statement]]:
    return [c for b in batches for c in b.concepts], [s for b in batches for s in b.statements]


def test_a_row_is_concepts_and_claims(tmp_path: Path) -> None:
    concepts, statements, issues = read(HEADER + ROW, tmp_path)
    drug = Curie("DRUGBANK", "DB1")
    assert concepts == [Concept(drug, "One", EntityType.DRUG, ("Uno", "Eins"))]
    (statement,) = statements
    assert str(statement.triple) == "DRUGBANK:DB1 CAUSES HP:1"
    assert statement.evidence == (
        CuratedEvidence(
            "Side effects",
            "3",
            "DB1 HP:1",
            How.IMPORTED,
            "t.tsv",
            qualifiers=(("frequency", "often"), ("licence", "CC0"), ("severity", "minor")),
        ),
    )
    assert not issues.counts()


def test_a_cell_may_say_several_things_or_nothing(tmp_path: Path) -> None:
    rows = (
        "DB1\tOne\t\tcauses|treats\tHP:1\tNA\t9\tbad\t\n"
        "DB1\tOne\t\ti\tHP:2\t\t\t\t\n"
        "DB1\tOne\t\tcauses\tHP:3\tnever\tNA\tNA\t\n"
        "DB1\tOne\t\tcauses\tHP:4\t\t\t\tno\n"
    )
    _, statements, issues = read(HEADER + rows, tmp_path)
    shown = [(str(s.triple), s.evidence[0].refutes, s.evidence[0].qualifiers) for s in statements]
    assert shown == [
        ("DRUGBANK:DB1 CAUSES HP:1", False, (LICENCE, ("severity", "bad"))),
        ("DRUGBANK:DB1 TREATS HP:1", False, (LICENCE, ("severity", "bad"))),
        ("DRUGBANK:DB1 CAUSES HP:3", True, (("frequency", "never"), LICENCE)),
    ]
    assert not issues.counts()


@pytest.mark.parametrize(
    ("row", "kind", "n_edges"),
    [
        ("DB1\tOne\tHP:1\n", "broken-row", 0),
        (ROW.strip("\n") + "\textra\n", "broken-row", 0),
        ("\tOne\t\tcauses\tHP:1\t\t\t\t\n", "missing-id", 0),
        ("DB1\tOne\t\tcauses\t\t\t\t\t\n", "missing-id", 0),
        ("DB1\t\t\tcauses\tHP:1\t\t\t\t\n", "missing-name", 1),
        ("DB1\tOne\t\tcauses\tno colon\t\t\t\t\n", "bad-id", 0),
        ("DB1\tOne\t\tcauses\tDRUGBANK:DB1\t\t\t\t\n", "self-edge", 0),
        ("DB1\tOne\t\tcauses\tDRUGBANK:DB2\t\t\t\t\n", "wrong-type", 0),
        ("DB1\tOne\t\tsmells\tHP:1\t\t\t\t\n", "unmapped-value", 0),
    ],
)
def test_a_broken_row_is_named_and_the_rest_goes_on(
    tmp_path: Path, row: str, kind: str, n_edges: int
) -> None:
    last = "DB9\tNine\t\tcauses\tHP:9\t\t\t\t\n"
    _, statements, issues = read(HEADER + row + last, tmp_path)
    assert issues.counts().get(kind) == 1, "once a row"
    assert all("t.tsv:2" in issue.where for issue in issues)
    assert len(statements) == n_edges + 1
    assert str(statements[-1].triple) == "DRUGBANK:DB9 CAUSES HP:9"


def test_csv_gzip_and_a_byte_order_mark(tmp_path: Path) -> None:
    text = (HEADER + ROW).replace("\t", ",").replace("Uno| Eins", '"Uno, dos| Eins"')
    data = gzip.compress(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    concepts, statements, issues = read(data, tmp_path, name="t.csv.gz")
    assert concepts[0].synonyms == ("Uno, dos", "Eins")
    assert len(statements) == 1
    assert not issues.counts()


def test_quotes_in_a_tsv_are_text(tmp_path: Path) -> None:
    row = ROW.replace("One", '"One').replace("often", '5" or more')
    concepts, statements, _ = read(HEADER + row + ROW, tmp_path)
    assert concepts[0].name == '"One'
    assert len(statements) == 2


def test_wrong_encoding_is_told(tmp_path: Path) -> None:
    data = (HEADER + ROW).encode().replace(b"One", b"Na\xefve")
    concepts, statements, issues = read(data, tmp_path)
    assert issues.counts() == {"wrong-encoding": 1}
    assert concepts[0].name == "Na\N{REPLACEMENT CHARACTER}ve"
    assert len(statements) == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ((HEADER + ROW).encode("utf-16"), "UTF-16"),
        ((HEADER + ROW).replace("\n", "\r").encode(), "carriage return"),
        (b'"a\rb",c\n', "carriage return"),
    ],
)
@pytest.mark.parametrize("name", ["t.tsv", "t.csv"])
def test_a_file_that_would_be_misread_is_refused(
    tmp_path: Path, data: bytes, said: str, name: str
) -> None:
    with pytest.raises(FormatError, match=said) as caught:
        read(data, tmp_path, name=name)
    assert "Hint: convert" in str(caught.value)


def test_a_carriage_return_within_a_csv_is_a_broken_row(tmp_path: Path) -> None:
    text = (HEADER + ROW + ROW.replace("One", "O\rne")).replace("\t", ",")
    _, statements, issues = read(text, tmp_path, name="t.csv")
    assert len(statements) == 1
    assert issues.counts() == {"broken-row": 1}


def test_a_header_in_the_midst_is_no_fact(tmp_path: Path) -> None:
    concepts, statements, issues = read(HEADER + ROW + HEADER + ROW.replace("1", "2"), tmp_path)
    once, _, _ = read(HEADER + ROW + ROW.replace("1", "2"), tmp_path)
    assert concepts == once
    assert len(statements) == 2
    assert issues.counts() == {"repeated-header": 1}


def test_a_file_cut_off_gives_what_was_there(tmp_path: Path) -> None:
    rows = "".join(ROW.replace("DB1", f"DB{n}") for n in range(3000))
    data = gzip.compress((HEADER + rows).encode(), mtime=0)
    path = tmp_path / "t.tsv.gz"
    path.write_bytes(data[: len(data) // 2])
    held: list[Batch] = []
    with pytest.raises(FormatError, match="cut off"):
        held.extend(import_table(path, parse_map(MAP, where="m"), intake=Intake(Issues())))
    path.write_bytes(b"\x1f\x8bno gzip at all")
    with pytest.raises(FormatError):
        list(import_table(path, parse_map(MAP, where="m"), intake=Intake(Issues())))


def test_the_rows_before_a_break_are_given(tmp_path: Path) -> None:
    rows = "".join(ROW.replace("DB1", f"DB{n}") for n in range(2500))
    path = tmp_path / "t.tsv.gz"
    path.write_bytes(gzip.compress((HEADER + rows).encode(), compresslevel=0)[:-2000])
    batches = import_table(path, parse_map(MAP, where="m"), intake=Intake(Issues()))
    held = [next(batches)]
    with pytest.raises(FormatError, match="after line"):
        next(batches)
    assert 2000 < len(_all(held)[1]) < 2500


@pytest.mark.parametrize("text", ["", "\n"])
def test_an_empty_table(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="empty"):
        read(text, tmp_path)


def test_a_header_alone_takes_nothing_and_says_so(tmp_path: Path) -> None:
    concepts, statements, issues = read(HEADER, tmp_path)
    assert (concepts, statements) == ([], [])
    assert issues.counts() == {"nothing-taken": 1}


def test_tables_that_are_not_there(tmp_path: Path) -> None:
    table = parse_map(MAP, where="m")
    with pytest.raises(InputError, match="no such table"):
        list(import_table(tmp_path / "no.tsv", table, intake=Intake(Issues())))
    with pytest.raises(InputError, match="folder"):
        list(import_table(tmp_path, table, intake=Intake(Issues())))


def test_a_column_that_is_not_there_names_the_near(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'drug'") as caught:
        read(HEADER.replace("drug", "drugs") + ROW, tmp_path)
    assert "did you mean drugs?" in caught.value.hint
    with pytest.raises(ConfigError, match="two columns"):
        read(HEADER.replace("name", "drug") + ROW, tmp_path)


def test_counts_and_hostile_cells(tmp_path: Path) -> None:
    hostile = "'; DROP TABLE x; -- `MATCH (n) DETACH DELETE n` \x00 \u202e"
    path = tmp_path / "t.tsv"
    path.write_text(HEADER + ROW.replace("One", hostile) * 3)
    intake, store = Intake(Issues()), MemoryStore()
    for batch in import_table(path, parse_map(MAP, where="m"), intake=intake):
        store.merge(batch)
    assert (intake.n_rows, intake.n_taken) == (3, 3)
    (concept,) = store.concepts()
    assert concept.name == hostile.strip()


HIERARCHY = """
source = "Tree"
version = "1"
licence = "CC0"
[[concept]]
id = { column = "id", prefix = "MESH" }
type = { column = "code", others = "drop", starts = { C = "Disease", "C23.8" = "Phenotype", C22 = "" } }
name = "name"
[[hierarchy]]
id = { column = "id", prefix = "MESH" }
code = "code"
separator = "."
"""


def test_a_hierarchy_by_codes(tmp_path: Path) -> None:
    rows = (
        "id\tname\tcode\n"
        "D3\tCough\tC23.888.852\n"  # its parent C23.888 is not there, so the next above is
        "D1\tConditions\tC23\n"
        "D4\tSick cows\tC22.1\n"
        "D5\tRivers\tZ01\n"
        "D6\tRiver\tZ01.2\n"
        "D2\tWhooping\tC01.5\n"
    )
    concepts, statements, issues = read(rows, tmp_path, HIERARCHY)
    assert [(c.id.local_id, c.type) for c in concepts] == [
        ("D3", EntityType.PHENOTYPE),
        ("D1", EntityType.DISEASE),
        ("D2", EntityType.DISEASE),
    ]
    assert [str(s.triple) for s in statements] == ["MESH:D3 IS_A MESH:D1"]
    assert statements[0].evidence[0].record_id == "C23.888.852"
    assert not issues.counts()


def test_a_hierarchy_by_lengths(tmp_path: Path) -> None:
    text = HIERARCHY.replace('separator = "."', "lengths = [1, 3, 4, 5, 7]")
    rows = "id\tname\tcode\nC\tx\tC\nC01\ty\tC01\nC01AA05\tz\tC01AA05\n"
    _, statements, _ = read(rows, tmp_path, text)
    assert [str(s.triple) for s in statements] == [
        "MESH:C01 IS_A MESH:C",
        "MESH:C01AA05 IS_A MESH:C01",
    ]


def changed(old: str, new: str) -> str:
    assert old in MAP
    return MAP.replace(old, new)


@pytest.mark.parametrize(
    ("text", "complaint", "hint"),
    [
        (changed("unless", "unles"), "unknown key 'unles'", "did you mean unless?"),
        (changed("synonyms", "synonims"), "unknown key 'synonims'", "did you mean synonyms?"),
        (changed("prefix", "prefixes"), "unknown key 'prefixes'", "did you mean prefix?"),
        (changed('type = "Drug"', 'type = "Drugs"'), "unknown node type 'Drugs'", "mean Drug?"),
        (changed('"CAUSES"', '"CAUSE"'), "unknown predicate 'CAUSE'", "mean CAUSES?"),
        (changed('source = "Side effects"', ""), "source is missing", ""),
        (changed('licence = "CC0"', ""), "licence is missing", ""),
        (changed('name = "name"', ""), "name is missing", ""),
        (changed('others = "drop"', 'others = "ignore"'), "others = 'ignore'", "keep, drop or warn"),
        (changed('missing = ["NA"]', "missing = [1]"), "missing must be a list", ""),
        (changed('unless = { kept = ["no"] }', 'unless = "kept"'), "unless must be a table", ""),
        (changed('version = "3"', "version = 3"), "version must be", ""),
        (changed('version = "3"', 'format = "xls"'), "unknown format 'xls'", "tsv or csv"),
        (changed("[[edge]]", "[edge]"), "must be written [[edge]]", ""),
        (MAP[: MAP.index("[[concept]]")], "takes nothing", "[[concept]]"),
        (HIERARCHY.replace('separator = "."', ""), "either separator or lengths", ""),
        (HIERARCHY + "lengths = [1]\n", "either separator or lengths", ""),
        (HIERARCHY.replace('separator = "."', "lengths = [0]"), "whole numbers", ""),
        ("source = ", "not TOML", ""),
        (
            changed('values = { causes = "CAUSES", treats = "TREATS", i = "" }', 'schema = "x"'),
            "no source 'x'",
            "drugbank",
        ),
    ],
)  # fmt: skip
def test_a_mistake_in_a_map_is_named(text: str, complaint: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_map(text, where="my.toml")
    assert complaint in str(caught.value)
    assert hint in caught.value.hint
    assert "my.toml" in caught.value.where


def test_maps_by_name(tmp_path: Path) -> None:
    assert {"atc", "cyp_transporter", "ddi_knowledge", "mesh2015", "sider"} <= set(available_maps())
    for name in available_maps():
        table = load_map(name)
        assert table.name == name
        assert table.file
        assert table.address.startswith("http")
    with pytest.raises(ConfigError) as caught:
        load_map("mesh2014")
    assert "did you mean mesh2015?" in caught.value.hint
    path = tmp_path / "own.toml"
    path.write_text(MAP)
    assert load_map(path).licence == "CC0"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_map(path)


def shipped(name: str, header: str, rows: str, tmp_path: Path) -> tuple[MemoryStore, Issues]:
    table = load_map(name)
    path = tmp_path / table.file
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8") as file:
        file.write(header + rows)
    store, issues = MemoryStore(), Issues()
    for batch in import_table(tmp_path, table, intake=Intake(issues)):
        store.merge(batch)
    return store, issues


DDI = (
    "drugbank1\tname1\tdrugbank2\tname2\tsource\tseverity\tcontraindication\tprecaution\tlabel\t"
    "effectConcept\tddiPkMechanism\tddiPkEffect\tevidence\tevidenceStatement\tnumericVal\n"
)


def ddi_row(source: str, severity: str = "", contra: str = "", mechanism: str = "") -> str:
    blank = "\t" * 4
    return f"DB1\tOne\tDB2\tTwo\t{source}\t{severity}\t{contra}\t\t\t\t{mechanism}{blank}\n"


def test_interactions_of_each_source_stand_side_by_side(tmp_path: Path) -> None:
    rows = (
        ddi_row("Kegg", contra="True", mechanism="unclassified").replace("One", "ne")
        + ddi_row("World-Vista", "Contraindication:", mechanism="both bleed")
        + ddi_row("FrenchDB", "PE")
        + ddi_row("Drugbank")
    )
    store, issues = shipped("ddi_knowledge", DDI, rows, tmp_path)
    (statement,) = store.statements()
    told = {
        e.source: {k: v for k, v in e.qualifiers if k != "licence"}
        for e in statement.evidence
        if isinstance(e, CuratedEvidence)
    }
    assert told == {
        "KEGG": {"severity": "contraindication"},
        "WorldVista": {"severity": "contraindication", "mechanism": "both bleed"},
        "French thesaurus ANSM": {"severity": "PE"},
        "DrugBank 4": {},
    }
    assert [c.name for c in store.concepts()] == ["One", "Two"], "KEGG's broken names are not taken"
    assert not issues.counts()


def test_a_table_of_combinations_looked_at_is_no_table_of_interactions(tmp_path: Path) -> None:
    store, issues = shipped("ddi_knowledge", DDI, ddi_row("HIV") * 2, tmp_path)
    assert list(store.statements()) == []
    assert issues.counts() == {"nothing-taken": 1}


def test_who_inhibits_what(tmp_path: Path) -> None:
    header = "drugbank_id\tname\tprotein\tuniprot\tcategory\tactions\tpmids\n"
    rows = (
        "DB1\tOne\tABCB1 (P-gp)\tP08183\ttransporter\tsubstrate|inhibitor\t1|2\n"
        "DB1\tOne\tCYP3A4\tP08684\tenzyme\t\t\n"
        "DB1\tOne\tCYP3A4\tP08684\ttarget\tinducer\t\n"
        "DB1\tOne\tCYP9Z9\tP00000\tenzyme\tinducer\t\n"
    )
    store, issues = shipped("cyp_transporter", header, rows, tmp_path)
    assert sorted(str(s.triple) for s in store.statements()) == [
        "DRUGBANK:DB1 INHIBITS NCBIGENE:5243",
        "DRUGBANK:DB1 SUBSTRATE_OF NCBIGENE:5243",
    ]
    gene = store.concept(Curie("NCBIGENE", "5243"))
    assert gene == Concept(Curie("NCBIGENE", "5243"), "ABCB1", EntityType.GENE, ("P-gp",))
    assert "unmapped-value" in issues.counts(), "an enzyme the map lacks is told"


def test_the_schema_is_whole() -> None:
    for (source, type), row in relation_types().items():
        assert relation_type(source, type) is row
        assert source
        assert type
    assert relation_type("bc5cdr", "CID").predicate is not None
    assert relation_type("biored", "Comparison").predicate is None
    with pytest.raises(UnknownName) as caught:
        relation_type("ddi2013", "advice")
    assert "advise" in caught.value.hint
