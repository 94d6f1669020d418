"""Text from data never moves the cursor, hides what stands beside it or writes a line of its own."""

from __future__ import annotations

from kgbuilder.errors import GraphError
from kgbuilder.issues import Issues
from kgbuilder.printable import printable
from kgbuilder.store.search import Hit, hit_to_text

HOSTILE = "a\x1b[2Jb\nc\rd\x9be\u202ef\ud800"
SHOWN = r"a\x1b[2Jb\nc\rd\x9be\u202ef\ud800"


def test_what_is_not_printable_is_shown() -> None:
    assert printable(HOSTILE) == SHOWN
    for plain in ("5 mg, naïve β 🦓", "5\N{NO-BREAK SPACE}mg"):
        assert printable(plain) == plain


def test_errors_issues_and_hits_are_shown_so() -> None:
    assert str(GraphError("two\nlines", where=HOSTILE)) == f"two\nlines ({SHOWN})"
    issues = Issues()
    issues.refuse("x", where=HOSTILE, what="wrong")
    assert [str(issue) for issue in issues] == [f"refused: {SHOWN}: wrong"]
    assert hit_to_text(Hit("concept", HOSTILE, HOSTILE)) == f"concept    {SHOWN}  {SHOWN}"
