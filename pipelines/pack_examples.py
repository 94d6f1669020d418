"""Write what the tagger and the relater are trained on into a few files, for a machine with a GPU.

python pipelines/pack_examples.py texts --into DIR [--medline FILE.xml.gz ...]
python pipelines/pack_examples.py read --into DIR [--part 0/5] [--tagger FOLDER]
python pipelines/pack_examples.py rows --into DIR
python pipelines/pack_examples.py tags --into DIR [--corpora NAME ...]
python pipelines/pack_examples.py notes --into DIR
python pipelines/pack_examples.py pairs --into DIR [--distant DISTANT]
python pipelines/pack_examples.py base --into DIR/mpnet --base MPNET_FOLDER

`texts`: the raw corpora of recipes/encoder.toml, and MEDLINE files where given, less what shares a PMID
or a passage with what is held out there. `read`: the mentions that what ships finds in abstracts of
these. `rows`: these texts for masked-language training. `tags`: the corpora of recipes/tagger.toml, its
documents to choose by, and sentences of the texts without labels, which a teacher answers. `notes`:
lines with marks in them and made-up notes, and texts of `tags` without their labels. `pairs`: as `tags`,
of recipes/relater.toml; its texts without labels are those that were read, and a part of the labelled
ones, of which a relater that goes on keeps what it said. `base`: MPNet's encoder
with its pieces in the order of BERT's, which differ in their ids alone, so that teacher and student read
the same files. `train_packed.py` trains from them. With `permissive = true` in recipes/terms.toml only
what is for commercial use is packed. Beside each file stands what it was made from (`nn/made.py`).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from kgbuilder.api import pipeline
from kgbuilder.config import Recipe, RecognizeRecipe
from kgbuilder.evaluate.corpora import read_corpus
from kgbuilder.evaluate.raw_text import RawText
from kgbuilder.evaluate.splits import carve
from kgbuilder.issues import Issues
from kgbuilder.model import Document, is_linked
from kgbuilder.nn.checkpoint import save_checkpoint
from kgbuilder.nn.encoder import Encoder, load_encoder, minilm_folder
from kgbuilder.nn.examples import sentence_bounds
from kgbuilder.nn.labels import LabelSpace
from kgbuilder.nn.licences import source_of
from kgbuilder.nn.made import Source, made_by_this_command
from kgbuilder.nn.masked_text import pack_texts
from kgbuilder.nn.packed import PackedPair, PackedPairs, PackedTags
from kgbuilder.nn.pair_classifier import PairExample
from kgbuilder.nn.pair_labels import PairLabels
from kgbuilder.nn.pieces import Pieces
from kgbuilder.ontology.vocabularies import Vocabularies
from kgbuilder.recognize.dictionary import DictionaryRecognizer
from kgbuilder.train.encoder import TextCounts, iter_texts
from kgbuilder.train.read_texts import read_documents, unlabelled
from kgbuilder.train.recipe_passes import Builder, read_all
from kgbuilder.train.recipes import parse_encoder_recipe, read_recipe
from kgbuilder.train.tagged_corpora import corpus_examples, made_up_notes, note_examples
from kgbuilder.train.tagged_examples import (
    CorpusLabels,
    ExampleMaker,
    iter_sentences,
    mapped_spans,
)

RECIPES = Path(__file__).parent / "recipes"
TEXTS = "texts.jsonl"
INVENTED = (RECIPES / "notes.toml", RECIPES / "notes_more.toml")
TAGGER = Path("kgbuilder/nn/weights/tagger")
CORPORA = Path("../shared/corpora")
DEV = {
    "bc5cdr-dev": "bc5cdr-dev",
    "maccrobat": "maccrobat",
    "ncbi-dev": "ncbi-train",
    "biored-dev": "biored-train",
}
"""What to choose the tagger by -> whose labels it has in the recipe."""
TEST = {"bc5cdr-test": "bc5cdr-dev", "bc2gm-test": "bc2gm-dev"}
ABSTRACTS = ("raw_ohsumed", "raw_medical_abstracts")
"""Sources of abstracts, beside MEDLINE files, whose mentions are read."""


def texts(args: argparse.Namespace) -> None:
    """JSONL of source, id and text."""
    path, issues = RECIPES / "encoder.toml", Issues()
    recipe = parse_encoder_recipe(read_recipe(path), where=str(path))
    if recipe.permissive and args.medline:
        raise SystemExit("permissive = true: MEDLINE's abstracts do not state a licence")
    recipe = replace(recipe, sources=(*recipe.sources, *map(str, args.medline)))
    counts: dict[str, TextCounts] = {}
    with (args.into / TEXTS).open("w") as lines:
        for raw in iter_texts(recipe, counts, CORPORA, issues):
            source = Path(next(reversed(counts))).name
            lines.write(json.dumps({"source": source, "id": raw.id, "text": raw.text}) + "\n")
    sources = [_raw_source(name, count) for name, count in counts.items()]
    made_by_this_command([], sources=sources).save(args.into / TEXTS)
    print(*sources, f"counted issues: {issues.counts()}", sep="\n")


def _raw_source(name: str, count: TextCounts) -> Source:
    """Raw texts for the card: for commercial use where each states a licence that allows it."""
    size = f"{count.n_texts} texts, {count.n_words} words, {count.n_overlapping} held out"
    terms = ", ".join(f"{licence} ({n})" for licence, n in sorted(count.licences.items()))
    free = not any(RawText("", "", licence=licence).non_commercial for licence in count.licences)
    stated = sum(count.licences.values()) == count.n_texts
    return Source(Path(name).name, size, terms or "not stated", free and stated)


def read(args: argparse.Namespace) -> None:
    """JSONL of id, text and entities ``[start, end, type, concept]``; a name without an identifier is
    its own concept. A part that was cut off goes on.
    """
    part, parts = map(int, args.part.split("/"))
    reader = pipeline(Recipe(recognize=RecognizeRecipe(model=str(args.tagger or ""))))
    path = args.into / f"read{part}.jsonl"
    n_done = len(path.read_text().splitlines()) if path.exists() else 0
    n = 0
    with path.open("a") as lines:
        for source, id, text in raw_texts(args.into / TEXTS):
            named = f"{source}/{id}"
            lot = int(hashlib.sha256(named.encode()).hexdigest()[:8], 16)
            if not (source in ABSTRACTS or source.endswith(".xml.gz")) or lot % parts != part:
                continue
            if not 60 <= len(text.split()) <= 420:
                continue
            n += 1
            if n <= n_done:
                continue
            document = Document(named, text, "raw", kind="paper")
            mentions = [m for row in reader.mentions(document)[1] for m in row]
            entities = [
                (
                    m.span.start,
                    m.span.end,
                    m.type.value,
                    str(c[0].concept) if c and is_linked(c[0].concept) else m.text.lower(),
                )
                for m, c in zip(mentions, reader.linker.link(document, mentions), strict=True)
            ]
            lines.write(json.dumps({"id": named, "text": text, "entities": entities}) + "\n")
    by = (args.tagger or TAGGER) / "model.int8.onnx"
    made_by_this_command([args.into / TEXTS, by]).save(path)
    print(path.name, n, "texts")


def raw_texts(path: Path) -> Iterator[tuple[str, str, str]]:
    """``(source, id, text)`` of a file of raw texts."""
    with path.open() as lines:
        for line in lines:
            record = json.loads(line)
            yield record["source"], record["id"], record["text"]


def rows(args: argparse.Namespace) -> None:
    """Shuffled rows of 128 pieces."""
    pieces = Pieces(minilm_folder() / "tokenizer.json")
    packed = pack_texts((text for _, _, text in raw_texts(args.into / TEXTS)), pieces, length=128)
    order = np.random.default_rng(7).permutation(len(packed))
    np.save(args.into / "rows.npy", packed[order].astype(np.uint16))
    made_by_this_command([args.into / TEXTS]).save(args.into / "rows.npy")
    print("rows", packed.shape)


def known(names: Sequence[str] | None, tables: Mapping[str, Any]) -> list[str]:
    """``names``, all of which the recipe has. :raises SystemExit: when it lacks one."""
    if unknown := set(names or ()) - set(tables):
        raise SystemExit(f"no such corpora in the recipe: {unknown}; it has {', '.join(tables)}")
    return list(names or ())


def tags(args: argparse.Namespace) -> None:
    """Labelled examples, those to choose by, and raw ones."""
    recipe = read_recipe(RECIPES / "tagger.toml")
    tables = recipe["corpora"]
    recipe["corpora"] = {name: tables[name] for name in known(args.corpora, tables) or tables}
    pieces = Pieces(minilm_folder() / "tokenizer.json")
    space, issues = LabelSpace(tuple(recipe["types"])), Issues()
    dictionary = DictionaryRecognizer(Vocabularies().lexicon())
    maker = ExampleMaker(pieces, space, max_pieces=recipe["max_pieces"], dictionary=dictionary)
    sources: list[Source] = []
    examples = corpus_examples(recipe, CORPORA, maker, issues=issues, on_corpus=sources.append)
    if not args.corpora:
        invented = note_examples(made_up_notes(INVENTED, CORPORA), maker)
        examples += invented
        sources.append(_made_up(len(invented)))
    _tags(args.into / "tags.npz", examples, maker, sources)
    for name, like in (DEV | TEST).items():
        if like not in tables:
            continue
        documents = list(read_corpus(name, root=CORPORA, issues=issues))
        if name in recipe["dev"]:
            documents = carve(documents, recipe["dev"][name])[0]
        labels = CorpusLabels.of(tables[like])
        made = [
            placed.example
            for document in documents
            for _, text, inner in iter_sentences(document, mapped_spans(document, labels))
            for placed in maker.examples(text, inner, labels.annotates)
        ]
        like_it = [source_of(name, f"{len(documents)} documents", tables[like])]
        _tags(args.into / f"tags_{name}.npz", made, maker, like_it)
    if (args.into / TEXTS).exists():
        raw = [
            placed.example
            for sentence in raw_sentences(args.into / TEXTS, args.sentences)
            for placed in maker.examples(sentence, [], frozenset())
        ]
        _tags(args.into / "tags_raw.npz", raw, maker, [], args.into / TEXTS)


def notes(args: argparse.Namespace) -> None:
    """What teaches the way of notes, and papers that shall be read as before."""
    recipe = read_recipe(RECIPES / "tagger.toml")
    pieces, issues = Pieces(minilm_folder() / "tokenizer.json"), Issues()
    space = LabelSpace(tuple(recipe["types"]))
    dictionary = DictionaryRecognizer(Vocabularies().lexicon())

    def maker() -> ExampleMaker:
        return ExampleMaker(pieces, space, max_pieces=recipe["max_pieces"], dictionary=dictionary)

    def labelled(corpora: dict[str, Any], make: ExampleMaker) -> tuple[list[Any], list[Source]]:
        part, sources = {**recipe, "corpora": corpora}, list[Source]()
        made = corpus_examples(part, CORPORA, make, issues=issues, on_corpus=sources.append)
        return made, sources

    make = maker()
    made, sources = labelled({"lines": recipe["corpora"].pop("lines")}, make)
    _tags(args.into / "tags_lines.npz", made, make, sources)
    make = maker()
    invented = note_examples(made_up_notes(INVENTED, CORPORA), make)
    _tags(args.into / "tags_notes.npz", invented, make, [_made_up(len(invented))])
    papers, sources = labelled(recipe["corpora"], maker())
    everything = np.ones((1, space.n_labels), dtype=np.bool_)
    chosen = random.Random(7).sample(papers, len(papers) // 2)  # noqa: S311
    free = [replace(e, allowed=(0,) * len(e.allowed)) for e in chosen]
    PackedTags(free, everything).save(args.into / "tags_papers.npz")
    made_by_this_command([], sources=sources).save(args.into / "tags_papers.npz")


def _made_up(n: int) -> Source:
    terms = "this project; names of DrugBank's open vocabulary (CC0), MeSH and HPO"
    return Source("sentences from templates", f"{n} examples", terms)


def raw_sentences(path: Path, n: int) -> list[str]:
    """``n`` sentences of 40 to 400 characters by lot; no source gives more than a fifth of them."""
    by_source: dict[str, list[tuple[str, int, str]]] = {}
    rng = random.Random(7)  # noqa: S311
    for source, id, text in raw_texts(path):
        if len(text) > 30_000:  # a stretch of a long text will do
            start = rng.randrange(len(text) - 30_000)
            text = text[start : start + 30_000]
        for a, b in sentence_bounds(text, []):
            if 40 <= b - a <= 400:
                key = hashlib.sha256(f"{source}/{id}/{a}".encode()).hexdigest()
                by_source.setdefault(source, []).append((key, a, text[a:b]))
    most = n // 5
    chosen = [row for each in by_source.values() for row in sorted(each)[:most]]
    print({source: len(each) for source, each in by_source.items()})
    return [text for _, _, text in sorted(chosen)[:n]]


def _tags(
    path: Path, examples: list[Any], maker: ExampleMaker, sources: list[Source], *inputs: Path
) -> None:
    PackedTags(examples, maker.allowed_sets()).save(path)
    made_by_this_command(inputs, sources=sources).save(path)
    print(*sources, sep="\n")
    n = sum(len(e.ids) for e in examples)
    print(path.name, len(examples), "examples", n, "pieces", path.stat().st_size, flush=True)


def pairs(args: argparse.Namespace) -> None:
    """Labelled passes, those to choose by, and passes of raw texts whose mentions were read."""
    recipe = read_recipe(RECIPES / "relater.toml")
    own = known(args.corpora, recipe["corpora"])
    pieces = Pieces(minilm_folder() / "tokenizer.json")
    labels = PairLabels.of(recipe["kinds"], recipe["classes"], recipe["passage_kinds"])
    for kind, names in labels.kinds.items():  # the same rows, whatever is packed
        labels.row(names, kind)
    sources: list[Source] = []
    rest, carved = read_all(recipe, CORPORA, args.distant, Issues(), say=sources.append)
    print(*sources, sep="\n", flush=True)
    seed = recipe["train"]["seed"]
    builder = Builder(recipe, labels, pieces, rng=random.Random(seed))  # noqa: S311
    judge = Builder(recipe, labels, pieces)
    packs: dict[str, list[PairExample]] = {"pairs": []}
    for name, table in recipe["corpora"].items():
        learned = builder.of(rest[name], table).all()
        packs["pairs"] += learned
        if name in own:
            packs[f"pairs_{name}_train"] = learned
        made = judge.of(carved[name], table)
        packs[f"pairs_{name}"] = made.sentences
        packs[f"pairs_{name}_passages"] = made.passages
    invented = builder.notes(RECIPES / "notes.toml")
    packs["pairs"] += invented
    sources.append(_made_up(len(invented)))
    taught = {row for name in own for e in packs[f"pairs_{name}_train"] for row in e.possible}
    others = [e for e in packs["pairs"] if taught.isdisjoint(e.possible)]
    kept = random.Random(seed).sample(others, round(args.kept * len(others)))  # noqa: S311
    packs["pairs_kept"] = [replace(e, allowed=e.possible) for e in kept]
    passages = replace(builder, rng=None)
    packs["pairs_raw"] = []
    were_read = sorted(args.into.glob("read*.jsonl"))
    for path in were_read:
        for document, whole in read_documents(path, args.passages):
            table = unlabelled(recipe, passages=whole)
            packs["pairs_raw"] += passages.of([document], table).all()
    for name, examples in packs.items():
        if examples:
            whole = [
                PackedPair(
                    e.layout,
                    *(np.array(row, np.uint16) for row in (e.possible, e.allowed, e.groups)),
                )
                for e in examples
            ]
            path = args.into / f"{name}.npz"
            PackedPairs(whole, labels.table()).save(path)
            inputs, told = (were_read, []) if name == "pairs_raw" else ([], sources)
            made_by_this_command(inputs, sources=told).save(path)
            n = sum(len(e.layout.ids) for e in examples)
            print(path.name, len(examples), "passes", n, "pieces", path.stat().st_size, flush=True)


def base(args: argparse.Namespace) -> None:
    """MPNet's encoder in BERT's pieces."""
    encoder = load_encoder(args.base)
    theirs = Pieces(args.base / "tokenizer.json")
    ours = Pieces(minilm_folder() / "tokenizer.json")
    special = {"[CLS]": "<s>", "[SEP]": "</s>", "[PAD]": "<pad>", "[MASK]": "<mask>"}
    at = [theirs.id_of(special.get(name, name)) for name in ours.names()]
    assert None not in at
    state = encoder.state_dict()
    state["pieces.weight"] = state["pieces.weight"][at]
    aligned = Encoder(replace(encoder.shape, n_pieces=len(at)))
    aligned.load_state_dict(state)
    save_checkpoint(aligned, args.into, tokenizer=minilm_folder())
    source = Source(args.base.name, "encoder", args.base_licence, bool(args.base_licence))
    made_by_this_command([], sources=[source]).save(args.into)


def main() -> None:
    """Parse and run one step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    steps = {f.__name__: f for f in (texts, read, rows, tags, notes, pairs, base)}
    parser.add_argument("step", choices=steps)
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--medline", type=Path, nargs="+", default=[])
    parser.add_argument("--part", default="0/1", help="of read: this part of so many")
    parser.add_argument(
        "--corpora",
        nargs="+",
        help="of tags: these alone, and no made-up notes; of pairs: these in a file each, too",
    )
    parser.add_argument(
        "--kept",
        type=float,
        default=0.25,
        help="share of passes packed without labels, too, of kinds that are not in `--corpora`",
    )
    parser.add_argument("--sentences", type=int, default=250_000, help="of the texts, for tags")
    parser.add_argument("--distant", type=Path, help="file of build_distant_phenotypes.py")
    parser.add_argument(
        "--passages",
        type=int,
        default=1500,
        help="texts of each part that are read as passages, too",
    )
    parser.add_argument("--tagger", type=Path, help="of read: an exported one, if not the shipped")
    parser.add_argument("--base", type=Path, help="of base: MPNet's folder")
    parser.add_argument("--base-licence", default="Apache-2.0", help="of base: all-mpnet-base-v2's")
    args = parser.parse_args()
    args.into.mkdir(parents=True, exist_ok=True)
    steps[args.step](args)


if __name__ == "__main__":
    main()
