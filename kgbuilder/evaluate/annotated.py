"""The one shape of an annotated text, and the common JSON-lines schema it is read from."""

from __future__ import annotations

import gzip
import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from kgbuilder.errors import FormatError, InputError
from kgbuilder.issues import Issues
from kgbuilder.model import Assertion, Certainty, Experiencer, Polarity, Temporality

__all__ = [
    "AnnotatedDocument",
    "AnnotatedRelation",
    "Annotation",
    "annotation_of",
    "open_text",
    "read_jsonl",
    "records",
]


@dataclass(frozen=True, slots=True)
class Annotation:
    """A gold mention, ``[start, end)`` in code points of the document's text.

    :param ids: concept identifiers as the corpus writes them.
    :param attrs: further attributes, sorted by name (``polarity``, ``certainty``, ...).
    """

    id: str
    start: int
    end: int
    type: str
    ids: tuple[str, ...] = ()
    attrs: tuple[tuple[str, str], ...] = ()

    def attr(self, name: str) -> str | None:
        """The attribute's value, or None."""
        return dict(self.attrs).get(name)

    @property
    def assertion(self) -> Assertion | None:
        """How the mention is meant, where the corpus says so. :raises FormatError: for strange words."""
        polarity = self.attr("polarity")
        if not polarity:
            return None
        try:
            return Assertion(
                Polarity(polarity),
                Certainty(self.attr("certainty") or "certain"),
                Temporality(self.attr("temporality") or "current"),
                Experiencer(self.attr("experiencer") or "patient"),
            )
        except ValueError as error:
            known = (Polarity, Certainty, Temporality, Experiencer)
            hint = "; ".join(f"{kind.__name__.lower()}: {', '.join(kind)}" for kind in known)
            where = f"{self.type} {self.id} at {self.start}"
            raise FormatError(f"attrs: {error}", where=where, hint=hint) from None


@dataclass(frozen=True, slots=True)
class AnnotatedRelation:
    """A gold relation; ``head`` and ``tail`` are annotation ids or, where the corpus annotates
    whole documents (bc5cdr, biored), concept ids.
    """

    type: str
    head: str
    tail: str


@dataclass(frozen=True, slots=True)
class AnnotatedDocument:
    """A text with its gold annotations.

    :param group: the document it is from where ``text`` is one sentence of it; else equal to ``id``.
    :param title_end: where the title ends, 0 where there is none.
    :param kind: ``note`` or ``paper`` where the corpus says so.
    """

    id: str
    text: str
    entities: tuple[Annotation, ...] = ()
    relations: tuple[AnnotatedRelation, ...] = ()
    group: str = ""
    split: str = ""
    title_end: int = 0
    kind: str = ""

    @property
    def is_note(self) -> bool:
        """Read as a clinical note: where nothing is said, a file that ends in .txt is; else a paper."""
        return self.kind == "note" if self.kind else self.id.endswith(".txt")


def open_text(path: Path) -> IO[str]:
    """The file as text, unpacked. :raises InputError: when it is not there."""
    if not path.exists():
        raise InputError("no such corpus file", where=str(path))
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig")
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8-sig")
    return path.open(encoding="utf-8-sig")


def records(path: Path, issues: Issues) -> Iterator[tuple[str, dict[str, Any]]]:
    """(place, object) per line; a line that is no JSON object is refused and the rest goes on."""
    try:
        with open_text(path) as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                place = f"{path.name}:{number}"
                try:
                    record = json.loads(line)
                except ValueError as error:
                    issues.refuse("bad-json", where=place, what=f"not JSON: {error}")
                    continue
                if isinstance(record, dict):
                    yield place, record
                else:
                    issues.refuse("bad-json", where=place, what="not a JSON object")
    except (OSError, EOFError, UnicodeDecodeError, lzma.LZMAError) as error:
        raise FormatError(f"the corpus file breaks off: {error}", where=str(path)) from error


def annotation_of(raw: dict[str, Any]) -> Annotation:
    """An annotation of the common schema. :raises KeyError: ValueError: when it is none."""
    attrs = raw.get("attrs") or {}
    if isinstance(attrs, list):  # maccrobat2020 writes them NAME=VALUE
        attrs = dict(str(item).partition("=")[::2] for item in attrs)
    if len(raw.get("spans") or ()) > 1:  # in pieces: taken from the first to the last
        attrs = {**attrs, "pieces": str(len(raw["spans"]))}
    flat = ((str(k), v if isinstance(v, str) else json.dumps(v)) for k, v in attrs.items())
    return Annotation(
        str(raw.get("id", f"{raw['start']}-{raw['end']}")),
        int(raw["start"]),
        int(raw["end"]),
        str(raw["type"]),
        tuple(map(str, raw.get("ids") or ())),
        tuple(sorted(flat)),
    )


def read_jsonl(path: Path, *, issues: Issues) -> Iterator[AnnotatedDocument]:
    """Documents of a file in the common schema. An annotation outside its text is refused.

    :raises InputError: when there is no such file. :raises FormatError: when it breaks off.
    """
    for place, record in records(path, issues):
        try:
            text, id = str(record["text"]), str(record["id"])
            entities = [annotation_of(raw) for raw in record.get("entities", ())]
            relations = tuple(
                AnnotatedRelation(str(r["type"]), str(r["head"]), str(r["tail"]))
                for r in record.get("relations", ())
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            issues.refuse("bad-record", where=place, what=f"not the common schema: {error!r}")
            continue
        inside = [e for e in entities if 0 <= e.start < e.end <= len(text)]
        if len(inside) < len(entities):
            issues.refuse("bad-span", where=place, what="annotations outside the text")
        yield AnnotatedDocument(
            id,
            text,
            tuple(sorted(inside, key=lambda e: (e.start, e.end, e.type))),
            relations,
            str(record.get("pmid") or id),
            str(record.get("split", "")),
            int(record.get("title_end") or 0),
            str(record.get("kind", "")),
        )
