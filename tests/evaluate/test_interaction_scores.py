"""Figures of interaction checkers: agreement, recall at a precision, bars; and the command."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from kgbuilder.cli import main
from kgbuilder.errors import InputError
from kgbuilder.evaluate.interaction_pairs import read_crescenddi, read_merged_pairs, read_names
from kgbuilder.evaluate.interactions import (
    InteractionFigure,
    PairOutcome,
    recall_at_precision,
    weighted_kappa,
)


def test_kappa_by_hand() -> None:
    same = ["minor", "major", "moderate", "minor"]
    assert weighted_kappa(same, same) == 1.0
    # seen: 1 of 2 pairs off by one grade; by chance: mean distance of (minor, moderate) x same = 1/2
    assert weighted_kappa(["minor", "moderate"], ["moderate", "moderate"]) == 0.0
    ours, theirs = ["minor", "moderate", "major", "major"], ["minor", "moderate", "major", "minor"]
    assert weighted_kappa(ours, theirs) == pytest.approx(1 - (2 / 4) / (16 / 16))


def test_a_grader_that_says_always_the_same_agrees_by_chance_alone() -> None:
    assert weighted_kappa(["major", "major"], ["minor", "major"]) == 0.0


def inferred(grade: str, belief: float = 0.5) -> PairOutcome:
    return PairOutcome(grade or "major", True, belief if grade else 0.0, grade)


def test_recall_at_a_precision_takes_the_best_edge() -> None:
    positive = [inferred("major"), inferred("minor"), inferred("minor"), inferred("")]
    negative = [inferred("minor"), inferred("minor"), inferred(""), inferred("")]
    assert recall_at_precision(positive, negative, precision=0.5) == 0.75
    assert recall_at_precision(positive, negative, precision=0.7) == 0.25
    assert recall_at_precision([], [], precision=0.7) == 0.0


def test_negatives_weigh_as_many_as_positives() -> None:
    positive = [inferred("minor")] * 2
    assert recall_at_precision(positive, [inferred("minor")] * 9, precision=0.7) == 0.0
    few = [inferred("minor"), *[inferred("")] * 9]
    assert recall_at_precision(positive, few, precision=0.7) == 1.0


def test_bars() -> None:
    assert InteractionFigure("a", 0.9, 1, good=0.8, goal=0.9).reached == "goal"
    assert InteractionFigure("a", 0.85, 1, good=0.8, goal=0.9).reached == "good"
    assert InteractionFigure("a", 0.03, 1, good=0.05, goal=0.02, at_most=True).reached == "good"
    assert InteractionFigure("a", 0.4, 1, goal=0.5).reached == "no"
    assert InteractionFigure("a", 0.4, 1).reached == ""


HEAD = (
    "drugbank1\tname1\tdrugbank2\tname2\tsource\tseverity\tcontraindication\tprecaution\tlabel\t"
    "effectConcept\tddiPkMechanism\tddiPkEffect\tevidence\tevidenceStatement\tnumericVal\n"
)


def row(a: str, b: str, source: str, severity: str = "", ci: str = "", note: str = "") -> str:
    return f"{a}\tx\t{b}\ty\t{source}\t{severity}\t{ci}\t{note}" + "\t" * 7 + "\n"


def corpora(folder: Path) -> Path:
    """Warfarin + fluconazole, and some that say nothing."""
    merged = HEAD + row("DB00682", "DB00196", "NDF-RT", "Critical")
    merged += row("DB00682", "DB00196", "FrenchDB", "PC") + row(
        "DB00196", "DB00682", "FrenchDB", "CI"
    )
    merged += row("DB00682", "DB01234", "FrenchDB", "PC") + row(
        "DB00682", "DB00682", "Kegg", "", "True"
    )
    merged += row("DB00331", "DB00682", "Kegg", "", "", "True") + row("", "DB00682", "OSCAR", "1")
    names = "DRUG_1_CONCEPT_NAME\tDRUG_2_CONCEPT_NAME\n"
    for path, text in (
        ("ddi_knowledge/pddi_merged.tsv.gz", merged),
        ("crescenddi/positive_controls.visible.tsv.gz", names + "Warfarin\tfluconazole\n"),
        ("crescenddi/negative_controls.visible.tsv.gz", names + "metformin\tlatanoprost\n"),
    ):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(gzip.compress(text.encode(), mtime=0))
    return folder


def test_pairs_are_unordered_and_the_gravest_grade_of_a_source_counts(tmp_path: Path) -> None:
    merged = read_merged_pairs(corpora(tmp_path) / "ddi_knowledge" / "pddi_merged.tsv.gz")
    assert merged.of_grade("FrenchDB", "CI") == [("DB00196", "DB00682")]
    assert merged.of_grade("FrenchDB", "PC") == [("DB00682", "DB01234")]
    assert merged.of_grade("Kegg", "precaution") == [("DB00331", "DB00682")]
    assert merged.of_grade("Kegg", "contraindication") == [], "a drug with itself is no pair"
    assert merged.only_in("FrenchDB") == [("DB00682", "DB01234")]
    assert read_crescenddi(tmp_path / "crescenddi")[0] == [("fluconazole", "warfarin")]


def test_our_names_are_enough_and_none_stands_twice() -> None:
    names = read_names()
    assert len(names) >= 500
    assert len({n.text.casefold() for n in names}) == len(names)
    assert {n.kind for n in names} == {"brand", "generic", "misspelling"}


def test_the_command_prints_every_bar(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(corpora(tmp_path))
    assert main(["evaluate", "interactions", "--corpus", folder, "--json"]) == 0
    told = {f["what"]: f for f in json.loads(capsys.readouterr().out)["figures"]}
    assert told["gravest pairs of three sources: covered"]["value"] == 1.0
    assert told["gravest pairs of three sources: covered"]["reached"] == "goal"
    assert told["crescenddi, shipped: sensitivity (not checked is a miss)"]["value"] == 1.0
    assert told["crescenddi, shared tables imported: specificity"]["n"] == 1
    assert told["drug names: right"]["n"] >= 500
    assert told["first answer of a fresh process"]["unit"] == "s"


def test_files_that_are_not_there_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputError, match="cannot read"):
        read_merged_pairs(tmp_path / "none.tsv.gz")
    assert main(["evaluate", "interactions", "--corpus", str(tmp_path)]) == 1
    assert "Hint:" in capsys.readouterr().err
    assert main(["evaluate", "interactions", "--label", "A=B"]) == 2
