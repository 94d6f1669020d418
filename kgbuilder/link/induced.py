"""Conditions that the document says a drug induced: MeSH has a concept of its own for some of them.

"Levodopa-induced dyskinesia" in an abstract makes its other dyskinesias drug-induced ones; the table
says which concept that is (``tables/induced.tsv``). Nothing is taken for induced on a guess: the
document must write "<drug>-induced <condition>", "<condition> induced by <drug>" or the like, or one of
the table's words right behind the drug ("halothane hepatitis") or before "to <drug>".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from kgbuilder.model import Candidate, Curie, EntityType
from kgbuilder.ontology.vocabularies import read_table

__all__ = ["Induced", "put_induced"]

_CUE = re.compile(
    r"(?P<behind> (?:(?:induced|caused) by|(?:due|secondary|related) to|associated with)"
    r" (?:(?:treatment|therapy) with )?)|[- ](?:induced|associated|related) ",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_][\w+.-]{2,40}")
_NO_CAUSE = frozenset(
    {"the", "both", "high", "low", "dose", "oral", "intravenous", "acute", "chronic"}
)
_REACH = 60
"""Characters beside the cue that are looked at: the condition is at most four words long."""
_MAX_WORDS = 4
_BREAK = re.compile(r"[.,;:()\n](?!\w)| (?:in|of|with|and|or|by|from|during|for|was|were|is|are) ")
_ANY_DRUG = frozenset({"drug", "medication", "medicine", "neuroleptic", "antipsychotic"})

Named = Callable[[str, EntityType], Sequence[tuple[Any, str]]]
Concepts = Mapping[str, tuple[Curie, str]]
"""A concept -> the one it is when a drug induced it, with its name."""


class Induced:
    """Finds what a document says was induced; the table is read when first needed."""

    def find(self, text: str, named: Named) -> Concepts:
        """The rows of the table that ``text`` speaks of.

        :param named: (name, type) -> the names that it links to, each with how it matched.
        """
        found: dict[str, tuple[Curie, str]] = {}
        for cause, of in (*_told(text), *self._right_behind(text)):
            ids = [id for id in self._conditions(of, named) if id not in found]
            any_drug = cause.casefold().removesuffix("s") in _ANY_DRUG
            if ids and (any_drug or named(cause, EntityType.DRUG)):
                found.update((id, self._table[id]) for id in ids)
        return found

    def _conditions(self, words: Sequence[str], named: Named) -> list[str]:
        """What the longest name within ``words`` that names a condition of the table names of it."""
        for size in range(len(words), 0, -1):
            for start in range(len(words) - size + 1):
                linked = named(" ".join(words[start : start + size]), EntityType.DISEASE)
                ids = [id for id in (str(name.concept) for name, _ in linked) if id in self._table]
                if ids:
                    return ids
        return []

    def _right_behind(self, text: str) -> Iterator[tuple[str, Sequence[str]]]:
        """A drug, and a word of the table that stands right behind it, or before "to" and it."""
        for hit in self._direct.finditer(text):
            yield hit["drug"] or hit["to"], [hit["of"] or hit["of_to"]]

    @cached_property
    def _direct(self) -> re.Pattern[str]:
        words = "|".join(word for row in self._rows for word in row["behind"].split("|") if word)
        to = "|".join(word for row in self._rows for word in row["before_to"].split("|") if word)
        return re.compile(
            rf"\b(?P<drug>[^\W_][\w-]{{2,40}}) (?P<of>{words})\b"
            rf"|\b(?P<of_to>{to}) to (?P<to>[^\W_][\w-]{{2,40}})",
            re.IGNORECASE,
        )

    @cached_property
    def _rows(self) -> list[dict[str, str]]:
        return read_table("induced")

    @cached_property
    def _table(self) -> Concepts:
        return {
            row["id"]: (Curie.parse(row["induced_id"]), row["induced_preferred"])
            for row in self._rows
        }


def _told(text: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Per cue in ``text``: the word that may be the cause, up to four that may hold the condition."""
    for cue in _CUE.finditer(text):
        before = _WORD.findall(_clause(text[max(0, cue.start() - _REACH) : cue.start()], last=True))
        after = _WORD.findall(_clause(text[cue.end() : cue.end() + _REACH], last=False))
        if not before or not after:
            continue
        if cue["behind"]:
            causes = [word for word in after[:_MAX_WORDS] if word.casefold() not in _NO_CAUSE]
            any_drug = [word for word in causes if word.casefold().removesuffix("s") in _ANY_DRUG]
            yield next(iter(any_drug or causes), ""), before[-_MAX_WORDS:]
        else:
            yield before[-1], after[:_MAX_WORDS]


def _clause(text: str, *, last: bool) -> str:
    """The piece of ``text`` up to, or from, the sign that ends a clause."""
    pieces = _BREAK.split(text)
    return pieces[-1] if last else pieces[0]


def put_induced(linked: tuple[Candidate, ...], induced: Concepts) -> tuple[Candidate, ...]:
    """``linked`` with the induced concept before each that has one; scores stay in order."""
    if not induced or not any(str(c.concept) in induced for c in linked):
        return linked
    rows: dict[Curie, Candidate] = {}
    ceiling = 1.0
    for candidate in linked:
        more = induced.get(str(candidate.concept))
        here = [candidate]
        if more is not None:
            concept, name = more
            how = "part" if candidate.matched_by == "part" else "context"
            here.insert(0, replace(candidate, concept=concept, name=name, matched_by=how))
            if how == "part":
                del here[1]  # of what is joined, each part is told once
        for each in here:
            if each.concept not in rows:
                score = min(ceiling, each.score)
                ceiling = max(0.0, score - 0.001)
                rows[each.concept] = replace(each, score=score)
    return tuple(rows.values())
