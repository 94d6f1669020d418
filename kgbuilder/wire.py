"""The one table from recipe words to constructors. Each imports its room when it is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from kgbuilder.config import QualifyRecipe, Recipe, RecognizeRecipe, RelateRecipe
from kgbuilder.decided_by import decided_by
from kgbuilder.errors import ConfigError
from kgbuilder.model import Curie, EntityType, content_hash
from kgbuilder.ontology.lexicon import Lexicon, Name
from kgbuilder.ontology.vocabularies import Vocabularies
from kgbuilder.protocols import GraphView, Qualifier, Recognizer, Relater
from kgbuilder.stages import Pipeline

__all__ = [
    "NOTHING",
    "QUALIFIERS",
    "RECOGNIZERS",
    "RELATERS",
    "Imported",
    "imported_by",
    "imported_names",
    "pipeline_of",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Imported:
    """What a graph imported that text is read with.

    :param names: become linkable, and the dictionary's, beside what ships.
    :param kinds: what is stated to be a kind of what (``IS_A``), the narrower first.
    """

    names: tuple[Name, ...] = ()
    kinds: tuple[tuple[Curie, Curie], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.names or self.kinds)

    def digest(self) -> str:
        """Equal for equal contents; "" for nothing."""
        rows = sorted((str(name.concept), name.text) for name in self.names)
        rows += sorted((str(one), str(other)) for one, other in self.kinds)
        return content_hash(*(f"{id} {text}" for id, text in rows)) if rows else ""


NOTHING = Imported()


def pipeline_of(recipe: Recipe, *, imported: Imported = NOTHING) -> Pipeline:
    """The stages that ``recipe`` asks for, which know what :func:`imported_by` a graph, too.

    :raises ConfigError: for a method that is not in the table.
    """
    from kgbuilder.link.linker import LexiconLinker
    from kgbuilder.ontology.mappings import stated_same_as
    from kgbuilder.relate.narrowest import Kinds
    from kgbuilder.segment.clinical import ClinicalSegmenter

    lexicon = Vocabularies().lexicon()
    if imported.names:
        lexicon = lexicon.with_names(imported.names)
    return Pipeline(
        segmenter=ClinicalSegmenter(),
        recognizer=_recognizer_of(recipe.recognize, lexicon),
        qualifier=_choose(QUALIFIERS, recipe.qualify.method, "qualify")(recipe.qualify),
        linker=LexiconLinker(lexicon),
        relater=_choose(RELATERS, recipe.relate.method, "relate")(recipe.relate),
        decided=partial(decided_by, recipe),
        vocabulary=imported.digest(),
        kinds=Kinds(imported.kinds, same_as=stated_same_as()) if imported.kinds else Kinds(),
    )


def imported_by(graph: GraphView) -> Imported:
    """What only the graph knows."""
    kinds = (
        (statement.triple.subject, statement.triple.object)
        for statement in graph.statements(predicate="IS_A")
    )
    return Imported(imported_names(graph), tuple(kinds))


def imported_names(graph: GraphView) -> tuple[Name, ...]:
    """Names that only the graph knows: those that a build put there are shipped ones."""
    from kgbuilder.link.graph_names import lexicon_names_of

    shipped = Vocabularies().lexicon()
    unknown = [name for name in lexicon_names_of(graph) if not _ships(name, shipped)]
    # Some preferred names are too long to be found, and a build writes them all the same.
    preferred = {(name.concept, name.preferred) for name in shipped.names()} if unknown else set()
    return tuple(name for name in unknown if (name.concept, name.text) not in preferred)


def _ships(name: Name, lexicon: Lexicon) -> bool:
    """Whether the lexicon has this name of this concept, most likely among those of its type."""
    return any(
        known.concept == name.concept
        for types in ((name.type,), None)
        for known in lexicon.find(name.text, types=types)
    )


def _recognizer_of(recipe: RecognizeRecipe, lexicon: Lexicon) -> Recognizer:
    from kgbuilder.recognize.consistent import ConsistentRecognizer
    from kgbuilder.recognize.dictionary import DictionaryRecognizer
    from kgbuilder.recognize.joined import JoinedRecognizer

    dictionary = DictionaryRecognizer(lexicon)
    recognizer = _choose(RECOGNIZERS, recipe.method, "recognize")(recipe, dictionary)
    if recipe.dictionary and recipe.method != "dictionary":
        recognizer = JoinedRecognizer(recognizer, dictionary)
    return ConsistentRecognizer(recognizer) if recipe.consistent else recognizer


def _transformer(recipe: RecognizeRecipe, dictionary: Recognizer) -> Recognizer:
    from kgbuilder.recognize.transformer import TransformerRecognizer
    from kgbuilder.recognize.variants import VariantRecognizer

    recognizer = TransformerRecognizer(
        Path(recipe.model) if recipe.model else None,
        dictionary=dictionary,
        min_score=recipe.min_score,
        min_named_score=recipe.min_named_score,
        device=recipe.device,
    )
    # a model of the user's own finds the types that it was trained for
    return recognizer if recipe.model else VariantRecognizer(recognizer)


def _dictionary(recipe: RecognizeRecipe, dictionary: Recognizer) -> Recognizer:
    _refuse_device(recipe)
    return dictionary


def _huggingface(recipe: RecognizeRecipe, dictionary: Recognizer) -> Recognizer:
    from kgbuilder.recognize.huggingface import HuggingFaceRecognizer

    return HuggingFaceRecognizer(recipe.model, labels=_labels(recipe), device=recipe.device)


def _spacy(recipe: RecognizeRecipe, dictionary: Recognizer) -> Recognizer:
    from kgbuilder.recognize.spacy import SpacyRecognizer

    _refuse_device(recipe)
    return SpacyRecognizer(recipe.model, labels=_labels(recipe))


def _refuse_device(recipe: RecognizeRecipe) -> None:
    if recipe.device not in ("cpu", "auto"):
        raise ConfigError(
            f"device {recipe.device!r}: {recipe.method} runs on the CPU",
            where="[recognize]",
            hint="transformer and huggingface take a device",
        )


def _labels(recipe: RecognizeRecipe) -> dict[str, EntityType] | None:
    return {label: EntityType(type) for label, type in recipe.labels} or None


def _weighed(recipe: QualifyRecipe) -> Qualifier:
    from kgbuilder.qualify.weighed import WeighedQualifier

    return WeighedQualifier(Path(recipe.model) if recipe.model else None, least=recipe.least)


def _words(recipe: QualifyRecipe) -> Qualifier:
    from kgbuilder.qualify.context import ContextQualifier

    return ContextQualifier()


def _transformer_relater(recipe: RelateRecipe) -> Relater:
    from kgbuilder.relate.transformer import TransformerRelater

    return TransformerRelater(
        Path(recipe.model) if recipe.model else None,
        threshold=recipe.threshold or None,
        device=recipe.device,
    )


def _no_relater(recipe: RelateRecipe) -> None:
    return None


RECOGNIZERS: dict[str, Callable[[RecognizeRecipe, Recognizer], Recognizer]] = {
    "transformer": _transformer,
    "dictionary": _dictionary,
    "huggingface": _huggingface,
    "spacy": _spacy,
}
QUALIFIERS: dict[str, Callable[[QualifyRecipe], Qualifier]] = {
    "weighed": _weighed,
    "words": _words,
}
RELATERS: dict[str, Callable[[RelateRecipe], Relater | None]] = {
    "transformer": _transformer_relater,
    "none": _no_relater,
}


def _choose(table: Mapping[str, T], word: str, stage: str) -> T:
    if word not in table:
        raise ConfigError(
            f"unknown method {word!r}", where=f"[{stage}]", hint=f"one of {', '.join(table)}"
        )
    return table[word]
