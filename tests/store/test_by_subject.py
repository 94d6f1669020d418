"""An export in the order of its subjects is the same graph."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import pytest

from kgbuilder.errors import GraphError
from kgbuilder.model import Curie
from kgbuilder.protocols import Batch
from kgbuilder.store import by_subject as module
from kgbuilder.store.by_subject import by_subject
from kgbuilder.store.memory import MemoryStore
from tests.store import graphs as g
from tests.store import hostile


@pytest.mark.parametrize("batch", [g.SAMPLE, hostile.batch(), hostile.about("a\u2028\x85\r\nb")])
def test_the_graph_is_the_same(batch: Batch) -> None:
    plain, grouped = MemoryStore(), MemoryStore()
    plain.merge(batch)
    for part in by_subject([batch]):
        grouped.merge(part)
    assert list(grouped.concepts()) == list(plain.concepts())
    assert list(grouped.documents()) == list(plain.documents())
    assert list(grouped.statements()) == list(plain.statements())


def test_a_subject_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PER_BATCH", 7)
    drugs = [Curie("X", f"D{i}") for i in range(40)]
    edges = [g.edge(a, "INTERACTS_WITH", b, g.TABLE) for b in drugs[:20] for a in drugs[20:]]
    parts = list(by_subject(Batch(statements=(edge,)) for edge in edges))
    subjects = [s.triple.subject for part in parts for s in part.statements]
    assert len(subjects) == len(edges)
    assert len([key for key, _ in groupby(subjects)]) == len(set(subjects))
    assert max(len(part.statements) for part in parts) == 7


def test_what_is_stated_of_patients_stands_apart() -> None:
    takes = [g.edge(Curie("Patient", f"p{n}"), "TAKES", g.WARFARIN, g.TABLE) for n in range(30)]
    drugs = [Curie("X", f"D{n}") for n in range(30)]
    edges = [g.edge(drug, "CAUSES", g.FEVER, g.TABLE) for drug in drugs]
    parts = list(by_subject([Batch(statements=(*takes, *edges))]))
    kinds = [{s.triple.subject.prefix == "Patient" for s in part.statements} for part in parts]
    assert kinds.count({True}) == 1
    assert {True, False} not in kinds


def test_nothing_is_stated_of_what_breaks_off() -> None:
    def broken() -> Iterator[Batch]:
        yield g.SAMPLE
        raise GraphError("cut off")

    told: list[Batch] = []
    with pytest.raises(GraphError, match="cut off"):
        told.extend(by_subject(broken()))
    assert not any(part.statements for part in told)


def test_nothing_gives_nothing() -> None:
    assert list(by_subject([])) == []
