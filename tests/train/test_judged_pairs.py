"""What a set says of pairs of mentions: who is the subject, what is not learned and is said so."""

from __future__ import annotations

import pytest

from kgbuilder.errors import ConfigError
from kgbuilder.evaluate.corpora import AnnotatedDocument, AnnotatedRelation, Annotation
from kgbuilder.issues import Issues

pytestmark = pytest.mark.extra

TEXT = "Aspirin caused bleeding in gout. Warfarin did not."
PLACES = {"aspirin": (0, 7), "bleeding": (15, 23), "gout": (27, 31), "warfarin": (33, 41)}
TYPES = {"C": ("Drug",), "D": ("Disease",), "X": ("",)}


def judge(relations: list[tuple[str, str, str]], table: dict[str, str]):  # type: ignore[no-untyped-def]
    from kgbuilder.train.judged_pairs import judgements_of

    entities = tuple(
        Annotation(name, a, b, "C" if name in ("aspirin", "warfarin") else "D", (f"MESH:{name}",))
        for name, (a, b) in PLACES.items()
    )
    document = AnnotatedDocument(
        "d", TEXT, entities, tuple(AnnotatedRelation(*row) for row in relations)
    )
    issues = Issues()
    sentences = list(judgements_of(document, TYPES, table, issues=issues))
    return sentences, issues


def told(sentences) -> set[tuple[str, str, str, str]]:  # type: ignore[no-untyped-def]
    (sentence,) = sentences
    return {
        (sentence.text[slice(*sentence.spans[j.first][:2])],
         sentence.text[slice(*sentence.spans[j.second][:2])], j.kind, *j.labels)
        for j in sentence.judgements if j.labels != ("none",)
    }  # fmt: skip


def test_subject_and_object_follow_from_the_predicate_and_the_types() -> None:
    wanted = {("Aspirin", "bleeding", "drug condition", "CAUSES")}
    for row in (("R", "aspirin", "bleeding"), ("R", "MESH:bleeding", "MESH:aspirin")):
        sentences, issues = judge([row], {"R": "CAUSES"})
        assert told(sentences) == wanted
        assert issues.counts() == {}
        nones = [j for j in sentences[0].judgements if j.labels == ("none",)]
        assert {(j.first, j.second) for j in nones} >= {(0, 2)}, "aspirin and gout are not related"


def test_what_is_not_learned_is_said() -> None:
    table = {"R": "CAUSES", "I": "INTERACTS_WITH", "N": ""}
    sentences, issues = judge([("R", "warfarin", "bleeding")], table)
    assert told(sentences) == set()
    assert issues.counts() == {"across-sentences": 1}
    sentences, issues = judge([("I", "aspirin", "gout")], table)
    assert issues.counts() == {"wrong-types": 1}
    assert issues.n_refused == 1
    sentences, issues = judge([("R", "gout", "bleeding")], table)
    assert issues.counts() == {"against-order": 1}
    sentences, issues = judge([("N", "aspirin", "gout")], table)
    assert issues.counts() == {}
    assert all({j.first, j.second} != {0, 2} for j in sentences[0].judgements), "passed over"


def test_relation_labels_are_mapped_or_named() -> None:
    from kgbuilder.relation_labels import map_relations

    rows = tuple(AnnotatedRelation(t, "a", "b") for t in ("CID", "TREATS", "Own", "Junk"))
    documents = [AnnotatedDocument("d", "x", (), rows)]
    table = {"Own": "INTERACTS_WITH:effect", "Junk": ""}
    assert map_relations(documents, table, where="d") == {
        "CID": "CAUSES", "TREATS": "TREATS", "Own": "INTERACTS_WITH:effect", "Junk": "",
    }  # fmt: skip
    with pytest.raises(ConfigError, match="Junk \\(1\\), Own \\(1\\)"):
        map_relations(documents, {}, where="d")
    with pytest.raises(ConfigError, match="no predicate"):
        map_relations(documents, {"Own": "LIKES"}, where="d")
