"""What the steps before a training pack under permissive terms, and what they note of it."""

from __future__ import annotations

import json
import lzma
import shutil
from argparse import Namespace
from pathlib import Path

import pytest

from kgbuilder.evaluate.annotated import AnnotatedDocument, AnnotatedRelation, Annotation
from kgbuilder.nn.made import Made
from kgbuilder.nn.packed import PackedPairs, PackedTags

pytestmark = pytest.mark.extra

PIPELINES = Path(__file__).parents[2] / "pipelines"
TEXT = "The nephrotoxicity of gentamicin was seen in two of the patients."
DOCUMENT = AnnotatedDocument(
    "9",
    TEXT,
    (
        Annotation("T1", 4, 18, "Disease", ("D1",)),
        Annotation("T2", 22, 32, "Chemical", ("C1",)),
    ),
    (AnnotatedRelation("CID", "C1", "D1"),),
    "9",
)


def test_texts_tags_and_pairs_are_packed_under_permissive_terms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(PIPELINES))
    import pack_examples as pack

    from kgbuilder.train import encoder, recipe_passes, tagged_corpora

    def read_corpus(name: str, **_: object) -> list[AnnotatedDocument]:
        return [DOCUMENT] if name == "bc5cdr-train" else []

    for module in (pack, encoder, recipe_passes, tagged_corpora):
        monkeypatch.setattr(module, "read_corpus", read_corpus)
    monkeypatch.setattr(tagged_corpora, "read_set", read_corpus)
    shutil.copytree(PIPELINES / "recipes", tmp_path / "recipes")
    (tmp_path / "recipes" / "terms.toml").write_text("permissive = true\n")
    monkeypatch.setattr(pack, "RECIPES", tmp_path / "recipes")
    monkeypatch.setattr(pack, "CORPORA", tmp_path)
    recipe = pack.read_recipe(tmp_path / "recipes" / "encoder.toml")
    for name in recipe["sources"]:
        (tmp_path / name).mkdir()
        with lzma.open(tmp_path / name / "a.jsonl.xz", "wt") as lines:
            for licence in ("cc-by", "cc-by-nc"):
                lines.write(json.dumps({"text": f"{TEXT} ({licence})", "license": licence}) + "\n")

    args = Namespace(into=tmp_path, medline=[], corpora=["bc5cdr-train"], sentences=9)
    args.distant, args.passages, args.kept = None, 0, 0.5
    pack.texts(args)
    texts = [json.loads(line)["text"] for line in (tmp_path / "texts.jsonl").open()]
    assert {text.rpartition("(")[2] for text in texts} == {"cc-by)"}
    pack.rows(args)
    pack.tags(args)
    pack.pairs(args)
    for name, has in {
        "texts.jsonl": "raw_medquad",
        "rows.npy": "raw_medquad",
        "tags.npz": "bc5cdr-train",
        "tags_raw.npz": "raw_medquad",
        "pairs.npz": "bc5cdr-train",
    }.items():
        made = Made.load(tmp_path / name)
        assert all(source.commercial for source in made.sources), name
        assert has in {source.name for source in made.sources}
        assert made.commands
    assert len(PackedTags.load(tmp_path / "tags.npz").examples) == 1
    assert len(PackedTags.load(tmp_path / "tags_raw.npz").examples) > 0
    (sizes,) = (s.size for s in Made.load(tmp_path / "tags.npz").sources)
    assert sizes == "1 documents, 0 held out, 1 examples"
    whole = PackedPairs.load(tmp_path / "pairs.npz")
    assert len(whole.examples) > 2  # and made-up notes
    own = PackedPairs.load(tmp_path / "pairs_bc5cdr-train_train.npz")
    assert 0 < len(own.examples) < len(whole.examples)
    kept = PackedPairs.load(tmp_path / "pairs_kept.npz")
    taught = {row for e in own.examples for row in e.possible.tolist()}
    assert 0 < len(kept.examples) < 0.5 * len(whole.examples) + 1
    assert all(taught.isdisjoint(e.possible.tolist()) for e in kept.examples)
    assert all(e.allowed.tolist() == e.possible.tolist() for e in kept.examples)
    assert (own.sets == whole.sets).all()
    assert (kept.sets == whole.sets).all()
    args.medline = ["a.xml.gz"]
    with pytest.raises(SystemExit, match="MEDLINE"):
        pack.texts(args)
