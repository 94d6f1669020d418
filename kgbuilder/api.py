"""The functions that users call. Each composes rooms through ``wire`` and holds no logic of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from kgbuilder.errors import UsageError
from kgbuilder.issues import Issues
from kgbuilder.model import DeletedDocument, Differential, Document, InteractionReport
from kgbuilder.protocols import GraphView

__all__ = [
    "Graph",
    "build",
    "check_interactions",
    "diagnose",
    "extract",
    "extract_all",
    "open_graph",
]
