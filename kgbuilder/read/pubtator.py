"""PubTator: ``PMID|t|title``, ``PMID|a|abstract``, then annotation lines, then a blank line.

Text: title, newline, abstract, so that the offsets of the annotation lines (which are not read here)
hold in ``Document.text``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from kgbuilder.issues import Issues
from kgbuilder.model import Curie, DeletedDocument, Document, Section, Span
from kgbuilder.read.stream import iter_bytes, iter_text_lines

__all__ = ["PUBTATOR_LINE", "PubtatorReader"]

PUBTATOR_LINE = re.compile(r"([^|\t\r\n]{1,64})\|([ta])\|([^\r\n]*)")
"""A line of text: id, ``t`` or ``a``, and what follows."""

_PMID = re.compile(r"[1-9]\d{0,8}")


@dataclass(slots=True)
class _Block:
    id: str = ""
    line: int = 0
    title: str | None = None
    abstract: str | None = None
    strange: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PubtatorReader:
    """Reads PubTator text. The format's ids are PMIDs, so an id of digits is also stated as one."""

    kind: str = "paper"

    def read(
        self, stream: IO[bytes], *, source: str, issues: Issues
    ) -> Iterator[Document | DeletedDocument]:
        """Yield a document per block. A line that is neither text nor annotation is named.

        :raises FormatError: where the bytes break off; the block before is not given, as its
            abstract may be cut.
        """
        chunks = iter_bytes(stream, source=source)
        block = _Block()
        for number, line in iter_text_lines(chunks, source=source, issues=issues):
            found = PUBTATOR_LINE.match(line)
            if found and found.group(1) != block.id and block.id:
                yield from self._document(block, source, issues)
                block = _Block()
            if found:
                id, part, text = found.groups()
                block.id, block.line = id, block.line or number
                if part == "t" and block.title is None:
                    block.title = text
                elif part == "a" and block.abstract is None:
                    block.abstract = text
                else:
                    block.strange.append(number)
            elif not line.strip(" \t\r\n"):
                yield from self._document(block, source, issues)
                block = _Block()
            elif not block.id or line.split("\t", 1)[0].strip() != block.id or "\t" not in line:
                issues.refuse(
                    "malformed-line",
                    where=f"{source}: line {number}",
                    what="neither a text line (ID|t|..., ID|a|...) nor an annotation of the "
                    "document it stands in",
                )
        yield from self._document(block, source, issues)

    def _document(self, block: _Block, source: str, issues: Issues) -> Iterator[Document]:
        if not block.id:
            return
        for number in block.strange:
            issues.refuse(
                "malformed-line",
                where=f"{source}: line {number}",
                what=f"a second title or abstract of document {block.id}",
            )
        title, abstract = block.title or "", block.abstract or ""
        if not title.strip() and not abstract.strip():
            issues.refuse(
                "no-text", where=f"{source}: line {block.line}", what=f"{block.id} has no text"
            )
            return
        text = f"{title}\n{abstract}" if abstract else title
        sections: list[Section] = []
        if title:
            sections.append(Section(Span(0, len(title)), "", "title"))
        if abstract:
            sections.append(Section(Span(len(title) + 1, len(text)), "", "abstract"))
        stated = (Curie("PMID", block.id),) if _PMID.fullmatch(block.id) else ()
        yield Document(
            id=block.id,
            text=text,
            source=source,
            kind=self.kind,
            title=title,
            sections=tuple(sections),
            identifiers=stated,
        )
