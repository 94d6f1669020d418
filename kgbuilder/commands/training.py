"""The command that trains: a model out of the user's own data, or by a recipe."""

from __future__ import annotations

import shlex
import sys
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuilder.commands.output import print_json, print_line, report_issues
from kgbuilder.errors import MissingExtra, UsageError
from kgbuilder.issues import Issues

if TYPE_CHECKING:
    from kgbuilder.train.qualifier import QualifierReport
    from kgbuilder.train.relater import RelaterReport
    from kgbuilder.train.tagger import TaggerReport

__all__ = ["run_train"]

NEEDED = ("torch", "safetensors", "onnx", "matplotlib")


def run_train(arguments: Namespace) -> int:
    """Train what was asked for into a folder; the same command again goes on or finds it done."""
    for package in NEEDED:
        if find_spec(package) is None:
            raise MissingExtra.of(package, extra="train", needed_for="training")
    return WHAT[arguments.what](arguments)


def _table(arguments: Namespace, *, data_key: str) -> tuple[dict[str, Any], str]:
    """The recipe that the arguments name, or one made of the data that they name, with what they
    say beside it; and where it is from.
    """
    named: list[str] = arguments.data
    if len(named) == 1 and named[0].endswith(".toml"):
        from kgbuilder.train.recipes import read_recipe

        table, where = read_recipe(Path(named[0])), named[0]
    elif any(name.endswith(".toml") for name in named):
        raise UsageError("give one recipe, or data", hint="a recipe names its data itself")
    else:
        table, where = {data_key: list(named)}, "command line"
    beside = {
        "epochs": arguments.epochs,
        "seed": arguments.seed,
        "learning_rate": arguments.learning_rate,
        "device": arguments.device,
    }
    said = {key: value for key, value in beside.items() if value is not None}
    table = {**table, "train": {**table.get("train", {}), **said}}
    if arguments.licence:
        table["licence"] = arguments.licence
    return table, where


def _labelled(arguments: Namespace) -> tuple[dict[str, Any], str]:
    table, where = _table(arguments, data_key="data")
    if arguments.dev:
        table["dev"] = arguments.dev
    if arguments.label:
        table["labels"] = {**table.get("labels", {}), **_pairs(arguments.label, "--label")}
    if arguments.relation:
        pairs = _pairs(arguments.relation, "--relation")
        table["relations"] = {**table.get("relations", {}), **pairs}
    if arguments.steps is not None:
        raise UsageError("--steps is for the encoder", hint="--epochs")
    return table, where


def _pairs(given: list[str], option: str) -> Mapping[str, str]:
    pairs = {}
    for text in given:
        label, sign, meant = text.rpartition("=")
        if not sign or not label:
            hint = "LABEL=MEANING, such as PROBLEM=Disease or CID=CAUSES"
            raise UsageError(f"{option} {text!r}", hint=hint)
        pairs[label.strip()] = meant.strip()
    return pairs


def _command() -> str:
    return shlex.join(["kgbuilder", *sys.argv[1:]])


def _encoder(arguments: Namespace) -> int:
    from kgbuilder.scoring import corpora_root
    from kgbuilder.train.encoder import train_encoder
    from kgbuilder.train.recipes import parse_encoder_recipe

    if arguments.dev or arguments.label or arguments.relation:
        what = "--dev, --label and --relation are for labelled sets"
        raise UsageError(what, hint="raw text has no labels")
    table, where = _table(arguments, data_key="sources")
    if arguments.steps is not None:
        table["max_steps"] = arguments.steps
    issues = Issues()
    report = train_encoder(
        parse_encoder_recipe(table, where=where),
        base=arguments.base or "minilm",
        into=Path(arguments.into),
        corpora=corpora_root(),
        command=_command(),
        issues=issues,
    )
    if arguments.json:
        print_json({"model": arguments.into, **asdict(report)})
        return report_issues(issues)
    first, last = report.guesses[0], report.guesses[-1]
    print_line(
        f"{report.n_rows} rows, {report.n_pieces} pieces; held-out text: loss {first.loss:.3f} -> "
        f"{last.loss:.3f}, masked pieces right {100 * first.accuracy:.1f} -> "
        f"{100 * last.accuracy:.1f} %; {report.pieces_per_s:,.0f} pieces/s\n"
        f"-> {arguments.into} (CARD.md, curves.png)\n"
        f"use it: kgbuilder train tagger DATA --base {arguments.into} --into MODEL"
    )
    return report_issues(issues)


def _tagger(arguments: Namespace) -> int:
    from kgbuilder.ontology.vocabularies import Vocabularies
    from kgbuilder.recognize.dictionary import DictionaryRecognizer
    from kgbuilder.scoring import corpora_root
    from kgbuilder.train.labelled_recipe import parse_tagger_recipe
    from kgbuilder.train.tagger import train_tagger

    table, where = _labelled(arguments)
    if arguments.relation:
        raise UsageError("--relation is for the relater", hint="--label says what mentions mean")
    issues = Issues()
    report = train_tagger(
        parse_tagger_recipe(table, where=where),
        base=arguments.base or "shipped",
        into=Path(arguments.into),
        corpora=corpora_root(),
        command=_command(),
        issues=issues,
        dictionary=DictionaryRecognizer(Vocabularies().lexicon()),
    )
    text = f"{_sizes(report)}\n{_figures(report)} at min_score {report.min_score}"
    return _told(arguments, report, text, issues)


def _relater(arguments: Namespace) -> int:
    from kgbuilder.scoring import corpora_root
    from kgbuilder.train.labelled_recipe import parse_relater_recipe
    from kgbuilder.train.relater import train_relater

    table, where = _labelled(arguments)
    issues = Issues()
    report = train_relater(
        parse_relater_recipe(table, where=where),
        base=arguments.base or "shipped",
        into=Path(arguments.into),
        corpora=corpora_root(),
        command=_command(),
        issues=issues,
    )
    text = (
        f"{_sizes(report)}\npairs of {', '.join(report.kinds)}; {_figures(report)}, mentions given"
    )
    return _told(arguments, report, text, issues)


def _told(
    arguments: Namespace,
    report: TaggerReport | RelaterReport | QualifierReport,
    text: str,
    issues: Issues,
) -> int:
    """What a model for ``extract`` came to, ``text`` saying so in words. :returns: the exit code."""
    if arguments.json:
        print_json({"model": arguments.into, **asdict(report)})
    else:
        print_line(
            f"{text}\n-> {arguments.into} (CARD.md, curves.png)\n"
            f"use it: kgbuilder extract NOTE --recipe {arguments.into}/recipe.toml"
        )
    return report_issues(issues)


def _sizes(report: TaggerReport | RelaterReport | QualifierReport) -> str:
    return (
        f"{report.n_train} documents to train on, {report.n_dev} to choose by, "
        f"{report.n_overlapping} left out as they share text with those, {report.n_test} marked test"
    )


def _figures(report: TaggerReport | RelaterReport) -> str:
    figures = (report.precision, report.recall, report.f1, report.f1_low, report.f1_high)
    p, r, f, low, high = (f"{100 * value:.1f}" for value in figures)
    kept = f"epoch {report.best_epoch} of {report.epochs} kept"
    return f"{kept}; to choose by, strict: P {p}, R {r}, F1 {f} ({low}-{high})"


def _classifier(arguments: Namespace) -> int:
    from kgbuilder.nn.start import usual_base
    from kgbuilder.train.classifier import parse_classifier_recipe, train_classifier

    if arguments.dev or arguments.label or arguments.relation or arguments.steps is not None:
        what = "--dev, --label, --relation and --steps are not for the classifier"
        raise UsageError(what, hint="its labels are a column: --label-column")
    table, where = _table(arguments, data_key="data")
    for key in ("text_column", "label_column"):
        if getattr(arguments, key):
            table[key] = getattr(arguments, key)
    issues = Issues()
    report = train_classifier(
        parse_classifier_recipe(table, where=where),
        base=arguments.base or usual_base(),
        into=Path(arguments.into),
        command=_command(),
        issues=issues,
    )
    if arguments.json:
        print_json({"model": arguments.into, **asdict(report)})
        return report_issues(issues)
    rows = [
        f"{100 * p:5.1f} {100 * r:5.1f} {100 * f:5.1f}  {label}"
        for label, (p, r, f) in report.by_label.items()
    ]
    print_line(
        f"{report.n_train} texts to train on, {report.n_validation} to choose by, "
        f"{sum(report.dropped.values())} rows left out\n    P     R    F1\n"
        + "\n".join(rows)
        + f"\nepoch {report.best_epoch} of {report.epochs} kept; to choose by: loss {report.loss:.3f}, "
        f"accuracy {100 * report.accuracy:.1f} ({100 * report.accuracy_low:.1f}-"
        f"{100 * report.accuracy_high:.1f}), macro F1 {100 * report.macro_f1:.1f}; "
        f"{report.texts_per_s:.0f} texts/s\n"
        f"-> {arguments.into} (CARD.md with who is taken for whom, curves.png)\n"
        f"use it: kgbuilder diagnose NOTE --model {arguments.into}"
    )
    return report_issues(issues)


def _qualifier(arguments: Namespace) -> int:
    from kgbuilder.scoring import corpora_root
    from kgbuilder.train.labelled_recipe import parse_qualifier_recipe
    from kgbuilder.train.qualifier import train_qualifier

    table, where = _labelled(arguments)
    if arguments.relation:
        raise UsageError("--relation is for the relater", hint="--label says what mentions are")
    issues = Issues()
    report = train_qualifier(
        parse_qualifier_recipe(table, where=where),
        base=arguments.base or "shipped",
        into=Path(arguments.into),
        corpora=corpora_root(),
        command=_command(),
        issues=issues,
    )
    text = (
        f"{_sizes(report)}\n{report.n_mentions} mentions to train on; epoch {report.best_epoch} of "
        f"{report.epochs} kept\nto choose by, all four values right: {100 * report.right:.1f} % "
        f"({100 * report.right_low:.1f}-{100 * report.right_high:.1f}), words alone "
        f"{100 * report.words_right:.1f} %\ntaken for a plain fact: {report.taken_for_plain} of "
        f"{report.n_not_plain}, words alone {report.words_taken_for_plain}"
    )
    return _told(arguments, report, text, issues)


WHAT = {
    "encoder": _encoder,
    "tagger": _tagger,
    "relater": _relater,
    "qualifier": _qualifier,
    "classifier": _classifier,
}
