"""Write exported weights once more in float32, which a GPU multiplies and int8 it does not.

python pipelines/export_float.py kgbuilder/nn/weights/tagger --into FOLDER

Of a tagger, relater or qualifier. What int8 has rounded away stays so; all else in the folder is copied.
A recipe then says `model = "FOLDER"` and `device = "cuda"`. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from kgbuilder.nn.export import export_pair_classifier, export_tagger
from kgbuilder.nn.onnx_graph import BERT_EPSILON
from kgbuilder.nn.shipped import weights_of
from kgbuilder.nn.start import N_HEADS
from kgbuilder.train.run_card import MODEL


def main() -> None:
    """Parse, copy, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path, help="folder of exported weights")
    parser.add_argument("--into", type=Path, required=True, help="a new folder")
    args = parser.parse_args()
    told = json.loads((args.weights / "labels.json").read_text("utf-8"))
    weights = weights_of(args.weights / MODEL)
    shutil.copytree(args.weights, args.into)
    export = export_pair_classifier if "mix.weight" in weights else export_tagger
    export(
        weights,
        args.into / MODEL,
        n_heads=int(told.get("n_heads", N_HEADS)),
        int8=False,
        epsilon=told.get("epsilon", BERT_EPSILON),
    )


if __name__ == "__main__":
    main()
