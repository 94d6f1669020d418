"""The annotated corpora and made-up notes of the tagger's recipe, as training examples."""

from __future__ import annotations

import gzip
import json
import random
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kgbuilder.evaluate.corpora import AnnotatedDocument, read_corpus
from kgbuilder.evaluate.splits import carve, overlapping_documents
from kgbuilder.issues import Issues
from kgbuilder.nn.licences import source_of
from kgbuilder.nn.made import Source
from kgbuilder.nn.tagger import TaggedExample
from kgbuilder.nn.templates import Filled, Slot, fill_templates
from kgbuilder.train.labelled_split import read_set
from kgbuilder.train.tagged_examples import (
    CorpusLabels,
    ExampleMaker,
    iter_sentences,
    mapped_spans,
)

__all__ = ["corpus_examples", "held_out_documents", "made_up_notes", "note_examples"]


def made_up_notes(recipes: Sequence[Path], corpora: Path) -> list[Filled]:
    """Made-up note sentences of several recipes; slots of the first serve the others too."""

    def names(path: str, pick: Callable[[str], str]) -> list[str]:
        with gzip.open(corpora / path, "rt") as lines:
            found = [pick(line) for line in lines]
        return [name for name in found if name and 3 < len(name) < 45]

    more = {
        "drugbank": names("drug_vocab/drugbank_vocabulary.tsv.gz", lambda r: r.split("\t")[1])[1:],
        "hpo": names("hpo/hpo_terms.jsonl.gz", lambda r: str(json.loads(r)["name"]).lower()),
        "disease": names(
            "disease_vocab/mesh_disease_dictionary.jsonl.gz", lambda r: str(json.loads(r)["name"])
        ),
    }
    slots: dict[str, Slot] = {}
    made: list[Filled] = []
    for recipe in recipes:
        table = tomllib.loads(recipe.read_text())
        for name, row in table["slots"].items():
            share = row.get("more_share", 0.35 if row.get("more") == "hpo" else 0.25)
            extra = more.get(row.get("more", ""), ())
            slots[name] = Slot(row["values"], row.get("type"), extra, share)
        texts, n = table["templates"]["list"], table["n_sentences"]
        made += fill_templates(texts, slots, n=n, seed=table["seed"])
    return made


def note_examples(notes: Sequence[Filled], maker: ExampleMaker) -> list[TaggedExample]:
    """Examples of made-up notes, all of whose types are marked."""
    everything = frozenset(maker.space.types)
    examples: list[TaggedExample] = []
    for filled in notes:
        spans = [(a, b, (t,)) for a, b, t in filled.spans]
        made = maker.examples(filled.text, spans, everything, in_note=True)
        examples += [placed.example for placed in made]
    return examples


def held_out_documents(
    recipe: Mapping[str, Any], corpora: Path, issues: Issues
) -> list[AnnotatedDocument]:
    """What no training text may share: the recipe's test and scored sets, and its carved documents."""
    held = [
        d for name in recipe["held_out"] for d in read_corpus(name, root=corpora, issues=issues)
    ]
    for name, n in recipe["dev"].items():
        held += carve(read_corpus(name, root=corpora, issues=issues), n)[0]
    return held


def corpus_examples(
    recipe: Mapping[str, Any],
    corpora: Path,
    maker: ExampleMaker,
    *,
    issues: Issues,
    on_corpus: Callable[[Source], None],
) -> list[TaggedExample]:
    """Examples of the recipe's corpora, less what overlaps with what is held out.

    :param on_corpus: is told of each corpus, with its numbers.
    """
    held_out = held_out_documents(recipe, corpora, issues)
    rng = random.Random(recipe["train"]["seed"])  # noqa: S311
    examples: list[TaggedExample] = []
    for name, table in recipe["corpora"].items():
        documents = read_set(table.get("path", name), corpora=corpora, issues=issues)
        documents = carve(documents, recipe["dev"].get(name, 0))[1]
        out = overlapping_documents(documents, held_out)
        before = len(examples)
        labels = CorpusLabels.of(table)
        for copy in range(table.get("repeat", 1)):
            for document in documents:
                if document.id in out:
                    continue
                for _, text, inner in iter_sentences(document, mapped_spans(document, labels)):
                    if copy:  # the second copy reads like an item of a note
                        lead = rng.choice(["", "- ", "1. ", "Assessment: ", "HPI: "])
                        text = lead + text.rstrip(".")
                        inner = [(s + len(lead), e + len(lead), t) for s, e, t in inner]
                    if not inner and rng.random() >= table.get("keep_empty", 1.0):
                        continue
                    note = document.is_note
                    made = maker.examples(text, inner, labels.annotates, in_note=note)
                    examples += [placed.example for placed in made]
        n_read, n_made = len(documents), len(examples) - before
        size = f"{n_read} documents, {len(out)} held out, {n_made} examples"
        on_corpus(source_of(name, size, table))
    return examples
