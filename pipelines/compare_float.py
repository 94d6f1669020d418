"""What int8 costs: weights in float32 beside the int8 that is made of them, on the same documents.

python pipelines/compare_float.py tagger bc5cdr-test ncbi-dev
python pipelines/compare_float.py tagger bc2gm-test --weights MODEL
python pipelines/compare_float.py relater ddi-test
python pipelines/compare_float.py qualifier data/lines_test.jsonl

Where MODEL, a folder of ``kgbuilder train``, holds its run (``run/best.pt``), float32 means weights and
activations. Of what ships only the int8 weights are kept: float32 then means the activations. One JSON
object a corpus, in percent: strict F1 of spans, F1 of typed relations, or the share of mentions of which
all four values are right. Needs the extra ``train``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

from kgbuilder.config import QualifyRecipe, Recipe, RecognizeRecipe, RelateRecipe
from kgbuilder.evaluate.assertions import AssertionReport
from kgbuilder.evaluate.extraction import ExtractionReport
from kgbuilder.evaluate.relations import RelationReport
from kgbuilder.evaluate.report import Report
from kgbuilder.issues import Issues
from kgbuilder.scoring import score
from kgbuilder.train.float_weights import write_float
from kgbuilder.wire import pipeline_of

STAGES: dict[str, tuple[str, str, Callable[[str], Recipe]]] = {
    "tagger": ("extraction", "tagger", lambda m: Recipe(recognize=RecognizeRecipe(model=m))),
    "relater": ("relations", "relater", lambda m: Recipe(relate=RelateRecipe(model=m))),
    "qualifier": ("assertion", "assertion", lambda m: Recipe(qualify=QualifyRecipe(model=m))),
}
"""Stage -> the task that scores it, the folder of what ships, and the recipe that reads a folder."""


def main() -> None:
    """Write float32 weights to a folder that goes, score both, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("corpora", nargs="+")
    parser.add_argument("--weights", type=Path, help="what ships, when left out")
    arguments = parser.parse_args()
    task, name, recipe_of = STAGES[arguments.stage]
    weights = arguments.weights or Path(str(resources.files("kgbuilder.nn"))) / "weights" / name
    with tempfile.TemporaryDirectory() as folder:
        floats = Path(folder) / "float"
        all_float = write_float(weights, floats)
        for corpus in arguments.corpora:
            row: dict[str, Any] = {
                "corpus": corpus,
                "float32": "weights and activations" if all_float else "activations",
            }
            both = compared(task, corpus, recipe_of(str(weights)), recipe_of(str(floats)))
            print(json.dumps(row | both), flush=True)


def compared(task: str, corpus: str, int8: Recipe, floats: Recipe) -> dict[str, Any]:
    """Both scores and int8's less float32's; of spans with its interval, for which documents are redrawn
    for both at once.
    """
    one, other = pipeline_of(int8), pipeline_of(floats)
    if task == "extraction":
        report = score(
            task, corpus=corpus, pipeline=one, against={"float32": other}, issues=Issues()
        )
        assert isinstance(report, ExtractionReport)
        (beside,) = report.against
        interval = beside.difference.f1_interval
        return {
            "int8": percent(report.scores.strict.f1),
            "of float32": percent(beside.scores.strict.f1),
            "difference": percent(beside.difference.f1),
            "95 %": [percent(interval.low), percent(interval.high)],
        }
    a, b = (
        figure(score(task, corpus=corpus, pipeline=pipeline, issues=Issues()))
        for pipeline in (one, other)
    )
    return {"int8": percent(a), "of float32": percent(b), "difference": percent(a - b)}


def figure(report: Report) -> float:
    """The one number of a report."""
    if isinstance(report, RelationReport):
        return report.typed.f1
    assert isinstance(report, AssertionReport)
    return report.accuracy["all"]


def percent(share: float) -> float:
    """Two digits."""
    return round(100 * share, 2)


if __name__ == "__main__":
    main()
