"""`kallbot evaluate --plot`: calibration of the confidence, and risk against coverage."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from embeddings.errors import KallbotError
from evaluation import Judgement, bins_of, calibration_error, risk_curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = (11.0, 5.0)  # inches
_BLUE, _RED, _GREY = "#2a6f97", "#b23a48", "#8d99ae"


class FigureError(KallbotError):
    """The figure cannot be drawn or written."""


def check_figure(path: Path) -> None:
    """Raise FigureError if a figure cannot be drawn, before starting on long work."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise FigureError(
            "--plot needs matplotlib: install it with `pip install 'kallbot[plot]'`"
        ) from error
    if not path.parent.is_dir():
        raise FigureError(f"there is no folder {path.parent}: make it, or give another file")


def draw(judgements: Sequence[Judgement], threshold: float, path: Path) -> None:
    """Draw the reliability diagram and the risk-coverage curve into one file.

    Raises FigureError if nothing was answered, or if the file cannot be written.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    if not any(one.answered for one in judgements):
        raise FigureError("no question was answered, so there is nothing to draw")
    figure = Figure(figsize=_SIZE, layout="constrained")
    reliability, risk = figure.subplots(1, 2)
    _draw_reliability(reliability, judgements, threshold)
    _draw_risk(risk, judgements, threshold)
    try:
        with rc_context({"svg.fonttype": "none"}):  # text, not paths, for search
            figure.savefig(path, dpi=150)
    except OSError as error:
        raise FigureError(f"{path} cannot be written ({error}): give another file") from error


def _draw_reliability(axes: "Axes", judgements: Sequence[Judgement], threshold: float) -> None:
    """Plot the share right against the confidence, in bins of equal mass with their counts."""
    bins = bins_of(judgements)
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle="--", label="perfectly calibrated")
    axes.plot([one.confidence for one in bins], [one.right for one in bins], color=_BLUE,
              marker="o", label="answers, in bins of equal mass")  # fmt: skip
    for one in bins:
        axes.annotate(str(one.count), (one.confidence, one.right), textcoords="offset points",
                      xytext=(0, 7), ha="center", fontsize=8)  # fmt: skip
    axes.axvline(threshold, color=_RED, linewidth=1, label=f"threshold {threshold:g}")
    axes.set(title=f"Reliability: ECE {calibration_error(bins):.3f}",
             xlabel="confidence (mean of the bin)", ylabel="right (share of the bin)",
             xlim=(-0.02, 1.02), ylim=(-0.02, 1.08))  # fmt: skip
    axes.legend(loc="best")


def _draw_risk(axes: "Axes", judgements: Sequence[Judgement], threshold: float) -> None:
    """Plot the share of wrong answers against the share of questions answered."""
    curve = risk_curve(judgements)
    axes.plot(curve.coverages, curve.risks, color=_BLUE)
    if curve.risk is not None:
        axes.plot([curve.coverage], [curve.risk], color=_RED, marker="o", linestyle="none",
                  label=f"threshold {threshold:g}: {curve.coverage:.0%} answered, "
                  f"{curve.risk:.0%} of these wrong")  # fmt: skip
        axes.legend(loc="best")
    absent = sum(not one.answerable for one in judgements)
    axes.set(title=f"Risk and coverage: AURC {curve.area:.3f}",
             xlabel=f"coverage (share answered of {len(judgements)} asked,\n"
             f"of which {absent} have no answer)",
             ylabel="risk (share wrong of the answered)",
             xlim=(0, 1.02), ylim=(-0.02, 1.02))  # fmt: skip
