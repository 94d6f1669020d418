"""The drug tables: their columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from kgbuilder.reason.shipped_tables import Row

__all__ = ["TABLE_COLUMNS", "by_drug"]

_EVIDENCE = ("source", "section", "how")

TABLE_COLUMNS: dict[str, tuple[str, ...]] = {
    "sources": ("id", "document", "publisher", "date", "address"),
    "forms": ("form", "form_id", "drug", "id", "reason"),
    "genes": ("symbol", "hgnc", "ncbi", "uniprot", "kind", "also"),
    "enzymes": ("drug", "id", "gene", "role", "strength", *_EVIDENCE),
    "therapeutic_index": ("drug", "id", "narrow", *_EVIDENCE),
    "effects": ("drug", "id", "effect", "grade", *_EVIDENCE),
    "exposure": ("drug", "id", "direction", "consequence", "management", *_EVIDENCE),
    "warnings": (
        "drug", "id", "against", "least", "severity", "effect", "management", "only", *_EVIDENCE,
    ),
    "direct": (
        "drug_a", "id_a", "drug_b", "id_b",
        "severity", "mechanism", "effect", "management", *_EVIDENCE,
    ),
    "ndf_rt": ("drug_a", "id_a", "drug_b", "id_b", "grade", *_EVIDENCE),
    "pk_rules": ("role", "strength", "victim", "sensitivity", "narrow", "severity", "reason"),
    "pd_rules": (
        "effect_a", "grade_a", "effect_b", "grade_b",
        "severity", "mechanism", "effect", "management", "reason",
    ),
    "graph_roles": ("predicate", "detail", "role", "reason"),
    "target_rules": ("role_a", "role_b", "mechanism", "effect", "reason"),
    "onset": ("drug", "id", "onset", *_EVIDENCE),
    "classes": ("class", "twice", "drug", "id", *_EVIDENCE),
    "combinations": (
        "name", "parts", "narrow", "severity", "mechanism", "effect", "management", "reason",
    ),
    "patient_rules": (
        "kind", "when", "drug", "id", "severity", "effect", "management", *_EVIDENCE,
    ),
    "conditions": ("condition", "id", "name"),
    "allergens": ("allergen", "class"),
    "class_words": ("word", "examples"),
    "local_forms": ("form", "acts on"),
    "little_absorbed": ("drug", "id", "forms", *_EVIDENCE),
    "grades": ("source_grade", "severity", "reason"),
    "templates": ("key", "text"),
}  # fmt: skip
"""File name without ``.tsv`` -> its columns, in order."""


def by_drug(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows under the DrugBank id in their column ``id``, in order."""
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row[1]["id"]].append(row)
    return dict(grouped)
