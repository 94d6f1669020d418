"""Products with several ingredients: what is in them, by a stated table or as the name itself says."""

from __future__ import annotations

import re

from kgbuilder.model import EntityType
from kgbuilder.ontology.lexicon import Lexicon, Name, unambiguous
from kgbuilder.ontology.normalize import normalize
from kgbuilder.ontology.vocabularies import read_table

__all__ = ["find_ingredients"]

_JOINT = re.compile(r"\s*/\s*|\s*\+\s*|\s+and\s+|\s+with\s+|\s*,\s*(?:and\s+)?", re.IGNORECASE)


def find_ingredients(text: str, lexicon: Lexicon) -> tuple[Name, ...]:
    """The ingredients of a combination, in order; () where ``text`` is one drug, or a part is unknown.

    Known by ``tables/combinations.tsv`` ("Percocet"), or because each part of the name is itself a
    drug's name ("lisinopril/hydrochlorothiazide"). All or nothing: half a product is not reported.
    """
    if _drug(text, lexicon):
        return ()
    key = normalize(text)
    parts: list[str] = []
    for row in read_table("combinations"):
        if normalize(row["name"]) == key:
            parts = row["ingredients"].split("|")
            break
    else:
        parts = [part for part in _JOINT.split(text.strip()) if part]
    found = [_drug(part, lexicon) for part in parts]
    if len(parts) < 2 or None in found:
        return ()
    return tuple(dict.fromkeys(row for row in found if row is not None))


def _drug(text: str, lexicon: Lexicon) -> Name | None:
    rows = unambiguous(lexicon.find(text, types={EntityType.DRUG}))
    return next((row for row in rows if row.concept.prefix != "MESH"), None)
