"""How often a relation that our models read is right: tables/reliability.tsv, fitted on held-out texts.

The relater's probability is fitted with the mentions given; from raw text the ends may be wrong, too. A
row turns what it gives into the share that was right, ``1 / (1 + exp(-intercept - slope * logit(p)))``.
``pipelines/fit_belief.py`` writes the table. It is fitted on relations that are affirmed; denied ones,
of which no corpus has enough, go by the same rows, since their ends err alike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

from kgbuilder.assemble.table import table_rows

__all__ = ["reliability"]

CLIP = 0.01
"""Probabilities are taken for at least this, and at most 1 less this, before the logit."""


def reliability(probability: float, predicate: str, extractor: str) -> float:
    """The probability in [0, 1] that a relation is right which the extractor gave ``probability``.

    It never falls where ``probability`` rises. As given, where the table has no row for one of the
    extractor's models and the predicate.

    :param extractor: names and versions, as evidence carries them: ``kgbuilder-tagger 2 + ...``.
    """
    for model in extractor.split(" + "):
        curve = _curves().get((model, predicate))
        if curve is not None and probability > 0.0:
            p = min(max(probability, CLIP), 1.0 - CLIP)
            slope, intercept = curve
            return 1.0 / (1.0 + math.exp(-(intercept + slope * math.log(p / (1.0 - p)))))
    return probability


@cache
def _curves() -> Mapping[tuple[str, str], tuple[float, float]]:
    return {
        (row["model"], row["predicate"]): (float(row["slope"]), float(row["intercept"]))
        for row in table_rows("reliability.tsv")
    }
