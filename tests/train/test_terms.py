"""One switch: what is not for commercial use is not learned from, and weights say so."""

from __future__ import annotations

import json
import lzma
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from kgbuilder.errors import ConfigError
from kgbuilder.evaluate.corpora import AnnotatedDocument
from kgbuilder.issues import Issues
from kgbuilder.nn.labels import LabelSpace
from kgbuilder.nn.licences import under_terms
from kgbuilder.nn.made import Made, Source, made_by_this_command
from kgbuilder.nn.pieces import Pieces
from kgbuilder.train.labelled_recipe import parse_qualifier_recipe, parse_tagger_recipe
from kgbuilder.train.recipes import parse_encoder_recipe, read_recipe
from kgbuilder.train.run_card import add_to_card, mean_made, refuse_non_commercial, write_card
from tests.nn.tiny import write_tokenizer

PIPELINES = Path(__file__).parents[2] / "pipelines"
CORPORA = {"a": {"commercial": False}, "b": {"commercial": True}, "c": {}}


def test_a_recipe_under_its_terms() -> None:
    recipe = {"corpora": CORPORA, "dev": {"a": 3, "b": 2}, "licence": "NC"}
    assert under_terms(recipe) == recipe
    free = under_terms({**recipe, "permissive": True, "licence_permissive": "free"})
    assert list(free["corpora"]) == ["b", "c"]
    assert (free["dev"], free["licence"]) == ({"b": 2}, "free")
    for wrong, what in (
        ({"corpora": {"a": CORPORA["a"]}}, "no corpus"),
        ({"corpora": {"a": {"commercial": "no"}}}, r"corpora\.a"),
        ({"permissive": "yes"}, "permissive is 'yes'"),
        ({}, "licence_permissive"),
    ):
        with pytest.raises(ConfigError, match=what):
            under_terms({"licence": "NC", "permissive": True, **wrong})


@pytest.fixture
def recipes(tmp_path: Path) -> Path:
    """The recipes of the pipelines, one line of them changed."""
    folder = tmp_path / "recipes"
    shutil.copytree(PIPELINES / "recipes", folder)
    terms = folder / "terms.toml"
    told = terms.read_text("utf-8")
    assert told.count("\npermissive = false\n") == 1
    terms.write_text(told.replace("\npermissive = false\n", "\npermissive = true\n"))
    return folder


@pytest.mark.extra
def test_one_line_leaves_out_what_is_not_for_commercial_use(
    recipes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kgbuilder.train import recipe_passes, tagged_corpora
    from kgbuilder.train.tagged_examples import ExampleMaker

    read: list[str] = []

    def reads(name: str, **_: object) -> list[AnnotatedDocument]:
        read.append(name)
        return []

    monkeypatch.setattr(recipe_passes, "read_corpus", reads)
    monkeypatch.setattr(tagged_corpora, "read_corpus", reads)
    monkeypatch.setattr(tagged_corpora, "read_set", reads)
    write_tokenizer(tmp_path / "tokenizer.json")
    for folder, permissive in ((recipes, True), (PIPELINES / "recipes", False)):
        relater = read_recipe(folder / "relater.toml")
        sources: list[Source] = []
        read.clear()
        recipe_passes.read_all(relater, tmp_path, None, Issues(), say=sources.append)
        assert {"ddi-train", "chemprot-train", "ade"}.isdisjoint(read) == permissive
        assert all(source.commercial for source in sources) == permissive
        assert ("NC" in relater["licence"]) != permissive

        tagger = read_recipe(folder / "tagger.toml")
        for name in ("bc2gm-train", "bc2gm-dev"):  # as if these were not free
            tagger["corpora"][name] |= {"commercial": False}
        tagger = under_terms({**tagger, "licence_permissive": "free"})
        space = LabelSpace(tuple(tagger["types"]))
        pieces = Pieces(tmp_path / "tokenizer.json")
        maker = ExampleMaker(pieces, space, max_pieces=9, dictionary=None)
        read.clear()
        tagged_corpora.corpus_examples(
            tagger, tmp_path, maker, issues=Issues(), on_corpus=sources.append
        )
        assert {"bc2gm-train", "bc2gm-dev"}.isdisjoint(read) == permissive
        assert "bc5cdr-train" in read


@pytest.mark.extra
def test_texts_that_are_not_for_commercial_use_are_not_read(
    recipes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kgbuilder.train import encoder

    recipe = parse_encoder_recipe(read_recipe(recipes / "encoder.toml"))
    assert "non-commercial" in recipe.licence
    assert "without" in recipe.licence
    for name in recipe.sources:
        (tmp_path / name).mkdir()
        with lzma.open(tmp_path / name / "a.jsonl.xz", "wt") as lines:
            for licence in ("cc-by", "CC BY-NC 4.0", ""):
                row = {"id": f"{name} {licence}", "text": "fever", "license": licence}
                lines.write(json.dumps(row) + "\n")
    monkeypatch.setattr(encoder, "read_corpus", lambda *_, **__: ())
    counts: dict[str, encoder.TextCounts] = {}
    left = [raw.id for raw in encoder.iter_texts(recipe, counts, tmp_path, Issues())]
    assert not [id for id in left if "NC" in id]
    assert "raw_ohsumed " not in left, "its texts are for research use"
    assert {"raw_ohsumed cc-by", "raw_medquad "} <= set(left)


def test_what_kgbuilder_train_is_given_is_under_the_same_terms(recipes: Path) -> None:
    for name, parse in (("tagger", parse_tagger_recipe), ("qualifier", parse_qualifier_recipe)):
        for folder, what in ((recipes, "licence_permissive"), (PIPELINES / "recipes", "licence")):
            wanted = tomllib.loads((folder / f"{name}.toml").read_text("utf-8"))[what]
            assert parse(read_recipe(folder / f"{name}.toml")).licence == wanted


def test_no_step_reads_these_recipes_in_another_way() -> None:
    for script in PIPELINES.glob("*.py"):
        text = script.read_text("utf-8")
        assert '"--permissive"' not in text
        for opened in re.findall(r"tomllib\.loads\(\(?(.*?)\)?\.read_text", text):
            known = {'RECIPES / "words.toml"', "slots_recipe"}
            known |= {"args.recipe"} if script.name == "train_packed.py" else set()
            assert opened in known, f"{script.name} reads {opened}"


def exported(folder: Path) -> Path:
    folder.mkdir()
    labels = {"name": "kgbuilder-tagger", "version": "9", "licence": "the licence of the weights"}
    (folder / "labels.json").write_text(json.dumps(labels))
    return folder


def test_a_card_says_all_that_weights_were_made_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["pack.py", "--into", "my dir"])
    free, bound = Source("b", "3 documents", "CC0"), Source("a", "2 documents", "CC BY-NC", False)
    made_by_this_command([], sources=[bound]).save(tmp_path / "rows.npy")
    made_by_this_command([], sources=[free]).save(tmp_path / "tags.npz")
    monkeypatch.setattr("sys.argv", ["train.py"])
    made_by_this_command([tmp_path / "rows.npy"]).save(tmp_path / "small")
    inputs = [tmp_path / "small", tmp_path / "tags.npz"]
    made_by_this_command(inputs, seed=5, scores=[("dev", "F1 71")]).save(tmp_path / "t.pt")
    made = mean_made([tmp_path / "t.pt"])
    assert made.sources == (bound, free)
    weights = exported(tmp_path / "weights")
    card = write_card(weights, made)
    assert card == weights / "CARD.md"
    text = card.read_text()
    for told in (
        "# kgbuilder-tagger 9",
        "| a | 2 documents | CC BY-NC |",
        "| b | 3 documents | CC0 |",
        "the licence of the weights",
        "| t.pt: dev | F1 71 |",
        "Seed 5",
        "python pack.py --into 'my dir'\npython train.py\n```",
    ):
        assert told in text
    add_to_card(weights, sources=[Source("c", "1", "MIT")], scores=[("dev", "F1 72")])
    assert "| c | 1 | MIT |" in card.read_text()
    assert "| t.pt: dev | F1 71 |\n| dev | F1 72 |" in card.read_text()
    card.write_text("By hand.")
    assert write_card(weights, made) == weights / "CARD.new.md"
    assert card.read_text() == "By hand."


def test_weights_under_a_permissive_licence_saw_nothing_else(tmp_path: Path) -> None:
    Made((Source("b", "3", "CC0"),)).save(tmp_path / "free.pt")
    Made((Source("b", "3", "CC0"), Source("a", "2", "NC", False))).save(tmp_path / "bound.pt")
    weights = exported(tmp_path / "shipped") / "model.int8.onnx"
    strict: dict[str, Any] = {"permissive": True}
    refuse_non_commercial([tmp_path / "free.pt"], strict)
    for path, what in (
        (tmp_path / "bound.pt", "bound.pt: a"),
        (tmp_path / "old.pt", "old.pt: old.pt"),  # nobody knows from what
        (weights, "weights kgbuilder-tagger 9"),
    ):
        refuse_non_commercial([path], {})
        with pytest.raises(ConfigError, match=what):
            refuse_non_commercial([tmp_path / "free.pt", path], strict)
