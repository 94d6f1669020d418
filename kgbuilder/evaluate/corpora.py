"""Annotated corpora, read into one shape.

The common JSON-lines schema (one document a line): ``id``, ``text``, optional ``split``, ``pmid``;
``entities``: [``id`` ``start`` ``end`` ``type``, optional ``ids`` ``attrs``]; ``relations``:
[``type`` ``head`` ``tail``]. Corpora that come otherwise (IOB columns, DDI sentences with pairs, PHEE
events, ChemProt marked sentences) have a reader each; ``CORPORA`` names all of them.
"""

from __future__ import annotations

import gzip
import json
import lzma
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from kgbuilder.errors import FormatError, InputError, UnknownName
from kgbuilder.issues import Issues

__all__ = [
    "CORPORA",
    "AnnotatedDocument",
    "AnnotatedRelation",
    "Annotation",
    "Corpus",
    "read_corpus",
    "read_jsonl",
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


def _open_text(path: Path) -> IO[str]:
    if not path.exists():
        raise InputError("no such corpus file", where=str(path))
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")


def _records(path: Path, issues: Issues) -> Iterator[tuple[str, dict[str, Any]]]:
    """(place, object) per line; a line that is no JSON object is refused and the rest goes on."""
    try:
        with _open_text(path) as lines:
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


def _annotation(raw: dict[str, Any]) -> Annotation:
    attrs = raw.get("attrs") or {}
    if isinstance(attrs, list):  # maccrobat2020 writes them NAME=VALUE
        attrs = dict(str(item).partition("=")[::2] for item in attrs)
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
    for place, record in _records(path, issues):
        try:
            text, id = str(record["text"]), str(record["id"])
            entities = [_annotation(raw) for raw in record.get("entities", ())]
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


def read_iob(path: Path, *, issues: Issues) -> Iterator[AnnotatedDocument]:
    """Sentences of a ``token TAB tag`` file, tokens joined by one space."""
    tokens: list[str] = []
    tags: list[str] = []
    number = 0
    with _open_text(path) as lines:
        for line in [*lines, "\n"]:
            token, _, tag = line.rstrip("\n").partition("\t")
            if token:
                tokens.append(token)
                tags.append(tag)
            elif tokens:
                number += 1
                yield _of_tags(f"{path.name}:{number}", tokens, tags)
                tokens, tags = [], []


def _of_tags(id: str, tokens: list[str], tags: list[str]) -> AnnotatedDocument:
    spans: list[Annotation] = []
    at = 0
    for token, tag in zip(tokens, tags, strict=True):
        end = at + len(token)
        if tag.startswith("B-"):
            spans.append(Annotation(f"T{len(spans)}", at, end, tag[2:]))
        elif tag.startswith("I-") and spans:
            spans[-1] = replace(spans[-1], end=end)
        at = end + 1
    return AnnotatedDocument(id, " ".join(tokens), tuple(spans), group=id)


def read_ddi(path: Path, *, issues: Issues) -> Iterator[AnnotatedDocument]:
    """One document per sentence of the DDI corpus; pairs without an interaction are left out."""
    for place, record in _records(path, issues):
        for sentence in record.get("sentences", ()):
            try:
                entities = tuple(_annotation(raw) for raw in sentence["entities"])
                pairs = tuple(AnnotatedRelation(t, a, b) for a, b, t in sentence["pairs"] if t)
            except (KeyError, TypeError, ValueError) as error:
                issues.refuse("bad-record", where=place, what=f"not a DDI sentence: {error!r}")
                continue
            yield AnnotatedDocument(
                sentence["id"],
                sentence["text"],
                tuple(sorted(entities, key=lambda e: (e.start, e.end))),
                pairs,
                str(record["id"]),
                str(record.get("split", "")),
            )


_PHEE_ARGUMENTS = {
    ("Treatment", "Drug"): "Drug",
    ("Treatment", "Dosage"): "Dosage",
    ("Treatment", "Route"): "Route",
    ("Treatment", "Duration"): "Duration",
    ("Treatment", "Freq"): "Freq",
    ("Treatment", "Disorder"): "Disorder",
    ("Subject", "Age"): "Age",
    ("Subject", "Disorder"): "Disorder",
    ("Effect", ""): "Effect",
}


def read_phee(path: Path, *, issues: Issues) -> Iterator[AnnotatedDocument]:
    """Sentences of PHEE: arguments as annotations, an event as relations Drug -> Effect (by event
    type; ``Negated`` or ``Speculated`` appended) and Drug -> Disorder.
    """
    for place, record in _records(path, issues):
        try:
            yield _phee_document(record)
        except (KeyError, TypeError, ValueError) as error:
            issues.refuse("bad-record", where=place, what=f"not a PHEE sentence: {error!r}")


def _phee_document(record: dict[str, Any]) -> AnnotatedDocument:
    text = str(record["context"])
    found: dict[str, Annotation] = {}
    relations: list[AnnotatedRelation] = []

    def spans_of(argument: dict[str, Any], type: str) -> list[str]:
        ids = []
        for names, starts in zip(argument["text"], argument["start"], strict=True):
            for name, start in zip(names, starts, strict=True):
                id = f"{type}-{start}-{start + len(name)}"
                found[id] = Annotation(id, start, start + len(name), type)
                ids.append(id)
        return ids

    for annotation in record["annotations"]:
        for event in annotation["events"]:
            got: dict[str, list[str]] = {}
            for (outer, inner), type in _PHEE_ARGUMENTS.items():
                argument = event.get(outer) or {}
                argument = argument.get(inner) if inner else argument
                if argument:
                    got.setdefault(f"{outer}.{type}", []).extend(spans_of(argument, type))
            mark = "".join(f" {word}" for word in ("Negated", "Speculated") if event.get(word))
            for drug in got.get("Treatment.Drug", ()):
                relations += [
                    AnnotatedRelation(event["event_type"] + mark, drug, effect)
                    for effect in got.get("Effect.Effect", ())
                ]
                relations += [
                    AnnotatedRelation("Treats", drug, disorder)
                    for disorder in got.get("Treatment.Disorder", ())
                ]
    entities = sorted(found.values(), key=lambda e: (e.start, e.end, e.type))
    id = str(record["id"])
    return AnnotatedDocument(id, text, tuple(entities), tuple(relations), id.partition("_")[0])


_NEGEX_TIMES = {"Historical": "historical", "Recent": "current", "Not particular": "current"}


def read_negex(path: Path, *, issues: Issues) -> Iterator[AnnotatedDocument]:
    """Rows of the NegEx/ConText test kit, one concept each, which the kit writes in capitals: negated
    or not, historical or not, whose. A row whose concept is not in its sentence is refused.
    """
    for place, record in _records(path, issues):
        try:
            text, concept = str(record["sentence"]), str(record["concept"]).split()
            attrs = (
                ("experiencer", "patient" if record["experiencer"] == "Patient" else "family"),
                ("polarity", "negated" if record["negation"] == "Negated" else "affirmed"),
                ("temporality", _NEGEX_TIMES[record["temporality"]]),
            )
        except KeyError as error:
            issues.refuse("bad-record", where=place, what=f"not a row of the kit: {error!r}")
            continue
        pattern = r"\s+".join(map(re.escape, concept))
        found = re.search(pattern.upper(), text) or re.search(pattern, text, re.IGNORECASE)
        if not concept or found is None:
            issues.refuse("no-concept", where=place, what="the concept is not in the sentence")
            continue
        annotation = Annotation("T1", found.start(), found.end(), "Concept", attrs=attrs)
        yield AnnotatedDocument(place, text, (annotation,), group=text, kind="note")


_MARKED = re.compile(r"<< (?P<a>.*?) >>|\[\[ (?P<b>.*?) \]\]")


def read_chemprot(path: Path, *, issues: Issues) -> Iterator[AnnotatedDocument]:
    """Marked sentences of ChemProt: ``<< >>`` and ``[[ ]]`` taken out, one relation each."""
    for place, record in _records(path, issues):
        raw, pieces, at, spans = str(record.get("text", "")), [], 0, []
        length = 0
        for match in _MARKED.finditer(raw):
            pieces.append(raw[at : match.start()])
            length += len(pieces[-1])
            name, id = match["a"] or match["b"] or "", "A" if match["a"] else "B"
            spans.append(Annotation(id, length, length + len(name), "Mention"))
            pieces.append(name)
            length += len(name)
            at = match.end()
        pieces.append(raw[at:])
        if len(spans) != 2 or not all(s.end > s.start for s in spans):
            issues.refuse("bad-record", where=place, what="not two marked mentions")
            continue
        relation = AnnotatedRelation(str(record["label"]), spans[0].id, spans[1].id)
        text = "".join(pieces)
        yield AnnotatedDocument(place, text, tuple(spans), (relation,), group=text)


@dataclass(frozen=True, slots=True)
class Corpus:
    """Where a public corpus lies under the corpora folder, and what reads it.

    :param split: keep documents of this split only; "" keeps all.
    """

    path: str
    read: Callable[..., Iterator[AnnotatedDocument]]
    split: str = ""


CORPORA: dict[str, Corpus] = {
    "bc5cdr-train": Corpus("bc5cdr/docs.jsonl.gz", read_jsonl, "train"),
    "bc5cdr-dev": Corpus("bc5cdr/docs.jsonl.gz", read_jsonl, "dev"),
    "bc5cdr-test": Corpus("bc5cdr/docs.jsonl.gz", read_jsonl, "test"),
    "ncbi-train": Corpus("ncbi_disease/train.jsonl.gz", read_jsonl),
    "ncbi-dev": Corpus("ncbi_disease/dev.jsonl.gz", read_jsonl),
    "biored-train": Corpus("biored/train.jsonl.gz", read_jsonl),
    "biored-dev": Corpus("biored/dev.jsonl.gz", read_jsonl),
    "maccrobat": Corpus("maccrobat2020/train.jsonl.gz", read_jsonl),
    "gsc-hpo": Corpus("gsc_hpo/docs.jsonl.gz", read_jsonl),
    "e3c-train": Corpus("e3c_en/layer1.jsonl.gz", read_jsonl, "train"),
    "e3c-test": Corpus("e3c_en/layer1.jsonl.gz", read_jsonl, "test"),
    "ade": Corpus("ade_corpus_v2/drug_ae_sentences.jsonl.gz", read_jsonl),
    "bc2gm-train": Corpus("mtl_ner/BC2GM-IOB/train.tsv.gz", read_iob),
    "bc2gm-dev": Corpus("mtl_ner/BC2GM-IOB/devel.tsv.gz", read_iob),
    "bc2gm-test": Corpus("mtl_ner/BC2GM-IOB/test.tsv.gz", read_iob),
    "anatem-train": Corpus("mtl_ner/AnatEM-IOB/train.tsv.gz", read_iob),
    "anatem-test": Corpus("mtl_ner/AnatEM-IOB/test.tsv.gz", read_iob),
    "phee-train": Corpus("phee/train.jsonl.gz", read_phee),
    "phee-dev": Corpus("phee/dev.jsonl.gz", read_phee),
    "phee-test": Corpus("phee/test.jsonl.gz", read_phee),
    "negex-dev": Corpus("negex_context/dev.jsonl.gz", read_negex),
    "ddi-train": Corpus("ddi2013/docs.jsonl.gz", read_ddi, "train"),
    "ddi-test": Corpus("ddi2013/docs.jsonl.gz", read_ddi, "test_ddi"),
    "ddi-ner-test": Corpus("ddi2013/docs.jsonl.gz", read_ddi, "test_ner"),
    "chemprot-train": Corpus("chemprot/sentence_level/train.jsonl.gz", read_chemprot),
    "chemprot-dev": Corpus("chemprot/sentence_level/dev.jsonl.gz", read_chemprot),
    "chemprot-test": Corpus("chemprot/sentence_level/test.jsonl.gz", read_chemprot),
}
"""Name -> corpus. The official test parts of several are withheld and not named here."""


def read_corpus(
    name: str, *, root: Path = Path("../shared/corpora"), issues: Issues
) -> Iterator[AnnotatedDocument]:
    """Documents of a named corpus under ``root``, or of a path: a JSON-lines file in the common
    schema, or a folder that holds ``gold.jsonl``.

    :raises UnknownName: when ``name`` is neither. :raises InputError: when its file is missing.
    """
    if name in CORPORA:
        corpus = CORPORA[name]
        for document in corpus.read(root / corpus.path, issues=issues):
            if corpus.split in ("", document.split):
                yield document
        return
    path = Path(name)
    if path.is_dir() and not (path / "gold.jsonl").exists():
        raise InputError(
            "the folder holds no gold.jsonl",
            where=name,
            hint="give a folder with gold.jsonl, or a JSON-lines file in the common schema",
        )
    path = path / "gold.jsonl" if path.is_dir() else path
    if not path.exists():
        raise UnknownName(
            f"no corpus and no file is called {name!r}",
            hint=f"a path, or one of {', '.join(CORPORA)}",
        )
    yield from read_jsonl(path, issues=issues)
