"""How good are the shipped drug tables? Against reference pairs that are not in the package.

    python pipelines/evaluate_interactions.py --corpora ../shared/corpora

1. CRESCENDDI, visible pairs (Kontsioti et al. 2022): of the positive pairs, how many are reported at any
   grade (a pair that is not checked is a miss); of the negative pairs, how many are not; how many of the
   drugs are covered by the shipped tables.
2. The merged set of Ayvaz et al. 2015: pairs that NDF-RT calls critical, the French thesaurus
   contraindicated, KEGG contraindicated: both drugs covered; of those, graded major or above. And the
   French thesaurus' mildest grade, of which few should be major.

Nothing of these files is in the package; they are read only here.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kgbuilder.model import DrugAnswer, InteractionReport, Severity
from kgbuilder.ontology.vocabularies import drug_lexicon
from kgbuilder.reason.interactions import InteractionChecker
from kgbuilder.reason.knowledge import DrugKnowledge

MAJOR = (Severity.MAJOR, Severity.CONTRAINDICATED)
GROUPS = {
    "NDF-RT critical": ("NDF-RT", "severity", "Critical"),
    "ANSM CI": ("FrenchDB", "severity", "CI"),
    "KEGG contraindication": ("Kegg", "contraindication", "True"),
    "ANSM PC (few should be major)": ("FrenchDB", "severity", "PC"),
}
"""Name -> source, column and value of the rows that belong to it."""


@dataclass(frozen=True)
class Outcome:
    """What was answered about one pair."""

    found: bool
    checked: bool
    severity: Severity | None


def outcome_of(report: InteractionReport) -> Outcome:
    """The answer to a question about two drugs."""
    if report.interactions:
        return Outcome(True, True, report.interactions[0].severity)
    return Outcome(False, bool(report.none_known), None)


def is_covered(checker: InteractionChecker, drug: DrugAnswer) -> bool:
    """Whether the name was understood and the shipped tables cover the drug."""
    return drug.id is not None and not checker.knowledge.uncovered(drug.id)


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a gzipped table."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter="\t")


def crescenddi(checker: InteractionChecker, folder: Path) -> dict[str, object]:
    """Sensitivity, specificity and coverage on the visible pairs, per unordered pair."""
    pairs = {
        label: sorted(
            {
                tuple(sorted((r["DRUG_1_CONCEPT_NAME"].lower(), r["DRUG_2_CONCEPT_NAME"].lower())))
                for r in rows_of(folder / f"{label}_controls.visible.tsv.gz")
            }
        )
        for label in ("positive", "negative")
    }
    started = time.perf_counter()
    answers = {
        label: [outcome_of(checker.check(pair)) for pair in found] for label, found in pairs.items()
    }
    seconds = time.perf_counter() - started
    drugs = sorted({drug for found in pairs.values() for pair in found for drug in pair})
    answer = {drug: checker.check([drug]).drugs[0] for drug in drugs}
    covered = {drug for drug in drugs if is_covered(checker, answer[drug])}
    positive, negative = answers["positive"], answers["negative"]
    return {
        "pairs": {label: len(found) for label, found in pairs.items()},
        "sensitivity (not checked is a miss)": share(o.found for o in positive),
        "specificity (not found, checked or not)": share(not o.found for o in negative),
        "negatives graded major or above": share(o.severity in MAJOR for o in negative),
        "sensitivity on covered pairs": share(o.found for o in positive if o.checked),
        "specificity on covered pairs": share(not o.found for o in negative if o.checked),
        "drugs": len(drugs),
        "drugs covered": share(d in covered for d in drugs),
        "names not understood": [d for d in drugs if answer[d].id is None],
        "drugs not covered": [d for d in drugs if answer[d].id is not None and d not in covered],
        "ms a pair": round(1000 * seconds / sum(map(len, pairs.values())), 3),
    }


def merged(checker: InteractionChecker, path: Path) -> dict[str, object]:
    """Coverage and grade on pairs that a source calls gravest."""
    groups: dict[str, set[tuple[str, str]]] = {name: set() for name in GROUPS}
    for row in rows_of(path):
        first, second = sorted((row["drugbank1"], row["drugbank2"]))
        for name, (source, column, value) in GROUPS.items():
            named = row["source"] == source and row[column] == value
            if named and first and second and first != second:
                groups[name].add((first, second))
    answer: dict[str, object] = {}
    for name, pairs in groups.items():
        graded: Counter[str] = Counter()
        uncovered: Counter[str] = Counter()
        covered = major = 0
        for pair in sorted(pairs):
            report = checker.check(pair)
            lacking = [d for d in report.drugs if not is_covered(checker, d)]
            uncovered.update(d.name or d.input for d in lacking)
            if lacking:
                continue
            covered += 1
            outcome = outcome_of(report)
            graded[str(outcome.severity or "none known")] += 1
            major += outcome.severity in MAJOR
        answer[name] = {
            "pairs": len(pairs),
            "covered": round(covered / max(1, len(pairs)), 4),
            "of those major or above": round(major / max(1, covered), 4),
            "grades": dict(graded.most_common()),
            "most often not covered": dict(uncovered.most_common(25)),
        }
    return answer


def share(values: Iterator[bool]) -> float:
    """Part of the values that are true, four digits; 0 for none."""
    counted = Counter(values)
    return round(counted[True] / max(1, counted.total()), 4)


def main() -> None:
    """Read the corpora, print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpora", type=Path, default=Path("../shared/corpora"))
    corpora = parser.parse_args().corpora
    knowledge = DrugKnowledge.shipped()
    checker = InteractionChecker(knowledge, drug_lexicon())
    result = {
        "tables": knowledge.counts(),
        "drugs covered by the tables": len(knowledge.covered()),
        "crescenddi": crescenddi(checker, corpora / "crescenddi"),
        "merged set": merged(checker, corpora / "ddi_knowledge" / "pddi_merged.tsv.gz"),
    }
    print(json.dumps(result, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
