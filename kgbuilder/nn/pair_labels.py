"""What a pair of mentions can be: labels by kind of pair, and the label sets that annotations allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kgbuilder.nn.passages import PASSAGE_PREFIX

__all__ = ["PairLabels", "micro_f1"]


@dataclass(slots=True)
class PairLabels:
    """Labels of a pair classifier; gathers the label sets that it is asked for.

    :param names: all labels, "none" first. :param kinds: "class class" -> its labels.
    :param classes: mention class -> its marker number.
    """

    names: tuple[str, ...]
    kinds: Mapping[str, Sequence[str]]
    classes: Mapping[str, int]
    _sets: dict[frozenset[str], int] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        kinds: Mapping[str, Sequence[str]],
        class_of: Mapping[str, str],
        passage_kinds: Mapping[str, Sequence[str]] | None = None,
    ) -> PairLabels:
        """From a recipe's tables; ``class_of`` is entity type -> class. What is judged over passages
        has kinds of its own, "passage class class".
        """
        more = {PASSAGE_PREFIX + kind: row for kind, row in (passage_kinds or {}).items()}
        kinds = {**kinds, **more}
        names = dict.fromkeys(name for labels in kinds.values() for name in labels)
        classes = dict.fromkeys(class_of.values())
        return cls(tuple(names), kinds, {name: number for number, name in enumerate(classes)})

    def order(self, one: str, other: str, prefix: str = "") -> tuple[str, bool] | None:
        """``(kind, whether the two change places)`` for mentions of these classes; None for no kind."""
        for a, b, turned in ((one, other, False), (other, one, True)):
            if f"{prefix}{a} {b}" in self.kinds:
                return f"{prefix}{a} {b}", turned
        return None

    def row(self, names: Sequence[str], kind: str) -> int:
        """Row in :meth:`table` of a label set, cut to what the kind of pair allows."""
        return self._sets.setdefault(
            frozenset(names) & frozenset(self.kinds[kind]), len(self._sets)
        )

    def table(self) -> NDArray[np.bool_]:
        """``[n_sets, n_labels]``: the sets asked for so far."""
        table = np.zeros((len(self._sets), len(self.names)), dtype=np.bool_)
        for names, row in self._sets.items():
            table[row, [self.names.index(name) for name in names]] = True
        return table


def micro_f1(
    logits: NDArray[np.float32], allowed: NDArray[np.int64], labels: PairLabels, prefix: str
) -> dict[str, float]:
    """Micro F1 over the labels that begin with ``prefix`` (typed), and of detection."""
    none = labels.names.index("none")
    table = labels.table()
    mine = [i for i, name in enumerate(labels.names) if i != none and name.startswith(prefix)]
    predicted = logits.argmax(1)
    kind = np.isfinite(logits[:, mine]).any(1)
    gold = table[allowed]
    positive = kind & ~gold[:, none] & gold[:, mine].any(1)
    said = kind & np.isin(predicted, mine)
    right = said & positive & gold[np.arange(len(gold)), predicted]
    hit = said & positive
    result = {}
    for name, good in (("typed", right), ("detected", hit)):
        p, r = good.sum() / max(1, said.sum()), good.sum() / max(1, positive.sum())
        result[name] = round(200 * p * r / max(1e-9, p + r), 2)
    return result | {"n_gold": int(positive.sum()), "n_said": int(said.sum())}
