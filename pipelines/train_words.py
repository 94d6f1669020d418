"""Train the network over words that reads beside the tagger.

python pipelines/train_words.py vectors --into DIR --texts texts.jsonl
python pipelines/train_words.py network --into DIR --weights kgbuilder/nn/weights/tagger

The first trains vectors of runs of letters on raw text, which `pack_examples.py texts` writes (floret,
some 25 minutes of processor). The second trains the network on the corpora of recipes/tagger.toml (two
minutes an epoch and core), prints its F1 on the documents to choose by, alone and blended with the
tagger, and writes it with `--weights`; killed and started again it goes on. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kgbuilder.evaluate.corpora import read_corpus
from kgbuilder.evaluate.splits import carve
from kgbuilder.issues import Issues
from kgbuilder.nn.export_words import export_word_tagger
from kgbuilder.nn.labels import LabelSpace
from kgbuilder.nn.made import Source, made_by_this_command
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.runtime import OnnxModel
from kgbuilder.nn.training import Plan
from kgbuilder.nn.word_tagger import WordTagger, fit_word_tagger, word_log_probabilities
from kgbuilder.nn.words import (
    LONGEST,
    N_HASHES,
    SHORTEST,
    VECTORS_FILE,
    WORDS_FILE,
    WordVectors,
    blended,
)
from kgbuilder.ontology.vocabularies import Vocabularies
from kgbuilder.recognize.dictionary import DictionaryRecognizer
from kgbuilder.train.recipes import read_recipe
from kgbuilder.train.run_card import MODEL, add_to_card, refuse_non_commercial
from kgbuilder.train.tagged_corpora import corpus_examples, made_up_notes, note_examples
from kgbuilder.train.tagged_examples import (
    CorpusLabels,
    ExampleMaker,
    iter_sentences,
    mapped_spans,
)
from kgbuilder.train.tagger_scores import Dev, answers_f1

RECIPES = Path(__file__).parent / "recipes"
TAGGER = Path("kgbuilder/nn/weights/tagger")
WORD = re.compile(r"[^\W_]+|[^\w\s]|_")
"""Words as the tagger's pieces have them."""
SHARES = (0.0, 0.3, 0.4, 0.5, 1.0)
"""Of the words beside the tagger, that are compared."""
LINE = 400
"""Words a line of raw text: floret's windows do not go over its end."""


def main() -> None:
    """Parse and run one of the two steps."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("step", choices=("vectors", "network"))
    parser.add_argument("--into", type=Path, required=True, help="folder of the run")
    parser.add_argument("--corpora", type=Path, default=Path("../shared/corpora"))
    parser.add_argument("--texts", type=Path, help="of vectors: JSONL of texts")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--weights", type=Path, help="folder of a tagger that gets the network")
    args = parser.parse_args()
    recipe = tomllib.loads((RECIPES / "words.toml").read_text())
    args.into.mkdir(parents=True, exist_ok=True)
    if args.step == "vectors":
        train_vectors(recipe["vectors"], raw_texts(args.texts), args.into, args.threads)
        made_by_this_command([args.texts]).save(args.into / "vectors.npy")
    else:
        torch.set_num_threads(args.threads)
        train_network(recipe, args.corpora, args.into, args.weights)


def train_vectors(table: Mapping[str, Any], texts: Iterator[str], into: Path, threads: int) -> None:
    """Raw text to ``vectors.npy`` ``[rows, width]``."""
    import floret

    text = into / "text.txt"
    if not text.exists():
        part = text.with_suffix(".part")
        n_words = 0
        with part.open("w", encoding="utf-8") as lines:
            for raw in texts:
                words = WORD.findall(raw.lower())
                n_words += len(words)
                for at in range(0, len(words), LINE):
                    lines.write(" ".join(words[at : at + LINE]) + "\n")
        part.replace(text)
        print(f"{n_words} words of raw text", flush=True)
    model = floret.train_unsupervised(
        str(text),
        model="skipgram",
        mode="floret",
        hashCount=N_HASHES,
        bucket=table["rows"],
        minn=SHORTEST,
        maxn=LONGEST,
        dim=table["width"],
        epoch=table["epochs"],
        minCount=table["least_count"],
        ws=table["window"],
        lr=table["rate"],
        thread=threads,
    )
    model.save_floret_vectors(str(into / "vectors.floret"))
    rows = np.zeros((table["rows"], table["width"]), dtype=np.float32)
    with (into / "vectors.floret").open(encoding="utf-8") as lines_of:
        next(lines_of)
        for line in lines_of:
            number, *values = line.split()
            rows[int(number)] = [float(value) for value in values]
    np.save(into / "vectors.npy", rows)


def raw_texts(path: Path) -> Iterator[str]:
    """The texts of a file of `pack_examples.py texts`."""
    with path.open() as lines:
        for line in lines:
            yield str(json.loads(line)["text"])


def train_network(
    recipe: Mapping[str, Any], corpora: Path, into: Path, weights: Path | None
) -> None:
    """Examples of the tagger's recipe to a network; its states in ``into``."""
    table = read_recipe(RECIPES / "tagger.toml")
    refuse_non_commercial([into / "vectors.npy", *([weights / MODEL] if weights else [])], table)
    pieces, space = Pieces(TAGGER / "tokenizer.json"), LabelSpace(tuple(table["types"]))
    dictionary = DictionaryRecognizer(Vocabularies().lexicon())
    maker = ExampleMaker(pieces, space, max_pieces=table["max_pieces"], dictionary=dictionary)
    issues = Issues()
    for corpus in table["corpora"].values():
        corpus.pop("keep_empty", None)  # it is quick: all sentences are read
    sources: list[Source] = []
    examples = corpus_examples(table, corpora, maker, issues=issues, on_corpus=sources.append)
    print(*sources, sep="\n")
    notes = made_up_notes([RECIPES / "notes.toml"], corpora)
    examples += note_examples(notes, maker)
    dev = dev_sets(table, corpora, maker, issues)
    print(f"{len(examples)} sentences, {sum(len(e.words) for e in examples)} words", flush=True)
    plan = Plan(**recipe["train"])
    torch.manual_seed(plan.seed)
    model = WordTagger(
        np.load(into / "vectors.npy"),
        space.n_labels,
        size=recipe["network"]["size"],
        dropout=recipe["network"]["dropout"],
    )
    read = {name: tagger_says(rows) for name, rows in dev.items()}
    scores: list[tuple[str, str]] = []

    def on_epoch(epoch: int) -> None:
        torch.save(model.state_dict(), into / f"epoch{epoch + 1}.pt")
        scores.clear()
        for name, rows in dev.items():
            flat = [placed.example for _, _, some in rows for _, placed in some]
            said = word_log_probabilities(model, flat)
            both = list(zip(read[name], said, strict=True))
            for share in SHARES:
                f1 = answers_f1((blended(a, b, share) for a, b in both), rows, space)
                scores.append((name, f"words' share {share}: F1 {100 * f1:.2f}"))
                print(epoch + 1, *scores[-1], flush=True)

    fit_word_tagger(
        model,
        examples,
        maker.allowed_sets(),
        plan=plan,
        folder=into,
        hidden_share=table["hide_hints"],
        on_epoch=on_epoch,
    )
    if weights:
        state = {name: value.float().numpy() for name, value in model.state_dict().items()}
        WordVectors.of(state["encoder.weight"]).save(weights / VECTORS_FILE)
        export_word_tagger(state, weights / WORDS_FILE)
        add_to_card(weights, [into / "vectors.npy"], sources=sources, scores=scores)


def dev_sets(
    table: Mapping[str, Any], corpora: Path, maker: ExampleMaker, issues: Issues
) -> dict[str, Dev]:
    """Documents to choose by: those carved out, and the scored development sets."""
    like = {"ncbi-dev": "ncbi-train", "biored-dev": "biored-train"}
    found: dict[str, Dev] = {}
    for name in (*table["dev"], *like):
        documents = list(read_corpus(name, root=corpora, issues=issues))
        if name in table["dev"]:
            documents = carve(documents, table["dev"][name])[0]
        corpus = table["corpora"][like.get(name, name)]
        labels = CorpusLabels.of(corpus)
        found[name] = [
            (
                document,
                labels,
                [
                    (offset, placed)
                    for offset, text, inner in iter_sentences(
                        document, mapped_spans(document, labels)
                    )
                    for placed in maker.examples(text, inner, labels.annotates)
                ],
            )
            for document in documents
        ]
    return found


def tagger_says(dev: Dev) -> list[Any]:
    """``[n_words, n_labels]`` of each example by the shipped tagger."""
    model = OnnxModel(TAGGER / "model.int8.onnx")
    examples = [placed.example for _, _, rows in dev for _, placed in rows]
    return [
        model.run({"ids": np.array([e.ids], dtype=np.int64), "hints": e.hints[None]})[0][
            list(e.first)
        ]
        for e in examples
    ]


if __name__ == "__main__":
    main()
