"""Writing packed tables of names beside one ``MANIFEST.tsv``, which several runs share."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from pathlib import Path

from kgbuilder.ontology.nametable import Packed

__all__ = ["write_tables"]

_HEAD = "file\tn_lines\tsha256_of_content"


def write_tables(folder: Path, tables: Mapping[str, Packed], *, check: bool = False) -> list[str]:
    """Write ``<table>.names.tsv.gz`` and ``<table>.concepts.tsv.gz`` and their lines of the manifest;
    other lines stay. Returns the names of the files whose content is new.

    :param check: write nothing, only tell.
    """
    manifest = folder / "MANIFEST.tsv"
    lines = manifest.read_text("utf-8").splitlines()[1:] if manifest.exists() else []
    held = dict(line.split("\t", 1) for line in lines)
    changed: list[str] = []
    for table, parts in sorted(tables.items()):
        for part, packed in zip(("names", "concepts"), parts, strict=True):
            content = gzip.decompress(packed)
            path = folder / f"{table}.{part}.tsv.gz"
            digest = hashlib.sha256(content).hexdigest()
            held[path.name] = f"{len(content.splitlines())}\t{digest}"
            if not path.exists() or gzip.decompress(path.read_bytes()) != content:
                changed.append(path.name)
                if not check:
                    path.write_bytes(packed)
    if not check:
        rows = [f"{name}\t{rest}" for name, rest in sorted(held.items())]
        manifest.write_text("\n".join([_HEAD, *rows, ""]), "utf-8")
    return changed
