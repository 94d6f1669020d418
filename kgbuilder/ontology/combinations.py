"""Products with several ingredients: what is in them, by a stated table or as the name itself says."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from kgbuilder.ontology.normalize import normalize
from kgbuilder.ontology.vocabularies import read_table

__all__ = ["Product", "find_product", "names_joined", "product_names", "product_of"]

_JOINT = re.compile(
    r"\s*/(?!\s*\d)\s*|\s*[+;]\s*|\s*,(?!\d)\s*(?:and\s+)?|\s+(?:and|with|plus)\s+"
    r"|(?<=[^\W\d_]{4})-(?=[^\W\d_]{4})",
    re.IGNORECASE,
)
_AS_PRODUCT = re.compile(r"\s*(/)(?!\s*\d)\s*|(?<=[^\W\d_])-(?=[^\W\d_])")
_MOST_JOINED = 10


@dataclass(frozen=True, slots=True)
class Product:
    """A row of ``tables/combinations.tsv``.

    :param ingredients: names of the drug vocabulary, in the table's order.
    :param how: ``read`` or ``recalled``. :param source: the document and its date.
    """

    name: str
    ingredients: tuple[str, ...]
    how: str
    source: str


def find_product(text: str) -> Product | None:
    """The product of this name ("Percocet"), up to normalization; None where the table has none."""
    return _products().get(normalize(text))


def product_names(word: str) -> tuple[str, ...]:
    """The normal forms of products that begin with ``word``, for a recognizer."""
    return _by_first_word().get(word, ())


def names_joined(text: str) -> tuple[str, ...]:
    """The names that ``text`` joins by a slash, a comma, "and" or the like
    ("lisinopril/hydrochlorothiazide"); () where it joins none.
    """
    parts = [part for part in _JOINT.split(text.strip()) if part]
    return tuple(parts) if 2 <= len(parts) <= _MOST_JOINED else ()


def product_of(text: str, ingredients: Collection[str]) -> Product | None:
    """The product that holds ``ingredients``, names of the drug vocabulary, and nothing else, where
    ``text`` joins them by hyphens or slashes: "buprenorphine-naloxone", "sacubitril/valsartan". A slash
    may stand between two drugs, too ("ASA/clopidogrel"), whose interaction must be told: it makes a
    product only of what a source that was read lists as one.
    """
    joints = [cut[1] for cut in _AS_PRODUCT.finditer(text.strip())]
    if len(joints) + 1 != len(ingredients):
        return None
    product = _by_ingredients().get(frozenset(map(normalize, ingredients)))
    return None if product is not None and any(joints) and product.how != "read" else product


@cache
def _by_ingredients() -> dict[frozenset[str], Product]:
    """The first product of each contents, one that was read before one that was recalled."""
    ordered = sorted(_products().values(), key=lambda p: p.how != "read")
    return {frozenset(map(normalize, p.ingredients)): p for p in reversed(ordered)}


@cache
def _products() -> dict[str, Product]:
    documents = {r["code"]: f"{r['source']} ({r['version']})" for r in read_table("sources")}
    return {
        normalize(row["name"]): Product(
            row["name"],
            tuple(row["ingredients"].split("|")),
            row["how"],
            documents[row["source"]],
        )
        for row in read_table("combinations")
    }


@cache
def _by_first_word() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for key in _products():
        found.setdefault(key.partition(" ")[0], []).append(key)
    return {word: tuple(keys) for word, keys in found.items()}
