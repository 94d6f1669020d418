"""What the words of a sentence deny or state of two of its findings: tables of cues, and this engine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources

from kgbuilder.errors import ConfigError
from kgbuilder.model import PREDICATES

__all__ = ["Cued", "Cues", "RelationCue", "load_cues", "parse_cues", "spoken"]

_SCOPES = frozenset(
    "before between between-active between-passive after contrast holds-object holds-either".split()  # noqa: SIM905
)
_BREAK = re.compile(
    r"[;:]|\.\s|\b(?:but|and only|and (?:is|are|was|were)|however|although|though|whereas|while|except"
    r"|unlike|despite)\b",
    re.IGNORECASE,
)
_ELLIPSIS = re.compile(r"[,\s]*\b(?:but|and|while|although|though)\s+$", re.IGNORECASE)
"""Right before a cue it takes the subject along: "activates A but has no effect on B"."""

_LIST_WORDS = frozenset(
    [
        "and", "or", "nor", "the", "a", "an", "of", "with", "plus", "other", "both", "either",
        "neither", "to", "in", "on", "by", "as", "for", "any", "well", "when", "combined",
        "weekly", "daily", "topical", "systemic", "local", "oral", "intravenous",
        "immunosuppression", "therapy", "treatment",
    ]
)  # fmt: skip
_MANY = 3
"""Predicates that one denial may name before it is asked which of them the sentence speaks of."""

_MASK = "\ue000"
"""Stands for each letter of a mention while cues are looked for."""

_BOND = re.compile(
    rf"(?:-?(?:,?\s+(?:and|or)\s+|,\s+){_MASK}+)*-(?:induced|associated|related|mediated)"
    r"\s+(?:[\w-]+\s+){0,2}"
    r"|\s+(?:[\w-]+\s+)??(?:due|secondary) to\s+(?:the\s+)?"
    r"|\s+(?:[\w-]+\s+)??(?:induced|caused|produced) by\s+(?:the\s+)?",
    re.IGNORECASE,
)
"""Between two mentions: "A-induced B", "A- or C-induced B", "B due to A". Such words take for granted
that one causes the other, whatever is denied of it ("had no effect on A-induced B")."""

_POPULATION = re.compile(
    rf"{_MASK}.*\b(?:in|among|for)\s+(?:[\w{_MASK}-]+\s+){{0,4}}?"
    r"(?:with|who have|suffering from|undergoing)\s+(?:[\w-]+\s+){0,3}\Z",
    re.IGNORECASE,
)
"""Behind a cue and what it denies, who they are: "no effect on depression in patients with pain"."""

_NO_SUCH = re.compile(
    r"\b(?:no|not|nor|without|neither|absence of|lack of|free of|free from)\s+(?:[\w-]+\s+){0,2}\Z",
    re.IGNORECASE,
)
"""Right before such a bond: "no A-induced B" does deny it."""

_BESIDE = re.compile(
    r"\b(?:contrast (?:to|with)|unlike|opposed to|compared (?:to|with)|comparison (?:to|with)|than)"
    r"\s+(?:the\s+)?\Z",
    re.IGNORECASE,
)
"""Right before a mention that others are set against: what follows is said of them."""

_GROUP = re.compile(
    r"\b(?:with(?:\s+(?:or|and)|/)|patients|subjects|individuals|cases|controls|victims|women|men|children|"
    r"volunteers|group|groups|animals|rats|mice|those|ones)\s+\Z",
    re.IGNORECASE,
)
"""Right before "without ...": it says who they are, and denies nothing of what they were given."""

_NOT = (
    r"(?:(?:(?:did|does|do|was|were|is|are|has|have|had|could|would|will|may|might|can)"
    r"(?:\s+not|n[’']t)|cannot|never|not|fail(?:ed|s|ing)?\s+to|(?:un|not\s+)able\s+to|neither|nor)"
    r"(?:\s+been)?)"
)
_SPECIAL = {
    "NOT": _NOT,
    "~": r"(?:(?!(?:only|just|merely|always|necessarily|data|information|doubt|longer)\b)"
    r"[^\W_][\w-]*\s+){0,3}?",
    "^": r"(?:(?!(?:no|not|never|nor|neither|without|rarely|hardly|absent|only|if|whether)\b)"
    r"[^\W_][\w-]*\s+){0,3}?",
    "_": rf"{_MASK}+(?:(?:,?\s+(?:and|or|nor)\s+|,\s+){_MASK}+)*",
    ",": r",",
    "END": r"(?:in\s+(?:\w+\s+){0,3}(?:literature|humans?|man)\s*)?\.?\s*$",
}


@dataclass(frozen=True, slots=True)
class RelationCue:
    """A row of the table."""

    words: str
    scopes: frozenset[str]
    predicates: frozenset[str]
    probability: float

    @property
    def expression(self) -> re.Pattern[str]:
        """Its words as an expression over text whose mentions are masked."""
        return _expression(self.words)


@dataclass(frozen=True, slots=True)
class Cued:
    """``predicate`` is denied, or stated, of a pair by words at ``[start, end)`` of the sentence."""

    predicate: str
    start: int
    end: int
    probability: float


def parse_cues(lines: Iterable[str]) -> tuple[RelationCue, ...]:
    """Rows of a table ``cue TAB scopes TAB predicates TAB probability``; ``#`` begins a comment.

    In a cue ``NOT`` is any negated auxiliary, ``~`` up to three words, ``_`` a mention or a list of
    them, ``a|b`` a choice, ``inhibit*`` all that begins so, ``END`` the end of the sentence.

    :raises ConfigError: for a row with an unknown scope or predicate, or a wrong number of columns.
    """
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith(("#", "cue\t")):
            continue
        try:
            words, scopes, predicates, probability = line.rstrip("\n").split("\t")
            row = RelationCue(
                words,
                frozenset(scopes.split(",")),
                frozenset(predicates.split(",")),
                float(probability),
            )
        except ValueError as error:
            raise ConfigError(f"not a cue: {error}", where=f"line {number}") from error
        if not (row.scopes <= _SCOPES and row.predicates <= set(PREDICATES)):
            raise ConfigError("unknown scope or predicate", where=f"line {number}: {line.strip()}")
        rows.append(row)
    return tuple(rows)


@cache
def _expression(words: str) -> re.Pattern[str]:
    tokens = words.split()
    text = ""
    for at, token in enumerate(tokens):
        if token not in _SPECIAL:
            choices = (
                re.escape(w[:-1]) + r"\w*" if w.endswith("*") else re.escape(w)
                for w in token.split("|")
            )
            part = f"(?:{'|'.join(choices)})"
        else:
            part = _SPECIAL[token]
        if not at or tokens[at - 1] in ("~", "^"):  # a gap brings its own spaces
            glue = ""
        else:
            glue = r"\s*" if token in (",", "END") or tokens[at - 1] == "_" else r"\s+"
        text += glue + part
    left = "" if tokens[0] in _SPECIAL and tokens[0] != "NOT" else r"\b"
    right = "" if tokens[-1] in ("_", "~", "^", ",", "END") else r"\b"
    return re.compile(left + text + right, re.IGNORECASE)


@cache
def load_cues(table: str = "negated_relations") -> tuple[RelationCue, ...]:
    """A shipped table: ``negated_relations`` or ``stated_relations``."""
    path = resources.files("kgbuilder.relate") / f"{table}.tsv"
    return parse_cues(path.read_text(encoding="utf-8").splitlines())


@cache
def _predicate_words() -> dict[str, re.Pattern[str]]:
    text = resources.files("kgbuilder.relate").joinpath("predicate_words.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and line[0] != "#"][1:]
    return {name: re.compile(rf"\b(?:{stems})", re.IGNORECASE) for name, stems in rows}


def spoken(cued: Sequence[Cued], text: str) -> Sequence[Cued]:
    """Of three and more things that words deny of one pair those that ``text`` speaks of, see
    ``predicate_words.tsv``: who inhibits nothing may well be broken down. An interaction is denied only
    where it is spoken of.
    """
    words = _predicate_words()
    cued = [
        c for c in cued if f"!{c.predicate}" not in words or words[f"!{c.predicate}"].search(text)
    ]
    if len(cued) < _MANY:
        return cued
    kept = [c for c in cued if c.predicate in words and words[c.predicate].search(text)]
    return kept or [c for c in cued if c.predicate == "ASSOCIATED_WITH"] or cued


class Cues:
    """What a sentence denies of its mentions, by cues that deny, or states of them, by cues that state.

    :param mentions: all mentions of the sentence, ``[start, end)``: a list of them does not end a cue's
        reach.
    """

    def __init__(
        self, text: str, mentions: Sequence[tuple[int, int]], cues: Sequence[RelationCue]
    ) -> None:
        self._text, self._mentions, self._cues = text, mentions, cues

    @cached_property
    def _hidden(self) -> str:
        masked = list(self._text)
        for start, end in self._mentions:
            masked[start:end] = _MASK * (end - start)
        return "".join(masked)

    @cached_property
    def _found(self) -> list[tuple[RelationCue, int, int]]:
        """Looked for when a pair is first asked for: most sentences have none."""
        hidden = self._hidden
        return [
            (cue, match.start(), match.end())
            for cue in self._cues
            for match in cue.expression.finditer(hidden)
            if not (cue.words.startswith("without ") and _GROUP.search(hidden[: match.start()]))
        ]

    def of(
        self, first: tuple[int, int], second: tuple[int, int], *, subject_first: bool | None = None
    ) -> tuple[Cued, ...]:
        """What is said of two mentions, by predicate. The first ends before the second begins.

        :param subject_first: which of them would be the subject; None where either may be.
        """
        found: dict[str, Cued] = {}
        spared = self._spared(first, second) if self._found else frozenset()
        for cue, start, end in self._found:
            if not any(
                self._reaches(scope, start, end, first, second, subject_first)
                for scope in cue.scopes
            ):
                continue
            for predicate in cue.predicates - spared:
                known = found.get(predicate)
                if known is None or cue.probability > known.probability:
                    found[predicate] = Cued(predicate, start, end, cue.probability)
        return tuple(found[name] for name in sorted(found))

    def _spared(self, first: tuple[int, int], second: tuple[int, int]) -> frozenset[str]:
        """What is not denied of two mentions that the text itself joins."""
        if not _BOND.fullmatch(self._hidden, first[1], second[0]):
            return frozenset()
        if _NO_SUCH.search(self._hidden, 0, first[0]):
            return frozenset({"TREATS"})  # that is said of something else
        return frozenset({"TREATS", "CAUSES", "ASSOCIATED_WITH"})

    def _reaches(
        self,
        scope: str,
        start: int,
        end: int,
        first: tuple[int, int],
        second: tuple[int, int],
        subject_first: bool | None,
    ) -> bool:
        text = self._text
        if scope.startswith("between"):
            if scope == "between-passive" and subject_first:
                return False
            if scope == "between-active" and subject_first is False:
                return False
            # one stands before the cue; the other after it, alone or within a list
            return (
                first[1] <= start
                and end <= second[0]
                and not self._is_broken(first[1], start, at_cue=True)
                and not self._is_broken(end, second[0])
                and not _leaves_list(text, end, second[0], self._mentions)
                and not _BESIDE.search(text, 0, first[0])
                and not _POPULATION.search(self._hidden, end, second[0])
            )
        if scope == "before":
            # "no toxicity, and A helps in B": the cue has denied what stands before the comma
            return (
                end <= first[0]
                and not self._is_broken(end, second[0])
                and not (
                    any(end <= a and b < first[0] for a, b in self._mentions)
                    and _leaves_list(text, end, first[0], self._mentions)
                )
            )
        if scope == "after":
            return start >= second[1] and not self._is_broken(first[1], start, at_cue=True)
        held = [span for span in (first, second) if start <= span[0] and span[1] <= end]
        if len(held) != 1:
            return False
        other = second if held[0] == first else first
        if _BESIDE.search(text, 0, other[0]):
            return False
        is_subject = subject_first is not None and (held[0] == first) == subject_first
        if scope == "contrast":  # "A, but not B, raised C": of B and C, not of B and A
            if other[1] <= start and not re.search(r"\w", text[other[1] : start]):
                return False
        elif scope == "holds-object" and (is_subject or other[1] > start):
            return False  # "A ... without B": what does it stands before
        if other[1] <= start:
            return not self._is_broken(other[1], start, at_cue=True)
        return not self._is_broken(end, other[0])

    def _is_broken(self, start: int, end: int, *, at_cue: bool = False) -> bool:
        stretch = self._text[start:end]
        if at_cue and (ellipsis := _ELLIPSIS.search(stretch)):
            stretch = stretch[: ellipsis.start()]
        return _BREAK.search(stretch) is not None


def _leaves_list(text: str, start: int, end: int, mentions: Sequence[tuple[int, int]]) -> bool:
    """Whether a comma in ``[start, end)`` is followed by more than the items of a list."""
    comma = text.find(",", start, end)
    if comma < 0:
        return False
    kept = [" " if any(a <= i < b for a, b in mentions) else text[i] for i in range(comma, end)]
    words = re.findall(r"[^\W\d_]+", "".join(kept).lower())
    return any(word not in _LIST_WORDS for word in words)
