"""How fast all stages read raw abstracts, against a BERT-base-shaped tagger alone, in one run.

    python pipelines/bench_reading.py [--corpus bc5cdr-dev] [--documents 24] [--rounds 3]
    python pipelines/bench_reading.py --load    processor seconds until the models are loaded

Both use one thread. The other side is a randomly initialized encoder of BERT-base's shape (12 layers,
768 wide, float32, torch) with a linear head, over batches of 32 padded sentences in text order; its
sentences and pieces are made beforehand and not timed, ours are. Seconds are those that the processor
spent on this process, and the two take turns, so that whatever else the machine does touches neither
much; medians are told, and only their ratio means something elsewhere. Each round reads other documents,
and none that was read before, since names that were met are remembered. Words are what white space
divides. Needs torch. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from kgbuilder import api
from kgbuilder.config import read_recipe
from kgbuilder.evaluate.corpora import read_corpus
from kgbuilder.issues import Issues
from kgbuilder.model import Document
from kgbuilder.stages import Pipeline

CORPORA = Path(os.environ.get("KGBUILDER_CORPORA", "../shared/corpora"))
STAGES = ("segmenter", "recognizer", "qualifier", "linker", "relater")
BATCH = 32
N_LABELS = 35


class Watched:
    """A stage whose calls are timed."""

    def __init__(self, stage: Any, name: str, spent: Counter[str]) -> None:
        self._stage, self._name, self._spent = stage, name, spent
        self.name = getattr(stage, "name", name)

    def __getattr__(self, method: str) -> Callable[..., Any]:
        call = getattr(self._stage, method)

        def timed(*given: Any) -> Any:
            begun = time.process_time()
            answer = call(*given)
            self._spent[self._name] += time.process_time() - begun  # type: ignore[assignment]
            return answer

        return timed


def ours(pipeline: Pipeline, documents: Sequence[Document]) -> Callable[[], Counter[str]]:
    """Reads every document with every stage; gives the seconds of each stage."""

    def read() -> Counter[str]:
        spent: Counter[str] = Counter()
        watched = {n: Watched(getattr(pipeline, n), n, spent) for n in STAGES}
        timed = replace(pipeline, **watched)
        for document in documents:
            timed.read(document)
        return spent

    return read


def bert_base(batches: Sequence[Any]) -> Callable[[], None]:
    """Tags every batch; the weights are random, which changes no operation."""
    import torch

    from kgbuilder.nn.encoder import Encoder, EncoderShape

    torch.set_num_threads(1)
    torch.manual_seed(0)
    shape = EncoderShape(n_pieces=30522, width=768, n_layers=12, n_heads=12, inner_width=3072)
    encoder = Encoder(shape).eval()
    head = torch.nn.Linear(shape.width, N_LABELS)

    def tag() -> None:
        with torch.inference_mode():
            for ids, mask in batches:
                head(encoder(ids, mask)).argmax(dim=-1)

    return tag


def padded(documents: Sequence[Document], pipeline: Pipeline) -> list[Any]:
    """(ids, mask) per 32 sentences, each padded to the longest of its batch, 512 pieces at most."""
    import torch
    from tokenizers import Tokenizer

    import kgbuilder.nn

    folder = Path(kgbuilder.nn.__file__).parent / "weights" / "tagger"
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_padding()
    tokenizer.enable_truncation(512)
    texts = [s.text for d in documents for s in pipeline.segmenter.sentences(d)]
    batches = []
    for at in range(0, len(texts), BATCH):
        rows = tokenizer.encode_batch(texts[at : at + BATCH])
        ids = torch.tensor([row.ids for row in rows])
        batches.append((ids, torch.tensor([row.attention_mask for row in rows]).float()))
    return batches


def seconds(run: Callable[[], Any]) -> tuple[float, Any]:
    """Processor time of one call, and its answer."""
    begun = time.process_time()
    answer = run()
    return time.process_time() - begun, answer


def compare(
    corpus: str, n_documents: int, n_rounds: int, recipe: str | None = None
) -> dict[str, Any]:
    """Words a second of both, the ratio, and where our time goes."""
    wanted = n_documents * (n_rounds + 1)
    gold = list(read_corpus(corpus, root=CORPORA, issues=Issues()))[:wanted]
    documents = [Document(g.id, g.text, corpus, kind="paper") for g in gold]
    rounds = [documents[at : at + n_documents] for at in range(0, len(documents), n_documents)]
    n_words = [sum(len(d.text.split()) for d in some) for some in rounds]
    pipeline = api.pipeline(read_recipe(Path(recipe)) if recipe else None)
    ours(pipeline, rounds[-1])()  # indexes are made at first use
    taken, theirs, spent = [], [], Counter[str]()
    for some, n in zip(rounds[:-1], n_words, strict=False):
        took, stages = seconds(ours(pipeline, some))
        taken.append(took / n)
        spent += stages
        theirs.append(seconds(bert_base(padded(some, pipeline)))[0] / n)
    total = sum(spent.values())
    return {
        "corpus": corpus,
        "n_documents": sum(map(len, rounds[:-1])),
        "n_words": sum(n_words[:-1]),
        "words_a_second": round(1 / median(taken)),
        "bert_base_words_a_second": round(1 / median(theirs), 1),
        "ratio": round(median(t / o for t, o in zip(theirs, taken, strict=True)), 2),
        "share": {name: round(spent[name] / total, 3) for name in STAGES},
    }


def load() -> dict[str, float]:
    """Processor seconds until each model of a fresh process is ready; imports stand apart."""
    begun = time.process_time()
    from kgbuilder.recognize.transformer import TransformerRecognizer
    from kgbuilder.relate.transformer import TransformerRelater

    imported = time.process_time()
    TransformerRecognizer()
    tagger = time.process_time()
    TransformerRelater()
    relater = time.process_time()
    times = {
        "imports_s": imported - begun,
        "tagger_s": tagger - imported,
        "relater_s": relater - tagger,
    }
    return {name: round(value, 3) for name, value in times.items()}


def main() -> None:
    """Print the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--corpus", default="bc5cdr-dev")
    arguments.add_argument("--documents", type=int, default=24, help="of a round")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--recipe", help="other methods or weights than those that ship")
    arguments.add_argument("--load", action="store_true")
    given = arguments.parse_args()
    if given.load:
        print(json.dumps(load()))
    else:
        figures = compare(given.corpus, given.documents, given.rounds, given.recipe)
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
