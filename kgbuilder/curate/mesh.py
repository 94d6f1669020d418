"""MeSH as the National Library of Medicine publishes it: descriptors in ASCII (``d2025.bin``) or XML
(``desc2025.xml``), supplementary records in XML (``supp2025.xml``), both as RDF (see ``mesh_rdf``).

Elements: https://www.nlm.nih.gov/mesh/dtype.html (ASCII; the letters behind a term's last bar say what
its fields are: a the term, d its relation to the heading) and
https://www.nlm.nih.gov/mesh/xml_data_elements.html (XML). The node type is that of a tree number
(``tables/mesh_branches.tsv``), the tree gives IS_A. Only what is equivalent to the heading is a name of
it: entry terms that are broader, narrower or related (ASCII: BRD, NRW, REL; XML: of another concept than
the preferred one) are counted and left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from kgbuilder.curate.intake import Claim, Intake
from kgbuilder.curate.mesh_rdf import iter_rdf_records
from kgbuilder.curate.mesh_record import MeshRecord
from kgbuilder.curate.review_tables import type_of_branch
from kgbuilder.curate.table_map import Cell, HierarchyRule
from kgbuilder.curate.tables import beginnings
from kgbuilder.curate.text_file import head_of, iter_lines
from kgbuilder.curate.xml_records import XmlRecord, iter_xml_records, texts_of
from kgbuilder.errors import FormatError
from kgbuilder.model import Concept, Curie, EntityType

__all__ = ["read_mesh"]

LICENCE = "public domain; acknowledge the US National Library of Medicine"
_YEAR = re.compile(r"(?:19|20)\d{2}")
_FIELDS = re.compile(r"[a-z]+")
_TREE = HierarchyRule(Cell(), "", ".", (), (), ())

SUPPLEMENTARY = {"1": EntityType.DRUG, "3": EntityType.DISEASE, "4": EntityType.ORGANISM}
"""SCRClass -> type: chemicals, rare diseases, organisms. 2 is protocols, 5 populations, 6 anatomy."""


def read_mesh(path: Path, intake: Intake) -> Iterator[Claim]:
    """The claims of one file; held of it: tree numbers and ids. The year is that of the file's name.

    :raises FormatError: when it is neither format, or breaks off.
    """
    read = _reader_of(path)
    found = _YEAR.search(path.name)
    origin = intake.origin(
        "MeSH", version=found[0] if found else "", licence=LICENCE, file=path.name
    )
    trees: dict[str, Curie] = {}
    for record in read(path, intake):
        id = Curie("MESH", record.id)
        types = [record.type] if record.type else [type_of_branch(t) for t in record.trees]
        taken = sorted({type for type in types if type is not None})
        if not taken:
            intake.leave_out("records of branches that are not taken")
            continue
        intake.n_taken += 1
        intake.leave_out("entry terms that are broader, narrower or related", record.n_unequal)
        # A heading in two branches has two types; the store knows which goes before.
        for type in taken:
            yield Concept(id, record.name, type, record.terms)
        trees.update((tree, id) for tree in record.trees if type_of_branch(tree))
    for tree, id in trees.items():
        above = next((trees[t] for t in beginnings(tree, _TREE) if t in trees), None)
        if above is not None and above != id:
            evidence = origin.evidence(tree)
            yield from intake.statement(id, "IS_A", above, evidence, where=f"{path}: {tree}")


def _reader_of(path: Path) -> Callable[[Path, Intake], Iterator[MeshRecord]]:
    head = head_of(path).lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith((b"<http:", b"# ", b"_:")):
        return iter_rdf_records
    if b"<rdf:RDF" in head:
        raise FormatError(
            "MeSH as RDF/XML is not read",
            where=str(path),
            hint="NLM publishes its RDF as N-Triples: give mesh.nt or mesh.nt.gz",
        )
    return _from_xml if head.startswith(b"<") else _from_ascii


def _from_xml(path: Path, intake: Intake) -> Iterator[MeshRecord]:
    for record in iter_xml_records(path, ("DescriptorRecord", "SupplementalRecord")):
        intake.n_rows += 1
        stem = "Descriptor" if record.tag == "DescriptorRecord" else record.tag
        id = next(texts_of(record.element, f"{stem}UI"), "")
        name = next(texts_of(record.element, f"{stem}Name/String"), "")
        if not id or not name:
            intake.issues.refuse(
                "missing-id", where=record.where, what=f"a {record.tag} without a UI or a name"
            )
            continue
        same = tuple(_preferred_terms(record))
        n_all = sum(1 for _ in record.element.iterfind("ConceptList/Concept/TermList/Term"))
        n_same = sum(
            1
            for concept in record.element.iterfind("ConceptList/Concept")
            if concept.get("PreferredConceptYN") == "Y"
            for _ in concept.iterfind("TermList/Term")
        )
        yield MeshRecord(
            id,
            name,
            tuple(dict.fromkeys(t for t in same if t != name)),
            tuple(texts_of(record.element, "TreeNumberList/TreeNumber")),
            n_all - n_same,
            record.where,
            SUPPLEMENTARY.get(record.element.get("SCRClass", "")),
        )


def _preferred_terms(record: XmlRecord) -> Iterator[str]:
    for concept in record.element.iterfind("ConceptList/Concept"):
        if concept.get("PreferredConceptYN") == "Y":
            for term in concept.iterfind("TermList/Term"):
                # A permuted term is the same words turned round for an alphabet.
                if term.get("IsPermutedTermYN") != "Y":
                    yield from texts_of(term, "String")


def _from_ascii(path: Path, intake: Intake) -> Iterator[MeshRecord]:
    fields: dict[str, list[str]] = {}
    begun, seen = 0, False
    for number, line in iter_lines(path, issues=intake.issues):
        text = line.strip()
        if text == "*NEWRECORD":
            if begun:
                yield from _ascii_record(fields, f"{path}:{begun}", intake)
            fields, begun, seen = {}, number, True
        elif begun and text:
            tag, equals, value = text.partition(" = ")
            if equals:
                fields.setdefault(tag.strip(), []).append(value.strip())
    if not seen:
        raise FormatError(
            "no *NEWRECORD in it",
            where=str(path),
            hint="d2025.bin, desc2025.xml or mesh.nt is expected",
        )
    yield from _ascii_record(fields, f"{path}:{begun}", intake)


def _ascii_record(fields: dict[str, list[str]], where: str, intake: Intake) -> Iterator[MeshRecord]:
    intake.n_rows += 1
    kind = next(iter(fields.get("RECTYPE", ())), "")
    if kind != "D":
        told = (
            "supplementary records (give supp*.xml)" if kind == "C" else f"records of type {kind}"
        )
        intake.leave_out(told)
        return
    id, name = (next(iter(fields.get(tag, ())), "") for tag in ("UI", "MH"))
    if not id or not name:
        intake.issues.refuse("missing-id", where=where, what="a record without UI or MH")
        return
    entries = [_entry(v) for tag in ("PRINT ENTRY", "ENTRY") for v in fields.get(tag, ())]
    same = [term for term, relation in entries if relation in ("", "EQV")]
    yield MeshRecord(
        id,
        name,
        tuple(dict.fromkeys(term for term in same if term and term != name)),
        tuple(fields.get("MN", ())),
        len(entries) - len(same),
        where,
    )


def _entry(value: str) -> tuple[str, str]:
    """A term and its relation to the heading (EQV, BRD, NRW, REL; "" where none is stated).

    >>> _entry("Familial Metabolic Brain Diseases|T047|NON|NRW|NLM (2000)|991012|X|abcdefv")
    ('Familial Metabolic Brain Diseases', 'NRW')
    """
    parts = value.split("|")
    letters = parts[-1] if len(parts) > 1 else ""
    if not _FIELDS.fullmatch(letters):
        return parts[0].strip(), ""
    at = letters.find("d")
    return parts[0].strip(), parts[at].strip() if 0 <= at < len(parts) - 1 else ""
