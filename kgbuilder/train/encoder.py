"""``kgbuilder train encoder``: go on training an encoder on raw text."""

from __future__ import annotations

import hashlib
import heapq
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kgbuilder.errors import InputError
from kgbuilder.evaluate.corpora import AnnotatedDocument, read_corpus
from kgbuilder.evaluate.raw_text import RAW_CORPORA, RawText, iter_raw_corpus
from kgbuilder.evaluate.splits import HeldOut, carve
from kgbuilder.issues import Issues
from kgbuilder.model import DeletedDocument
from kgbuilder.nn.masked_text import Ids, Masking, pack_texts
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.pretraining import Guessed, pretrain
from kgbuilder.nn.start import start_of
from kgbuilder.nn.training import Plan, Progress
from kgbuilder.read.sources import iter_documents
from kgbuilder.train.card import Card
from kgbuilder.train.curves import draw_curves, need_matplotlib
from kgbuilder.train.progress_line import ProgressLine
from kgbuilder.train.recipes import EncoderRecipe
from kgbuilder.train.run_folder import RunFolder

__all__ = ["EncoderReport", "TextCounts", "iter_texts", "train_encoder"]


@dataclass(slots=True)
class TextCounts:
    """What became of the texts of a source."""

    n_texts: int = 0
    n_words: int = 0
    n_overlapping: int = 0
    n_non_commercial: int = 0
    licences: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EncoderReport:
    """What a run gave: held-out guesses before and after, in order. ``pieces_per_s`` at the end of the
    training, without reading and packing.
    """

    n_rows: int
    n_pieces: int
    pieces_per_s: float
    guesses: tuple[Guessed, ...]
    resumed: bool


def train_encoder(
    recipe: EncoderRecipe,
    *,
    base: str,
    into: Path,
    corpora: Path,
    command: str,
    issues: Issues,
) -> EncoderReport:
    """Train, resume, or find complete. Writes an encoder that ``--base`` and Hugging Face take.

    :param base: what to start from, see :func:`kgbuilder.nn.start.start_of`.
    :param corpora: where named corpora lie.
    :raises InputError: when there is too little text.
    """
    need_matplotlib()
    folder = RunFolder(into)
    plan = Plan(**recipe.train)
    about = {
        "kind": "encoder",
        "base": base,
        "recipe": asdict(recipe),
        "files": _sizes(recipe.sources),
    }
    start = start_of(base)
    resumed = folder.begin(about)
    if folder.is_complete:
        return _report(json.loads((folder.run / "report.json").read_text("utf-8")))
    pieces = Pieces(start.folder / "tokenizer.json")
    line, told, rate = ProgressLine(), "", 0.0
    line.show("reading text")
    try:
        rows, held_rows, counts = _rows(recipe, folder, pieces, corpora, issues)
    except InputError:
        folder.discard()
        raise
    line.show(f"{len(rows)} rows to train on")

    def on_log(p: Progress) -> None:
        nonlocal rate
        rate = p.examples_per_s * recipe.length
        line.step(p, unit="pieces", aside=told, per_example=recipe.length)

    def on_guess(g: Guessed) -> None:
        nonlocal told
        told = f"held out: loss {g.loss:.4f}, right {100 * g.accuracy:.2f} %"
        line.show(f"step {g.step}  {told}")

    guesses = pretrain(
        encoder=start.encoder,
        tokenizer=start.folder,
        rows=rows,
        held_out=held_rows,
        masking=Masking(recipe.masked_share, recipe.span_share),
        plan=plan,
        run=folder.run,
        into=into,
        max_steps=recipe.max_steps or None,
        evaluate_steps=recipe.evaluate_steps,
        on_log=on_log,
        on_guess=on_guess,
    )
    line.end()
    report = EncoderReport(len(rows), int(rows.size), rate, tuple(guesses), resumed)
    folder.write(folder.run / "report.json", json.dumps(asdict(report)))
    draw_curves(
        into / "curves.png",
        folder.losses(),
        [(g.step, g.loss) for g in guesses],
        title="masked-language training",
        measure="loss on held-out text (nats a piece)",
    )
    card = _card(recipe, start.name, into.name, rows, counts, guesses, plan.seed, command)
    del rows, held_rows  # mapped files, which are about to go
    folder.write(folder.card, card.to_markdown())
    folder.tidy()
    return report


def _report(record: dict[str, Any]) -> EncoderReport:
    guesses = tuple(Guessed(**guess) for guess in record["guesses"])
    return EncoderReport(**{**record, "guesses": guesses, "resumed": True})


def _sizes(sources: Sequence[str]) -> list[tuple[str, int]]:
    """Files of the user's sources with their sizes: enough to tell that they are other ones."""
    found: list[tuple[str, int]] = []
    for source in sources:
        if source in RAW_CORPORA or not Path(source).exists():
            continue
        if Path(source).is_file():
            found.append((source, Path(source).stat().st_size))
        for folder, _, names in os.walk(source):
            paths = [Path(folder) / name for name in sorted(names)]
            found += [(str(path), path.stat().st_size) for path in paths]
    return sorted(found)


def _rows(
    recipe: EncoderRecipe, folder: RunFolder, pieces: Pieces, corpora: Path, issues: Issues
) -> tuple[Ids, Ids, dict[str, TextCounts]]:
    """Packed rows to train on and to hold out, made once a run, then mapped from their files."""
    paths = [folder.run / name for name in ("rows.npy", "held_out_rows.npy", "texts.json")]
    if not paths[2].exists():
        counts: dict[str, TextCounts] = {}
        held: list[str] = []
        texts = iter_texts(recipe, counts, corpora, issues)
        rows = pack_texts(
            _all_but_held(texts, recipe.n_held_out, held), pieces, length=recipe.length
        )
        held_rows = pack_texts(held, pieces, length=recipe.length)
        if not len(held_rows):  # a few short texts: the last of the rows must serve
            n = max(1, len(rows) // 20)
            rows, held_rows = rows[:-n], rows[-n:]
        if not len(rows) or not len(held_rows):
            n_words = sum(c.n_words for c in counts.values())
            raise InputError(
                f"too little text to train on: {n_words} words",
                where=", ".join(recipe.sources),
                hint=f"a row holds {recipe.length - 2} pieces, and one row is held out",
            )
        for path, value in zip(paths, (rows, held_rows[:2000]), strict=False):
            np.save(path.with_suffix(".part.npy"), value)
            path.with_suffix(".part.npy").replace(path)
        folder.write(paths[2], json.dumps({k: asdict(v) for k, v in counts.items()}))
    told = json.loads(paths[2].read_text())
    return (
        np.load(paths[0], mmap_mode="r"),
        np.load(paths[1], mmap_mode="r"),
        {name: TextCounts(**count) for name, count in told.items()},
    )


def iter_texts(
    recipe: EncoderRecipe, counts: dict[str, TextCounts], corpora: Path, issues: Issues
) -> Iterator[RawText]:
    """The texts that may be trained on; what is left out is counted."""

    def load(name: str) -> Iterator[AnnotatedDocument]:
        return read_corpus(name, root=corpora, issues=issues)

    held = [d for name in recipe.held_out for d in load(name)]
    held += [d for name, n in recipe.dev for d in carve(load(name), n)[0]]
    held_out = HeldOut.of(held)
    for source in recipe.sources:
        count = counts.setdefault(source, TextCounts())
        for text in _of_source(source, corpora, issues):
            if recipe.permissive and text.non_commercial:
                count.n_non_commercial += 1
            elif held and held_out.overlaps(text.id, text.group, text.text):
                count.n_overlapping += 1
            elif text.text.strip():
                count.n_texts += 1
                count.n_words += len(text.text.split())
                if text.licence:
                    count.licences[text.licence] = count.licences.get(text.licence, 0) + 1
                yield text


def _of_source(source: str, corpora: Path, issues: Issues) -> Iterator[RawText]:
    if source in RAW_CORPORA:
        yield from iter_raw_corpus(source, root=corpora, issues=issues)
        return
    for document in iter_documents([source], issues=issues):
        if not isinstance(document, DeletedDocument):
            pmids = [str(i).partition(":")[2] for i in document.identifiers if i.prefix == "PMID"]
            yield RawText(document.id, document.text, pmids[0] if pmids else document.id)


def _all_but_held(texts: Iterator[RawText], n: int, held: list[str]) -> Iterator[str]:
    """Texts to train on. ``held`` gets, by the end, the ``n`` texts whose groups hash lowest, or one
    in twenty where that is fewer; none of a single text.
    """
    kept: list[tuple[int, int, str]] = []  # a heap, the highest hash first
    total = 0
    for total, text in enumerate(texts, 1):
        digest = hashlib.sha256((text.group or text.id).encode("utf-8", "surrogatepass")).digest()
        row = (-int.from_bytes(digest[:8]), -total, text.text)
        if len(kept) < n:
            heapq.heappush(kept, row)
        else:
            yield heapq.heappushpop(kept, row)[2]
    most = max(1, total // 20) if total > 1 else 0
    while len(kept) > most:
        yield heapq.heappop(kept)[2]
    held += [text for _, _, text in sorted(kept)]


def _card(
    recipe: EncoderRecipe,
    base_name: str,
    name: str,
    rows: Ids,
    counts: dict[str, TextCounts],
    guesses: Sequence[Guessed],
    seed: int,
    command: str,
) -> Card:
    data = [
        (source, f"{c.n_texts:,} texts, {c.n_words:,} words", _terms(c, recipe))
        for source, c in counts.items()
    ]
    n_out = sum(c.n_overlapping for c in counts.values())
    n_nc = sum(c.n_non_commercial for c in counts.values())
    first, last = guesses[0], guesses[-1]
    return Card(
        name=name,
        what="A BERT encoder, trained further to guess masked words and masked spans of raw text.",
        base=base_name,
        data=data,
        data_notes=[
            f"{rows.shape[0]:,} rows of {rows.shape[1]} pieces. Left out: {n_out} texts that share a "
            f"PMID or a passage with held-out corpora ({', '.join(recipe.held_out) or 'none named'}), "
            f"{n_nc} whose licence does not allow commercial use."
        ],
        licence=recipe.licence,
        scores=[
            ("held-out text, masked pieces", "loss (nats)", "right"),
            (f"step {first.step}", f"{first.loss:.4f}", f"{100 * first.accuracy:.2f} %"),
            (f"step {last.step}", f"{last.loss:.4f}", f"{100 * last.accuracy:.2f} %"),
        ],
        score_notes=[
            "The curve is in `curves.png`. What it does for mentions shows in their F1 alone."
        ],
        seed=seed,
        command=command,
    )


def _terms(count: TextCounts, recipe: EncoderRecipe) -> str:
    by_size = sorted(count.licences.items(), key=lambda item: (-item[1], item[0]))
    return (
        ", ".join(f"{name} ({n})" for name, n in by_size[:6]) or recipe.licence or "the user's own"
    )
