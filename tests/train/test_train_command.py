"""``kgbuilder train``: one command makes a model that ``extract`` then uses; killed, it goes on."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kgbuilder.cli import main
from kgbuilder.train.run_folder import RunFolder
from tests.train.tiny_sets import write_brat, write_encoder

pytestmark = pytest.mark.extra

RECIPE = """
data = "data"
licence = "invented"
vocabulary_hints = false
patience = 12
[labels]
MEDIC = "Drug"
HARM = ["Phenotype", "Disease"]
[train]
epochs = 12
max_batch_pieces = 256
learning_rate = 3e-3
head_learning_rate = 3e-3
checkpoint_steps = 2
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("train")
    write_brat(folder / "data")
    write_encoder(folder / "tiny")
    (folder / "r.toml").write_text(RECIPE)
    return folder


def run(place: Path, *words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    before = Path.cwd()
    os.chdir(place)
    try:
        code = main(list(words))
    finally:
        os.chdir(before)
    out, err = capsys.readouterr()
    return code, out, err


def tagger(place: Path, into: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    words = ("train", "tagger", "r.toml", "--base", "tiny", "--into", into, "--json")
    return run(place, *words, capsys=capsys)


def test_a_tagger_killed_on_the_way_is_the_tagger_of_an_unbroken_run(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = tagger(place, "whole", capsys)
    assert (code, err) == (0, ""), "on a pipe nothing is shown"
    report = json.loads(out)
    assert report["types"] == ["Disease", "Phenotype", "Drug"] or set(report["types"]) == {
        "Drug", "Disease", "Phenotype",
    }  # fmt: skip
    assert (report["n_train"], report["n_dev"]) == (27, 3)
    assert report["f1"] > 0.9

    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "kgbuilder", "train", "tagger", "r.toml", "--base", "tiny"]
    process = subprocess.Popen([*command, "--into", "broken"], cwd=place, env=environment)
    deadline = time.monotonic() + 300
    while not (place / "broken" / "run" / "checkpoint.pt").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (place / "broken" / "CARD.md").exists(), "killed before it was done"
    code, out, _ = tagger(place, "broken", capsys)
    assert code == 0
    assert json.loads(out) | {"model": "", "resumed": False} == report | {"model": ""}
    model = "model.int8.onnx"
    assert (place / "broken" / model).read_bytes() == (place / "whole" / model).read_bytes()

    files = {p.name for p in (place / "whole").iterdir()}
    assert files == {
        "CARD.md", "curves.png", "labels.json", "model.int8.onnx", "recipe.toml", "run",
        "tokenizer.json",
    }  # fmt: skip
    assert (place / "whole" / "curves.png").read_bytes().startswith(b"\x89PNG")
    card = (place / "whole" / "CARD.md").read_text()
    for word in ("invented", "Seed 7", "kgbuilder", "F1", "95 %", "MEDIC: Drug", "Digest"):
        assert word in card
    code, out, _ = tagger(place, "whole", capsys)
    assert json.loads(out)["resumed"], "done already: told again, not trained again"

    note = "the patient was given warfarin.\naspirin gave bleeding."
    (place / "note.txt").write_text(note)
    code, out, _ = run(
        place, "extract", "note.txt", "--recipe", "whole/recipe.toml", "--json", capsys=capsys
    )
    found = [(f["type"], f["text"]) for f in json.loads(out)["findings"]]
    assert code == 0
    assert ("Drug", "warfarin") in found
    assert ("Drug", "aspirin") in found


def test_what_is_wrong_is_said_with_exit_code_2(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*words: str) -> str:
        code, _, err = run(place, "train", *words, "--base", "tiny", capsys=capsys)
        assert code in (1, 2), err
        return f"{code} {err}"

    told = fails("tagger", "data", "--into", "new")
    assert told.startswith("2")
    assert "MEDIC (60)" in told
    assert "--label LABEL=TYPE" in told
    assert not (place / "new").exists(), "nothing was begun"
    assert "which is no type" in fails("tagger", "data", "--label", "MEDIC=Gadget", "--into", "new")
    assert "maps what the data does not" in fails(
        "tagger", "data", "--label", "X=Drug", "--label", "MEDIC=Drug", "--into", "new"
    )
    assert "no such file" in fails("tagger", "nowhere", "--into", "new")
    RunFolder(place / "other").begin({"kind": "tagger", "base": "minilm"})
    assert "another run" in fails("tagger", "r.toml", "--into", "other")
    assert "no run of kgbuilder" in fails("tagger", "r.toml", "--into", "data")
    assert "--steps is for the encoder" in fails("tagger", "data", "--steps", "3", "--into", "new")
    assert "labelled sets" in fails("encoder", "data", "--dev", "data", "--into", "new")
    monkeypatch.setattr("kgbuilder.commands.training.NEEDED", ("torch", "no_such_package"))
    told = fails("tagger", "data", "--into", "new")
    assert "pip install 'kgbuilder[train]'" in told


def test_an_encoder_is_trained_on_a_folder_of_text(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("--base", "tiny", "--steps", "24", "--into", "domain", "--json")
    (place / "notes").mkdir()
    for note in (place / "data").glob("*.txt"):
        shutil.copy(note, place / "notes")
    (place / "e.toml").write_text(
        'sources = ["notes"]\nlength = 32\nevaluate_steps = 12\n[train]\nmax_batch_pieces = 256\n'
        "learning_rate = 3e-3\nhead_learning_rate = 3e-3\n"
    )
    code, out, err = run(place, "train", "encoder", "e.toml", *given, capsys=capsys)
    assert (code, err) == (0, "")
    guesses = json.loads(out)["guesses"]
    assert [g["step"] for g in guesses] == [0, 12, 24]
    assert guesses[-1]["loss"] < guesses[0]["loss"]
    assert {p.name for p in (place / "domain").iterdir()} >= {"config.json", "model.safetensors"}
    (place / "short").mkdir()
    (place / "short" / "a.txt").write_text("fever")
    code, _, err = run(
        place, "train", "encoder", "short", "--base", "tiny", "--into", "no", capsys=capsys
    )
    assert code == 1
    assert "too little text" in err
    assert not (place / "no").exists()


def test_a_relater_is_trained_and_used(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = (
        "--label",
        "MEDIC=Drug",
        "--label",
        "HARM=Phenotype",
        "--base",
        "tiny",
        "--into",
        "pairs",
    )
    code, _, err = run(place, "train", "relater", "data", *given, capsys=capsys)
    assert code == 2
    assert "Caused (15)" in err
    given = (*given, "--relation", "Caused=CAUSES", "--json")
    quick = ("--epochs", "60", "--learning-rate", "3e-3")
    code, out, err = run(place, "train", "relater", "data", *given, *quick, capsys=capsys)
    assert (code, err) == (0, "")
    report = json.loads(out)
    assert report["kinds"] == ["drug condition"]
    assert report["labels"] == ["none", "CAUSES"]
    assert report["f1"] > 0.9
    (place / "pair.txt").write_text("aspirin gave bleeding.")
    with (place / "pairs" / "recipe.toml").open("a") as recipe:
        recipe.write('[qualify]\nmethod = "words"\n')  # weights call it past, which states no harm
    code, out, _ = run(
        place, "extract", "pair.txt", "--recipe", "pairs/recipe.toml", "--json", capsys=capsys
    )
    assert code == 0
    assert [r["predicate"] for r in json.loads(out)["relations"]] == ["CAUSES"]
    assert "CAUSES" in (place / "pairs" / "CARD.md").read_text()


def test_the_lines_of_the_readme_run(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    part = (root / "README.md").read_text("utf-8").split("### Your own text", 1)[1].split("\n##")[0]
    lines = [line[2:] for line in part.splitlines() if line.startswith("$ kgbuilder")]
    assert len(lines) == 7
    shutil.copytree(root / "data", tmp_path / "data")
    environment = {**os.environ, "PYTHONPATH": str(root)}
    for line in lines:
        command = [sys.executable, "-m", *shlex.split(line)]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
