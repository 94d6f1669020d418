"""What the labels of foreign models mean here; the table is ``labels.toml``."""

from __future__ import annotations

import re
import tomllib
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from kgbuilder.errors import ConfigError
from kgbuilder.issues import Issues
from kgbuilder.model import EntityType

__all__ = ["ForeignLabels", "known_labels", "label_key"]

_PREFIX = re.compile(r"^[BIESLU][-_](?=.)")


def label_key(label: str) -> str:
    """How labels are compared: without position prefix, case and signs.

    >>> label_key("B-Multi-tissue structure")
    'MULTI_TISSUE_STRUCTURE'
    """
    return re.sub(r"[^A-Z0-9]+", "_", _PREFIX.sub("", label.strip()).upper()).strip("_")


@cache
def known_labels() -> Mapping[str, EntityType | None]:
    """Label -> type, None for a label that is known and left out."""
    table = tomllib.loads(files("kgbuilder.recognize").joinpath("labels.toml").read_text("utf-8"))
    left_out = table.pop("left_out")
    known: dict[str, EntityType | None] = {label_key(label): None for label in left_out}
    for type, labels in table.items():
        known |= {label_key(label): EntityType(type) for label in labels}
    return known


class ForeignLabels:
    """The labels of one model. What is found under a label that neither the table nor the caller's
    map knows is counted in :attr:`unmapped` and left out; the label is named once, in ``issues``, or
    by a ``UserWarning`` where there are none.

    :param labels: the model's own map, label -> type ("" leaves a label out); before the table.
    :raises ConfigError: when a type in ``labels`` is unknown.
    """

    def __init__(
        self,
        model: str,
        *,
        labels: Mapping[str, EntityType | str] | None,
        issues: Issues | None,
    ) -> None:
        self.unmapped: Counter[str] = Counter()
        self._model, self._issues = model, issues
        self._types = dict(known_labels())
        for label, type in (labels or {}).items():
            try:
                self._types[label_key(label)] = EntityType(type) if type else None
            except ValueError:
                raise ConfigError(
                    f"label {label!r} is mapped to {type!r}, which is no type",
                    where=model,
                    hint=f"one of {', '.join(EntityType)}",
                ) from None

    def require_any(self, labels: Iterable[str]) -> None:
        """Check a model's labels before it runs. :raises ConfigError: when none gives a mention."""
        own = sorted({label for label in labels if label_key(label) != "O"})
        if own and not any(self._types.get(label_key(label)) for label in own):
            raise ConfigError(
                f"none of the model's labels has a type here: {', '.join(own[:20])}",
                where=self._model,
                hint="say what they mean, for example labels={'LABEL_1': 'Drug'}",
            )

    def type_of(self, label: str) -> EntityType | None:
        """The type of a mention with this label; None leaves it out."""
        key = label_key(label)
        if key in self._types:
            return self._types[key]
        if not self.unmapped[label]:
            what = f"label {label!r} has no type here; what it marks is left out"
            hint = f"say what it means: labels={{{label!r}: 'Disease'}}"
            if self._issues is None:
                warnings.warn(f"{self._model}: {what}. Hint: {hint}", UserWarning, stacklevel=2)
            else:
                self._issues.warn("unmapped-label", where=self._model, what=what, hint=hint)
        self.unmapped[label] += 1
        return None
