"""Does a document read the same on another processor, in another order, alone, with other threads?

python pipelines/compare_machines.py data/notes/telephone_note.txt data/pubmed/sample_1*.gz
python pipelines/compare_machines.py FILE... --cpu Haswell Nehalem

Runs ``kgbuilder extract --json`` in each way and compares bytes with a plain run; one JSON object a way.
Other processors are qemu's (package qemu-user), and onnxruntime and numpy take other kernels on them:
Haswell has AVX2 and no AVX-512, Nehalem neither. They are some forty times slower.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

EMULATOR = "qemu-x86_64"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def main() -> None:
    """Read in all ways, compare, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="+")
    parser.add_argument("--cpu", nargs="*", default=["Haswell"], help="of qemu-x86_64 -cpu help")
    arguments = parser.parse_args()
    files: list[str] = arguments.files
    if arguments.cpu and shutil.which(EMULATOR) is None:
        raise SystemExit(f"{EMULATOR} is not installed. Hint: the package qemu-user has it")
    plain = lines_of(files)
    print(json.dumps({"as": "it is", "documents": len(plain)}), flush=True)
    tell("other order", plain, lines_of(files[::-1]))
    alone = sorted(line for file in files for line in lines_of([file]))
    tell("files alone", plain, alone)
    tell("four threads", plain, lines_of(files, threads=4))
    for cpu in arguments.cpu:
        began = time.perf_counter()
        found = lines_of(files, before=[EMULATOR, "-cpu", cpu])
        tell(cpu, plain, found, {"seconds": round(time.perf_counter() - began)})


def lines_of(files: Sequence[str], *, before: Sequence[str] = (), threads: int = 1) -> list[str]:
    """What ``extract`` writes, sorted, a line a document."""
    command = [*before, str(Path(sys.executable)), "-m", "kgbuilder", "extract", "--json", *files]
    settings = os.environ | dict.fromkeys(THREADS, str(threads))
    done = subprocess.run(command, capture_output=True, text=True, env=settings)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr[-2000:]}")
    return sorted(done.stdout.splitlines())


def tell(
    way: str, plain: Sequence[str], found: Sequence[str], more: Mapping[str, Any] | None = None
) -> None:
    """Print what differs from the plain run."""
    row: dict[str, Any] = {"as": way, "same bytes": plain == found}
    if plain != found:
        one, other = ({d["id"]: d for d in map(json.loads, lines)} for lines in (plain, found))
        numbers, largest = differing(one, other)
        row |= {"numbers": numbers, "differ at most": round(largest, 4)}
        row["all else alike"] = without_numbers(one) == without_numbers(other)
    print(json.dumps({**row, **(more or {})}), flush=True)


def numbers_of(value: Any) -> list[float]:
    """Scores and probabilities, in order."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        return [number for item in value for number in numbers_of(item)]
    return [value] if isinstance(value, float) else []


def differing(one: Any, other: Any) -> tuple[str, float]:
    """How many scores and probabilities differ, of how many, and the largest difference."""
    pairs = list(zip(numbers_of(one), numbers_of(other), strict=False))
    apart = [abs(a - b) for a, b in pairs if a != b]
    return f"{len(apart)} of {len(pairs)}", max(apart, default=0.0)


def without_numbers(value: Any) -> Any:
    """The same with every score and probability as 0."""
    if isinstance(value, Mapping):
        return {key: without_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_numbers(item) for item in value]
    return 0.0 if isinstance(value, float) else value


if __name__ == "__main__":
    main()
