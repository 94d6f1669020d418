"""Read what MedQuAD's answers say of diseases into a graph: does literature help a diagnosis?

    python pipelines/build_medquad.py --into medquad.kg
    kgbuilder evaluate diagnosis --corpus phenopackets --graph medquad.kg

Read are the answers that tell what a disease is and what its symptoms are, those on rare diseases first.
Answers that name the Human Phenotype Ontology are left out: they list its annotations, which the cases
are scored by. Killed and started again it goes on.
"""

from __future__ import annotations

import argparse
import json
import lzma
from collections.abc import Iterator
from pathlib import Path

from kgbuilder import api
from kgbuilder.issues import Issues
from kgbuilder.model import Document
from kgbuilder.scoring import corpora_root
from kgbuilder.store.open import open_store

KINDS = ("symptoms", "information")
RARE_FIRST = ("GHR", "GARD", "NINDS")
"""Genetics Home Reference, the rare diseases' information centre, the neurological institute."""


def answers(path: Path) -> Iterator[Document]:
    """The answers wanted, each a paper of its own, by source."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        files = [json.loads(line) for line in lines]
    place = {source: i for i, source in enumerate(RARE_FIRST)}
    files.sort(key=lambda file: place.get(file["source"], len(place)))
    for file in files:
        for number, (_, kind, answer) in enumerate(file["qa"]):
            if kind in KINDS and "human phenotype ontology" not in answer.casefold():
                yield Document(f"{file['id']}#{number}", answer, file["url"], kind="paper")


def main() -> None:
    """Read, merge, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--limit", type=int, help="the first N answers")
    arguments = parser.parse_args()

    wanted = list(answers(corpora_root() / "raw_medquad" / "medquad.jsonl.xz"))[: arguments.limit]
    store = open_store(arguments.into)
    try:
        report = api.build_into(
            store, wanted, issues=Issues(), progress=lambda n: print(n, end="\r", flush=True)
        )
        n_phenotypes = sum(1 for _ in store.statements(predicate="HAS_PHENOTYPE"))
    finally:
        store.close()
    words = sum(len(document.text.split()) for document in wanted)
    print(f"{len(wanted):,} answers, {words:,} words: {report}")
    print(f"{n_phenotypes:,} HAS_PHENOTYPE")


if __name__ == "__main__":
    main()
