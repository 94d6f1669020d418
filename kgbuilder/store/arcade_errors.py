"""What ArcadeDB says when it fails, in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kgbuilder.errors import GraphError
from kgbuilder.store.graph_lock import BUSY

__all__ = ["TOO_MUCH", "in_our_words", "is_too_much"]

TOO_MUCH = (
    "this takes more memory than the graph's engine has",
    "ask for less at once: rarer words to search for, a LIMIT, a start that is named; what was "
    "merged before is safe",
)
"""What is wrong, and a hint."""


def is_too_much(text: str) -> bool:
    """Whether Java's memory was full, or a query's share of it."""
    return "OutOfMemoryError" in text or "heap budget exceeded" in text


@contextmanager
def in_our_words(folder: Path) -> Iterator[None]:
    """Turn what ArcadeDB and the file system say into a GraphError with a hint."""
    try:
        yield
    except Exception as error:
        if _is_arcadedbs(error):
            what, hint = _explained(str(error))
            raise GraphError(what, where=str(folder), hint=hint) from error
        if isinstance(error, OSError):
            reason = error.strerror or str(error)
            raise GraphError(f"cannot open the graph: {reason}", where=str(folder)) from error
        raise


def _is_arcadedbs(error: Exception) -> bool:
    import arcadedb_embedded
    import jpype

    return isinstance(error, arcadedb_embedded.ArcadeDBError | jpype.JException)


def _explained(text: str) -> tuple[str, str]:
    if "locked by another process" in text or "already in use" in text:
        return BUSY
    if "No space left" in text:
        return (
            "the disk is full",
            "what was reported done is safe; free some space and run this again",
        )
    if is_too_much(text):
        return TOO_MUCH
    if "read only" in text:
        return "this graph cannot be written", "it is read-only, or its folder is; copy it"
    return f"the graph failed: {text.splitlines()[0][:300]}", ""
