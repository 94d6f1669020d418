"""Relations across sentences: the mechanism, on the shipped weights with one kind of pair."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kgbuilder.model import (
    Assertion,
    Document,
    EntityType,
    Finding,
    Mention,
    Polarity,
    Sentence,
    Span,
    unlinked_id,
)
from kgbuilder.nn.runtime import OnnxModel
from kgbuilder.relate.transformer import TransformerRelater

SHIPPED = Path(str(resources.files("kgbuilder.nn"))) / "weights" / "relater"
KIND = "drug condition"
LINES = (
    "Alphanol and liver failure. ",
    "Betanol was given to ten patients with migraine. ",
    "Two of them had a rash, and one died of sepsis.",
)
NAMES = {
    "Alphanol": EntityType.DRUG,
    "liver failure": EntityType.DISEASE,
    "Betanol": EntityType.DRUG,
    "migraine": EntityType.DISEASE,
    "rash": EntityType.PHENOTYPE,
    "sepsis": EntityType.DISEASE,
}


@pytest.fixture(scope="module")
def relater(tmp_path_factory: pytest.TempPathFactory) -> TransformerRelater:
    folder = tmp_path_factory.mktemp("weights")
    for name in ("tokenizer.json", "model.int8.onnx", "shape.npz"):
        shutil.copy(SHIPPED / name, folder / name)
    labels = json.loads((SHIPPED / "labels.json").read_text())
    labels["words"] = {}
    labels["kinds"] = labels["passage_kinds"] = {KIND: labels["kinds"][KIND]}
    (folder / "labels.json").write_text(json.dumps(labels))
    return TransformerRelater(folder, threshold=0.0)  # whatever it is sure of is told


def read(
    relater: TransformerRelater,
    lines: tuple[str, ...] = LINES,
    *,
    kind: str = "paper",
    turned: bool = False,
    denied: frozenset[str] = frozenset(),
) -> dict[tuple[str, str], tuple[int, ...]]:
    """Told relations by names -> starts of the sentences; refutations are marked by "not "."""
    text = "".join(lines)
    sentences, at = [], 0
    for line in lines:
        sentences.append(Sentence("d", Span(at, at + len(line.rstrip())), line.rstrip()))
        at += len(line)
    found = []
    for name, type in NAMES.items():
        at = text.find(name)
        if at >= 0:
            polarity = Polarity.NEGATED if name in denied else Polarity.AFFIRMED
            mention = Mention("d", Span(at, at + len(name)), name, type)
            concept = unlinked_id(type, name)
            found.append(Finding(mention, Assertion(polarity=polarity), concept, name))
    told = relater.relate(
        Document("d", text, "t", kind=kind), sentences, found[::-1] if turned else found
    )
    return {
        (("not " if r.negated else "") + r.subject.name, r.object.name): tuple(
            s.span.start for s in r.sentences
        )
        for r in told
    }


def test_a_paper_is_read_by_its_sentences_and_across_them_in_one_pass(
    relater: TransformerRelater, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, passes = OnnxModel.run, []

    def counted(self: OnnxModel, inputs: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        passes.append(inputs)
        return run(self, inputs)

    monkeypatch.setattr(OnnxModel, "run", counted)
    told = read(relater)
    assert len(passes) == 3  # the two sentences that name a drug and a condition, and all at once
    assert set(told) == {
        (drug, condition)
        for drug in ("Alphanol", "Betanol")
        for condition in ("liver failure", "migraine", "rash", "sepsis")
    }
    starts = [0, len(LINES[0]), len(LINES[0]) + len(LINES[1])]
    assert told["Alphanol", "liver failure"] == (starts[0],)
    assert told["Alphanol", "rash"] == (starts[0], starts[2])
    assert told["Betanol", "rash"] == (starts[1], starts[2])


def test_what_cannot_reach_the_threshold_is_not_read(
    relater: TransformerRelater, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[int] = []
    monkeypatch.setattr(OnnxModel, "run", lambda self, inputs: passes.append(1))
    assert read(relater.at(0.99)) == {}  # the shape alone is never nearly so sure
    assert not passes


def test_giving_a_pair_up_changes_nothing_that_is_told_of_others(
    relater: TransformerRelater,
) -> None:
    every, some = read(relater), read(relater.at(0.3))
    assert some.items() <= every.items()


def test_a_note_is_not(relater: TransformerRelater) -> None:
    assert set(read(relater, kind="note")) == {
        ("Alphanol", "liver failure"),
        ("Betanol", "migraine"),
    }


def test_order_changes_nothing(relater: TransformerRelater) -> None:
    assert read(relater, turned=True) == read(relater)


def test_what_is_denied_once_is_stated_nowhere_in_the_passage(relater: TransformerRelater) -> None:
    lines = ("Betanol did not cause sepsis. ", *LINES[1:])
    told = read(relater, lines)
    assert ("not Betanol", "sepsis") in told
    assert ("Betanol", "sepsis") not in told
    assert ("Betanol", "rash") in told


def test_a_finding_that_is_not_there_is_not_related_across_sentences(
    relater: TransformerRelater,
) -> None:
    told = read(relater, denied=frozenset({"rash"}))
    assert not [pair for pair in told if "rash" in pair]


def test_a_long_paper_is_read_in_several_passages(relater: TransformerRelater) -> None:
    filler = "Of the other things that were measured none is of any interest here at all. "
    told = read(relater, (LINES[0], *[filler] * 60, *LINES[1:]))
    assert ("Alphanol", "sepsis") not in told
    assert ("Betanol", "sepsis") in told


def test_a_paper_without_findings_says_nothing(relater: TransformerRelater) -> None:
    assert read(relater, ("Nothing was found. ", "Nothing at all.")) == {}
