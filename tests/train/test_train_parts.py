"""What comes before and after training: recipes, labels, splits, the run's folder; no torch."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from kgbuilder.errors import ConfigError, InputError, UsageError
from kgbuilder.evaluate.corpora import AnnotatedDocument, Annotation
from kgbuilder.evaluate.splits import HeldOut
from kgbuilder.issues import Issues
from kgbuilder.train.epoch_choice import EpochChoice
from kgbuilder.train.labelled_recipe import parse_tagger_recipe
from kgbuilder.train.labelled_split import split_sets
from kgbuilder.train.progress_line import ProgressLine
from kgbuilder.train.recipes import parse_encoder_recipe, read_recipe, read_toml
from kgbuilder.train.run_folder import RunFolder
from kgbuilder.train.user_labels import map_labels, refuse_strange_labels
from kgbuilder.train.watch import Watch
from tests.train.tiny_sets import write_brat

ROOT = Path(__file__).parents[2]


def test_the_recipes_of_the_pipelines_are_read() -> None:
    folder = ROOT / "pipelines" / "recipes"
    encoder = parse_encoder_recipe(read_recipe(folder / "encoder.toml"))
    assert encoder.train["epochs"] == 1
    assert "bc5cdr-test" in encoder.held_out
    tagger = parse_tagger_recipe(read_recipe(folder / "tagger.toml"))
    assert {s.source for s in tagger.sets} >= {"bc5cdr-train", "maccrobat"}
    assert all(s.annotates is not None for s in tagger.sets)


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ({}, "names its data once"),
        ({"data": "a", "corpora": {"b": {}}}, "names its data once"),
        ({"data": "a", "epochs": 3}, "unknown key 'epochs'"),
        ({"data": "a", "train": {"epoch": 3}}, "unknown key 'epoch'"),
        ({"data": "a", "train": {"epochs": 0}}, "at least 1"),
        ({"data": "a", "train": {"learning_rate": "fast"}}, "expected a number"),
        ({"data": "a", "train": {"bfloat16": "perhaps"}}, "expected a number"),
        ({"data": "a", "labels": {"X": "Gadget"}}, "'Gadget', which is no type"),
        ({"data": "a", "types": ["Gadget"]}, "unknown entity type"),
        ({"data": "a", "patience": True}, "expected int"),
        ({"corpora": {"x": {}}, "dev": {"y": 3}}, "unknown key 'y'"),
    ],
)
def test_a_wrong_recipe_is_an_error_that_names_the_place(table: dict, what: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(ConfigError, match=what):
        parse_tagger_recipe(table, where="r.toml")


def test_recipes_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("data = [")
    (tmp_path / "latin.toml").write_bytes(b"# \xe9")
    for name, what in (("bad", "not TOML"), ("latin", "cannot read"), ("none", "cannot read")):
        with pytest.raises(ConfigError, match=what):
            read_toml(tmp_path / f"{name}.toml")
    with pytest.raises(ConfigError, match="sources"):
        parse_encoder_recipe({"sources": []})
    with pytest.raises(ConfigError, match="at least 8"):
        parse_encoder_recipe({"sources": ["a"], "length": 2})


def document(
    id: str, text: str, *labels: str, group: str = "", split: str = ""
) -> AnnotatedDocument:
    spans = tuple(Annotation(f"T{i}", 0, 1, label) for i, label in enumerate(labels))
    return AnnotatedDocument(id, text, spans, group=group or id, split=split)


def test_labels_are_mapped_by_the_users_table_then_by_ours() -> None:
    documents = [document("a", "x", "PROBLEM", "CHEMICAL", "Gene", "Person", "MyThing")]
    table = {"MyThing": ("Procedure",), "PROBLEM": ("Disease", "Phenotype")}
    assert map_labels(documents, table, where="d") == {
        "PROBLEM": ("Disease", "Phenotype"),
        "CHEMICAL": ("Drug",),
        "Gene": ("Gene",),
        "Person": ("",),
        "MyThing": ("Procedure",),
    }
    with pytest.raises(ConfigError, match="MyThing \\(1\\)") as caught:
        map_labels(documents, {}, where="d")
    assert 'MyThing = "Disease"' in caught.value.hint
    with pytest.raises(ConfigError, match="MyThong"):
        refuse_strange_labels(documents, {"MyThong": ("Drug",)})


def test_documents_are_divided_by_group_and_never_share_text(tmp_path: Path) -> None:
    data = write_brat(tmp_path / "d", n=20)
    twin = (data / "n3.txt").read_text()
    for n in range(20):  # a copy of each document under another name: one side only may hold both
        (data / f"copy{n}.txt").write_text((data / f"n{n}.txt").read_text())
        (data / f"copy{n}.ann").write_text((data / f"n{n}.ann").read_text())
    assert twin

    def divide(seed: int):  # type: ignore[no-untyped-def]
        (part,) = split_sets(
            [(str(data), 0)], dev="", held_out=[], corpora=tmp_path, seed=seed, issues=Issues()
        )
        return part

    part = divide(7)
    assert len(part.dev) == 4
    assert not {d.text for d in part.dev} & {d.text for d in part.train}
    assert len(part.train) + len(part.dev) + part.n_overlapping == 40
    assert {d.id for d in divide(7).dev} == {d.id for d in part.dev}
    assert {d.id for d in divide(8).dev} != {d.id for d in part.dev}


def test_marked_splits_are_kept_and_test_is_not_looked_at(tmp_path: Path) -> None:
    rows = [
        {"id": f"{split}{n}", "text": f"{split} text number {n} of many words", "split": split}
        for split in ("train", "dev", "test")
        for n in range(3)
    ]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    (part,) = split_sets(
        [(str(path), 0)], dev="", held_out=[], corpora=tmp_path, seed=1, issues=Issues()
    )
    assert {d.split for d in part.train} == {"train"}
    assert {d.split for d in part.dev} == {"dev"}
    assert part.n_test == 3
    path.write_text(json.dumps(rows[0]))
    with pytest.raises(InputError, match="choose by"):
        split_sets([(str(path), 0)], dev="", held_out=[], corpora=tmp_path, seed=1, issues=Issues())


def test_a_held_out_passage_is_found_inside_a_long_text_and_formulas_are_not() -> None:
    passage = (
        "Warfarin raised the international normalised ratio in nine of the ten patients studied"
    )
    held = HeldOut.of(
        [
            document("s1", passage),
            document("s2", "The authors declare no competing interests."),
            document("p9", "short", group="77"),
        ]
    )
    long = "x y z. " * 90
    assert held.overlaps("a", "a", f"{long}{passage.upper()}! {long}")
    assert held.overlaps("a", "a", passage[:50])
    assert held.overlaps("s1", "q", "anything")
    assert held.overlaps("a", "77", "anything")
    assert not held.overlaps("a", "a", f"{long}The authors declare no competing interests. {long}")
    assert not held.overlaps("a", "a", "Results:")
    assert not HeldOut.of([]).overlaps("a", "a", passage)


def test_the_epoch_that_is_kept_outlives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "epochs.jsonl"
    choice = EpochChoice(path, patience=2)
    for epoch, score in enumerate([0.1, 0.5, 0.5]):
        assert choice.is_best(score) == (epoch < 2)
        choice.note(epoch, score)
    assert not choice.is_over()
    with path.open("a") as stream:
        stream.write('{"epoch": 3, "sc')
    again = EpochChoice(path, patience=2)
    assert again.scores() == [0.1, 0.5, 0.5]
    assert again.knows(2)
    assert not again.knows(3)
    again.path = tmp_path / "other.jsonl"
    again.note(3, 0.4)
    assert again.best_epoch() == 1
    assert again.is_over()


def test_a_run_is_watched_and_its_best_epoch_kept(tmp_path: Path) -> None:
    scores, saved = iter([0.5, 0.7, 0.6, 0.7]), []
    path = tmp_path / "epochs.jsonl"

    def watch() -> Watch:
        return Watch(
            EpochChoice(path, patience=2),
            ProgressLine(io.StringIO()),
            score=lambda: next(scores),
            save=lambda: saved.append(len(path.read_text().splitlines()) if path.exists() else 0),
            tell=lambda score: f"F1 {score}",
        )

    first = watch()
    assert [first.on_epoch(0), first.on_epoch(1)] == [False, False]
    again = watch()  # killed, and called once more for the epoch that it has seen
    assert [again.on_epoch(epoch) for epoch in (1, 2, 3)] == [False, False, True]
    assert saved == [0, 1], "the first of the best stays"
    assert again.choice.best_epoch() == 1


def test_a_run_goes_on_in_its_own_folder_only(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "m")
    assert folder.begin({"seed": 1, "types": ("Drug",)}) is False
    assert folder.begin({"seed": 1, "types": ("Drug",)}) is True
    with pytest.raises(UsageError, match="differs in: seed"):
        folder.begin({"seed": 2, "types": ("Drug",)})
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="no run of kgbuilder"):
        RunFolder(tmp_path / "full").begin({})
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="no run of kgbuilder"):
        RunFolder(tmp_path / "file").begin({})
    log = '{"step": 20, "loss": 2}\n{"step": 40, "loss": 1.5}\n{"step": 40, "loss": 1.25}\n{"ste'
    (folder.run / "log.jsonl").write_text(log)
    assert [(r.step, r.loss) for r in folder.losses()] == [(20, 2.0), (40, 1.25)]


def test_progress_moves_on_a_terminal_and_is_silent_on_a_pipe() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for stream in (io.StringIO(), Terminal()):
        line = ProgressLine(stream)
        row = SimpleNamespace(step=20, of=100, loss=0.5, examples_per_s=31.0)  # torch is not here
        line.step(row, unit="sentences", aside="dev F1 80")  # type: ignore[arg-type]
        line.step(row, unit="pieces", aside="", per_example=100)  # type: ignore[arg-type]
        line.show("short")
        line.end()
        told = stream.getvalue()
        assert bool(told) == stream.isatty()
        if told:
            assert "step 20/100  loss 0.5000  31 sentences/s  dev F1 80" in told
            assert "3,100 pieces/s" in told
            assert told.endswith("\n")
