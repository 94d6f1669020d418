"""Triples of RDF 1.1, one at a time, out of N-Triples, N-Quads and Turtle, which share their tokens
(https://www.w3.org/TR/turtle/). What has no name (``_:x``) is left out; its brackets, lists and relative
addresses are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from kgbuilder.curate.text_file import iter_lines
from kgbuilder.errors import FormatError
from kgbuilder.issues import Issues

__all__ = ["Term", "iter_triples", "unescaped"]


class Term(NamedTuple):
    """A resource by its IRI, or a text; of which type or language is not told."""

    text: str
    is_iri: bool


_TOKEN = re.compile(
    r"""(?P<space>\s+|\#.*)
    |<(?P<iri>(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*)>
    |(?P<quote>\"{3}|'{3}|"|')
    |(?P<word>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    |(?P<blank>_:[\w.-]*\w)
    |(?P<short>(?:\w[\w.-]*)?:(?:(?:[\w:.-]|%[0-9A-Fa-f]{2}|\\[^\w\s])*(?:[\w:-]|%[0-9A-Fa-f]{2}|\\[^\w\s]))?)
    |(?P<value>[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?|(?:true|false)\b)
    |(?P<name>[A-Za-z]+)
    |(?P<mark>\^\^|[;,.])""",
    re.VERBOSE,
)
_REST = {
    '"': re.compile(r'([^"\\\r\n]*(?:\\.[^"\\\r\n]*)*)"'),
    "'": re.compile(r"([^'\\\r\n]*(?:\\.[^'\\\r\n]*)*)'"),
    '"""': re.compile(r'([^"\\]*(?:(?:\\.|"{1,2}(?!"))[^"\\]*)*)"{3}', re.DOTALL),
    "'''": re.compile(r"([^'\\]*(?:(?:\\.|'{1,2}(?!'))[^'\\]*)*)'{3}", re.DOTALL),
}
"""What follows each kind of quotation mark."""
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_SHORT = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_TYPE = Term("http://www.w3.org/1999/02/22-rdf-syntax-ns#type", is_iri=True)


def unescaped(text: str) -> str:
    r"""``\n`` and ``\u00E9`` as the characters that they stand for."""
    return _ESCAPE.sub(_read, text) if "\\" in text else text


def _read(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2]
    if code is None:
        return _SHORT.get(escape[3], escape[3])
    number = int(code, 16)
    # half a surrogate pair and what is beyond Unicode are no characters
    is_character = number < 0x110000 and not 0xD800 <= number < 0xE000
    return chr(number) if is_character else "\N{REPLACEMENT CHARACTER}"


class _Token(NamedTuple):
    kind: str
    text: str
    where: str


def _tokens(path: Path, issues: Issues) -> Iterator[_Token]:
    lines = iter_lines(path, issues=issues)
    for number, first in lines:
        line, at, where = first, 0, f"{path}:{number}"
        while at < len(line):
            found = _TOKEN.match(line, at)
            if found is None or found.lastgroup is None:
                raise _broken(where, f"{line[at : at + 40].strip()!r}")
            kind, at = found.lastgroup, found.end()
            if kind == "quote":
                while (text := _REST[found[kind]].match(line, at)) is None:
                    more = next(lines, None) if len(found[kind]) == 3 else None
                    if more is None:
                        raise _broken(where, "a text that does not end")
                    line = line[at:] + more[1]
                    at = 0
                at = text.end()
                yield _Token("text", unescaped(text[1]), where)
            elif kind != "space":
                yield _Token(kind, found[kind], where)


def _broken(where: str, what: str) -> FormatError:
    return FormatError(
        f"neither Turtle nor N-Quads that is read here: {what}",
        where=where,
        hint="brackets, lists and relative addresses are not read: convert it to N-Quads",
    )


def iter_triples(path: Path, *, issues: Issues) -> Iterator[tuple[str, str, Term]]:
    """Subject, predicate and object of each triple, whatever graph it is in; memory stays flat.

    :raises FormatError: at the first thing that cannot be read.
    :raises InputError: when there is no file.
    """
    reading = _Reading(_tokens(path, issues), str(path))
    while (token := reading.next(ends=True)) is not None:
        yield from reading.statement(token)


class _Reading:
    """One file under way: what is to come, and its prefixes."""

    def __init__(self, tokens: Iterator[_Token], where: str) -> None:
        self._tokens, self._prefixes, self._where = tokens, dict[str, str](), where
        self._ahead: _Token | None = None

    def next(self, *, ends: bool = False) -> _Token | None:
        """The next token. :param ends: whether the file may end here."""
        token, self._ahead = self._ahead or next(self._tokens, None), None
        if token is None and not ends:
            raise _broken(self._where, "the file ends within a statement")
        return token

    def _must(self) -> _Token:
        token = self.next()
        assert token is not None  # noqa: S101  else it would have raised
        return token

    def statement(self, token: _Token) -> Iterator[tuple[str, str, Term]]:
        """The triples up to the next stop."""
        if token.text.lower() in ("@prefix", "prefix"):
            name, base = self._must(), self._must()
            self._prefixes[name.text.removesuffix(":")] = base.text
            if token.text.startswith("@"):
                self._must()
            return
        subject = self._term(token)
        token = self._must()
        while True:
            is_type = token.kind == "name" and token.text == "a"
            predicate = _TYPE if is_type else self._term(token)
            while True:
                object = self._object(self._must())
                if subject is not None and predicate is not None and object is not None:
                    yield subject.text, predicate.text, object
                token = self._must()
                if token.kind in ("iri", "blank"):  # the graph of a quad
                    token = self._must()
                if token.text != ",":
                    break
            while token.text == ";":
                token = self._must()
            if token.kind == "mark":
                if token.text != ".":
                    raise _broken(token.where, token.text)
                return

    def _object(self, token: _Token) -> Term | None:
        if token.kind not in ("text", "value"):
            return self._term(token)
        after = self.next(ends=True)
        if after is not None and after.text == "^^":
            self._must()
        elif after is not None and after.kind != "word":
            self._ahead = after
        return Term(token.text, is_iri=False)

    def _term(self, token: _Token) -> Term | None:
        """A resource; None where it has no name."""
        match token.kind:
            case "iri" if ":" in token.text:
                return Term(unescaped(token.text), is_iri=True)
            case "short":
                prefix, _, rest = token.text.partition(":")
                if prefix in self._prefixes:
                    rest = re.sub(r"\\(.)", r"\1", rest)
                    return Term(unescaped(self._prefixes[prefix]) + rest, is_iri=True)
            case "blank":
                return None
        raise _broken(token.where, repr(token.text[:40]))
