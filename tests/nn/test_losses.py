"""Losses: their values, their stability, their checks."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value
from tinygrad_xor.engine import TABLE
from tinygrad_xor.nn import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Dense,
    Hinge,
    Huber,
    KLDivergence,
    LogCosh,
    MeanSquaredError,
    Sequential,
    SparseCategoricalCrossentropy,
    losses,
)
from tinygrad_xor.testing import check_gradients


def column(*numbers):
    return np.array(numbers, dtype=float).reshape(-1, 1)


def test_mean_squared_error_is_the_mean_of_squares():
    assert MeanSquaredError()(column(0, 1), column(0.5, 3)) == (0.25 + 4) / 2


def test_binary_crossentropy_is_the_mean_of_negative_logarithms():
    expected = -(np.log(0.9) + np.log(1 - 0.2)) / 2
    assert BinaryCrossentropy()(column(1, 0), column(0.9, 0.2)) == pytest.approx(
        expected, rel=1e-15
    )


def test_categorical_crossentropy_is_minus_the_logarithm_of_the_right_class():
    p = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])
    y = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    expected = -(np.log(0.7) + np.log(0.8)) / 2
    assert CategoricalCrossentropy()(y, p) == pytest.approx(expected, rel=1e-15, abs=0)


def test_hinge_is_zero_beyond_the_margin_and_takes_targets_0_and_1():
    predictions = column(2.0, -0.5, 0.25)
    expected = (0 + 0.5 + 1.25) / 3
    assert Hinge()(column(1, -1, -1), predictions) == pytest.approx(expected)
    assert Hinge()(column(1, 0, 0), predictions) == pytest.approx(expected)


@given(st.lists(st.tuples(st.floats(-30, 30), st.booleans()), min_size=1, max_size=4))
def test_binary_crossentropy_is_the_same_from_logits_and_from_probabilities(examples):
    z = column(*(z for z, _ in examples))
    y = column(*(y for _, y in examples))
    p = Value(z).sigmoid()
    from_logits = BinaryCrossentropy(from_logits=True)(y, z)
    assert from_logits == pytest.approx(BinaryCrossentropy()(y, p).item(), rel=1e-3)


@given(st.lists(st.floats(-30, 30), min_size=6, max_size=6), st.integers(0, 2))
def test_categorical_crossentropy_is_the_same_from_logits_and_from_probabilities(numbers, k):
    z = np.reshape(numbers, (2, 3))
    y = np.eye(3)[[k, 0]]
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    from_logits = CategoricalCrossentropy(from_logits=True)(y, z)
    if p.min() > 1e-11:
        assert from_logits == pytest.approx(CategoricalCrossentropy()(y, p), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("z", [-1000.0, 1000.0])
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_from_logits_of_1000_the_loss_and_its_gradient_are_exact(z, y):
    logit = Value([[z]])
    loss = BinaryCrossentropy(from_logits=True)(column(y), logit)
    loss.backward()
    wrong = (z > 0) != (y == 1)
    assert loss.item() == (1000.0 if wrong else 0.0)
    assert logit.grad.item() == (z > 0) - y


@pytest.mark.parametrize("z", [-1000.0, 1000.0])
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_from_probabilities_of_a_sigmoid_of_1000_the_loss_and_its_gradient_are_exact(z, y):
    logit = Value([[z]])
    loss = BinaryCrossentropy()(column(y), logit.sigmoid())
    loss.backward()
    wrong = (z > 0) != (y == 1)
    assert loss.item() == (1000.0 if wrong else 0.0)
    assert logit.grad.item() == (z > 0) - y


def test_categorical_crossentropy_from_logits_of_1000_is_exact():
    z = Value([[1000.0, -1000.0, 0.0]])
    loss = CategoricalCrossentropy(from_logits=True)(np.array([[0.0, 1.0, 0.0]]), z)
    loss.backward()
    assert loss.item() == 2000.0
    assert z.grad.tolist() == [[1.0, -1.0, 0.0]]


@pytest.mark.parametrize(
    ("loss", "targets"),
    [
        (MeanSquaredError(), [[0.0, 1.0], [0.5, 2.0]]),
        (BinaryCrossentropy(), [[0.0, 1.0], [0.5, 1.0]]),
        (BinaryCrossentropy(from_logits=True), [[0.0, 1.0], [0.5, 1.0]]),
        (CategoricalCrossentropy(), [[0.0, 1.0], [0.5, 0.5]]),
        (CategoricalCrossentropy(from_logits=True), [[0.0, 1.0], [0.5, 0.5]]),
        (Hinge(), [[-1.0, 1.0], [1.0, 1.0]]),
    ],
)
def test_gradients_of_losses_agree_with_numerical_ones(loss, targets):
    predictions = np.array([[0.2, 0.7], [0.4, 0.9]])
    check_gradients(lambda p: loss(np.array(targets), p), predictions)


def test_targets_in_a_row_and_predictions_in_a_column_are_refused():
    with pytest.raises(ValueError, match=r"\(4,\) and predictions of shape \(4, 1\)"):
        MeanSquaredError()([0.0, 1.0, 1.0, 0.0], np.zeros((4, 1)))


def test_short_names_of_losses_are_those_of_keras():
    for short, long in (("bce", "binary_crossentropy"), ("mse", "mean_squared_error")):
        assert type(losses.get(short)) is type(losses.get(long))
        assert type(losses.get(short.upper())) is type(losses.get(long))


def test_an_unknown_loss_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'hinge'"):
        losses.get("hing")


@pytest.mark.parametrize(
    ("loss", "y", "p", "wanted"),
    [
        (BinaryCrossentropy(), [[1.0]], [[1.5]], "0, 1 or between, not 1.5"),
        (BinaryCrossentropy(), [[1.0]], [[-0.5]], "0, 1 or between, not -0.5"),
        (
            CategoricalCrossentropy(),
            [[1, 0]],
            [[2.0, -1.0]],
            r"not -1.0 \(at \(0, 1\)\)",
        ),
        (CategoricalCrossentropy(), [[1, 0]], [[0.0, 0.0]], "add up to 1, not 0.0"),
        (SparseCategoricalCrossentropy(), [0], [[2.0, -1.0]], "add up to 1, not -1.0"),
    ],
)
def test_predictions_that_are_no_probabilities_are_refused(loss, y, p, wanted):
    for predictions in (np.array(p), Value(p)):
        with pytest.raises(ValueError, match=wanted):
            loss(y, predictions)


@pytest.mark.parametrize("loss", [CategoricalCrossentropy(), SparseCategoricalCrossentropy()])
def test_probabilities_that_do_not_add_up_to_1_are_divided_by_their_sum_as_in_keras(loss):
    y = [[1, 0, 0]] if type(loss) is CategoricalCrossentropy else [0]
    assert loss(y, np.full((1, 3), 0.9)) == pytest.approx(np.log(3), rel=1e-15, abs=0)


@pytest.mark.parametrize(
    ("loss", "y", "p", "wanted"),
    [
        (BinaryCrossentropy(), [[7.0]], [[0.5]], "targets of 0, 1 or between, not 7.0"),
        (SparseCategoricalCrossentropy(), [-1], [[0.5, 0.5]], "class numbers 0, 1, 2"),
        (SparseCategoricalCrossentropy(), [1.9], [[0.5, 0.5]], "class numbers 0, 1, 2"),
        (SparseCategoricalCrossentropy(), [2], [[0.5, 0.5]], "class 2 needs 3 outputs"),
        (CategoricalCrossentropy(), [[1, 1]], [[0.5, 0.5]], "rows that add up to 1"),
        (Hinge(), [[3]], [[0.5]], "-1 and 1, or 0 and 1"),
    ],
)
def test_a_loss_called_directly_refuses_the_targets_that_fit_refuses(loss, y, p, wanted):
    with pytest.raises(ValueError, match=wanted):
        loss(y, p)


def test_there_is_one_sample_weight_for_each_example():
    y, p = column(1, 0, 0, 0), Value(column(0.1, 0.1, 0.1, 0.1))
    with pytest.raises(ValueError, match=r"shape \(4, 1\) .* one for each example, \(4,\)"):
        MeanSquaredError()(y, p, np.ones((4, 1)))
    weighted = MeanSquaredError()(y, p, [0, 1, 0, 0]).item()
    assert weighted == pytest.approx(0.0025, rel=1e-12, abs=0)


def test_lists_are_predictions_too():
    assert MeanSquaredError()([[0], [1]], [[0.5], [1]]) == 0.125


@pytest.mark.parametrize("weights", [None, np.array([2.0, 0.5, 1.0])])
def test_behind_a_sigmoid_slopes_are_p_minus_y_with_weights_and_through_a_mask(weights):
    z = Value(column(-90.0, 90.0, 0.0))
    y = column(1.0, 0.05, 1.0)
    BinaryCrossentropy()(y, z.sigmoid(), weights).backward()
    p = column(0.0, 1.0, 0.5)
    counts = 1.0 if weights is None else weights.reshape(-1, 1)
    np.testing.assert_allclose(z.grad, (p - y) * counts / 3, atol=1e-15)
    z.grad = None
    kept = np.array([True, True, False])
    BinaryCrossentropy()(y[kept], z.sigmoid()[kept]).backward()
    np.testing.assert_allclose(z.grad.ravel(), [-0.5, 0.475, 0], atol=1e-15)


@pytest.mark.parametrize("loss", [CategoricalCrossentropy, SparseCategoricalCrossentropy])
def test_behind_a_softmax_the_loss_and_its_slopes_are_those_from_logits(loss):
    z = np.array([[40.0, 0.0], [-800.0, 800.0]])
    y = np.array([[0.0, 1.0], [1.0, 0.0]])
    y = y if loss is CategoricalCrossentropy else np.argmax(y, axis=1)
    ours, theirs = Value(z), Value(z)
    a, b = loss()(y, TABLE["softmax"](ours)), loss(from_logits=True)(y, theirs)
    a.backward()
    b.backward()
    assert a.item() == b.item() == (40 + 1600) / 2
    np.testing.assert_array_equal(ours.grad, [[0.5, -0.5], [-0.5, 0.5]])
    np.testing.assert_array_equal(theirs.grad, ours.grad)


@given(d=st.floats(-1e300, 1e300), delta=st.floats(1e-3, 1e3))
def test_huber_is_half_a_square_and_then_a_line(d, delta):
    wanted = d * d / 2 if abs(d) <= delta else delta * (abs(d) - delta / 2)
    assert Huber(delta)([0.0], np.array([d])) == pytest.approx(wanted, rel=1e-12)
    x = Value([d])
    Huber(delta)([0.0], x).backward()
    assert x.grad[0] == pytest.approx(np.clip(d, -delta, delta), rel=1e-12)


@pytest.mark.parametrize("d", [0.0, 1e-8, -0.3, 5.0, -1e5])
def test_log_cosh_is_right_however_far_off_a_prediction_is(d):
    x = Value([d])
    loss = LogCosh()([0.0], x)
    loss.backward()
    wanted = abs(d) - math.log(2) if abs(d) > 700 else math.log(math.cosh(d))
    assert loss.item() == pytest.approx(wanted, rel=1e-7, abs=1e-15)
    assert x.grad[0] == pytest.approx(math.tanh(d), rel=1e-12)


def test_a_divergence_is_of_probabilities():
    y, p = np.array([[0.25, 0.75], [1.0, 0.0]]), Value([[0.5, 0.5], [0.9, 0.1]])
    loss = KLDivergence()(y, p)
    loss.backward()
    wanted = 0.25 * math.log(0.5) + 0.75 * math.log(1.5) + math.log(1 / 0.9)
    assert loss.item() == pytest.approx(wanted / 2, abs=1e-5)
    np.testing.assert_allclose(p.grad, [[-0.25, -0.75], [-1 / 1.8, 0]], atol=1e-6)
    for values in ([[1.5, 0.0]], [[-0.5, 1.0]]):
        with pytest.raises(ValueError, match="KLDivergence takes probabilities"):
            KLDivergence()([[0.5, 0.5]], np.array(values))
        with pytest.raises(ValueError, match="probabilities as targets"):
            KLDivergence()(values, np.array([[0.5, 0.5]]))
    model = Sequential([Dense(2, "tanh", input_dim=2)])
    with pytest.raises(ValueError, match="take 'softmax'"):
        model.compile("adam", "kl_divergence")


@pytest.mark.parametrize("delta", [0, -1.0, math.nan, math.inf])
def test_hubers_delta_is_greater_than_0(delta):
    with pytest.raises(ValueError, match="delta must be greater than 0"):
        Huber(delta)
