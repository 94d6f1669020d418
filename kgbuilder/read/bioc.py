"""BioC XML and JSON: collections of documents made of passages with offsets.

Text: the passages at their stated offsets, the gaps filled with newlines, so that annotations (not
read here) hold in ``Document.text``. Passages of references, tables and front matter lists are left
out as for JATS. Where an offset lies before the end of the text so far (bytes counted as characters,
say), the passage follows on a new line and a warning says so.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from lxml import etree

from kgbuilder.errors import FormatError
from kgbuilder.issues import Issues
from kgbuilder.model import Curie, DeletedDocument, Document, Section, Span
from kgbuilder.read.headings import kind_of_heading
from kgbuilder.read.markup import MAX_RECORD, iter_records
from kgbuilder.read.medline import iso_date
from kgbuilder.read.stream import iter_bytes

__all__ = ["BiocJsonReader", "BiocXmlReader"]

_LEFT_OUT = re.compile(
    r"ref|reference|references|table|table_footnote|footnote|keyword|keywords", re.I
)
_MAX_GAP = 100_000
"""Newlines that fill a gap at most; a larger one is a wrong offset or a left-out appendix."""


@dataclass(frozen=True, slots=True)
class _Passage:
    offset: int | None
    text: str
    infons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BiocXmlReader:
    """Reads BioC XML. ``Document.id`` is the document's id as given."""

    kind: str = "paper"

    def read(
        self, stream: IO[bytes], *, source: str, issues: Issues
    ) -> Iterator[Document | DeletedDocument]:
        """Yield documents in order. :raises FormatError: where the file breaks off, declares
        entities, or holds no BioC document.
        """
        for record in iter_records(stream, ("document",), source=source, issues=issues):
            root = record.element
            passages = [_xml_passage(passage) for passage in root.iter("passage")]
            id = " ".join((root.findtext("id") or "").split())
            document = _document(
                id,
                _infons(root),
                passages,
                kind=self.kind,
                source=source,
                where=record.where,
                issues=issues,
            )
            if document is not None:
                yield document


@dataclass(frozen=True, slots=True)
class BiocJsonReader:
    """Reads BioC JSON: a collection, an array of collections or documents, PubTator 3's answers, or
    one document or collection a line. Documents are decoded one at a time.
    """

    kind: str = "paper"

    def read(
        self, stream: IO[bytes], *, source: str, issues: Issues
    ) -> Iterator[Document | DeletedDocument]:
        """Yield documents in order. :raises FormatError: where the JSON is malformed or breaks off;
        what lies before was yielded.
        """
        n = 0
        for n, value in enumerate(_iter_documents(stream, source), 1):
            where = f"{source}: document {n}"
            passages = value.get("passages")
            if not isinstance(passages, list):
                issues.refuse("malformed-record", where=where, what="the document has no passages")
                continue
            id = value.get("id") or value.get("_id")
            document = _document(
                str(id).strip() if isinstance(id, str | int) else "",
                _json_infons(value),
                [_json_passage(passage) for passage in passages if isinstance(passage, dict)],
                kind=self.kind,
                source=source,
                where=where,
                issues=issues,
            )
            if document is not None:
                yield document
        if not n:
            issues.refuse("no-records", where=source, what="no BioC document is in it")


def _document(
    id: str,
    infons: Mapping[str, str],
    passages: Sequence[_Passage],
    *,
    kind: str,
    source: str,
    where: str,
    issues: Issues,
) -> Document | None:
    if not id:
        issues.refuse("no-id", where=where, what="the document has no id")
        return None
    text, sections, title = "", [], ""
    everything = dict(infons)
    pieces: list[str] = []
    length = 0
    for passage in passages:
        for key, value in passage.infons.items():
            everything.setdefault(key, value)
        type = passage.infons.get("type", "")
        part = passage.infons.get("section_type", "") or passage.infons.get("section", "")
        if not passage.text.strip() or _LEFT_OUT.fullmatch(type) or _LEFT_OUT.fullmatch(part):
            continue
        gap = (passage.offset - length) if passage.offset is not None else (1 if pieces else 0)
        if gap < 0 or gap > _MAX_GAP:
            issues.warn(
                "bad-offset",
                where=f"{where} ({id})",
                what=f"a passage states offset {passage.offset}, the text stands at {length}",
            )
            gap = 1
        pieces += ["\n" * gap, passage.text]
        start = length + gap
        length = start + len(passage.text)
        named = kind_of_heading(type, default="") if type else ""
        kind_here = kind_of_heading(part, default=named or "body") if part else named or "body"
        if re.fullmatch(r"(?:article-)?title|front", type, re.I) and not title:
            title, kind_here = passage.text, "title"
        sections.append(Section(Span(start, length), "", kind_here))
    text = "".join(pieces)
    if not text:
        issues.refuse("no-text", where=f"{where} ({id})", what="no passage holds text")
        return None
    return Document(
        id=id,
        text=text,
        source=source,
        kind=kind,
        title=title,
        sections=tuple(sections),
        identifiers=_identifiers(everything),
        date=iso_date(everything.get("year") or everything.get("date") or ""),
    )


def _identifiers(infons: Mapping[str, str]) -> tuple[Curie, ...]:
    """Stated ids only: a document's own id may be a PMID or a running number, so it is no claim."""
    found: list[Curie] = []
    pmid = infons.get("article-id_pmid") or infons.get("pmid") or ""
    pmcid = infons.get("article-id_pmc") or infons.get("pmcid") or ""
    doi = infons.get("article-id_doi") or infons.get("doi") or ""
    if re.fullmatch(r"[1-9]\d{0,8}", pmid):
        found.append(Curie("PMID", pmid))
    if digits := re.fullmatch(r"(?:PMC)?(\d+)", pmcid):
        found.append(Curie("PMCID", f"PMC{digits.group(1)}"))
    if doi.startswith("10."):
        found.append(Curie("DOI", doi))
    return tuple(found)


def _infons(element: etree._Element) -> dict[str, str]:
    return {e.get("key") or "": (e.text or "").strip() for e in element.findall("infon")}


def _xml_passage(passage: etree._Element) -> _Passage:
    offset = _int(passage.findtext("offset"))
    text = passage.findtext("text")
    if text is None:
        stated = [
            (_int(s.findtext("offset")), s.findtext("text") or "")
            for s in passage.findall("sentence")
        ]
        text = _joined(offset, stated)
    return _Passage(offset, text, _infons(passage))


def _json_infons(value: Mapping[str, Any]) -> dict[str, str]:
    infons = value.get("infons")
    return {str(k): str(v) for k, v in infons.items()} if isinstance(infons, dict) else {}


def _json_passage(passage: Mapping[str, Any]) -> _Passage:
    offset, text = _int(passage.get("offset")), passage.get("text")
    if not isinstance(text, str) or not text:
        sentences = passage.get("sentences")
        stated = [
            (_int(s.get("offset")), str(s.get("text") or ""))
            for s in (sentences if isinstance(sentences, list) else [])
            if isinstance(s, dict)
        ]
        text = _joined(offset, stated)
    text = re.sub("[\ud800-\udfff]", "\ufffd", text)
    return _Passage(offset, text, _json_infons(passage))


def _joined(offset: int | None, sentences: Sequence[tuple[int | None, str]]) -> str:
    text = ""
    for start, sentence in sentences:
        gap = (start - (offset or 0) - len(text)) if start is not None else 1
        text += " " * (gap if 0 <= gap <= 1000 else 1 if text else 0) + sentence
    return text


def _int(value: object) -> int | None:
    try:
        number = int(str(value).strip())
    except ValueError:
        return None
    return number if 0 <= number < 1 << 31 else None


_LIST = re.compile(r'"(?:documents|PubTator3)"\s*:\s*\[')


def _iter_documents(stream: IO[bytes], source: str) -> Iterator[dict[str, Any]]:
    """Objects with passages, decoded one at a time from whatever arrays hold them."""
    decode = json.JSONDecoder().raw_decode
    read = _TextWindow(stream, source)
    nested = read.grow(1 << 16) and bool(_LIST.search(read.text))
    while True:
        if nested:
            if not read.skip_behind(_LIST):
                return
        elif not read.skip_to("{"):
            return
        while read.skip_space_and_commas() and read.text[read.at] == "{":
            while True:
                try:
                    value, read.at = decode(read.text, read.at)
                    break
                except (json.JSONDecodeError, RecursionError) as error:
                    if len(read.text) - read.at > MAX_RECORD or not read.more():
                        raise FormatError(
                            f"malformed or incomplete JSON: {error}", where=source
                        ) from None
            yield value
        if not nested and not read.skip_to("{"):
            return


class _TextWindow:
    """The part of a text stream that is looked at; what lies before is dropped as it is left."""

    def __init__(self, stream: IO[bytes], source: str) -> None:
        self._chunks = iter_bytes(stream, source=source)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.text = ""
        self.at = 0

    def more(self) -> bool:
        """Read on, doubling the window so that decoding again stays linear; False at the end."""
        target = max(1 << 16, len(self.text) - self.at)
        return self.grow(target)

    def grow(self, n: int) -> bool:
        pieces = [self.text[self.at :]]
        got = 0
        for chunk in self._chunks:
            pieces.append(self._decoder.decode(chunk))
            got += len(pieces[-1])
            if got >= n:
                break
        self.text, self.at = "".join(pieces), 0
        return got > 0

    def skip_behind(self, pattern: re.Pattern[str]) -> bool:
        while (found := pattern.search(self.text, self.at)) is None:
            self.at = max(self.at, len(self.text) - 64)
            if not self.more():
                return False
        self.at = found.end()
        return True

    def skip_to(self, mark: str) -> bool:
        while (found := self.text.find(mark, self.at)) < 0:
            self.at = len(self.text)
            if not self.more():
                return False
        self.at = found
        return True

    def skip_space_and_commas(self) -> bool:
        """Move to the next character that is neither; False at the end."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in " \t\r\n,":
                self.at += 1
            if self.at < len(self.text):
                return True
            if not self.more():
                return False
