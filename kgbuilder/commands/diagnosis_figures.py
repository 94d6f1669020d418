"""``kgbuilder evaluate diagnosis``."""

from __future__ import annotations

import sys
from argparse import Namespace

from kgbuilder import api
from kgbuilder.commands.output import print_json, print_line
from kgbuilder.errors import UsageError

__all__ = ["run_evaluate_diagnosis"]


def run_evaluate_diagnosis(arguments: Namespace) -> int:
    """Rank the cases of known sets and print every figure."""
    from kgbuilder.evaluate.report import to_json, to_text
    from kgbuilder.scoring import corpora_root
    from kgbuilder.scoring_diagnosis import score_diagnosis

    if arguments.against or arguments.label or arguments.relation or arguments.recipe:
        what = "--against, --label, --relation and --recipe are not for diagnosis"
        raise UsageError(what, hint="--corpus, --graph and --limit are")
    if arguments.limit is not None and arguments.limit < 1:
        raise UsageError(f"--limit {arguments.limit}", hint="1 or more")

    def told(name: str) -> None:
        if sys.stderr.isatty():
            print(f"{name} ...", file=sys.stderr)

    with api.viewed(arguments.graph) as view:
        report = score_diagnosis(
            lambda: api.phenotype_ranker(view),
            asker=api.diagnoser(view),
            corpora=corpora_root(),
            only=arguments.corpus,
            without_graph=api.phenotype_ranker() if view is not None else None,
            limit=arguments.limit,
            progress=told,
        )
    print_json(to_json(report)) if arguments.json else print_line(to_text(report))
    return 0
