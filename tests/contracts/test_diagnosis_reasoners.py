"""One contract for every DiagnosisReasoner: pure, ranked, and its reasons suffice."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from kgbuilder.errors import UsageError
from kgbuilder.model import Curie
from kgbuilder.ontology.hpo import load_hpo
from kgbuilder.protocols import DiagnosisReasoner
from kgbuilder.reason.diagnosis import PhenotypeRanker
from tests.reason.diagnosis_samples import small_hpo

# Terms of the real ontology; the small one lacks them and must say so.
OBSERVED = [Curie("HP", "0001519"), Curie("HP", "0001083"), Curie("HP", "1000002")]
EXCLUDED = [Curie("HP", "0001250"), Curie("HP", "2000002")]


def _small() -> DiagnosisReasoner:
    return PhenotypeRanker(small_hpo())


def _shipped() -> DiagnosisReasoner:
    return PhenotypeRanker(load_hpo())


@pytest.fixture(params=[_small, _shipped], ids=["small", "shipped"], scope="module")
def reasoner(request: pytest.FixtureRequest) -> DiagnosisReasoner:
    return request.param()


def test_the_same_question_has_the_same_answer(reasoner: DiagnosisReasoner) -> None:
    first = reasoner.diagnose(observed=OBSERVED, excluded=EXCLUDED)
    reasoner.diagnose(observed=EXCLUDED, genes=["FBN1"], leave_out_pmid="PMID:1")
    assert reasoner.diagnose(observed=iter(OBSERVED), excluded=iter(EXCLUDED)) == first


def test_best_first_and_no_more_than_asked_for(reasoner: DiagnosisReasoner) -> None:
    answer = reasoner.diagnose(observed=OBSERVED, excluded=EXCLUDED, top=4)
    assert len(answer) == 4
    assert [d.rank for d in answer] == sorted(d.rank for d in answer)
    assert all(a.posterior >= b.posterior - 1e-12 for a, b in pairwise(answer))


def test_reasons_suffice(reasoner: DiagnosisReasoner) -> None:
    for d in reasoner.diagnose(observed=OBSERVED, excluded=EXCLUDED):
        weight = math.log(d.prior) + math.fsum(c.log_ratio for c in d.contributions)
        assert d.posterior == pytest.approx(math.exp(weight - d.log_total))
        assert 0 < d.prior < 1
        for c in d.contributions:
            assert all(s.triple.subject == d.disease for s in c.evidence)
            assert all(s.triple.object == c.matched for s in c.evidence)


def test_nothing_given_is_lost(reasoner: DiagnosisReasoner) -> None:
    answer = reasoner.diagnose(observed=OBSERVED, excluded=EXCLUDED)
    used = {c.finding for c in answer[0].contributions}
    for id in (*OBSERVED, *EXCLUDED):
        assert id in used or any(str(id) in said for said in answer.not_understood)


def test_nothing_to_go_by_is_a_usage_error(reasoner: DiagnosisReasoner) -> None:
    with pytest.raises(UsageError):
        reasoner.diagnose(observed=[])
