"""List the MeSH diseases and the HPO terms that bear the same names: tables/same_as.tsv.

    python pipelines/build_same_as.py            writes the table
    python pipelines/build_same_as.py --check    fails where it would change

A pair is listed only if each side holds the other's preferred name among its own names (the last word in
singular or plural), and neither side fits another partner. The table is for review: a row is a claim of
ours, not of MeSH or the HPO, and says so.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path

from kgbuilder.model import EntityType
from kgbuilder.ontology.lexicon import Lexicon
from kgbuilder.ontology.normalize import normalize, singular_of
from kgbuilder.ontology.vocabularies import Vocabularies

TABLE = Path(__file__).resolve().parent.parent / "kgbuilder/ontology/tables/same_as.tsv"
HEAD = """# MeSH diseases and HPO terms that hold each other's preferred name (build_same_as.py).
subject\tsubject_name\tobject\tobject_name
"""


def main() -> int:
    """Write or check the table."""
    parser = argparse.ArgumentParser(description="MeSH diseases and HPO terms of the same name")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    lexicon = Vocabularies().lexicon({EntityType.DISEASE, EntityType.PHENOTYPE})
    mesh = preferred_and_all(lexicon, EntityType.DISEASE, "MESH:")
    hp = preferred_and_all(lexicon, EntityType.PHENOTYPE, "HP:")
    by_name: dict[str, set[str]] = defaultdict(set)
    for id, (_, names) in hp.items():
        for name in names:
            by_name[name].add(id)
    pairs = set()
    for id, (preferred, names) in mesh.items():
        for form in forms_of(preferred):
            for other in by_name.get(form, ()):
                if forms_of(hp[other][0]) & names:
                    pairs.add((id, other))
    partners: dict[str, set[str]] = defaultdict(set)
    for a, b in pairs:
        partners[a].add(b)
        partners[b].add(a)
    rows = [
        f"{a}\t{mesh[a][0]}\t{b}\t{hp[b][0]}\n"
        for a, b in sorted(pairs)
        if len(partners[a]) == len(partners[b]) == 1
    ]
    content = HEAD + "".join(rows)
    print(f"{len(rows)} pairs of {len(pairs)} candidates")
    if options.check:
        return int(content != TABLE.read_text("utf-8"))
    TABLE.write_text(content, "utf-8")
    return 0


def preferred_and_all(
    lexicon: Lexicon, type: EntityType, prefix: str
) -> dict[str, tuple[str, set[str]]]:
    """Identifier -> preferred name, and the normal forms of all names."""
    found: dict[str, tuple[str, set[str]]] = {}
    for row in lexicon.names({type}):
        id = str(row.concept)
        if id.startswith(prefix) and not row.source.startswith("kgbuilder"):
            found.setdefault(id, (row.preferred, set()))[1].add(normalize(row.text))
    return found


def forms_of(name: str) -> set[str]:
    """The normal form of a name, also with its last word in the singular or with an s."""
    key = normalize(name)
    return {key, f"{key}s", *singular_of(key)}


if __name__ == "__main__":
    sys.exit(main())
