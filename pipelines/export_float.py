"""Write exported weights once more in float32, which a GPU multiplies and int8 it does not.

python pipelines/export_float.py kgbuilder/nn/weights/tagger --into FOLDER

Of a tagger, relater or qualifier. What int8 has rounded away stays so, unless the folder holds its run;
all else in the folder is copied. A recipe then says `model = "FOLDER"` and `device = "cuda"`. Needs the
extra `train`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from kgbuilder.train.float_weights import write_float


def main() -> None:
    """Parse and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path, help="folder of exported weights")
    parser.add_argument("--into", type=Path, required=True, help="a new folder")
    args = parser.parse_args()
    write_float(args.weights, args.into)


if __name__ == "__main__":
    main()
