"""What a source is, told by its content first and its name second."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from pathlib import PurePath

from kgbuilder.errors import FormatError
from kgbuilder.read.plain import is_junk
from kgbuilder.read.pubtator import PUBTATOR_LINE
from kgbuilder.read.stream import decode_line
from kgbuilder.read.table import known_columns

__all__ = ["HEAD", "Format", "format_of"]

HEAD = 1 << 16
"""Bytes that are looked at, unpacked."""


class Format(StrEnum):
    """What can be read. The values are the names that a user gives."""

    MEDLINE = "medline"
    JATS = "jats"
    BIOC_XML = "bioc-xml"
    BIOC_JSON = "bioc-json"
    PUBTATOR = "pubtator"
    JSONL = "jsonl"
    CSV = "csv"
    TSV = "tsv"
    PLAIN = "plain"


_MAGIC = (
    (
        b"PK\x03\x04",
        "a ZIP archive or an Office document (.docx, .xlsx)",
        "unzip it, or save as text",
    ),
    (b"PK\x05\x06", "an empty ZIP archive", "give the files themselves"),
    (b"%PDF", "a PDF", "export its text first, for example with pdftotext"),
    (b"{\\rtf", "an RTF document", "save it as plain text"),
    (b"\xd0\xcf\x11\xe0", "an old Office document", "save it as plain text or CSV"),
    (b"BZh", "bzip2 data", "unpack it, or compress with gzip"),
    (b"\xfd7zXZ", "xz data", "unpack it, or compress with gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd data", "unpack it, or compress with gzip"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "unpack it"),
    (b"SQLite format 3", "an SQLite database", "export its table as CSV"),
    (b"PAR1", "a Parquet file", "export it as CSV or JSONL"),
)
_ROOTS = {
    "PubmedArticleSet": Format.MEDLINE,
    "PubmedBookArticleSet": Format.MEDLINE,
    "PubmedArticle": Format.MEDLINE,
    "PubmedBookArticle": Format.MEDLINE,
    "MedlineCitationSet": Format.MEDLINE,
    "MedlineCitation": Format.MEDLINE,
    "DeleteCitation": Format.MEDLINE,
    "article": Format.JATS,
    "pmc-articleset": Format.JATS,
    "articles": Format.JATS,
    "OAI-PMH": Format.JATS,
    "collection": Format.BIOC_XML,
}
_SUFFIXES = {
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".csv": Format.CSV,
    ".tsv": Format.TSV,
    ".tab": Format.TSV,
}
_PLAIN_SUFFIXES = frozenset({"", ".txt", ".text", ".note", ".asc", ".md"})
_XML_SUFFIXES = frozenset({".xml", ".nxml"})
_PROLOG = re.compile(
    rb"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>|\s)*", re.DOTALL
)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")


def format_of(head: bytes, *, name: str) -> Format:
    """The format of a source that begins with ``head`` (unpacked) and is called ``name``.

    :raises FormatError: when it is of a kind that is not read, with a hint.
    """
    for magic, what, hint in _MAGIC:
        if head.startswith(magic):
            raise FormatError(f"{what}, which is not read", where=name, hint=hint)
    if head[257:262] == b"ustar":
        raise FormatError("a tar archive, which is not read", where=name, hint="unpack it first")
    suffix = _suffix(name)
    begin = head.lstrip()
    if begin.startswith(b"<"):
        if (found := _xml_format(begin, name, suffix)) is not None:
            return found
    elif suffix in _XML_SUFFIXES:
        raise FormatError("the name says XML, the content does not", where=name)
    if suffix in (".jsonl", ".ndjson") or begin[:1] in (b"{", b"["):
        found = _json_format(begin, name, suffix)
        if found is not None:
            return found
    text = _decoded(head)
    first = next((line for line in text.splitlines() if line.strip()), "")
    if PUBTATOR_LINE.match(first):
        return Format.PUBTATOR
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    if is_junk(text):
        raise FormatError(
            "binary data, not text", where=name, hint="export it as plain text, XML, CSV or JSONL"
        )
    if (found := _table_format(first)) is not None:
        return found
    if suffix in _PLAIN_SUFFIXES:
        return Format.PLAIN
    raise FormatError(
        f"files of kind {suffix} are not read",
        where=name,
        hint="rename it to .txt if it is a note, or give its format (--format)",
    )


def _suffix(name: str) -> str:
    path = PurePath(name.casefold())
    return PurePath(path.stem).suffix if path.suffix in (".gz", ".gzip") else path.suffix


def _decoded(head: bytes) -> str:
    """The head as text, without its last line, which may be cut within a character."""
    whole = head.rsplit(b"\n", 1)[0] if len(head) >= HEAD and b"\n" in head else head
    if len(head) >= HEAD and b"\n" not in head:
        return head.decode("utf-8", "ignore")
    return "".join(decode_line(line)[0] for line in whole.splitlines(keepends=True))


def _xml_format(begin: bytes, name: str, suffix: str) -> Format | None:
    prolog = _PROLOG.match(begin)
    root = _ROOT.match(begin, prolog.end() if prolog else 0)
    tag = root.group(1).decode("ascii") if root else ""
    if tag in _ROOTS:
        return _ROOTS[tag]
    declared = begin.startswith((b"<?xml", b"<!DOCTYPE", b"<!doctype"))
    if suffix in _PLAIN_SUFFIXES and not declared and tag.casefold() != "html":
        return None  # a note may begin with "<"
    if b"<!ENTITY" in begin:
        raise FormatError(
            "the file declares entities, which are never expanded here",
            where=name,
            hint="resolve the entities with a tool that you trust and remove the declarations",
        )
    raise FormatError(
        f"XML of an unknown kind (root element <{tag}>)" if tag else "XML without a root element",
        where=name,
        hint="read are PubMed/MEDLINE, PMC JATS and BioC; save other documents as plain text",
    )


def _json_format(begin: bytes, name: str, suffix: str) -> Format | None:
    bioc = re.compile(rb'"(?:documents|PubTator3|passages)"\s*:\s*\[')
    line = begin.split(b"\n", 1)[0]
    cut = b"\n" not in begin and len(begin) >= HEAD // 2
    if begin.startswith(b"{"):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if isinstance(row, dict) and not {"passages", "documents", "PubTator3"} & set(row):
            return Format.JSONL
        if isinstance(row, dict) or bioc.search(begin):
            return Format.BIOC_JSON
        if suffix in (".jsonl", ".ndjson") or cut or re.match(rb'\{\s*"[^"\n]+"\s*:.*"', line):
            return Format.JSONL
    if begin.startswith(b"[") and bioc.search(begin):
        return Format.BIOC_JSON
    if suffix in (".jsonl", ".ndjson"):
        return Format.JSONL
    if suffix == ".json" or re.match(rb"\[\s*\{", begin):
        raise FormatError(
            "JSON that is neither BioC nor one object a line",
            where=name,
            hint="write one object a line (JSONL), each with an id and a text",
        )
    return None


def _table_format(first: str) -> Format | None:
    """A header line whose fields name both an id and a text is that of a table, whatever the name."""
    known = known_columns()
    for delimiter, format in ((",", Format.CSV), ("\t", Format.TSV), (";", Format.CSV)):
        names = [
            re.sub(r"[\s-]+", "_", f.strip(' "\r\n').casefold()) for f in first.split(delimiter)
        ]
        if set(names) & set(known["id"]) and set(names) & set(known["text"]) and len(names) >= 2:
            return format
    return None
