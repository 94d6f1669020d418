"""What reading a public file costs without a store: records a second, peak memory.

    python pipelines/bench_imports.py read WHAT PATH    a file that you have, as `kgbuilder import` does
    python pipelines/bench_imports.py invented WHAT N   N invented records: drugbank, rxnorm, umls, mesh

Memory that does not grow with N is what "streamed" means. Seconds are of the processor, since a machine
may be shared. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from kgbuilder.curate.intake import Intake
from kgbuilder.curate.sources import import_source
from kgbuilder.issues import Issues

INTERACTIONS_A_DRUG = 140
"""As DrugBank 5.1 has: some 2.9 million entries of 20,000 drugs."""


def measure(what: str, path: Path) -> dict[str, object]:
    """Read all batches and forget them."""
    intake = Intake(Issues(), version="measured")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    n_concepts = n_statements = 0
    start = time.process_time()
    for batch in import_source(what, path, intake=intake):
        n_concepts += len(batch.concepts)
        n_statements += len(batch.statements)
    seconds = time.process_time() - start
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return {
        "what": what,
        "mb": round(sum(p.stat().st_size for p in files) / 1e6, 1),
        "n_records": intake.n_rows,
        "n_concepts": n_concepts,
        "n_statements": n_statements,
        "cpu_seconds": round(seconds, 1),
        "records_a_second": round(intake.n_rows / max(seconds, 1e-9)),
        "mib_before": round(before / 1024, 1),
        "mib_peak": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "n_refused": intake.issues.n_refused,
    }


def drugbank(n: int) -> Iterator[str]:
    """A full database of ``n`` drugs."""
    yield '<?xml version="1.0"?>\n<drugbank xmlns="http://www.drugbank.ca" version="0">\n'
    for i in range(n):
        told = "".join(
            f"<drug-interaction><drugbank-id>DB{(i + k) % n:05}</drugbank-id><name>drug {(i + k) % n}"
            f"</name><description>The effect of drug {i} can be increased by another."
            "</description></drug-interaction>"
            for k in range(1, INTERACTIONS_A_DRUG + 1)
        )
        yield (
            f'<drug type="small molecule"><drugbank-id primary="true">DB{i:05}</drugbank-id>'
            f"<name>drug {i}</name><unii>U{i}</unii><drug-interactions>{told}</drug-interactions>"
            f"<targets><target><id>B{i}</id><name>protein</name><organism>Humans</organism><actions>"
            f'<action>inhibitor</action></actions><polypeptide id="P{i % 3000}"><gene-name>G{i % 3000}'
            "</gene-name></polypeptide></target></targets></drug>\n"
        )
    yield "</drugbank>\n"


def conso(n: int, sab: str, tty: str, cui: str) -> Iterator[str]:
    """``n`` names, four a concept."""
    for i in range(n):
        id = f"{cui}{i // 4:07}"
        type = tty if i % 4 == 0 else "SY"
        yield f"{id}|ENG|P|L|PF|S|Y|A{i}||||{sab}|{type}|{i}|name {i} of a thing|0|N|256|\n"


def mesh(n: int) -> Iterator[str]:
    """``n`` descriptors in ASCII."""
    for i in range(n):
        yield (
            f"*NEWRECORD\nRECTYPE = D\nMH = heading {i}\n"
            f"ENTRY = term {i}|T047|NON|EQV|X (1)|1|T|abcdefv\n"
            f"MN = C{i % 20:02}.{i // 20 % 1000:03}.{i // 20000:03}\nUI = D{i:06}\n\n"
        )


def invent(what: str, n: int, folder: Path) -> Path:
    """Write the file, or the files, and give the path to import."""
    styles = (f"C{i:07}|T047|B2|Disease or Syndrome|AT{i}|256|\n" for i in range(n // 4 + 1))
    files: dict[str, dict[str, Iterator[str]]] = {
        "drugbank": {"full database.xml": drugbank(n)},
        "rxnorm": {"RXNCONSO.RRF": conso(n, "RXNORM", "IN", "")},
        "umls": {"MRCONSO.RRF": conso(n, "SNOMEDCT_US", "PT", "C"), "MRSTY.RRF": styles},
        "mesh": {"d2025.bin": mesh(n)},
    }
    for name, lines in files[what].items():
        with (folder / name).open("w", encoding="utf-8") as file:
            file.writelines(lines)
    return folder / next(iter(files[what])) if len(files[what]) == 1 else folder


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("mode", choices=["read", "invented"])
    arguments.add_argument("what")
    arguments.add_argument("path_or_n")
    given = arguments.parse_args()
    if given.mode == "read":
        print(json.dumps(measure(given.what, Path(given.path_or_n))))
        return
    with tempfile.TemporaryDirectory() as folder:
        print(
            json.dumps(measure(given.what, invent(given.what, int(given.path_or_n), Path(folder))))
        )


if __name__ == "__main__":
    main()
