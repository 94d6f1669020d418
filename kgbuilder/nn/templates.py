"""Labelled sentences from templates: a table of slots and sentences, filled by chance with a seed."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kgbuilder.errors import ConfigError

__all__ = ["Filled", "Slot", "fill_templates"]


@dataclass(frozen=True, slots=True)
class Slot:
    """What ``{name}`` may become; ``more`` is drawn from with probability ``more_share``."""

    values: Sequence[str]
    type: str | None = None
    more: Sequence[str] = ()
    more_share: float = 0.25


@dataclass(frozen=True, slots=True)
class Filled:
    """A sentence and its mentions ``(start, end, type)``."""

    text: str
    spans: tuple[tuple[int, int, str], ...]


_SLOT = re.compile(r"\{([^{}]*)\}")


def fill_templates(
    templates: Sequence[str], slots: Mapping[str, Slot], *, n: int, seed: int
) -> list[Filled]:
    """``n`` sentences, the same for the same seed. ``{name}`` is a slot, ``{a|b}`` a choice.

    :raises ConfigError: when a template names a slot that is not there.
    """
    rng = random.Random(seed)  # noqa: S311
    made = []
    for _ in range(n):
        template = rng.choice(templates)
        text, at, spans = "", 0, []
        for match in _SLOT.finditer(template):
            text += template[at : match.start()]
            at = match.end()
            word = match[1]
            if "|" in word:
                text += rng.choice(word.split("|"))
                continue
            slot = slots.get(word)
            if slot is None:
                raise ConfigError(f"no slot {word!r}", where=template)
            from_more = bool(slot.more) and rng.random() < slot.more_share
            value = rng.choice(slot.more if from_more else slot.values)
            if slot.type and value:
                spans.append((len(text), len(text) + len(value), slot.type))
            text += value
        text += template[at:]
        lead = len(text) - len(text.lstrip())
        made.append(Filled(text[lead:], tuple((a - lead, b - lead, t) for a, b, t in spans)))
    return made
