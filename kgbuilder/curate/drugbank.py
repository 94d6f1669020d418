"""DrugBank's full database, ``full database.xml``, drug by drug.

Elements as in https://docs.drugbank.com/xml/ (namespace http://www.drugbank.ca): of each ``<drug>`` its
primary ``drugbank-id``, ``name``, English ``synonyms`` and ``international-brands``; ``unii`` and
``external-identifiers`` (SAME_AS by ``tables/xrefs.tsv``, where they are one to one; CAS numbers and ATC
codes are not: several grades share a number, and a drug lists the codes of combinations, too);
``drug-interactions``; and the human ``targets enzymes carriers transporters`` with their ``actions``
(``relation_types.tsv``, drugbank). A protein stands for its gene: HGNC's id where DrugBank gives it,
else UniProt's.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from kgbuilder.curate.identity import one_to_one
from kgbuilder.curate.intake import Claim, Intake, Origin, qualifiers_of
from kgbuilder.curate.review_tables import same_as_id
from kgbuilder.curate.xml_records import iter_xml_records, texts_of
from kgbuilder.errors import UsageError
from kgbuilder.model import Concept, Curie, EntityType, Statement

__all__ = ["read_drugbank"]

LICENCE = (
    "DrugBank academic licence, CC BY-NC 4.0: no commercial use, no redistribution of the file"
)
_PROTEINS = (
    ("target", "targets/target"),
    ("enzyme", "enzymes/enzyme"),
    ("carrier", "carriers/carrier"),
    ("transporter", "transporters/transporter"),
)
_HUMAN = ("Humans", "Human")
"""DrugBank 5 and 4."""


def read_drugbank(path: Path, intake: Intake) -> Iterator[Claim]:
    """The claims of the file; of it are held the drug at hand and identifiers.

    :raises FormatError: when it is malformed, cut off or holds no drug; what came before was given.
    """
    origin: Origin | None = None
    xrefs: list[tuple[Curie, Curie]] = []
    for record in iter_xml_records(path, ("drug",)):
        origin = origin or intake.origin(
            "DrugBank", version=record.root.get("version", ""), licence=LICENCE, file=path.name
        )
        intake.n_rows += 1
        drug = record.element
        ids = [e for e in drug.iterfind("drugbank-id") if e.get("primary") == "true"]
        id = " ".join((ids[0].text or "").split()) if ids else ""
        name = next(texts_of(drug, "name"), "")
        if not id or not name:
            intake.issues.refuse(
                "missing-id", where=record.where, what="a drug without a primary id or a name"
            )
            continue
        intake.n_taken += 1
        concept = Concept(Curie("DRUGBANK", id), name, EntityType.DRUG, tuple(_names(drug, name)))
        yield concept
        xrefs.extend((concept.id, other) for other in _xrefs(drug, intake))
        yield from _interactions(drug, concept, origin, intake, record.where)
        for category, at in _PROTEINS:
            for protein in drug.iterfind(at):
                yield from _protein(protein, category, concept.id, origin, intake, record.where)
    if origin is not None:
        yield from one_to_one(xrefs, origin, intake)


def _names(drug: etree._Element, name: str) -> Iterator[str]:
    seen = {name}
    for synonym in drug.iterfind("synonyms/synonym"):
        text = " ".join((synonym.text or "").split())
        language = (synonym.get("language") or "english").casefold()
        if text and text not in seen and "english" in language:
            seen.add(text)
            yield text
    for brand in texts_of(drug, "international-brands/international-brand/name"):
        if brand not in seen:
            seen.add(brand)
            yield brand


def _xrefs(drug: etree._Element, intake: Intake) -> Iterator[Curie]:
    written = [("UNII", text) for text in texts_of(drug, "unii")]
    for external in drug.iterfind("external-identifiers/external-identifier"):
        resource, text = (next(texts_of(external, tag), "") for tag in ("resource", "identifier"))
        if resource and text:
            written.append((resource, text.removeprefix(f"{resource.upper()}:")))
    intake.leave_out("ATC codes", sum(1 for _ in drug.iterfind("atc-codes/atc-code")))
    for prefix, text in written:
        other = same_as_id(Curie(prefix.replace(":", " "), text))
        if other is None:
            intake.leave_out(f"identifiers of {prefix}")
        else:
            yield other


def _interactions(
    drug: etree._Element, concept: Concept, origin: Origin, intake: Intake, where: str
) -> Iterator[Statement]:
    for interaction in drug.iterfind("drug-interactions/drug-interaction"):
        relation = intake.relation("drugbank interaction", "drug-interaction", where=where)
        other = next(texts_of(interaction, "drugbank-id"), "")
        if relation is None:
            continue
        if not other:
            intake.issues.refuse("missing-id", where=where, what="an interaction without an id")
            continue
        # Both drugs list it, in the same words: one record under one id.
        pair = " ".join(sorted((concept.id.local_id, other)))
        effect = next(texts_of(interaction, "description"), "")
        evidence = origin.evidence(pair, qualifiers=qualifiers_of({"effect": effect}))
        yield from intake.statement(
            concept.id, relation.predicate, Curie("DRUGBANK", other), evidence, where=where
        )


def _protein(
    protein: etree._Element, category: str, drug: Curie, origin: Origin, intake: Intake, where: str
) -> Iterator[Claim]:
    organism = next(texts_of(protein, "organism"), "")
    if organism not in _HUMAN:
        intake.leave_out("proteins of other organisms, or of none stated")
        return
    actions = list(texts_of(protein, "actions/action"))
    if not actions and category != "target":
        intake.leave_out(f"{category}s without a stated action")
        return
    name = next(texts_of(protein, "name"), "")
    pmids = [f"PMID:{p}" for p in texts_of(protein, "references/articles/article/pubmed-id")]
    genes = [g for p in protein.iterfind("polypeptide") if (g := _gene(p, name, intake, where))]
    if not genes:
        intake.leave_out("proteins without an identifier of HGNC or UniProt")
    if len(genes) > 1:
        # Which of a complex' chains is meant is not said.
        intake.leave_out("complexes of several chains")
        return
    for gene in genes:
        yield gene
        for action in actions or ["no action"]:
            relation = intake.relation("drugbank", action, where=where)
            if relation is None:
                continue
            evidence = origin.evidence(
                f"{drug.local_id} {next(texts_of(protein, 'id'), '')}".strip(),
                qualifiers=qualifiers_of(
                    {
                        "category": category,
                        "detail": relation.detail,
                        "known_action": next(texts_of(protein, "known-action"), ""),
                        "reference": " | ".join(pmids),
                    }
                ),
            )
            yield from intake.statement(drug, relation.predicate, gene.id, evidence, where=where)


def _gene(polypeptide: etree._Element, name: str, intake: Intake, where: str) -> Concept | None:
    uniprot = polypeptide.get("id", "").strip()
    symbol = next(texts_of(polypeptide, "gene-name"), "")
    hgnc = next(
        (
            next(texts_of(external, "identifier"), "")
            for external in polypeptide.iterfind("external-identifiers/external-identifier")
            if "HGNC" in next(texts_of(external, "resource"), "")
        ),
        "",
    )
    try:
        id = Curie("HGNC", hgnc.removeprefix("HGNC:")) if hgnc else Curie("UNIPROT", uniprot)
    except UsageError as error:
        if uniprot or hgnc:
            intake.issues.refuse("bad-id", where=where, what=error.what, hint=error.hint)
        return None
    names = dict.fromkeys(text for text in (symbol, name) if text)
    first, *others = names or {str(id): None}
    return Concept(id, first, EntityType.GENE, tuple(others))
