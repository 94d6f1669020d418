"""List the MeSH diseases and the HPO terms that bear the same names: tables/same_as.tsv; and MeSH
diseases with the OMIM and ORPHA diseases of the HPO annotations: tables/same_as_diseases.tsv.

    python pipelines/build_same_as.py            writes the tables
    python pipelines/build_same_as.py --check    fails where they would change

A pair is listed only if each side holds the other's preferred name among its own names (the last word in
singular or plural), and neither side fits another partner. For OMIM and ORPHA only MeSH's own terms
count. The table is for review: a row is a claim of
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

TABLES = Path(__file__).resolve().parent.parent / "kgbuilder" / "ontology" / "tables"
TABLE, RARE_TABLE = TABLES / "same_as.tsv", TABLES / "same_as_diseases.tsv"
HEAD = """# MeSH diseases and HPO terms that hold each other's preferred name (build_same_as.py).
subject\tsubject_name\tobject\tobject_name
"""
RARE_HEAD = """# MeSH diseases and OMIM or ORPHA diseases that hold each other's names (build_same_as).
subject\tsubject_name\tobject\tobject_name
"""


def main() -> int:
    """Write or check the tables."""
    parser = argparse.ArgumentParser(description="MeSH diseases and HPO terms of the same name")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    lexicon = Vocabularies().lexicon({EntityType.DISEASE, EntityType.PHENOTYPE})
    mesh = preferred_and_all(lexicon, EntityType.DISEASE, "MESH:")
    hp = preferred_and_all(lexicon, EntityType.PHENOTYPE, "HP:")
    changed = write(TABLE, HEAD, mesh, hp, pairs_of(mesh, hp), check=options.check)
    stated = preferred_and_all(lexicon, EntityType.DISEASE, "MESH:", source="MeSH")
    rare: Named = {}
    pairs: set[tuple[str, str]] = set()
    for prefix in ("OMIM:", "ORPHA:"):
        other = preferred_and_all(lexicon, EntityType.DISEASE, prefix)
        rare |= other
        pairs |= one_to_one(rare_pairs(stated, other))
    changed += write(RARE_TABLE, RARE_HEAD, mesh, rare, pairs, check=options.check)
    return int(bool(options.check and changed))


Named = dict[str, tuple[str, set[str]]]
"""Identifier -> preferred name, and the normal forms of all names."""


def rare_pairs(mesh: Named, other: Named) -> set[tuple[str, str]]:
    """MeSH and OMIM or ORPHA ids that hold each other's preferred name. One side is not enough: MeSH has
    MODY among the names of type 2 diabetes.
    """
    by_name: dict[str, set[str]] = defaultdict(set)
    for id, (_, names) in mesh.items():
        for name in names:
            by_name[name].add(id)
    found: set[tuple[str, str]] = set()
    for id, (preferred, names) in other.items():
        for holder in {holder for form in forms_of(preferred) for holder in by_name.get(form, ())}:
            if forms_of(turned(mesh[holder][0])) & (names | forms_of(preferred)):
                found.add((holder, id))
    return found


def turned(name: str) -> str:
    """Read an inverted name forwards: "Anemia, Pernicious" is "Pernicious Anemia"."""
    return " ".join(reversed(name.split(", ")))


def pairs_of(mesh: Named, hp: Named) -> set[tuple[str, str]]:
    """MeSH and HP ids that hold each other's preferred names."""
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
    return one_to_one(pairs)


def one_to_one(pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The pairs neither side of which is in another pair."""
    partners: dict[str, set[str]] = defaultdict(set)
    for a, b in pairs:
        partners[a].add(b)
        partners[b].add(a)
    return {(a, b) for a, b in pairs if len(partners[a]) == len(partners[b]) == 1}


def write(
    path: Path, head: str, mesh: Named, other: Named, pairs: set[tuple[str, str]], *, check: bool
) -> int:
    """Write the table unless ``check``; 1 where its content is another than before."""
    rows = (f"{a}\t{mesh[a][0]}\t{b}\t{other[b][0]}\n" for a, b in sorted(pairs))
    content = head + "".join(rows)
    print(f"{path.name}: {len(pairs)} pairs")
    changed = not path.exists() or content != path.read_text("utf-8")
    if changed and not check:
        path.write_text(content, "utf-8")
    return int(changed)


def preferred_and_all(
    lexicon: Lexicon, type: EntityType, prefix: str, *, source: str = ""
) -> Named:
    """The concepts of one identifier space, with the names that sources so called give them."""
    found: Named = {}
    for row in lexicon.names({type}):
        id = str(row.concept)
        if not row.source.startswith(source):
            continue
        if id.startswith(prefix) and not row.source.startswith(("kgbuilder", "corpus")):
            found.setdefault(id, (row.preferred, set()))[1].add(normalize(row.text))
    return found


def forms_of(name: str) -> set[str]:
    """The normal form of a name, also with its last word in the singular or with an s."""
    key = normalize(name)
    return {key, f"{key}s", *singular_of(key)}


if __name__ == "__main__":
    sys.exit(main())
