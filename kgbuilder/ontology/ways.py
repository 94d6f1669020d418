"""Other ways of writing a name, each with its kind: the rules, whose words stand in reviewable tables.

*Strict* ways keep every word, or exchange one for a word that a table states to mean the same: plurals,
word order ("cancer of the breast"), adjective and noun (renal, kidney), determiners, a drug's dose and
route, its salt. *Loose* ways leave out a word that a table allows to be left out (severe, transient)
or take the kind of thing for the thing (carcinoma, neoplasm), and so name something broader; they
are tried only where no strict way finds anything, and say so. Nothing is made up from likeness of
letters: a way is only a string to look up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import permutations

from kgbuilder.model import EntityType
from kgbuilder.ontology.lexicon import Name, NameStatus
from kgbuilder.ontology.normalize import normalize, singular_of
from kgbuilder.ontology.vocabularies import read_table

__all__ = ["CONDITIONS", "Way", "Ways", "fits_drug"]

CONDITIONS = frozenset({EntityType.DISEASE, EntityType.PHENOTYPE})

Way = tuple[str, str]
"""A name to look up, and its kind: exact, plural, turned, variant, adjective, trimmed, salt, class,
broader."""

_MAX_FORMS = 24
"""Names to look up per mention at most: what a rule makes of a huge or odd name stays cheap."""
_MAX_WORDS = 12
_MAX_COMPOUND = 4
_MAX_TURNED = 80
_MAX_REORDERED = 4
_LINKS = frozenset({"of", "in", "the", "a", "an"})
_DOSE = re.compile(
    r"(?:^| )\d+(?:[.,]\d+)?"
    r"(?: ?(?:mg|mcg|ug|g|gm|kg|ml|l|iu|units?|unt|u|meq|mmol|%)"
    r"(?: ?(?:kg|ml|day|d|h|hr|act|actuation|inh|spray|puff|dose))?)?$"
)
_OF = re.compile(r"^(.+?) (?:of|in|within) (?:the |both |a )?(.+)$")
_INFECTION = re.compile(r"^((?:\w+ )?(?:co)?infect(?:ion|ed)) (?:with|by) (?:the )?(.+)$")
_TYPE = re.compile(r"^type (\w{1,3}) (.+)$")
_SHORT_FORM = re.compile(r"(?<=\w) ?\([^\W_]{1,6}\)(?=[ -]\w)")
_INDUCED = re.compile(r"^(?:[^ ]+ ){1,4}?induced (?=[^ ]{4})")
_COORDINATION = re.compile(
    r"\s*(?:,\s*(?:and/or|and|or)\s+|,|/|\s(?:and/or|and|or|as well as|plus)\s)\s*", re.IGNORECASE
)
_HYPHEN = re.compile(r"(?<=[^\W\d_]{3})-(?=[^\W\d_]{3})")
_SYMBOL = re.compile(r"([a-z]{2,6}) (\d{1,3}[a-z]?\d?)")
_CODE = re.compile(r"([a-z]{2,4}) ?(\d{3,6})")


class Ways:
    """The rules with their tables; each table is read when first needed."""

    def strict(self, text: str, type: EntityType) -> Iterator[Way]:
        """``text`` as written, then other ways of writing the same name, likeliest first."""
        yield text, "exact"
        key = normalize(text)
        if not key or key.count(" ") >= _MAX_WORDS:
            return
        seen = {key}
        steps = [*self._trims_of(key, type)]
        trimmed = steps[-1] if steps else key
        if type in CONDITIONS:
            forms = [*_joined(text), *self._same_condition(key, "plural")]
            if plain := _without_short_form(text):
                forms += [(plain, "variant"), *self._same_condition(plain, "variant")]
            if trimmed != key:
                forms += [(trimmed, "trimmed"), *self._same_condition(trimmed, "trimmed")]
        elif type is EntityType.DRUG:
            forms = [(step, "trimmed") for step in steps]
            salts = (self._ingredient(step) for step in (key, *steps))
            forms += [(ingredient, "salt") for ingredient in salts if ingredient]
            forms += [*_joined(text), *_code(key)]
            forms += [(form, "class") for form in (f"{key}s", *singular_of(key))]
        else:
            forms = [(trimmed, "trimmed")]
            if type is EntityType.GENE and (symbol := _SYMBOL.fullmatch(trimmed)):
                forms.append(("".join(symbol.groups()), "variant"))  # "IL-37" is the symbol IL37
        for form, how in forms[:_MAX_FORMS]:
            if form not in seen or how == "class":
                seen.add(form)
                yield form, how

    def reordered(self, text: str, type: EntityType) -> Iterator[Way]:
        """A condition's words in every other order, without "of" and the like and in the singular too,
        as vocabularies list them: "clonic-tonic convulsions" is their "convulsions, tonic-clonic".
        """
        words = [word for word in normalize(text).split() if word not in _LINKS]
        marks = sum(len(word) == 1 or word[0].isdigit() for word in words)
        if type not in CONDITIONS or not 2 <= len(words) <= _MAX_REORDERED or marks > 1:
            return  # with two numbers or letters the order may say whose each is
        singular = [next(iter(singular_of(word)), word) for word in words]
        for row in dict.fromkeys((tuple(words), tuple(singular))):
            for order in permutations(row):
                yield " ".join(order), "turned"

    def salts(self, text: str, type: EntityType) -> Iterator[Way]:
        """The ingredient that a salt's name holds, if it holds one."""
        if ingredient := self._ingredient(self._trimmed(normalize(text), type)):
            yield ingredient, "salt"

    def loose(self, text: str, type: EntityType) -> Iterator[Way]:
        """Names of something broader than ``text``: of a condition without the words of
        ``tables/modifiers.tsv`` around it, or without the drug that induced it.
        """
        key = self._trimmed(normalize(text), type)
        if type not in CONDITIONS or key.count(" ") >= _MAX_WORDS:
            return
        for shorter in (key, *self._shortened(key)):
            if shorter != key:
                yield shorter, "broader"
                for form, _ in self._same_condition(shorter, "broader"):
                    yield form, "broader"
            whole, _, head = shorter.rpartition(" ")
            if whole and head in self._left_out["class"]:
                yield self._noun_of(whole) or whole, "broader"
            if whole and head in ("disease", "diseases"):
                yield f"{whole} infections", "broader"  # of a germ: "adenovirus disease"
            if head in self._kinds:
                yield f"{whole} {self._kinds[head]}".strip(), "broader"
            organ, _, head = shorter.rpartition(" ")
            if organ and head in self._left_out["head"]:
                yield f"{organ} diseases", "broader"
                for form, _ in self._exchange(f"{organ} diseases", 0):
                    yield form, "broader"

    def parts(self, text: str, type: EntityType) -> tuple[tuple[str, ...], ...]:
        """The names that a coordination joins, likeliest reading first: "breast and ovarian cancer" is
        ("breast cancer", "ovarian cancer"); () where nothing is joined.
        """
        pieces = [piece for piece in _COORDINATION.split(text.strip()) if piece.strip()]
        if type not in CONDITIONS or not 2 <= len(pieces) <= 5 or len(text) > 200:
            return ()
        readings = [tuple(pieces)]
        last = pieces[-1].split()
        for size in range(1, min(len(last), 4)):  # what the pieces share stands at the end ...
            shared = " ".join(last[size:])
            readings.append((*(f"{piece} {shared}" for piece in pieces[:-1]), pieces[-1]))
        first = pieces[0].split()
        for size in range(len(first) - 1, 0, -1):  # ... or at the beginning
            shared = " ".join(first[:size])
            readings.append((pieces[0], *(f"{shared} {piece}" for piece in pieces[1:])))
        return tuple(readings)

    def compound(self, text: str, type: EntityType) -> Iterator[tuple[str, str]]:
        """Two conditions that a name tells as one, an adjective or noun of one before the other, which
        says what it is and comes first here: "hemorrhagic cystitis" is ("cystitis", "hemorrhage"). The
        linker asks that both be names.
        """
        words = normalize(text).split(" ")
        if type not in CONDITIONS or not 2 <= len(words) <= _MAX_COMPOUND:
            return
        for at in range(1, len(words)):
            first, second = " ".join(words[:at]), " ".join(words[at:])
            if second not in self._left_out["class"] | self._left_out["event"]:
                yield second, self._noun_of(first) or first

    def _same_condition(self, key: str, how: str) -> Iterator[Way]:
        for form in singular_of(key):
            yield form, how
        starts = [key]
        for turned in self._turned(key):
            starts.append(turned)
            yield turned, "turned"
            for form in singular_of(turned):
                yield form, "turned"
        for start in starts:
            yield from self._exchanged(start)
            if noun := self._noun_of(start):
                yield noun, "adjective"

    def _turned(self, key: str) -> Iterator[str]:
        """``key`` in another order of words: "cancer of the breast", "prolongation of the QT interval",
        "infection with X", "type B hepatitis".
        """
        if len(key) > _MAX_TURNED:
            return
        noun_first = _OF.match(key) or _INFECTION.match(key)
        if noun_first:
            yield f"{noun_first[2]} {noun_first[1]}"
        if typed := _TYPE.match(key):
            yield f"{typed[2]} {typed[1]}"
        what, _, change = (noun_first[2], " ", noun_first[1]) if noun_first else key.rpartition(" ")
        if what and change in self._changes:
            yield f"{self._changes[change]} {what}"

    def _exchanged(self, key: str) -> Iterator[Way]:
        """``key`` with one or two words exchanged for what ``tables/word_variants.tsv`` gives."""
        once = [*self._exchange(key, 0)]
        for form, _ in once:
            yield form, "variant"
            for single in singular_of(form):
                yield single, "variant"
        for form, at in once:
            for again, _ in self._exchange(form, at + 1):
                yield again, "variant"
                for single in singular_of(again):
                    yield single, "variant"

    def _exchange(self, key: str, start: int) -> Iterator[tuple[str, int]]:
        words = key.split(" ")
        for at in range(start, len(words)):
            for other, where in self._variants.get(words[at], ()):
                if where == "inside" and at == len(words) - 1:
                    continue  # an adjective's noun is no noun of its own: "cardiac" is no "heart"
                yield " ".join((*words[:at], other, *words[at + 1 :])), at

    def _noun_of(self, key: str) -> str:
        """The condition that an adjective at the end means: "hypotensive" is hypotension; else ""."""
        head, space, last = key.rpartition(" ")
        if last in self._adjectives:
            return f"{head}{space}{self._adjectives[last]}"
        for ending, noun in self._endings:
            if last.endswith(ending) and len(last) - len(ending) >= 3:
                return f"{head}{space}{last[: -len(ending)]}{noun}"
        return ""

    def _shortened(self, key: str) -> Iterator[str]:
        """``key`` with ever more words left out."""
        if (induced := _INDUCED.match(key)) is not None:
            rest = key[induced.end() :]
            yield f"drug induced {rest}"
            yield rest
            yield from self._shortened(rest)
            return
        for _ in range(4):
            word, _, rest = key.partition(" ")
            before, _, last = key.rpartition(" ")
            if rest and word in self._left_out["leading"]:
                key = rest
            elif before and last in self._left_out["trailing"]:
                key = before
            else:
                return
            yield key

    def _trimmed(self, key: str, type: EntityType) -> str:
        """``key`` without determiners and, for drugs, routes, forms and doses."""
        return [key, *self._trims_of(key, type)][-1]

    def _trims_of(self, key: str, type: EntityType) -> Iterator[str]:
        """``key`` with ever more of that left out, a step at a time: "omega 3 500 mg" is "omega 3"."""
        trims = self._trims[type]
        while True:
            shorter = _DOSE.sub("", key) if type is EntityType.DRUG else key
            for leading, word in trims if shorter == key else ():
                if leading and shorter.startswith(word):
                    shorter = shorter[len(word) :]
                elif not leading and shorter.endswith(word):
                    shorter = shorter[: -len(word)]
            if shorter == key or not shorter:
                return
            key = shorter
            yield key

    def _ingredient(self, key: str) -> str:
        """``key`` without the salt words at its end; "" where there are none, or an element is left."""
        left = key
        while " " in left and left.rpartition(" ")[2] in self._salts:
            left = left.rpartition(" ")[0]
        return "" if left == key or left in self._salts or left in self._elements else left

    @cached_property
    def _salts(self) -> frozenset[str]:
        return frozenset(r["word"] for r in read_table("salt_words") if r["kind"] != "element")

    @cached_property
    def _elements(self) -> frozenset[str]:
        return frozenset(r["word"] for r in read_table("salt_words") if r["kind"] == "element")

    @cached_property
    def _trims(self) -> dict[EntityType, list[tuple[bool, str]]]:
        """By type whether words stand before a name, or else behind it, with the space between."""
        rows = [(row["type"], row["where"] == "leading", row["word"]) for row in read_table("trim")]
        return {
            type: [
                (leading, f"{word} " if leading else f" {word}")
                for of, leading, word in rows
                if of in ("any", type.value)
            ]
            for type in EntityType
        }

    @cached_property
    def _left_out(self) -> dict[str, frozenset[str]]:
        rows = read_table("modifiers")
        return {
            where: frozenset(row["word"] for row in rows if row["where"] == where)
            for where in ("leading", "trailing", "head", "class", "event")
        }

    @cached_property
    def _variants(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """Word -> the words that mean the same, each with where it may stand: anywhere, or inside."""
        found: dict[str, list[tuple[str, str]]] = {}
        for row in self._word_variants:
            if row["kind"] in ("adjective", "ending", "change", "kind"):
                continue
            for one, other in ((row["one"], row["other"]), (row["other"], row["one"])):
                found.setdefault(one, []).append((other, row["kind"]))
        return {word: tuple(others) for word, others in found.items()}

    @cached_property
    def _adjectives(self) -> dict[str, str]:
        return self._variants_of("adjective")

    @cached_property
    def _changes(self) -> dict[str, str]:
        return self._variants_of("change")

    @cached_property
    def _kinds(self) -> dict[str, str]:
        return self._variants_of("kind")

    @cached_property
    def _endings(self) -> tuple[tuple[str, str], ...]:
        rows = self._word_variants
        return tuple((row["one"], row["other"]) for row in rows if row["kind"] == "ending")

    def _variants_of(self, kind: str) -> dict[str, str]:
        return {row["one"]: row["other"] for row in self._word_variants if row["kind"] == kind}

    @cached_property
    def _word_variants(self) -> list[dict[str, str]]:
        return read_table("word_variants")


def fits_drug(name: Name, way: str) -> bool:
    """A salt must be of a drug's preferred name; a plural may only be of a class ("thiazides"), which
    DrugBank does not hold; what is trimmed must leave one drug.
    """
    single = name.concept.prefix != "MESH"
    match way:
        case "salt":
            return single and name.status is NameStatus.PREFERRED
        case "trimmed":
            return single
        case "class":
            return not single
        case _:
            return True


def _without_short_form(text: str) -> str:
    """``text`` without the short form defined inside, "hepatitis B virus (HBV) infection"; else ""."""
    if "(" not in text or len(text) > _MAX_TURNED:
        return ""
    plain, n = _SHORT_FORM.subn("", text)
    return normalize(plain) if n else ""


def _joined(text: str) -> Iterator[Way]:
    """``text`` with a hyphen between two letters left out: "thrombo-embolism", "cis-platin"."""
    if "-" in text and (form := _HYPHEN.sub("", text)) != text:
        yield normalize(form), "variant"


def _code(key: str) -> Iterator[Way]:
    """A code of letters and digits with and without the gap: "fk 506" and "fk506"."""
    if code := _CODE.fullmatch(key):
        letters, digits = code.groups()
        for form in (f"{letters}{digits}", f"{letters} {digits}"):
            if form != key:
                yield form, "variant"
