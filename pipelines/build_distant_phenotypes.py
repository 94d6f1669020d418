"""Find sentences that may say which phenotypes a disease has, by what HPO annotates.

python pipelines/build_distant_phenotypes.py --corpora ../shared/corpora --into FOLDER/distant.jsonl

A sentence of a raw text in which names of a disease and a phenotype stand together is labelled
HAS_PHENOTYPE where phenotype.hpoa annotates that disease with that phenotype or one below it; other
pairs are unlabelled and, sampled, count as unrelated. Only places are written, no text. Free texts that
answer by HPO (MedQuAD) are left out. Some of the texts are not for commercial use, so recipes under
``permissive = true`` do without these sentences.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from kgbuilder.evaluate.distant import raw_texts
from kgbuilder.issues import Issues
from kgbuilder.nn.examples import sentence_bounds

SOURCES = ["raw_medical_abstracts/test.jsonl.xz", "raw_ohsumed/abstracts.jsonl.xz"]
SOURCES += [f"raw_pmc_rct/part0{part}.jsonl.xz" for part in range(9)]
WORDS = re.compile(r"[a-z0-9]+")
LONGEST = 6
"""Words of a name at most."""

TOO_PLAIN = {"pain", "mass", "abnormality", "all", "neoplasm", "chronic", "acute", "death", "onset"}
TOO_PLAIN |= {"cancer", "tumor", "tumour", "carcinoma", "malignancy"}


def key_of(name: str) -> tuple[str, ...]:
    """Words in lower case; a plural "s" is dropped."""
    words = WORDS.findall(name.lower())
    return tuple(
        w[:-1] if len(w) > 4 and w.endswith("s") and w[-2] not in "sui" else w for w in words
    )


def phenotypes(folder: Path) -> tuple[dict[tuple[str, ...], str], dict[str, set[str]]]:
    """``(name -> HP id, HP id -> itself and all above it)``."""
    names: dict[tuple[str, ...], str] = {}
    parents: dict[str, list[str]] = {}
    with gzip.open(folder / "hpo_terms.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            term = json.loads(line)
            if term.get("obsolete"):
                continue
            parents[term["id"]] = [str(p) for p in term.get("parents", ())]
            for name in [term["name"], *(row[0] for row in term.get("syn", ()))]:
                words = key_of(name)
                if 0 < len(words) <= LONGEST and name.lower() not in TOO_PLAIN and len(name) > 3:
                    names.setdefault(words, term["id"])
    above: dict[str, set[str]] = {}

    def up(id: str) -> set[str]:
        if id not in above:
            above[id] = {id}
            above[id] |= {a for p in parents.get(id, ()) for a in up(p)}
        return above[id]

    for id in parents:
        up(id)
    return names, above


def diseases(folder: Path) -> tuple[dict[tuple[str, ...], str], dict[str, set[str]]]:
    """``(name -> name as key, name -> HP ids annotated)``. One disease with several entries is known by
    the name that they share: "marfan syndrome" with or without its number.
    """
    names: dict[tuple[str, ...], str] = {}
    annotated: dict[str, set[str]] = defaultdict(set)
    with gzip.open(folder / "phenotype.hpoa.flagged.tsv.gz", "rt", encoding="utf-8") as lines:
        rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
        for row in rows:
            if row.get("qualifier") == "NOT" or row.get("aspect", "P") != "P":
                continue
            for part in row["disease_name"].split(";"):
                bare = re.sub(r",? (?:type )?\d+[a-z]?$", "", part.strip().lower())
                words = key_of(bare)
                if 0 < len(words) <= LONGEST and len(bare) > 4:
                    names[words] = " ".join(words)
                    annotated[" ".join(words)].add(row["hpo_id"])
    return names, annotated


def found_in(text: str, names: dict[tuple[str, ...], str]) -> Iterator[tuple[int, int, str]]:
    """Names in ``text``, the longest first from the left, without overlaps."""
    words = [(m.start(), m.end(), key_of(m[0])) for m in WORDS.finditer(text.lower())]
    at = 0
    while at < len(words):
        for n in range(min(LONGEST, len(words) - at), 0, -1):
            key = tuple(w for _, _, k in words[at : at + n] for w in k)
            if key in names:
                yield words[at][0], words[at + n - 1][1], names[key]
                at += n
                break
        else:
            at += 1


def main() -> None:
    """Read, find, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpora", type=Path, default=Path("../shared/corpora"))
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument(
        "--most", type=int, default=900, help="related sentences, and unrelated ones"
    )
    args = parser.parse_args()
    phenotype_names, above = phenotypes(args.corpora / "hpo")
    disease_names, annotated = diseases(args.corpora / "hpo")
    for name in disease_names.keys() & phenotype_names.keys():  # "diarrhea" is a sign first of all
        del disease_names[name]
    related: list[tuple[str, dict[str, object]]] = []
    unrelated: list[tuple[str, dict[str, object]]] = []
    issues = Issues()
    for source in SOURCES:
        if len(related) >= args.most:
            break
        for number, text in raw_texts(args.corpora / source, issues):
            for start, end in sentence_bounds(text):
                sentence = text[start:end]
                if len(sentence) > 500 or len(sentence.lower()) != len(sentence):
                    continue
                here = list(found_in(sentence, disease_names))
                if not here:
                    continue
                signs = [
                    s
                    for s in found_in(sentence, phenotype_names)
                    if all(s[1] <= a or b <= s[0] for a, b, _ in here)
                ]
                pairs: list[list[object]] = []
                for a, b, name in here:
                    for c, d, sign in signs:
                        known = any(sign in above.get(p, ()) for p in annotated[name])
                        pairs.append([a, b, c, d, "HAS_PHENOTYPE" if known else ""])
                if not pairs:
                    continue
                row = {"file": source, "line": number, "start": start, "end": end, "pairs": pairs}
                order = hashlib.sha256(f"{source}/{number}/{start}".encode()).hexdigest()
                (related if any(p[4] for p in pairs) else unrelated).append((order, row))
        print(f"{source}: {len(related)} related, {len(unrelated)} not", flush=True)
    chosen = sorted(related, key=lambda r: r[0])[: args.most]
    chosen += sorted(unrelated, key=lambda r: r[0])[: args.most]
    args.into.parent.mkdir(parents=True, exist_ok=True)
    with args.into.open("w", encoding="utf-8") as out:
        for _, row in sorted(chosen, key=lambda r: r[0]):
            out.write(json.dumps(row) + "\n")
    print(f"{len(chosen)} sentences written to {args.into}; {issues.n_refused} records refused")


if __name__ == "__main__":
    main()
