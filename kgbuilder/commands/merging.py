"""Commands that make one node of what is stated to be the same, and take it apart again."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuilder.commands.output import opened, print_json, print_line, report_issues
from kgbuilder.errors import UsageError
from kgbuilder.issues import Issues
from kgbuilder.model import Curie
from kgbuilder.protocols import Batch

if TYPE_CHECKING:
    from kgbuilder.api import Graph

__all__ = ["run_merge", "run_unmerge"]


def run_merge(arguments: Namespace) -> int:
    """Write a copy of the graph in which identifiers that are stated to be the same are one node."""
    from kgbuilder.assemble.equivalence import merged, stated_equivalences

    issues = Issues()
    with opened(arguments.graph) as graph:
        preferred = stated_equivalences(graph, issues=issues)
        _copy(graph, merged(graph, preferred), arguments.into)
    if arguments.json:
        for one, other in sorted(preferred.items()):
            print_json({"id": str(one), "merged_into": str(other)})
    else:
        print_line(
            f"{len(preferred)} identifiers merged into others, {sum(issues.counts().values())} "
            f"mappings not followed -> {arguments.into}"
        )
    return report_issues(issues)


def run_unmerge(arguments: Namespace) -> int:
    """Write a copy in which every piece of evidence is back where its source put it."""
    from kgbuilder.assemble.equivalence import unmerged

    only = frozenset(map(Curie.parse, arguments.ids)) or None
    with opened(arguments.graph) as graph:
        _copy(graph, unmerged(graph, only), arguments.into)
    print_json({"into": arguments.into}) if arguments.json else print_line(f"-> {arguments.into}")
    return 0


def _copy(graph: Graph, batches: Iterable[Batch], into: str) -> None:
    if Path(into).exists():
        raise UsageError("there is something already", where=into, hint="name a new graph")
    with opened(into, create=True) as copy:
        for batch in batches:
            copy.merge(batch, ledger=_ledger(graph, batch))


def _ledger(graph: Graph, batch: Batch) -> dict[str, str]:
    """What the ledger says of the documents, so that a build goes on in the copy."""
    entries = {document.id: graph.recorded(document.id) for document in batch.documents}
    return {id: entry for id, entry in entries.items() if entry is not None}
