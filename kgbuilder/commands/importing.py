"""The command that brings curated knowledge into a graph."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

from kgbuilder.commands.output import opened, print_json, print_line, report_issues
from kgbuilder.curate.intake import Intake
from kgbuilder.curate.sources import import_source
from kgbuilder.issues import Issues
from kgbuilder.protocols import Batch, MergeReport

__all__ = ["run_import"]


MAX_LINES = 25
"""Kinds of what was left out that are printed, the most frequent first."""


@dataclass(slots=True)
class _Totals:
    n_new_concepts: int = 0
    n_new_statements: int = 0
    n_new_evidence: int = 0

    def add(self, report: MergeReport) -> None:
        self.n_new_concepts += report.n_new_concepts
        self.n_new_statements += report.n_new_statements
        self.n_new_evidence += report.n_new_evidence


def run_import(arguments: Namespace) -> int:
    """Bring a file that the user has into a graph; what was read before an error is kept."""
    intake, totals = Intake(Issues(), version=arguments.version or ""), _Totals()
    for report in _reports(arguments, intake):
        totals.add(report)
    if sys.stderr.isatty():
        sys.stderr.write("\n")
    if arguments.json:
        print_json(_record(intake, totals))
    else:
        print_line(_text(intake, totals, arguments.into))
    return report_issues(intake.issues)


def _reports(arguments: Namespace, intake: Intake) -> Iterator[MergeReport]:
    """What each batch brought; an export that is loaded whole is one."""
    from kgbuilder.store.neo4j import Neo4jStore

    loaded = _loaded_whole(arguments, intake)
    if loaded is not None:
        yield loaded
        return
    batches = _batches(arguments, intake)
    first = next(batches, None)  # whatever is wrong with the call is said before a graph is made
    with opened(arguments.into, create=True) as store:
        all_batches = chain(() if first is None else (first,), batches)
        yield from (
            store.merge_all(all_batches)
            if isinstance(store, Neo4jStore)
            else map(store.merge, all_batches)
        )


def _batches(arguments: Namespace, intake: Intake) -> Iterator[Batch]:
    """The batches of the file; what was read is shown before the next is asked for."""
    begun = time.perf_counter()
    if arguments.what == "jsonl":
        batches = _counted(_exported(Path(arguments.path), arguments.into), intake)
    else:
        batches = import_source(
            arguments.what, arguments.path, intake=intake, map=arguments.map, type=arguments.type
        )
    for batch in batches:
        yield batch
        _show_progress(intake, begun)


def _exported(path: Path, into: str) -> Iterator[Batch]:
    """The batches of an export, for a server in the order that is cheapest there."""
    from kgbuilder.store.by_subject import by_subject
    from kgbuilder.store.jsonl import iter_jsonl_batches

    batches = iter_jsonl_batches(path)
    return by_subject(batches) if "://" in into else batches


def _counted(batches: Iterator[Batch], intake: Intake) -> Iterator[Batch]:
    for batch in batches:
        n = len(batch.concepts) + len(batch.documents) + len(batch.statements)
        intake.n_rows += n
        intake.n_taken += n
        yield batch


def _loaded_whole(arguments: Namespace, intake: Intake) -> MergeReport | None:
    """Load an export where there is no graph yet; None where it has to be merged."""
    from kgbuilder.store.first_load import NotInOrder, load_whole

    into = Path(arguments.into)
    if arguments.what != "jsonl" or "://" in arguments.into or into.exists():
        return None
    try:
        return load_whole(into, _batches(arguments, intake))
    except NotInOrder:
        intake.n_rows = intake.n_taken = 0
        return None


def _show_progress(intake: Intake, begun: float) -> None:
    if sys.stderr.isatty():
        rate = intake.n_rows / max(time.perf_counter() - begun, 1e-9)
        sys.stderr.write(f"\r{intake.n_rows:,} records, {rate:,.0f} a second ")
        sys.stderr.flush()


def _record(intake: Intake, totals: _Totals) -> dict[str, object]:
    return {
        "n_rows": intake.n_rows,
        "n_taken": intake.n_taken,
        **asdict(totals),
        "n_refused": intake.issues.n_refused,
        "issues": intake.issues.counts(),
        "left_out": dict(+intake.left_out),
        "sources": [asdict(origin) for origin in intake.origins],
    }


def _text(intake: Intake, totals: _Totals, into: str) -> str:
    lines = [
        f"{intake.n_rows} records, {intake.n_taken} taken, {totals.n_new_concepts} new concepts, "
        f"{totals.n_new_statements} new statements, {totals.n_new_evidence} new evidence, "
        f"{intake.issues.n_refused} refused -> {into}"
    ]
    lines += [
        f"  source: {o.source}, version {o.version}, licence: {o.licence or 'not stated'}"
        for o in intake.origins
    ]
    kinds = [(kind, n) for kind, n in intake.left_out.most_common() if n]
    lines += [f"  left out: {n} {kind}" for kind, n in kinds[:MAX_LINES]]
    if len(kinds) > MAX_LINES:
        lines.append(f"  left out: {len(kinds) - MAX_LINES} more kinds, which --json lists")
    return "\n".join(lines)
