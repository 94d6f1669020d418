"""PubMed and MEDLINE XML, one record at a time: a baseline file, an update file, an efetch answer.

Text: the title, then the abstract's parts, with blank lines between; labels ("METHODS") are kept as
``Section.title``. A record without an English title takes its vernacular title. Abstracts in other
languages (``OtherAbstract``) are not read. A later version of a PMID is a document of its own with
the same id, which replaces the earlier in a graph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from lxml import etree

from kgbuilder.issues import Issues
from kgbuilder.model import Curie, DeletedDocument, Document
from kgbuilder.read.composition import Composition
from kgbuilder.read.headings import kind_of_heading
from kgbuilder.read.markup import Record, iter_records, plain_text

__all__ = ["MedlineReader", "iso_date"]

_TAGS = (
    "PubmedArticle",
    "PubmedBookArticle",
    "MedlineCitation",
    "DeleteCitation",
    "DeleteDocument",
)
_PMID = re.compile(r"[1-9]\d{0,8}")
_YEAR = re.compile(r"\b(1[5-9]\d\d|20\d\d|21\d\d)\b")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# https://www.nlm.nih.gov/bsd/licensee/elements_descriptions.html names these categories (recalled).
_CATEGORIES = {
    "BACKGROUND": "background",
    "OBJECTIVE": "objective",
    "METHODS": "methods",
    "RESULTS": "results",
    "CONCLUSIONS": "conclusions",
}


@dataclass(frozen=True, slots=True)
class MedlineReader:
    """Reads ``PubmedArticleSet`` and ``MedlineCitationSet``, gzipped or not.

    ``Document.id`` is the PMID in plain digits. ``language`` is that of the article as MEDLINE
    states it (``eng``, ``fre``); title and abstract are English all the same.
    """

    kind: str = "paper"

    def read(
        self, stream: IO[bytes], *, source: str, issues: Issues
    ) -> Iterator[Document | DeletedDocument]:
        """Yield records in order, then what is deleted. :raises FormatError: where the file breaks
        off, declares entities, or holds no MEDLINE record.
        """
        for record in iter_records(stream, _TAGS, source=source, issues=issues):
            if record.tag.startswith("Delete"):
                for pmid in record.element.iter("PMID"):
                    yield DeletedDocument((pmid.text or "").strip(), source)
            else:
                document = self._document(record, source, issues)
                if document is not None:
                    yield document

    def _document(self, record: Record, source: str, issues: Issues) -> Document | None:
        citation = _first(record.element, "MedlineCitation", "BookDocument")
        pmid_element = citation.find("PMID") if citation is not None else None
        pmid = (pmid_element.text or "").strip() if pmid_element is not None else ""
        if citation is None or pmid_element is None or not _PMID.fullmatch(pmid):
            issues.refuse(
                "no-pmid", where=record.where, what=f"the record has no valid PMID ({pmid!r})"
            )
            return None
        article = citation.find("Article") if citation.tag == "MedlineCitation" else citation
        if article is None:
            issues.refuse("no-text", where=record.where, what="the record holds no article")
            return None
        title = _title(article)
        paper = Composition()
        paper.add(title, kind="title")
        _add_abstract(article.find("Abstract"), paper)
        if not paper.text:
            issues.refuse(
                "no-text", where=record.where, what="the record has neither title nor abstract"
            )
            return None
        language = article.findtext("Language")
        return Document(
            id=pmid,
            text=paper.text,
            source=source,
            kind=self.kind,
            title=title,
            sections=paper.sections(),
            identifiers=_identifiers(record.element, article, pmid),
            date=_date(article),
            language=language.strip() if language and language.strip() else None,
            version=_version(citation, pmid_element),
        )


def _version(citation: etree._Element, pmid: etree._Element) -> str | None:
    """The number of the version and the day it was revised ("1 2019-12-02"): most revisions keep the
    number.
    """
    date = citation.find("DateRevised")
    parts = (
        [date.findtext(name) or "" for name in ("Year", "Month", "Day")] if date is not None else []
    )
    revised = iso_date(" ".join(parts)) or ""
    return f"{pmid.get('Version') or ''} {revised}".strip() or None


def _first(element: etree._Element, *tags: str) -> etree._Element | None:
    if element.tag in tags:
        return element
    return next((found for tag in tags if (found := element.find(tag)) is not None), None)


def _title(article: etree._Element) -> str:
    title = plain_text(article.find("ArticleTitle"))
    if title and title.strip("[]. ").casefold() != "not available":
        return title
    other = plain_text(article.find("VernacularTitle"))
    return other or plain_text(article.find("Book/BookTitle"))


def _add_abstract(abstract: etree._Element | None, paper: Composition) -> None:
    if abstract is None:
        return
    for part in abstract.findall("AbstractText"):
        label = " ".join((part.get("Label") or "").split())
        category = _CATEGORIES.get((part.get("NlmCategory") or "").upper(), "abstract")
        kind = kind_of_heading(label, default=category) if label else category
        # MEDLINE labels of a single unlabelled paragraph say UNLABELLED: that is no heading.
        paper.add(plain_text(part), kind=kind, title="" if label == "UNLABELLED" else label)


def _identifiers(record: etree._Element, article: etree._Element, pmid: str) -> tuple[Curie, ...]:
    found = {"PMID": pmid}
    # Only the record's own list: those within ReferenceList name other papers.
    for holder in ("PubmedData", "PubmedBookData"):
        for stated in record.findall(f"{holder}/ArticleIdList/ArticleId"):
            value = (stated.text or "").strip()
            if stated.get("IdType") == "pmc" and re.fullmatch(r"PMC\d+", value):
                found.setdefault("PMCID", value)
            elif stated.get("IdType") == "doi" and value:
                found.setdefault("DOI", value)
    for stated in article.findall("ELocationID"):
        value = (stated.text or "").strip()
        if stated.get("EIdType") == "doi" and stated.get("ValidYN", "Y") == "Y" and value:
            found.setdefault("DOI", value)
    return tuple(Curie(prefix, value) for prefix, value in found.items())


def _date(article: etree._Element) -> str | None:
    for path in ("Journal/JournalIssue/PubDate", "Book/PubDate", "ArticleDate", "ContributionDate"):
        date = article.find(path)
        if date is None:
            continue
        stated = date.findtext("MedlineDate")
        if stated is None:
            names = ("Year", "Month", "Day")
            stated = " ".join((date.findtext(name) or "").strip() for name in names)
        if (iso := iso_date(stated)) is not None:
            return iso
    return None


def iso_date(stated: str) -> str | None:
    """ISO 8601 as far as ``stated`` goes; of a range, its beginning; a season gives the year only.

    >>> [iso_date(d) for d in ("1998 Dec-1999 Jan", "2000 Spring", "2003 05 4", "1979-1980", "n.d.")]
    ['1998-12', '2000', '2003-05-04', '1979', None]
    """
    year = _YEAR.search(stated)
    if year is None:
        return None
    words = re.findall(r"[^\W\d_]+|\d+|-", stated[year.end() :])
    month = _month(words[0]) if words else None
    if month is None:
        return year.group()
    day = int(words[1]) if len(words) > 1 and words[1].isdecimal() else 0
    if not 1 <= day <= 31:
        return f"{year.group()}-{month:02d}"
    return f"{year.group()}-{month:02d}-{day:02d}"


def _month(word: str) -> int | None:
    if word.isdecimal():
        return int(word) if 1 <= int(word) <= 12 else None
    short = word[:3].casefold()
    return _MONTHS.index(short) + 1 if short in _MONTHS else None
