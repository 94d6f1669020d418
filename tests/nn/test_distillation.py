"""Teachers' answers and the loss that follows them."""

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
    teachers = [Tagger(Encoder(shape), 5, n_hints=len(HINTS)) for _ in range(2)]
    return pieces, examples, teachers


def test_the_mean_of_the_teachers_word_by_word(parts, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    import torch

    from kgbuilder.nn.distillation import teacher_answers

    pieces, examples, teachers = parts
    folder = tmp_path / "answers"
    answers = teacher_answers(teachers, examples, padding_id=pieces.padding_id, folder=folder)
    for example, rows in zip(examples, answers, strict=True):
        ids, hints = torch.tensor([example.ids]), torch.from_numpy(example.hints)[None]
        with torch.no_grad():
            each = [t(ids, torch.ones_like(ids).float(), hints)[0].softmax(-1) for t in teachers]
        expected = torch.stack(each).mean(0)[list(example.first)]
        np.testing.assert_allclose(rows, expected.numpy(), atol=2e-3)


def test_what_was_answered_is_not_asked_again(parts, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    from kgbuilder.nn.distillation import teacher_answers

    pieces, examples, teachers = parts
    folder = tmp_path / "answers"
    first = teacher_answers(teachers, examples, padding_id=pieces.padding_id, folder=folder)
    again = teacher_answers(teachers[:1], examples, padding_id=pieces.padding_id, folder=folder)
    assert all((a == b).all() for a, b in zip(first, again, strict=True))


def test_the_loss_is_least_where_the_student_agrees(parts) -> None:  # type: ignore[no-untyped-def]
    import torch

    from kgbuilder.nn.distillation import distillation_loss

    answers = torch.tensor([[0.7, 0.2, 0.1], [0.0, 1.0, 0.0]])
    agreed = (answers.clamp(min=1e-7) ** 2).log()  # at temperature 2 the softmax is the answers
    assert distillation_loss(agreed, answers, temperature=2.0).item() == pytest.approx(0, abs=1e-5)
    other = torch.zeros(2, 3)
    expected = (answers * (answers.clamp(min=1e-7).log() + np.log(3))).sum(-1).mean().item()
    assert distillation_loss(other, answers).item() == pytest.approx(expected, abs=1e-5)


def test_a_student_follows_answers_where_there_are_any(parts, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    from kgbuilder.nn.tagger_training import fit_tagger, log_probabilities
    from kgbuilder.nn.training import Plan

    pieces, examples, (student, _) = parts
    wanted = np.full(5, 0.05, dtype=np.float16)
    wanted[3] = 0.8
    answers = [np.tile(wanted, (len(e.first), 1)) for e in examples[:2]]
    fit_tagger(
        student,
        examples,
        np.ones((1, 5), dtype=np.bool_),  # the labels say nothing
        plan=Plan(60, 64, 1e-3, 1e-2, bfloat16=False),
        folder=tmp_path / "run",
        padding_id=pieces.padding_id,
        hidden_share=0.0,
        on_epoch=lambda epoch: None,
        answers=[*answers, None],
    )
    first, second, _ = log_probabilities(student, examples, padding_id=pieces.padding_id)
    np.testing.assert_allclose(np.exp([*first, *second])[:, 3], 0.8, atol=0.1)
