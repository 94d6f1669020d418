"""Forms that act where they are put ("ketoconazole cream"): what a name says of one, and where so little
reaches the blood that an interaction is graded minor at most.

``local_forms.tsv`` lists the words, ``little_absorbed.tsv`` the drugs and forms. Of any other drug the
form changes no grade, and the answer says so.
"""

from __future__ import annotations

from dataclasses import replace

from kgbuilder.model import Curie, Interaction, Severity
from kgbuilder.ontology.normalize import normalize
from kgbuilder.reason.drug_names import GivenDrug
from kgbuilder.reason.knowledge import DrugKnowledge
from kgbuilder.reason.severity import gravity

__all__ = ["LocalForms"]


class LocalForms:
    """The drugs of which little is absorbed, by form."""

    def __init__(self, knowledge: DrugKnowledge) -> None:
        self._little = {
            (Curie("DRUGBANK", row["id"]), normalize(form))
            for _, row in knowledge.rows("little_absorbed")
            for form in row["forms"].split(" | ")
        }

    def held(self, found: Interaction, first: GivenDrug, second: GivenDrug) -> Interaction:
        """``found``, at minor where one of the two was given in a form of which little is absorbed."""
        told = [
            f"{given.input}: as {given.answer.form} little reaches the blood, so held at minor "
            f"(kgbuilder little_absorbed.tsv, general knowledge)"
            for given in (first, second)
            if (given.answer.id, normalize(given.answer.form)) in self._little
        ]
        if not told or gravity(found.severity) <= gravity(Severity.MINOR):
            return found
        management = "; ".join(told)
        if found.management:
            management += f"; of other forms: {found.management}"
        return replace(found, severity=Severity.MINOR, management=management)
