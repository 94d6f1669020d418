"""Names that annotators of training corpora filed under a MeSH descriptor: ``tables/corpus_names.tsv``.

    python pipelines/build_corpus_names.py --shared ../shared/corpora
    python pipelines/build_corpus_names.py --shared ../shared/corpora --check      nothing is written

Only facts are kept (name, identifier, how many documents), never a sentence, of the training parts of
BC5CDR (with its dev part), BioRED (both NLM, free for research, cite) and the NCBI disease corpus
(public domain), without documents that a scored part holds. Four in five documents that use the name
must file it under the one descriptor; it must be a name of some length and no short form; MeSH itself
must not give the name to another descriptor; it may not hold the opposite of a word of the descriptor,
nor a number or type that the descriptor lacks, nor have its opposite among the descriptor's names here.
The descriptor's name may not be the name with words added, since that would say more than the text
does ("leukodystrophy" is not Leukodystrophy, Metachromatic), unless two documents agree.
Drugs that MeSH 2015 has as supplementary records alone (venlafaxine, C047426) are filed under those.
Such a row is a convention of annotators ("nephrotoxicity" under Kidney Diseases), so the linker says
``corpus`` of it and a vocabulary's own names go first.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import re
import sys
from collections import defaultdict
from pathlib import Path

from kgbuilder.evaluate.corpora import read_corpus
from kgbuilder.issues import Issues
from kgbuilder.model import Curie, EntityType
from kgbuilder.ontology.abbreviations import find_abbreviations
from kgbuilder.ontology.lexicon import Lexicon
from kgbuilder.ontology.mappings import SameAs, shipped_mappings
from kgbuilder.ontology.normalize import is_acronym, normalize
from kgbuilder.ontology.opposites import opposed_names
from kgbuilder.ontology.vocabularies import Vocabularies, _Paraphrases, read_table

TABLE = Path(__file__).resolve().parent.parent / "kgbuilder/ontology/tables/corpus_names.tsv"
HEAD = """# What annotators of the training parts of these corpora filed a name under. A convention, not
# a vocabulary's statement: the linker says `corpus`. Facts only; cite the corpora.
name\tid\tpreferred\ttype\tn_documents\tcorpora
"""
TRAIN = ("bc5cdr-train", "bc5cdr-dev", "ncbi-train", "biored-train")
HELD_OUT = ("bc5cdr-test", "ncbi-dev", "biored-dev")
DRUG_LABELS = ("Chemical", "ChemicalEntity")
OTHER_LABELS = ("GeneOrGeneProduct", "OrganismTaxon", "SequenceVariant", "CellLine")
SAME_AS = SameAs(shipped_mappings())
MIN_DOCUMENTS, MIN_SHARE, MIN_LENGTH = 1, 0.8, 5
MIN_AGREE = 2
"""Documents that must agree where the descriptor's name says more than the name."""
REFUSED = frozenset(row["name"] for row in read_table("corpus_names_refused"))
"""Names whose descriptor was read by eye and says something else."""
PLAIN_OF: dict[str, set[str]] = defaultdict(set)
for _row in read_table("induced"):
    if (
        _row["induced_id"] != "MESH:D017109"
    ):  # MeSH has no other akathisia than the drug-induced one
        PLAIN_OF[_row["induced_id"]].add(_row["id"])
_SUPPLEMENTARY = re.compile(r"MESH:C\d{6,9}")
_NUMBER = re.compile(r"\b(?:\d{1,2}|i{1,3}|iv|vi{0,3}|ix)[a-d]?\b")


def main() -> int:
    """Write or compare the table."""
    parser = argparse.ArgumentParser(description="names that training corpora file under MeSH")
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    preferred = mesh_2015(options.shared)
    lexicon = Lexicon(
        tuple(source for source in Vocabularies().lexicon().sources if not _is_waiting(source))
    )
    filed = collect(options.shared)
    rows: list[tuple[str, str, str, str]] = []  # name, identifier, preferred name, the rest
    for (key, type), ids in sorted(filed.items()):
        documents = {document for held in ids.values() for document, _ in held}
        id, held = max(ids.items(), key=lambda item: (len(item[1]), item[0]))
        own = {document for document, _ in held}
        if len(own) < MIN_DOCUMENTS or len(own) < MIN_SHARE * len(documents):
            continue
        name = preferred.get(id.removeprefix("MESH:"), "")
        if not name and type is EntityType.DRUG and _SUPPLEMENTARY.fullmatch(id):
            name = key  # MeSH 2015's supplementary records are not at hand: it is called as in the text
        if not name:
            continue
        if (
            opposed(key, normalize(name))
            or (type is EntityType.DISEASE and numbered(key) - numbered(normalize(name)))
            or (len(own) < MIN_AGREE and says_more(normalize(name), key))
            or stated_otherwise(key, id, type, lexicon)
        ):
            continue
        corpora = "|".join(sorted({corpus for _, corpus in held}))
        rows.append((key, id, name, f"{type}\t{len(own)}\t{corpora}\n"))
    keys: dict[str, set[str]] = defaultdict(set)
    for key, id, *_ in rows:
        keys[id].add(key)
    apart = {(key, id) for id, held in keys.items() for key in opposed_names(held)}
    rows = [row for row in rows if row[:2] not in apart]
    content = HEAD + "".join("\t".join(row) for row in rows)
    print(f"{len(rows)} names")
    if options.check:
        return int(content != TABLE.read_text("utf-8"))
    TABLE.write_text(content, "utf-8")
    return 0


def _is_waiting(source: object) -> bool:
    """Whether it is the table that is made here, or one that waits as it does."""
    load = getattr(source, "_load", None)
    return getattr(load, "__name__", "") == "_corpus_names" or isinstance(source, _Paraphrases)


def collect(shared: Path) -> dict[tuple[str, EntityType], dict[str, set[tuple[str, str]]]]:
    """(normal form, type) -> MeSH id -> (document, corpus) that file it so."""
    held_out = {d.id for name in HELD_OUT for d in read_corpus(name, root=shared, issues=Issues())}
    filed: dict[tuple[str, EntityType], dict[str, set[tuple[str, str]]]] = defaultdict(
        lambda: defaultdict(set)
    )
    for corpus in TRAIN:
        for document in read_corpus(corpus, root=shared, issues=Issues()):
            if document.id in held_out:
                continue
            short = {a.short_text for a in find_abbreviations(document.text)}
            for a in document.entities:
                text = document.text[a.start : a.end]
                key = normalize(text)
                if (
                    a.type in OTHER_LABELS
                    or is_acronym(text)
                    or len(key) < MIN_LENGTH
                    or key in REFUSED
                ):
                    continue
                if (
                    text in short
                    or text.rstrip("s") in short
                    or re.search(r"[A-Z]{3}(?![-A-Z ]*\d)", text)
                ):
                    continue
                id = "|".join(
                    i if ":" in i else f"MESH:{i}" for i in a.ids
                )  # BioRED writes no prefix
                type = EntityType.DRUG if a.type in DRUG_LABELS else EntityType.DISEASE
                filed[key, type][id].add((document.id, corpus.partition("-")[0]))
    return filed


def mesh_2015(shared: Path) -> dict[str, str]:
    """Identifier -> name of the MeSH 2015 descriptors."""
    with gzip.open(shared / "mesh2015" / "terms.tsv.gz", "rt", encoding="utf-8") as lines:
        return {row["mesh_id"]: row["mesh_name"] for row in csv.DictReader(lines, delimiter="\t")}


def opposed(name: str, preferred: str) -> bool:
    """Whether the two hold the two sides of a pair of opposites."""
    for row in read_table("opposites"):
        end = r"\b" if row["part"] == "word" else ""
        for one, other in ((row["one"], row["other"]), (row["other"], row["one"])):
            if re.search(rf"\b{one}{end}", name) and re.search(rf"\b{other}{end}", preferred):
                return True
    return False


def numbered(name: str) -> set[str]:
    """The types and numbers in a name: type 1 and type 2 of a disease are never one."""
    return set(_NUMBER.findall(name))


def says_more(preferred: str, name: str) -> bool:
    """Whether the descriptor's name holds all words of ``name`` and others."""
    own, other = (set(re.sub(r"(?<=\w{3})s\b", "", text).split()) for text in (preferred, name))
    return other < own - {"syndrome", "disease", "disorder"}


def stated_otherwise(key: str, id: str, type: EntityType, lexicon: Lexicon) -> bool:
    """Whether MeSH gives the name to another descriptor, or already to this one; or, of drugs, anybody
    ("statins" is a class, which annotators filed under Simvastatin); or another vocabulary to another
    concept than the descriptor's partner there (escitalopram is not Citalopram); or any to what becomes
    the descriptor only where a drug induced it (dyskinesia: the context decides).
    """
    partners = SAME_AS.of(Curie.parse(id))
    found = lexicon.find(key, types={type})
    if {str(row.concept) for row in found} & PLAIN_OF.get(id, set()):
        return True
    for row in found:
        spaces = {partner.prefix for partner in partners}
        if row.concept.prefix in spaces and row.concept not in partners:
            return True
    rows = [row for row in found if row.concept.prefix == "MESH"]
    stated = [row for row in rows if row.source.startswith("MeSH")]
    if type is EntityType.DRUG and any(str(row.concept) != id for row in rows):
        return True
    return bool(stated) or {str(row.concept) for row in rows} == {id}


if __name__ == "__main__":
    sys.exit(main())
