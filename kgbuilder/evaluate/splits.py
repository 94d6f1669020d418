"""The rule that keeps test texts out of training, and how development documents are carved out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from kgbuilder.evaluate.corpora import AnnotatedDocument

__all__ = ["carve", "overlapping_documents"]


def carve(
    documents: Iterable[AnnotatedDocument], n_groups: int
) -> tuple[list[AnnotatedDocument], list[AnnotatedDocument]]:
    """``(carved, rest)``: the documents of the ``n_groups`` groups (PMIDs) whose ids hash lowest, and
    the others, both in an order that depends on ids alone.
    """

    def key(name: str) -> str:
        return hashlib.sha256(name.encode()).hexdigest()

    ordered = sorted(documents, key=lambda d: (key(d.group or d.id), key(d.id)))
    chosen: set[str] = set()
    for document in ordered:
        if len(chosen) >= n_groups:
            break
        chosen.add(document.group or document.id)
    return (
        [d for d in ordered if (d.group or d.id) in chosen],
        [d for d in ordered if (d.group or d.id) not in chosen],
    )


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


_SHORT = 25
"""Texts with fewer letters and digits than this are formulas ("Results:"), shared without copying."""


def overlapping_documents(
    candidates: Iterable[AnnotatedDocument], held_out: Iterable[AnnotatedDocument]
) -> frozenset[str]:
    """Ids of ``candidates`` that must not be trained on when ``held_out`` is scored.

    A candidate overlaps when its id or group (PMID) is that of a held-out document, or when its
    text, free of case, space and punctuation, is part of a held-out text or the other way round.
    """
    held = list(held_out)
    names = {name for document in held for name in (document.id, document.group)}
    texts = [_squeezed(document.text) for document in held]
    everything = "\n".join(texts)
    short = {text for text in texts if _SHORT <= len(text) < 400}
    found = set()
    for candidate in candidates:
        text = _squeezed(candidate.text)
        if (
            candidate.id in names
            or candidate.group in names
            or (len(text) >= _SHORT and text in everything)
            or (len(text) >= 400 and any(part in text for part in short))
        ):
            found.add(candidate.id)
    return frozenset(found)
