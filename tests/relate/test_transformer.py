from __future__ import annotations

import json
import shutil
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from kgbuilder import api
from kgbuilder.errors import InputError
from kgbuilder.model import PREDICATES, Document, EntityType
from kgbuilder.nn.pairs import MARKS, PairLayout, lay_out_pairs
from kgbuilder.nn.pieces import Pieces
from kgbuilder.relate.transformer import TransformerRelater
from tests.nn.tiny import write_tokenizer

SHIPPED = Path(str(resources.files("kgbuilder.nn"))) / "weights" / "relater"
CLASSES = {"drug": 0, "condition": 1}


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> Pieces:
    path = tmp_path_factory.mktemp("pieces") / "tokenizer.json"
    write_tokenizer(path)
    return Pieces(path)


def test_a_pass_hides_drugs_and_shows_each_pair_only_itself(pieces: Pieces) -> None:
    text = "aspirin and warfarin cause bleeding"
    spans = [(0, 7, "drug"), (12, 20, "drug"), (27, 35, "condition")]
    (layout,) = lay_out_pairs(
        text, spans, [(0, 1), (0, 2)], pieces=pieces, classes=CLASSES, blinded=frozenset({"drug"})
    )
    assert pieces.id_of("aspirin") not in layout.ids
    assert pieces.id_of("bleeding") in layout.ids
    assert layout.markers().shape == (2, MARKS)
    # markers stand where their mentions stand: [CLS] is 0, the first drug 1, the second 3
    assert layout.positions[layout.n_text :].tolist() == [1, 1, 3, 3, 1, 1, 5, 5]
    seen = layout.visible()
    first, second = layout.markers()
    assert seen[np.ix_(first, first)].all()
    assert not seen[np.ix_(first, second)].any()
    assert seen[:, : layout.n_text].all()
    assert not seen[: layout.n_text, layout.n_text :].any()


def test_in_a_long_sentence_near_pairs_are_kept_and_far_ones_left_out(pieces: Pieces) -> None:
    text = "aspirin warfarin " + "and " * 100 + "fever"
    spans = [(0, 7, "drug"), (8, 16, "drug"), (len(text) - 5, len(text), "condition")]
    layouts = list(
        lay_out_pairs(
            text,
            spans,
            [(0, 1), (0, 2)],
            pieces=pieces,
            classes=CLASSES,
            blinded=frozenset({"drug"}),
            max_text=20,
        )
    )
    assert [layout.pairs for layout in layouts] == [(0,)]
    assert layouts[0].n_text == 22
    assert layouts[0].positions.max() < 22


def test_pairs_of_a_long_sentence_that_are_read_in_one_stretch_share_a_pass(pieces: Pieces) -> None:
    words = [*["aspirin", "warfarin", "fever"], *["and"] * 60, *["aspirin", "warfarin", "fever"]]
    starts = [sum(len(word) + 1 for word in words[:i]) for i in range(len(words))]
    kinds = {"aspirin": "drug", "warfarin": "drug", "fever": "condition"}
    spans = [(a, a + len(w), kinds[w]) for a, w in zip(starts, words, strict=True) if w in kinds]
    pairs = [(0, 1), (0, 2), (1, 2), (3, 4), (4, 5), (0, 5)]

    def passes(asked: list[tuple[int, int]], most: int) -> list[PairLayout]:
        return list(
            lay_out_pairs(
                " ".join(words),
                spans,
                asked,
                pieces=pieces,
                classes=CLASSES,
                blinded=frozenset({"drug"}),
                max_text=20,
                max_pairs=most,
            )
        )

    together = passes(pairs, 8)
    assert [layout.pairs for layout in together] == [(0, 1, 2), (3, 4)], (
        "the last are too far apart"
    )
    assert [layout.pairs for layout in passes(pairs, 2)] == [(0, 1), (2,), (3, 4)]
    for layout in together:
        for place, number in enumerate(layout.pairs):
            (alone,) = passes([pairs[number]], 8)
            markers = layout.markers()[place]
            assert layout.ids[: layout.n_text].tolist() == alone.ids[: alone.n_text].tolist()
            assert layout.positions[markers].tolist() == alone.positions[alone.n_text :].tolist()


def test_the_shipped_labels_are_predicates_and_calibrated() -> None:
    labels = json.loads((SHIPPED / "labels.json").read_text())
    for name in labels["labels"]:
        assert name == "none" or name.partition(":")[0] in PREDICATES
    for kind in labels["kinds"]:
        assert labels["kinds"][kind][0] == "none"
        assert labels["temperature"][kind] > 0
        assert 0 < labels["threshold"][kind] < 1


@pytest.mark.parametrize("broken", ["labels.json", "tokenizer.json", "model.int8.onnx"])
def test_a_missing_or_wrong_file_is_named(tmp_path: Path, broken: str) -> None:
    for name in ("labels.json", "tokenizer.json", "model.int8.onnx"):
        shutil.copy(SHIPPED / name, tmp_path / name)
    (tmp_path / broken).unlink()
    with pytest.raises(InputError):
        TransformerRelater(tmp_path)
    (tmp_path / broken).write_text("{}")
    with pytest.raises(InputError):
        TransformerRelater(tmp_path)


@pytest.mark.parametrize(
    ("text", "predicate"),
    [
        ("Rifampicin induces CYP3A4.", "INDUCES"),
        ("CYP2B6 was induced by efavirenz.", "INDUCES"),
        ("Rifampicin activates NR1I2.", "ACTIVATES"),
    ],
)
def test_of_metabolizing_enzymes_induction_is_told_as_such(text: str, predicate: str) -> None:
    (relation,) = api.extract(text).relations
    assert relation.predicate.name == predicate


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "Lisinopril is contraindicated in patients with a history of angioedema.",
            [("Lisinopril", "CONTRAINDICATED_IN", "angioedema", False)],
        ),
        ("Propranolol is not contraindicated in heart failure.", []),
        (
            "Aspirin should not be used for headache.",
            [("Aspirin", "TREATS", "headache", True)],
        ),
    ],
)
def test_what_a_drug_must_not_be_given_in_or_for(
    text: str, told: list[tuple[str, str, str, bool]]
) -> None:
    reading = api.pipeline().read(Document("d", text, "s", kind="paper"))
    assert [
        (r.subject.mention.text, r.predicate.name, r.object.mention.text, r.negated)
        for r in reading.relations
    ] == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "Sertraline, but not citalopram, inhibited CYP2D6.",
            [("Sertraline", "INHIBITS", False), ("citalopram", "INHIBITS", True)],
        ),
        (
            "Neither aspirin nor ibuprofen inhibited CYP2D6.",
            [("aspirin", "INHIBITS", True), ("ibuprofen", "INHIBITS", True)],
        ),
        (
            "Cisplatin, but not carboplatin, caused nephrotoxicity.",
            [("Cisplatin", "CAUSES", False), ("carboplatin", "CAUSES", True)],
        ),
    ],
)
def test_a_denial_denies_what_the_sentence_speaks_of(
    text: str, told: list[tuple[str, str, bool]]
) -> None:
    reading = api.pipeline().read(Document("d", text, "s", kind="paper"))
    found = [(r.subject.mention.text, r.predicate.name, r.negated) for r in reading.relations]
    assert sorted(found) == sorted(told)


@pytest.mark.parametrize(
    "text",
    [
        "He took quetiapine and lamotrigine (rash) and got worse.",
        "She had quetiapine, then aripiprazole caused akathisia.",
        "Reactions to quetiapine and to codeine -> nausea.",
        "He took lamotrigine until spring (rash, nausea), then quetiapine.",
    ],
)
def test_what_belongs_to_the_drug_before_it_is_no_other_drugs(text: str) -> None:
    pipe = api.pipeline()
    assert isinstance(pipe.relater, TransformerRelater)
    document = Document("d", text, "d")
    findings = pipe.read(document).findings
    told = pipe.relater.at(0.0).relate(document, pipe.segmenter.sentences(document), findings)
    assert {f.name for f in findings} >= {"Quetiapine"}
    harms = [r for r in told if r.object.mention.type in (EntityType.DISEASE, EntityType.PHENOTYPE)]
    assert "Quetiapine" not in {r.subject.name for r in harms}


def test_a_drug_treats_nothing_that_it_was_stopped_for() -> None:
    text = "Carboplatin x4, stopped for neutropenic sepsis. Pemetrexed treats sepsis."
    told = api.extract(text).relations
    assert not [r for r in told if r.subject.name == "Carboplatin" and r.predicate.name == "TREATS"]
