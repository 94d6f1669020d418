"""What relation labels of a labelled set mean in our predicates: to train on it, or be scored on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from kgbuilder.assemble.schema import relation_types
from kgbuilder.errors import ConfigError
from kgbuilder.evaluate.corpora import AnnotatedDocument
from kgbuilder.model import PREDICATES

__all__ = ["map_relations", "relates_concepts"]


def map_relations(
    documents: Iterable[AnnotatedDocument], table: Mapping[str, str], *, where: str
) -> dict[str, str]:
    """Every relation label of ``documents`` -> ``PREDICATE`` or ``PREDICATE:detail``, or "" where a pair
    so related is passed over. What the table does not hold is a predicate's own name, or what
    ``relation_types.tsv`` says of it where its sources agree.

    :raises ConfigError: for labels that none of these knows, and for what is no predicate.
    """
    for label, meant in table.items():
        if meant and meant.partition(":")[0] not in PREDICATES:
            raise ConfigError(
                f"relation {label!r} is mapped to {meant!r}, which is no predicate",
                where=where,
                hint=f'one of {", ".join(PREDICATES)}, with a detail behind a colon; or ""',
            )
    counts = Counter(relation.type for document in documents for relation in document.relations)
    shared: dict[str, set[str]] = {}
    for (_, type), row in relation_types().items():
        if row.predicate is not None and not row.swap:
            shared.setdefault(type, set()).add(row.predicate.name)
    found: dict[str, str] = {}
    unknown: list[str] = []
    for label in sorted(counts):
        known = shared.get(label, set())
        if label in table:
            found[label] = table[label]
        elif label.partition(":")[0] in PREDICATES:
            found[label] = label
        elif len(known) == 1:
            found[label] = next(iter(known))
        else:
            unknown.append(label)
    if unknown:
        raise ConfigError(
            "relations without a predicate here: "
            + ", ".join(f"{label} ({counts[label]})" for label in unknown[:20]),
            where=where,
            hint="say what each means, with --relation LABEL=PREDICATE or in a recipe:\n"
            f'[relations]\n  "{unknown[0]}" = "CAUSES"\n  a predicate is one of '
            f'{", ".join(PREDICATES)}; or "" for a relation that is to be passed over',
        )
    return found


def relates_concepts(documents: Iterable[AnnotatedDocument]) -> bool:
    """Whether the ends of relations are concepts of a document, not single mentions: most are."""
    n_concepts = n_mentions = 0
    for document in documents:
        mentions = {annotation.id for annotation in document.entities}
        concepts = {id for annotation in document.entities for id in annotation.ids}
        ends = [end for relation in document.relations for end in (relation.head, relation.tail)]
        n_mentions += sum(end in mentions for end in ends)
        n_concepts += sum(end in concepts - mentions for end in ends)
    return n_concepts > n_mentions
