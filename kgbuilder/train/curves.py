"""A picture of a run: the loss that was trained on, and what was measured on held-out documents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kgbuilder.errors import MissingExtra
from kgbuilder.train.run_folder import LogRow

__all__ = ["draw_curves", "need_matplotlib"]


def need_matplotlib() -> None:
    """:raises MissingExtra: when curves cannot be drawn; better said before the run than after."""
    try:
        import matplotlib  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingExtra.of("matplotlib", extra="train", needed_for="drawing curves") from error


def draw_curves(
    path: Path,
    losses: Sequence[LogRow],
    measured: Sequence[tuple[int, float]],
    *,
    title: str,
    measure: str,
    chosen: int | None = None,
) -> None:
    """Write a PNG: training loss by step to the left axis, ``measured`` (step, value) to the right.

    :param chosen: the step whose weights were kept, marked.
    """
    need_matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    left = figure.add_subplot()
    steps = [row.step for row in losses]
    left.plot(steps, [row.loss for row in losses], color="#9ab6d3", linewidth=1)
    (smooth,) = left.plot(steps, _smoothed([r.loss for r in losses]), color="#1f5a99", linewidth=2)
    smooth.set_label("training loss, smoothed")
    left.set_xlabel("step")
    left.set_ylabel("training loss (nats)")
    left.set_ylim(bottom=0)
    left.set_title(title)
    lines = [smooth]
    if measured:
        right = left.twinx()
        (line,) = right.plot(
            [step for step, _ in measured],
            [value for _, value in measured],
            color="#b3541e",
            marker="o",
            markersize=4,
        )
        line.set_label(measure)
        right.set_ylabel(measure)
        lines.append(line)
        if chosen is not None:
            mark = right.axvline(chosen, color="#b3541e", linestyle=":", linewidth=1)
            mark.set_label(f"kept: step {chosen}")
            lines.append(mark)
    left.legend(
        handles=lines, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=3, frameon=False
    )
    figure.savefig(path, format="png")


def _smoothed(values: Sequence[float], weight: float = 0.9) -> list[float]:
    """Exponential moving average, corrected for its start."""
    smooth, mean = [], 0.0
    for n, value in enumerate(values, 1):
        mean = weight * mean + (1 - weight) * value
        smooth.append(mean / (1 - weight**n))
    return smooth
