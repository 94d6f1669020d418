"""Headings: where a note's or a paper's sections begin, and what kind each is.

The words are in ``tables/section_headings.tsv``, which a clinician can review; here is only how a
heading looks: at the start of a line (after ``##``, ``**``, a number or a bullet) and followed by a
colon, a dash or the line's end; or within a line, after a sentence's end and before a colon.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files

__all__ = ["CONTINUES", "Heading", "HeadingTable", "find_headings"]

MAX_HEADING = 80
"""Longest heading in code points; the table's longest has 46."""
SAME = "-"
"""The table's kind of a sub-heading that stays within its section."""
OTHER = "other"
"""Kind of a section whose heading looks like one and is not in the table."""

_MARK = re.compile(
    r"[ \t]*(?P<hash>\#{1,6}[ \t]+)?(?P<bullet>[-*•·▪●‣◦][ \t]+)?"
    r"(?P<number>(?:\d{1,2}|[IVX]{1,4}|[A-Z])[.)][ \t]+)?(?P<bold>\*\*|__)?[ \t]*"
)
_LABEL_END = re.compile(r"[ \t]*(?:\([^()\n]{1,40}\))?[ \t]*$")
_COLON = re.compile(r":(?=\s|$|\*\*|__|,|[^\W\d])")
_AFTER_SENTENCE = re.compile(r"(?:[.;!?)\]][\"'”’]?[ \t,]+|[ \t]{3,}|\.,)")
_CAPS_RUN = re.compile(r"[A-Z][A-Z0-9/&,'’\-]*(?:[ \t]+(?:[A-Z&/][A-Z0-9/&,'’\-]*))*$")
_DASH = re.compile(r"[ \t]+[-–—]+[ \t]+")
_WIDE = re.compile(r"\t[ \t]*|[ ]{2,}")
_WORD = re.compile(r"[^\W_]+")
_VALUE = re.compile(r"[ \t]*\d")
_SOLID = re.compile(r"\S")
CONTINUES = re.compile(
    r"(?:[,(/&–-]|\b(?:a|an|the|of|and|or|with|in|on|for|to|by|from|no|his|her|their|was|were|is|are"
    r"|as|at|per|than|that|which|any|new|this|current|denies))\s*$",
    re.IGNORECASE,
)
_BARE = re.compile(r"(?:O/E|On exam(?:ination)?)[ \t,]+(?=\S)")
"""What needs no colon at a line's start: what is seen now follows, whatever section was open."""
_SMALL = frozenset(
    [
        "of",
        "and",
        "or",
        "the",
        "to",
        "in",
        "on",
        "for",
        "with",
        "by",
        "at",
        "a",
        "an",
        "prior",
        "upon",
        "from",
        "if",
    ]
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading ``[start, end)`` with its mark and colon; the body begins at or after ``end``.

    ``inline``: text follows on its line. ``brief``: such a section ends at a blank line.
    """

    start: int
    end: int
    title: str
    kind: str
    inline: bool
    brief: bool


@dataclass(frozen=True, slots=True)
class _Row:
    kind: str
    brief: bool
    paper: str


class HeadingTable:
    """The reviewable table, ready for look-up."""

    def __init__(self) -> None:
        self._rows: dict[str, _Row] = {}
        self._tails: dict[str, _Row] = {}
        path = files("kgbuilder.segment") / "tables" / "section_headings.tsv"
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith(("#", "heading\t")) or not line.strip():
                continue
            heading, kind, ends, paper = line.split("\t")
            row = _Row(kind, ends == "blank", paper)
            if heading.startswith("* "):
                self._tails[_key(heading[2:])] = row
            else:
                self._rows[_key(heading)] = row

    def find(self, label: str) -> _Row | None:
        """The row of exactly this heading."""
        return self._rows.get(_key(label))

    def find_by_tail(self, label: str) -> _Row | None:
        """The row of a heading's last word, for headings of two to five words."""
        words = _key(label).split(" ")
        return self._tails.get(words[-1]) if 2 <= len(words) <= 5 else None

    def kinds(self) -> frozenset[str]:
        """Every kind that the table names."""
        rows = [*self._rows.values(), *self._tails.values()]
        return frozenset(row.kind for row in rows if row.kind != SAME) | {OTHER}


def find_headings(text: str, table: HeadingTable, *, paper: bool) -> list[Heading]:
    """Headings of ``text`` in order, not overlapping. ``paper``: what the document is said to be."""
    found: list[tuple[Heading, _Row]] = []
    previous = ""
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line = text[start:end]
        if not line.isspace() and line:
            in_line = _in_line(line, start, previous, table)
            if not in_line and found and found[-1][1].brief and not previous.strip():
                in_line = _unknown_title(line, start, text[end + 1 : end + 1 + MAX_HEADING])
            found.extend(in_line)
        previous = line
        start = end + 1
    if paper or any(row.kind == "methods" for _, row in found):
        return [_as(h, row.paper or row.kind) for h, row in found]
    return [h for h, _ in found]


def _as(heading: Heading, kind: str) -> Heading:
    return Heading(heading.start, heading.end, heading.title, kind, heading.inline, heading.brief)


def _in_line(
    line: str, offset: int, previous: str, table: HeadingTable
) -> list[tuple[Heading, _Row]]:
    found: list[tuple[Heading, _Row]] = []
    mark = _MARK.match(line)
    begin = mark.end() if mark else 0
    first = _at_line_start(line, begin, previous, mark, table)
    after = 0
    if first is not None:
        title, stop, row = first
        after = stop
        if row.kind != SAME:
            found.append(_heading(line, offset, 0, stop, title, row))
    for colon in _COLON.finditer(line, max(after, begin)):
        within = _before_colon(line, after, colon.start(), table)
        if within is not None:
            at, row = within
            title = line[at : colon.start()].strip()
            after = colon.end()
            found.append(_heading(line, offset, at, after, title, row))
    return found


def _unknown_title(line: str, offset: int, following: str) -> list[tuple[Heading, _Row]]:
    """A line that stands alone like a title above a text, and that the table does not have.

    Asked only where a brief section is open: "Treatment to date" after the family's history must not
    leave the treatment to the family.
    """
    label = line.strip()
    words = label.split()
    below = following.partition("\n")[0].strip()
    plain = all(word.replace("-", "").isalpha() for word in words)
    if not (plain and len(words) <= 5 and _is_titled(label) and len(label) <= MAX_HEADING // 2):
        return []
    if len(below) < MAX_HEADING // 2 and not below.endswith("."):
        return []
    return [_heading(line, offset, 0, len(line), label, _Row(OTHER, brief=False, paper=""))]


def _heading(
    line: str, offset: int, start: int, stop: int, title: str, row: _Row
) -> tuple[Heading, _Row]:
    solid = _SOLID.search(line, start)
    indent = solid.start() if solid else start
    inline = _SOLID.search(line, stop) is not None
    return Heading(offset + indent, offset + stop, title, row.kind, inline, row.brief), row


def _at_line_start(
    line: str, begin: int, previous: str, mark: re.Match[str] | None, table: HeadingTable
) -> tuple[str, int, _Row] | None:
    """Title, where the heading stops, and its row."""
    head = line[begin : begin + MAX_HEADING + 1]
    listed = bool(mark and (mark["number"] or mark["bullet"]))
    marked = bool(mark and (mark["hash"] or mark["bold"]))
    colon = _COLON.search(head)
    if colon:
        label = _strip_label(head[: colon.start()])
        row = table.find(label)
        if row is not None and len(label) == 1 and _VALUE.match(head, colon.end()):
            row = None  # "P: 88" is a pulse, "P: start aspirin" a plan
        if row is None and _is_titled(label):
            row = table.find_by_tail(label)
        if row is None and (marked or _is_loud(label)):
            row = _Row(OTHER, brief=False, paper="")
        if row is not None:
            return label, _skip_bold(line, begin + colon.end()), row
    bare = _BARE.match(head)
    if bare and (row := table.find(bare.group().strip(" \t,"))) is not None:
        return bare.group().strip(" \t,"), begin + bare.end(), row
    for divider in (_DASH.search(head), _WIDE.search(head)):
        if divider and line[begin + divider.end() :].strip():
            label = _strip_label(head[: divider.start()])
            row = table.find(label)
            spaced = divider.re is _WIDE
            if row is not None and (label.isupper() if spaced else _is_titled(label)):
                return label, begin + divider.end(), row
    rest = line[begin:].rstrip()
    if len(rest) > MAX_HEADING or colon:
        return None
    label = _strip_label(rest.rstrip(".").rstrip("*_ ")) if rest.isupper() else _strip_label(rest)
    row = table.find(label)
    titled = _is_titled(label) or (label[:1].isupper() and " " in label)
    if row is None and titled and not listed and not label.islower():
        tail = table.find_by_tail(label)
        row = tail if label.isupper() or marked else None
    if row is None and mark and mark["hash"]:
        row = _Row(OTHER, brief=False, paper="")
    if row is None:
        return None
    if not marked:
        if not titled or CONTINUES.search(previous):
            return None
        # "2. Allergies" may as well be a problem in a list of problems
        if listed and not (label.isupper() or " " in label):
            return None
        # sub-headings are only told from findings by their colon
        if row.kind == SAME:
            return None
    return label, len(line.rstrip()), row


def _before_colon(
    line: str, after: int, colon: int, table: HeadingTable
) -> tuple[int, _Row] | None:
    """A heading that ends at ``colon`` within a line: where it begins, and its row."""
    low = max(after, colon - MAX_HEADING)
    piece = line[low:colon]
    breaks = list(_AFTER_SENTENCE.finditer(piece))
    if breaks or low == after:
        at = low + (breaks[-1].end() if breaks else 0)
        label = line[at:colon].strip(" \t,")
        row = table.find(_strip_label(label)) if label[:1].isupper() and breaks else None
        if row is not None and row.kind != SAME and _is_titled(label):
            return at + (len(line[at:colon]) - len(line[at:colon].lstrip(" \t,"))), row
    caps = _CAPS_RUN.search(piece)
    if caps is None:
        return None
    words = list(re.finditer(r"\S+", caps.group()))
    for word in words:  # the longest ending of the run of capitals that is a heading
        label = caps.group()[word.start() :]
        row = table.find(label)
        # one word is as likely the end of a name ("Brain MRI: ...")
        if row is not None and row.kind != SAME and " " in label:
            return low + caps.start() + word.start(), row
    return None


def _skip_bold(line: str, stop: int) -> int:
    return stop + 2 if line[stop : stop + 2] in ("**", "__") else stop


def _strip_label(label: str) -> str:
    label = label.strip().strip("*_#").strip()
    return label[: _LABEL_END.search(label).start()] or label  # type: ignore[union-attr]


def _key(label: str) -> str:
    folded = label.casefold().replace("’", "'").replace("&", " and ").replace("'s", "s")
    return " ".join(_WORD.findall(folded))


def _is_titled(label: str) -> bool:
    """ALL CAPS, or every word but the small ones begins with a capital, or the first of two does."""
    if label.isupper():
        return True
    words = _WORD.findall(label)
    if not words or not words[0][0].isupper():
        return False
    return all(w[0].isupper() or w[0].isdigit() or w.lower() in _SMALL for w in words) or (
        len(words) <= 5 and all(w.islower() for w in words[1:])
    )


def _is_loud(label: str) -> bool:
    """Two to six words in capitals, the look of a heading that the table does not have."""
    words = _WORD.findall(label)
    loud = label.isupper() and 2 <= len(words) <= 6 and all(len(w) >= 2 for w in words)
    return loud and "." not in label
