"""Words that speak against a relation: each row of the table by its own example."""

from __future__ import annotations

import re

import pytest

from kgbuilder.model import (
    PREDICATES,
    Assertion,
    Curie,
    EntityType,
    Finding,
    Mention,
    Relation,
    Sentence,
    Span,
)
from kgbuilder.relate.belied import Doubt, is_belied, load_doubts

_TYPES = {
    "DRUG": EntityType.DRUG,
    "COND": EntityType.DISEASE,
    "GENE": EntityType.GENE,
}
_ENDS = {"CAUSES": ("DRUG", "COND"), "TREATS": ("DRUG", "COND"), "INHIBITS": ("DRUG", "GENE")}
_MARK = re.compile(r"\[(?P<end>[SO]) (?P<name>[^\]]*)\]|\{(?P<word>[A-Z]+) (?P<other>[^}]*)\}")


def _read(example: str, predicate: str) -> tuple[Relation, list[Finding]]:
    """The relation that an example marks, and all findings of its sentence."""
    ends = dict(zip("SO", _ENDS.get(predicate, ("DRUG", "DRUG")), strict=True))
    text, found, at = "", [], 0
    for mark in _MARK.finditer(example):
        text += example[at : mark.start()]
        name = mark["name"] or mark["other"]
        type = _TYPES.get(ends[mark["end"]] if mark["end"] else mark["word"], EntityType.DISEASE)
        mention = Mention("d", Span(len(text), len(text) + len(name)), name, type, 0.9)
        finding = Finding(mention, Assertion(), Curie("TEXT", name), name)
        found.append((mark["end"], finding))
        text, at = text + name, mark.end()
    text += example[at:]
    by_end = {end: finding for end, finding in found if end}
    sentence = Sentence("d", Span(0, len(text)), text)
    relation = Relation(by_end["S"], PREDICATES[predicate], by_end["O"], (sentence,), 0.8)
    return relation, [finding for _, finding in found]


def _first(doubt: Doubt) -> str:
    return sorted(doubt.predicates)[0] if "CAUSES" not in doubt.predicates else "CAUSES"


@pytest.mark.parametrize("doubt", load_doubts(), ids=lambda doubt: doubt.example[:80])
def test_a_row_speaks_against_its_example(doubt: Doubt) -> None:
    relation, findings = _read(doubt.example, _first(doubt))
    assert is_belied(relation, findings)


@pytest.mark.parametrize(
    ("example", "predicate"),
    [
        ("[O Hepatitis] resolved after discontinuation of [S isoniazid].", "CAUSES"),
        ("[S Isoniazid] caused [O hepatitis].", "CAUSES"),
        ("[S Ondansetron] prevented [O vomiting] in patients with {COND cancer}.", "TREATS"),
        ("[S Topotecan] was given to patients with [O ovarian cancer].", "TREATS"),
        ("[S Topotecan] is safe and effective in patients with [O ovarian cancer].", "TREATS"),
        ("{GENE TNF} inhibitors such as [S infliximab] block [O TNF].", "INHIBITS"),
    ],
)
def test_what_is_said_stays_said(example: str, predicate: str) -> None:
    assert not is_belied(*_read(example, predicate))
