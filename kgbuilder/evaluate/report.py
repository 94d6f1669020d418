"""Reports as text tables for people and as plain values for JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from kgbuilder.evaluate.assertions import AssertionReport
from kgbuilder.evaluate.calibration import BeliefReport, Bin, CalibrationReport
from kgbuilder.evaluate.diagnosis import DiagnosisReport
from kgbuilder.evaluate.diagnosis_text import diagnosis_to_text
from kgbuilder.evaluate.extraction import Difference, ExtractionReport
from kgbuilder.evaluate.interactions import InteractionFigure, InteractionScores
from kgbuilder.evaluate.intervals import Counts, Interval, Score
from kgbuilder.evaluate.links import ConceptReport, LinkAccuracy, LinkReport
from kgbuilder.evaluate.ranks import RankReport
from kgbuilder.evaluate.relations import RelationReport
from kgbuilder.evaluate.spans import SpanReport

__all__ = ["Report", "table", "to_json", "to_text"]

Report = (
    ExtractionReport
    | SpanReport
    | AssertionReport
    | LinkReport
    | ConceptReport
    | RelationReport
    | RankReport
    | CalibrationReport
    | BeliefReport
    | InteractionScores
    | DiagnosisReport
)

_DIFFERENCE_HEAD = ("ours minus", "P", "P 95 %", "R", "R 95 %", "F1", "F1 95 %")
_FIGURE_HEAD = ("", "value", "unit", "n", "good", "goal", "reached")
_SCORE_HEAD = ("", "P", "R", "F1", "F1 95 %", "gold", "predicted")


def to_json(value: Any) -> Any:
    """A report as dicts, lists, numbers and strings; computed figures are written out.

    Infinity, which JSON lacks, becomes None.
    """
    if isinstance(value, Counts | Score):
        record = {f.name: to_json(getattr(value, f.name)) for f in fields(value)}
        return {**record, "precision": value.precision, "recall": value.recall, "f1": value.f1}
    if isinstance(value, ExtractionReport):  # our scores stand at the top, as they did alone
        rest = {"corpus": value.corpus, "system": value.system, "gold": to_json(value.gold)}
        return {**rest, **to_json(value.scores), "against": to_json(value.against)}
    if isinstance(value, InteractionFigure):
        return {
            **{f.name: to_json(getattr(value, f.name)) for f in fields(value)},
            "reached": value.reached,
        }
    if isinstance(value, LinkAccuracy):
        record = {f.name: to_json(getattr(value, f.name)) for f in fields(value)}
        return {**record, "accuracy": value.accuracy, "n_wrong": value.n_wrong}
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def to_text(report: Report) -> str:
    """The report as a table, ending without a newline."""
    match report:
        case ExtractionReport():
            return _extraction(report)
        case DiagnosisReport():
            return diagnosis_to_text(report, table=table)
        case SpanReport():
            rows = [_row("all, strict", report.strict), _row("all, overlap", report.overlapping)]
            rows += [_row(f"{t}, strict", s) for t, s in report.strict_by_type.items()]
            rows += [_row(f"{t}, overlap", s) for t, s in report.overlapping_by_type.items()]
            return table(_SCORE_HEAD, rows) + f"\n{report.n_documents} documents"
        case RelationReport():
            rows = [_row("pair", report.pair), _row("pair and type", report.typed)]
            if report.pair_overlapping and report.typed_overlapping:
                rows.append(_row("pair, ends overlap", report.pair_overlapping))
                rows.append(_row("pair and type, ends overlap", report.typed_overlapping))
            rows += [_row(t, s) for t, s in report.by_type.items()]
            foot = f"macro F1 {report.macro_f1:.3f}, {report.n_documents} documents"
            if report.calibration is not None:
                of = f"{report.calibration.n} pairs, 10 bins of equal width"
                foot += f"; expected calibration error {report.calibration.ece:.3f} ({of})"
            if report.n_outside:
                foot += f"; {report.n_outside} told with an end that has no identifier, not scored"
            return f"{table(_SCORE_HEAD, rows)}\n{foot}"
        case AssertionReport():
            rows = [_row(value, score) for value, score in report.by_value.items()]
            within = report.accuracy_interval or {}
            shares = ", ".join(
                f"{name} {share:.3f} ({_interval(within.get(name)) or 'no interval'})"
                for name, share in report.accuracy.items()
            )
            foot = (
                f"{report.n_mentions} mentions; {report.missed_as_plain} of {report.n_not_plain} "
                "that are no plain fact were taken for one"
            )
            if report.n_not_found:
                foot += f"; {report.n_not_found} mentions were not found, which is wrong too"
            return f"{table(_SCORE_HEAD, rows)}\naccuracy: {shares}\n{foot}"
        case LinkReport():
            at = ", ".join(f"top {k}: {share:.3f}" for k, share in report.accuracy_at.items())
            foot = (
                f"{report.n_mentions} mentions; {report.n_falsely_linked} of "
                f"{report.n_unlinkable} without a gold concept were linked"
            )
            rows = [_row("linked", report.linked)]
            columns = (
                "in the vocabularies",
                "right",
                "95 %",
                "wrong",
                "refused",
                "n",
                "of them composite",
                "outside",
            )
            told = [_accuracy(name, one) for name, one in report.by_type.items()]
            by_type = f"\n{table(columns, told)}" if told else ""
            return f"{table(_SCORE_HEAD, rows)}\n{at}\n{foot}{by_type}"
        case ConceptReport():
            rows = [_row("ids of a document", report.concepts)]
            rows += [_row(t, s) for t, s in report.by_type.items()]
            return f"{table(_SCORE_HEAD, rows)}\n{report.n_documents} documents"
        case RankReport():
            figures = [(f"top {k}", v, report.top_interval[k]) for k, v in report.top.items()]
            figures.append(("mean reciprocal rank", report.mrr, report.mrr_interval))
            rows = [(name, f"{value:.3f}", _interval(i)) for name, value, i in figures]
            return (
                f"{table(('', 'value', '95 %'), rows)}\n{report.n_cases} cases, {report.n_unranked} "
                f"without their answer; median rank {report.median_rank:g}; ties {report.tie.value}"
            )
        case CalibrationReport():
            rows = [_bin(b) for b in report.bins]
            head = ("probability", "mean", "right", "n")
            foot = f"ECE {report.ece:.4f}, Brier {report.brier:.4f}, n {report.n}"
            return f"{table(head, rows)}\n{foot}"

        case BeliefReport():
            systems = (
                ("belief", report.belief),
                ("the relater's own probability", report.as_read),
                ("INDRA's fixed prior (random error .30, systematic .05)", report.indra),
            )
            parts = [f"{name}\n{to_text(calibration)}" for name, calibration in systems]
            return "\n\n".join([*parts, f"{report.n_documents} documents"])
        case InteractionScores():
            lines = [table(_FIGURE_HEAD, [_figure(one) for one in report.figures])]
            lines += [f"wrong name: {wrong}" for wrong in report.wrong_names]
            unknown = ", ".join(report.not_understood)
            missing = ", ".join(f"{name} ({n})" for name, n in [*report.not_covered.items()][:20])
            lines += [f"names not understood: {unknown}"] if unknown else []
            lines += [f"most often not covered: {missing}"] if missing else []
            return "\n".join(lines)


def _figure(one: InteractionFigure) -> tuple[str, ...]:
    def written(value: float | None) -> str:
        if value is None:
            return ""
        return f"{100 * value:.1f}" if one.unit == "%" else f"{value:.2f}"

    sign = "<= " if one.at_most else ""
    bars = (sign + written(bar) if bar is not None else "" for bar in (one.good, one.goal))
    return one.what, written(one.value), one.unit, str(one.n), *bars, one.reached


def _extraction(report: ExtractionReport) -> str:
    gold = report.gold
    parts = [f"{report.corpus}: {report.system}\n{to_text(report.scores)}"]
    parts += [f"{other.system}\n{to_text(other.scores)}" for other in report.against]
    if report.against:
        rows = [(other.system, *_difference(other.difference)) for other in report.against]
        parts.append(table(_DIFFERENCE_HEAD, rows))
    parts.append(
        f"gold: {gold.n_scored} mentions scored, {gold.n_discontinuous} of them in pieces (taken as "
        f"one stretch), {gold.n_nested} that overlap others and cannot all be found; "
        f"{gold.n_other} under labels that are none of our types, not scored"
    )
    return "\n\n".join(parts)


def _difference(d: Difference) -> tuple[str, ...]:
    figures = (
        (d.precision, d.precision_interval),
        (d.recall, d.recall_interval),
        (d.f1, d.f1_interval),
    )
    return tuple(
        cell for v, i in figures for cell in (f"{v:+.3f}", f"{i.low:+.3f} to {i.high:+.3f}")
    )


def _accuracy(name: str, one: LinkAccuracy) -> tuple[str, ...]:
    counts = (one.n_wrong, one.n_refused, one.n_mentions, one.n_composite, one.n_outside)
    return name, f"{one.accuracy:.3f}", _interval(one.interval), *map(str, counts)


def _bin(b: Bin) -> tuple[str, ...]:
    edges = f"{b.low:.2f}-{b.high:.2f}"
    return edges, f"{b.mean_probability:.3f}", f"{b.share_right:.3f}", str(b.n)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns padded to their widest cell: the first to the left, the others to the right."""
    cells = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = [[row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])] for row in cells]
    return "\n".join("  ".join(line).rstrip() for line in lines)


def _row(name: str, score: Score) -> tuple[str, ...]:
    return (
        name,
        f"{score.precision:.3f}",
        f"{score.recall:.3f}",
        f"{score.f1:.3f}",
        _interval(score.f1_interval),
        str(score.counts.n_gold),
        str(score.counts.n_predicted),
    )


def _interval(interval: Interval | None) -> str:
    return f"{interval.low:.3f}-{interval.high:.3f}" if interval else ""
