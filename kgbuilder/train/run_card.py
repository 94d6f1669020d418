"""The card of weights that ``pipelines/`` exported, from what the steps before noted (``nn.made``)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kgbuilder.errors import ConfigError
from kgbuilder.nn.made import Made, Source, made_by_this_command
from kgbuilder.train.card import Card

__all__ = ["MODEL", "add_to_card", "mean_made", "refuse_non_commercial", "write_card"]

MODEL = "model.int8.onnx"

WHAT = {
    "kgbuilder-tagger": "A BIO tagger, read by kgbuilder's recognizer.",
    "kgbuilder-relater": "A classifier of pairs of mentions, read by kgbuilder's relater.",
}

BY_THE_RUN = (
    "A step that adds to these weights writes this card anew; one without this line it leaves."
)


def refuse_non_commercial(paths: Sequence[Path], recipe: Mapping[str, Any]) -> None:
    """Under ``permissive = true``, weights may be made only from what is for commercial use.

    :raises ConfigError: when one of the files was made from something else, or nobody knows from what.
    """
    wrong = {
        f"{path}: {source.name}": None
        for path in paths
        if recipe.get("permissive")
        for source in Made.load(path).sources
        if not source.commercial
    }
    if wrong:
        raise ConfigError(
            f"permissive = true, but this is not all for commercial use: {'; '.join(wrong)}",
            hint="make it anew in another folder, every step under the same recipes",
        )


def mean_made(states: Sequence[Path]) -> Made:
    """Of weights that this command writes as the mean of trained states."""
    known = [Made.load(state) for state in states]
    scores = [
        (f"{state.name}: {on}", what)
        for state, made in zip(states, known, strict=True)
        for on, what in made.scores
    ]
    return made_by_this_command(states, seed=known[-1].seed, scores=scores)


def write_card(weights: Path, made: Made) -> Path:
    """Note what exported weights were made from, and write their card: ``CARD.md``, or ``CARD.new.md``
    where a card stands that no run wrote.

    :param weights: folder with ``labels.json``. :returns: the card.
    """
    made.save(weights / MODEL)
    told = json.loads((weights / "labels.json").read_text("utf-8"))
    card = Card(
        name=f"{told['name']} {told['version']}",
        what=WHAT[told["name"]],
        base="the first encoder of the table, by the commands below",
        data=[(source.name, source.size, source.terms) for source in made.sources],
        data_notes=["Of all steps, those of encoders and teachers, too."],
        licence=told["licence"],
        scores=[("documents to choose by", "as logged, in the end"), *made.scores],
        score_notes=["Measure what ships with `kgbuilder evaluate`.", BY_THE_RUN],
        seed=made.seed if made.seed is not None else "not noted",
        command="\n".join(made.commands),
    )
    path = weights / "CARD.md"
    if path.exists() and BY_THE_RUN not in path.read_text("utf-8"):
        path = weights / "CARD.new.md"
    path.write_text(card.to_markdown(), "utf-8")
    return path


def add_to_card(
    weights: Path,
    inputs: Iterable[Path] = (),
    *,
    sources: Iterable[Source] = (),
    scores: Iterable[tuple[str, str]] = (),
) -> Path:
    """The card again, once this command has added to the weights what it made of ``inputs``."""
    before = Made.load(weights / MODEL)
    known = dict.fromkeys([*before.scores, *scores])
    inputs = [weights / MODEL, *inputs]
    made = made_by_this_command(inputs, sources=sources, seed=before.seed, scores=known)
    return write_card(weights, made)
