"""Score the shipped models on public test and development splits, by what users run.

python pipelines/evaluate_models.py tagger bc5cdr-test ncbi-dev biored-dev bc2gm-test
python pipelines/evaluate_models.py relater ddi-test

One JSON object a corpus: strict micro P, R, F1 in percent with a 95 % interval over documents.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from kgbuilder.evaluate.corpora import AnnotatedDocument, read_corpus
from kgbuilder.evaluate.intervals import Score
from kgbuilder.evaluate.records import LabelledRelation, LabelledSpan
from kgbuilder.evaluate.relations import score_relations
from kgbuilder.evaluate.spans import score_spans
from kgbuilder.evaluate.splits import carve
from kgbuilder.issues import Issues
from kgbuilder.model import (
    Assertion,
    Document,
    EntityType,
    Finding,
    Mention,
    Sentence,
    Span,
    unlinked_id,
)
from kgbuilder.nn.examples import sentence_bounds
from kgbuilder.ontology.vocabularies import Vocabularies
from kgbuilder.recognize.consistent import ConsistentRecognizer
from kgbuilder.recognize.dictionary import DictionaryRecognizer
from kgbuilder.recognize.transformer import TransformerRecognizer
from kgbuilder.relate.transformer import TransformerRelater

_CDR = {"Chemical": "Drug", "Disease": "Disease"}
_NCBI = ("SpecificDisease", "Modifier", "DiseaseClass", "CompositeMention")
TYPES: dict[str, dict[str, str]] = {
    "bc5cdr-test": _CDR,
    "bc5cdr-dev": _CDR,
    "ncbi-dev": dict.fromkeys(_NCBI, "Disease"),
    "biored-dev": {
        "ChemicalEntity": "Drug",
        "DiseaseOrPhenotypicFeature": "Disease",
        "GeneOrGeneProduct": "Gene",
        "OrganismTaxon": "Organism",
        "SequenceVariant": "Variant",
        "CellLine": "CellLine",
    },
    "bc2gm-test": {"GENE": "Gene"},
    "maccrobat": {
        "Medication": "Drug",
        "Disease_disorder": "Disease",
        "Sign_symptom": "Phenotype",
        "Dosage": "Dose",
        "Age": "Age",
        "Date": "Date",
    },
}
"""Corpus -> its label -> our type."""

CARVED = {"bc5cdr-dev": 60, "maccrobat": 20}
"""Of these only the documents that were carved out of training are scored (recipes/tagger.toml)."""

ONE_LABEL = frozenset({"bc5cdr-test", "bc5cdr-dev", "biored-dev"})
"""Corpora whose disease label takes in signs and symptoms, which we tell apart."""


def percent(score: Score) -> dict[str, Any]:
    """P, R, F1 and its interval."""
    row: dict[str, Any] = {
        "P": round(100 * score.precision, 2),
        "R": round(100 * score.recall, 2),
        "F1": round(100 * score.f1, 2),
    }
    if score.f1_interval:
        row["F1_95%"] = [
            round(100 * score.f1_interval.low, 2),
            round(100 * score.f1_interval.high, 2),
        ]
    return row


def tagger(name: str, documents: list[AnnotatedDocument], weights: Path | None) -> dict[str, Any]:
    """Spans and types."""
    kind = "note" if name == "maccrobat" else "paper"
    dictionary = DictionaryRecognizer(Vocabularies().lexicon())  # points out names, adds none
    recognizer = ConsistentRecognizer(
        TransformerRecognizer(weights, dictionary=dictionary, n_threads=2)
    )
    types = TYPES[name]
    gold, said, n_characters = {}, {}, 0
    began = time.perf_counter()
    for document in documents:
        id, text = document.id, document.text
        n_characters += len(text)
        gold[id] = [
            LabelledSpan(id, Span(e.start, e.end), types[e.type])
            for e in document.entities
            if e.type in types
        ]
        bounds = sentence_bounds(text, title_end=document.title_end)
        sentences = [Sentence(id, Span(a, b), text[a:b], None, kind) for a, b in bounds]
        said[id] = []
        for mention in (m for row in recognizer.recognize(sentences) for m in row):
            type = mention.type.value
            type = "Disease" if name in ONE_LABEL and type == "Phenotype" else type
            if type in types.values():
                said[id].append(LabelledSpan(id, mention.span, type))
    seconds = time.perf_counter() - began
    report = score_spans(gold, said)
    result = {"all": percent(report.strict)}
    result |= {type: percent(score) for type, score in report.strict_by_type.items()}
    return result | {"characters_per_s": round(n_characters / seconds)}


def relater(name: str, documents: list[AnnotatedDocument], weights: Path | None) -> dict[str, Any]:
    """Interactions of the DDI corpus given gold drugs, over four types."""
    model, detail = TransformerRelater(weights), {"advise": "advice", "int": "plain"}
    gold: dict[str, list[LabelledRelation]] = {}
    said: dict[str, list[LabelledRelation]] = {}
    denied: list[tuple[str, frozenset[Span]]] = []
    for document in documents:
        text, group = document.text, document.group
        place = {e.id: Span(e.start, e.end) for e in document.entities}
        findings = []
        for span in place.values():
            mention = Mention(document.id, span, span.of(text), EntityType.DRUG)
            concept = unlinked_id(EntityType.DRUG, mention.text)
            findings.append(Finding(mention, Assertion(), concept, mention.text))
        # one group a document, so that intervals are over documents; ends carry the sentence
        gold.setdefault(group, []).extend(
            LabelledRelation(
                group,
                (document.id, place[r.head]),
                (document.id, place[r.tail]),
                detail.get(r.type, r.type),
                symmetric=True,
            )
            for r in document.relations
        )
        whole = Document(document.id, text, name, kind="paper")
        sentence = Sentence(document.id, Span(0, max(1, len(text))), text)
        for relation in model.relate(whole, [sentence], findings):
            ends = relation.subject.mention.span, relation.object.mention.span
            if relation.negated:
                denied.append((document.id, frozenset(ends)))
                continue
            said.setdefault(group, []).append(
                LabelledRelation(
                    group,
                    (document.id, ends[0]),
                    (document.id, ends[1]),
                    relation.detail,
                    symmetric=True,
                )
            )
    report = score_relations(gold, said)
    true = {(r.head[0], frozenset((r.head[1], r.tail[1]))) for rows in gold.values() for r in rows}  # type: ignore[index]
    result: dict[str, Any] = {"typed": percent(report.typed), "detected": percent(report.pair)}
    result |= {type: percent(score) for type, score in report.by_type.items()}
    result["denied"] = len(denied)
    result["denied_but_gold"] = sum(item in true for item in denied)
    return result


def main() -> None:
    """Parse, score, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=["tagger", "relater"])
    parser.add_argument("corpora", nargs="+")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--root", type=Path, default=Path("../shared/corpora"))
    args = parser.parse_args()
    for name in args.corpora:
        documents = list(read_corpus(name, root=args.root, issues=Issues()))
        if name in CARVED:
            documents = carve(documents, CARVED[name])[0]
        score = tagger if args.model == "tagger" else relater
        print(json.dumps({"corpus": name} | score(name, documents, args.weights)), flush=True)


if __name__ == "__main__":
    main()
