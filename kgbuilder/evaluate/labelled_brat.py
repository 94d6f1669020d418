"""BRAT standoff: ``x.txt`` and ``x.ann`` side by side (https://brat.nlplab.org/standoff.html).

Read: T (mentions), R (binary relations), A and M (attributes), N (identifiers), E as the name of its
trigger. Not read: event arguments, ``*`` groups, ``#`` notes. Mentions in pieces ("0 5;10 15") become
the stretch from the first to the last piece, as taggers of words know no gaps; they are counted.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kgbuilder.errors import InputError
from kgbuilder.evaluate.corpora import AnnotatedDocument, AnnotatedRelation, Annotation
from kgbuilder.evaluate.labelled_text import text_of
from kgbuilder.issues import Issues

__all__ = ["read_brat"]

_PLACES = re.compile(r"(\S+)\s+(\d+\s+\d+(?:;\d+\s+\d+)*)")


@dataclass(frozen=True, slots=True)
class _Mention:
    id: str
    type: str
    pieces: tuple[tuple[int, int], ...]
    said: str
    where: str


@dataclass(slots=True)
class _Standoff:
    """What an ``.ann`` file says, before it is held against the text."""

    mentions: list[_Mention] = field(default_factory=list)
    relations: list[tuple[str, str, str, str]] = field(default_factory=list)
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)
    concepts: dict[str, list[str]] = field(default_factory=dict)
    triggers: dict[str, str] = field(default_factory=dict)


def read_brat(path: Path, *, issues: Issues) -> Iterator[AnnotatedDocument]:
    """Documents of a folder (and its folders), or of one ``.txt`` or ``.ann`` file, in path order;
    ``id`` is the path within the folder, without the ending. A text without ``.ann`` is refused:
    nobody knows whether it holds nothing or was not read. An empty ``.ann`` holds nothing.

    :raises InputError: when there is no such pair of files.
    """
    root = path if path.is_dir() else path.parent
    found = sorted(path.rglob("*.ann")) if path.is_dir() else [path.with_suffix(".ann")]
    texts = sorted(path.rglob("*.txt")) if path.is_dir() else []
    for text in texts:
        if not text.with_suffix(".ann").exists():
            issues.refuse(
                "no-ann",
                where=str(text),
                what="a text without its .ann was left out",
                hint="an empty .ann says that it holds no mention",
            )
    n_read = 0
    for ann in found:
        source = ann.with_suffix(".txt")
        if not source.exists() or not ann.exists():
            issues.refuse("no-txt", where=str(ann), what="an .ann without its .txt was left out")
            continue
        n_read += 1
        yield _document(
            ann.relative_to(root).with_suffix("").as_posix(),
            text_of(source, issues=issues),
            _parse(text_of(ann, issues=issues), str(ann), issues),
            issues,
        )
    if not n_read:
        raise InputError(
            "no pair of .txt and .ann", where=str(path), hint="BRAT writes both for each document"
        )


def _parse(text: str, name: str, issues: Issues) -> _Standoff:
    said = _Standoff()
    for number, raw in enumerate(text.split("\n"), 1):
        line, where = raw.rstrip("\r"), f"{name}:{number}"
        if not line.strip():
            continue
        id, _, rest = line.partition("\t")
        body, _, tail = rest.partition("\t")
        words = body.split()
        match line[0]:
            case "T" if (m := _PLACES.fullmatch(body.strip())) is not None:
                pairs = tuple(_pair(piece) for piece in m[2].split(";"))
                said.mentions.append(_Mention(id, m[1], pairs, tail, where))
            case "R" if len(words) == 3 and all(":" in w for w in words[1:]):
                ends = [w.split(":", 1) for w in words[1:]]
                if ends[0][0] == "Arg2":
                    ends.reverse()
                said.relations.append((words[0], ends[0][1], ends[1][1], where))
            case "A" | "M" if len(words) in (2, 3):
                value = words[2] if len(words) == 3 else "true"
                said.attributes.setdefault(words[1], {})[words[0]] = value
            case "N" if len(words) == 3:
                said.concepts.setdefault(words[1], []).append(words[2])
            case "E" if words and ":" in words[0]:
                said.triggers[id] = words[0].split(":", 1)[1]
                if len(words) > 1:
                    issues.warn(
                        "event-arguments",
                        where=where,
                        what="arguments of events are not read",
                        hint="write them as R lines",
                    )
            case "#" | "*":
                continue
            case _:
                issues.refuse("bad-line", where=where, what=f"not BRAT standoff: {line[:60]!r}")
    return said


def _pair(text: str) -> tuple[int, int]:
    start, end = text.split()
    return int(start), int(end)


def _document(id: str, text: str, said: _Standoff, issues: Issues) -> AnnotatedDocument:
    text = _as_counted(text, said.mentions)
    entities: dict[str, Annotation] = {}
    for mention in said.mentions:
        pieces = sorted(mention.pieces)
        start, end = pieces[0][0], pieces[-1][1]
        if not all(0 <= a < b <= len(text) for a, b in pieces):
            issues.refuse(
                "bad-span",
                where=mention.where,
                what=f"{mention.id} lies outside the text, which has {len(text)} characters",
            )
            continue
        if mention.said and not _agree(mention, text):
            issues.refuse(
                "offset-mismatch",
                where=mention.where,
                what=f"{mention.id} says {mention.said[:40]!r}, the text there "
                f"{text[start:end][:40]!r}",
                hint="offsets count characters (code points) of the .txt, not bytes",
            )
            continue
        if mention.id in entities:
            issues.refuse("double-id", where=mention.where, what=f"a second {mention.id}")
            continue
        gaps = [text[b:c] for (_, b), (c, _) in itertools.pairwise(pieces)]
        if any(gap.strip() for gap in gaps):
            issues.warn(
                "discontinuous",
                where=mention.where,
                what=f"{mention.id} is in pieces; taken from its first to its last",
            )
        attrs = said.attributes.get(mention.id, {})
        entities[mention.id] = Annotation(
            mention.id,
            start,
            end,
            mention.type,
            tuple(said.concepts.get(mention.id, ())),
            tuple(sorted(attrs.items())),
        )
    relations = []
    for type, head, tail, where in said.relations:
        ends = [said.triggers.get(name, name) for name in (head, tail)]
        if all(name in entities for name in ends):
            relations.append(AnnotatedRelation(type, ends[0], ends[1]))
        else:
            issues.refuse(
                "bad-relation", where=where, what=f"{type} of a mention that is not there"
            )
    ordered = sorted(entities.values(), key=lambda e: (e.start, e.end, e.type))
    return AnnotatedDocument(id, text, tuple(ordered), tuple(relations), id)


def _as_counted(text: str, mentions: list[_Mention]) -> str:
    """The text as the offsets count it: with its line ends, or with CRLF as one character."""
    if "\r\n" not in text:
        return text
    single = text.replace("\r\n", "\n")
    n_kept = sum(_agree(m, text) for m in mentions)
    n_single = sum(_agree(m, single) for m in mentions)
    return single if n_single > n_kept else text


def _agree(mention: _Mention, text: str) -> bool:
    """Whether the text holds what the line says, white space aside."""
    found = " ".join(text[a:b] for a, b in sorted(mention.pieces))
    return found.split() == mention.said.split() or "".join(found.split()) == "".join(
        mention.said.split()
    )
