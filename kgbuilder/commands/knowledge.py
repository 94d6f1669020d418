"""The command that shows what the shipped drug tables hold."""

from __future__ import annotations

from argparse import Namespace

from kgbuilder.commands.output import print_json, print_line

__all__ = ["run_knowledge"]


def run_knowledge(arguments: Namespace) -> int:
    """``knowledge show DRUG``: every row about a drug with its source."""
    from kgbuilder.ontology.vocabularies import drug_lexicon
    from kgbuilder.reason.drug_names import DrugResolver
    from kgbuilder.reason.drug_sheet import sheet_to_json, sheet_to_text, sheets_of
    from kgbuilder.reason.knowledge import DrugKnowledge

    knowledge = DrugKnowledge.shipped()
    drug = " ".join(arguments.drug)
    for sheet in sheets_of(drug, knowledge, DrugResolver(drug_lexicon(), knowledge)):
        if arguments.json:
            for row in sheet_to_json(sheet):
                print_json(row)
        else:
            print_line(sheet_to_text(sheet))
    return 0
