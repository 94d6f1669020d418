from __future__ import annotations

import pytest

from kgbuilder.errors import ConfigError
from kgbuilder.nn.examples import free_of_overlap, sentence_bounds
from kgbuilder.nn.labels import LabelSpace, allowed_labels
from kgbuilder.nn.templates import Slot, fill_templates

SPACE = LabelSpace(("Drug", "Disease", "Phenotype"))
WORDS = [(0, 7), (8, 11), (12, 17)]  # "aspirin for fever"


def test_label_names_stand_at_their_indexes() -> None:
    names = SPACE.names()
    assert names[0] == "O"
    assert names[SPACE.begin("Disease")] == "B-Disease"
    assert names[SPACE.inside("Phenotype")] == "I-Phenotype"
    assert len(names) == SPACE.n_labels == 7


def test_a_type_that_the_corpus_does_not_annotate_is_not_punished() -> None:
    allowed = allowed_labels(WORDS, [(0, 7, ("Drug",))], annotated=frozenset({"Drug"}), space=SPACE)
    assert allowed[0] == {SPACE.begin("Drug")}
    assert SPACE.begin("Phenotype") in allowed[2]
    assert SPACE.begin("Drug") not in allowed[2]
    assert 0 in allowed[2]


def test_where_everything_is_annotated_outside_means_outside() -> None:
    allowed = allowed_labels(WORDS, [], annotated=frozenset(SPACE.types), space=SPACE)
    assert allowed == [frozenset({0})] * 3


def test_either_of_two_types_may_be_right() -> None:
    (word,) = allowed_labels(
        [(0, 5)], [(0, 5, ("Disease", "Phenotype"))], annotated=frozenset(), space=SPACE
    )
    assert word == {SPACE.begin("Disease"), SPACE.begin("Phenotype")}


def test_a_mention_of_incomplete_annotation_still_ends_where_it_ends() -> None:
    allowed = allowed_labels(WORDS, [(0, 7, ("Drug",))], annotated=frozenset(), space=SPACE)
    assert SPACE.inside("Drug") not in allowed[1]
    assert SPACE.begin("Drug") in allowed[1]


def test_of_an_unknown_stretch_nothing_is_said() -> None:
    allowed = allowed_labels(WORDS, [(8, 17, ())], annotated=frozenset(SPACE.types), space=SPACE)
    assert allowed[0] == {0}
    assert allowed[1] == allowed[2] == frozenset(range(7))


def test_the_longest_of_overlapping_mentions_is_kept() -> None:
    spans = [(0, 4, ("Drug",)), (0, 9, ("Disease",)), (20, 25, ()), (12, 14, ("Drug",))]
    assert free_of_overlap(spans) == [
        (20, 25, ()), (0, 9, ("Disease",)), (12, 14, ("Drug",))
    ]  # fmt: skip


def test_sentences_are_not_cut_within_a_mention_or_an_abbreviation() -> None:
    text = "Given by Dr. Who. It helped. E. coli grew."
    bounds = sentence_bounds(text)
    assert [text[a:b] for a, b in bounds] == ["Given by Dr. Who.", "It helped.", "E. coli grew."]
    protected = sentence_bounds(text, [(14, 22)])
    assert text[slice(*protected[0])] == "Given by Dr. Who. It helped."


def test_templates_mark_their_slots_and_repeat_for_a_seed() -> None:
    slots = {"d": Slot(["aspirin"], "Drug"), "x": Slot(["", "-"])}
    made = fill_templates(["{x} {d} {daily|twice}."], slots, n=5, seed=1)
    assert made == fill_templates(["{x} {d} {daily|twice}."], slots, n=5, seed=1)
    for filled in made:
        ((start, end, type),) = filled.spans
        assert (filled.text[start:end], type) == ("aspirin", "Drug")


def test_a_template_with_an_unknown_slot_is_an_error() -> None:
    with pytest.raises(ConfigError, match="no slot 'durg'"):
        fill_templates(["{durg}"], {"drug": Slot(["x"])}, n=1, seed=1)
