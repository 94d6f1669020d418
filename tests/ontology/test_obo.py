from __future__ import annotations

from pathlib import Path

import pytest

from kgbuilder.errors import FormatError, InputError
from kgbuilder.issues import Issues
from kgbuilder.model import Curie
from kgbuilder.ontology.obo import OboTerm, Synonym, iter_terms, read_obo


def terms(text: str, issues: Issues | None = None) -> list[OboTerm]:
    notepad = issues if issues is not None else Issues()
    return list(iter_terms(text.splitlines(), source="t.obo", issues=notepad))


def test_a_whole_stanza() -> None:
    (term,) = terms(
        "data-version: x\n\n[Term]\nid: HP:1 {a=b}\nname: Fit ! not a comment here\n"
        'synonym: "Fits \\"grand\\"" EXACT plural_form [PMID:1]\nsynonym: "Turn" BROAD []\n'
        'synonym: "Odd" []\nis_a: HP:2 {x="y"} ! Nerve\nalt_id: HP:3\nxref: UMLS:C1 "note"\n'
        "replaced_by: HP:4\nis_obsolete: true\n"
    )
    assert term == OboTerm(
        Curie("HP", "1"),
        "Fit ! not a comment here",
        (
            Synonym('Fits "grand"', "EXACT", "plural_form"),
            Synonym("Turn", "BROAD"),
            Synonym("Odd", "RELATED"),
        ),
        (Curie("HP", "2"),),
        (Curie("HP", "3"),),
        (Curie("UMLS", "C1"),),
        obsolete=True,
        replaced_by=(Curie("HP", "4"),),
    )


def test_typedefs_and_unknown_tags_are_left_out() -> None:
    found = terms("[Typedef]\nid: part_of\n\n[Term]\nid: HP:1\nname: A\nfoo: bar\n")
    assert [t.name for t in found] == ["A"]


def test_broken_parts_are_noted_and_the_rest_goes_on() -> None:
    issues = Issues()
    found = terms(
        "[Term]\nname: no id\n\n[Term]\nid: HP:1\nname: A\nis_a: nonsense\nwhat is this\n"
        "synonym: unquoted EXACT\n\n[Term]\nid: HP:1\nname: again\n\n[Term]\nid: HP:2\n",
        issues,
    )
    assert [(str(t.id), t.name) for t in found] == [("HP:1", "A"), ("HP:2", "HP:2")]
    assert set(issues.counts()) == {
        "obo-no-id", "obo-id", "obo-line", "obo-synonym", "obo-duplicate-id",
    }  # fmt: skip
    assert "t.obo:11" in [i.where for i in issues if i.kind == "obo-duplicate-id"]


def test_a_truncated_file_keeps_the_last_term() -> None:
    assert [t.name for t in terms("[Term]\nid: HP:1\nname: A\n[Term]\nid: HP:2\nname: B")] == [
        "A",
        "B",
    ]


def test_read_obo_says_the_version(tmp_path: Path) -> None:
    path = tmp_path / "a.obo"
    path.write_bytes(b"\xef\xbb\xbfdata-version: r/2\n\n[Term]\nid: HP:1\nname: caf\xe9\n")
    file = read_obo(path, issues=Issues())
    assert file.version == "r/2"
    assert file.terms[0].name == "caf�"


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"\x00\x01\x02" * 1000])
def test_what_is_no_obo_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.obo"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=r"no \[Term\]"):
        read_obo(path, issues=Issues())


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        read_obo(tmp_path / "none.obo", issues=Issues())
