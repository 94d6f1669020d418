"""Go on training the encoder on raw biomedical and clinical text.

python pipelines/pretrain_encoder.py pipelines/recipes/encoder.toml --into DIR

Reads the raw corpora named in the recipe, leaves out what shares a PMID or a passage with a test split
or a scored development split, packs rows, and trains masked words and spans. Killed and started again
it goes on. The same as `kgbuilder train encoder RECIPE --into DIR`. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from kgbuilder.issues import Issues
from kgbuilder.train.encoder import train_encoder
from kgbuilder.train.recipes import parse_encoder_recipe, read_toml


def main() -> None:
    """Parse and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--corpora", type=Path, default=Path("../shared/corpora"))
    parser.add_argument(
        "--base", default="minilm", help="what to start from: minilm, a folder, ..."
    )
    args = parser.parse_args()
    issues = Issues()
    report = train_encoder(
        parse_encoder_recipe(read_toml(args.recipe), where=str(args.recipe)),
        base=args.base,
        into=args.into,
        corpora=args.corpora,
        command=shlex.join(["python", *sys.argv]),
        issues=issues,
    )
    for guess in report.guesses:
        print(f"step {guess.step}: held-out loss {guess.loss:.4f}, right {guess.accuracy:.4f}")
    print(
        f"{report.n_rows} rows, {report.n_pieces} pieces, {report.pieces_per_s:.0f} pieces/s; "
        f"issues: {issues.counts()}"
    )


if __name__ == "__main__":
    main()
