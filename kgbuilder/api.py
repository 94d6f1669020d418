"""The functions that users call. Each composes rooms through ``wire`` and adds no logic of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuilder.diagnosing import Diagnoser, as_document
from kgbuilder.errors import InputError, UsageError
from kgbuilder.issues import Issues
from kgbuilder.model import (
    DeletedDocument,
    Differential,
    Document,
    DrugStatus,
    InteractionReport,
    Patient,
    PatientRecord,
)
from kgbuilder.protocols import Batch, GraphView

if TYPE_CHECKING:
    from kgbuilder.config import Recipe
    from kgbuilder.ontology.hpo import Hpo
    from kgbuilder.reason.diagnosis import PhenotypeRanker
    from kgbuilder.reason.interactions import InteractionChecker
    from kgbuilder.shards import BuildReport, ShardReader
    from kgbuilder.stages import Pipeline, Reading
    from kgbuilder.store.embedded import EmbeddedStore
    from kgbuilder.store.memory import MemoryStore
    from kgbuilder.store.neo4j import Neo4jStore
    from kgbuilder.wire import Imported

    Graph = MemoryStore | EmbeddedStore | Neo4jStore

__all__ = [
    "build",
    "build_into",
    "check_interactions",
    "diagnose",
    "diagnoser",
    "extract",
    "interaction_checker",
    "note_at",
    "open_graph",
    "patient_at",
    "phenotype_ranker",
    "pipeline",
    "viewed",
]

# Models and vocabularies are pure functions of what ships, so one process loads each once.


@lru_cache(maxsize=4)
def _shipped_pipeline(recipe: Recipe) -> Pipeline:
    from kgbuilder.wire import pipeline_of

    return pipeline_of(recipe)


@lru_cache(maxsize=1)
def interaction_checker() -> InteractionChecker:
    """The checker over the shipped tables; loads no model."""
    from kgbuilder.ontology.vocabularies import Vocabularies, drug_lexicon
    from kgbuilder.reason.interactions import InteractionChecker
    from kgbuilder.reason.knowledge import DrugKnowledge

    conditions = Vocabularies().lexicon()
    return InteractionChecker(DrugKnowledge.shipped(), drug_lexicon(), conditions=conditions)


@lru_cache(maxsize=1)
def _shipped_ranker() -> PhenotypeRanker:
    return _ranker_of(None)


@lru_cache(maxsize=1)
def _hpo() -> Hpo:
    from kgbuilder.ontology.hpo import load_hpo

    return load_hpo()


def _ranker_of(graph: GraphView | None) -> PhenotypeRanker:
    from kgbuilder.reason.common_diseases import common_diseases
    from kgbuilder.reason.diagnosis import PhenotypeRanker

    return PhenotypeRanker(_hpo(), common=common_diseases(), graph=graph)


def phenotype_ranker(graph: GraphView | None = None) -> PhenotypeRanker:
    """The ranker over the HPO annotations and, where given, the graph's HAS_PHENOTYPE edges."""
    return _shipped_ranker() if graph is None else _ranker_of(graph)


def pipeline(recipe: Recipe | None = None, *, graph: GraphView | None = None) -> Pipeline:
    """The stages from text to relations; with ``graph``, names that it imported are linked, too, and
    a paper's harms are told by the narrower of its kinds.
    """
    from kgbuilder.config import Recipe
    from kgbuilder.wire import NOTHING, imported_by

    return _pipeline(recipe or Recipe(), imported_by(graph) if graph is not None else NOTHING)


def _pipeline(recipe: Recipe, imported: Imported) -> Pipeline:
    from kgbuilder.wire import pipeline_of

    return pipeline_of(recipe, imported=imported) if imported else _shipped_pipeline(recipe)


def open_graph(path: str | Path) -> Graph:
    """Open the graph that ``build`` or ``import`` wrote. :raises GraphError: when it is none."""
    from kgbuilder.store.open import open_store

    return open_store(path, create=False)


@contextmanager
def viewed(graph: GraphView | str | Path | None) -> Iterator[GraphView | None]:
    """The graph itself, or the one at a path for as long as it is needed."""
    if isinstance(graph, str | Path):
        opened = open_graph(graph)
        try:
            yield opened
        finally:
            opened.close()
    else:
        yield graph


def extract(
    text: str | Document,
    *,
    graph: GraphView | str | Path | None = None,
    recipe: Recipe | None = None,
) -> Reading:
    """Findings and relations of one text.

    :param text: the text itself, or a document with its id and sections.
    :param graph: a graph whose imported names are linked beside those that ship.
    """
    with viewed(graph) as view:
        return pipeline(recipe, graph=view).read(as_document(text))


def build(
    sources: Iterable[str | Path] | str | Path,
    *,
    into: str | Path | None = None,
    recipe: Recipe | None = None,
    workers: int = 1,
    issues: Issues | None = None,
) -> Graph:
    """Read documents and return the graph they fill.

    :param sources: files and folders. :param into: path of the graph; None keeps it in memory.
    :param workers: processes that read; 1 reads in this one. A script that asks for more must call
        this below ``if __name__ == "__main__"``, since each process imports the script.
    :param issues: gathers what could not be read.
    :raises InputError: when a source does not exist.
    """
    from kgbuilder.read.sources import iter_documents
    from kgbuilder.store.open import open_store

    given = [sources] if isinstance(sources, str | Path) else list(sources)
    notepad = Issues() if issues is None else issues
    store = open_store(into)
    documents = iter_documents(given, issues=notepad)
    build_into(store, documents, recipe=recipe, workers=workers, issues=notepad)
    return store


def build_into(
    store: Graph,
    documents: Iterable[Document | DeletedDocument],
    *,
    issues: Issues,
    recipe: Recipe | None = None,
    workers: int = 1,
    progress: Callable[[int], None] = lambda n_done: None,
) -> BuildReport:
    """Read ``documents`` into ``store``; names that it imported before are linked. Things that the
    shipped mappings state to be the same are joined by ``SAME_AS``.

    :raises UsageError: for fewer than one worker.
    """
    from kgbuilder.shards import build_graph
    from kgbuilder.store.embedded import EmbeddedStore
    from kgbuilder.wire import NOTHING, imported_by

    is_as_built = isinstance(store, EmbeddedStore) and store.is_as_built()
    imported = NOTHING if is_as_built else imported_by(store)
    with _shard_reader(imported, recipe, workers) as reader:
        report = build_graph(
            documents, reader=reader, store=store, issues=issues, progress=progress
        )
    if isinstance(store, EmbeddedStore) and store.is_as_built():
        return report
    from kgbuilder.assemble.shipped_same_as import shipped_same_as

    store.merge(Batch(statements=shipped_same_as(store)))
    if isinstance(store, EmbeddedStore) and not imported:
        store.leave_as_built()
    return report


@contextmanager
def _shard_reader(imported: Imported, recipe: Recipe | None, workers: int) -> Iterator[ShardReader]:
    from kgbuilder.config import Recipe

    if workers < 1:
        raise UsageError(f"{workers} workers", hint="1 reads in this process, 2 in two more")
    chosen = recipe or Recipe()
    if workers == 1:
        from kgbuilder.shards import ReadHere

        yield ReadHere(_pipeline(chosen, imported))
        return
    from kgbuilder.workers import started

    with started(workers, chosen, imported) as processes:
        yield processes


def check_interactions(
    drugs: Sequence[str],
    *,
    graph: GraphView | str | Path | None = None,
    patient: Patient | str | Path | None = None,
    alternatives: bool = False,
    planned: bool = False,
) -> InteractionReport:
    """Do these drugs interact? Every pair is answered: interaction, none known, or not checked.

    :param drugs: names, brands or DrugBank ids; 2 or more with those of ``patient``, or 1 and a patient.
    :param graph: its INTERACTS_WITH and enzyme statements are asked beside the shipped tables.
    :param patient: a :class:`~kgbuilder.model.Patient`, or the file of one (:func:`patient_at`). What
        the patient takes now is checked, and so are alcohol and St John's wort among the substances;
        what was stopped or is planned is told apart.
    :param alternatives: also look for drugs of the same class that may stand in.
    :param planned: check what is planned for the patient, too.
    :raises UsageError: for fewer drugs.
    """
    if isinstance(drugs, str):
        raise UsageError("drugs is one text", hint="give a list: ['warfarin', 'fluconazole']")
    with viewed(graph) as view:
        known = patient_at(patient, graph=view) if isinstance(patient, str | Path) else patient
        if planned and known is not None:
            drugs = [*drugs, *known.of_status(DrugStatus.PLANNED)]
        n_drugs = len(drugs) + (len(known.to_check()) if known is not None else 0)
        if n_drugs < (2 if known is None else 1):
            raise UsageError(f"{n_drugs} drug given", hint="an interaction needs two or more")
        return interaction_checker().check(
            drugs, graph=view, patient=known, alternatives=alternatives
        )


def patient_at(path: str | Path, *, graph: GraphView | None = None) -> Patient:
    """The patient that a file describes: where its name ends in ``.json`` our own record
    (``kgbuilder.read.patient_record``), a FHIR Bundle or a phenopacket, else a note, from whose text
    the record is filled.

    :param graph: a graph whose imported names are linked beside those that ship.
    :raises InputError: when it cannot be read. :raises FormatError: when it is none of these.
    :raises UsageError: for an unknown key of our own record.
    """
    place = Path(path)
    if place.suffix.lower() == ".json":
        from kgbuilder.patient_kinds import patient_of
        from kgbuilder.read.patient_file import read_patient

        return patient_of(read_patient(place))
    from kgbuilder.note_patient import patient_of_reading

    return patient_of_reading(extract(note_at(place), graph=graph))


def note_at(path: Path) -> Document:
    """The one note that a file holds. :raises InputError: when it holds none, or more."""
    from kgbuilder.read.sources import iter_documents

    issues = Issues()
    documents = [
        d for d in iter_documents([path], issues=issues, kind="note") if isinstance(d, Document)
    ]
    if len(documents) != 1:
        told = "; ".join(str(issue) for issue in issues) or f"it holds {len(documents)} documents"
        raise InputError(f"not one note: {told}", where=str(path))
    return documents[0]


def diagnoser(graph: GraphView | None = None, *, model: str | Path | None = None) -> Diagnoser:
    """:func:`diagnose` for many patients over one graph: its ranker and its names are loaded once.

    :param model: folder of a classifier that ``kgbuilder train classifier`` wrote, asked, too.
    """
    from kgbuilder.config import Recipe, RelateRecipe

    unrelated = Recipe(relate=RelateRecipe(method="none"))
    return Diagnoser(
        _hpo(),
        ranker=lambda: phenotype_ranker(graph),
        pipeline=lambda: pipeline(unrelated, graph=graph),
        note_at=note_at,
        model=None if model is None else Path(model),
    )


def diagnose(
    patient: str | Document | PatientRecord | Path | Sequence[str],
    *,
    present: Sequence[str] = (),
    absent: Sequence[str] = (),
    graph: GraphView | str | Path | None = None,
    age: str | None = None,
    sex: str | None = None,
    genes: Sequence[str] = (),
    candidates: Sequence[str] | None = None,
    leave_out_pmid: str | None = None,
    model: str | Path | None = None,
    top: int = 10,
) -> Differential:
    """What may this patient have? Diseases, best first, each with its reasons.

    :param patient: the text of a note; a ``Path`` of a note or of a record in JSON (as
        :func:`patient_at` reads it); a record; or a list of HP ids that are there.
    :param present: more HP ids that are there, beside a note's. :param absent: those that are not.
    :param age: ISO 8601 duration, ``P6Y``. :param sex: ``MALE`` or ``FEMALE``; both are read from a
        note or record where not given.
    :param candidates: disease ids or names to rank among; None for all known here.
    :param model: folder of a classifier that the user trained; what it says of a note stands beside the
        ranking, see :func:`kgbuilder.train.classifier.train_classifier`.
    :returns: no diagnosis for a note in which no finding was understood.
    :raises UsageError: for an empty list of findings. :raises InputError: for a file that is no patient.
    """
    with viewed(graph) as view:
        return diagnoser(view, model=model).diagnose(
            patient,
            present=present,
            absent=absent,
            age=age,
            sex=sex,
            genes=genes,
            candidates=candidates,
            leave_out_pmid=leave_out_pmid,
            top=top,
        )
