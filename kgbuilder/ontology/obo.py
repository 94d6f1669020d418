"""OBO flat files, read as a stream: one term at a time, what is broken noted and the rest kept.

Follows the OBO 1.4 format guide (https://owlcollab.github.io/oboformat/doc/GO.format.obo-1_4.html) as
far as names and hierarchy need it: ``id name synonym is_a alt_id xref is_obsolete replaced_by
consider``, and of ``property_value`` the exact matches. Other tags are left out on purpose.

Mondo says in a modifier of an xref how close it is: ``xref: OMIM:1 {source="MONDO:equivalentTo"}``
(https://github.com/monarch-initiative/mondo, docs/editors-guide).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kgbuilder.errors import FormatError, InputError, UsageError
from kgbuilder.issues import Issues
from kgbuilder.model import Curie

__all__ = ["OboFile", "OboTerm", "Synonym", "iter_terms", "read_obo"]

_SCOPES = frozenset({"EXACT", "BROAD", "NARROW", "RELATED"})
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\s*(.*)')
_ESCAPE = re.compile(r"\\(.)")
_EXACT = frozenset({"exactMatch", "skos:exactMatch"})
_MONDO = re.compile(r'source="MONDO:(\w+)"')
_INEXACT = frozenset(
    {
        "relatedTo",
        "subClassOf",
        "superClassOf",
        "directSiblingOf",
        "mondoIsBroaderThanSource",
        "mondoIsNarrowerThanSource",
        "includedEntryInOMIM",
        "equivalentObsolete",
        "obsoleteEquivalent",
        "obsoleteEquivalentObsolete",
    }
)
"""Mondo's words for an xref that is not the same thing, or no longer."""

_ESCAPED = {"n": "\n", "W": " ", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Synonym:
    """Another name. ``scope`` is EXACT, BROAD, NARROW or RELATED; ``kind`` the source's own word
    (``layperson``, ``abbreviation``, ``plural_form`` ...), empty where it gives none.
    """

    text: str
    scope: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class OboTerm:
    """A ``[Term]`` stanza.

    :param parents: of ``is_a``; other relationships are not kept.
    :param xrefs: ids that the source gives for it in other vocabularies, without saying how close.
    :param exact: those of which it says that they are the same (skos:exactMatch, MONDO:equivalentTo).
    :param inexact: those of which it says that they are not: broader, narrower, related, obsolete.
    :param replaced_by: where an obsolete term says what to use instead.
    """

    id: Curie
    name: str
    synonyms: tuple[Synonym, ...] = ()
    parents: tuple[Curie, ...] = ()
    alt_ids: tuple[Curie, ...] = ()
    xrefs: tuple[Curie, ...] = ()
    obsolete: bool = False
    replaced_by: tuple[Curie, ...] = ()
    exact: tuple[Curie, ...] = ()
    inexact: tuple[Curie, ...] = ()


@dataclass(frozen=True, slots=True)
class OboFile:
    """All terms in file order, and the ``data-version`` of the header ("" where there is none)."""

    version: str
    terms: tuple[OboTerm, ...]


@dataclass(slots=True)
class _Stanza:
    """What has been read of a stanza so far. ``line`` is where it began, 1-based."""

    line: int
    id: Curie | None = None
    name: str = ""
    synonyms: list[Synonym] = field(default_factory=list)
    curies: dict[str, list[Curie]] = field(default_factory=dict)
    obsolete: bool = False

    def term(self) -> OboTerm | None:
        if self.id is None:
            return None

        def of(tag: str) -> tuple[Curie, ...]:
            return tuple(dict.fromkeys(self.curies.get(tag, ())))

        return OboTerm(
            self.id,
            self.name or str(self.id),
            tuple(self.synonyms),
            of("is_a"),
            of("alt_id"),
            of("xref"),
            self.obsolete,
            of("replaced_by"),
            of("exact"),
            of("inexact"),
        )


def read_obo(path: Path, *, issues: Issues) -> OboFile:
    """Read a whole file.

    :raises InputError: when it cannot be opened. :raises FormatError: when it holds no term at all.
    """
    try:
        with path.open(encoding="utf-8", errors="replace") as stream:
            header: dict[str, str] = {}
            terms = tuple(iter_terms(stream, source=str(path), issues=issues, header=header))
    except OSError as error:
        raise InputError(
            f"cannot read the ontology: {error.strerror or error}", where=str(path)
        ) from error
    if not terms:
        raise FormatError(
            "no [Term] in it", where=str(path), hint="an OBO 1.2 or 1.4 text file is expected"
        )
    return OboFile(header.get("data-version", ""), terms)


def iter_terms(
    lines: Iterable[str], *, source: str, issues: Issues, header: dict[str, str] | None = None
) -> Iterator[OboTerm]:
    """Yield the terms of ``lines`` in order; an id is yielded once, repeats are noted and left out.

    :param header: filled with the tags that stand before the first stanza, a ``property_value`` under
        the name of its property (last value wins).
    """
    seen: set[Curie] = set()
    stanza: _Stanza | None = None
    in_header = True
    for number, raw in enumerate(lines, 1):
        line = raw.strip().lstrip("\ufeff")
        if not line or line.startswith("!"):
            continue
        if line.startswith("["):
            if stanza:
                yield from _finished(stanza, seen, source, issues)
            stanza = _Stanza(number) if line == "[Term]" else None
            in_header = False
            continue
        tag, colon, value = line.partition(":")
        if not colon:
            issues.warn(
                "obo-line", where=f"{source}:{number}", what=f"not a tag and a value: {line[:60]!r}"
            )
        elif in_header:
            if header is not None:
                if tag == "property_value":
                    tag, _, value = value.strip().partition(" ")
                header[tag] = value.strip()
        elif stanza is not None:
            _read_tag(stanza, tag, value.strip(), f"{source}:{number}", issues)
    if stanza:
        yield from _finished(stanza, seen, source, issues)


def _finished(stanza: _Stanza, seen: set[Curie], source: str, issues: Issues) -> Iterator[OboTerm]:
    term, where = stanza.term(), f"{source}:{stanza.line}"
    if term is None:
        issues.refuse("obo-no-id", where=where, what="a [Term] without a usable id")
    elif term.id in seen:
        issues.refuse(
            "obo-duplicate-id", where=where, what=f"{term.id} was there before; the first is kept"
        )
    else:
        seen.add(term.id)
        yield term


def _read_tag(stanza: _Stanza, tag: str, value: str, where: str, issues: Issues) -> None:
    match tag:
        case "id":
            stanza.id = _curie(value, where, issues)
        case "name":
            stanza.name = _unescape(value)
        case "synonym":
            synonym = _synonym(value)
            if synonym is None:
                issues.warn("obo-synonym", where=where, what=f"no quoted name: {value[:60]!r}")
            elif synonym.text:
                stanza.synonyms.append(synonym)
        case "is_a" | "alt_id" | "xref" | "replaced_by":
            curie = _curie(value, where, issues)
            if curie is not None:
                key = _closeness(value) if tag == "xref" else tag
                stanza.curies.setdefault(key, []).append(curie)
        case "property_value":
            property, _, rest = value.partition(" ")
            # Mondo writes some of these as addresses, which repeat an xref: only ids are taken.
            if property in _EXACT and not rest.startswith(("http:", "https:", '"')):
                curie = _curie(rest, where, issues)
                if curie is not None:
                    stanza.curies.setdefault("exact", []).append(curie)
        case "is_obsolete":
            stanza.obsolete = value.startswith("true")
        case _:
            pass


def _closeness(xref: str) -> str:
    """``exact`` or ``inexact`` where a modifier says it, else ``xref``."""
    said = _MONDO.findall(xref.partition("{")[2])
    if "equivalentTo" in said:
        return "exact"
    return "inexact" if set(said) & _INEXACT else "xref"


def _curie(value: str, where: str, issues: Issues) -> Curie | None:
    """The id that ``value`` begins with; what follows is a comment, a modifier or a description."""
    words = value.split(maxsplit=1)
    try:
        return Curie.parse(words[0] if words else "")
    except UsageError:
        issues.warn("obo-id", where=where, what=f"not an identifier: {value[:60]!r}")
        return None


def _synonym(value: str) -> Synonym | None:
    found = _QUOTED.match(value)
    if not found:
        return None
    words = found[2].partition("[")[0].split()
    scope = words[0] if words and words[0] in _SCOPES else "RELATED"
    kind = words[1] if len(words) > 1 and words[0] in _SCOPES else ""
    return Synonym(_unescape(found[1]).strip(), scope, kind)


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), text)
