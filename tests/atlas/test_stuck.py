"""What is said of stuck networks holds for hidden layers that are known."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor.atlas import stuck
from tinygrad_xor.datasets import TRUTH_TABLES, truth_table
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
from tinygrad_xor.optim import Adam
from tinygrad_xor.training import train

X, Y = truth_table("xor")


def relu_layer(weights, biases):
    return np.maximum(X @ np.array(weights, dtype=float) + np.array(biases), 0.0)


#: x1 + x2, and how far it is above 1: the textbook's hidden layer for XOR.
SOLUTION = relu_layer([[1, 1], [1, 1]], [0, -1])


def test_a_relu_is_dead_when_it_is_off_for_all_examples_and_no_other_activation_is():
    hidden = relu_layer([[1, -1, 1], [1, -1, -1]], [0, 0, 0])
    assert stuck.dead(hidden, "relu").tolist() == [False, True, False]
    assert not stuck.dead(hidden, "leaky_relu").any()


@pytest.mark.parametrize(
    ("activation", "function"), [("tanh", np.tanh), ("sigmoid", lambda z: 1 / (1 + np.exp(-z)))]
)
def test_a_neuron_is_saturated_when_no_example_is_on_its_steep_part(activation, function):
    steps = {"tanh": 1.0, "sigmoid": 2.0}  # sigmoid(2 z) is as steep as tanh(z)
    z = steps[activation] * np.array([[-4, -1, 2], [-2, -3, 3], [-2, -3, -3], [-3, -3, -3.0]])
    assert stuck.saturated(function(z), activation).tolist() == [True, False, True]
    assert not stuck.saturated(z, "relu").any()


def test_a_duplicate_is_a_neuron_that_an_earlier_one_can_stand_for():
    one, other = X[:, 0], X[:, 1]
    constant = np.full(4, 0.1 + 0.2)
    hidden = np.stack([one, constant, other, 3 - 2 * one, constant, one + 0.1 * other], axis=1)
    assert stuck.duplicate(hidden).tolist() == [False, False, False, True, False, False]


def test_each_network_of_many_is_judged_by_itself():
    many = np.stack([SOLUTION, relu_layer([[1, -1], [1, -1]], [0, 0])])
    assert stuck.dead(many, "relu").tolist() == [[False, False], [False, True]]
    assert stuck.duplicate(many).tolist() == [[False, False], [False, False]]
    good, bad = stuck.margin(many, Y)
    assert good > 0.1
    assert bad < stuck.BLIND


@pytest.mark.parametrize("task", TRUTH_TABLES)
def test_of_the_truth_tables_only_xor_and_xnor_cannot_be_told_apart_by_a_line(task):
    _, targets = truth_table(task)
    assert (stuck.margin(X, targets) < stuck.BLIND) == (task in ("xor", "xnor"))


def test_the_margin_is_zero_for_one_bent_neuron_and_not_for_one_bent_and_one_straight():
    bent = relu_layer([[1], [1]], [-1])
    assert stuck.margin(bent, Y) < stuck.BLIND
    assert stuck.margin(np.hstack([bent, X @ [[1.0], [1.0]]]), Y) > 0.1


def test_no_output_neuron_does_better_than_the_margin_and_the_best_one_does_as_well():
    optimize = pytest.importorskip("scipy.optimize", reason="the extra special is not installed")
    rng = np.random.default_rng(0)
    signs = np.where(Y.ravel() > 0.5, 1.0, -1.0)
    for units, _ in itertools.product((1, 2, 3), range(8)):
        hidden = np.maximum(rng.normal(size=(4, units)) + 0.3, 0.0)
        points = np.hstack([hidden, np.ones((4, 1))]) * signs[:, None]
        margin = stuck.margin(hidden, Y)
        planes = rng.normal(size=(units + 1, 2000))
        reached = np.min(points @ (planes / np.linalg.norm(planes, axis=0)), axis=0)
        assert reached.max() <= margin + 1e-9
        nearest = optimize.minimize(
            lambda share, points=points: np.sum((points.T @ share) ** 2),
            np.full(4, 0.25),
            method="SLSQP",
            bounds=[(0, 1)] * 4,
            constraints={"type": "eq", "fun": lambda share: share.sum() - 1},
            options={"ftol": 1e-14},
        )
        assert margin == pytest.approx(np.sqrt(nearest.fun), abs=1e-4)


def test_the_margin_grows_with_the_outputs_however_large_they_are():
    for size in (1e3, 1e200):
        assert stuck.margin(size * (X - 0.5), X[:, 0]) == pytest.approx(size / 2, rel=1e-5)


def trained(activation, seed, epochs=2000, hidden=4, **how):
    layers = [Dense(hidden, activation, input_dim=2), Dense(1, "sigmoid")]
    model = Sequential(layers, seed=seed)
    how = {"batch_size": 1, "lr": 0.001, **how}
    optimizer = Adam(model.parameters(), lr=how.pop("lr"))
    history = train(
        model, X, Y, loss=BinaryCrossentropy(), optimizer=optimizer, epochs=epochs, seed=seed, **how
    )
    outputs = model.predict(X)
    right = bool(((outputs > 0.5) == (Y > 0.5)).all())
    is_slow = stuck.slow(history.loss, outputs, model.layers[0](X).data, activation)
    return right, is_slow


def test_sigmoids_that_learn_example_by_example_are_slow_and_larger_steps_help():
    assert trained("sigmoid", seed=0) == (False, True)
    assert trained("sigmoid", seed=0, epochs=300, lr=0.05)[0]


def test_dead_relus_are_stuck_for_good():
    assert trained("relu", seed=3, hidden=2, epochs=300) == (False, False)


def test_a_loss_that_only_shakes_does_not_fall():
    rng = np.random.default_rng(0)
    assert abs(stuck.fall(0.5 + 0.001 * rng.normal(size=2000))) < stuck.FALLING
    assert stuck.fall([0.5] * 5) == 0.0


def rounded_elsewhere(array, ulps=4, seed=0):
    """The same numbers as another processor may give them: each up to `ulps` units off."""
    steps = np.random.default_rng(seed).integers(-ulps, ulps, array.shape, endpoint=True)
    return array + steps * np.spacing(array)


#: Hidden layers at the very edge of what is decided: the line or plane just fails, each neuron is
#: another's copy or is the same for all examples.
EDGES = {
    "the inputs themselves": X,
    "a line": X @ [[0.3, -0.7], [0.1, 0.9]] + 0.2,
    "a line whose outputs are large": 1e9 * (X @ [[0.3, -0.7, 0.4], [0.1, 0.9, 0.4]]) + 1e9,
    "copies": np.tanh(X @ np.full((2, 3), 0.7) - 0.7),
    "two examples in one place": relu_layer([[1, -1], [-1, 1]], [0, 0]),
    "the same for all": np.full((4, 2), 0.1 + 0.2),
    "the same for all, and large": np.full((4, 2), 1e9 / 3),
}


@pytest.mark.parametrize("edge", EDGES)
@given(seed=st.integers(0, 2**32 - 1))
def test_what_is_said_of_a_hidden_layer_does_not_hang_on_its_last_bits(edge, seed):
    hidden = EDGES[edge]
    again = rounded_elsewhere(hidden, seed=seed)
    for targets in (Y, X[:, :1]):
        kept_apart = stuck.margin(hidden, targets)
        assert stuck.margin(again, targets) == pytest.approx(kept_apart, rel=1e-9, abs=0)
    assert stuck.duplicate(again).tolist() == stuck.duplicate(hidden).tolist()


def test_a_margin_is_zero_to_the_last_bit_or_what_the_plane_is_bent_by():
    for along in np.random.default_rng(0).normal(size=(100, 3, 3)):
        plane = X @ along[:2] + along[2]
        normal = np.cross(along[0], along[1]) / np.linalg.norm(np.cross(along[0], along[1]))
        assert stuck.margin(plane, Y) == 0.0
        for bend in (1e-9, 1e-6):  # by which one example of the four is off the plane of the others
            bent = plane + np.outer([0, 0, 0, bend], normal)
            exact = bend / 4 / np.hypot(1, normal @ along[2])
            # outputs of up to 4 are rounded to 1e-16 of that, and the margins are above 1e-11
            assert stuck.margin(bent, Y) == pytest.approx(exact, rel=1e-4)
