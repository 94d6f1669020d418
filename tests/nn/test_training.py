"""The whole way with tiny random weights: train, be killed, resume, export, run."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.nn.tiny import write_tokenizer

pytestmark = pytest.mark.extra


@pytest.fixture
def parts(tmp_path: Path):  # type: ignore[no-untyped-def]
    import torch

    from kgbuilder.nn.encoder import Encoder, EncoderShape
    from kgbuilder.nn.hints import HINTS, hints_of
    from kgbuilder.nn.labels import LabelSpace, allowed_labels
    from kgbuilder.nn.pieces import Pieces
    from kgbuilder.nn.tagger import TaggedExample, Tagger

    write_tokenizer(tmp_path / "tokenizer.json")
    pieces, space = Pieces(tmp_path / "tokenizer.json"), LabelSpace(("Drug", "Disease"))
    texts = ["aspirin was given", "the patient was given warfarin", "bleeding with warfarin"] * 6
    examples, sets = [], {}
    for text in texts:
        words = pieces.of(text)
        spans = [(a, b, ("Drug",)) for a, b in words.words if text[a:b] in {"aspirin", "warfarin"}]
        allowed = allowed_labels(words.words, spans, annotated=frozenset({"Drug"}), space=space)
        rows = tuple(sets.setdefault(s, len(sets)) for s in allowed)
        ids = (pieces.start_id, *words.ids, pieces.end_id)
        names = [(a, b, "Drug") for a, b, _ in spans]
        hints = hints_of(text, words.words, words.first, len(words.ids), names)
        hints = np.pad(hints, ((1, 1), (0, 0)))
        examples.append(TaggedExample(ids, tuple(i + 1 for i in words.first), rows, hints))
    table = torch.zeros((len(sets), space.n_labels), dtype=torch.bool)
    for labels, row in sets.items():
        table[row, sorted(labels)] = True

    def fresh() -> Tagger:
        torch.manual_seed(1)
        shape = EncoderShape(pieces.n_pieces, 64, 2, 4, 128)
        return Tagger(Encoder(shape), space.n_labels, n_hints=len(HINTS))

    return pieces, space, examples, table, fresh


def run(parts, folder: Path, *, stop_after: int | None = None):  # type: ignore[no-untyped-def]
    from kgbuilder.nn.tagger import hide_hints, partial_label_loss, tagger_batch
    from kgbuilder.nn.training import Plan, length_buckets, train

    pieces, _, examples, table, fresh = parts
    model = fresh()
    plan = Plan(3, 64, 3e-3, 3e-3, seed=5, checkpoint_steps=4, bfloat16=False)

    def batches_of(epoch: int) -> list[list[int]]:
        lengths = [len(e.ids) for e in examples]
        return length_buckets(lengths, max_pieces=64, multiple=8, seed=5, epoch=epoch)

    def loss_of(batch: list[int]):  # type: ignore[no-untyped-def]
        chosen = [examples[i] for i in batch]
        ids, mask, hints, positions, rows = tagger_batch(
            chosen, padding_id=pieces.padding_id, multiple=8
        )
        scores = model(ids, mask, hide_hints(hints, share=0.3)).flatten(0, 1)[positions]
        return partial_label_loss(scores, table[rows])

    steps = train(
        model,
        batches_of=batches_of,
        loss_of=loss_of,
        plan=plan,
        folder=folder,
        stop_after=stop_after,
    )
    return model, steps


def test_a_resumed_run_is_the_unbroken_run(parts, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    whole, steps = run(parts, tmp_path / "whole")
    _, stopped = run(parts, tmp_path / "broken", stop_after=6)
    assert stopped == 6 < steps
    resumed, total = run(parts, tmp_path / "broken")
    assert total == steps
    for name, value in whole.state_dict().items():
        np.testing.assert_allclose(value.numpy(), resumed.state_dict()[name].numpy(), atol=1e-6)


def test_what_is_exported_answers_as_what_was_trained(parts, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    import torch

    from kgbuilder.nn.decode import word_spans
    from kgbuilder.nn.export import export_tagger
    from kgbuilder.nn.hints import HINTS
    from kgbuilder.nn.runtime import OnnxModel
    from kgbuilder.nn.shipped import weights_of

    pieces, space, examples, _, _ = parts
    model, _ = run(parts, tmp_path / "run")
    model.eval()
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    answers = {}
    for int8 in (False, True):
        path = tmp_path / f"{int8}.onnx"
        export_tagger(weights, path, n_heads=4, int8=int8)
        onnx = OnnxModel(path)
        answers[int8] = [
            onnx.run({"ids": np.array([e.ids]), "hints": e.hints[None]})[0] for e in examples
        ]
        back = weights_of(path)
        assert set(back) == set(weights)
        for name, value in weights.items():
            assert back[name].shape == value.shape
            if name.endswith(("key.bias", "value.bias", "mixed.bias")):
                continue  # left out, or moved behind the attention
            half_step = abs(value).max() / 127  # of 64 steps a side, the coarser of the two grids
            np.testing.assert_allclose(back[name], value, atol=half_step * int8)
        export_tagger(back, tmp_path / "again.onnx", n_heads=4, int8=int8)
        again = OnnxModel(tmp_path / "again.onnx")
        for example, answer in zip(examples, answers[int8], strict=True):
            inputs = {"ids": np.array([example.ids]), "hints": example.hints[None]}
            np.testing.assert_allclose(again.run(inputs)[0], answer, atol=1e-3)
    for example, exact, small in zip(examples, answers[False], answers[True], strict=True):
        ids = torch.tensor([example.ids])
        with torch.no_grad():
            hints = torch.from_numpy(example.hints)[None]
            torchs = model(ids, torch.ones_like(ids, dtype=torch.float32), hints)
            torchs = torchs.log_softmax(-1)[0]
        np.testing.assert_allclose(exact, torchs.numpy(), atol=1e-4)
        assert np.abs(np.exp(small) - np.exp(exact)).max() < 0.1
    words = pieces.of("the patient was given aspirin")
    ids = np.array([[pieces.start_id, *words.ids, pieces.end_id]])
    none = np.zeros((1, ids.shape[1], len(HINTS)), dtype=np.float32)
    table = OnnxModel(tmp_path / "True.onnx").run({"ids": ids, "hints": none})[0][1:-1]
    assert ("Drug", 4, 5) in {(s.type, s.start, s.end) for s in word_spans(table, space)}


def test_an_exported_mpnet_answers_as_the_trained_one(tmp_path: Path) -> None:
    import torch

    from kgbuilder.nn.encoder import Encoder, EncoderShape
    from kgbuilder.nn.export import export_tagger
    from kgbuilder.nn.hints import HINTS
    from kgbuilder.nn.pieces import Pieces
    from kgbuilder.nn.runtime import OnnxModel
    from kgbuilder.nn.start import start_of
    from kgbuilder.nn.tagger import Tagger

    write_tokenizer(tmp_path / "tokenizer.json")
    torch.manual_seed(2)
    n_pieces = Pieces(tmp_path / "tokenizer.json").n_pieces
    shape = EncoderShape(n_pieces, 64, 2, 4, 128, 300, n_distances=32, epsilon=1e-2)
    model = Tagger(Encoder(shape), 5, n_hints=len(HINTS)).eval()
    ids = torch.randint(5, n_pieces, (2, 200))
    hints = torch.rand(2, 200, len(HINTS))
    with torch.no_grad():
        model.encoder.distances.weight.normal_(std=2.0)
        expected = model(ids, torch.ones_like(ids, dtype=torch.float32), hints).log_softmax(-1)
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    path = tmp_path / "model.int8.onnx"
    export_tagger(weights, path, n_heads=4, int8=False, epsilon=shape.epsilon)
    answer = OnnxModel(path).run({"ids": ids.numpy(), "hints": hints.numpy()})
    np.testing.assert_allclose(answer, expected.numpy(), atol=1e-4)
    labels = {"n_heads": 4, "epsilon": shape.epsilon}
    (tmp_path / "labels.json").write_text(json.dumps(labels))
    assert start_of(str(tmp_path)).encoder.shape == shape


def test_an_exported_pair_classifier_answers_as_the_trained_one(tmp_path: Path) -> None:
    import torch

    from kgbuilder.nn.encoder import Encoder, EncoderShape
    from kgbuilder.nn.export import export_pair_classifier
    from kgbuilder.nn.pair_classifier import PairClassifier, pair_batch
    from kgbuilder.nn.pairs import lay_out_pairs
    from kgbuilder.nn.pieces import Pieces
    from kgbuilder.nn.runtime import OnnxModel

    write_tokenizer(tmp_path / "tokenizer.json")
    pieces = Pieces(tmp_path / "tokenizer.json")
    torch.manual_seed(2)
    shape = EncoderShape(pieces.n_pieces, 64, 2, 4, 128)
    model = PairClassifier(Encoder(shape), 5).eval()
    (layout,) = lay_out_pairs(
        "aspirin and warfarin cause bleeding",
        [(0, 7, "drug"), (12, 20, "drug"), (27, 35, "condition")],
        [(0, 1), (0, 2), (1, 2)],
        pieces=pieces,
        classes={"drug": 0, "condition": 1},
        blinded=frozenset(),
    )
    with torch.no_grad():
        expected = model(*pair_batch([layout, layout], padding_id=pieces.padding_id)).log_softmax(
            -1
        )
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    export_pair_classifier(weights, tmp_path / "pair.onnx", n_heads=4, int8=False)
    answer = OnnxModel(tmp_path / "pair.onnx").run(layout.inputs())
    np.testing.assert_allclose(answer, expected[:3].numpy(), atol=1e-4)
    np.testing.assert_allclose(answer, expected[3:].numpy(), atol=1e-4)
