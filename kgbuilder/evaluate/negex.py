"""The NegEx/ConText test kit: sentences of notes with one concept each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from kgbuilder.evaluate.annotated import AnnotatedDocument, Annotation, records
from kgbuilder.issues import Issues

__all__ = ["read_negex"]

_NEGEX_TIMES = {"Historical": "historical", "Recent": "current", "Not particular": "current"}


def read_negex(path: Path, *, issues: Issues) -> Iterator[AnnotatedDocument]:
    """Rows of the NegEx/ConText test kit, one concept each, which the kit writes in capitals: negated
    or not, historical or not, whose. A row whose concept is not in its sentence is refused.
    """
    for place, record in records(path, issues):
        try:
            text, concept = str(record["sentence"]), str(record["concept"]).split()
            attrs = (
                ("experiencer", "patient" if record["experiencer"] == "Patient" else "family"),
                ("polarity", "negated" if record["negation"] == "Negated" else "affirmed"),
                ("temporality", _NEGEX_TIMES[record["temporality"]]),
            )
        except KeyError as error:
            issues.refuse("bad-record", where=place, what=f"not a row of the kit: {error!r}")
            continue
        pattern = r"\s+".join(map(re.escape, concept))
        found = re.search(pattern.upper(), text) or re.search(pattern, text, re.IGNORECASE)
        if not concept or found is None:
            issues.refuse("no-concept", where=place, what="the concept is not in the sentence")
            continue
        annotation = Annotation("T1", found.start(), found.end(), "Concept", attrs=attrs)
        yield AnnotatedDocument(place, text, (annotation,), group=text, kind="note")
