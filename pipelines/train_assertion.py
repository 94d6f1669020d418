"""Train the reader of how mentions of notes are meant, and write its weights.

python pipelines/train_assertion.py --into DIR [--weights kgbuilder/nn/weights/assertion]

DIR keeps the run, which goes on there when it is started again. What is learned: recipes/assertion.toml.
Ten minutes on two cores with AMX. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kgbuilder.config import QualifyRecipe, Recipe, RelateRecipe
from kgbuilder.model import Document, Mention, Sentence
from kgbuilder.nn.assertion_model import MarkedMention, pieces_of_mentions
from kgbuilder.nn.assertion_training import AssertionExample, fit_assertion
from kgbuilder.nn.export import export_tagger
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.start import start_of
from kgbuilder.nn.tagger import Tagger
from kgbuilder.nn.training import Plan
from kgbuilder.qualify.context import ContextQualifier
from kgbuilder.segment.clinical import ClinicalSegmenter
from kgbuilder.train.marked_lines import MarkedLine, iter_marked_lines
from kgbuilder.wire import pipeline_of

MAX_PIECES = 250
"""Of an example; what lies behind is not trained on."""


class Examples:
    """Makes examples of sentences by the recipe's types and statuses."""

    def __init__(self, recipe: Mapping[str, Any], pieces: Pieces) -> None:
        self._types, self._words = tuple(recipe["types"]), recipe["words"]
        self._statuses = [frozenset(filter(None, s.split("+"))) for s in recipe["statuses"]]
        self._pieces = pieces
        self._segmenter, self._qualifier = ClinicalSegmenter(), ContextQualifier()

    def of_line(self, line: MarkedLine) -> Iterator[AssertionExample]:
        """Each sentence of a line, with what its writer says."""
        document = Document("line", line.text, "line", kind="note")
        for sentence in self._segmenter.sentences(document):
            at = sentence.span.start
            inside = [m for m in line.mentions if at <= m.start and m.end <= sentence.span.end]
            marked = [MarkedMention(m.start - at, m.end - at, m.type) for m in inside]
            said = [self._number(self._words[m.status]) for m in inside]
            yield from self._example(sentence, marked, said, 1.0)

    def of_note(
        self, sentence: Sentence, mentions: list[Mention], weight: float
    ) -> Iterator[AssertionExample]:
        """A sentence of a note, with what its words say, whatever its section."""
        at = sentence.span.start
        kept = [m for m in mentions if m.type.value in self._types]
        marked = [MarkedMention(m.span.start - at, m.span.end - at, m.type.value) for m in kept]
        said = [self._known(s.categories) for s in self._qualifier.said(sentence, kept)]
        yield from self._example(sentence, marked, said, weight)

    def _example(
        self, sentence: Sentence, marked: list[MarkedMention], said: list[int], weight: float
    ) -> Iterator[AssertionExample]:
        if not marked:
            return
        found = pieces_of_mentions(sentence.text, marked, self._pieces, self._types)
        ids = (self._pieces.start_id, *found.pieces.ids[:MAX_PIECES], self._pieces.end_id)
        marks = np.pad(found.marks[:MAX_PIECES], ((1, 1), (0, 0)))
        kept = [i for i, p in enumerate(found.places) if len(p) and p.max() < MAX_PIECES]
        if kept:
            places = tuple(found.places[i] + 1 for i in kept)
            yield AssertionExample(ids, marks, places, tuple(said[i] for i in kept), weight)

    def _number(self, status: str) -> int:
        return self._statuses.index(frozenset(filter(None, status.split("+"))))

    def _known(self, categories: frozenset[str]) -> int:
        """The status that holds most of what words say; of those that part them what hurts most."""
        for first in ("other", "family", "hypothetical", "uncertain", "planned", "historical"):
            if first in categories:
                both = frozenset({first, "negated"} & categories)
                return self._statuses.index(both if both in self._statuses else frozenset({first}))
        return self._statuses.index(categories & {"negated"})


def notes_of(table: Mapping[str, Any], corpora: Path) -> list[str]:
    """Texts of the train parts, shuffled."""
    texts = []
    for name in table["corpora"]:
        with gzip.open(corpora / name, "rt", encoding="utf-8") as file:
            texts += [
                r.get("note") or r.get("text") or ""
                for r in map(json.loads, file)
                if r["split"] == "train"
            ]
    random.Random(table["seed"]).shuffle(texts)  # noqa: S311
    return [text for text in texts if text][: table["n_texts"]]


def examples_of(
    recipe: Mapping[str, Any], pieces: Pieces, corpora: Path
) -> tuple[list[AssertionExample], list[AssertionExample]]:
    """Of the lines, and of the notes."""
    make, table = Examples(recipe, pieces), recipe["notes"]
    lines = [e for line in iter_marked_lines(Path(recipe["lines"])) for e in make.of_line(line)]
    pipeline = pipeline_of(Recipe(qualify=QualifyRecipe("words"), relate=RelateRecipe("none")))
    notes = []
    for number, text in enumerate(notes_of(table, corpora)):
        document = Document(f"note-{number}", text, "notes", kind="note")
        for sentence, row in zip(*pipeline.mentions(document), strict=True):
            notes += make.of_note(sentence, list(row), table["weight"])
    return lines, notes


def main() -> None:
    """Parse, train, export."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, required=True, help="folder of the run")
    parser.add_argument("--weights", type=Path, help="where to write the model; DIR if left out")
    parser.add_argument("--float", type=Path, help="write float32 too, to this folder")
    parser.add_argument("--recipe", type=Path, default=Path("pipelines/recipes/assertion.toml"))
    parser.add_argument("--corpora", type=Path, default=Path("../shared/corpora"))
    parser.add_argument("--version", default="1")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    recipe = tomllib.loads(args.recipe.read_text("utf-8"))
    plan = Plan(**{**recipe["train"], **({"seed": args.seed} if args.seed else {})})
    start = start_of("shipped")
    pieces = Pieces(start.folder / "tokenizer.json")
    lines, notes = examples_of(recipe, pieces, args.corpora)
    n_lines, n_notes = (sum(len(e.status) for e in some) for some in (lines, notes))
    print(f"{len(lines)} sentences of lines, {n_lines} mentions; {len(notes)} of notes, {n_notes}")
    torch.manual_seed(plan.seed)
    model = Tagger(start.encoder, len(recipe["statuses"]), n_hints=len(recipe["types"]))
    fit_assertion(
        model,
        [*lines, *notes],
        plan=plan,
        folder=args.into,
        padding_id=pieces.padding_id,
        smoothing=recipe["smoothing"],
        on_log=lambda p: print(f"step {p.step} of {p.of}: loss {p.loss}", flush=True),
    )
    weights = {name: value.float().numpy() for name, value in model.state_dict().items()}
    told = {
        "name": "kgbuilder-assertion",
        "version": args.version,
        "types": recipe["types"],
        "statuses": recipe["statuses"],
        "licence": recipe["licence"],
    }
    folders = [(args.weights or args.into, True)] + ([(args.float, False)] if args.float else [])
    for folder, int8 in folders:
        folder.mkdir(parents=True, exist_ok=True)
        n_heads = start.encoder.shape.n_heads
        export_tagger(weights, folder / "model.int8.onnx", n_heads=n_heads, int8=int8)
        shutil.copy(start.folder / "tokenizer.json", folder / "tokenizer.json")
        (folder / "labels.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
