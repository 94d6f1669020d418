from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuilder.errors import UnknownName
from kgbuilder.issues import Issues
from kgbuilder.model import Curie
from kgbuilder.ontology.hierarchy import Hierarchy, Rows, information_content


def ids(*numbers: int) -> list[Curie]:
    return [Curie("X", str(n)) for n in numbers]


def built(parents: dict[int, list[int]], issues: Issues | None = None) -> Hierarchy:
    notepad = issues if issues is not None else Issues()
    return Hierarchy.build(ids(*parents), [ids(*p) for p in parents.values()], issues=notepad)


def test_a_diamond() -> None:
    h = built({0: [], 1: [0], 2: [0], 3: [1, 2]})
    assert h.ancestors_of(Curie("X", "3")) == frozenset(ids(0, 1, 2))
    assert h.descendants_of(Curie("X", "0")) == frozenset(ids(1, 2, 3))
    assert h.is_a(Curie("X", "3"), Curie("X", "0"))
    assert h.is_a(Curie("X", "3"), Curie("X", "3"))
    assert not h.is_a(Curie("X", "1"), Curie("X", "2"))


def test_children_may_stand_before_their_parents() -> None:
    h = built({3: [2], 2: [1], 1: []})
    assert h.ancestors_of(Curie("X", "3")) == frozenset(ids(1, 2))


def test_a_circle_is_opened_and_said() -> None:
    issues = Issues()
    h = built({0: [2], 1: [0], 2: [1]}, issues)
    assert issues.counts() == {"hierarchy-circle": 1}
    assert sum(len(h.ancestors[row]) for row in range(3)) == 6  # a chain of three


def test_an_unknown_parent_is_left_out_and_said() -> None:
    issues = Issues()
    assert built({0: [7, 0]}, issues).ancestors_of(Curie("X", "0")) == frozenset()
    assert issues.counts() == {"hierarchy-parent": 2}


def test_a_long_chain_needs_no_recursion() -> None:
    n = 3000
    h = built({i: [i + 1] if i + 1 < n else [] for i in range(n)})
    assert len(h.ancestors[0]) == n


def test_an_unknown_id() -> None:
    with pytest.raises(UnknownName, match="X:9"):
        built({0: []}).ancestors_of(Curie("X", "9"))


def test_nothing_at_all() -> None:
    assert len(built({})) == 0


@given(st.lists(st.sets(st.integers(0, 8)), max_size=8))
def test_turning_twice_gives_the_same_rows(lists: list[set[int]]) -> None:
    rows = Rows.of(lists)
    back = rows.turned(9).turned(len(lists))
    assert [set(back[i].tolist()) for i in range(len(lists))] == lists


@given(st.lists(st.lists(st.integers(0, 6), max_size=3), min_size=1, max_size=7))
def test_ancestors_are_closed_under_parents(parents: list[list[int]]) -> None:
    n = len(parents)
    h = built({i: [p for p in ps if p < n] for i, ps in enumerate(parents)})
    for row in range(n):
        above = set(h.ancestors[row].tolist())
        assert row in above
        for a in above:
            assert set(h.parents[a].tolist()) <= above
        for a in above:
            assert row in h.descendants[a]


def test_information_content_in_nats() -> None:
    ic = information_content(np.array([10, 5, 0]), 10)
    assert ic[0] == 0
    assert ic[1] == pytest.approx(math.log(2))
    assert math.isfinite(ic[2])
    assert ic[2] > ic[1]
