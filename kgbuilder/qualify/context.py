"""How findings are meant, by cue words and their scopes.

The ConText algorithm (Harkema et al. 2009, doi:10.1016/j.jbi.2009.05.002): a cue such as "denies" or
"mother" gives its category to the findings in its scope, which ends at a terminator such as "but".
The words are rows of ``tables/context_rules.tsv``; here is only how they act.

Historical is what is told as history: over, stopped, or listed under the past. Whether a chronic disease
of such a list still holds its words do not say, so it is historical too: never a plain fact by guess.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from kgbuilder.model import NODE_TYPES, Assertion, EntityType, Mention, Sentence, Span
from kgbuilder.qualify.meaning import Said, assertion_of
from kgbuilder.qualify.rules import (
    CATEGORIES,
    Default,
    Direction,
    Match,
    Reach,
    Rule,
    RuleTrie,
    read_defaults,
)
from kgbuilder.qualify.settle import Cue, Hit, settle
from kgbuilder.qualify.words import BREAK, COLON, STOP, Words, covered, with_arrows, words_of

__all__ = ["ContextQualifier"]

CLAUSE_ENDS = frozenset([",", ";", COLON, STOP, BREAK])
PHRASE_ENDS = CLAUSE_ENDS | frozenset(
    [
        "and", "with", "without", "for", "in", "on", "at", "to", "after", "before", "during", "from",
        "who", "which", "that", "is", "was", "are", "were", "has", "had", "have", "will", "(", ")",
        "requiring", "due", "by", "no", "not", "denies", "but", "status", "s",
    ]
)  # fmt: skip
_LIST_GOES_ON = frozenset(["or", "nor"])
_NEGATES_WITHIN = frozenset(["no", "nil", "denies", "denied", "without", "not"])
"""First words of a cue that count although the recognizer took them into the mention ("no fever").
Others ("lack of appetite", "absent reflexes") are part of what the finding is."""
_NEVER_WITHIN = frozenset(["family", "other", "hypothetical", "current"])
_STAYS_WITHIN = frozenset(["negated", "withheld", "past"])
"""Categories of cues that a historical cue may be part of."""
_MAX_TRIES = 8
"""How many cues of one category, the nearest first, are asked whether they reach a finding. Those
further off lie behind that many others; the bound keeps the work linear."""


@dataclass(slots=True)
class _Plan:
    """The cues of one sentence: per category by position, and what ends scopes."""

    forward: dict[str, list[Cue]] = field(default_factory=dict)
    backward: dict[str, list[Cue]] = field(default_factory=dict)
    terminators: dict[str, list[Cue]] = field(default_factory=dict)
    holding: dict[tuple[str, EntityType | None], list[Cue]] = field(default_factory=dict)
    clause_ends: list[int] = field(default_factory=list)
    phrase_ends: list[int] = field(default_factory=list)
    brackets: list[tuple[int, int]] = field(default_factory=list)
    """Where each bracket opens and closes; one without its partner is none."""
    only_seem: set[str] = field(default_factory=set)
    """Categories of words that look like a cue and are none."""

    def leaves_bracket(self, low: int, high: int) -> bool:
        """Whether ``[low, high)`` closes a bracket that opened before it."""
        return any(opens < low <= closes < high for opens, closes in self.brackets)

    def is_aside(self, low: int, at: int, high: int) -> bool:
        """Whether ``at`` is in a bracket that opens and closes in ``[low, high)``."""
        return any(low <= opens <= at <= closes < high for opens, closes in self.brackets)

    def terminators_of(self, category: str, type: EntityType | None) -> list[Cue]:
        """Terminators that hold for findings of a type; with None those that hold for all types."""
        key = (category, type)
        if key not in self.holding:
            self.holding[key] = [
                cue
                for cue in self.terminators.get(category, ())
                if not cue.rule.types or (type is not None and type in cue.rule.types)
            ]
        return self.holding[key]


class ContextQualifier:
    """Polarity, certainty, time and experiencer of every mention, with the cues that say so.

    What no cue in the sentence says, the section may (``tables/section_defaults.tsv``): a disease
    under "Family History" is the family's. Sections give no cue spans: they are on the sentence.
    Instances hold tables only, read when first needed, and may be shared.
    """

    name = "context-qualifier/1"

    @cached_property
    def _trie(self) -> RuleTrie:
        return RuleTrie()

    @cached_property
    def _defaults(self) -> dict[str, list[Default]]:
        return read_defaults()

    def qualify(
        self, sentences: Sequence[Sentence], mentions: Sequence[Sequence[Mention]]
    ) -> list[tuple[Assertion, ...]]:
        """One assertion per mention; each sentence is judged alone."""
        return [
            self.meant(sentence, row, self.said(sentence, row))
            for sentence, row in zip(sentences, mentions, strict=True)
        ]

    def said(self, sentence: Sentence, mentions: Sequence[Mention]) -> tuple[Said, ...]:
        """What the words of the sentence say of each mention. Nothing of what is an attribute, such as a
        dose or a date: what it belongs to is qualified.
        """
        if not mentions:
            return ()
        words = words_of(sentence.text)
        offset = sentence.span.start
        places = [covered(words, m.span.start - offset, m.span.end - offset) for m in mentions]
        if sentence.kind != "paper":
            drugs = zip(mentions, places, strict=True)
            words = with_arrows(words, (a for m, (a, _) in drugs if m.type is EntityType.DRUG))
        plan = self._plan(words, mentions, places)
        return tuple(
            _said(words, plan, mention, place, sentence) if mention.type in NODE_TYPES else Said()
            for mention, place in zip(mentions, places, strict=True)
        )

    def meant(
        self, sentence: Sentence, mentions: Sequence[Mention], said: Sequence[Said]
    ) -> tuple[Assertion, ...]:
        """How the mentions are meant, of whom this is said, in the section of the sentence."""
        defaults = self._defaults.get(sentence.section or "", ())
        return tuple(
            assertion_of(one, mention.type, defaults) if mention.type in NODE_TYPES else Assertion()
            for mention, one in zip(mentions, said, strict=True)
        )

    def _plan(
        self, words: Words, mentions: Sequence[Mention], places: Sequence[tuple[int, int]]
    ) -> _Plan:
        plan = _Plan()
        for match, rules in _resolve(self._trie.matches(words.text), words, mentions, places):
            for rule in rules:
                if rule.direction is Direction.PSEUDO:
                    plan.only_seem |= rule.categories
                    continue
                cue = Cue(match.start, match.end, rule)
                for category in rule.categories:
                    if rule.direction in (Direction.FORWARD, Direction.BIDIRECTIONAL):
                        plan.forward.setdefault(category, []).append(cue)
                    if rule.direction in (Direction.BACKWARD, Direction.BIDIRECTIONAL):
                        plan.backward.setdefault(category, []).append(cue)
                    if not rule.is_cue:
                        plan.terminators.setdefault(category, []).append(cue)
        ends = [
            (i, word in CLAUSE_ENDS or _is_dash(words, i))
            for i, word in enumerate(words.text)
            if word in PHRASE_ENDS or word == "-"
        ]
        plan.brackets = _brackets(words)
        plan.clause_ends = [i for i, of_clause in ends if of_clause]
        plan.phrase_ends = [i for i, of_clause in ends if of_clause or words.text[i] != "-"]
        return plan


def _said(
    words: Words, plan: _Plan, mention: Mention, place: tuple[int, int], sentence: Sentence
) -> Said:
    hits: dict[str, Hit] = {}
    for category in CATEGORIES:
        if category in plan.forward or category in plan.backward:
            hit = _nearest(words, plan, category, mention.type, place)
            if hit is not None:
                hits[category] = hit
    settle(hits, in_general=sentence.kind == "paper" and mention.type is EntityType.DRUG)
    at = sentence.span.start
    cues = {
        Span(at + words.start[h.cue.start], at + words.end[h.cue.end - 1])
        for category, h in hits.items()
        if category != "current"
    }
    return Said(frozenset(hits), tuple(sorted(cues)), frozenset(plan.only_seem))


def _is_dash(words: Words, at: int) -> bool:
    """Whether the word is a dash between spaces, which parts a finding from what is said next."""
    if words.text[at] != "-" or not 0 < at < len(words.text) - 1:
        return False
    return words.end[at - 1] < words.start[at] and words.end[at] < words.start[at + 1]


def _brackets(words: Words) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    opened: list[int] = []
    for i, word in enumerate(words.text):
        if word == "(":
            opened.append(i)
        elif word == ")" and opened:
            found.append((opened.pop(), i))
    return found


def _resolve(
    matches: Iterable[list[Match]],
    words: Words,
    mentions: Sequence[Mention],
    places: Sequence[tuple[int, int]],
) -> list[tuple[Match, list[Rule]]]:
    """Drop cues inside longer ones, and cues that a finding's own words are part of."""
    owner = [-1] * (len(words.text) + 1)
    for index, (mention, (a, b)) in enumerate(zip(mentions, places, strict=True)):
        if mention.type in NODE_TYPES:
            owner[a:b] = [index] * (b - a)
    kept: list[tuple[Match, list[Rule]]] = []
    ends = dict.fromkeys(CATEGORIES, 0)
    hidden = dict.fromkeys(CATEGORIES, 0)
    for alternatives in matches:
        taken: set[str] = (
            set()
        )  # of cues that begin at one word, the longest of each category counts
        for match in alternatives:
            rules = [
                rule
                for rule in match.rules
                if not rule.categories <= taken and _free(rule, match, words, owner, places)
            ]
            for rule in rules:
                taken |= rule.categories
                if "withheld" in rule.categories:
                    taken.add("negated")  # "not recommended" is no "not"
            rules = [
                rule
                for rule in rules
                if any(hidden[category] <= match.start for category in rule.categories)
                and not _swallowed(rule, match, ends)
            ]
            pseudo = [rule for rule in rules if rule.direction is Direction.PSEUDO]
            for rule in pseudo:
                for category in rule.categories:
                    hidden[category] = max(hidden[category], match.end)
            for rule in rules if not pseudo else ():
                for category in rule.categories if rule.is_cue else ():
                    ends[category] = max(ends[category], match.end)
            if rules:
                kept.append((match, pseudo or rules))
    return kept


def _swallowed(rule: Rule, match: Match, ends: dict[str, int]) -> bool:
    """Whether a longer cue that began before covers this one.

    "no history of" negates, and its "history of" still speaks of the past.
    """
    may_stay = _STAYS_WITHIN if "historical" in rule.categories and rule.is_cue else frozenset()
    return any(end >= match.end and category not in may_stay for category, end in ends.items())


def _free(
    rule: Rule,
    match: Match,
    words: Words,
    owner: list[int],
    places: Sequence[tuple[int, int]],
) -> bool:
    owners = set(owner[match.start : match.end])
    if owners == {-1}:
        return True
    if len(owners) > 1:
        # "no ischaemia, old infarct": a comma ends the scope though "old" is part of the finding
        return not rule.is_cue and words.text[match.start] == "," and len(owners) == 2
    # wholly within one finding
    a, b = places[owner[match.start]]
    if rule.direction is Direction.PSEUDO:
        return True
    if not rule.is_cue or match.start != a or match.end >= b:
        return False
    if rule.categories & {"negated", "withheld"}:
        return words.text[match.start] in _NEGATES_WITHIN
    return rule.direction is not Direction.BACKWARD and not (rule.categories & _NEVER_WITHIN)


def _nearest(
    words: Words, plan: _Plan, category: str, type: EntityType, place: tuple[int, int]
) -> Hit | None:
    """The nearest cue of a category whose scope holds the finding at ``place``."""
    a, b = place
    best: Hit | None = None
    forward = plan.forward.get(category, ())
    # a cue that begins the finding ends after its first word, and counts as well
    i = bisect_right(forward, a, key=lambda cue: cue.start) - 1
    for cue in reversed(forward[max(0, i + 1 - _MAX_TRIES) : i + 1]):
        if cue.end > a and cue.start != a:
            continue
        low = min(cue.end, a)
        if plan.leaves_bracket(low, a):
            continue  # "(parents declined) fever": what a bracket says ends with it
        # "Tried: A - no benefit; B": a list that a colon opens goes on behind semicolons
        passed = ";" if cue.end <= a and words.text[cue.end - 1] == COLON else ""
        if _ends_scope(words, plan, category, type, low, a, passed):
            if _ends_scope(words, plan, category, None, low, a, ";"):
                break
            continue
        if _reaches(plan, cue.rule, type, low, a):
            best = Hit(cue, a - low)
            break
    backward = plan.backward.get(category, ())
    i = bisect_left(backward, b, key=lambda cue: cue.start)
    for cue in backward[i : i + _MAX_TRIES]:
        if _ends_scope(words, plan, category, None, b, cue.start):
            break
        # "asthma - unlikely": the dash joins them; in "asthma - croup unlikely" it parts them
        near = cue.start - (cue.start > b and _is_dash(words, cue.start - 1))
        if _reaches(plan, cue.rule, type, b, near):
            if best is None or cue.start - b < best.distance:
                best = Hit(cue, cue.start - b)
            break
    return best


def _reaches(plan: _Plan, rule: Rule, type: EntityType, low: int, high: int) -> bool:
    """Whether the gap ``[low, high)`` between cue and finding is within the rule's reach."""
    if not rule.speaks_of(type):
        return False
    if rule.max_words is not None:
        return high - low < rule.max_words
    if rule.reach is Reach.SENTENCE:
        return True
    edges = plan.clause_ends if rule.reach is Reach.CLAUSE else plan.phrase_ends
    i = bisect_left(edges, low)
    return i == len(edges) or edges[i] >= high


def _ends_scope(
    words: Words,
    plan: _Plan,
    category: str,
    type: EntityType | None,
    low: int,
    high: int,
    passed: str = "",
) -> bool:
    """Whether a terminator lies in ``[low, high)``; with ``type`` None one that holds for all types.
    ``passed``: a word that is none here.
    """
    terminators = plan.terminators_of(category, type)
    i = bisect_left(terminators, low, key=lambda cue: cue.start)
    for k in range(i, len(terminators)):
        cue = terminators[k]
        if cue.start >= high:
            return False
        if plan.is_aside(low, cue.start, high) or words.text[cue.start : cue.end] == [passed]:
            continue  # it ends nothing outside
        if cue.rule.direction is Direction.TERMINATE_LIST and not _LIST_GOES_ON.isdisjoint(
            words.text[cue.end : cue.end + 12]
        ):
            continue
        return True
    return False
