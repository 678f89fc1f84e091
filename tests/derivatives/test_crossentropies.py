"""Cross-entropies of probabilities: from the logits, where the graph knows what made them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value, detect_anomaly, grad, hessian, jvp
from tinygrad_xor.derivatives.losses import logits
from tinygrad_xor.engine import TABLE

sigmoid, softmax = TABLE["sigmoid"], TABLE["softmax"]
of_two, of_many = TABLE["binary_crossentropy"], TABLE["categorical_crossentropy"]


def binary(z, y):
    return of_two(sigmoid(z), y)


@pytest.mark.parametrize("form", [float, lambda x: np.full((2, 1), x)])
@pytest.mark.parametrize(
    ("z", "y", "loss", "slope"),
    [
        (-30.0, 1.0, 30.0, -1.0),
        (-40.0, 1.0, 40.0, -1.0),
        (37.0, 0.0, 37.0, 1.0),
        (40.0, 0.0, 40.0, 1.0),
        (50_000.0, 0.0, 50_000.0, 1.0),
        (-50_000.0, 1.0, 50_000.0, -1.0),
        (50_000.0, 1.0, 0.0, 0.0),
        (40.0, 0.05, 38.0, 0.95),  # targets that were smoothed
    ],
)
def test_however_sure_a_sigmoid_is_the_loss_and_its_slope_are_exact(form, z, y, loss, slope):
    logit = Value(form(z))
    out = binary(logit, form(y))
    out.sum().backward()
    np.testing.assert_allclose(out.data, loss, rtol=1e-12)
    np.testing.assert_allclose(logit.grad, slope, rtol=1e-12)


@given(st.floats(-800, 800), st.floats(0, 1))
def test_the_loss_of_a_sigmoid_is_the_loss_from_logits_to_the_last_bit(z, y):
    ours, theirs = Value(z), Value(z)
    a, b = binary(ours, y), TABLE["sigmoid_crossentropy"](theirs, y)
    a.backward()
    b.backward()
    assert (a.data, ours.grad) == (b.data, theirs.grad)


def test_the_slope_by_the_targets_is_exact_too():
    y = Value(0.25)
    binary(Value(500.0), y).backward()
    assert y.grad == -500.0


def test_a_softmax_of_forty_and_nothing_is_wrong_by_forty_with_slopes_of_one():
    z = Value([40.0, 0.0])
    loss = of_many(softmax(z), np.array([0.0, 1.0]))
    loss.backward()
    assert loss.data == 40.0
    np.testing.assert_allclose(z.grad, [1.0, -1.0], rtol=1e-15)


@pytest.mark.parametrize("z", [-300.0, -40.0, -5.0, 0.0, 3.0, 37.0, 40.0, 300.0])
def test_forward_mode_and_second_order_agree_with_the_formulas(z):
    p = 1 / (1 + math.exp(-z))
    assert jvp(lambda z: binary(z, 1.0), (z,), (2.0,))[1] == pytest.approx(
        2 * (p - 1), rel=1e-12, abs=1e-15
    )
    slope = p * math.exp(-z) / (1 + math.exp(-z))
    assert grad(grad(lambda z: binary(z, 1.0)))(z) == pytest.approx(slope, rel=1e-12, abs=0)


def test_the_hessian_behind_a_softmax_is_that_of_the_softmax():
    z, y = np.array([1.0, -2.0, 0.5]), np.array([0.0, 1.0, 0.0])
    p = np.exp(z) / np.exp(z).sum()
    found = hessian(lambda z: of_many(softmax(z), y))(z)
    np.testing.assert_allclose(found, np.diag(p) - np.outer(p, p), atol=1e-15)


@pytest.mark.parametrize(
    "move",
    [
        lambda p: p,
        lambda p: p.reshape(-1),
        lambda p: p.T[None],
        lambda p: p[:, 1],
        lambda p: p[np.array([[True, False, True], [False, True, True]])],  # a mask
        lambda p: np.concatenate([p, p[::-1]]),
        lambda p: np.stack([p[0, 0], p[1, 2]]),
        lambda p: np.broadcast_to(p, (4, 2, 3)),
        lambda p: np.flip(np.tile(np.roll(p, 1, 0), 2)),
    ],
)
def test_what_moves_the_outputs_of_a_sigmoid_is_looked_through(move):
    z = Value(np.linspace(-90, 90, 6).reshape(2, 3))
    found = logits(move(sigmoid(z)), sigmoid)
    np.testing.assert_array_equal(found.data, move(z).data)


def test_a_chain_that_never_ends_is_looked_through_twenty_times():
    p = z = sigmoid(Value(np.zeros(3)))
    for _ in range(20):
        z = z.reshape(3)
    assert logits(z, sigmoid) is not None
    assert logits(z.reshape(3), sigmoid) is None
    for _ in range(5000):
        p = p.reshape(3)
    assert logits(p, sigmoid) is None


@pytest.mark.parametrize(
    ("move", "whole"),
    [
        (lambda p: p, True),
        (lambda p: p[1], True),
        (lambda p: p.reshape(6, 4), True),
        (lambda p: np.swapaxes(p, 0, 1), True),
        (lambda p: np.concatenate([p, p]), True),
        (lambda p: p[np.array([True, False])], True),
        (lambda p: p.reshape(2, 12), False),  # two examples in a row
        (lambda p: np.swapaxes(p, 1, 2), False),
        (lambda p: p[..., :2], False),  # not all classes
        (lambda p: p[..., :1], False),
        (lambda p: p[..., ::-1], False),  # in another order than the logits would be
        (lambda p: np.concatenate([p[:, :, :2], p[::-1, :, 2:]], axis=-1), False),
    ],
)
def test_what_leaves_the_classes_of_a_softmax_together_is_looked_through(move, whole):
    z = Value(np.arange(24.0).reshape(2, 3, 4) ** 1.5)
    found = logits(move(softmax(z)), softmax)
    assert (found is not None) == whole
    if whole:
        np.testing.assert_array_equal(found.data, move(z).data)


def test_classes_along_another_axis_are_those_of_the_softmax_along_it():
    z = Value(np.arange(6.0).reshape(2, 3))
    assert logits(softmax(z, axis=0), softmax, axis=0) is z
    assert logits(softmax(z, axis=0), softmax) is None
    np.testing.assert_array_equal(logits(softmax(z, axis=0).T, softmax).data, z.data.T)


def test_halves_of_two_softmaxes_are_no_softmax():
    a, b = softmax(Value(np.zeros((1, 4)))), softmax(Value(np.ones((1, 4))))
    assert logits(np.concatenate([a[:, :2], b[:, 2:]], axis=1), softmax) is None


def test_a_derivative_by_the_probabilities_themselves_stays_that():
    p = sigmoid(Value(0.0))
    by_p = grad(lambda p: of_two(p, 1.0))(p)
    assert by_p.data == -2.0
    assert grad(lambda z: grad(lambda p: of_two(p, 1.0))(sigmoid(z)))(0.0) == 4.0 * 0.25


def test_no_gradient_goes_through_the_probabilities_and_all_of_it_to_the_logits():
    z = Value(1.0)
    p = sigmoid(z)
    of_two(p, 0.0).backward()
    assert not p.has_grad
    assert z.grad == p.data


def test_probabilities_of_classes_are_divided_by_their_sum():
    y = np.array([1.0, 0.0, 0.0])
    p = Value([0.9, 0.9, 0.9])
    loss = of_many(p, y)
    loss.backward()
    assert loss.data == pytest.approx(math.log(3), rel=1e-15, abs=0)
    np.testing.assert_allclose(p.grad, (1 / 3 - y) * 3 / 2.7, rtol=1e-15)


def test_a_class_of_no_probability_that_no_softmax_made_stops_at_a_twelfth_decimal():
    p = Value([1.0, 0.0])
    loss = of_many(p, np.array([0.0, 1.0]))
    loss.backward()
    assert loss.data == pytest.approx(12 * math.log(10))
    np.testing.assert_allclose(p.grad, [1.0, 1 - 1e12])


def test_logits_that_are_ruled_out_cost_nothing_where_they_are_not_the_target():
    z = np.array([0.0, -np.inf])
    assert TABLE["softmax_crossentropy"](z, np.array([1.0, 0.0])) == 0.0


@pytest.mark.parametrize(
    ("z", "y"),
    [([40.0, 0.0], [0.0, 1.0]), ([-800.0, 700.0, 0.0], [1.0, 0.0, 1.0]), ([0.3, 1.0], [0.5, 0.1])],
)
def test_a_binary_loss_behind_a_softmax_asks_of_each_class_whether_it_is_that_or_another(z, y):
    z, y = np.array(z), np.array(y)
    logit = Value(np.stack([z, z[::-1]]))
    loss = of_two(softmax(logit), np.stack([y, y[::-1]]))
    loss.sum().backward()
    against = np.array([zi - np.logaddexp.reduce(np.delete(z, i)) for i, zi in enumerate(z)])
    wanted = np.logaddexp(0, against) - y * against
    np.testing.assert_allclose(loss.data[0], wanted, rtol=1e-12, atol=1e-15)
    p = np.exp(-np.logaddexp(0, -against))
    others = [np.exp(np.delete(z, i) - np.logaddexp.reduce(np.delete(z, i))) for i in range(len(z))]
    slope = p - y
    slope = slope - sum((p[i] - y[i]) * np.insert(others[i], i, 0.0) for i in range(len(z)))
    np.testing.assert_allclose(logit.grad[0], slope, rtol=1e-12, atol=1e-15)


def test_the_shares_of_sigmoids_are_right_where_the_sigmoids_are_next_to_nothing():
    z = Value([-60.0, -800.0, 2.0])
    loss = of_many(sigmoid(z), np.array([1.0, 0.0, 0.0]))
    loss.backward()
    assert loss.data == pytest.approx(60 - np.log1p(np.exp(-2.0)), rel=1e-12, abs=0)
    np.testing.assert_allclose(z.grad, [-1.0, 0.0, 1 - 1 / (1 + np.exp(-2.0))], atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", [of_two, of_many])
@pytest.mark.parametrize("activation", [sigmoid, softmax])
def test_nothing_infinite_is_met_on_the_way_to_the_logits(loss, activation, dtype):
    with detect_anomaly():
        z = Value(np.array([[40.0, -60.0, 1.0]], dtype))
        loss(activation(z), np.array([[0.0, 1.0, 0.0]], dtype)).sum().backward()
    assert z.dtype == z.grad.dtype == dtype


@pytest.mark.parametrize("y", [0.0, 1.0])
def test_a_softmax_of_one_class_is_certain_and_learns_nothing(y):
    z = Value([[1.0], [2.0]])
    loss = of_two(softmax(z), np.full((2, 1), y)).sum()
    loss.backward()
    assert (loss.data, z.grad.tolist()) == (200.0 * (1.0 - y), [[0.0], [0.0]])


def test_scipys_sigmoid_is_a_sigmoid_and_a_logarithm_that_is_written_out_is_one():
    sc = pytest.importorskip("scipy.special")
    assert grad(lambda z: of_two(sc.expit(z), 1.0))(-40.0) == -1.0
    assert grad(lambda z: -np.log(1.0 - sigmoid(z)))(30.0) == pytest.approx(1.0, rel=0.05, abs=0)


WRITTEN = {
    "1 / (1 + exp(-z))": lambda z: 1 / (1 + np.exp(-z)),
    "1 / (exp(-z) + 1)": lambda z: 1.0 / (np.exp(-z) + 1.0),
    "1 / (1 + exp(w))": lambda z: 1 / (1 + np.exp(z * -1.0)),
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize(
    ("z", "y", "slope"), [(-40.0, 1.0, -1.0), (40.0, 0.0, 1.0), (0.0, 1.0, -0.5)]
)
def test_a_sigmoid_that_is_written_out_is_a_sigmoid(written, z, y, slope):
    z = np.array([z])
    assert grad(lambda z: of_two(written(z), y).sum())(z).tolist() == [slope]
    assert logits(2 / (1 + np.exp(-Value(z))), sigmoid) is None
    assert logits(1 / (2 + np.exp(-Value(z))), sigmoid) is None
    assert logits(1 / (1 + np.cosh(-Value(z))), sigmoid) is None


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_a_softmax_that_is_written_out_is_a_softmax(axis):
    def written(z):
        e = np.exp(z - np.max(z.data if type(z) is Value else z, axis=axis, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)

    z, y = np.array([[40.0, 0.0], [0.0, 40.0]]), np.array([[0.0, 1.0], [1.0, 0.0]])
    found = grad(lambda z: of_many(written(z), y, axis=axis).sum())(z)
    assert found.tolist() == [[1.0, -1.0], [-1.0, 1.0]]
    assert logits(written(Value(z)), softmax, axis=1 - axis % 2) is None
    whole, e = Value(z), np.exp(Value(z))
    assert logits(np.exp(whole) / np.exp(whole).sum(axis=-1, keepdims=True), softmax) is whole
    assert logits(e / e.sum(keepdims=True), softmax) is None
    assert logits(e / np.exp(Value(z)).sum(axis=-1, keepdims=True), softmax) is None
