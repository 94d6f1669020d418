"""Versions of documents, and what a ledger says of them."""

from __future__ import annotations

import re

__all__ = ["digest_in", "is_newer", "is_older", "join_entries", "version_numbers"]


def version_numbers(version: str | None) -> list[int]:
    """The numbers in it, by which versions are ordered; of digits a hundred at most.

    >>> version_numbers("1 2019-12-02"), version_numbers(None)
    ([1, 2019, 12, 2], [])
    """
    return [int(n) for n in re.findall(r"[0-9]{1,100}", version or "")]


def is_older(version: str, known: str) -> bool:
    """By the numbers in them; False where one has none.

    >>> is_older("1 2019-12-02", "1 2020-01-10"), is_older("", "2")
    (True, False)
    """
    one, other = version_numbers(version), version_numbers(known)
    return bool(one and other) and one < other


def is_newer(version: str, known: str) -> bool:
    """Whether a record of the same text takes the place of the known one: any number is newer than none.

    >>> is_newer("2", ""), is_newer("2", "2"), is_newer("", "2")
    (True, False, False)
    """
    return version_numbers(version) > version_numbers(known)


def join_entries(one: str, other: str) -> str:
    """Of two entries of one digest that of the newer version; else ``other``.

    >>> join_entries("0f3a 2", "0f3a 1"), join_entries("0f3a 2", "77bb 1")
    ('0f3a 2', '77bb 1')
    """
    if digest_in(one) != digest_in(other):
        return other
    return one if is_newer(one.partition(" ")[2], other.partition(" ")[2]) else other


def digest_in(entry: str) -> str:
    """Of an entry of a ledger the digest; a version may stand behind it, after a space.

    >>> digest_in("0f3a 1 2019-12-02")
    '0f3a'
    """
    return entry.partition(" ")[0]
