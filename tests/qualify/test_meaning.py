"""Categories of the table of cues, and the assertions they make."""

from __future__ import annotations

import itertools

from kgbuilder.model import Assertion, Certainty, EntityType, Experiencer, Polarity, Temporality
from kgbuilder.qualify.meaning import Said, assertion_of, categories_of


def test_an_assertion_is_what_its_categories_say() -> None:
    every = itertools.product(Polarity, Certainty, Temporality, Experiencer)
    for meant in (Assertion(*values) for values in every):
        again = assertion_of(Said(categories_of(meant)), EntityType.DISEASE, ())
        if meant.experiencer is not Experiencer.PATIENT and meant.temporality == "historical":
            assert again.temporality is Temporality.CURRENT, (
                "what a relative had is no time of ours"
            )
        else:
            assert again == meant
    assert categories_of(Assertion()) == frozenset()
