"""How ids and texts are written where only UTF-8 of some length can stand: in databases."""

from __future__ import annotations

from kgbuilder.model import content_hash

__all__ = ["KEY_LIMIT", "key_of", "shown"]

KEY_LIMIT = 1000
"""Code points of an id that are kept: Neo4j indexes texts up to some 8 kB, 4 bytes a code point at most
(https://neo4j.com/docs/cypher-manual/current/indexes/search-performance-indexes/index-providers/)."""


def shown(text: str) -> str:
    """The text as UTF-8 can write it: half a surrogate pair becomes U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def key_of(id: object) -> str:
    """What is called ``id``, as a property ``id`` and as an order: the same but where it cannot be.

    An id that is too long or no UTF-8 is shortened and mended, and told apart by a hash of all of it.
    """
    text = str(id)
    if len(text) <= KEY_LIMIT and text.isascii():
        return text
    kept = shown(text[: KEY_LIMIT + 1])[:KEY_LIMIT]
    return text if kept == text else f"{kept} {content_hash(text)[:16]}"
