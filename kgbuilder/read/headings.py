"""What kind of section a paper's heading opens; the table is ``headings.tsv``."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

__all__ = ["kind_of_heading"]

_NUMBERING = re.compile(r"^(?:(?:\d+|[ivx]+)(?:\.\d+)*[.):]?\s+|\d+(?:\.\d+)*[.)]\s*)")
_JOINT = re.compile(r"\s*(?:\band\b|[/&,|:;]|\s-\s)\s*")


def kind_of_heading(heading: str, *, default: str) -> str:
    """The kind of section that ``heading`` opens, ``default`` where the table has no such heading.

    >>> kind_of_heading("2. Materials and Methods", default="body")
    'methods'
    >>> kind_of_heading("Design, Setting, and Participants", default="abstract")
    'methods'
    >>> kind_of_heading("Warfarin and the liver", default="body")
    'body'
    """
    table = _table()
    wanted = " ".join(heading.replace("’", "'").casefold().split()).strip(" .:;-–—")
    wanted = _NUMBERING.sub("", wanted)
    if wanted in table:
        return table[wanted]
    parts = [part.strip(" .:;-–—()") for part in _JOINT.split(wanted)]
    if len(parts) > 5:
        return default
    return next((table[part] for part in parts if part in table), default)


@cache
def _table() -> dict[str, str]:
    text = files("kgbuilder.read").joinpath("headings.tsv").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {row[0]: row[1] for row in rows}
