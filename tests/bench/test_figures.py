"""The figures that the README quotes: `make bench` prints them. Nothing here fails for being slow."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import pytest

pytestmark = pytest.mark.bench
ROOT = Path(__file__).parents[2]
KGBUILDER = [sys.executable, "-m", "kgbuilder"]


def seconds(command: list[str], *, times: int = 5) -> float:
    """Median wall time of whole processes, after one that is not counted."""
    taken = []
    for _ in range(times + 1):
        begun = time.perf_counter()
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        taken.append(time.perf_counter() - begun)
    return median(taken[1:])


def test_import() -> None:
    bare = seconds([sys.executable, "-c", "pass"])
    print(f"\nimport kgbuilder: {seconds([sys.executable, '-c', 'import kgbuilder']) - bare:.3f} s")


def test_first_answers() -> None:
    for words in (
        "interactions warfarin fluconazole",
        "diagnose --finding HP:0001083 --finding HP:0002616",
        "extract data/notes/anticoagulation_clinic.txt",
    ):
        print(f"\nkgbuilder {words}: {seconds([*KGBUILDER, *words.split()]):.2f} s")


def test_loading() -> None:
    """The libraries are there by then: a process imports them once."""
    code = """
import time, numpy, onnxruntime, tokenizers
from pathlib import Path
from kgbuilder.qualify.weighed import WeighedQualifier
from kgbuilder.recognize.transformer import TransformerRecognizer
from kgbuilder.relate.transformer import TransformerRelater
weights = Path("kgbuilder/nn/weights")
for name, made in (
    ("tagger", TransformerRecognizer), ("relater", TransformerRelater), ("assertion", WeighedQualifier)
):
    begun = time.process_time(), time.perf_counter()
    made(weights / name)  # a folder that is named is opened at once
    taken = time.process_time() - begun[0], time.perf_counter() - begun[1]
    print(f"{name}: {taken[0]:.2f} s of the processor, {taken[1]:.2f} s")
"""
    command = [sys.executable, "-c", code]
    for _ in range(2):
        told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    print(f"\nweights opened:\n{told}")


def test_twenty_drugs() -> None:
    from kgbuilder.api import interaction_checker
    from kgbuilder.scoring_interactions import TWENTY_DRUGS, TWENTY_DRUGS_PATIENT

    checker = interaction_checker()
    checker.check(TWENTY_DRUGS, patient=TWENTY_DRUGS_PATIENT)
    taken = []
    for _ in range(30):
        begun = time.perf_counter()
        checker.check(TWENTY_DRUGS, patient=TWENTY_DRUGS_PATIENT)
        taken.append(time.perf_counter() - begun)
    print(f"\ntwenty drugs, all pairs and patient rules, warm: {1000 * median(taken):.1f} ms")


def test_demo() -> None:
    print(f"\ndemo: {seconds([sys.executable, 'pipelines/demo.py'], times=1):.0f} s")


def test_environment() -> None:
    folder = Path(sys.prefix)
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    print(f"\nenvironment with the development tools: {size / 1e6:.0f} MB")


def test_words_a_second(tmp_path: Path) -> None:
    notes = sorted((ROOT / "data/notes").glob("*.txt"))
    n_words = sum(len(note.read_text("utf-8").split()) for note in notes)
    once = seconds([*KGBUILDER, "extract", str(notes[0]), "--json"], times=3)
    every = seconds([*KGBUILDER, "extract", str(ROOT / "data/notes"), "--json"], times=3)
    print(f"\nextract, all stages: {n_words / (every - once):.0f} words/s")


def test_warm_case() -> None:
    from kgbuilder import api

    diagnoser = api.diagnoser()
    findings = ["HP:0001250", "HP:0001263", "HP:0000252", "HP:0001252", "HP:0000486"]
    diagnoser.diagnose(findings)
    started = time.perf_counter()
    for _ in range(20):
        diagnoser.diagnose(findings, absent=["HP:0001945"], age="P6Y", sex="FEMALE")
    print(f"\na case against all diseases, warm: {50 * (time.perf_counter() - started):.1f} ms")
