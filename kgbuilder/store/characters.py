"""Text in a format that cannot hold every character: what it cannot hold is replaced, and told."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kgbuilder.issues import Issues
from kgbuilder.model import content_hash

__all__ = ["SURROGATES", "Characters"]

SURROGATES = re.compile("[\ud800-\udfff]")
"""Half a surrogate pair, which UTF-8 cannot write."""


@dataclass(frozen=True, slots=True)
class Characters:
    """What a format does to characters.

    :param format: its name, for people. :param illegal: what it cannot hold.
    :param instead: what is written for one of these.
    """

    format: str
    illegal: re.Pattern[str]
    issues: Issues
    instead: str = "\N{REPLACEMENT CHARACTER}"

    def text(self, text: str, where: str) -> str:
        """``text`` as far as the format can hold it."""
        if not self.illegal.search(text):
            return text
        self.issues.warn(
            "illegal-character",
            where=where[:80],
            what=f"a character that {self.format} cannot hold was written as {self.instead!r}",
            hint="export to jsonl, which holds every character",
        )
        return self.illegal.sub(self.instead, text)

    def id(self, id: str) -> str:
        """``id`` likewise; two that differ only in what the format cannot hold stay two."""
        mark = f" {content_hash(id)[:8]}" if self.illegal.search(id) else ""
        return self.text(id, id) + mark
