"""Train the recognizer's tagger.

python pipelines/train_tagger.py pipelines/recipes/tagger.toml --run DIR

Reads the corpora named in the recipe, leaves out what is held out, trains, and keeps the weights of
each epoch in DIR; `export_tagger.py` then writes what the package ships. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import torch

from kgbuilder.evaluate.corpora import AnnotatedDocument, read_corpus
from kgbuilder.evaluate.splits import carve, overlapping_documents
from kgbuilder.issues import Issues
from kgbuilder.nn.encoder import load_encoder, minilm_folder
from kgbuilder.nn.hints import HINTS
from kgbuilder.nn.labels import LabelSpace
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.start import state_of
from kgbuilder.nn.tagger import Tagger
from kgbuilder.nn.tagger_training import MULTIPLE, fit_tagger
from kgbuilder.nn.templates import Filled, Slot, fill_templates
from kgbuilder.nn.training import Plan, buckets_of
from kgbuilder.ontology.vocabularies import Vocabularies
from kgbuilder.recognize.dictionary import DictionaryRecognizer
from kgbuilder.train.tagged_examples import (
    CorpusLabels,
    ExampleMaker,
    iter_sentences,
    mapped_spans,
)


def notes(recipes: list[Path], corpora: Path) -> list[Filled]:
    """Made-up note sentences of several recipes; slots of the first serve the others too."""

    def names(path: str, pick: Callable[[str], str]) -> list[str]:
        with gzip.open(corpora / path, "rt") as lines:
            found = [pick(line) for line in lines]
        return [name for name in found if name and 3 < len(name) < 45]

    more = {
        "drugbank": names("drug_vocab/drugbank_vocabulary.tsv.gz", lambda r: r.split("\t")[1])[1:],
        "hpo": names("hpo/hpo_terms.jsonl.gz", lambda r: json.loads(r)["name"].lower()),
        "disease": names(
            "disease_vocab/mesh_disease_dictionary.jsonl.gz", lambda r: json.loads(r)["name"]
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


def build(
    recipe: dict,
    corpora: Path,
    notes_recipes: list[Path],
    maker: ExampleMaker,
    *,
    share: float,
    notes_share: float,
) -> tuple[list, dict]:
    """Training examples, and the carved dev documents by corpus."""
    issues = Issues()

    def load(name: str) -> list[AnnotatedDocument]:
        return list(read_corpus(name, root=corpora, issues=issues))

    held_out = [d for name in recipe["held_out"] for d in load(name)]
    dev: dict[str, list[AnnotatedDocument]] = {}
    trained: dict[str, list[AnnotatedDocument]] = {}
    for name in recipe["corpora"]:
        dev[name], trained[name] = carve(load(name), recipe["dev"].get(name, 0))
    held_out += [d for documents in dev.values() for d in documents]
    examples, rng = [], random.Random(recipe["train"]["seed"])  # noqa: S311
    for name, documents in trained.items():
        out = overlapping_documents(documents, held_out)
        table, before = recipe["corpora"][name], len(examples)
        annotated = frozenset(table["annotates"])
        labels = CorpusLabels(table["labels"], annotated, table.get("merge_before", {}))
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
                    examples += [p.example for p in maker.examples(text, inner, annotated)]
        print(
            f"{name}: {len(documents)} documents, {len(out)} held out, "
            f"{len(examples) - before} examples"
        )
    examples = [example for example in examples if rng.random() < share]
    made = notes(notes_recipes, corpora)
    made = [filled for filled in made if rng.random() < notes_share]
    everything = frozenset(maker.space.types)
    for filled in made:
        spans = [(a, b, (t,)) for a, b, t in filled.spans]
        examples += [p.example for p in maker.examples(filled.text, spans, everything)]
    print(f"notes from templates: {len(made)}; counted issues: {issues.counts()}")
    return examples, dev


def main() -> None:
    """Parse, build, train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--corpora", type=Path, default=Path("../shared/corpora"))
    parser.add_argument("--base", type=Path, help="folder of a BERT checkpoint (default: MiniLM)")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--share", type=float, default=1.0, help="of the corpora's examples")
    parser.add_argument(
        "--from", dest="start", type=Path, help="state of an earlier run, or an exported model"
    )
    parser.add_argument("--notes-share", type=float, default=1.0, help="of the made-up sentences")
    recipes = Path(__file__).parent / "recipes"
    parser.add_argument("--notes", type=Path, nargs="+", default=[recipes / "notes.toml"])
    args = parser.parse_args()
    recipe = tomllib.loads(args.recipe.read_text())
    base = args.base or minilm_folder()
    pieces = Pieces(base / "tokenizer.json")
    space = LabelSpace(tuple(recipe["types"]))
    dictionary = DictionaryRecognizer(Vocabularies().lexicon())
    maker = ExampleMaker(pieces, space, max_pieces=recipe["max_pieces"], dictionary=dictionary)
    examples, _ = build(
        recipe,
        args.corpora,
        args.notes,
        maker,
        share=args.share,
        notes_share=args.notes_share,
    )
    lengths = [len(e.ids) for e in examples]
    options = recipe["train"] | ({"epochs": args.epochs} if args.epochs is not None else {})
    if args.learning_rate:
        options |= {"learning_rate": args.learning_rate, "head_learning_rate": args.learning_rate}
    plan = Plan(**options)
    print(f"{len(examples)} examples, {sum(lengths)} pieces, {Counter(n // 32 for n in lengths)}")
    steps = plan.epochs * len(buckets_of(lengths, plan, multiple=MULTIPLE)(0))
    print(f"about {steps} steps", flush=True)
    torch.manual_seed(plan.seed)
    model = Tagger(load_encoder(base), space.n_labels, n_hints=len(HINTS))
    if args.start:
        # earlier states know no hints; theirs begin at zero
        missing, unknown = model.load_state_dict(state_of(args.start), strict=False)
        assert not unknown, unknown
        assert set(missing) <= {"hints.weight"}, missing

    def on_epoch(epoch: int) -> None:
        torch.save(model.state_dict(), args.run / f"epoch{epoch + 1}.pt")

    fit_tagger(
        model,
        examples,
        maker.allowed_sets(),
        plan=plan,
        folder=args.run,
        padding_id=pieces.padding_id,
        hidden_share=recipe["hide_hints"],
        on_epoch=on_epoch,
    )


if __name__ == "__main__":
    main()
