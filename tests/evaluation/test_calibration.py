import numpy as np
import pytest

from evaluation import (
    Judgement,
    bins_of,
    calibration_error,
    equal_bins,
    risk_curve,
    summary_of_confidence,
)


def judged(confidence, *, right=False, answerable=True, answered=True, threshold=0.5):
    return Judgement(confidence, answerable, answered, right, confidence < threshold)


def test_bins_hold_as_many_answers_each_the_least_sure_first():
    confidences = [0.9, 0.1, 0.5, 0.3, 0.7, 0.2]
    bins = equal_bins(confidences, [True, False, True, False, True, False], count=3)
    assert [one.count for one in bins] == [2, 2, 2]
    assert [one.confidence for one in bins] == pytest.approx([0.15, 0.4, 0.8])
    assert [one.right for one in bins] == [0, 0.5, 1]


def test_fewer_answers_than_bins_are_a_bin_each():
    assert [one.count for one in equal_bins([0.2, 0.8], [False, True], count=10)] == [1, 1]


def test_calibration_error_is_the_mean_gap_weighed_by_count():
    bins = equal_bins([0.2, 0.2, 0.9], [False, True, True], count=2)
    assert calibration_error(bins) == pytest.approx((2 * 0.3 + 0.1) / 3)


def test_confidence_that_comes_true_has_no_calibration_error():
    rng = np.random.default_rng(1)
    confidences = rng.random(20000)
    assert calibration_error(equal_bins(confidences, rng.random(20000) < confidences)) < 0.02


def test_what_could_not_be_answered_is_in_no_bin():
    bins = bins_of([judged(0.8, right=True), judged(0.0, answered=False)])
    assert [(one.count, one.right) for one in bins] == [(1, 1)]


def test_risk_rises_with_the_coverage():
    curve = risk_curve([judged(0.3), judged(0.9, right=True), judged(0.6),
                        judged(0.0, answered=False)])  # fmt: skip
    assert curve.coverages.tolist() == [0.25, 0.5, 0.75]
    assert curve.risks.tolist() == pytest.approx([0, 1 / 2, 2 / 3])
    assert curve.area == pytest.approx((1 / 2 + 2 / 3) / 3)
    assert (curve.coverage, curve.risk) == (0.5, 0.5)


def test_there_is_no_risk_where_all_is_refused():
    curve = risk_curve([judged(0.3), judged(0.1)])
    assert (curve.coverage, curve.risk) == (0, None)


def test_auc_compares_with_those_that_have_no_answer():
    judgements = [judged(0.9, right=True), judged(0.2), judged(0.5, answerable=False),
                  judged(0.0, answerable=False, answered=False)]  # fmt: skip
    figures = summary_of_confidence(judgements)
    assert figures["auc"] == pytest.approx(3 / 4)
    assert figures["auc_right"] == 1
    assert (figures["asked"], figures["answers"]) == (4, 3)


def test_figures_of_nothing_are_none():
    figures = summary_of_confidence([judged(0.0, answered=False)])
    assert figures["ece"] is figures["aurc"] is figures["auc"] is figures["auc_right"] is None
