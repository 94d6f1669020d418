"""The report on diagnoses as tables for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from kgbuilder.evaluate.diagnosis import DiagnosisReport, SettingReport
from kgbuilder.evaluate.intervals import Interval

__all__ = ["diagnosis_to_text"]

Table = Callable[[Sequence[str], Sequence[Sequence[str]]], str]

_HEAD = ("", "n", "top-1", "95 %", "top-3", "95 %", "top-10", "95 %")
_RULES = (
    "",
    "top-1",
    "top-3",
    "top-10",
    "diseases",
    "not ranked",
    "ECE",
    "Brier skill",
    "ms a case",
)


def diagnosis_to_text(report: DiagnosisReport, *, table: Table) -> str:
    """:param table: lays out a head and rows in columns."""
    parts = []
    if report.settings:
        rows = [_shares(s.name, s.n, s.top, s.interval) for s in report.settings]
        parts.append("right disease within, % (ties against us)\n" + table(_HEAD, rows))
        parts.append(table(_RULES, [row for s in report.settings for row in _others(s)]))
    against = [(s, other) for s in report.settings for other in s.against]
    if against:
        rows = []
        for setting, other in against:
            theirs = _cells(other.theirs)
            rows.append((f"{other.system} on {setting.name}", str(other.n), *theirs))
            rows.append(_shares("  ours minus theirs", other.n, other.difference, other.interval))
        parts.append("paired, %\n" + table(_HEAD, rows))
        parts += [
            f"{setting.name}, {other.system}: of {other.n} cases {other.n_could_change} could change, "
            f"as the graph says something of their disease; the rank of {other.n_changed} did."
            for setting, other in against
            if other.n_could_change is not None
        ]
    if report.terms is not None:
        t = report.terms
        parts.append(
            f"terms of the HPO read in {t.n_documents} documents of gsc-hpo: P {t.precision:.3f}, "
            f"R {t.recall:.3f}, F1 {t.f1:.3f} ({t.interval.low:.3f}-{t.interval.high:.3f})"
        )
    parts.append(
        f"{report.n_diseases:,} diseases ranked where no candidates are given; first answer of this "
        f"process after {report.ready_s:.1f} s. ECE: of the first posterior, ten bins of equal count. "
        "Intervals: groups (papers) redrawn."
    )
    return "\n\n".join(parts)


def _shares(
    name: str, n: int, top: Mapping[int, float], interval: Mapping[int, Interval]
) -> tuple[str, ...]:
    cells = []
    for k, share in top.items():
        sign = "+" if name.startswith("  ") else ""
        low, high = interval[k].low, interval[k].high
        cells += [f"{100 * share:{sign}.1f}", f"{100 * low:{sign}.1f} to {100 * high:{sign}.1f}"]
    return name, str(n), *cells


def _cells(top: Mapping[int, float]) -> list[str]:
    return [cell for share in top.values() for cell in (f"{100 * share:.1f}", "")]


def _others(setting: SettingReport) -> list[tuple[str, ...]]:
    def shares(top: Mapping[int, float]) -> list[str]:
        return [f"{100 * share:.1f}" for share in top.values()]

    counts = (str(setting.n_diseases), str(setting.n_unranked))
    figures = (f"{setting.ece:.3f}", f"{setting.brier_skill:+.3f}", f"{setting.ms_per_case:.1f}")
    return [
        (f"{setting.name}: ties halved", *shares(setting.realistic), *counts, *figures),
        ("  mean per disease", *shares(setting.per_disease), "", "", "", "", ""),
    ]
