"""What the labels of the user's own set mean: by their table, our own names, or the shared table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from kgbuilder.errors import ConfigError
from kgbuilder.evaluate.corpora import AnnotatedDocument
from kgbuilder.model import EntityType
from kgbuilder.recognize.labels import known_labels, label_key

__all__ = ["map_labels", "parse_label_table", "refuse_strange_labels"]


def parse_label_table(given: Mapping[str, object], *, where: str) -> dict[str, tuple[str, ...]]:
    """``LABEL = "Drug"``, ``["Disease", "Phenotype"]`` (either may be right) or ``""`` (nothing is
    known where it stands).

    :raises ConfigError: for what is no type.
    """
    table = {}
    for label, meant in given.items():
        names = meant if isinstance(meant, list) else [meant]
        for name in names:
            if name != "" and name not in list(EntityType):
                raise ConfigError(
                    f"label {label!r} is mapped to {name!r}, which is no type",
                    where=where,
                    hint=f'one or a list of {", ".join(EntityType)}; or ""',
                )
        table[label] = tuple(str(name) for name in names)
    return table


def map_labels(
    documents: Iterable[AnnotatedDocument], table: Mapping[str, tuple[str, ...]], *, where: str
) -> dict[str, tuple[str, ...]]:
    """Every label of ``documents`` -> our types. What the table does not hold is taken as our own type
    of that name, else as the shared table of foreign labels (``recognize/labels.toml``) has it; a label
    that table leaves out stays a stretch of which nothing is known.

    :raises ConfigError: for labels that none of these knows; it says how to map them.
    """
    counts = Counter(entity.type for document in documents for entity in document.entities)
    own = {str(type): (str(type),) for type in EntityType}
    meant: dict[str, tuple[str, ...]] = {}
    unknown: list[str] = []
    for label in sorted(counts):
        if label in table:
            meant[label] = table[label]
        elif label in own:
            meant[label] = own[label]
        elif label_key(label) in known_labels():
            type = known_labels()[label_key(label)]
            meant[label] = (str(type),) if type else ("",)
        else:
            unknown.append(label)
    if unknown:
        example = "\n".join(f'  {_key(label)} = "Disease"' for label in unknown[:5])
        raise ConfigError(
            "labels without a type here: "
            + ", ".join(f"{label} ({counts[label]})" for label in unknown[:20]),
            where=where,
            hint="say what each means, with --label LABEL=TYPE or in a recipe:\n"
            f"[labels]\n{example}\n  a type is one of {', '.join(EntityType)}; "
            'or "" for a label that is to be passed over',
        )
    return meant


def refuse_strange_labels(
    documents: Iterable[AnnotatedDocument], table: Mapping[str, tuple[str, ...]]
) -> None:
    """:raises ConfigError: for labels in the table that no document holds: they are misspelt."""
    held = {entity.type for document in documents for entity in document.entities}
    strange = sorted(label for label in table if label not in held)
    if strange:
        raise ConfigError(
            f"[labels] maps what the data does not hold: {', '.join(strange)}",
            hint=f"the data holds: {', '.join(sorted(held)[:30])}",
        )


def _key(label: str) -> str:
    bare = label.replace("_", "").replace("-", "")
    return label if bare.isalnum() and bare.isascii() else f'"{label}"'
