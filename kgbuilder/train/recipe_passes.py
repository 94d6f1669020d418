"""From annotated corpora to passes of the relater, to train and to choose on, as a recipe such as
``pipelines/recipes/relater.toml`` says. A sentence is one kind of pass: its mention pairs, each judged
by itself. A passage is the other: pairs of concepts over up to a whole abstract, each with its nearest
pairs of mentions. What a corpus says of a pair stands in the recipe.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kgbuilder.evaluate.corpora import AnnotatedDocument, read_corpus
from kgbuilder.evaluate.distant import read_distant
from kgbuilder.evaluate.splits import carve, overlapping_documents
from kgbuilder.issues import Issues
from kgbuilder.nn.examples import sentence_bounds
from kgbuilder.nn.licences import source_of
from kgbuilder.nn.made import Source
from kgbuilder.nn.pair_classifier import PairExample
from kgbuilder.nn.pair_labels import PairLabels
from kgbuilder.nn.pairs import TypedSpan, lay_out_pairs
from kgbuilder.nn.passages import (
    PASSAGE_PREFIX,
    chunks,
    lengths_of,
    nearest_instances,
    pack,
)
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.templates import Filled, Slot, fill_templates

Table = Mapping[str, Any]
Entity = tuple[int, int, str, tuple[str, ...], int]
"""``(start, end, class, names a relation may call it by, place of its type in the recipe)``."""
Judged = tuple[int, int, str, Sequence[str]]
"""``(first, second, kind, allowed labels)``; first and second are indexes of mentions."""
Key = tuple[str, str, str]
"""Document and the two concepts of a pair."""

__all__ = [
    "Builder",
    "Key",
    "Passes",
    "bounds_of",
    "entities_of",
    "read_all",
    "related_of",
    "types_between",
]

ATTRIBUTES = frozenset({"dose", "frequency", "route", "duration", "severity"})


def read_all(
    recipe: Table,
    root: Path,
    distant: Path | None,
    issues: Issues,
    *,
    say: Callable[[Source], None],
) -> tuple[dict[str, list[AnnotatedDocument]], dict[str, list[AnnotatedDocument]]]:
    """``(to train on, to choose on)`` by corpus, free of what is held out; ``say`` is told of each."""

    def load(name: str) -> list[AnnotatedDocument]:
        if recipe["corpora"].get(name, {}).get("distant"):
            return list(read_distant(distant, root=root, issues=issues)) if distant else []
        return list(read_corpus(name, root=root, issues=issues))

    held_out = [d for name in recipe["held_out"] for d in load(name)]
    rest: dict[str, list[AnnotatedDocument]] = {}
    dev: dict[str, list[AnnotatedDocument]] = {}
    for name in recipe["corpora"]:
        dev[name], rest[name] = carve(load(name), recipe["dev"].get(name, 0))
        held_out += dev[name]
    for name in recipe.get("seen", {}).keys() & dev.keys():
        known = [d for other in recipe["seen"][name] for d in load(other)]
        same = overlapping_documents(dev[name], known)
        groups = {d.group for d in dev[name] if d.id in same}
        dev[name] = [d for d in dev[name] if d.group not in groups]
    for name, documents in rest.items():
        out = overlapping_documents(documents, held_out)
        rest[name] = [d for d in documents if d.id not in out]
        size = f"{len(documents)} texts, {len(out)} held out, {len(dev[name])} to choose on"
        say(source_of(name, size, recipe["corpora"][name]))
    return rest, dev


@dataclass(slots=True)
class Passes:
    """Passes of one corpus.

    :param keys: per passage, what its pairs are. :param gold: the corpus' own relations by key, also
        those that no pass holds; both for passages alone.
    """

    sentences: list[PairExample] = field(default_factory=list)
    passages: list[PairExample] = field(default_factory=list)
    keys: list[list[Key]] = field(default_factory=list)
    gold: dict[Key, frozenset[str]] = field(default_factory=dict)

    def all(self) -> list[PairExample]:
        """Both kinds."""
        return [*self.sentences, *self.passages]


@dataclass(slots=True)
class Builder:
    """Makes passes as the recipe says.

    :param rng: thins out passes in which nothing is related; None keeps them.
    """

    recipe: Table
    labels: PairLabels
    pieces: Pieces
    counts: Counter[str] = field(default_factory=Counter)
    rng: random.Random | None = None

    def of(self, documents: Iterable[AnnotatedDocument], table: Table) -> Passes:
        """Passes for the documents of a corpus."""
        passes = Passes()
        for document in documents:
            entities = entities_of(document, table)
            bounds = bounds_of(document, entities)
            related = related_of(document)
            if table.get("sentences", True):
                for start, end in bounds:
                    passes.sentences += self._sentence(
                        document, entities, related, table, start, end
                    )
            if table.get("passages", False):
                self._passages(document, entities, bounds, related, table, passes)
        return passes

    def _sentence(
        self,
        document: AnnotatedDocument,
        entities: list[Entity],
        related: Mapping[tuple[str, str], set[str]],
        table: Table,
        start: int,
        end: int,
    ) -> list[PairExample]:
        text = document.text[start:end]
        inside = [
            (a - start, b - start, c, n, t) for a, b, c, n, t in entities if start <= a and b <= end
        ]
        doubtful = bool(re.search(table.get("unrelated_if", ""), text, re.IGNORECASE))
        pairs: list[Judged] = []
        for i in range(len(inside)):
            for j in range(i + 1, len(inside)):
                if set(inside[i][3]) & set(inside[j][3]):
                    continue
                found = self.labels.order(inside[i][2], inside[j][2])
                if found is None:
                    continue
                kind, turned = found
                if table.get("ordered"):
                    if inside[i][4] == inside[j][4]:
                        continue
                    turned = inside[i][4] > inside[j][4]
                types = {
                    t
                    for x in inside[i][3]
                    for y in inside[j][3]
                    for t in types_between(related, x, y)
                }
                meant = self.meant(types, kind, table, doubtful)
                if meant:
                    pairs.append((*((j, i) if turned else (i, j)), kind, meant))
        nothing = all(meant == ["none"] for _, _, _, meant in pairs)
        if self.rng and nothing and self.rng.random() > self.recipe["keep_unrelated"]:
            return []
        return self.lay_out(text, [(a, b, c) for a, b, c, _, _ in inside], pairs)

    def lay_out(
        self, text: str, spans: Sequence[TypedSpan], pairs: Sequence[Judged]
    ) -> list[PairExample]:
        """Passes for the judged mention pairs of a sentence."""
        for _, _, kind, meant in pairs:
            self.counts[f"{kind}: {'|'.join(meant)}"] += 1
        examples = []
        for layout in lay_out_pairs(
            text,
            spans,
            [(a, b) for a, b, _, _ in pairs],
            pieces=self.pieces,
            classes=self.labels.classes,
            blinded=frozenset(self.recipe["blinded"]),
            max_text=160,
            max_pairs=self.recipe["max_pairs"],
        ):
            chosen = [pairs[i] for i in layout.pairs]
            examples.append(
                PairExample(
                    layout,
                    tuple(self.labels.row(self.labels.kinds[k], k) for _, _, k, _ in chosen),
                    tuple(self.labels.row(names, k) for _, _, k, names in chosen),
                    tuple(range(len(chosen))),
                )
            )
        return examples

    def _passages(
        self,
        document: AnnotatedDocument,
        entities: list[Entity],
        bounds: list[tuple[int, int]],
        related: Mapping[tuple[str, str], set[str]],
        table: Table,
        passes: Passes,
    ) -> None:
        blinded = frozenset(self.recipe["blinded"])
        spans = [(a, b, c) for a, b, c, _, _ in entities]
        lengths = lengths_of(document.text, bounds, spans, pieces=self.pieces, blinded=blinded)
        class_of = {name: c for _, _, c, names, _ in entities for name in names}
        for (x, y), types in related.items():
            found = self.labels.order(class_of.get(x, ""), class_of.get(y, ""), PASSAGE_PREFIX)
            meant = self.meant(types, found[0], table, False) if found else []
            if meant:
                passes.gold[_key(document, x, y)] = frozenset(meant)
        most = self.recipe["passage_pieces"]
        for first, last in pack(lengths, most=most):
            start, end = bounds[first][0], bounds[last - 1][1]
            inside = [e for e in entities if start <= e[0] and e[1] <= end]
            where = [next(i for i, (a, b) in enumerate(bounds) if a <= e[0] < b) for e in inside]
            mentions: dict[str, list[int]] = {}
            for index, (_, _, _, names, _) in enumerate(inside):
                for name in names:
                    mentions.setdefault(name, []).append(index)
            asked: list[tuple[list[tuple[int, int]], str, Sequence[str], Key]] = []
            names_in_order = list(mentions)
            for i, x in enumerate(names_in_order):
                for y in names_in_order[i + 1 :]:
                    found = self.labels.order(class_of[x], class_of[y], PASSAGE_PREFIX)
                    if found is None:
                        continue
                    kind, turned = found
                    instances = nearest_instances(
                        mentions[x],
                        mentions[y],
                        [(e[0], e[1]) for e in inside],
                        where,
                        most=self.recipe["instances"],
                    )
                    read = " ".join(
                        document.text[slice(*bounds[where[m]])] for pair in instances for m in pair
                    )
                    doubtful = bool(re.search(table.get("unrelated_if", ""), read, re.IGNORECASE))
                    types = types_between(related, x, y)
                    meant = self.meant(types, kind, table, doubtful)
                    if instances and meant:
                        ordered = [(b, a) if turned else (a, b) for a, b in instances]
                        asked.append((ordered, kind, meant, _key(document, x, y)))
                        self.counts[f"{kind}: {'|'.join(meant)}"] += 1
            self._lay_out_passage(document.text[start:end], start, inside, asked, passes)

    def _lay_out_passage(
        self,
        text: str,
        start: int,
        inside: list[Entity],
        asked: list[tuple[list[tuple[int, int]], str, Sequence[str], Key]],
        passes: Passes,
    ) -> None:
        order: dict[tuple[str, ...], int] = {}
        numbers = [
            order.setdefault(names or (f"@{a}",), len(order)) for a, _, _, names, _ in inside
        ]
        for run in chunks([len(a[0]) for a in asked], most=self.recipe["max_instances"]):
            flat = [(pair, at) for at, i in enumerate(run) for pair in asked[i][0]]
            for layout in lay_out_pairs(
                text,
                [(a - start, b - start, c) for a, b, c, _, _ in inside],
                [pair for pair, _ in flat],
                pieces=self.pieces,
                classes=self.labels.classes,
                blinded=frozenset(self.recipe["blinded"]),
                max_text=self.recipe["passage_pieces"],
                max_pairs=len(flat),
                numbers=numbers,
            ):
                held = [flat[i][1] for i in layout.pairs]
                kept = sorted(set(held))
                rows = [asked[run[at]] for at in kept]
                passes.passages.append(
                    PairExample(
                        layout,
                        tuple(self.labels.row(self.labels.kinds[k], k) for _, k, _, _ in rows),
                        tuple(self.labels.row(meant, k) for _, k, meant, _ in rows),
                        tuple(kept.index(at) for at in held),
                    )
                )
                passes.keys.append([key for _, _, _, key in rows])

    def meant(self, types: set[str], kind: str, table: Table, doubtful: bool) -> list[str]:
        """Labels that the corpus allows for a pair with these relations; none: not judged."""
        relations, bare = table.get("relations", {}), kind.removeprefix(PASSAGE_PREFIX)
        possible = self.labels.kinds[kind]
        if types:
            meant = [
                name
                for t in sorted(types)
                for name in relations.get(f"{t} {bare}", relations.get(t, []))
                if name in possible
            ]
            return list(dict.fromkeys(meant))
        if bare not in table["unrelated"]:
            return []
        return list(table["unrelated"][bare]) if doubtful else ["none"]

    def notes(self, slots_recipe: Path) -> list[PairExample]:
        """Passes for made-up note sentences, see the recipe."""
        rows = tomllib.loads(slots_recipe.read_text())["slots"]
        slots = {name: Slot(row["values"], row.get("type")) for name, row in rows.items()}
        table = self.recipe["notes"]
        label_of = {text: t["labels"] for t in table["templates"] for text in t["texts"]}
        examples = []
        for number, template in enumerate(sorted(label_of)):
            n = table["n_sentences"] // len(label_of)
            for filled in fill_templates([template], slots, n=n, seed=table["seed"] + number):
                examples += self._note(filled, label_of[template])
        return examples

    def _note(self, filled: Filled, told: Table) -> list[PairExample]:
        classes = self.recipe["classes"]
        spans = [(a, b, classes[t]) for a, b, t in filled.spans if t in classes]
        owners = _owners(spans)
        pairs: list[Judged] = []
        for i in range(len(spans)):
            for j in range(i + 1, len(spans)):
                found = self.labels.order(spans[i][2], spans[j][2])
                if found is None:
                    continue
                kind, turned = found
                a, b = (j, i) if turned else (i, j)
                if spans[a][2] in ATTRIBUTES:
                    pairs.append((a, b, kind, ["MODIFIES" if owners.get(a) == b else "none"]))
                elif kind in told:
                    pairs.append((a, b, kind, told[kind]))
        return self.lay_out(filled.text, spans, pairs) if pairs else []


def _owners(spans: Sequence[TypedSpan]) -> dict[int, int]:
    """Attribute -> what it modifies in a made-up sentence: a severity the condition after it, another
    the drug before it, or after it where none stands before.
    """
    owners: dict[int, int] = {}
    for i, (_, _, kind) in enumerate(spans):
        if kind == "severity":
            after = [j for j in range(i + 1, len(spans)) if spans[j][2] == "condition"]
            owners |= {i: after[0]} if after else {}
        elif kind in ATTRIBUTES:
            drugs = [j for j, span in enumerate(spans) if span[2] == "drug"]
            before, after = [j for j in drugs if j < i], [j for j in drugs if j > i]
            owners |= {i: before[-1]} if before else {i: after[0]} if after else {}
    return owners


def _key(document: AnnotatedDocument, x: str, y: str) -> Key:
    return document.id, min(x, y), max(x, y)


def related_of(document: AnnotatedDocument) -> dict[tuple[str, str], set[str]]:
    """Names of two ends -> the corpus' relations between them."""
    related: dict[tuple[str, str], set[str]] = {}
    for relation in document.relations:
        related.setdefault((relation.head, relation.tail), set()).add(relation.type)
    return related


def types_between(related: Mapping[tuple[str, str], set[str]], x: str, y: str) -> set[str]:
    """Relations between two names, whichever is the head."""
    return related.get((x, y), set()) | related.get((y, x), set())


def entities_of(document: AnnotatedDocument, table: Table) -> list[Entity]:
    """Sorted, without overlaps: the longest stays."""
    kept: list[Entity] = []
    types = list(table["types"])
    known = [e for e in document.entities if e.type in table["types"]]
    for e in sorted(known, key=lambda e: (e.start - e.end, e.start)):
        if all(e.end <= a or b <= e.start for a, b, _, _, _ in kept):
            names = (e.id,) if table["level"] == "mention" else e.ids
            kept.append((e.start, e.end, table["types"][e.type], names, types.index(e.type)))
    return sorted(kept)


def bounds_of(document: AnnotatedDocument, entities: list[Entity]) -> list[tuple[int, int]]:
    """``[start, end)`` of its sentences, none of which cuts a mention."""
    if document.id != document.group:  # already one sentence
        return [(0, len(document.text))]
    protected = [(e[0], e[1]) for e in entities]
    return sentence_bounds(document.text, protected, title_end=document.title_end)
