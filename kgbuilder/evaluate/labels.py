"""What a corpus' labels mean in our types and predicates: ``tables/labels.tsv``, a reviewable table."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

__all__ = ["Labels", "labels_of"]


@dataclass(frozen=True, slots=True)
class Labels:
    """Label -> our types; relation label -> ``PREDICATE`` or ``PREDICATE:detail``.

    :param by_concept: relations join concepts of the document, not mentions.
    """

    mentions: dict[str, tuple[str, ...]]
    relations: dict[str, str]
    by_concept: bool = False

    def types(self) -> frozenset[str]:
        """Our types that are scored; predictions of other types are left out."""
        return frozenset(type for meant in self.mentions.values() for type in meant)

    @property
    def equivalent(self) -> frozenset[frozenset[str]]:
        """Types that count as one, since one label stands for both."""
        return frozenset(frozenset(m) for m in self.mentions.values() if len(m) > 1)


def labels_of(corpus: str, *, own: Mapping[str, tuple[str, ...]] | None = None) -> Labels:
    """The labels of a named corpus; for a file of the user's, what ``own`` says they mean.

    :param own: label -> types, any of which is right.
    """
    text = (files("kgbuilder.evaluate") / "tables" / "labels.tsv").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    name = corpus.partition("-")[0]
    rows = [row for row in csv.DictReader(lines, delimiter="\t") if row["corpus"] == name]
    if not rows:
        return Labels(dict(sorted((own or {}).items())), {})
    return Labels(
        {r["label"]: tuple(r["meaning"].split("|")) for r in rows if r["kind"] == "mention"},
        {r["label"]: r["meaning"] for r in rows if r["kind"] == "relation"},
        any(r["by"] == "concept" for r in rows),
    )
