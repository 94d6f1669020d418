"""A waterfall drawn as SVG: how a sum comes about, part by part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["Bar", "waterfall_svg"]

_ROW, _LABEL, _PLOT, _NUMBER, _TOP = 24, 380, 420, 64, 40
"""Height of a row, widths of labels, of the bars and of the numbers, and what stands above: pixels."""
_UP, _DOWN, _SUM = "#2a7f62", "#b3412e", "#5b6470"
_LONGEST = 58


@dataclass(frozen=True, slots=True)
class Bar:
    """One part of the sum."""

    label: str
    value: float


def waterfall_svg(title: str, bars: Sequence[Bar], *, unit: str) -> str:
    """Each bar starts where the one above it ends; the last row is the sum.

    :returns: a whole SVG document; colours tell what adds from what takes away, and so do the signs.
    """
    ends = [0.0]
    for bar in bars:
        ends.append(ends[-1] + bar.value)
    low, high = min(ends), max(ends)
    scale = _PLOT / ((high - low) or 1.0)

    def at(value: float) -> float:
        return _LABEL + (value - low) * scale

    width, height = _LABEL + _PLOT + _NUMBER, _TOP + _ROW * (len(bars) + 1) + 10
    rows = [
        _row(
            i,
            bar.label,
            at(ends[i]),
            at(ends[i + 1]),
            f"{bar.value:+.2f}",
            _UP if bar.value >= 0 else _DOWN,
        )
        for i, bar in enumerate(bars)
    ]
    rows.append(_row(len(bars), f"sum ({unit})", at(0.0), at(ends[-1]), f"{ends[-1]:+.2f}", _SUM))
    zero = f'<path d="M{at(0.0):.1f} {_TOP - 8}V{height - 6}" stroke="#bbb"/>'
    head = f'<text x="8" y="22" font-size="15" font-weight="bold">{escape(title)}</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img" '
        f'font-family="sans-serif" font-size="12"><title>{escape(title)}</title>'
        f'<rect width="{width}" height="{height}" fill="white"/>{head}{zero}{"".join(rows)}</svg>'
    )


def _row(place: int, label: str, start: float, end: float, value: str, colour: str) -> str:
    y = _TOP + _ROW * place
    short = label if len(label) <= _LONGEST else label[: _LONGEST - 1] + "…"
    left, size = min(start, end), max(abs(end - start), 1.0)
    return (
        f'<text x="{_LABEL - 8}" y="{y + 15}" text-anchor="end">{escape(short)}</text>'
        f'<rect x="{left:.1f}" y="{y + 3}" width="{size:.1f}" height="{_ROW - 8}" fill="{colour}"/>'
        f'<text x="{max(start, end) + 5:.1f}" y="{y + 15}">{value}</text>'
    )
