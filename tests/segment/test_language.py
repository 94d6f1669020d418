from __future__ import annotations

import pytest

from kgbuilder import api
from kgbuilder.issues import Level
from kgbuilder.segment.language import ENGLISH, language_of
from kgbuilder.stages import foreign_issue

FOREIGN = {
    "es": "La paciente niega fiebre. No tiene diabetes, pero presenta tos desde hace dos días.",
    "fr": "La patiente ne présente pas de fièvre depuis trois jours, mais elle tousse.",
    "de": "Kein Fieber, keine Diarrhoe. Der Vater hatte einen Schlaganfall und ist bekannt mit Asthma.",
    "it": "Il paziente nega febbre. Sono presenti tosse e dispnea, anche durante la notte.",
    "pt": "O paciente não apresenta febre. Nega diabetes, mas tem tosse há dois dias sem expectoração.",
    "nl": "De patiënt heeft geen koorts, maar hoest sinds drie dagen en wordt niet beter.",
    "sv": "Patienten har ingen feber och inte ont i bröstet, men hosta sedan tre dagar.",
    "da": "Patienten har ikke feber og ingen smerter ved indånding, men hoste siden mandag.",
    "pl": "Pacjent nie ma gorączki oraz nie zgłasza bólu, ale jest kaszel od trzech dni.",
    "ro": "Pacientul nu are febră, dar prezintă tuse după efort și dispnee fără durere.",
    "tr": "Hastada ateş yok, ama öksürük için ilaç olarak şurup verildi, ağrı değil.",
    "und": "У пациента нет лихорадки и кашля.",
}


@pytest.mark.parametrize("language", FOREIGN)
def test_a_foreign_text_is_told_as_such(language: str) -> None:
    assert language_of(FOREIGN[language]) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "BP 120/80, HR 72",
        "No fever. Denies chills. PO intake poor, NPO after midnight, d/c IV.",
        "Pt c/o SOB, DOE; PMH CAD s/p CABG, DM2, HTN. Meds: ASA, metoprolol, lisinopril.",
        "Mr. Van den Berg and Ms. de la Cruz of Los Angeles had no rash; per os, in situ, in vivo.",
        "Café-au-lait spots, naïve, Sjögren and Guillain-Barré were seen by Dr. Müller.",
        "Study of the drug. Objetivo: evaluar la eficacia en los pacientes.",
        "αβγ-crystallin and TNF-α in 5 µg/ml of serum",
        "\x00\ud800" * 10,
    ],
)
def test_what_may_be_english_is_read(text: str) -> None:
    assert language_of(text) == ENGLISH


def test_nothing_is_read_in_a_foreign_text_and_it_is_said() -> None:
    reading = api.extract(FOREIGN["es"])
    assert (reading.findings, reading.relations, reading.language) == ((), (), "es")
    assert reading.to_json()["language"] == "es"
    issue = foreign_issue(reading)
    assert issue is not None
    assert (issue.level, issue.kind) == (Level.REFUSED, "not-english")
    assert foreign_issue(api.extract("He has asthma.")) is None
