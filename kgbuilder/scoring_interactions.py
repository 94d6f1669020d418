"""``kgbuilder evaluate interactions``: the shipped drug knowledge against reference pairs and names.

Four settings, so that no source is judged by itself: as shipped; without the NDF-RT table; what is
inferred alone; and with the merged public tables imported, the French thesaurus left out.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from kgbuilder.evaluate.interaction_pairs import (
    GRAVEST,
    MILDEST,
    GivenName,
    MergedPairs,
    Pair,
    read_crescenddi,
    read_merged_pairs,
    read_names,
)
from kgbuilder.evaluate.interactions import (
    GRADES,
    InteractionFigure,
    InteractionScores,
    PairOutcome,
    recall_at_precision,
    share,
    weighted_kappa,
)
from kgbuilder.issues import Issues
from kgbuilder.model import (
    CuratedEvidence,
    DerivedEvidence,
    DrugAnswer,
    Evidence,
    Interaction,
    InteractionReport,
    Patient,
)
from kgbuilder.ontology.vocabularies import drug_lexicon
from kgbuilder.protocols import Batch, GraphView
from kgbuilder.reason.interactions import InteractionChecker
from kgbuilder.reason.knowledge import DrugKnowledge
from kgbuilder.reason.severity import SeverityRules, gravity

__all__ = ["TWENTY_DRUGS", "TWENTY_DRUGS_PATIENT", "score_interactions"]

_NDF_RT, _FRENCH = "NDF-RT", "FrenchDB"
_FRENCH_IMPORTED = "French thesaurus ANSM"
_PRECISION = 0.7
_MIN_GRADED = 100
"""Fewer pairs that both grade give no kappa."""

TWENTY_DRUGS = (
    "warfarin", "amiodarone", "simvastatin", "digoxin", "furosemide", "spironolactone", "lisinopril",
    "metformin", "gliclazide", "omeprazole", "sertraline", "tramadol", "ibuprofen", "allopurinol",
    "levothyroxine", "clarithromycin", "prednisolone", "salbutamol", "zopiclone", "tamsulosin",
)  # fmt: skip
"""The twenty drugs whose pairs are timed."""

TWENTY_DRUGS_PATIENT = Patient(
    age="P74Y",
    egfr=40.0,
    allergies=("penicillin",),
    conditions=("asthma", "heart failure"),
    genotype=(("CYP2C19", "poor metabolizer"),),
    substances=("smoking", "grapefruit"),
)

Ask = Callable[[Pair], PairOutcome]


def score_interactions(corpora: Path) -> InteractionScores:
    """Every figure.

    :param corpora: the folder that holds ``crescenddi/`` and ``ddi_knowledge/``.
    :raises InputError: when a file is not there.
    """
    positive, negative = read_crescenddi(corpora / "crescenddi")
    merged = read_merged_pairs(corpora / "ddi_knowledge" / "pddi_merged.tsv.gz")
    lexicon = drug_lexicon()
    shipped = InteractionChecker(DrugKnowledge.shipped(), lexicon)
    bare = InteractionChecker(DrugKnowledge.shipped(without=("ndf_rt",)), lexicon)
    asked = _asked(bare)
    figures = [
        *_gravest(asked, merged, negative),
        *_crescenddi("crescenddi, shipped", _asked(shipped), positive, negative),
        _drugs_covered(shipped, positive, negative),
        *_crescenddi(
            "crescenddi, shared tables imported",
            _asked(shipped, _without_french(corpora / "ddi_knowledge")),
            positive,
            negative,
            goals=((0.78, 0.90), (0.75, 0.85)),
        ),
        *_inferred(asked, merged, negative),
        *_agreement(asked, merged, SeverityRules(bare.knowledge)),
    ]
    names, wrong = _names(shipped, read_names())
    drugs = _answers(shipped, (*positive, *negative))
    return InteractionScores(
        (*figures, *names, *_speed(shipped)),
        not_understood=tuple(d.input for d in drugs if d.name is None),
        wrong_names=wrong,
        not_covered=_not_covered(bare, merged),
    )


def _asked(checker: InteractionChecker, graph: GraphView | None = None) -> Ask:
    """Asks about two drugs, each pair once."""
    kept: dict[Pair, PairOutcome] = {}

    def ask(pair: Pair) -> PairOutcome:
        if pair not in kept:
            kept[pair] = _outcome(checker, checker.check(pair, graph=graph))
        return kept[pair]

    return ask


def _outcome(checker: InteractionChecker, report: InteractionReport) -> PairOutcome:
    """Of a product the ingredient that interacts most counts."""
    covered = all(_is_covered(checker, drug) for drug in report.drugs)
    if not report.interactions:
        return PairOutcome("", covered)
    found = max(report.interactions, key=lambda i: gravity(i.severity))
    grade, belief = _inferred_of(found)
    return PairOutcome(found.severity.value, covered, belief, grade)


def _is_covered(checker: InteractionChecker, drug: DrugAnswer) -> bool:
    ids = (drug.id,) if drug.id is not None else tuple(one.id for one in drug.ingredients)
    return bool(ids) and not any(map(checker.knowledge.uncovered, ids))


def _inferred_of(found: Interaction) -> tuple[str, float]:
    """Grade and belief of what was derived alone; ("", 0) where every reason is a record."""
    derived = [
        replace(statement, evidence=tuple(items))
        for statement in found.because
        if (items := [e for e in statement.evidence if isinstance(e, DerivedEvidence)])
    ]
    if not derived:
        return "", 0.0
    grades = {dict(e.qualifiers).get("severity", "unknown") for s in derived for e in s.evidence}
    gravest = max(grades, key=lambda g: GRADES.index(g) if g in GRADES else -1)
    return gravest, replace(found, because=tuple(derived)).belief


def _gravest(
    ask: Ask, merged: MergedPairs, negative: Sequence[Pair]
) -> Iterator[InteractionFigure]:
    groups = {f"{s} {g}": merged.of_grade(s, g) for s, g in GRAVEST}
    every = sorted({pair for pairs in groups.values() for pair in pairs})
    for name, pairs in {"gravest pairs of three sources": every, **groups}.items():
        outcomes = [ask(pair) for pair in pairs]
        covered = [o for o in outcomes if o.covered]
        whole = name not in groups
        yield InteractionFigure(
            f"{name}: covered", share(o.covered for o in outcomes), len(outcomes),
            good=0.80 if whole else None, goal=0.90 if whole else None,
        )  # fmt: skip
        yield InteractionFigure(
            f"{name}: of those major or above", share(o.is_grave for o in covered), len(covered),
            good=0.85 if whole else None, goal=0.95 if whole else None,
        )  # fmt: skip
    yield InteractionFigure(
        "crescenddi negatives graded major or above",
        share(ask(pair).is_grave for pair in negative),
        len(negative), good=0.05, goal=0.02, at_most=True,
    )  # fmt: skip
    mild = [o for pair in merged.of_grade(*MILDEST) if (o := ask(pair)).covered]
    yield InteractionFigure(
        "ANSM PC, covered, graded major or above",
        share(o.is_grave for o in mild), len(mild), good=0.50, goal=0.30, at_most=True,
    )  # fmt: skip


def _crescenddi(
    what: str,
    ask: Ask,
    positive: Sequence[Pair],
    negative: Sequence[Pair],
    *,
    goals: tuple[tuple[float, float], tuple[float, float]] = ((0.70, 0.88), (0.75, 0.85)),
) -> Iterator[InteractionFigure]:
    (good_found, goal_found), (good_spared, goal_spared) = goals
    yield InteractionFigure(
        f"{what}: sensitivity (not checked is a miss)",
        share(ask(pair).found for pair in positive),
        len(positive), good=good_found, goal=goal_found,
    )  # fmt: skip
    yield InteractionFigure(
        f"{what}: specificity",
        share(not ask(pair).found for pair in negative),
        len(negative), good=good_spared, goal=goal_spared,
    )  # fmt: skip


def _answers(checker: InteractionChecker, pairs: Iterable[Pair]) -> list[DrugAnswer]:
    names = sorted({name for pair in pairs for name in pair})
    return [checker.check([name]).drugs[0] for name in names]


def _drugs_covered(
    checker: InteractionChecker, positive: Sequence[Pair], negative: Sequence[Pair]
) -> InteractionFigure:
    drugs = _answers(checker, (*positive, *negative))
    covered = share(_is_covered(checker, drug) for drug in drugs)
    return InteractionFigure("crescenddi, drugs covered", covered, len(drugs), good=0.9, goal=0.97)


def _not_covered(checker: InteractionChecker, merged: MergedPairs) -> dict[str, int]:
    """Drug -> in how many of the gravest pairs it is what is not covered, most first."""
    counted: Counter[str] = Counter()
    for pair in sorted({pair for grade in GRAVEST for pair in merged.of_grade(*grade)}):
        for drug in checker.check(pair).drugs:
            if not _is_covered(checker, drug):
                counted[drug.name or drug.input] += 1
    return dict(counted.most_common())


def _without_french(folder: Path) -> GraphView:
    """The merged public tables as a user imports them, less what the French thesaurus says."""
    from kgbuilder.curate.intake import Intake
    from kgbuilder.curate.sources import import_source
    from kgbuilder.store.memory import MemoryStore

    graph = MemoryStore()
    for batch in import_source("ddi_knowledge", folder, intake=Intake(Issues())):
        kept = [
            replace(statement, evidence=evidence)
            for statement in batch.statements
            if (evidence := tuple(e for e in statement.evidence if not _is_french(e)))
        ]
        graph.merge(Batch(statements=tuple(kept)))
    return graph


def _is_french(evidence: Evidence) -> bool:
    return isinstance(evidence, CuratedEvidence) and evidence.source == _FRENCH_IMPORTED


def _inferred(
    ask: Ask, merged: MergedPairs, negative: Sequence[Pair]
) -> Iterator[InteractionFigure]:
    without = [ask(pair) for pair in negative]
    for source in (_NDF_RT, _FRENCH):
        pairs = merged.only_in(source)
        yield InteractionFigure(
            f"inferred alone, pairs only in {source}: recall at precision {_PRECISION:.0%}",
            recall_at_precision([ask(pair) for pair in pairs], without, precision=_PRECISION),
            len(pairs), good=0.20, goal=0.35,
        )  # fmt: skip


def _agreement(ask: Ask, merged: MergedPairs, rules: SeverityRules) -> Iterator[InteractionFigure]:
    for source, held in sorted(merged.graded.items()):
        both = [
            (ask(pair).grade, theirs)
            for pair, words in held.items()
            if (theirs := rules.of_source_grade(words).value) in GRADES
            and ask(pair).grade in GRADES
        ]
        if len(both) >= _MIN_GRADED and len({theirs for _, theirs in both}) > 1:
            ours, other = zip(*both, strict=True)
            kappa = weighted_kappa(ours, other)
            what = f"severity agreement with {source}, weighted"
            yield InteractionFigure(what, kappa, len(both), unit="kappa", goal=0.5)


def _names(
    checker: InteractionChecker, given: Sequence[GivenName]
) -> tuple[list[InteractionFigure], tuple[str, ...]]:
    """A correctly written name must be taken for its drug; a misspelling must be taken for none, and is
    right where the correction that is shown is its drug.
    """
    right = wrong = 0
    told: list[str] = []
    for name in given:
        answer = checker.check([name.text]).drugs[0]
        shown = answer.correction
        taken = str(answer.id) if answer.id else ""
        if name.kind == "misspelling" and not taken:
            taken = str(shown.id) if shown else ""
        elif name.kind == "misspelling":
            taken = f"silently {taken}"
        right += taken == name.id
        if taken not in ("", name.id):
            wrong += 1
            told.append(f"{name.text}: {taken}, not {name.id}")
    n = len(given)
    return [
        InteractionFigure("drug names: right", right / n, n, good=0.95, goal=0.98),
        InteractionFigure("drug names: wrong", wrong / n, n, good=0.01, goal=0.002, at_most=True),
        InteractionFigure("drug names: refused", (n - right - wrong) / n, n),
    ], tuple(told)


def _speed(checker: InteractionChecker) -> Iterator[InteractionFigure]:
    def ask() -> object:
        return checker.check(TWENTY_DRUGS, patient=TWENTY_DRUGS_PATIENT)

    ask()
    yield InteractionFigure(
        "twenty drugs, all pairs and patient rules, warm, processor time",
        1000 * median(_seconds(ask, time.process_time) for _ in range(20)),
        20, unit="ms", good=20, goal=5, at_most=True,
    )  # fmt: skip
    command = [sys.executable, "-m", "kgbuilder", "interactions", "warfarin", "fluconazole"]
    first = [
        _seconds(lambda: subprocess.run(command, check=True, capture_output=True)) for _ in range(5)
    ]
    yield InteractionFigure(
        "first answer of a fresh process",
        median(first), 5, unit="s", good=1, goal=0.5, at_most=True,
    )  # fmt: skip


def _seconds(act: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    begun = clock()
    act()
    return clock() - begun
