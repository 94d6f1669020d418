"""What a corpus' labels mean in our types and predicates: ``tables/labels.tsv``, a reviewable table."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

__all__ = ["DENIED", "Labels", "labels_of"]

DENIED = "denied"
"""The meaning of a relation label that says that two things are not related."""


@dataclass(frozen=True, slots=True)
class Labels:
    """Label -> our types; relation label, or label and the types of its ends in alphabetic order ->
    ``PREDICATE`` or ``PREDICATE:detail``, any of several divided by "|".

    :param by_concept: relations join concepts of the document, not mentions.
    :param all_related: the corpus marks only pairs that are related: which relation is asked.
    :param is_own: of a user's file, whose relation labels name no types.
    """

    mentions: dict[str, tuple[str, ...]]
    relations: dict[str, str]
    by_concept: bool = False
    all_related: bool = False
    is_own: bool = False

    @property
    def denied(self) -> bool:
        """Whether the corpus is scored for what it denies."""
        return bool(self.relations) and set(self.relations.values()) == {DENIED}

    def relation(self, label: str, ends: Sequence[str]) -> tuple[str, ...]:
        """Our names for a relation label between such ends; none when it is not scored."""
        meaning = self.relations.get(f"{label} {' '.join(ends)}", self.relations.get(label, ""))
        return tuple(meaning.split("|")) if meaning else ()

    def name_of(self, name: str, ends: Sequence[str]) -> str | None:
        """What one of our names counts as between such ends: the first of its row."""
        suffix = " " + " ".join(ends)
        for label, meaning in self.relations.items():
            names = meaning.split("|")
            if name in names and (self.is_own or label.endswith(suffix) or " " not in label):
                return names[0]
        return None

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
        any(r["by"] == "marked" for r in rows),
    )
