"""Train the recognizer's tagger.

python pipelines/train_tagger.py pipelines/recipes/tagger.toml --run DIR

Reads the corpora named in the recipe, leaves out what is held out, trains, and keeps the weights of
each epoch in DIR; `export_tagger.py` then writes what the package ships. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import tomllib
from collections import Counter
from pathlib import Path

import torch

from kgbuilder.issues import Issues
from kgbuilder.nn.encoder import load_encoder, minilm_folder
from kgbuilder.nn.hints import HINTS
from kgbuilder.nn.labels import LabelSpace
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.start import state_of
from kgbuilder.nn.tagger import Tagger
from kgbuilder.nn.tagger_training import MULTIPLE, fit_tagger
from kgbuilder.nn.training import Plan, buckets_of
from kgbuilder.ontology.vocabularies import Vocabularies
from kgbuilder.recognize.dictionary import DictionaryRecognizer
from kgbuilder.train.tagged_corpora import corpus_examples, made_up_notes, note_examples
from kgbuilder.train.tagged_examples import ExampleMaker


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
    issues = Issues()
    examples = corpus_examples(
        recipe, args.corpora, maker, share=args.share, issues=issues, on_corpus=print
    )
    made = note_examples(
        made_up_notes(args.notes, args.corpora),
        maker,
        share=args.notes_share,
        seed=recipe["train"]["seed"],
    )
    examples += made
    print(f"notes from templates: {len(made)} examples; counted issues: {issues.counts()}")
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
