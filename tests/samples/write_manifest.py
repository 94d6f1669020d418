"""Write data/manifest.toml anew: `python -m tests.samples.write_manifest`, after a sample changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

DATA = Path(__file__).parents[2] / "data"
VERSION = "1"
APART = {"manifest.toml"}

WHAT = {
    "README.md": "what the samples are, and how the gold findings were annotated",
    "gold.jsonl": "hand-made findings with assertions for every note",
    "meant_dev.jsonl": "sentences with labelled mentions, the half that rules may be tuned on",
    "meant_test.jsonl": "sentences with labelled mentions, the half that is only scored",
    "taken_dev.jsonl": "lines on drugs with what is taken and what is not, which rules were tuned on",
    "taken_test.jsonl": "lines on drugs by a second writer, which are only scored",
    "taken_third.jsonl": "lines on drugs by a third writer, which are only scored",
    "found_dev.jsonl": "lines on conditions, symptoms and procedures, on which a threshold was chosen",
    "found_test.jsonl": "such lines by a second writer, which are only scored",
    "lines_test.jsonl": "lines of both kinds by another writer, which are only scored",
    "notes_test.jsonl": "24 whole notes by another writer, which are only scored",
    "unseen_test.jsonl": "lines of both kinds by one more writer, which are only scored",
    "lines": "lines with their mentions marked in place, which the qualifier's weights learned from",
    "cases.jsonl": "five cases for the differential diagnosis",
    "related.pubtator": "twelve short invented texts with what causes and treats what in them",
    "pairs.tsv": "twenty pairs of drugs, one name invented",
    "patient.json": "an invented patient whose drugs are checked",
    "jats": "an invented article in JATS XML",
    "bioc": "an invented abstract in BioC",
    "pubtator": "invented abstracts in PubTator format",
    "tables": "short invented notes, one a row",
    "maps": "an example for `kgbuilder import tsv`",
    "notes": "clinical note, invented patient",
    "pubmed": "invented abstracts in PubMed XML",
}


def sample_files() -> list[str]:
    """Paths below data/, in order, without the manifest itself."""
    found = (p.relative_to(DATA) for p in DATA.rglob("*") if p.is_file())
    return sorted(p.as_posix() for p in found if p.as_posix() not in APART)


def sha256_of(path: str) -> str:
    """Hexadecimal digest of the file's bytes."""
    return hashlib.sha256((DATA / path).read_bytes()).hexdigest()


def manifest() -> str:
    """The manifest as TOML, one [[file]] each."""
    parts = ["# Written by tests/samples/write_manifest.py; tests/samples checks it.\n"]
    for path in sample_files():
        folder = path.split("/")[0]
        what = WHAT[folder]
        if folder == "notes":
            what += ": " + Path(path).stem.replace("_", " ")
        parts.append(
            f'[[file]]\nfile = "{path}"\nwhat = "{what}"\nsource = "written by this project"\n'
            f'version = "{VERSION}"\nlicence = "CC0-1.0"\nsha256 = "{sha256_of(path)}"\n'
        )
    return "\n".join(parts)


if __name__ == "__main__":
    (DATA / "manifest.toml").write_text(manifest(), encoding="utf-8", newline="\n")
