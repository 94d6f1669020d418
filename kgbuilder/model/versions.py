"""Versions of documents, and what a ledger says of them."""

from __future__ import annotations

import re

__all__ = ["digest_in", "is_older", "version_numbers"]


def version_numbers(version: str | None) -> list[int]:
    """The numbers in it, by which versions are ordered.

    >>> version_numbers("1 2019-12-02"), version_numbers(None)
    ([1, 2019, 12, 2], [])
    """
    return [int(n) for n in re.findall(r"[0-9]+", version or "")]


def is_older(version: str, known: str) -> bool:
    """By the numbers in them; False where one has none.

    >>> is_older("1 2019-12-02", "1 2020-01-10"), is_older("", "2")
    (True, False)
    """
    one, other = version_numbers(version), version_numbers(known)
    return bool(one and other) and one < other


def digest_in(entry: str) -> str:
    """Of an entry of a ledger the digest; a version may stand behind it, after a space.

    >>> digest_in("0f3a 1 2019-12-02")
    '0f3a'
    """
    return entry.partition(" ")[0]
