"""Losses: their values, their stability, their checks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value
from tinygrad_xor.nn import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Hinge,
    MeanSquaredError,
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
    assert CategoricalCrossentropy()(y, p) == pytest.approx(expected, rel=1e-15)


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


def test_an_unknown_loss_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'hinge'"):
        losses.get("hing")
