"""A paper's text, put together from its parts with the sections that say which part is where."""

from __future__ import annotations

from dataclasses import dataclass, field

from kgbuilder.model import Section, Span

__all__ = ["Composition"]


@dataclass(slots=True)
class Composition:
    r"""Collects parts; :attr:`text` joins them by blank lines, :meth:`sections` cover them exactly.

    Headings are not part of the text: each is kept as ``Section.title``.

    >>> paper = Composition()
    >>> paper.add("Aspirin in children", kind="title")
    >>> paper.add("Ten had fever.", kind="results", title="RESULTS")
    >>> paper.text
    'Aspirin in children\n\nTen had fever.'
    >>> [section.span.of(paper.text) for section in paper.sections()]
    ['Aspirin in children', 'Ten had fever.']
    """

    separator: str = "\n\n"
    _parts: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, text: str, *, kind: str, title: str = "") -> None:
        """Append a part; an empty one is left out."""
        if text.strip():
            self._parts.append((text.strip(), kind, title))

    @property
    def text(self) -> str:
        """All parts in order."""
        return self.separator.join(text for text, _, _ in self._parts)

    def sections(self) -> tuple[Section, ...]:
        """One section per part; their spans index :attr:`text`."""
        sections: list[Section] = []
        start = 0
        for text, kind, title in self._parts:
            sections.append(Section(Span(start, start + len(text)), title, kind))
            start += len(text) + len(self.separator)
        return tuple(sections)
