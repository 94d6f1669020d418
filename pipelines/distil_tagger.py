"""Teach the recognizer's small tagger by a large one: its answers on raw text, beside the labels.

python pipelines/distil_tagger.py pipelines/recipes/tagger.toml --run DIR --from STATE
    --teacher STATE --teacher-base FOLDER

The teacher is a state of `train_tagger.py --base FOLDER`; MPNet and BERT differ in ids, not in words.
It is asked once for sentences of raw text and for those of the corpora, where its answers are kept to
what the labels allow. All is kept in DIR, so a killed run goes on. Texts that share a PMID or a passage
with what is held out are not read. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import hashlib
import heapq
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from kgbuilder.evaluate.raw_text import iter_raw_corpus
from kgbuilder.evaluate.splits import HeldOut
from kgbuilder.issues import Issues
from kgbuilder.nn.distillation import teacher_answers
from kgbuilder.nn.encoder import load_encoder, minilm_folder
from kgbuilder.nn.examples import sentence_bounds
from kgbuilder.nn.hints import HINTS
from kgbuilder.nn.labels import LabelSpace
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.start import state_of
from kgbuilder.nn.tagger import TaggedExample, Tagger
from kgbuilder.nn.tagger_training import fit_tagger
from kgbuilder.nn.training import Plan
from kgbuilder.ontology.vocabularies import Vocabularies
from kgbuilder.recognize.dictionary import DictionaryRecognizer
from kgbuilder.train.tagged_corpora import (
    corpus_examples,
    held_out_documents,
    made_up_notes,
    note_examples,
)
from kgbuilder.train.tagged_examples import ExampleMaker

RAW = ["raw_pmc_rct", "raw_medical_abstracts", "raw_craft"]
"""Papers under free licences; what is non-commercial among them is left out."""


def raw_sentences(sources: list[str], corpora: Path, held: HeldOut, *, n: int) -> list[str]:
    """The ``n`` sentences of 40 to 400 characters, the lowest by hash, of an eighth of the texts."""
    issues = Issues()

    def sentences() -> Iterator[tuple[bytes, str]]:
        for source in sources:
            for text in iter_raw_corpus(source, root=corpora, issues=issues):
                digest = hashlib.sha256(f"{source}/{text.id}".encode()).digest()
                if (
                    digest[0] >= 32
                    or text.non_commercial
                    or held.overlaps(text.id, text.group, text.text)
                ):
                    continue
                for start, end in sentence_bounds(text.text, []):
                    if 40 <= end - start <= 400:
                        key = hashlib.sha256(digest + str(start).encode()).digest()
                        yield key, text.text[start:end]

    return [sentence for _, sentence in heapq.nsmallest(n, sentences())]


def loaded(state: Path, base: Path, n_labels: int) -> Tagger:
    """A tagger with the parameters of a state."""
    model = Tagger(load_encoder(base), n_labels, n_hints=len(HINTS))
    model.load_state_dict(state_of(state))
    return model


def main() -> None:
    """Parse, ask, train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--teacher-base", type=Path, required=True)
    parser.add_argument("--corpora", type=Path, default=Path("../shared/corpora"))
    parser.add_argument("--from", dest="start", type=Path, required=True, help="of the student")
    parser.add_argument("--sources", nargs="+", default=RAW, help="what the raw sentences are from")
    parser.add_argument("--raw", type=int, default=40_000, help="raw sentences")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--learning-rate", type=float, default=2e-4)
    parser.add_argument(
        "--raw-only", action="store_true", help="ask the teacher for raw text alone"
    )
    args = parser.parse_args()
    recipe = tomllib.loads(args.recipe.read_text())
    space, issues = LabelSpace(tuple(recipe["types"])), Issues()
    dictionary = DictionaryRecognizer(Vocabularies().lexicon())
    held = HeldOut.of(held_out_documents(recipe, args.corpora, issues))
    sentences = raw_sentences(args.sources, args.corpora, held, n=args.raw)
    recipes = Path(__file__).parent / "recipes"
    notes = made_up_notes([recipes / "notes.toml"], args.corpora)

    def maker_of(base: Path) -> ExampleMaker:
        pieces = Pieces(base / "tokenizer.json")
        return ExampleMaker(pieces, space, max_pieces=recipe["max_pieces"], dictionary=dictionary)

    def examples_of(name: str, maker: ExampleMaker) -> list[TaggedExample]:
        """Of the labelled texts or of the raw ones; windows are the same in the pieces of any base."""
        if name == "raw":
            return [p.example for s in sentences for p in maker.examples(s, [], frozenset())]
        examples = corpus_examples(
            recipe, args.corpora, maker, share=1.0, issues=issues, on_corpus=print
        )
        return examples + note_examples(notes, maker, share=1.0, seed=recipe["train"]["seed"])

    maker, teacher_maker = maker_of(minilm_folder()), maker_of(args.teacher_base)
    teacher = loaded(args.teacher, args.teacher_base, space.n_labels)
    examples: list[TaggedExample] = []
    answers: list[np.ndarray | None] = []
    for name in ("labelled", "raw"):
        mine = examples_of(name, maker)
        examples += mine
        print(f"{name}: {len(mine)}, {sum(len(e.ids) for e in mine)} pieces", flush=True)
        if name == "labelled" and args.raw_only:
            answers += [None] * len(mine)
            continue
        asked = examples_of(name, teacher_maker)
        assert [len(e.first) for e in mine] == [len(e.first) for e in asked]
        found = teacher_answers(
            [teacher],
            asked,
            padding_id=teacher_maker.pieces.padding_id,
            folder=args.run / name,
            on_shard=lambda n, name=name: print(f"{name}: {n} answered", flush=True),
        )
        sets = maker.allowed_sets()
        for example, rows in zip(mine, found, strict=True):
            kept = rows.astype(np.float32) * sets[list(example.allowed)]
            # where the teacher holds the label for all but impossible, the label alone speaks
            total = kept.sum(-1, keepdims=True)
            even = sets[list(example.allowed)] / sets[list(example.allowed)].sum(-1, keepdims=True)
            answers.append(np.where(total > 1e-3, kept / total.clip(1e-9), even).astype(np.float16))
    del teacher
    options = recipe["train"] | {"epochs": args.epochs, "learning_rate": args.learning_rate}
    plan = Plan(**options | {"head_learning_rate": args.learning_rate})
    torch.manual_seed(plan.seed)
    student = loaded(args.start, minilm_folder(), space.n_labels)
    fit_tagger(
        student,
        examples,
        maker.allowed_sets(),
        plan=plan,
        folder=args.run,
        padding_id=maker.pieces.padding_id,
        hidden_share=recipe["hide_hints"],
        answers=answers,
        on_epoch=lambda epoch: torch.save(student.state_dict(), args.run / f"epoch{epoch + 1}.pt"),
    )


if __name__ == "__main__":
    main()
