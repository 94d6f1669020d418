"""What a relater learns from, and what it is chosen by."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgbuilder.evaluate.annotated import AnnotatedDocument
from kgbuilder.issues import Issues

pytestmark = pytest.mark.extra

CORPORA = {
    "all-pairs": [
        AnnotatedDocument(f"{n}.{k}", f"Sentence {k} of the abstract number {n}.", (), (), str(n))
        for n in range(6)
        for k in range(2)
    ],
    "related-alone": [
        AnnotatedDocument("a", "Sentence 1 of the abstract number 3.", (), (), "a"),
        AnnotatedDocument("b", "A sentence of an abstract that is in no other.", (), (), "b"),
    ],
}


@pytest.mark.parametrize("seen", [{}, {"all-pairs": ["related-alone"]}])
def test_what_shares_a_text_with_what_was_seen_is_neither_learned_nor_chosen_by(
    seen: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from kgbuilder.train import recipe_passes

    def read_corpus(name: str, **_: object) -> list[AnnotatedDocument]:
        return CORPORA[name]

    monkeypatch.setattr(recipe_passes, "read_corpus", read_corpus)
    recipe = {
        "corpora": {name: {"licence": "CC0"} for name in CORPORA},
        "held_out": [],
        "dev": {"all-pairs": 6},
        "seen": seen,
    }
    rest, dev = recipe_passes.read_all(recipe, tmp_path, None, Issues(), say=lambda _: None)
    assert rest["all-pairs"] == []
    assert [d.id for d in rest["related-alone"]] == ["b"]
    assert {d.group for d in dev["all-pairs"]} == set("012345") - ({"3"} if seen else set())
