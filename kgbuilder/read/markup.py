"""Records out of a stream of XML, each parsed on its own.

The stream is cut at the record tags and every piece is parsed alone: memory stays that of one
record, and a malformed record costs only itself. No document type is loaded, no entity that a file
declares is ever expanded (such a file is refused), and nothing is fetched.
"""

from __future__ import annotations

import html.entities
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from lxml import etree

from kgbuilder.errors import FormatError
from kgbuilder.issues import Issues
from kgbuilder.read.stream import iter_bytes

__all__ = ["MAX_RECORD", "Record", "iter_records", "plain_text"]

MAX_RECORD = 1 << 26
"""Bytes of one record that are held at most (64 MiB); the largest articles of PMC stay far below."""

_PROLOG = 1 << 16
_NAME = rb"(?:[\w.-]+:)?"
_ENCODING = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']""")
_NAMESPACE = re.compile(rb"""\sxmlns(?::[\w.-]+)?\s*=\s*(?:"[^"<&]*"|'[^'<&]*')""")
_ENTITY = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z]")
_START_TAG = re.compile(rb"<([A-Za-z_][\w.:-]*)")
_ASIDE = re.compile(rb"<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>|<\?.*?\?>", re.DOTALL)
_SPACE = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True, slots=True)
class Record:
    """One parsed record, with local tag names, and the place it stood: file, number, byte."""

    tag: str
    element: etree._Element
    where: str


def iter_records(
    stream: IO[bytes], tags: Sequence[str], *, source: str, issues: Issues
) -> Iterator[Record]:
    """Yield the elements named ``tags`` in order. A piece that is malformed, cut short or larger
    than ``MAX_RECORD`` is refused with its place, and the next is read.

    :raises FormatError: when the file declares entities, its encoding is unknown, it holds none of
        the tags, or its bytes break off (what lies before was yielded).
    """
    cutter = _Cutter(tags, source, issues)
    broken: FormatError | None = None
    chunks = iter_bytes(stream, source=source)
    while True:
        try:
            chunk = next(chunks, None)
        except FormatError as error:
            broken, chunk = error, None
        if chunk is None:
            break
        yield from cutter.feed(chunk)
    yield from cutter.finish(reported=broken is not None)
    if broken is not None:
        raise broken


class _Cutter:
    """Cuts records out of the chunks it is fed. Offsets are bytes of the unpacked UTF-8 stream."""

    def __init__(self, tags: Sequence[str], source: str, issues: Issues) -> None:
        names = b"|".join(re.escape(tag.encode()) for tag in tags)
        self._open = re.compile(
            rb"<!--|<!\[CDATA\[|<!ENTITY|<(/?)(" + _NAME + rb"(?:" + names + rb"))(?=[\s/>])"
        )
        self._tail = max(map(len, tags)) + 64
        self._tags, self._source, self._issues = tags, source, issues
        self._buffer = bytearray()
        self._offset = 0  # of the buffer's first byte
        self._scanned = 0  # nothing of interest before this index of the buffer
        self._inside = b""  # name of the open record, or the mark that ends an aside
        self._prolog = bytearray()
        self._n_records = 0
        self._root: bytes | None = None
        self._parser: etree.XMLParser | None = None
        self._wrapper = (b"", b"")

    def feed(self, chunk: bytes) -> Iterator[Record]:
        self._buffer += chunk
        while True:
            if not self._inside:
                if not self._seek():
                    return
            elif self._inside in (b"-->", b"]]>"):
                end = self._buffer.find(self._inside, self._scanned)
                if end < 0:
                    self._drop(max(0, len(self._buffer) - 3))
                    return
                self._drop(end + 3)
                self._inside = b""
            else:
                end = self._end_of_record()
                if end < 0:
                    if len(self._buffer) <= MAX_RECORD:
                        return
                    self._refuse("record-too-large", f"larger than {MAX_RECORD} bytes")
                    self._drop(1)
                    self._inside = b""
                    continue
                yield from self._cut(end)

    def finish(self, *, reported: bool) -> Iterator[Record]:
        """What is left at the end: a record that was cut short, perhaps a whole one behind it."""
        if self._inside and self._inside not in (b"-->", b"]]>"):
            self._refuse("truncated", "the data ends within this record")
        elif not self._n_records and not reported:
            self._prolog += self._buffer[: _PROLOG - len(self._prolog)]
            root = self._root or self._root_of(bytes(self._prolog))
            if root is None:
                raise FormatError(
                    f"none of the elements {', '.join(self._tags)} is in it", where=self._source
                )
            closing = self._buffer.rfind(b"</" + root)
            if closing >= 0 or bytes(self._prolog).rstrip().endswith(b"/>"):
                self._issues.warn("no-records", where=self._source, what="the file has no records")
            else:
                self._truncated(root)
        elif self._root is not None and not reported and not self._is_closed(self._root):
            self._truncated(self._root)
        yield from ()

    def _is_closed(self, root: bytes) -> bool:
        return re.search(rb"</" + re.escape(root) + rb"\s*>", self._buffer) is not None

    def _truncated(self, root: bytes) -> None:
        self._issues.refuse(
            "truncated",
            where=f"{self._source}: byte {self._offset + len(self._buffer)}",
            what=f"the file ends without closing <{root.decode('utf-8', 'replace')}>",
            hint="it was cut short; fetch or copy it again",
        )

    def _seek(self) -> bool:
        """Move the buffer to the next record or aside; False when more bytes are needed."""
        match = self._open.search(self._buffer, self._scanned)
        if match is None:
            self._leave_gap(max(0, len(self._buffer) - self._tail))
            return False
        # Taken out before the buffer moves: a match looks into it.
        found, closing, name, start = match.group(), match.group(1), match.group(2), match.start()
        if found == b"<!ENTITY":
            raise FormatError(
                "the file declares entities, which are never expanded here",
                where=f"{self._source}: byte {self._offset + start}",
                hint="resolve the entities with a tool that you trust and remove the declarations",
            )
        self._leave_gap(start)
        if found in (b"<!--", b"<![CDATA["):
            self._inside = b"-->" if found == b"<!--" else b"]]>"
            self._scanned = len(found)
        elif closing:
            self._n_records += 1
            self._refuse("malformed-record", f"</{name.decode()}> closes nothing")
            self._drop(len(found))
        else:
            self._inside = name
            self._scanned = len(found)
            self._n_records += 1
        return True

    def _leave_gap(self, n: int) -> None:
        if self._parser is None:
            self._prolog += self._buffer[: min(n, _PROLOG - len(self._prolog))]
        self._drop(n)

    def _drop(self, n: int) -> None:
        del self._buffer[:n]
        self._offset += n
        self._scanned = 0

    def _end_of_record(self) -> int:
        """Index behind the record's end tag, -1 when it is not there yet."""
        if self._scanned <= len(self._inside) + 1:
            close = self._buffer.find(b">")
            if close < 0:
                return -1
            if self._buffer[close - 1 : close] == b"/":
                return close + 1
        mark = b"</" + self._inside
        start = self._scanned
        while (found := self._buffer.find(mark, start)) >= 0:
            behind = self._buffer[found + len(mark) : found + len(mark) + 1]
            close = self._buffer.find(b">", found)
            if close < 0:
                self._scanned = found
                return -1
            if behind in b"> \t\r\n":
                return close + 1
            start = found + 1
        self._scanned = max(len(self._inside) + 2, len(self._buffer) - len(mark))
        return -1

    def _cut(self, end: int) -> Iterator[Record]:
        piece, where = bytes(self._buffer[:end]), self._where(bytes(self._buffer[:4000]))
        try:
            element = self._parse(piece)
        except etree.XMLSyntaxError as error:
            self._issues.refuse(
                "malformed-record", where=where, what=f"malformed XML: {_message(error)}"
            )
            # Where the end tag of a record is missing, it has swallowed the start of the next.
            again = re.compile(rb"<" + re.escape(self._inside) + rb"(?=[\s/>])")
            starts = [match.start() for match in again.finditer(piece, 1)]
            for i, start in enumerate(starts):
                self._n_records += 1
                self._drop(start if i == 0 else start - starts[i - 1])
                if i < len(starts) - 1:
                    self._refuse("malformed-record", "the record is not closed")
            if starts:
                yield from self._cut(end - starts[-1])
                return
        else:
            unknown = _resolve_entities(element) if _ENTITY.search(piece) else []
            for name in dict.fromkeys(unknown):
                self._issues.warn(
                    "unknown-entity",
                    where=where,
                    what=f"&{name}; is no known character; kept as is",
                )
            yield Record(str(element.tag), element, where)
        self._drop(end)
        self._inside = b""

    def _parse(self, piece: bytes) -> etree._Element:
        parser = self._parser_of()
        element = etree.fromstring(self._wrapper[0] + piece + self._wrapper[1], parser)[0]
        if b"xmlns" in self._wrapper[0] or b"xmlns" in piece:
            for node in element.iter(etree.Element):
                node.tag = etree.QName(node).localname
        return element

    def _parser_of(self) -> etree.XMLParser:
        """The parser for the declared encoding; made when the first record shows the prolog's end."""
        if self._parser is not None:
            return self._parser
        prolog = bytes(self._prolog)
        self._root = self._root_of(prolog)
        declared = _ENCODING.search(prolog)
        encoding = declared.group(1).decode() if declared else "utf-8"
        if encoding.lower().startswith(("utf-16", "utf-32", "ucs-")):
            encoding = "utf-8"  # it was recoded, else its tags would not have been found
        try:
            self._parser = etree.XMLParser(
                encoding=encoding,
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                dtd_validation=False,
                huge_tree=False,  # keeps libxml2's own limits on depth and amplification
                remove_comments=True,
                remove_pis=True,
            )
        except LookupError:
            raise FormatError(f"unknown encoding {encoding!r}", where=self._source) from None
        # Prefixes that the file's root declares are known in each piece. The empty document type
        # makes an entity without declaration (&alpha;) a node to look up instead of an error.
        names = b"".join(dict.fromkeys(_NAMESPACE.findall(_ASIDE.sub(b"", prolog))))
        self._wrapper = (b'<!DOCTYPE x SYSTEM "x"><x' + names + b">", b"</x>")
        return self._parser

    @staticmethod
    def _root_of(prolog: bytes) -> bytes | None:
        found = _START_TAG.search(_ASIDE.sub(b"", prolog))
        return found.group(1) if found else None

    def _where(self, piece: bytes) -> str:
        named = re.search(rb"<PMID[^>]*>\s*(\d+)|<id>\s*([^<\s]{1,60})", piece[:4000])
        name = ""
        if named:
            name = f" ({(named.group(1) or named.group(2)).decode('utf-8', 'replace')})"
        return f"{self._source}: record {self._n_records}{name}, byte {self._offset}"

    def _refuse(self, kind: str, what: str) -> None:
        self._issues.refuse(kind, where=self._where(bytes(self._buffer[:4000])), what=what)


def _message(error: etree.XMLSyntaxError) -> str:
    return re.sub(r", line \d+, column \d+.*$|\s*\(<string>.*\)$", "", str(error))


def _resolve_entities(element: etree._Element) -> list[str]:
    """Replace entity nodes by the character HTML knows them as; the names that are unknown."""
    unknown: list[str] = []
    for node in list(element.iter(etree.Entity)):
        name = str(node.name)  # type: ignore[attr-defined]
        character = html.entities.html5.get(f"{name};")
        if character is None:
            unknown.append(name)
            character = f"&{name};"
        text = character + (node.tail or "")
        parent, previous = node.getparent(), node.getprevious()
        assert parent is not None  # noqa: S101  an entity never is the root
        node.tail = None
        parent.remove(node)
        if previous is None:
            parent.text = (parent.text or "") + text
        else:
            previous.tail = (previous.tail or "") + text
    return unknown


def plain_text(
    element: etree._Element | None,
    *,
    skip: frozenset[str] = frozenset(),
    blocks: frozenset[str] = frozenset(),
) -> str:
    """The text of ``element`` without its tags; runs of white space become one blank.

    :param skip: tags left out with all they hold. :param blocks: tags that begin on a new line.

    A superscript that would change a number is set off by ``^``: ``10<sup>9</sup>`` is ``10^9``, not
    ``109``. So is one that holds only a citation, which would else lengthen a name.
    """
    if element is None:
        return ""
    parts: list[str] = []
    _collect(element, parts, skip, blocks)
    return re.sub(r" *\n[ \n]*", "\n", re.sub(r" +", " ", "".join(parts))).strip(" \n")


def _collect(
    element: etree._Element, parts: list[str], skip: frozenset[str], blocks: frozenset[str]
) -> None:
    # Recursion is bounded by the parser's depth limit of 256.
    if element.text:
        parts.append(_SPACE.sub(" ", element.text))
    for child in element:
        if isinstance(child.tag, str) and child.tag not in skip:
            block = child.tag in blocks
            if block:
                parts.append("\n")
            if child.tag == "sup" and _needs_caret(child, parts):
                parts.append("^")
            _collect(child, parts, skip, blocks)
            if block:
                parts.append("\n")
        if child.tail:
            parts.append(_SPACE.sub(" ", child.tail))


def _needs_caret(sup: etree._Element, parts: list[str]) -> bool:
    inner = "".join(str(t) for t in sup.itertext()).lstrip()
    before = next((part[-1] for part in reversed(parts) if part), "")
    if not inner or not before or before.isspace():
        return False
    if before.isdigit() and (inner[0].isdigit() or inner[0] in "+-−–"):
        return True
    return before.isalnum() and sup.find("xref[@ref-type='bibr']") is not None
