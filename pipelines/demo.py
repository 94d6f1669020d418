"""The main job on the samples of data/: what `make demo` runs. Each step is a command you can type."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import time
from pathlib import Path

from kgbuilder.cli import main

ROOT = Path(__file__).parents[1]
GRAPH = "demo/graph.kg"
PATIENT = "data/notes/anticoagulation_clinic.txt"
NOTE = "data/notes/genetics_clinic_marfan.txt"
STEPS = (
    ("Read the notes and papers, write the graph", f"build data/notes data/pubmed --into {GRAPH}"),
    ("(a) What is in the graph", f"stats {GRAPH}"),
    (
        "(b) Do this patient's drugs interact?",
        f"interactions --note {PATIENT} --graph {GRAPH}",
    ),
    ("(c) What may this patient have?", f"diagnose {NOTE} --graph {GRAPH} --top 3"),
    (
        "(d) One edge, down to its sentences",
        f"explain {GRAPH} warfarin INTERACTS_WITH fluconazole",
    ),
)


def run() -> int:
    """Run every step; stop at the first that fails."""
    shutil.rmtree(ROOT / "demo", ignore_errors=True)
    (ROOT / "demo").mkdir()
    begun = time.perf_counter()
    for title, command in STEPS:
        print(f"\n━━ {title}\n$ kgbuilder {command}", flush=True)
        code = main(shlex.split(command))
        if code != 0:
            print(f"stopped: exit code {code}", file=sys.stderr)
            return code
    print(f"\n━━ Done in {time.perf_counter() - begun:.0f} s. The graph is {GRAPH}. Next, type:")
    print(f"$ .venv/bin/kgbuilder search {GRAPH} bleeding")
    return 0


if __name__ == "__main__":
    os.chdir(ROOT)
    raise SystemExit(run())
