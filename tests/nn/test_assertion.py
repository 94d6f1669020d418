"""The reader of how mentions are meant, with tiny random weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kgbuilder.errors import InputError
from kgbuilder.nn.assertion_model import AssertionModel, MarkedMention, pieces_of_mentions
from kgbuilder.nn.pieces import Pieces
from tests.nn.tiny import write_tokenizer

TYPES, STATUSES = ["Drug", "Disease"], ["", "negated", "historical+negated"]


def test_mentions_are_marked(tmp_path: Path) -> None:
    write_tokenizer(tmp_path / "tokenizer.json")
    text = "warfarin not given, fever"
    marked = [
        MarkedMention(0, 8, "Drug"),
        MarkedMention(20, 25, "Phenotype"),
        MarkedMention(8, 9, "Drug"),
    ]
    found = pieces_of_mentions(text, marked, Pieces(tmp_path / "tokenizer.json"), TYPES)
    assert [list(place) for place in found.places] == [[0], [4], []]
    assert found.marks.tolist() == [[1, 0], [0, 0], [0, 0], [0, 0], [0, 0]]


def test_what_is_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"labels\.json"):
        AssertionModel(tmp_path)
    (tmp_path / "labels.json").write_text('{"name": "x", "version": "1", "types": ["Drug"]}')
    with pytest.raises(InputError, match="statuses"):
        AssertionModel(tmp_path)
    told = {"name": "x", "version": "1", "types": TYPES, "statuses": STATUSES}
    (tmp_path / "labels.json").write_text(json.dumps(told))
    with pytest.raises(InputError, match="tokenizer"):
        AssertionModel(tmp_path)


@pytest.mark.extra
def test_it_learns_is_killed_goes_on_and_is_written(tmp_path: Path) -> None:
    import torch

    from kgbuilder.nn.assertion_training import AssertionExample, fit_assertion
    from kgbuilder.nn.encoder import Encoder, EncoderShape
    from kgbuilder.nn.export import export_tagger
    from kgbuilder.nn.tagger import Tagger
    from kgbuilder.nn.training import Plan

    write_tokenizer(tmp_path / "tokenizer.json")
    pieces = Pieces(tmp_path / "tokenizer.json")
    said = {
        "warfarin was given": 0,
        "warfarin was not given": 1,
        "did not cause fever; warfarin": 0,
    }
    examples = []
    for text, status in said.items():
        at = text.index("warfarin")
        found = pieces_of_mentions(text, [MarkedMention(at, at + 8, "Drug")], pieces, TYPES)
        ids = (pieces.start_id, *found.pieces.ids, pieces.end_id)
        marks = np.pad(found.marks, ((1, 1), (0, 0)))
        places = tuple(place + 1 for place in found.places)
        examples += [AssertionExample(ids, marks, places, (status,))] * 8

    def trained(folder: Path, epochs: int = 30) -> Tagger:
        torch.manual_seed(1)
        model = Tagger(Encoder(EncoderShape(pieces.n_pieces, 64, 2, 4, 128)), 3, n_hints=2)
        plan = Plan(epochs, 128, 3e-3, 3e-3, seed=5, checkpoint_steps=4, bfloat16=False)
        fit_assertion(
            model, examples, plan=plan, folder=folder, padding_id=pieces.padding_id, smoothing=0.02
        )
        return model

    model = trained(tmp_path / "run")
    state = {name: value.clone() for name, value in model.state_dict().items()}
    again = trained(tmp_path / "run").state_dict()  # the run is over: its last checkpoint
    assert all(torch.equal(state[name], again[name]) for name in state)

    weights = {name: value.numpy() for name, value in state.items()}
    answers = []
    for int8 in (False, True):
        folder = tmp_path / f"int8-{int8}"
        folder.mkdir()
        export_tagger(weights, folder / "model.int8.onnx", n_heads=4, int8=int8)
        told = {"name": "x", "version": "1", "types": TYPES, "statuses": STATUSES}
        (folder / "labels.json").write_text(json.dumps(told))
        write_tokenizer(folder / "tokenizer.json")
        reader = AssertionModel(folder, at_once=True)
        assert reader.statuses == (frozenset(), {"negated"}, {"historical", "negated"})
        rows = []
        for text in said:
            at = text.index("warfarin")
            rows.append(reader.probabilities(text, [MarkedMention(at, at + 8, "Drug")])[0])
        answers.append(np.stack(rows))
    assert answers[0].argmax(axis=1).tolist() == list(said.values())
    assert np.abs(answers[0] - answers[1]).max() < 0.1
    alone = reader.probabilities("warfarin was given", [MarkedMention(0, 8, "Drug")])
    beside = reader.probabilities("warfarin was given", [MarkedMention(0, 8, "Drug")] * 2)
    assert (beside == alone).all()
    # longer than a window: read in parts, each mention once
    long = "the patient was given aspirin " * 120 + "warfarin was not given"
    at = long.index("warfarin")
    shares = reader.probabilities(
        long, [MarkedMention(0, 3, "Drug"), MarkedMention(at, at + 8, "Drug")]
    )
    assert shares.shape == (2, 3)
    assert np.allclose(shares.sum(axis=1), 1, atol=1e-3)
    assert reader.probabilities("", []).shape == (0, 3)
