"""What each command does: call, print, and say what was refused. Parsing is in ``cli.py``."""

from __future__ import annotations

import json
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuilder import api
from kgbuilder.config import Recipe, read_recipe
from kgbuilder.errors import InputError, KgError, UnknownName, UsageError
from kgbuilder.issues import Issues
from kgbuilder.model import Curie, DeletedDocument, Document
from kgbuilder.protocols import GraphView

if TYPE_CHECKING:
    from kgbuilder.api import Graph

__all__ = ["run"]


def run(arguments: Namespace) -> int:
    """Run the command that ``arguments`` name. :returns: the exit code."""
    return _COMMANDS[arguments.command](arguments)


def _print(value: object) -> None:
    sys.stdout.write(f"{value}\n")


def _print_json(value: object) -> None:
    _print(json.dumps(value, ensure_ascii=False, separators=(", ", ": ")))


def _report(issues: Issues, *, limit: int = 20) -> int:
    """Tell what was wrong, on standard error. :returns: 1 when something was refused, else 0."""
    for n, issue in enumerate(issues):
        if n == limit:
            counts = ", ".join(f"{n} {kind}" for kind, n in issues.counts().items())
            print(f"kgbuilder: in all: {counts}", file=sys.stderr)
            break
        print(f"kgbuilder: {issue}", file=sys.stderr)
    return 1 if issues.n_refused else 0


@contextmanager
def _graph(path: str, *, create: bool = False) -> Iterator[Graph]:
    from kgbuilder.store.open import open_store

    store = open_store(path, create=create)
    try:
        yield store
    finally:
        store.close()


def _recipe(arguments: Namespace) -> Recipe | None:
    return read_recipe(Path(arguments.recipe)) if arguments.recipe else None


def _documents(arguments: Namespace, issues: Issues) -> Iterator[Document | DeletedDocument]:
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
    )


def _progress() -> Callable[[int], None]:
    """A counter on a terminal, nothing on a pipe."""
    begun = time.perf_counter()

    def show(n_done: int) -> None:
        rate = n_done / max(time.perf_counter() - begun, 1e-9)
        sys.stderr.write(f"\r{n_done} documents, {rate:.1f} a second ")
        sys.stderr.flush()

    return show if sys.stderr.isatty() else lambda n_done: None


def _build(arguments: Namespace) -> int:
    issues = Issues()
    documents = _documents(arguments, issues)
    with _graph(arguments.into, create=True) as store:
        report = api.build_into(
            store, documents, issues=issues, recipe=_recipe(arguments), progress=_progress()
        )
    if sys.stderr.isatty():
        sys.stderr.write("\n")
    if arguments.json:
        _print_json({**asdict(report), "n_refused": issues.n_refused})
    else:
        _print(
            f"{report.n_read} documents read, {report.n_skipped} known already, "
            f"{report.n_deleted} deleted, {issues.n_refused} refused\n"
            f"{report.n_findings} findings ({report.n_unlinked} unlinked), "
            f"{report.n_relations} relations, {report.n_new_statements} new statements "
            f"-> {arguments.into}"
        )
    return _report(issues)


def _extract(arguments: Namespace) -> int:
    issues = Issues()
    documents: Iterator[Document | DeletedDocument]
    if arguments.text is not None:
        documents = iter([Document("text", arguments.text, "--text")])
    else:
        documents = _documents(arguments, issues)
    with api.viewed(arguments.graph) as view:
        pipeline = api.pipeline(_recipe(arguments), graph=view)
        for document in documents:
            if isinstance(document, DeletedDocument):
                issues.warn("deleted", where=document.source, what=f"{document.id} is withdrawn")
                continue
            reading = pipeline.read(document)
            if arguments.json:
                _print_json(reading.to_json())
            else:
                _print(reading.to_text())
    return _report(issues)


def _import(arguments: Namespace) -> int:
    from kgbuilder.assemble.map_file import available_maps, load_map
    from kgbuilder.assemble.tables import RowCounts, import_table

    shipped = ", ".join(available_maps())
    if arguments.what == "tsv":
        if not arguments.map:
            hint = f"add --map MAP.toml; or, for WHAT, name a shipped map: {shipped}"
            raise UsageError("which column is what?", hint=hint)
        table_map = load_map(arguments.map)
    elif arguments.what in available_maps():
        table_map = load_map(arguments.what)
    else:
        raise UsageError(f"cannot import {arguments.what!r}", hint=f"tsv, {shipped}")
    issues, rows = Issues(), RowCounts()
    n_concepts = n_statements = n_evidence = 0
    with _graph(arguments.into, create=True) as store:
        for batch in import_table(arguments.path, table_map, issues=issues, counts=rows):
            report = store.merge(batch)
            n_concepts += report.n_new_concepts
            n_statements += report.n_new_statements
            n_evidence += report.n_new_evidence
    counts = {
        "n_rows": rows.n_rows,
        "n_taken": rows.n_taken,
        "n_new_concepts": n_concepts,
        "n_new_statements": n_statements,
        "n_new_evidence": n_evidence,
        "n_refused": issues.n_refused,
    }
    if arguments.json:
        _print_json(counts)
    else:
        told = (f"{n} {name.removeprefix('n_').replace('_', ' ')}" for name, n in counts.items())
        _print(f"{', '.join(told)} -> {arguments.into}")
    return _report(issues)


def _interactions(arguments: Namespace) -> int:
    from kgbuilder.reason.interaction_report import report_to_json, report_to_text

    if arguments.pairs:
        if arguments.drugs or arguments.patient:
            raise UsageError("--pairs stands alone", hint="leave out the names and --patient")
        return _pairs(arguments)
    report = api.check_interactions(
        arguments.drugs, graph=arguments.graph, patient=arguments.patient
    )
    if arguments.json:
        _print_json(report_to_json(report))
    else:
        _print(report_to_text(report))
    return 0


def _pairs(arguments: Namespace) -> int:
    from kgbuilder.reason.interaction_report import report_to_json, report_to_text

    issues = Issues()
    checker = api.interaction_checker()
    with api.viewed(arguments.graph) as view:
        for number, line in _lines(arguments.pairs):
            names = [name.strip() for name in line.split("\t")]
            if len(names) != 2 or not all(names):
                where = f"{arguments.pairs}, line {number}"
                what = f"expected two names and one tab: {line[:80]!r}"
                issues.refuse("bad-pair", where=where, what=what)
                if arguments.json:
                    _print_json({"error": what, "line": number})
                continue
            report = checker.check(names, graph=view)
            _print_json(report_to_json(report)) if arguments.json else _print(
                report_to_text(report) + "\n"
            )
    return _report(issues)


def _lines(path: str) -> Iterator[tuple[int, str]]:
    """Numbered lines that are not blank. :raises InputError: when the file cannot be read."""
    try:
        with sys.stdin if path == "-" else Path(path).open(encoding="utf-8-sig") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield number, line.rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read: {error}", where=path, hint="is it UTF-8?") from None


def _diagnose(arguments: Namespace) -> int:
    from kgbuilder.reason.cases import diagnosis_to_json

    if arguments.cases:
        return _cases(arguments)
    ways = [arguments.note, arguments.text, arguments.finding or arguments.absent]
    if sum(bool(way) for way in ways) != 1:
        raise UsageError("give a NOTE, or --text, or --finding and --absent", hint="one of them")
    if arguments.top < 1:
        raise UsageError(f"--top {arguments.top}", hint="1 or more")
    given: str | list[str] = arguments.finding
    id = "findings"
    if arguments.note or arguments.text:
        id = arguments.note or "text"
        given = arguments.text or _text_of(arguments.note)
    answer = api.diagnose(
        given,
        absent=arguments.absent,
        graph=arguments.graph,
        age=arguments.age,
        sex=arguments.sex,
        top=arguments.top,
    )
    if arguments.json:
        _print_json(diagnosis_to_json(answer, id=id))
    else:
        _print(answer.explain())
    return 0


def _text_of(path: str) -> str:
    return sys.stdin.read() if path == "-" else api.note_at(Path(path)).text


def _cases(arguments: Namespace) -> int:
    from kgbuilder.reason.cases import BrokenCase, diagnosis_to_json, error_to_json, read_cases

    issues = Issues()
    with api.viewed(arguments.graph) as view:
        for case in read_cases(Path(arguments.cases), issues=issues):
            if isinstance(case, BrokenCase):
                _print_json(error_to_json(case.id, case.error))
                continue
            try:
                answer = api.diagnose(
                    case.text if case.text else [],
                    present=[str(id) for id in case.observed],
                    absent=[str(id) for id in case.excluded],
                    graph=view,
                    age=case.age,
                    sex=case.sex,
                    genes=case.genes,
                    candidates=case.candidates,
                    leave_out_pmid=case.leave_out_pmid,
                    top=arguments.top,
                )
            except KgError as error:
                issues.refuse("bad-case", where=f"case {case.id}", what=str(error))
                _print_json(error_to_json(case.id, str(error)))
                continue
            unclear = case.not_understood
            _print_json(diagnosis_to_json(answer, id=case.id, not_understood=unclear))
    return _report(issues)


def _query(arguments: Namespace) -> int:
    with _graph(arguments.graph) as store:
        rows = store.query(arguments.cypher)
    for row in rows:
        _print_json(row)
    return 0


def _search(arguments: Namespace) -> int:
    from kgbuilder.store.search import hit_to_text

    with _graph(arguments.graph) as store:
        hits = store.search(" ".join(arguments.words), limit=arguments.limit)
    for hit in hits:
        _print_json(hit.to_record()) if arguments.json else _print(hit_to_text(hit))
    if not hits and not arguments.json:
        _print("nothing found")
    return 0


def _explain(arguments: Namespace) -> int:
    from kgbuilder.store.explain import explain, explain_statement, explanation_text

    with _graph(arguments.graph) as store:
        ids = [_concept_id(store, text) for text in (arguments.subject, arguments.object)]
        found = explain(store, ids[0], arguments.predicate, ids[1])
        records = [explain_statement(statement, store) for statement in found]
    for record in records:
        _print_json(record) if arguments.json else _print(explanation_text(record))
    return 0


def _concept_id(view: GraphView, text: str) -> Curie:
    """An id as given, or the one concept of the graph that bears the name."""
    if ":" in text:
        return Curie.parse(text)
    wanted = text.casefold()
    named = [
        concept.id
        for concept in view.concepts()
        if wanted in (name.casefold() for name in (concept.name, *concept.synonyms))
    ]
    if not named:
        raise UnknownName(
            f"the graph has no concept called {text!r}",
            hint="kgbuilder search GRAPH WORDS finds it",
        )
    if len(named) > 1:
        raise UnknownName(
            f"{text!r} names {len(named)} concepts", hint=f"say which: {', '.join(map(str, named))}"
        )
    return named[0]


def _export(arguments: Namespace) -> int:
    from kgbuilder.store.exporting import export

    issues = Issues()
    with _graph(arguments.graph) as store:
        export(store, arguments.to, arguments.out, issues=issues)
        stats = store.stats()
    if arguments.json:
        _print_json({"out": arguments.out, "format": arguments.to, **stats.to_record()})
    else:
        _print(f"{stats.n_nodes} nodes, {stats.n_edges} edges -> {arguments.out}")
    return _report(issues)


def _stats(arguments: Namespace) -> int:
    from kgbuilder.store.stats import stats_to_text

    with _graph(arguments.graph) as store:
        stats = store.stats()
    _print_json(stats.to_record()) if arguments.json else _print(stats_to_text(stats))
    return 0


def _evaluate(arguments: Namespace) -> int:
    from kgbuilder.evaluate.report import to_json, to_text
    from kgbuilder.scoring import score

    issues = Issues()
    with api.viewed(arguments.graph) as view:
        pipeline = api.pipeline(_recipe(arguments), graph=view)
        report = score(arguments.task, corpus=arguments.corpus, pipeline=pipeline, issues=issues)
    _print_json(to_json(report)) if arguments.json else _print(to_text(report))
    return _report(issues)


def _doctor(arguments: Namespace) -> int:
    from kgbuilder import doctor

    checks = doctor.examine()
    for check in checks:
        _print_json(asdict(check)) if arguments.json else _print(check)
    return 0


_COMMANDS: dict[str, Callable[[Namespace], int]] = {
    "build": _build,
    "extract": _extract,
    "import": _import,
    "interactions": _interactions,
    "diagnose": _diagnose,
    "query": _query,
    "search": _search,
    "explain": _explain,
    "export": _export,
    "stats": _stats,
    "evaluate": _evaluate,
    "doctor": _doctor,
}
