"""kgbuilder: clinical notes and papers in, an evidence-carrying medical knowledge graph out.

Importing this loads nothing heavy; each name is fetched from its room on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kgbuilder.api import build, check_interactions, diagnose, extract, open_graph
    from kgbuilder.errors import KgError

__version__ = "0.1.0"

_HOMES = {
    "KgError": "kgbuilder.errors",
    "build": "kgbuilder.api",
    "check_interactions": "kgbuilder.api",
    "diagnose": "kgbuilder.api",
    "extract": "kgbuilder.api",
    "open_graph": "kgbuilder.api",
}

__all__ = [
    "KgError",
    "__version__",
    "build",
    "check_interactions",
    "diagnose",
    "extract",
    "open_graph",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'kgbuilder' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
