"""Which way of ranking diseases is best? Four, and their combinations, on the visible phenopackets.

    KGBUILDER_CORPORA=... python pipelines/compare_rankers.py [--pathways FILE.gmt] [--cases 300]

- plain likelihood ratios; similarity by information from both sides (Resnik, averaged as Phenodigm
  does); what ships (likelihood ratios and the disease's side of the similarity);
- a random walk with restart at the patient's findings, over is_a, annotations weighted by their share,
  disease-gene pairs and, with ``--pathways``, genes and their pathways (name, anything, symbols; tabs
  between). A disease's score is how much more often the walk is there than one that starts anywhere.

The walk's settings, and its weight beside what ships, are chosen on cases that are not among LIRICAL's
600; the figures are of these 600, in both settings of ``kgbuilder evaluate diagnosis``. Ties count
against us.
"""

from __future__ import annotations

import argparse
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kgbuilder import api
from kgbuilder.evaluate.case_sets import KnownCase, lirical_ranks, phenopacket_cases
from kgbuilder.evaluate.diagnosis import Placed, pair, score_placed
from kgbuilder.reason.common_diseases import common_diseases
from kgbuilder.reason.diagnosis import PhenotypeRanker
from kgbuilder.reason.diagnosis_parameters import Parameters
from kgbuilder.reason.phenotype_model import View
from kgbuilder.reason.ranked_diseases import RankedDiseases
from kgbuilder.scoring import corpora_root

Floats = NDArray[np.float64]
SETTINGS = ("all annotations", "own paper out")
STEPS = 12


@dataclass(frozen=True)
class Edges:
    """Both directions of every edge; ``disease`` is -1 where none of the ends is one."""

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    weight: Floats
    disease: NDArray[np.int64]


@dataclass(frozen=True)
class Asked:
    """One case in one setting, with what each ranker says of every disease (D,); -inf: not ranked."""

    case: KnownCase
    row: int
    present: tuple[int, ...]
    view: View | None
    scores: dict[str, Floats]

    @property
    def ships(self) -> Floats:
        """What ships says."""
        return self.scores["what ships"]

    @property
    def is_ranked(self) -> bool:
        """Whether anything is left of its disease."""
        return bool(np.isfinite(self.ships[self.row]))


def main() -> None:
    """Ask, walk, choose, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pathways", type=Path)
    parser.add_argument("--cases", type=int, default=300, help="to choose the walk's settings by")
    arguments = parser.parse_args()
    ships = api.phenotype_ranker()
    hpo = ships._hpo
    plain = PhenotypeRanker(hpo, common=common_diseases(), parameters=Parameters(picture=0.0))
    folder = corpora_root() / "phenopackets"
    ranked = {str(id) for id in ships.diseases()}
    cases = [case for case in phenopacket_cases(folder) if str(case.disease) in ranked]
    tested = lirical_ranks(folder)[SETTINGS[0]]
    others = [case for case in cases if case.id not in tested]
    papers = {case.paper for case in cases if case.id in tested}
    dev = [case for case in others if case.paper not in papers]
    dev = random.Random(7).sample(dev, min(arguments.cases, len(dev)))  # noqa: S311
    test = [case for case in cases if case.id in tested]
    diseases = ships._near
    graph = edges_of(diseases, arguments.pathways)
    print(f"{len(graph.source) // 2:,} edges; {len(dev)} cases to choose by, {len(test)} to score")
    for setting in SETTINGS:
        asked = {
            part: [ask(case, setting, ships, plain) for case in own]
            for part, own in (("dev", dev), ("test", test))
        }
        choose_and_print(setting, asked, diseases, graph)


def ask(case: KnownCase, setting: str, ships: PhenotypeRanker, plain: PhenotypeRanker) -> Asked:
    """Likelihood ratios, similarity and what ships on one case."""
    question = (case.observed, case.excluded, case.age, case.sex, (), {}, None)
    paper = case.paper if setting == "own paper out" else None
    ranking = ships._weigh(*question, paper)
    lr = plain._weigh(*question, paper)
    row = ranking.diseases.rows_of_name[str(case.disease).upper()][0]
    present = ranking.findings.telling
    similar = similarity(ranking.diseases, present, ranking.view)
    possible = np.isfinite(ranking.weights)
    scores = {
        "likelihood ratios": lr.weights,
        "similarity by information": np.where(possible, similar, -np.inf),
        "what ships": ranking.weights,
    }
    return Asked(case, row, present, ranking.view, scores)


def similarity(diseases: RankedDiseases, present: Sequence[int], view: View | None) -> Floats:
    """The mean of both sides' best matches by Resnik's information, (D,)."""
    model = diseases.model
    background = model.background if view is None else view.background
    total = np.zeros(model.n_diseases)
    for term in present:
        best = np.zeros(model.n_diseases)
        for above in model.ancestors(term):
            span = slice(int(model.starts[above]), int(model.starts[above + 1]))
            who = model.owner[span]
            best[who] = np.maximum(best[who], -math.log(float(background[above])))
        for place, row in enumerate(view.rows.tolist() if view is not None else ()):
            known = [a for a in model.ancestors(term) if not np.isnan(view.share[place, a])]
            best[row] = max((-math.log(float(background[a])) for a in known), default=0.0)
        total += best
    own = total / max(len(present), 1) / math.log(20_000)
    return (own + diseases.pictures.seen(present, view)) / 2


def edges_of(diseases: RankedDiseases, pathways: Path | None) -> Edges:
    """Terms, then diseases, then genes, then pathways are nodes."""
    model, hpo = diseases.model, diseases.knowledge.hpo
    n_terms, n_diseases = len(hpo.terms), model.n_diseases
    pooled = model.pooled
    rows: list[tuple[int, int, float, int]] = []
    for child, parents in enumerate(hpo.hierarchy.parents[i] for i in range(n_terms)):
        rows += [(child, int(parent), 1.0, -1) for parent in parents.tolist()]
    rows += [
        (int(term), n_terms + int(disease), max(float(share), 0.01), int(disease))
        for term, disease, share in zip(pooled.term, pooled.disease, pooled.share, strict=True)
    ]
    gene_at: dict[str, int] = {}
    for disease, genes in enumerate(diseases.genes_of):
        for gene in sorted(genes):
            node = gene_at.setdefault(gene, n_terms + n_diseases + len(gene_at))
            rows.append((n_terms + disease, node, 1.0, -1))
    symbols = dict(zip(hpo.genes.symbols, hpo.genes.ncbi_ids, strict=True))
    next_node = n_terms + n_diseases + len(gene_at)
    for line in pathways.read_text("utf-8").splitlines() if pathways else ():
        members = {symbols.get(symbol) for symbol in line.split("\t")[2:]}
        nodes = [gene_at[gene] for gene in members if gene in gene_at]
        if 2 <= len(nodes) <= 200:  # larger ones say nothing
            rows += [(next_node, node, 0.2, -1) for node in nodes]
            next_node += 1
    a, b, weight, disease = (np.array(column) for column in zip(*rows, strict=True))
    return Edges(
        np.concatenate([a, b]),
        np.concatenate([b, a]),
        np.concatenate([weight, weight]).astype(np.float64),
        np.concatenate([disease, disease]),
    )


def walk(graph: Edges, start: Floats, restart: float, weight: Floats | None = None) -> Floats:
    """How often the walk is at each node, after :data:`STEPS` steps."""
    weight = graph.weight if weight is None else weight
    n = len(start)
    leaves = np.bincount(graph.source, weights=weight, minlength=n)
    share = weight / np.maximum(leaves[graph.source], 1e-12)
    here = start
    for _ in range(STEPS):
        moved = np.bincount(graph.target, weights=share * here[graph.source], minlength=n)
        here = restart * start + (1 - restart) * moved
    return here


def walked(asked: Asked, diseases: RankedDiseases, graph: Edges, restart: float) -> Floats:
    """Ln of how often the walk from the patient's findings is at each disease, (D,)."""
    n_terms, n = len(diseases.knowledge.hpo.terms), int(graph.source.max()) + 1
    weight = graph.weight
    if asked.view is not None and len(asked.view.rows):
        weight = weight.copy()
        left = set(
            zip(asked.view.pooled.disease.tolist(), asked.view.pooled.term.tolist(), strict=True)
        )
        for place in np.flatnonzero(np.isin(graph.disease, asked.view.rows)).tolist():
            term = min(int(graph.source[place]), int(graph.target[place]))
            if (int(graph.disease[place]), term) not in left:
                weight[place] = 0.0
    start = np.zeros(n)
    for term in asked.present:
        start[term] = -math.log(float(diseases.model.background[term]))
    here = walk(graph, start / max(start.sum(), 1e-12), restart, weight)
    return np.log(here[n_terms : n_terms + diseases.model.n_diseases] + 1e-12)


def choose_and_print(
    setting: str, asked: dict[str, list[Asked]], diseases: RankedDiseases, graph: Edges
) -> None:
    """The walk's settings by the dev cases, then every ranker on the test cases."""
    n_terms, n = len(diseases.knowledge.hpo.terms), int(graph.source.max()) + 1
    anywhere = np.zeros(n)
    anywhere[:n_terms] = diseases.model.background / diseases.model.background.sum()
    best: tuple[float, ...] = (-1.0,)
    for restart in (0.2, 0.5, 0.8):
        base = np.log(walk(graph, anywhere, restart)[n_terms:][: diseases.model.n_diseases] + 1e-12)
        found = [walked(one, diseases, graph, restart) for one in asked["dev"]]
        for power in (0.0, 0.5, 1.0):
            scores = [f - power * base for f in found]
            alone = hits(asked["dev"], scores)
            for share in (0.0, 0.25, 0.5, 1.0, 2.0):
                both = [
                    o.scores["what ships"] + share * s
                    for o, s in zip(asked["dev"], scores, strict=True)
                ]
                best = max(best, (hits(asked["dev"], both), alone, restart, power, share))
            print(f"  dev, restart {restart}, power {power}: top-10 {alone:.3f}", flush=True)
    _, _, restart, power, share = best
    print(f"{setting}: chosen restart {restart}, power {power}, weight beside what ships {share}")
    base = np.log(walk(graph, anywhere, restart)[n_terms:][: diseases.model.n_diseases] + 1e-12)
    for one in asked["test"]:
        score = walked(one, diseases, graph, restart) - power * base
        possible = np.isfinite(one.ships)
        one.scores["propagation"] = np.where(possible, score, -np.inf)
        one.scores["what ships and propagation"] = one.ships + share * score
    shipped = {p.id: p.worst for p in placed(asked["test"], "what ships")}
    for name in asked["test"][0].scores:
        rows = placed(asked["test"], name)
        told = score_placed(name, rows, ms_per_case=0.0)
        against = pair("what ships", rows, shipped)
        tops = "  ".join(
            f"top-{k} {100 * told.top[k]:.1f} ({100 * against.difference[k]:+.1f}, "
            f"{100 * against.interval[k].low:+.1f} to {100 * against.interval[k].high:+.1f})"
            for k in (1, 10)
        )
        print(f"{setting}: {name:<28} {tops}", flush=True)


def hits(asked: Sequence[Asked], scores: Sequence[Floats]) -> float:
    """Share of the cases within the first ten, and a hundredth of those at the first place."""
    ranks = [
        int((score >= score[one.row] - 1e-9).sum()) if np.isfinite(one.ships[one.row]) else 10**6
        for one, score in zip(asked, scores, strict=True)
    ]
    return sum((r <= 10) + 0.01 * (r <= 1) for r in ranks) / len(ranks)


def placed(asked: Sequence[Asked], name: str) -> list[Placed]:
    """Where each case's disease stands by one ranker."""
    return list(_placed(asked, name))


def _placed(asked: Sequence[Asked], name: str) -> Iterator[Placed]:
    for one in asked:
        scores = one.scores[name]
        own = scores[one.row]
        known = bool(np.isfinite(own))
        worst = float((scores >= own - 1e-9).sum()) if known else math.inf
        best = float((scores > own + 1e-9).sum()) + 1 if known else math.inf
        yield Placed(one.case.id, one.case.group, str(one.case.disease), worst, best, None)


if __name__ == "__main__":
    main()
