"""Which cases does a graph that was read change, and how? Those whose disease it speaks of are ranked.

    python pipelines/build_medquad.py --into medquad.kg --limit 3328
    python pipelines/compare_literature.py --graph medquad.kg

Ranks visible phenopackets with their own paper left out, with the graph's HAS_PHENOTYPE edges and
without. ``kgbuilder evaluate diagnosis --corpus phenopackets --graph medquad.kg`` ranks all others, too,
and takes some twenty times as long.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from kgbuilder.api import phenotype_ranker, viewed
from kgbuilder.evaluate.case_sets import KnownCase, phenopacket_cases
from kgbuilder.reason.diagnosis import PhenotypeRanker
from kgbuilder.scoring import corpora_root
from kgbuilder.scoring_diagnosis import placed_cases

WITHIN = (1, 3, 10)


def main() -> None:
    """Rank, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--graph", required=True)
    arguments = parser.parse_args()

    with viewed(arguments.graph) as graph:
        beside, alone = phenotype_ranker(graph), phenotype_ranker()
        ranked = set(beside.diseases())
        read = beside.diseases_read() & ranked
        cases = [
            c for c in phenopacket_cases(corpora_root() / "phenopackets") if c.disease in ranked
        ]
        about = [case for case in cases if case.disease in read]
        n_diseases = len({case.disease for case in about})
        print(f"the graph says something of {len(read):,} diseases that are ranked")
        print(f"{len(about):,} of {len(cases):,} cases could change, of {n_diseases} diseases")
        ranks = list(zip(_ranks(alone, about), _ranks(beside, about), strict=True))
    print(f"the rank of {sum(before != after for before, after in ranks)} did, own paper out")
    for most in WITHIN:
        gained = sum(after <= most < before for before, after in ranks)
        lost = sum(before <= most < after for before, after in ranks)
        print(f"within {most}: {gained} gained, {lost} lost")


def _ranks(ranker: PhenotypeRanker, cases: Sequence[KnownCase]) -> list[float]:
    """Ties against us; infinite where nothing is left of the disease."""
    placed, _ = placed_cases(ranker, cases, own_paper_out=True)
    return [place.worst for place in placed]


if __name__ == "__main__":
    main()
