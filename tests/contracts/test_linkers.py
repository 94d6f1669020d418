"""What every linker promises, whatever it links by."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kgbuilder.link.linker import LexiconLinker
from kgbuilder.model import Candidate, Curie, Document, EntityType, Mention, Span
from kgbuilder.ontology.lexicon import Lexicon, Name, Names, NameStatus
from kgbuilder.ontology.vocabularies import drug_lexicon
from kgbuilder.protocols import Linker


def small() -> Linker:
    row = ("DRUGBANK:DB00682", "Warfarin", EntityType.DRUG)
    names = [
        Name(text, Curie.parse(row[0]), row[1], row[2], NameStatus.SYNONYM, "test", "1")
        for text in ("warfarin", "Coumadin")
    ]
    return LexiconLinker(Lexicon((Names(names),)))


LINKERS: dict[str, Callable[[], Linker]] = {
    "small lexicon": small,
    "drug lexicon": lambda: LexiconLinker(drug_lexicon()),
    "empty lexicon": lambda: LexiconLinker(Lexicon(())),
}
TEXT = "Warfarin (WAR) and Coumadin, zorbex, \u0394-thing 5 mg; \U0001f48a '}) DELETE n"
WORDS = [
    "Warfarin",
    "WAR",
    "Coumadin",
    "zorbex",
    "\u0394-thing",
    "5 mg",
    "\U0001f48a",
    "'}) DELETE n",
]


def mentions_of(text: str) -> list[Mention]:
    rows = []
    for type in EntityType:
        for word in WORDS:
            at = text.index(word)
            rows.append(Mention("d", Span(at, at + len(word)), word, type))
    return rows


@pytest.fixture(params=LINKERS, scope="module")
def linker(request: pytest.FixtureRequest) -> Linker:
    return LINKERS[request.param]()


def test_one_row_a_mention_in_order(linker: Linker) -> None:
    document = Document("d", TEXT, "t")
    mentions = mentions_of(TEXT)
    rows = linker.link(document, mentions)
    assert len(rows) == len(mentions)
    assert linker.link(document, []) == []
    for row in rows:
        assert isinstance(row, tuple)
        assert all(isinstance(candidate, Candidate) for candidate in row)
        assert all(0 <= candidate.score <= 1 for candidate in row)
        scores = [candidate.score for candidate in row]
        assert scores == sorted(scores, reverse=True)
        assert len({candidate.concept for candidate in row}) == len(row)


def test_company_changes_nothing(linker: Linker) -> None:
    document = Document("d", TEXT, "t")
    mentions = mentions_of(TEXT)
    together = linker.link(document, mentions)
    assert [linker.link(document, [mention])[0] for mention in mentions] == together
    assert linker.link(document, mentions[::-1]) == together[::-1]
    assert linker.link(document, mentions) == together


def test_an_unknown_name_is_refused(linker: Linker) -> None:
    document = Document("d", "zorbexamide warfarinn", "t")
    mentions = [
        Mention("d", Span(0, 11), "zorbexamide", EntityType.DRUG),
        Mention("d", Span(12, 21), "warfarinn", EntityType.DRUG),
    ]
    assert linker.link(document, mentions) == [(), ()]
