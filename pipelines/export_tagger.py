"""Write a trained tagger as the package ships it, with its card.

python pipelines/export_tagger.py STATE... --weights kgbuilder/nn/weights/tagger

STATE is one of `train_packed.py`, or an exported `.onnx`. A card that a run did not write stays, and the
new one is `CARD.new.md`.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from kgbuilder.nn.encoder import load_encoder, minilm_folder
from kgbuilder.nn.export import export_tagger
from kgbuilder.nn.hints import HINTS
from kgbuilder.nn.start import mean_state, state_of
from kgbuilder.train.recipes import read_recipe
from kgbuilder.train.run_card import MODEL, mean_made, refuse_non_commercial, write_card


def main() -> None:
    """Parse and export."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "states", type=Path, nargs="+", help="trained states; their mean is shipped"
    )
    parser.add_argument("--recipe", type=Path, default=Path("pipelines/recipes/tagger.toml"))
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--version", default="1")
    parser.add_argument("--base", type=Path, help="the checkpoint it started from, if not MiniLM")
    args = parser.parse_args()
    recipe = read_recipe(args.recipe)
    refuse_non_commercial(args.states, recipe)
    made = mean_made(args.states)
    mean = mean_state([state_of(path) for path in args.states])
    weights = {name: value.numpy() for name, value in mean.items()}
    base = args.base or minilm_folder()
    shape = load_encoder(base).shape
    sizes = (shape.n_pieces, shape.width)
    if weights["encoder.pieces.weight"].shape != sizes:
        raise SystemExit(f"--base {base} has other sizes ({sizes}) than what it is to have become")
    args.weights.mkdir(parents=True, exist_ok=True)
    labels = {
        "name": "kgbuilder-tagger",
        "version": args.version,
        "types": recipe["types"],
        "hints": HINTS,
        "n_heads": shape.n_heads,
        "epsilon": shape.epsilon,
        "licence": recipe["licence"],
    }
    onnx = args.weights / MODEL
    export_tagger(weights, onnx, n_heads=shape.n_heads, int8=True, epsilon=shape.epsilon)
    shutil.copy(base / "tokenizer.json", args.weights / "tokenizer.json")
    (args.weights / "labels.json").write_text(json.dumps(labels, indent=1) + "\n")
    print("card:", write_card(args.weights, made))


if __name__ == "__main__":
    main()
