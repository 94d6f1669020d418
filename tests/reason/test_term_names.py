"""Names of terms by their words, kept in the cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgbuilder.reason.term_names import key_of, stem_of, term_names
from tests.reason.diagnosis_samples import small_hpo


def pairs() -> dict[str, str]:
    """Key -> id."""
    return dict(line.split("\t") for line in term_names(small_hpo()))


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGBUILDER_CACHE", str(tmp_path))
    term_names.cache_clear()


def test_names_are_found_by_their_words_in_any_order() -> None:
    names = pairs()
    assert names[key_of(["sided", "left", "fit"])] == "HP:1000003"
    assert names[key_of([stem_of("toe"), stem_of("numb")])] == "HP:1000005"
    assert "ft" not in names  # an abbreviation
    assert "falling sickness" not in names  # not an exact synonym


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe"])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    made = pairs()
    (file,) = tmp_path.glob("term-names-*.txt")
    term_names.cache_clear()
    assert pairs() == made  # read back
    file.write_bytes(damage)
    term_names.cache_clear()
    assert pairs() == made
    assert file.read_bytes() != damage


def test_a_cache_that_cannot_be_written_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGBUILDER_CACHE", "/dev/null/below")
    assert term_names(small_hpo())
