"""Whether the confidence is reliable: calibration, and risk against coverage."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

BINS = 10


@dataclass(frozen=True, slots=True)
class Judgement:
    """An answer as given with no confidence threshold, and whether the threshold refused it.

    `answerable` says whether the documents contain the answer; if not, every answer is wrong.
    `answered` is False if there was nothing to answer with; `confidence` is then 0.
    """

    confidence: float
    answerable: bool
    answered: bool
    right: bool
    refused: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of similar confidence: their number, mean confidence, and share right."""

    count: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class RiskCurve:
    """Coverage and risk (the share of given answers that are wrong) as the threshold falls.

    The points have shape (answers,), the most confident answer first. `coverage` and `risk` are
    those at the threshold in use; `risk` is None if nothing is answered.
    """

    coverages: Array
    risks: Array
    coverage: float
    risk: float | None

    @property
    def area(self) -> float:
        """AURC, the mean of the risks (Geifman & El-Yaniv 2017)."""
        return float(self.risks.mean())


def bins_of(judgements: Sequence[Judgement]) -> list[Bin]:
    """The answers in bins of equal mass, the least confident first."""
    answers = [one for one in judgements if one.answered]
    return equal_bins([one.confidence for one in answers], [one.right for one in answers])


def equal_bins(confidences: ArrayLike, right: ArrayLike, count: int = BINS) -> list[Bin]:
    """Confidences, shape (n,), and whether each answer was right, in bins of about n / `count`."""
    sure, true = np.asarray(confidences, np.float64), np.asarray(right, np.float64)
    parts = np.array_split(np.argsort(sure, kind="stable"), count)
    return [
        Bin(len(part), float(sure[part].mean()), float(true[part].mean()))
        for part in parts
        if len(part)
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """The expected calibration error (Naeini et al. 2015)."""
    total = sum(one.count for one in bins)
    return sum(one.count * abs(one.confidence - one.right) for one in bins) / total


def risk_curve(judgements: Sequence[Judgement]) -> RiskCurve:
    """The risk-coverage curve; raises ValueError if nothing is answered."""
    answers = sorted((one for one in judgements if one.answered), key=lambda one: -one.confidence)
    if not answers:
        raise ValueError("no question is answered")
    numbers = np.arange(1, len(answers) + 1)
    wrong = np.cumsum([not one.right for one in answers])
    given = [one for one in answers if not one.refused]
    risk = sum(not one.right for one in given) / len(given) if given else None
    coverage = len(given) / len(judgements)
    return RiskCurve(numbers / len(judgements), wrong / numbers, coverage, risk)


def summary_of_confidence(judgements: Sequence[Judgement]) -> dict[str, float | int | None]:
    """The figures of the confidence.

    `ece` is over the answers, each as given without a threshold. `aurc` is the area under the
    risk-coverage curve, `auc` the area under the ROC curve that separates answerable questions from
    the others, and `auc_right` the same with only the answerable ones that were answered right.
    """
    bins = bins_of(judgements)
    absent = [one.confidence for one in judgements if not one.answerable]
    present = [one.confidence for one in judgements if one.answerable]
    right = [one.confidence for one in judgements if one.right]
    return {
        "asked": len(judgements),
        "answers": sum(one.count for one in bins),
        "ece": calibration_error(bins) if bins else None,
        "aurc": risk_curve(judgements).area if bins else None,
        "auc": area_under_roc(present, absent),
        "auc_right": area_under_roc(right, absent),
    }


def area_under_roc(higher: Sequence[float], lower: Sequence[float]) -> float | None:
    """The probability that one of `higher` is above one of `lower`, a tie counting half; None if
    either is empty."""
    if not higher or not lower:
        return None
    ordered = np.sort(lower)
    below = np.searchsorted(ordered, higher, "left") + np.searchsorted(ordered, higher, "right")
    return float(below.mean() / (2 * len(lower)))
