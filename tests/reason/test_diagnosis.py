from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from kgbuilder.errors import UsageError
from kgbuilder.issues import Issues
from kgbuilder.model import (
    Concept,
    CuratedEvidence,
    Curie,
    Differential,
    Document,
    EntityType,
    Match,
    Span,
    Statement,
    TextEvidence,
    Triple,
    predicate_of,
)
from kgbuilder.reason.diagnosis import PhenotypeRanker
from tests.reason.diagnosis_samples import HPOA, hp, row, small_hpo

FIT, LEFT, TOE, AORTA, MURMUR, LENS, GLOW = hp(
    "1000002", "1000003", "1000005", "2000002", "2000003", "3000002", "4000001"
)


@pytest.fixture(scope="module")
def ranker() -> PhenotypeRanker:
    return PhenotypeRanker(small_hpo())


def part(answer: Differential, disease: str, finding: Curie):  # type: ignore[no-untyped-def]
    (diagnosis,) = [d for d in answer if str(d.disease) == disease]
    (found,) = [c for c in diagnosis.contributions if c.finding == finding]
    return found


def test_the_disease_with_the_findings_is_first(ranker: PhenotypeRanker) -> None:
    answer = ranker.diagnose(observed=[AORTA, LENS])
    assert (str(answer[0].disease), answer[0].rank) == ("OMIM:100002", 1)
    assert answer[0].posterior > 0.5


@pytest.mark.parametrize(
    ("finding", "disease", "match", "matched"),
    [
        (FIT, "OMIM:100004", Match.EXACT, FIT),
        (FIT, "OMIM:100001", Match.MORE_GENERAL, LEFT),
        (LEFT, "OMIM:100004", Match.MORE_SPECIFIC, FIT),
        (LEFT, "OMIM:100008", Match.SAME_BRANCH, Curie("HP", "1000004")),
        (GLOW, "OMIM:100004", Match.UNEXPECTED, None),
        (LENS, "OMIM:100001", Match.EXCLUDED, LENS),
    ],
)
def test_how_a_present_finding_meets(
    ranker: PhenotypeRanker, finding: Curie, disease: str, match: Match, matched: Curie | None
) -> None:
    found = part(ranker.diagnose(observed=[finding]), disease, finding)
    assert (found.match, found.matched) == (match, matched)
    unexpected = part(ranker.diagnose(observed=[finding]), "OMIM:100003", finding).log_ratio
    if match not in (Match.UNEXPECTED, Match.EXCLUDED):
        assert found.log_ratio > unexpected
    if match in (Match.EXACT, Match.MORE_GENERAL):
        assert found.log_ratio > 0
    assert bool(found.evidence) == (matched is not None)


def test_what_the_disease_is_said_not_to_have_weighs_less_than_the_unexpected(
    ranker: PhenotypeRanker,
) -> None:
    answer = ranker.diagnose(observed=[LENS])
    denied, unexpected = (part(answer, d, LENS).log_ratio for d in ("OMIM:100001", "OMIM:100003"))
    assert denied < unexpected < 0


def test_an_absent_finding(ranker: PhenotypeRanker) -> None:
    answer = ranker.diagnose(observed=[TOE], excluded=[LENS])
    has, never, silent = (
        part(answer, d, LENS) for d in ("OMIM:100002", "OMIM:100001", "OMIM:100003")
    )
    assert has.log_ratio < 0 < silent.log_ratio < never.log_ratio
    assert (has.match, never.match, silent.match) == (
        Match.EXACT,
        Match.EXCLUDED,
        Match.UNEXPECTED,
    )
    assert not has.present


def test_the_evidence_is_the_row_with_its_version(ranker: PhenotypeRanker) -> None:
    (statement,) = part(ranker.diagnose(observed=[LEFT]), "OMIM:100001", LEFT).evidence
    assert str(statement.triple) == "OMIM:100001 HAS_PHENOTYPE HP:1000003"
    (evidence,) = statement.evidence
    assert isinstance(evidence, CuratedEvidence)
    assert evidence.source == "HPO annotations (phenotype.hpoa)"
    assert evidence.version == "2099-01-01"
    assert evidence.record_id == "line 3, citing PMID:11"
    assert dict(evidence.qualifiers) == {"evidence_code": "PCS", "frequency": "9/10"}
    (denied,) = part(ranker.diagnose(observed=[LENS]), "OMIM:100001", LENS).evidence
    assert denied.evidence[0].refutes


def test_equal_diseases_share_the_worst_rank(ranker: PhenotypeRanker) -> None:
    answer = ranker.diagnose(observed=[GLOW])
    assert [(str(d.disease), d.rank) for d in answer[:2]] == [
        ("OMIM:100005", 2),
        ("OMIM:100006", 2),
    ]
    standing = ranker.standing_of(Curie("OMIM", "100005"), observed=[GLOW])
    assert standing is not None
    assert (standing.best, standing.worst) == (1, 2)


def test_a_standing_is_what_diagnose_says(ranker: PhenotypeRanker) -> None:
    answer = ranker.diagnose(observed=[FIT, MURMUR], excluded=[GLOW], top=100)
    assert len(answer) == len(ranker.diseases()) == 7
    for diagnosis in answer:
        standing = ranker.standing_of(diagnosis.disease, observed=[FIT, MURMUR], excluded=[GLOW])
        assert standing is not None
        assert standing.worst == diagnosis.rank
        assert standing.posterior == pytest.approx(diagnosis.posterior)
        assert standing.first_posterior == pytest.approx(answer[0].posterior)
    assert ranker.standing_of(Curie("OMIM", "555"), observed=[FIT]) is None


def test_orpha_twins_stay_out_unless_asked_for(ranker: PhenotypeRanker) -> None:
    assert not [d for d in ranker.diseases() if d.prefix == "ORPHA"]
    answer = ranker.diagnose(observed=[AORTA], candidates=["ORPHA:77", "OMIM:100003"])
    assert [str(d.disease) for d in answer] == ["ORPHA:77", "OMIM:100003"]
    named = ranker.diagnose(observed=[GLOW], candidates=["rare GLOW", "Aorta  lens syndrome"])
    assert [str(d.disease) for d in named] == ["ORPHA:78", "OMIM:100002"]


def test_candidates_restrict_and_the_posterior_is_among_them(ranker: PhenotypeRanker) -> None:
    answer = ranker.diagnose(observed=[AORTA], candidates=["OMIM:100001", "murmur disease", "Flu"])
    assert {str(d.disease) for d in answer} == {"OMIM:100001", "OMIM:100003"}
    assert math.fsum(d.posterior for d in answer) + answer.none_of_these == pytest.approx(1)
    assert answer.not_understood == ("Flu: no disease with this id or name is annotated",)
    with pytest.raises(UsageError, match="none of the candidates"):
        ranker.diagnose(observed=[AORTA], candidates=["Flu"])


def test_a_left_out_paper_is_used_nowhere(ranker: PhenotypeRanker) -> None:
    full = part(ranker.diagnose(observed=[LEFT]), "OMIM:100001", LEFT)
    answer = ranker.diagnose(observed=[LEFT], leave_out_pmid="PMID:11")
    without = part(answer, "OMIM:100001", LEFT)
    assert without.match is Match.UNEXPECTED
    assert without.log_ratio < 0 < full.log_ratio
    assert not without.evidence
    assert ranker.diagnose(observed=[LEFT], leave_out_pmid="11") == answer
    assert ranker.diagnose(observed=[LEFT], leave_out_pmid="PMID:424242") == ranker.diagnose(
        observed=[LEFT]
    )


def test_leaving_out_equals_never_having_read() -> None:
    rows = [r for r in HPOA.splitlines() if "PMID:16" not in r]
    never = PhenotypeRanker(small_hpo("\n".join(rows) + "\n"))
    left_out = PhenotypeRanker(small_hpo()).diagnose(
        observed=[LEFT, MURMUR], excluded=[FIT], leave_out_pmid="PMID:16", top=7
    )
    expected = never.diagnose(observed=[LEFT, MURMUR], excluded=[FIT], top=7)
    assert [d.disease for d in left_out] == [d.disease for d in expected]
    for ours, theirs in zip(left_out, expected, strict=True):
        assert ours.log_weight == pytest.approx(theirs.log_weight, abs=1e-9)
        assert [c.match for c in ours.contributions] == [c.match for c in theirs.contributions]


def test_a_disease_with_nothing_left_is_not_ranked(ranker: PhenotypeRanker) -> None:
    disease = Curie("OMIM", "100008")
    assert ranker.standing_of(disease, observed=[FIT]) is not None
    assert ranker.standing_of(disease, observed=[FIT], leave_out_pmid="PMID:99") is None
    answer = ranker.diagnose(observed=[FIT], leave_out_pmid="PMID:99", top=100)
    assert len(answer) == 6
    assert math.fsum(d.posterior for d in answer) + answer.none_of_these == pytest.approx(1)


def test_genes_count_as_a_finding(ranker: PhenotypeRanker) -> None:
    answer = ranker.diagnose(observed=[GLOW, TOE], genes=["fitz", "NOPE"], top=7)
    assert str(answer[0].disease) == "OMIM:100001"
    gene = part(answer, "OMIM:100001", Curie("NCBIGENE", "7001"))
    assert (gene.name, gene.match, gene.evidence[0].triple.predicate.name) == (
        "FITZ",
        Match.EXACT,
        "ASSOCIATED_WITH",
    )
    assert part(answer, "OMIM:100002", Curie("NCBIGENE", "7001")).log_ratio < 0
    (silent,) = [d for d in answer if str(d.disease) == "OMIM:100003"]
    assert len(silent.contributions) == 2, "no known gene: nothing to say"
    assert answer.not_understood == ("NOPE: no disease is listed with this gene",)
    assert ranker.diagnose(observed=[], genes=["NCBIGENE:7002"])[0].name == "Aorta lens syndrome"


def test_what_cannot_be_used_is_said(ranker: PhenotypeRanker) -> None:
    answer = ranker.diagnose(
        observed=[*hp("1999999", "9999999", "0000006", "0000118"), MURMUR],
        excluded=[MURMUR],
        age="six",
        sex="OTHER",
    )
    assert answer[0].contributions[0].name == "Fit (given as HP:1999999, alternative id)"
    assert answer[0].contributions[0].finding == FIT
    said = "\n".join(answer.not_understood)
    for piece in ("HP:9999999", "HP:0000006", "HP:0000118", "HP:2000003", "'six'", "'OTHER'"):
        assert piece in said
    assert len(answer.not_understood) == 6


def test_with_nothing_usable_there_is_no_diagnosis(ranker: PhenotypeRanker) -> None:
    answer = ranker.diagnose(observed=hp("9999999"))
    assert len(answer) == 0
    assert answer.not_understood
    assert "no diagnosis" in answer.explain()


def test_a_finding_that_another_implies_adds_nothing(ranker: PhenotypeRanker) -> None:
    plain = ranker.diagnose(observed=[LEFT, MURMUR], top=7)
    implied = ranker.diagnose(observed=[FIT, LEFT, MURMUR], top=7)
    assert [(d.disease, d.log_weight) for d in implied] == [
        (d.disease, d.log_weight) for d in plain
    ]
    found = part(implied, "OMIM:100001", FIT)
    assert (found.log_ratio, found.name) == (0, "Fit, implied by Left-sided fit")


def test_every_answer_says_what_a_posterior_is_over(ranker: PhenotypeRanker) -> None:
    answer = ranker.diagnose(observed=[GLOW], top=1)
    for shown in (answer.explain(), answer.table()):
        assert "among the 7 diseases ranked here and none of these" in shown


@pytest.mark.parametrize("top", [0, -1])
def test_bad_questions(ranker: PhenotypeRanker, top: int) -> None:
    with pytest.raises(UsageError, match="top"):
        ranker.diagnose(observed=[FIT], top=top)
    with pytest.raises(UsageError, match="no finding"):
        ranker.diagnose(observed=[])


def test_thousands_of_findings_are_no_trouble(ranker: PhenotypeRanker) -> None:
    many = [Curie("HP", f"{n:07}") for n in range(5000)]
    answer = ranker.diagnose(observed=[*many, FIT])
    assert len(answer.not_understood) == 5000
    assert len(answer) == 7


def test_text_and_table_show_every_finding(ranker: PhenotypeRanker) -> None:
    answer = ranker.diagnose(observed=[LEFT, GLOW], excluded=[AORTA], top=3)
    for shown in (answer.explain(), answer.table()):
        for piece in ("Left-sided fit", "Glowing skin", "Wide aorta", "absent", answer[2].name):
            assert piece in shown
    assert f"{answer[0].contributions[0].log_ratio:+.2f}" in answer.table()


@dataclass(frozen=True)
class Graph:
    """A GraphView over a few statements."""

    kept: tuple[Statement, ...]

    def concept(self, id: Curie) -> Concept | None:
        return Concept(id, f"Name of {id}", EntityType.DISEASE)

    def concepts(self, type: EntityType | None = None) -> Iterator[Concept]:
        return iter(())

    def documents(self) -> Iterator[Document]:
        return iter(())

    def statements(
        self,
        *,
        subject: Curie | None = None,
        predicate: str | None = None,
        object: Curie | None = None,
    ) -> Iterator[Statement]:
        for s in self.kept:
            t = s.triple
            if (
                subject in (None, t.subject)
                and predicate in (None, t.predicate.name)
                and object in (None, t.object)
            ):
                yield s


def edge(
    subject: Curie, predicate: str, object: Curie, *, pmid: str = "500", p: float = 0.9
) -> Statement:
    quote = "It has that."
    evidence = TextEvidence(pmid, Span(0, len(quote)), quote, "test 1", p)
    return Statement(Triple.of(subject, predicate_of(predicate), object), (evidence,))


def test_edges_of_the_graph_count_by_their_belief() -> None:
    read = edge(Curie("OMIM", "100003"), "HAS_PHENOTYPE", GLOW)
    plain = part(PhenotypeRanker(small_hpo()).diagnose(observed=[GLOW]), "OMIM:100003", GLOW)
    ratios = []
    for p in (0.2, 0.9):
        statement = edge(Curie("OMIM", "100003"), "HAS_PHENOTYPE", GLOW, p=p)
        ranker = PhenotypeRanker(small_hpo(), graph=Graph((statement,)))
        found = part(ranker.diagnose(observed=[GLOW]), "OMIM:100003", GLOW)
        assert found.evidence == (statement,)
        ratios.append(found.log_ratio)
    assert plain.log_ratio < ratios[0] < ratios[1]
    with_paper_out = PhenotypeRanker(small_hpo(), graph=Graph((read,))).diagnose(
        observed=[GLOW], leave_out_pmid="PMID:500"
    )
    assert part(with_paper_out, "OMIM:100003", GLOW).log_ratio == pytest.approx(plain.log_ratio)


def test_the_graph_brings_diseases_and_stated_twins() -> None:
    mesh = Curie("MESH", "D1")
    issues = Issues()
    graph = Graph(
        (
            edge(mesh, "HAS_PHENOTYPE", MURMUR),
            edge(mesh, "SAME_AS", Curie("OMIM", "100002")),
            edge(Curie("MESH", "D2"), "HAS_PHENOTYPE", TOE),
            edge(Curie("MESH", "D2"), "HAS_PHENOTYPE", Curie("MESH", "D3")),
        )
    )
    ranker = PhenotypeRanker(small_hpo(), graph=graph, issues=issues)
    answer = ranker.diagnose(observed=[MURMUR, TOE], top=100)
    assert part(answer, "OMIM:100002", MURMUR).match is Match.EXACT
    (aorta,) = [d for d in answer if str(d.disease) == "OMIM:100002"]
    assert aorta.same_as == (mesh,)
    (new,) = [d for d in answer if str(d.disease) == "MESH:D2"]
    assert new.name == "Name of MESH:D2"
    assert issues.counts() == {"graph-phenotype": 1}


def test_a_statement_with_a_name_full_of_quotes_is_only_text() -> None:
    hpoa = HPOA + row("OMIM:1", "x'; MATCH (n) DETACH DELETE n //", "1000005") + "\n"
    answer = PhenotypeRanker(small_hpo(hpoa)).diagnose(observed=[TOE])
    assert "DETACH DELETE" in answer.explain()
