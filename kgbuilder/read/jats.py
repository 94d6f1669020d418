"""Full texts in JATS XML, as PMC gives them: one article (.nxml) or a set of articles.

Text: title, abstract, body sections, and captions of figures and tables. Left out: references, the
cells of tables, displayed formulas, footnotes, back matter, abstracts in other languages or for
display only, and what is nested as an own article (responses, reviews). Headings are kept as
``Section.title``; a subsection whose heading says nothing of its kind has that of the section
around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO

from lxml import etree

from kgbuilder.issues import Issues
from kgbuilder.model import Curie, DeletedDocument, Document
from kgbuilder.read.composition import Composition
from kgbuilder.read.headings import kind_of_heading
from kgbuilder.read.markup import Record, iter_records, plain_text

__all__ = ["JatsReader"]

# fmt: off
_LEFT_OUT = frozenset({
    "table", "disp-formula", "disp-formula-group", "tex-math", "fn", "table-wrap-foot",
    "supplementary-material", "media", "graphic", "inline-graphic", "ref-list", "label", "object-id",
    "permissions", "attrib", "annotation",
})
_APART = frozenset({"fig", "fig-group", "table-wrap", "table-wrap-group"})
_BLOCKS = frozenset({
    "p", "list-item", "def-item", "disp-quote", "speech", "statement", "verse-line", "title", "break",
})
_NOT_FOR_READING = frozenset({
    "graphical", "teaser", "toc", "web-summary", "precis", "video", "short", "editor",
})
# fmt: on
_DATE_ORDER = ("ppub", "collection", "epub", "pub", "epreprint", "preprint")


@dataclass(frozen=True, slots=True)
class JatsReader:
    """Reads ``article`` elements. ``Document.id`` is the PMCID (``PMC123``), else the PMID, else the
    DOI, else the file's name: a full text never takes the place of its MEDLINE record.
    """

    kind: str = "paper"

    def read(
        self, stream: IO[bytes], *, source: str, issues: Issues
    ) -> Iterator[Document | DeletedDocument]:
        """Yield articles in order. :raises FormatError: where the file breaks off, declares
        entities, or holds no article.
        """
        for record in iter_records(stream, ("article",), source=source, issues=issues):
            document = self._document(record, source, issues)
            if document is not None:
                yield document

    def _document(self, record: Record, source: str, issues: Issues) -> Document | None:
        article = record.element
        meta = article.find("front/article-meta")
        titles = (f"title-group/{tag}" for tag in ("article-title", "subtitle"))
        title = ": ".join(
            filter(None, (plain_text(_find(meta, t), skip=_LEFT_OUT) for t in titles))
        )
        paper = Composition()
        paper.add(title, kind="title")
        if meta is not None:
            for abstract in meta.findall("abstract"):
                if abstract.get("abstract-type") not in _NOT_FOR_READING:
                    _add_section(abstract, paper, title="", kind="abstract")
        body = article.find("body")
        if body is not None:
            _add_section(body, paper, title="", kind="body")
        for floating in article.findall("floats-group"):
            _add_captions(floating, paper)
        if not paper.text:
            issues.refuse("no-text", where=record.where, what="the article holds no text")
            return None
        identifiers = _identifiers(meta)
        id = next((i.local_id for i in identifiers), PurePath(source).name)
        language = article.get("{http://www.w3.org/XML/1998/namespace}lang")
        return Document(
            id=id,
            text=paper.text,
            source=source,
            kind=self.kind,
            title=title,
            sections=paper.sections(),
            identifiers=identifiers,
            date=_date(meta),
            language=language or None,
            version=_version(meta),
        )


def _find(element: etree._Element | None, path: str) -> etree._Element | None:
    return element.find(path) if element is not None else None


def _add_section(element: etree._Element, paper: Composition, *, title: str, kind: str) -> None:
    """Add the paragraphs that stand directly in ``element`` as one part, then its subsections."""
    paragraphs: list[str] = []
    apart: list[etree._Element] = []

    def flush() -> None:
        paper.add("\n".join(paragraphs), kind=kind, title=title)
        paragraphs.clear()
        for holder in apart:
            _add_captions(holder, paper)
        apart.clear()

    for child in element:
        tag = child.tag
        if tag in ("title", "sec-meta") or tag in _LEFT_OUT or not isinstance(tag, str):
            continue
        if tag in ("sec", "app", "boxed-text"):
            flush()
            heading = plain_text(child.find("title"), skip=_LEFT_OUT)
            stated = re.split(r"[|\s]", child.get("sec-type") or "")[0]
            inner = kind_of_heading(stated, default=kind) if stated else kind
            inner = kind_of_heading(heading, default=inner) if heading else inner
            _add_section(child, paper, title=heading, kind=inner)
        elif tag in _APART:
            apart.append(child)
        else:
            text = plain_text(child, skip=_LEFT_OUT | _APART, blocks=_BLOCKS)
            if text:
                paragraphs.append(text)
            apart.extend(found for found in child.iter(*_APART) if _is_outermost(found))
    flush()


def _is_outermost(element: etree._Element) -> bool:
    """Whether no figure or table stands around this one, whose captions would hold its own."""
    return not any(around.tag in _APART for around in element.iterancestors())


def _add_captions(holder: etree._Element, paper: Composition) -> None:
    kind = "table" if str(holder.tag).startswith("table") else "figure"
    for caption in holder.iter("caption"):
        parent = caption.getparent()
        label = parent.findtext("label") if parent is not None else None
        if holder.tag == "floats-group" and parent is not None:
            kind = "table" if str(parent.tag).startswith("table") else "figure"
        text = plain_text(caption, skip=_LEFT_OUT, blocks=_BLOCKS)
        paper.add(text, kind=kind, title=" ".join((label or "").split()))


def _identifiers(meta: etree._Element | None) -> tuple[Curie, ...]:
    found: dict[str, str] = {}
    for stated in meta.findall("article-id") if meta is not None else ():
        value = (stated.text or "").strip()
        match stated.get("pub-id-type"):
            case "pmc" | "pmcid":
                digits = re.fullmatch(r"(?:PMC)?(\d+)(?:\.\d+)?", value)
                if digits:
                    found.setdefault("PMCID", f"PMC{digits.group(1)}")
            case "pmid" if re.fullmatch(r"\d+", value):
                found.setdefault("PMID", value)
            case "doi" if value:
                found.setdefault("DOI", value)
    return tuple(Curie(p, found[p]) for p in ("PMCID", "PMID", "DOI") if p in found)


def _version(meta: etree._Element | None) -> str | None:
    if meta is None:
        return None
    return meta.findtext("article-version") or None


def _date(meta: etree._Element | None) -> str | None:
    """The most precise date that is stated; of equal ones that of print, then the electronic."""
    dates: dict[str, str] = {}
    for date in meta.findall("pub-date") if meta is not None else ():
        parts = [(date.findtext(name) or "").strip() for name in ("year", "month", "day")]
        if not re.fullmatch(r"\d{4}", parts[0]):
            continue
        iso = parts[0]
        for part, most in zip(parts[1:], (12, 31), strict=True):
            if not (part.isdecimal() and 1 <= int(part) <= most):
                break
            iso += f"-{int(part):02d}"
        stated = date.get("pub-type") or date.get("date-type") or "pub"
        dates.setdefault(stated, iso)
    ordered = [dates[kind] for kind in _DATE_ORDER if kind in dates] + list(dates.values())
    return max(ordered, key=len, default=None)  # the first of the longest
