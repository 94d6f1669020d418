"""A note's findings as the edges of its patient. Never a fact about medicine.

The rules are tables: which finding makes which edge (patient_edges.tsv), which words make a drug an
allergy and a finding its reaction (allergy_cues.tsv). Whose dose it is, ``attributes.py`` decides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from kgbuilder.assemble.attributes import Placed, attributes_of
from kgbuilder.assemble.quoting import Sentences
from kgbuilder.assemble.table import table_rows
from kgbuilder.assemble.types import type_of
from kgbuilder.model import (
    NODE_TYPES,
    PATIENT,
    Curie,
    Document,
    EntityType,
    Finding,
    Polarity,
    Span,
    Statement,
    TextEvidence,
    Triple,
    predicate_of,
)

__all__ = ["patient_id", "patient_statements", "without_reactions"]

_SCREENED = re.compile(
    r"\b(?:u-?tox|UDS|urine (?:tox\w*|drugs?)|drug screen|tox\w* screen)\b"
    r"(?:[^.;\n]|; ?(?:neg|pos|[+-]))*\Z",
    re.IGNORECASE,
)
"""Before a drug that was looked for in the urine: found or not, nobody says that it is taken."""

_TESTED = re.compile(
    r"\b(?:[SR][ -]|(?:sens(?:itive)?|res(?:istant)?|susceptible)(?: to)?:? )"
    r"(?:[\w-]+(?:, ?| ?/ ?| and | or ))*\Z"
)
"""Before a drug that a germ is tested with: "S mero, R cipro/gent"."""
_MEASURED = re.compile(r"\s*(?:nl|WNL|normal)\b")
"""Behind a substance that is measured and as it should be: "carnitine nl"."""

REACTIONS = frozenset({EntityType.DISEASE, EntityType.PHENOTYPE})


def patient_id(document: Document) -> Curie:
    """The node that stands for the patient of a note: one per document, never merged."""
    return Curie(PATIENT, document.id)


def patient_statements(
    document: Document,
    findings: Sequence[Finding],
    *,
    sentences: Sentences,
    extractor: str,
    concept_types: Mapping[Curie, EntityType],
) -> list[Statement]:
    """One statement per finding that the table gives an edge; the same edge twice is told twice.

    ``probability`` is the recognizer's score: how sure it is that the words name such a thing.
    """
    patient = patient_id(document)
    ordered = sorted(findings, key=lambda f: f.mention.span)
    placed = [(f, sentences.around(f.mention.span)) for f in ordered]
    attributes = attributes_of(document, placed)
    names = [_predicate_name(document, finding, sentence) for finding, sentence in placed]
    reactions = _reactions(document, placed, names)
    statements: list[Statement] = []
    for i, (finding, sentence) in enumerate(placed):
        if names[i] is None or i in reactions:
            continue
        predicate = predicate_of(names[i] or "")
        if type_of(finding, concept_types).value not in predicate.range:
            continue
        told = [
            " ".join((*(v for _, v in attributes.get(k, ())), placed[k][0].mention.text))
            for k, drug in reactions.items()
            if drug == i
        ]
        reaction = (("reaction", ", ".join(told)),) if told else ()
        evidence = TextEvidence(
            document.id,
            sentence,
            sentence.of(document.text),
            extractor,
            finding.mention.score,
            section=finding.section,
            qualifiers=tuple(sorted((*attributes.get(i, ()), *reaction))),
        )
        triple = Triple.of(patient, predicate, finding.concept, finding.assertion)
        statements.append(Statement(triple, (evidence,)))
    return statements


def without_reactions(
    document: Document, findings: Sequence[Finding], *, sentences: Sentences
) -> tuple[Finding, ...]:
    """``findings`` by place without what an allergy did: "penicillin (rash)" is no rash of today's."""
    ordered = sorted(findings, key=lambda f: (f.mention.span, f.mention.type))
    placed = [(f, sentences.around(f.mention.span)) for f in ordered]
    names = [_predicate_name(document, finding, sentence) for finding, sentence in placed]
    told = _reactions(document, placed, names)
    return tuple(finding for i, finding in enumerate(ordered) if i not in told)


def _predicate_name(document: Document, finding: Finding, sentence: Span) -> str | None:
    if finding.mention.type == EntityType.DRUG and _is_allergy(document, finding, sentence):
        return "ALLERGIC_TO"
    if finding.mention.type == EntityType.DRUG and _is_no_medicine(document, finding, sentence):
        return None
    table = _edge_table()
    type = finding.mention.type.value
    section = "" if _is_taken(document, finding, sentence) else finding.section or ""
    return table.get((type, section), table.get((type, "*")))


def _is_taken(document: Document, finding: Finding, sentence: Span) -> bool:
    """Whether a sentence under Allergies says so, as where a note goes on in the same line."""
    if finding.section != "allergies" or finding.mention.type != EntityType.DRUG:
        return False
    before = document.text[sentence.start : finding.mention.span.start]
    return any(pattern.search(before) for pattern in _allergy_cues()["taken"])


def _is_no_medicine(document: Document, finding: Finding, sentence: Span) -> bool:
    span = finding.mention.span
    before = document.text, sentence.start, span.start
    return (
        _SCREENED.search(*before) is not None
        or _TESTED.search(*before) is not None
        or _MEASURED.match(document.text, span.end) is not None
    )


@cache
def _edge_table() -> Mapping[tuple[str, str], str]:
    rows = table_rows("patient_edges.tsv")
    return {(row["type"], row["section"]): row["predicate"] for row in rows}


@cache
def _allergy_cues() -> Mapping[str, list[re.Pattern[str]]]:
    cues: dict[str, list[re.Pattern[str]]] = {}
    for row in table_rows("allergy_cues.tsv"):
        cues.setdefault(row["side"], []).append(re.compile(row["pattern"], re.IGNORECASE))
    return cues


def _is_allergy(document: Document, finding: Finding, sentence: Span) -> bool:
    span = finding.mention.span
    before = document.text[sentence.start : span.start]
    after = document.text[span.end : sentence.end]
    cues = _allergy_cues()
    if any(pattern.search(after) for pattern in cues["after"]):
        return True
    for pattern in cues["before"]:
        ends = [match.end() for match in pattern.finditer(before)]
        # A list after the cue ("allergic to penicillin, sulfa and latex") is still under it; another
        # clause ("...; takes aspirin") is not.
        if ends and not any(end.search(before[ends[-1] :]) for end in cues["ends"]):
            return True
    return False


def _reactions(
    document: Document, placed: Sequence[Placed], names: Sequence[str | None]
) -> dict[int, int]:
    """Index of a finding -> index of the drug whose allergic reaction it is: "penicillin (rash)".

    Nothing but the words of the table may stand between; a finding that is denied is no reaction.
    """
    (glue,) = _allergy_cues()["reaction"]
    found: dict[int, int] = {}
    last: int | None = None  # an allergy or a reaction, with nothing but attributes after it
    between = ""
    for i, (finding, sentence) in enumerate(placed):
        if last is not None:
            end = placed[i - 1][0].mention.span.end
            between += document.text[end : finding.mention.span.start]
            if placed[last][1] != sentence:
                last = None
        if finding.mention.type not in NODE_TYPES:
            continue
        is_affirmed = finding.assertion.polarity == Polarity.AFFIRMED
        if names[i] == "ALLERGIC_TO":
            last = i
        elif (
            last is not None
            and finding.mention.type in REACTIONS
            and is_affirmed
            and glue.match(between)
        ):
            found[i] = found.get(last, last)
            last = i
        else:
            last = None
        between = ""
    return found
