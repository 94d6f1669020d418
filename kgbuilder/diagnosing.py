"""One patient after the other: read from a note, a record or a list, ranked, and classified."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuilder.errors import UsageError
from kgbuilder.model import (
    Curie,
    Differential,
    Document,
    EntityType,
    Finding,
    LabelGuess,
    PatientRecord,
    TextGuess,
    WordPart,
)
from kgbuilder.segment.language import ENGLISH

if TYPE_CHECKING:
    from kgbuilder.nn.text_model import TextModel
    from kgbuilder.ontology.hpo import Hpo
    from kgbuilder.reason.diagnosis import PhenotypeRanker
    from kgbuilder.reason.drug_names import DrugResolver
    from kgbuilder.reason.patient_question import PatientQuestion
    from kgbuilder.stages import Pipeline, Reading

__all__ = ["Diagnoser", "as_document"]

NOT_ENGLISH = "the text: it is not English, and no other language is read"


class Diagnoser:
    """Answers for many patients; what it needs is loaded once, when it is first needed.

    :param pipeline: the stages that read a note. :param note_at: reads a note's file.
    :param model: folder of a classifier of texts, asked, too.
    """

    def __init__(
        self,
        hpo: Hpo,
        *,
        ranker: Callable[[], PhenotypeRanker],
        pipeline: Callable[[], Pipeline],
        note_at: Callable[[Path], Document],
        model: Path | None = None,
    ) -> None:
        self._hpo, self._note_at, self._model_folder = hpo, note_at, model
        self._make_ranker, self._make_pipeline = ranker, pipeline

    @cached_property
    def _ranker(self) -> PhenotypeRanker:
        return self._make_ranker()

    @cached_property
    def _pipeline(self) -> Pipeline:
        return self._make_pipeline()

    @cached_property
    def _drugs(self) -> DrugResolver:
        from kgbuilder.ontology.vocabularies import drug_lexicon
        from kgbuilder.reason.drug_names import DrugResolver
        from kgbuilder.reason.knowledge import DrugKnowledge

        return DrugResolver(drug_lexicon(), DrugKnowledge.shipped())

    def diagnose(
        self,
        patient: str | Document | PatientRecord | Path | Sequence[str],
        *,
        present: Sequence[str] = (),
        absent: Sequence[str] = (),
        age: str | None = None,
        sex: str | None = None,
        genes: Sequence[str] = (),
        candidates: Sequence[str] | None = None,
        leave_out_pmid: str | None = None,
        top: int = 10,
    ) -> Differential:
        """As :func:`kgbuilder.api.diagnose`."""
        if isinstance(patient, Path):
            patient = self._patient_at(patient)
        guess = self._guess(patient)
        asked = self.question_of(patient, age=age, sex=sex)
        observed = [*asked.observed, *(Curie.parse(id) for id in present)]
        excluded = [*asked.excluded, *(Curie.parse(id) for id in absent)]
        is_read = isinstance(patient, str | Document | PatientRecord | Path)
        if is_read and not (observed or excluded or genes) and asked.is_empty:
            known = asked.known_diagnoses
            return Differential((), asked.not_understood, known_diagnoses=known, guess=guess)
        answer = self._ranker.diagnose(
            observed=observed,
            excluded=excluded,
            age=asked.age,
            sex=asked.sex,
            genes=(*asked.genes, *genes),
            medicines=asked.medicines,
            circumstances=asked.circumstances,
            candidates=candidates,
            leave_out_pmid=leave_out_pmid,
            top=top,
        )
        unclear = tuple(dict.fromkeys((*asked.not_understood, *answer.not_understood)))
        return replace(
            answer,
            not_understood=unclear,
            understood=asked.understood,
            known_diagnoses=asked.known_diagnoses,
            guess=guess,
        )

    def _guess(self, patient: str | Document | PatientRecord | Sequence[str]) -> TextGuess | None:
        """What the classifier says of a text. :raises UsageError: when it is asked of something else."""
        if self._model_folder is None:
            return None
        if not isinstance(patient, str | Document):
            raise UsageError(
                "a classifier reads a text", hint="leave out the model, or give a note"
            )
        model = self._classifier
        said = model.classify(as_document(patient).text)
        labels = tuple(
            LabelGuess(label, probability, self._ranker.disease_named(label))
            for label, probability in said.labels
        )
        words = tuple(WordPart(w.text, w.start, w.end, w.log_ratio) for w in said.telling())
        return TextGuess(model.name, labels, words)

    @cached_property
    def _classifier(self) -> TextModel:
        from kgbuilder.nn.text_model import TextModel

        return TextModel(self._model_folder or Path())

    def question_of(
        self,
        patient: str | Document | PatientRecord | Path | Sequence[str],
        *,
        age: str | None = None,
        sex: str | None = None,
    ) -> PatientQuestion:
        """What is known of the patient: read from a note, taken from a record, or given."""
        from kgbuilder.reason.patient_question import (
            PatientQuestion,
            question_of_note,
            question_of_record,
        )

        if isinstance(patient, Path):
            patient = self._patient_at(patient)
        if isinstance(patient, PatientRecord):
            return question_of_record(patient, hpo=self._hpo, drugs=self._drugs, age=age, sex=sex)
        if isinstance(patient, str | Document):
            document = as_document(patient)
            reading = self._pipeline.read(document)
            if reading.language != ENGLISH:
                return PatientQuestion(age=age, sex=sex, not_understood=(NOT_ENGLISH,))
            return question_of_note(
                document.text,
                self._findings_of(document, reading),
                hpo=self._hpo,
                age=age,
                sex=sex,
                circumstances=self._circumstances_of(reading),
            )
        return PatientQuestion(tuple(Curie.parse(id) for id in patient), age=age, sex=sex)

    def findings_of(self, document: Document) -> tuple[Finding, ...] | None:
        """What the stages find in a text, beside it names of the HPO's terms and what patients say in
        their own words; but no reactions to what somebody is allergic to. None where it is not English.
        """
        reading = self._pipeline.read(document)
        return None if reading.language != ENGLISH else self._findings_of(document, reading)

    def _circumstances_of(self, reading: Reading) -> tuple[str, ...]:
        """What the table of circumstances names, and the text tells of the patient."""
        from kgbuilder.reason.circumstances import circumstance_mentions, told_of_patient

        rows = circumstance_mentions(reading.sentences)
        drugs = [tuple(replace(m, type=EntityType.DRUG) for m in row) for row in rows]
        told: list[list[str]] = []
        for kind in (rows, drugs):  # "never used" speaks of drugs alone, "no sign of" of findings
            meant = self._pipeline.qualifier.qualify(reading.sentences, kind)
            told.append(
                [
                    what
                    for mentions, assertions in zip(kind, meant, strict=True)
                    for mention, assertion in zip(mentions, assertions, strict=True)
                    for what in told_of_patient(mention, assertion)
                ]
            )
        return tuple(what for what in dict.fromkeys(told[0]) if what in told[1])

    def _findings_of(self, document: Document, reading: Reading) -> tuple[Finding, ...]:
        from kgbuilder.assemble.patient import without_reactions
        from kgbuilder.assemble.quoting import Sentences
        from kgbuilder.reason.lay_findings import (
            joined,
            lay_mentions,
            with_meaning,
            without_covered,
        )
        from kgbuilder.reason.term_mentions import term_mentions

        named = term_mentions(reading.sentences, self._hpo)
        rows = joined(
            *without_covered(named, lay_mentions(reading.sentences, self._hpo), self._hpo)
        )
        mentions = [tuple(found.mention for found in row) for row in rows]
        meant = self._pipeline.qualifier.qualify(reading.sentences, mentions)
        sections = [sentence.section for sentence in reading.sentences]
        found = (*reading.findings, *with_meaning(rows, meant, sections))
        return without_reactions(document, found, sentences=Sentences(document, reading.sentences))

    def terms_of(self, document: Document) -> frozenset[Curie]:
        """Every term of the HPO that a text names, however it is meant."""
        from kgbuilder.reason.patient import terms_among

        return terms_among(self.findings_of(document) or (), hpo=self._hpo)

    def _patient_at(self, path: Path) -> Document | PatientRecord:
        """A record where the file's name ends in .json, else a note."""
        from kgbuilder.patient_kinds import record_of
        from kgbuilder.read.patient_file import read_patient

        if path.suffix.lower() == ".json":
            return record_of(read_patient(path))
        return self._note_at(path)


def as_document(text: str | Document) -> Document:
    """A text as the document ``text``."""
    return text if isinstance(text, Document) else Document("text", text, "text")
