"""The loss that follows a teacher's answers, and students that learn by it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.nn.tiny import write_tokenizer

pytestmark = pytest.mark.extra

TEXTS = ("aspirin was given", "bleeding with warfarin after the patient was given aspirin", "given")


@pytest.fixture
def parts(tmp_path: Path):  # type: ignore[no-untyped-def]
    import torch

    from kgbuilder.nn.encoder import Encoder, EncoderShape
    from kgbuilder.nn.hints import HINTS
    from kgbuilder.nn.pieces import Pieces
    from kgbuilder.nn.tagger import TaggedExample, Tagger

    write_tokenizer(tmp_path / "tokenizer.json")
    pieces = Pieces(tmp_path / "tokenizer.json")
    examples = []
    for text in TEXTS:
        words = pieces.of(text)
        ids = (pieces.start_id, *words.ids, pieces.end_id)
        first = tuple(i + 1 for i in words.first)
        hints = np.zeros((len(ids), len(HINTS)), dtype=np.float32)
        examples.append(TaggedExample(ids, first, (0,) * len(first), hints))
    torch.manual_seed(4)
    shape = EncoderShape(pieces.n_pieces, 32, 1, 4, 64)
    return pieces, examples, Tagger(Encoder(shape), 5, n_hints=len(HINTS))


def test_the_loss_is_least_where_the_student_agrees() -> None:
    import torch

    from kgbuilder.nn.distillation import distillation_loss

    answers = torch.tensor([[0.7, 0.2, 0.1], [0.0, 1.0, 0.0]])
    agreed = (answers.clamp(min=1e-7) ** 2).log()  # at temperature 2 the softmax is the answers
    assert distillation_loss(agreed, answers, temperature=2.0).item() == pytest.approx(0, abs=1e-5)
    other = torch.zeros(2, 3)
    expected = (answers * (answers.clamp(min=1e-7).log() + np.log(3))).sum(-1).mean().item()
    assert distillation_loss(other, answers).item() == pytest.approx(expected, abs=1e-5)


def test_answers_are_kept_to_what_the_labels_allow() -> None:
    import torch

    from kgbuilder.nn.distillation import distillation_loss, kept_to_labels_loss

    scores = torch.tensor([[0.3, -0.2, 0.1], [1.0, 0.0, -1.0]])
    answers = torch.tensor([[0.6, 0.3, 0.1], [0.0, 0.0, 1.0]])
    allowed = torch.tensor([[True, True, False], [True, True, False]])
    # the second row's teacher believes what its label rules out: the label alone speaks
    expected = distillation_loss(scores[:1], torch.tensor([[2 / 3, 1 / 3, 0.0]])) / 2
    assert kept_to_labels_loss(scores, answers, allowed).item() == pytest.approx(expected.item())
    assert kept_to_labels_loss(scores[1:], answers[1:], allowed[1:]).item() == 0.0


def test_a_student_follows_its_teacher_where_labels_say_nothing(parts, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    from kgbuilder.nn.tagger_training import fit_tagger, log_probabilities
    from kgbuilder.nn.training import Plan

    pieces, examples, student = parts
    wanted = np.full(5, 0.05, dtype=np.float16)
    wanted[3] = 0.8
    fit_tagger(
        student,
        examples,
        np.ones((1, 5), dtype=np.bool_),
        plan=Plan(60, 64, 1e-3, 1e-2, bfloat16=False),
        folder=tmp_path / "run",
        padding_id=pieces.padding_id,
        hidden_share=0.0,
        on_epoch=lambda epoch: None,
        answers=[np.tile(wanted, (len(e.first), 1)) for e in examples],
    )
    said = log_probabilities(student, examples, padding_id=pieces.padding_id)
    assert [len(rows) for rows in said] == [len(e.first) for e in examples]
    np.testing.assert_allclose(np.exp(np.concatenate(said))[:, 3], 0.8, atol=0.1)


def test_a_relater_follows_its_teacher_instance_by_instance(parts, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    import torch

    from kgbuilder.nn.encoder import Encoder, EncoderShape
    from kgbuilder.nn.pair_classifier import PairClassifier, PairExample
    from kgbuilder.nn.pairs import PairLayout
    from kgbuilder.nn.relater_training import fit_relater, said_by_model
    from kgbuilder.nn.training import Plan

    pieces = parts[0]
    text = [pieces.start_id, *pieces.of(TEXTS[1]).ids, pieces.end_id]
    marks = [pieces.of(word).ids[0] for word in ("aspirin", "was", "given", "with")]
    layouts = [
        PairLayout(
            np.array(text + marks * n),
            np.array([*range(len(text)), *[1, 2, 3, 4] * n]),
            len(text),
            pairs,
        )
        for n, pairs in ((1, (0,)), (2, (0, 1)))
    ]
    passes = [
        PairExample(layouts[0], (0,), (0,), (0,)),
        PairExample(layouts[1], (0,), (0,), (0, 0)),
    ]
    torch.manual_seed(5)
    model = PairClassifier(Encoder(EncoderShape(pieces.n_pieces, 32, 1, 4, 64), dropout=0.0), 4)
    wanted = np.array([0.7, 0.2, 0.1, 0.0], dtype=np.float16)
    fit_relater(
        model,
        passes,
        np.array([[True, True, True, False]]),  # every label of the kind is allowed
        plan=Plan(80, 512, 1e-3, 1e-2, bfloat16=False),
        folder=tmp_path / "run",
        padding_id=pieces.padding_id,
        on_epoch=lambda epoch: None,
        answers=[np.tile(wanted, (len(p.groups), 1)) for p in passes],
    )
    said = said_by_model(model, passes, padding_id=pieces.padding_id)
    assert [len(rows) for rows in said] == [1, 2]
    soft = np.exp(np.concatenate(said))[:, :3]
    np.testing.assert_allclose(soft / soft.sum(1, keepdims=True), [wanted[:3]] * 3, atol=0.1)
