from __future__ import annotations

import re
import time

import pytest

from kgbuilder.errors import ConfigError
from kgbuilder.relate.cues import Cues, load_cues, parse_cues, spoken


def denied(text: str, first: str, second: str, *others: str) -> set[str]:
    def place(word: str) -> tuple[int, int]:
        start = text.index(word)
        return start, start + len(word)

    mentions = sorted(map(place, (first, second, *others)))
    one, other = sorted((place(first), place(second)))
    found = Cues(text, mentions, load_cues()).of(one, other)
    for denial in found:
        assert 0 <= denial.start < denial.end <= len(text)
    return {denial.predicate for denial in found}


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("No interaction between alphanol and betanol was found.", "alphanol", "betanol"),
        ("Alphanol did not alter the kinetics of betanol.", "Alphanol", "betanol"),
        ("ALPHANOL DOES NOT INTERACT WITH BETANOL.", "ALPHANOL", "BETANOL"),
        ("Clearance of betanol was not affected by alphanol.", "betanol", "alphanol"),
        (
            "Between alphanol and betanol there was no pharmacokinetic interaction.",
            "alphanol",
            "betanol",
        ),
    ],
)
def test_a_denied_interaction(text: str, first: str, second: str) -> None:
    assert "INTERACTS_WITH" in denied(text, first, second)


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("Alphanol increases the level of betanol.", "Alphanol", "betanol"),
        ("Alphanol did not cause harm, but it interacts with betanol.", "Alphanol", "betanol"),
        ("No interaction is known for gammanol; alphanol raises betanol.", "alphanol", "betanol"),
        ("Alphanol had a nointeraction code with betanol.", "Alphanol", "betanol"),
        ("", "", ""),
    ],
)
def test_nothing_is_denied(text: str, first: str, second: str) -> None:
    assert denied(text, first, second) == set()


def test_a_denial_does_not_pass_what_it_denied() -> None:
    text = "As no signal of alphanol was seen, betanol should be used to control gammanol."
    assert denied(text, "betanol", "gammanol", "alphanol") == set()
    assert denied("There was no evidence that betanol caused gammanol.", "betanol", "gammanol")


def test_what_is_preferred_denies_no_interaction() -> None:
    text = "Alphanol, rather than betanol, could be the choice for those who take gammanol."
    assert not {"INTERACTS_WITH", "TREATS"} & denied(text, "betanol", "gammanol", "Alphanol")


def test_a_denial_reaches_along_a_list_but_not_past_it() -> None:
    text = "Alphanol did not affect betanol, gammanol, or deltanol, and doubled epsilonol."
    assert "INTERACTS_WITH" in denied(text, "Alphanol", "deltanol", "betanol", "gammanol")
    assert denied(text, "Alphanol", "epsilonol", "betanol", "gammanol", "deltanol") == set()


def test_the_shipped_table_is_sound() -> None:
    cues = load_cues()
    assert len(cues) > 50
    assert len({(c.words, c.predicates) for c in cues}) == len(cues)
    assert all(0 < cue.probability < 1 for cue in cues)


@pytest.mark.parametrize(
    ("text", "first", "second", "predicate"),
    [
        ("Neither alphanol nor betanol inhibited gene1.", "betanol", "gene1", "INHIBITS"),
        ("Alphanol, but not betanol, raised gammanol.", "betanol", "gammanol", "INTERACTS_WITH"),
        ("Alphanol inhibits gene1 but not gene2.", "Alphanol", "gene2", "INHIBITS"),
        ("Rash was caused by alphanol and not by betanol.", "Rash", "betanol", "CAUSES"),
        ("Alphanol was given for weeks without nausea.", "Alphanol", "nausea", "CAUSES"),
        ("Alphanol is not a substrate of gene1.", "Alphanol", "gene1", "SUBSTRATE_OF"),
        ("Alphanol wasn't associated with stroke.", "Alphanol", "stroke", "CAUSES"),
        ("There was a lack of association between gene1 and gout.", "gene1", "gout", "CAUSES"),
        ("Cough is not a sign of gout.", "Cough", "gout", "HAS_PHENOTYPE"),
        ("Patients with gout have no cough.", "gout", "cough", "HAS_PHENOTYPE"),
    ],
)
def test_other_ways_to_deny(text: str, first: str, second: str, predicate: str) -> None:
    others = [w for w in ("alphanol", "Alphanol", "betanol", "gene1") if w in text]
    assert predicate in denied(
        text, first, second, *(w for w in others if w not in (first, second))
    )


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("Alphanol not only inhibits gene1 but lowers it.", "Alphanol", "gene1"),
        ("Alphanol, but not betanol, raised gammanol.", "Alphanol", "gammanol"),
        ("Alphanol should not be combined with betanol.", "Alphanol", "betanol"),
        ("No patient recovered after alphanol-induced deafness.", "alphanol", "deafness"),
        ("There is no doubt that alphanol causes cough.", "alphanol", "cough"),
        ("Rash due to alphanol cannot be ruled out.", "Rash", "alphanol"),
    ],
)
def test_negation_of_something_else_denies_nothing(text: str, first: str, second: str) -> None:
    assert denied(text, first, second, *(["betanol"] if "but not" in text else [])) == set()


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("Betanol had no effect on alphanol-induced catalepsy.", "alphanol", "catalepsy"),
        (
            "There is no evidence for another origin of myalgia due to alphanol.",
            "myalgia",
            "alphanol",
        ),
        ("Alphanol was given to ten patients without gallstones.", "Alphanol", "gallstones"),
        ("Encephalopathy after alphanol, with or without rash.", "alphanol", "rash"),
        ("In contrast to alphanol, betanol did not cause rash.", "alphanol", "rash"),
        ("Alphanol alone does not always induce dementia.", "Alphanol", "dementia"),
    ],
)
def test_what_is_taken_for_granted_or_set_apart_is_not_denied(
    text: str, first: str, second: str
) -> None:
    assert not denied(text, first, second) & {"CAUSES", "ASSOCIATED_WITH"}


def test_of_a_passive_only_what_stands_behind_is_the_subject() -> None:
    for text, subject_first in (("gene1 is unaffected by alphanol", False), ("", True)):
        text = text or "alphanol is unaffected by gene1"
        places = sorted((text.index(w), text.index(w) + len(w)) for w in ("gene1", "alphanol"))
        found = Cues(text, places, load_cues()).of(*places, subject_first=subject_first)
        assert ("INHIBITS" in {d.predicate for d in found}) is not subject_first


def test_where_there_is_no_such_bond_at_all_harm_is_denied() -> None:
    assert "CAUSES" in denied("There was no case of alphanol-induced rash.", "alphanol", "rash")
    assert "CAUSES" in denied("Alphanol relieved pain without rash.", "Alphanol", "rash")


@pytest.mark.parametrize(
    ("text", "disease", "phenotype", "stated"),
    [
        ("Alphaitis presents with cough.", "Alphaitis", "cough", True),
        ("Cough is a common sign of alphaitis.", "alphaitis", "Cough", True),
        ("Patients with alphaitis often develop cough.", "alphaitis", "cough", True),
        ("Alphaitis may cause rash, fever, and cough.", "Alphaitis", "cough", True),
        ("Alphaitis and cough were compared.", "Alphaitis", "cough", False),
        ("Cough presents with alphaitis.", "alphaitis", "Cough", False),
    ],
)
def test_words_state_which_phenotype_a_disease_has(
    text: str, disease: str, phenotype: str, stated: bool
) -> None:
    words = [w for w in (disease, phenotype, "rash", "fever") if w in text]
    places = sorted((text.index(w), text.index(w) + len(w)) for w in words)
    ends = sorted((text.index(w), text.index(w) + len(w)) for w in (disease, phenotype))
    disease_first = text.index(disease) < text.index(phenotype)
    found = Cues(text, places, load_cues("stated_relations")).of(*ends, subject_first=disease_first)
    assert ("HAS_PHENOTYPE" in {cued.predicate for cued in found}) is stated


def test_a_hostile_sentence_takes_little_time() -> None:
    text = "no effect " + "not a, " * 2000 + "alphanol " * 400 + "betanol"
    mentions = [(m.start(), m.end()) for m in re.finditer("alphanol|betanol", text)]
    began = time.process_time()
    Cues(text, mentions, load_cues()).of(mentions[0], mentions[-1])
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "row", ["x\tbetween\tCAUSES", "x\tnear\tCAUSES\t0.5", "x\tafter\tCAUSE\t0.5"]
)
def test_a_wrong_row_is_named(row: str) -> None:
    with pytest.raises(ConfigError, match="line 1"):
        parse_cues([row])


@pytest.mark.parametrize(
    ("text", "is_denied"),
    [
        ("There was no difference in bleeding between alphanol and betanol.", False),
        ("There was no difference in the clearance of alphanol and betanol.", True),
        ("Alphanol should not delay betanol.", False),
        ("Alphanol did not alter the effect of betanol.", True),
    ],
)
def test_an_interaction_is_denied_only_where_it_is_spoken_of(text: str, is_denied: bool) -> None:
    start = text.lower().index("alphanol")
    first, second = (start, start + 8), (text.index("betanol"), text.index("betanol") + 7)
    found = Cues(text, [first, second], load_cues()).of(first, second)
    assert any(c.predicate == "INTERACTS_WITH" for c in spoken(found, text)) is is_denied


def test_who_the_patients_are_is_not_denied() -> None:
    text = "Alphanol has no effect on betanol in patients with gammanol."
    assert denied(text, "Alphanol", "betanol", "gammanol")
    assert denied(text, "Alphanol", "gammanol", "betanol") == set()
    assert denied("Alphanol has no effect in patients with gammanol.", "Alphanol", "gammanol")
