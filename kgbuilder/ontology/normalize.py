"""Name normalization: one form for ways of writing one name, never one form for two things.

Folded: case, Unicode compatibility forms, accents, Greek letters and their English names, hyphens and
punctuation, possessives, British and American spelling, Roman numerals after words such as "type".
Kept apart, because it is what tells things apart: every digit, every prefix and ending (hypo-/hyper-,
-one/-olone), optical signs, primes, percent and decimal points. No word is dropped and none is
reordered. Plural forms are not folded here but offered by :func:`singular_of` as a second try, since
"penicillins" are a class and "penicillin" may be one drug.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

__all__ = ["is_acronym", "normalize", "singular_of", "tokens_of"]

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu",
    "ξ": "xi", "ο": "omicron", "π": "pi", "ρ": "rho", "σ": "sigma", "ς": "sigma", "τ": "tau",
    "υ": "upsilon", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
}  # fmt: skip
_GREEK_LETTER = re.compile("[" + "".join(_GREEK) + "]")
_GREEK_WORD_DIGIT = re.compile(r"\b(alpha|beta|gamma|delta|epsilon|kappa|lambda|omega)(?=\d)")

_PRIME = re.compile(r"(?<=\d)\s*['’′](?!\s?s\b)")
_DOUBLE_PRIME = re.compile(r"(?<=\d)\s*[\"″”]")
_POSSESSIVE = re.compile(r"(?<=[^\W\d_])['’‘`´]s\b|(?<=s)['’‘`´](?=\s|$)")
_PLUS_SIGN, _MINUS_SIGN = re.compile(r"\(\s*\+\s*\)"), re.compile(r"\(\s*[-−–‐]\s*\)")
_PLUS_MINUS = re.compile(r"\(\s*(?:±|\+\s*/\s*[-−–‐])\s*\)|±")
_CHARGE_MINUS = re.compile(r"(?<=[\w\d])[-−](?=\)|$)")
_DECIMAL = re.compile(r"(?<=\d)[.](?=\d)")
_OTHER = re.compile(r"[^\w+%.]|_")
_LOOSE_POINT = re.compile(r"(?<!\d)\.|\.(?!\d)")
_SPACES = re.compile(r"\s+")
_PLAIN = re.compile(r"[a-z ]+")
"""No sign and no digit: nothing to fold but spelling."""

# Fragments whose British and American spellings never tell two medical words apart. The vowel
# digraphs are listed with the letters around them, since "ae" and "oe" alone do (aerobe, coeval).
_SPELLING = (
    ("haem", "hem"), ("aemi", "emi"), ("naem", "nem"), ("chaem", "chem"), ("oedem", "edem"),
    ("oesoph", "esoph"), ("oestr", "estr"), ("paediatr", "pediatr"), ("paedic", "pedic"),
    ("gynaec", "gynec"), ("rrhoe", "rrhe"), ("pnoe", "pne"), ("foet", "fet"), ("tumour", "tumor"),
    ("caecum", "cecum"), ("caecal", "cecal"), ("coeliac", "celiac"), ("faec", "fec"),
    ("anaesth", "anesth"), ("aesthes", "esthes"), ("caesar", "cesar"), ("homoeo", "homeo"),
    ("fibre", "fiber"), ("colour", "color"), ("behaviour", "behavior"), ("labour", "labor"),
    ("odour", "odor"), ("sulph", "sulf"), ("centre", "center"), ("aluminium", "aluminum"),
    ("caesium", "cesium"), ("aetiolog", "etiolog"), ("orthopaed", "orthoped"),
    ("leucocyt", "leukocyt"), ("leucopen", "leukopen"), ("leukaem", "leukem"),
    ("manoeuv", "maneuv"), ("amoeb", "ameb"), ("toxaem", "toxem"), ("phaeo", "pheo"),
    ("oligaem", "oligem"), ("naev", "nev"), ("taenia", "tenia"),
)  # fmt: skip
_FRAGMENT = re.compile("|".join(sorted((a for a, _ in _SPELLING), key=len, reverse=True)))
_SPELLING_OF = dict(_SPELLING)

_ROMAN = {
    "i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8",
    "ix": "9", "x": "10", "xi": "11", "xii": "12", "xiii": "13",
}  # fmt: skip
_NUMBERED = re.compile(
    r"\b(type|types|stage|grade|class|factor|phase|degree)"
    r" (i{1,3}|iv|vi{0,3}|ix|xi{0,3}|v|x)([a-d]?)(?= |$)"
)
_NON = re.compile(r"\b(non|anti|post|pre) (?=[^\W\d_]{3})")


def normalize(text: str) -> str:
    """The normal form of a name: tokens of letters, digits, ``+ % .`` with single spaces; "" where the
    text holds no letter or digit. Idempotent.

    >>> normalize("Crohn’s Disease"), normalize("TNF-α")
    ('crohn disease', 'tnf alpha')
    >>> normalize("Diabetes mellitus, type II") == normalize("diabetes mellitus type 2")
    True
    >>> normalize("hypokalaemia"), normalize("hyperkalemia")
    ('hypokalemia', 'hyperkalemia')
    """
    return _remembered(text) if len(text) <= _USUAL_NAME else _normalized(text)


def _normalized(text: str) -> str:
    form = _once(text)
    for _ in range(4):  # rare: a replacement that makes room for another
        again = _once(form)
        if again == form:
            break
        form = again
    return form


def _once(text: str) -> str:
    if text.isascii():
        form = text.casefold()
        if _PLAIN.fullmatch(form):
            return _respelled(form)
    else:
        folded = unicodedata.normalize("NFKC", text).casefold()
        bare = "".join(
            c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c)
        )
        form = unicodedata.normalize("NFKC", bare).casefold()
        form = _GREEK_LETTER.sub(lambda m: f" {_GREEK[m[0]]} ", form)
        form = _PLUS_MINUS.sub(" plusminus ", form)
    form = _PLUS_SIGN.sub(" plus ", form)
    form = _MINUS_SIGN.sub(" minus ", form)
    if "'" in form or not form.isascii():
        form = _PRIME.sub(" prime ", form)
        form = _POSSESSIVE.sub("", form)
    if '"' in form or not form.isascii():
        form = _DOUBLE_PRIME.sub(" bis ", form)
    form = _CHARGE_MINUS.sub(" minus ", form)
    form = _OTHER.sub(" ", form)
    if "." in form:
        form = _LOOSE_POINT.sub(" ", form)
    return _respelled(_GREEK_WORD_DIGIT.sub(r"\1 ", form))


def _respelled(form: str) -> str:
    """Once no sign is left."""
    form = _SPACES.sub(" ", form).strip()
    form = _FRAGMENT.sub(lambda m: _SPELLING_OF[m[0]], form)
    form = _NUMBERED.sub(lambda m: f"{m[1]} {_ROMAN[m[2]]}{m[3]}", form)
    return _NON.sub(r"\1", form)


_USUAL_NAME = 64
_remembered = lru_cache(maxsize=20_000)(_normalized)
"""Names, and the ways to write one, come again and again."""

_PIECE = re.compile(r"\d+(?:\.\d+)+|[^\W_]+|[+%]")
_USUAL_LENGTH = 32
_JOINED = frozenset({"non", "anti", "post", "pre"})
_NUMBERED_WORD = frozenset(
    {"type", "types", "stage", "grade", "class", "factor", "phase", "degree"}
)


@lru_cache(maxsize=50_000)
def _form_of_word(word: str) -> str:
    return normalize(word)


def _word(word: str) -> str:
    """Its normal form: texts repeat their words, so that those of usual length are remembered."""
    return _form_of_word(word) if len(word) <= _USUAL_LENGTH else normalize(word)


def tokens_of(text: str) -> list[tuple[str, int, int]]:
    """The words of running text, each in normal form with where it begins and ends. The forms of a
    name's words, joined by spaces, are ``normalize(name)`` but for rare signs (primes, charges).

    >>> tokens_of("Crohn's or non-Hodgkin")
    [('crohn', 0, 5), ('or', 8, 10), ('nonhodgkin', 11, 22)]
    """
    found: list[tuple[str, int, int]] = []
    for piece in _PIECE.finditer(text):
        word, start, end = piece[0], piece.start(), piece.end()
        possessive = word in ("s", "S") and start > 0 and text[start - 1] in "'’"
        if possessive and found and found[-1][2] == start - 1:
            continue
        form = word.lower() if word.isascii() and len(word) < 4 else _word(word)
        before = found[-1] if found else None
        if before is not None and start - before[2] <= 1:
            if form in _SIGNS and start == before[2]:
                found[-1] = (before[0] + form, before[1], end)
                continue
            if before[0] in _JOINED and len(form) > 2 and form[:3].isalpha():
                found[-1] = (before[0] + form, before[1], end)
                continue
            if before[0] in _NUMBERED_WORD and form.rstrip("abcd") in _ROMAN:
                number = form.rstrip("abcd")
                form = _ROMAN[number] + form[len(number) :]
        found += [(part, start, end) for part in form.split(" ") if part]
    return found


_SIGNS = frozenset("+%")
_NOT_PLURAL = re.compile(
    r"(?:ss|us|is|eps|oids|betes|herpes|rabies|scabies|facies|series|caries"
    r"|species|measles|mumps|rickets|hives|shingles|tabes|rales|lens|pancreas|ascites|lues|iris"
    r"|meninges|genes|aids|sars|yaws|pons|nates|feces|menses)$"
)
_SINGULAR_RULES = (
    (re.compile(r"(?<=[bcdfghklmnprstvxz])ies$"), "y"),
    (re.compile(r"(?<=ss)es$|(?<=x)es$|(?<=sh)es$"), ""),
    (re.compile(r"(?<=[^\W\d_]{3}[^su])s$"), ""),
    (re.compile(r"(?<=[^\W\d_]{2})oses$"), "osis"),
    (re.compile(r"(?<=[^\W\d_]{3}t)ases$"), "asis"),
)


def singular_of(key: str) -> tuple[str, ...]:
    """Forms of a normalized name with its last word in the singular, likeliest first; () where the last
    word is no regular plural. To be tried only after the name itself, and only for conditions.

    >>> singular_of("focal seizures")
    ('focal seizure',)
    >>> singular_of("diabetes"), singular_of("sepsis")
    ((), ())
    """
    head, _, last = key.rpartition(" ")
    if len(last) < 5 or not last.isalpha() or not last.endswith("s"):
        return ()
    found: list[str] = []
    for pattern, ending in _SINGULAR_RULES:
        if ending in ("", "y") and _NOT_PLURAL.search(last):
            continue
        single, n = pattern.subn(ending, last)
        if n:
            form = f"{head} {single}" if head else single
            if form not in found:
                found.append(form)
            if ending == "y" or last.endswith(("sses", "xes", "shes")):
                break
    return tuple(found)


def is_acronym(text: str) -> bool:
    """Whether a name is written as one: short, one word, capitals outnumbering small letters, so that
    its case is part of the name ("AIDS", "ALL", "T2DM", "HbA1c").
    """
    if len(text) > 6 or " " in text:
        return False
    upper = sum(c.isupper() for c in text)
    return upper >= 2 and upper > sum(c.islower() for c in text) - 1
