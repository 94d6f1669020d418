"""Annotated texts cut into training examples: sentences, pieces, allowed labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from kgbuilder.nn.labels import LabelledSpan

__all__ = ["free_of_overlap", "sentence_bounds"]

_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])|\n+")
_NOT_END = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|cf|al|Fig|Figs|Dr|Mr|Mrs|Ms|No|approx|ca|St|spp?|resp)|\b[A-Z])\.$"
)


def sentence_bounds(
    text: str, protected: Iterable[tuple[int, int]] = (), *, title_end: int = 0
) -> list[tuple[int, int]]:
    """``[start, end)`` of the sentences of prose, for training only: a plain rule, never a cut inside
    a ``protected`` span. The product's own segmenter is elsewhere and better.
    """
    spans = list(protected)
    cuts = []
    for match in _END.finditer(text):
        inside = any(a < match.end() and match.start() < b for a, b in spans)
        if not inside and not _NOT_END.search(text[max(0, match.start() - 10) : match.start()]):
            cuts.append((match.start(), match.end()))
    if title_end and not any(a <= title_end <= b for a, b in cuts):
        cuts.append((title_end, title_end))
    bounds, start = [], 0
    for cut_start, cut_end in sorted(cuts):
        bounds.append((start, cut_start))
        start = cut_end
    bounds.append((start, len(text)))
    return [(a, b) for a, b in bounds if text[a:b].strip()]


def free_of_overlap(spans: Sequence[LabelledSpan]) -> list[LabelledSpan]:
    """The longest spans that do not overlap, in text order; stretches of which nothing is known come
    first and may overlap, as what is known overwrites them.
    """
    unknown = [span for span in spans if not span[2]]
    kept: list[LabelledSpan] = []
    for span in sorted((s for s in spans if s[2]), key=lambda s: (s[0] - s[1], s[0])):
        if all(span[1] <= a or b <= span[0] for a, b, _ in kept):
            kept.append(span)
    return unknown + sorted(kept)
