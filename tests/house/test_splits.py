"""No text of a test split, or of a dev split that is scored, is in what a recipe trains on."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from kgbuilder.evaluate.corpora import CORPORA, AnnotatedDocument, read_corpus
from kgbuilder.evaluate.labelled_files import read_labelled
from kgbuilder.evaluate.splits import HeldOut, carve, overlapping_documents
from kgbuilder.issues import Issues

ROOT = Path(__file__).resolve().parent.parent.parent
CORPUS_ROOT = Path(os.environ.get("KGBUILDER_CORPORA", str(ROOT.parent / "shared" / "corpora")))
SCORED = tuple(
    sorted(
        {name for name in CORPORA if name.endswith("-test")} | {"ncbi-dev", "biored-dev", "gsc-hpo"}
    )
)
MADE = frozenset({"distant-phenotypes"})
"""Labelled by a run out of raw text that the recipe of the encoder names; no file of the corpora."""
SCORED_BY = {
    "tagger": SCORED,
    "relater": tuple(name for name in SCORED if name != "ddi-ner-test"),  # has names alone
    "teacher_bc5cdr": ("bc5cdr-test",),
}
KNOWN = frozenset({"DDI-DrugBank.d415.s14"})
"""A sentence that holds one of ddi-test within: ``overlapping_documents`` looks for that in longer texts
only. To be taken out when the relater is next trained; a change now would change a run under way."""

pytestmark = pytest.mark.skipif(
    not CORPUS_ROOT.is_dir(), reason=f"the corpora are no part of the project: {CORPUS_ROOT}"
)


@cache
def documents(name: str) -> tuple[AnnotatedDocument, ...]:
    if name not in CORPORA:
        return tuple(read_labelled(ROOT / name, issues=Issues()))
    return tuple(read_corpus(name, root=CORPUS_ROOT, issues=Issues()))


def recipe(name: str) -> dict:  # type: ignore[type-arg]
    return tomllib.loads((ROOT / "pipelines" / "recipes" / f"{name}.toml").read_text("utf-8"))


def trained(name: str) -> Iterator[AnnotatedDocument]:
    """What ``pipelines/train_*.py`` leave of the recipe's corpora."""
    table = recipe(name)
    held = [d for corpus in table["held_out"] for d in documents(corpus)]
    parts = {
        name: carve(documents(corpus.get("path", name)), table["dev"].get(name, 0))
        for name, corpus in table["corpora"].items()
        if name not in MADE
    }
    held += [d for carved, _ in parts.values() for d in carved]
    for _, rest in parts.values():
        out = overlapping_documents(rest, held)
        yield from (d for d in rest if d.id not in out)


@pytest.mark.parametrize("name", SCORED_BY)
def test_nothing_scored_is_trained_on(name: str) -> None:
    held = HeldOut.of(document for corpus in SCORED_BY[name] for document in documents(corpus))
    broken = [d.id for d in trained(name) if held.overlaps(d.id, d.group, d.text)]
    assert set(broken) <= KNOWN


def test_the_encoder_holds_out_all_that_is_scored() -> None:
    """Whether a text of the raw sources is among these, a run asks each text: ``iter_texts``."""
    assert set(recipe("encoder")["held_out"]) >= set(SCORED)


@pytest.mark.parametrize("name", ["tagger", "relater", "encoder", "teacher_bc5cdr"])
def test_a_recipe_holds_out_what_it_is_scored_on(name: str) -> None:
    table = recipe(name)
    assert set(table["held_out"]) <= CORPORA.keys()
    assert not set(table["held_out"]) & set(table.get("corpora", ()))


def test_the_table_of_corpus_names_holds_no_scored_part() -> None:
    sys.path.insert(0, str(ROOT / "pipelines"))
    try:
        import build_corpus_names as names
    finally:
        sys.path.remove(str(ROOT / "pipelines"))
    scored = {"bc5cdr-test", "ncbi-dev", "biored-dev"}
    assert scored <= set(names.HELD_OUT)
    assert not set(names.TRAIN) & set(SCORED)


def test_no_line_that_is_learned_from_is_in_a_set_of_notes_that_is_scored() -> None:
    table = recipe("qualifier")
    held = [d for path in (*table["held_out"], table["dev"]) for d in documents(path)]
    assert {Path(path).name for path in table["held_out"]} >= {
        "notes_test.jsonl",
        "unseen_test.jsonl",
    }
    assert overlapping_documents(documents(table["data"]), held) == frozenset()
