"""Short forms that a document defines, or whose long form it names: what each mention of one means."""

from __future__ import annotations

from collections.abc import Sequence

from kgbuilder.model import EntityType, Mention
from kgbuilder.ontology.abbreviations import Abbreviation, is_long_form
from kgbuilder.ontology.normalize import normalize

__all__ = ["by_short_form", "long_form_among", "long_form_of", "spelled_out"]


def by_short_form(found: Sequence[Abbreviation]) -> dict[str, list[Abbreviation]]:
    """The definitions of each short form, in text order."""
    rows: dict[str, list[Abbreviation]] = {}
    for abbreviation in found:
        rows.setdefault(abbreviation.short_text, []).append(abbreviation)
    return rows


def spelled_out(text: str, defined: dict[str, list[Abbreviation]]) -> str:
    """The first long form of ``text``; itself where it has none."""
    return defined[text][0].long_text if text in defined else text


def long_form_of(mention: Mention, defined: dict[str, list[Abbreviation]]) -> str:
    """The long form that the document gave for ``mention``: the last before it, else the first; ""."""
    text = mention.text
    given = defined.get(text) or (defined.get(text[:-1]) if text.endswith("s") else None)
    if not given:
        return ""
    before = [a for a in given if a.short.start <= mention.span.start]
    return (before[-1] if before else given[0]).long_text


def long_form_among(mention: Mention, mentions: Sequence[Mention], *, by_initials: bool) -> str:
    """The only other mention of its type that the letters of an undefined short form stand for; "".

    :param by_initials: they must be first letters: "TIA" is in "type 2 diabetes", too.
    """
    short = mention.text
    if not (3 <= len(short) <= 6 and short.isalpha() and short.isupper()):
        return ""
    fitting = {
        normalize(other.text): other.text
        for other in mentions
        if other.type is mention.type and is_long_form(short, other.text)
    }
    initials = [text for key, text in fitting.items() if _initials(key) == short.casefold()]
    # "BMP" is no bempedoic acid: of drugs the first letters of the words are asked for
    by_initials = by_initials or mention.type is EntityType.DRUG
    likely = initials or ([] if by_initials else list(fitting.values()))
    return likely[0] if len(likely) == 1 else ""


def _initials(key: str) -> str:
    return "".join(word[0] for word in key.split())
