"""Our grade of an interaction: rule tables a clinician can review, first matching row wins.

``pk_rules.tsv`` grades an inhibitor or inducer that meets a substrate, ``pd_rules.tsv`` two effects
that add up or oppose each other, ``grades.tsv`` says what another source's own words for severity mean
here. ``*`` matches anything; the grade ``none`` means that no interaction is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kgbuilder.errors import ConfigError
from kgbuilder.model import Severity
from kgbuilder.reason.knowledge import DrugKnowledge

__all__ = ["EffectRule", "SeverityRules", "worst"]

_ORDER = (
    Severity.UNKNOWN,
    Severity.MINOR,
    Severity.MODERATE,
    Severity.MAJOR,
    Severity.CONTRAINDICATED,
)
_PK_KEY = ("role", "strength", "victim", "sensitivity", "narrow")


@dataclass(frozen=True, slots=True)
class EffectRule:
    """What follows when a drug with ``effect_a`` meets one with ``effect_b``.

    The texts may name ``{a}``, the drug with the first effect, and ``{b}``, that with the second.
    """

    number: int
    effect_a: str
    grade_a: str
    effect_b: str
    grade_b: str
    severity: Severity | None
    mechanism: str
    effect: str
    management: str
    reason: str

    @property
    def name(self) -> str:
        """What evidence calls the rule."""
        return f"effects: {self.effect_a} + {self.effect_b}"


class SeverityRules:
    """The three tables, read once. :raises ConfigError: for a grade that is none of ours."""

    def __init__(self, knowledge: DrugKnowledge) -> None:
        self._pk = [
            (tuple(row[key] for key in _PK_KEY), _grade(row["severity"]), row["reason"])
            for row in knowledge.rules("pk_rules")
        ]
        self._pk_cache: dict[tuple[str, ...], tuple[Severity | None, str]] = {}
        self._pd: dict[frozenset[str], list[EffectRule]] = {}
        self._partners: dict[str, frozenset[str]] = {}
        for number, row in enumerate(knowledge.rules("pd_rules"), start=1):
            rule = _effect_rule(number, row)
            both = frozenset((rule.effect_a, rule.effect_b))
            self._pd.setdefault(both, []).append(rule)
            for effect in both:
                others = (both - {effect}) or both
                self._partners[effect] = self._partners.get(effect, frozenset()) | others
        self._source_grades = {
            row["source_grade"].casefold(): _grade(row["severity"]) or Severity.UNKNOWN
            for row in knowledge.rules("grades")
        }

    def pharmacokinetic(
        self,
        *,
        role: str,
        strength: str,
        victim: str,
        sensitivity: str,
        narrow: bool | None,
        vital: bool = False,
    ) -> tuple[Severity | None, str]:
        """Our grade and the reason in words; None where nothing of note is expected.

        :param narrow: None where no row states the therapeutic index; graded as ``no``.
        :param vital: exposure.tsv states what too little of the victim does: rules for ``vital`` apply,
            beside those for an index that is not narrow.
        """
        asked = (role, strength, victim, sensitivity, _index(narrow, vital))
        if asked not in self._pk_cache:
            self._pk_cache[asked] = next(
                (
                    (severity, reason)
                    for pattern, severity, reason in self._pk
                    if _matches(pattern, asked)
                ),
                (Severity.UNKNOWN, "no rule grades this combination"),
            )
        return self._pk_cache[asked]

    def pharmacodynamic(
        self, first: tuple[str, str], second: tuple[str, str]
    ) -> tuple[EffectRule, bool] | None:
        """The rule for two (effect, grade), and whether ``first`` plays its part ``a``."""
        for rule in self._pd.get(frozenset((first[0], second[0])), ()):
            if _plays(rule, first, second):
                return rule, True
            if _plays(rule, second, first):
                return rule, False
        return None

    def partners(self, effect: str) -> frozenset[str]:
        """The effects that a rule has beside this one."""
        return self._partners.get(effect, frozenset())

    def of_source_grade(self, words: str) -> Severity:
        """What a source's own grade means here; unknown where the table does not say."""
        return self._source_grades.get(words.strip().casefold(), Severity.UNKNOWN)


def worst(severities: Iterable[Severity]) -> Severity:
    """The gravest grade; unknown when there is none."""
    return max(severities, key=_ORDER.index, default=Severity.UNKNOWN)


def gravity(severity: Severity) -> int:
    """0 for unknown up to 4 for contraindicated."""
    return _ORDER.index(severity)


def _index(narrow: bool | None, vital: bool) -> str:
    return "yes" if narrow else "vital" if vital else "no"


def _matches(pattern: tuple[str, ...], asked: tuple[str, ...]) -> bool:
    *parts, index = zip(pattern, asked, strict=True)
    allowed = ("*", index[1], "no") if index[1] == "vital" else ("*", index[1])
    return index[0] in allowed and all(p in ("*", a) for p, a in parts)


def _plays(rule: EffectRule, a: tuple[str, str], b: tuple[str, str]) -> bool:
    return (
        rule.effect_a == a[0]
        and rule.effect_b == b[0]
        and rule.grade_a in ("*", a[1])
        and rule.grade_b in ("*", b[1])
    )


def _grade(word: str) -> Severity | None:
    if word == "none":
        return None
    try:
        return Severity(word)
    except ValueError:
        raise ConfigError(
            f"{word!r} is no grade of severity",
            where="the rule tables of kgbuilder/reason/tables",
            hint=f"one of none, {', '.join(Severity)}",
        ) from None


def _effect_rule(number: int, row: Mapping[str, str]) -> EffectRule:
    return EffectRule(
        number=number,
        effect_a=row["effect_a"],
        grade_a=row["grade_a"],
        effect_b=row["effect_b"],
        grade_b=row["grade_b"],
        severity=_grade(row["severity"]),
        mechanism=row["mechanism"],
        effect=row["effect"],
        management=row["management"],
        reason=row["reason"],
    )
