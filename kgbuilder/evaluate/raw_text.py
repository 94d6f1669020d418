"""Raw text for pretraining: the named collections under the corpora folder (``raw_*``)."""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kgbuilder.errors import FormatError, InputError, UnknownName
from kgbuilder.issues import Issues

__all__ = ["RAW_CORPORA", "RawText", "iter_raw_corpus"]


@dataclass(frozen=True, slots=True)
class RawText:
    """A text without labels. :param group: its PMID where that is known, else its id."""

    id: str
    text: str
    group: str = ""
    licence: str = ""

    @property
    def non_commercial(self) -> bool:
        """Whether its licence says so ("CC BY-NC", "cc-by-nc-sa", "cc-by-nc(text)", "research use")."""
        return not {"nc", "research"}.isdisjoint(re.findall("[a-z]+", self.licence.lower()))


RAW_CORPORA: dict[str, str] = {
    "raw_craft": "CC BY 3.0",
    "raw_e3c_en": "CC BY-NC",
    "raw_medical_abstracts": "CC BY-SA 3.0",
    "raw_medquad": "CC BY 4.0",
    "raw_ohsumed": "research use",
    "raw_pmc_rct": "Creative Commons, by document",
}
"""Folder -> the licence of a document that does not state its own (from the folder's README)."""


def iter_raw_corpus(name: str, *, root: Path, issues: Issues) -> Iterator[RawText]:
    """The texts of a named collection, in file order; a line that is no record is refused.

    :raises UnknownName: for a name that is not in the table. :raises InputError: when nothing is there.
    """
    if name not in RAW_CORPORA:
        raise UnknownName(
            f"no raw corpus is called {name!r}", hint=f"one of {', '.join(RAW_CORPORA)}"
        )
    files = sorted((root / name).glob("*.jsonl.xz"))
    if not files:
        raise InputError("no such corpus", where=str(root / name), hint="a folder with *.jsonl.xz")
    for path in files:
        try:
            with lzma.open(path, "rt", encoding="utf-8") as lines:
                for number, line in enumerate(lines, 1):
                    place = f"{name}/{path.name}:{number}"
                    try:
                        yield _raw_text(json.loads(line), place, RAW_CORPORA[name])
                    except (KeyError, TypeError, ValueError, AttributeError) as error:
                        issues.refuse("bad-record", where=place, what=f"no text in it: {error!r}")
        except (OSError, EOFError, lzma.LZMAError, UnicodeDecodeError) as error:
            raise FormatError(f"the corpus file breaks off: {error}", where=str(path)) from error


def _raw_text(record: dict[str, Any], place: str, licence: str) -> RawText:
    """MedQuAD has rows of question, kind and answer in place of a text; CRAFT's ids are PMIDs."""
    if "qa" in record:
        text = "\n\n".join(f"{row[0]}\n{row[-1]}" for row in record["qa"])
    else:
        text = record["text"]
    id = str(record.get("id") or place)
    own = str(record.get("license") or licence)
    return RawText(id, str(text), str(record.get("pmid") or id), own)
