"""The rule that keeps test texts out of training, and how development documents are carved out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from kgbuilder.evaluate.annotated import AnnotatedDocument

__all__ = ["HeldOut", "carve", "overlapping_documents"]


def carve(
    documents: Iterable[AnnotatedDocument], n_groups: int, *, salt: str = ""
) -> tuple[list[AnnotatedDocument], list[AnnotatedDocument]]:
    """``(carved, rest)``: the documents of the ``n_groups`` groups (PMIDs) whose ids hash lowest, and
    the others, both in an order that depends on ids alone.

    :param salt: another one carves other groups.
    """

    def key(name: str) -> str:
        return hashlib.sha256((salt + name).encode()).hexdigest()

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
    windows = {window for text in texts for window in _windows(text)}
    short: dict[str, set[str]] = {}
    for text in texts:
        if _SHORT <= len(text) < 400:
            short.setdefault(next(_windows(text), ""), set()).add(text)
    found = set()
    for candidate in candidates:
        text = _squeezed(candidate.text)
        if (
            candidate.id in names
            or candidate.group in names
            or (len(text) >= _SHORT and windows.issuperset(_windows(text)) and text in everything)
            or (len(text) >= 400 and _holds_any(text, short))
        ):
            found.add(candidate.id)
    return frozenset(found)


def _holds_any(text: str, parts: Mapping[str, set[str]]) -> bool:
    """Whether any of ``parts``, by their first window, is in ``text``."""
    starts = {"", *_windows(text)} & parts.keys()
    return any(part in text for start in starts for part in parts[start])


_WINDOW = 20


def _windows(text: str) -> Iterator[str]:
    """Pieces of ``text`` that begin at each "t". What is part of a text has all its windows among that
    one's, so that most texts need not be searched for.
    """
    at = text.find("t")
    while 0 <= at <= len(text) - _WINDOW:
        yield text[at : at + _WINDOW]
        at = text.find("t", at + 1)


_KEY = 60
"""A held-out text with fewer letters and digits is not looked for inside another: in full articles
those up to 53 were formulas ("The authors declare that they have no competing interests")."""


@dataclass(slots=True)
class HeldOut:
    """Held-out documents, prepared to be found in a large collection of raw text: the rule of
    :func:`overlapping_documents`, but that long held-out texts are looked for inside a text, too,
    and formulas are not. In time linear in the text.
    """

    _names: set[str] = field(default_factory=set)
    _texts: dict[str, set[str]] = field(default_factory=dict)
    _everything: str = ""
    _windows: set[str] = field(default_factory=set)
    _longest: int = 0

    @classmethod
    def of(cls, documents: Iterable[AnnotatedDocument]) -> HeldOut:
        """Prepare ``documents``."""
        held = cls()
        texts = []
        for document in documents:
            held._names |= {document.id, document.group}
            text = _squeezed(document.text)
            texts.append(text)
            if len(text) >= _KEY:
                held._texts.setdefault(text[:_KEY], set()).add(text)
        held._names.discard("")
        held._everything = "\n".join(texts)
        held._windows = {window for text in texts for window in _windows(text)}
        held._longest = max(map(len, texts), default=0)
        return held

    def overlaps(self, id: str, group: str, text: str) -> bool:
        """Whether a text must not be trained on."""
        if id in self._names or group in self._names:
            return True
        squeezed = _squeezed(text)
        fits = _SHORT <= len(squeezed) <= self._longest
        if fits and self._windows.issuperset(_windows(squeezed)) and squeezed in self._everything:
            return True
        known = self._texts
        for at in range(len(squeezed) - _KEY + 1):
            found = known.get(squeezed[at : at + _KEY])
            if found and any(squeezed.startswith(text, at) for text in found):
                return True
        return False
