"""Annotated corpora, read into one shape.

The common JSON-lines schema (one document a line): ``id``, ``text``, optional ``split``, ``pmid``;
``entities``: [``id`` ``start`` ``end`` ``type``, optional ``ids`` ``attrs``]; ``relations``:
[``type`` ``head`` ``tail``]. Corpora that come otherwise (IOB columns, DDI sentences with pairs, PHEE
events, ChemProt) have a reader each; ``CORPORA`` names all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kgbuilder.errors import InputError, UnknownName
from kgbuilder.evaluate.annotated import (
    AnnotatedDocument,
    AnnotatedRelation,
    Annotation,
    annotation_of,
    open_text,
    read_jsonl,
    records,
)
from kgbuilder.evaluate.chemprot import read_chemprot_documents, read_chemprot_sentences
from kgbuilder.evaluate.marked import read_marked
from kgbuilder.evaluate.negex import read_negex
from kgbuilder.evaluate.splits import carve
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


def read_iob(path: Path, *, issues: Issues) -> Iterator[AnnotatedDocument]:
    """Sentences of a ``token TAB tag`` file, tokens joined by one space."""
    tokens: list[str] = []
    tags: list[str] = []
    number = 0
    with open_text(path) as lines:
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
    for place, record in records(path, issues):
        for sentence in record.get("sentences", ()):
            try:
                entities = tuple(annotation_of(raw) for raw in sentence["entities"])
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
    type; ``Negated`` or ``Speculated`` appended) and Drug -> Disorder (where the therapy itself is
    denied, so too), and attribute -> Drug (``Dosage of``, ...), to each drug of the event.
    """
    for place, record in records(path, issues):
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
            is_therapy = event["event_type"] == "Potential_therapeutic_event"
            for drug in got.get("Treatment.Drug", ()):
                relations += [
                    AnnotatedRelation(event["event_type"] + mark, drug, effect)
                    for effect in got.get("Effect.Effect", ())
                ]
                relations += [
                    AnnotatedRelation("Treats" + mark * is_therapy, drug, disorder)
                    for disorder in got.get("Treatment.Disorder", ())
                ]
                relations += [
                    AnnotatedRelation(f"{type} of", attribute, drug)
                    for type in ("Dosage", "Route", "Duration", "Freq")
                    for attribute in got.get(f"Treatment.{type}", ())
                ]
    entities = sorted(found.values(), key=lambda e: (e.start, e.end, e.type))
    id = str(record["id"])
    return AnnotatedDocument(id, text, tuple(entities), tuple(relations), id.partition("_")[0])


@dataclass(frozen=True, slots=True)
class Corpus:
    """Where a public corpus lies under the corpora folder, and what reads it.

    :param split: keep documents of this split only; "" keeps all.
    :param carved: of these the first so many groups, see :func:`carve`; 0 keeps all.
    """

    path: str
    read: Callable[..., Iterator[AnnotatedDocument]]
    split: str = ""
    carved: int = 0


_OURS = Path(__file__).parent / "tables"

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
    "bionlp13cg-train": Corpus("mtl_ner/BioNLP13CG-IOB/train.tsv.gz", read_iob),
    "bionlp13cg-dev": Corpus("mtl_ner/BioNLP13CG-IOB/devel.tsv.gz", read_iob),
    "bionlp13cg-test": Corpus("mtl_ner/BioNLP13CG-IOB/test.tsv.gz", read_iob),
    "anatem-train": Corpus("mtl_ner/AnatEM-IOB/train.tsv.gz", read_iob),
    "anatem-test": Corpus("mtl_ner/AnatEM-IOB/test.tsv.gz", read_iob),
    "phee-train": Corpus("phee/train.jsonl.gz", read_phee),
    "phee-dev": Corpus("phee/dev.jsonl.gz", read_phee),
    "phee-test": Corpus("phee/test.jsonl.gz", read_phee),
    "negex-dev": Corpus("negex_context/dev.jsonl.gz", read_negex),
    "ddi-train": Corpus("ddi2013/docs.jsonl.gz", read_ddi, "train"),
    "ddi-test": Corpus("ddi2013/docs.jsonl.gz", read_ddi, "test_ddi"),
    "ddi-ner-test": Corpus("ddi2013/docs.jsonl.gz", read_ddi, "test_ner"),
    "chemprot-train": Corpus("chemprot/sentence_level/train.jsonl.gz", read_chemprot_sentences),
    "chemprot-dev": Corpus("chemprot/sentence_level/dev.jsonl.gz", read_chemprot_sentences),
    "chemprot-test": Corpus("chemprot/sentence_level/test.jsonl.gz", read_chemprot_sentences),
    "chemprotdoc-dev": Corpus("chemprot/document_level/dev.jsonl.gz", read_chemprot_documents),
    "chemprotdoc-test": Corpus("chemprot/document_level/test.jsonl.gz", read_chemprot_documents),
    "ddi-carved": Corpus("ddi2013/docs.jsonl.gz", read_ddi, "train", 70),
    "bc5cdr-carved": Corpus("bc5cdr/docs.jsonl.gz", read_jsonl, "dev", 60),
    "biored-carved": Corpus("biored/train.jsonl.gz", read_jsonl, carved=40),
    "chemprot-carved": Corpus(
        "chemprot/sentence_level/train.jsonl.gz", read_chemprot_sentences, carved=150
    ),
    "chemprotdoc-carved": Corpus(
        "chemprot/document_level/dev.jsonl.gz", read_chemprot_documents, carved=120
    ),
    "negated-dev": Corpus(str(_OURS / "negated_relations.tsv"), read_marked, "dev"),
    "negated-test": Corpus(str(_OURS / "negated_relations.tsv"), read_marked, "test"),
    "phenotype-dev": Corpus(str(_OURS / "has_phenotype.tsv"), read_marked, "dev"),
    "phenotype-test": Corpus(str(_OURS / "has_phenotype.tsv"), read_marked, "test"),
}
"""Name -> corpus. The official test parts of several are withheld and not named here. ``-carved``: what
``pipelines/recipes/relater.toml`` keeps out of training to choose and to calibrate by."""


def read_corpus(
    name: str, *, root: Path = Path("../shared/corpora"), issues: Issues
) -> Iterator[AnnotatedDocument]:
    """Documents of a named corpus under ``root``, or of a path: a JSON-lines file in the common
    schema, or a folder that holds ``gold.jsonl``.

    :raises UnknownName: when ``name`` is neither. :raises InputError: when its file is missing.
    """
    if name in CORPORA:
        corpus = CORPORA[name]
        documents = (
            document
            for document in corpus.read(root / corpus.path, issues=issues)
            if corpus.split in ("", document.split)
        )
        yield from carve(documents, corpus.carved)[0] if corpus.carved else documents
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
