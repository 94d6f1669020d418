"""Commands that read documents: build, extract, evaluate."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from kgbuilder import api
from kgbuilder.commands.diagnosis_figures import run_evaluate_diagnosis
from kgbuilder.commands.output import opened, print_json, print_line, recipe_of, report_issues
from kgbuilder.commands.progress import BuildProgress
from kgbuilder.errors import UsageError
from kgbuilder.issues import Issues
from kgbuilder.model import DeletedDocument, Document
from kgbuilder.stages import foreign_issue

__all__ = ["run_build", "run_evaluate", "run_extract"]


def _documents(
    arguments: Namespace, issues: Issues, *, told: Callable[[int], None] | None = None
) -> Iterator[Document | DeletedDocument]:
    from kgbuilder.read.sources import iter_documents

    if not arguments.sources:
        raise UsageError("no source given", hint="name files or folders, or - for standard input")
    return iter_documents(
        arguments.sources,
        issues=issues,
        format=arguments.format,
        id_column=arguments.id_column,
        text_column=arguments.text_column,
        kind=arguments.kind,
        told=told,
    )


def run_build(arguments: Namespace) -> int:
    """Read documents into a graph."""
    from kgbuilder.read.sources import n_bytes_of

    issues = Issues()
    progress = BuildProgress(n_bytes_of(arguments.sources))
    documents = _documents(arguments, issues, told=progress.n_bytes_read)
    with opened(arguments.into, create=True) as store:
        report = api.build_into(
            store,
            documents,
            issues=issues,
            recipe=recipe_of(arguments),
            workers=arguments.workers,
            progress=progress.n_documents_done,
        )
    progress.end()
    if arguments.json:
        print_json({**asdict(report), "n_refused": issues.n_refused})
    else:
        print_line(
            f"{report.n_read} documents read, {report.n_skipped} known already, "
            f"{report.n_superseded} superseded, {report.n_deleted} deleted, "
            f"{issues.n_refused} refused\n"
            f"{report.n_findings} findings ({report.n_unlinked} unlinked), "
            f"{report.n_relations} relations, {report.n_new_statements} new statements "
            f"-> {arguments.into}"
        )
    return report_issues(issues)


def run_extract(arguments: Namespace) -> int:
    """Print findings and relations, a document at a time."""
    issues = Issues()
    documents: Iterator[Document | DeletedDocument]
    if arguments.text is not None:
        documents = iter([Document("text", arguments.text, "--text")])
    else:
        documents = _documents(arguments, issues)
    with api.viewed(arguments.graph) as view:
        pipeline = api.pipeline(recipe_of(arguments), graph=view)
        for document in documents:
            if isinstance(document, DeletedDocument):
                issues.warn("deleted", where=document.source, what=f"{document.id} is withdrawn")
                continue
            reading = pipeline.read(document)
            if issue := foreign_issue(reading):
                issues.add(issue)
            if arguments.json:
                print_json(reading.to_json())
            else:
                print_line(reading.to_text())
    return report_issues(issues)


def run_evaluate(arguments: Namespace) -> int:
    """Score a stage on a corpus; for extraction, other recognizers beside ours."""
    if arguments.task == "diagnosis":
        return run_evaluate_diagnosis(arguments)
    if arguments.limit is not None:
        raise UsageError("--limit is for diagnosis", hint="leave it out")
    from kgbuilder.config import recognizer_alone
    from kgbuilder.evaluate.report import to_json, to_text
    from kgbuilder.scoring import score

    if arguments.task == "interactions":
        return _evaluate_interactions(arguments)
    issues = Issues()
    labels = dict(_meaning(given, "--label", "ADR=Phenotype") for given in arguments.label)
    relations = dict(_meaning(given, "--relation", "CID=CAUSES") for given in arguments.relation)
    with api.viewed(arguments.graph) as view:
        report = score(
            arguments.task,
            corpus=arguments.corpus,
            pipeline=api.pipeline(recipe_of(arguments), graph=view),
            issues=issues,
            against={
                word: api.pipeline(recognizer_alone(word), graph=view) for word in arguments.against
            },
            labels=labels,
            relations=relations,
            graph=view,
        )
    print_json(to_json(report)) if arguments.json else print_line(to_text(report))
    return report_issues(issues)


def _evaluate_interactions(arguments: Namespace) -> int:
    from kgbuilder.evaluate.report import to_json, to_text
    from kgbuilder.scoring import corpora_root
    from kgbuilder.scoring_interactions import score_interactions

    for option in ("against", "label", "relation", "recipe", "graph"):
        if getattr(arguments, option):
            raise UsageError(f"--{option} with interactions", hint="it takes --corpus FOLDER alone")
    scores = score_interactions(Path(arguments.corpus) if arguments.corpus else corpora_root())
    print_json(to_json(scores)) if arguments.json else print_line(to_text(scores))
    return 0


def _meaning(given: str, option: str, example: str) -> tuple[str, str]:
    label, equals, meaning = given.rpartition("=")
    if not equals or not label:
        raise UsageError(f"{option} {given}", hint=f"write it as {option} {example}")
    return label, meaning
