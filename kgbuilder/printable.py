"""Text from data on a terminal or in a log: shown, never obeyed."""

from __future__ import annotations

from unicodedata import category

__all__ = ["printable"]


def printable(line: str) -> str:
    """One line; control characters, line breaks and marks of direction stand as their escapes.

    A name or a quote may hold what moves the cursor, hides text or writes lines of its own.
    """
    if line.isprintable():
        return line
    return "".join(map(_shown, line))


def _shown(character: str) -> str:
    if character.isprintable() or category(character) == "Zs":  # a space of whatever width
        return character
    return character.encode("unicode_escape").decode()
