"""Texts whose mentions what ships has read, as a corpus that says nothing of them: a teacher answers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kgbuilder.evaluate.annotated import AnnotatedDocument, Annotation

__all__ = ["read_documents", "unlabelled"]


def unlabelled(recipe: dict[str, Any], *, passages: bool) -> dict[str, Any]:
    """A corpus that says nothing: every label of a kind is allowed."""
    kinds = {**recipe["kinds"], **recipe["passage_kinds"]}
    kinds.pop("condition condition")
    both = {k: [*recipe["kinds"].get(k, []), *recipe["passage_kinds"].get(k, [])] for k in kinds}
    return {
        "level": "concept",
        "types": recipe["classes"],
        "unrelated": both,
        "unrelated_if": "",
        "passages": passages,
    }


def read_documents(path: Path, n_passages: int) -> Iterator[tuple[AnnotatedDocument, bool]]:
    """Documents of a file of read texts in which a drug stands with another thing, and whether they are
    read over passages, too: the first ``n_passages``.
    """
    n = 0
    with path.open() as lines:
        for line in lines:
            record = json.loads(line)
            classes = Counter(t for _, t in {(c, t) for _, _, t, c in record["entities"]})
            if not (
                classes["Drug"]
                and sum(classes[t] for t in ("Drug", "Disease", "Phenotype", "Gene")) > 1
            ):
                continue
            entities = tuple(
                Annotation(f"T{i}", a, b, type, (concept,))
                for i, (a, b, type, concept) in enumerate(record["entities"])
            )
            yield (
                AnnotatedDocument(record["id"], record["text"], entities, (), record["id"]),
                n < n_passages,
            )
            n += 1
