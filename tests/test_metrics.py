"""Metrics: numbers that people read."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import metrics
from tinygrad_xor.metrics import (
    BinaryAccuracy,
    CategoricalAccuracy,
    MeanAbsoluteError,
    MeanSquaredError,
    Metric,
    Precision,
    Recall,
    SparseCategoricalAccuracy,
)

#: The metric, targets and predictions of five examples, and what it says of them.
CASES = [
    (BinaryAccuracy(), [[0], [1], [1], [0], [1]], [[0.2], [0.7], [0.4], [0.6], [0.9]], 3 / 5),
    (BinaryAccuracy(threshold=0.0), [[0], [1], [1]], [[-1], [0.1], [-0.1]], 2 / 3),
    (CategoricalAccuracy(), [[1, 0], [0, 1], [0, 1]], [[0.9, 0.1], [0.6, 0.4], [0, 1]], 2 / 3),
    (SparseCategoricalAccuracy(), [0, 1, 1], [[0.9, 0.1], [0.6, 0.4], [0, 1]], 2 / 3),
    (MeanSquaredError(), [[1.0], [2.0]], [[2.0], [4.0]], 5 / 2),
    (MeanAbsoluteError(), [[1.0], [2.0]], [[2.0], [4.0]], 3 / 2),
    (Precision(), [[0], [1], [1], [0], [1]], [[0.6], [0.7], [0.4], [0.2], [0.9]], 2 / 3),
    (Recall(), [[0], [1], [1], [0], [1]], [[0.6], [0.7], [0.4], [0.2], [0.9]], 2 / 3),
    (Recall(), [[0], [1], [1], [1]], [[0.6], [0.7], [0.4], [0.2]], 1 / 3),
]


@pytest.mark.parametrize(("metric", "y", "p", "expected"), CASES)
def test_a_metric_is_what_its_formula_says_however_the_batches_are_cut(metric, y, p, expected):
    y, p = np.array(y), np.array(p)
    for size in (len(y), 1, 2):
        metric.reset_state()
        for i in range(0, len(y), size):
            metric.update_state(y[i : i + size], p[i : i + size])
        assert metric.result() == pytest.approx(expected)


@pytest.mark.parametrize(("metric", "y", "p", "expected"), CASES)
def test_an_example_of_weight_two_counts_twice_and_one_of_weight_zero_not_at_all(
    metric, y, p, expected
):
    y, p = np.array(y), np.array(p)
    metric.reset_state()
    metric.update_state(y, p, np.r_[2.0, np.ones(len(y) - 2), 0.0])
    weighted = metric.result()
    metric.reset_state()
    metric.update_state(np.r_[y[:1], y[:-1]], np.r_[p[:1], p[:-1]])
    assert weighted == pytest.approx(metric.result())


@pytest.mark.parametrize("metric", [Precision(), Recall(), BinaryAccuracy()])
def test_a_metric_of_nothing_is_zero(metric):
    assert metric.result() == 0
    metric.update_state([[0]], [[0.1]])
    if not isinstance(metric, BinaryAccuracy) or isinstance(metric, Precision):
        assert metric.result() == 0


def test_accuracy_is_the_one_that_fits():
    def kind(**of):
        return type(metrics.get("accuracy", **{"threshold": 0.5, "sparse": False} | of))

    assert kind(outputs=1) is BinaryAccuracy
    assert kind(outputs=3) is CategoricalAccuracy
    assert kind(outputs=3, sparse=True) is SparseCategoricalAccuracy


def test_every_name_gives_a_metric_of_that_name():
    for name in metrics.METRICS:
        assert metrics.get(name, sparse=False, outputs=1, threshold=0.5).name == name


def test_a_metric_without_a_formula_says_so():
    with pytest.raises(TypeError, match=r"a metric defines values\(\)"):
        Metric().update_state([1], [1])


@pytest.mark.parametrize(
    ("name", "expected"),
    [("binary_accuracy", 0.75), ("mse", 0.19), ("precision", 1), ("recall", 0.5)],
)
def test_a_row_of_targets_stands_beside_a_column_of_predictions(name, expected):
    numbers = np.array([0.0, 1.0, 1.0, 0.0]), np.array([0.2, 0.8, 0.2, 0.2])
    for y, p in (numbers, (numbers[0], numbers[1][:, None]), (numbers[0][:, None], numbers[1])):
        metric = metrics.METRICS[name]()
        metric.update_state(y, p)
        assert metric.result() == pytest.approx(expected)


def test_targets_that_do_not_stand_beside_their_predictions_are_refused():
    with pytest.raises(ValueError, match=r"shape \(3,\) and predictions of shape \(4, 1\)"):
        metrics.BinaryAccuracy().update_state([0, 1, 1], np.ones((4, 1)))
    with pytest.raises(ValueError, match=r"shape \(1,\) and predictions of shape \(2, 3\)"):
        metrics.SparseCategoricalAccuracy().update_state([0], np.ones((2, 3)))


@pytest.mark.parametrize("numbers", [[0.5], [[0.5]], 0.5])
def test_a_metric_may_give_its_number_as_an_array(numbers):
    assert metrics.measure([Ready(numbers)], np.ones((1, 1)), np.ones((1, 1))) == {"ready": 0.5}


def test_a_metric_of_several_numbers_says_what_to_do():
    with pytest.raises(ValueError, match="ready gives 2 numbers, and a history takes one"):
        metrics.measure([Ready([0.5, 0.25])], np.ones((1, 1)), np.ones((1, 1)))


class Ready(Metric):
    default_name = "ready"

    def __init__(self, numbers):
        super().__init__()
        self.numbers = numbers

    def result(self):
        return np.array(self.numbers)

    def values(self, y_true, y_pred):
        return y_pred


@pytest.mark.parametrize("threshold", [0.5, 0.0, -1 / 3])
@pytest.mark.parametrize("lean", [-1e-11, 0.0, 1e-11])
@given(ulps=st.integers(-1000, 1000))
def test_a_prediction_on_the_threshold_but_for_rounding_is_on_neither_side(threshold, lean, ulps):
    predictions = np.full(2, threshold + lean + ulps * np.spacing(0.5))
    assert not metrics.on_the_right_side(np.array([0, 1]), predictions, threshold).any()
    for far in (-1e-8, 1e-8):
        right = metrics.on_the_right_side(np.array([0, 1]), predictions + far, threshold)
        assert right.tolist() == [far < 0, far > 0]


def test_the_accuracy_counts_as_keras_does_what_is_not_above_the_threshold_as_zero():
    targets = np.array([[0.0], [1.0]])
    for outputs, share in (([0.5, 0.5], 0.5), ([0.5, np.nextafter(0.5, 1)], 1.0)):
        predictions = np.reshape(outputs, (2, 1))
        assert metrics.measure([BinaryAccuracy("a")], targets, predictions) == {"a": share}


@given(
    examples=st.lists(
        st.tuples(st.booleans(), st.integers(-3, 3), st.integers(0, 3)), min_size=1, max_size=20
    ),
    cut=st.integers(0, 20),
)
def test_auc_is_how_often_a_positive_example_gets_more_than_a_negative_one(examples, cut):
    m = metrics.AUC()
    for part in (examples[:cut], examples[cut:]):
        if part:
            m.update_state(*np.array(part, float).T)
    pairs = [
        (w * v, (p > q) + (p == q) / 2)
        for is_one, p, w in examples
        for is_other, q, v in examples
        if is_one and not is_other
    ]
    whole = sum(weight for weight, _ in pairs)
    share = sum(weight * right for weight, right in pairs) / whole if whole else 0.0
    assert m.result() == pytest.approx(share, abs=1e-12)
    m.reset_state()
    assert m.result() == 0.0


def test_auc_is_that_of_scikit_learn():
    area = pytest.importorskip("sklearn.metrics").roc_auc_score
    rng = np.random.default_rng(0)
    y, p, w = rng.integers(0, 2, 50), rng.random(50).round(1), rng.random(50)
    m = metrics.get("auc", sparse=False, outputs=1, threshold=0.5)
    m.update_state(y, p, w)
    assert m.result() == pytest.approx(area(y, p, sample_weight=w), abs=1e-12)
