"""Layers and losses that do not go together, and what to take instead."""

import numpy as np
import pytest

from tinygrad_xor.nn import Activation, BinaryCrossentropy, Dense, Dropout, Input, Sequential
from tinygrad_xor.optim import SGD

X = [[0, 0], [0, 1], [1, 0], [1, 1]]
Y = [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("last", "loss", "message"),
    [
        (
            None,
            "binary_crossentropy",
            "'linear' .* from -inf to inf: take 'sigmoid', or from_logits",
        ),
        ("relu", "binary_crossentropy", "reads probabilities, .*'relu' .* from 0 to inf"),
        ("softplus", "binary_crossentropy", "'softplus' .* from 0 to inf"),
        ("tanh", "binary_crossentropy", "'tanh' .* from -1 to 1"),
        ("sigmoid", "categorical_crossentropy", "add up to 1, .*'sigmoid' .*: take 'softmax'"),
        ("relu", "sparse_categorical_crossentropy", "add up to 1, .*'relu' .*: take 'softmax'"),
        (None, "sparse_categorical_crossentropy", "take 'softmax', or from_logits=True"),
        ("sigmoid", "hinge", "hinge reads the sign .*'sigmoid' .* none below 0: take 'tanh'"),
        ("relu", "hinge", "none below 0"),
        ("sigmoid", BinaryCrossentropy(from_logits=True), "reads sums of any size, .*'sigmoid'"),
        ("softmax", BinaryCrossentropy(from_logits=True), "take from_logits=False"),
    ],
)
@pytest.mark.parametrize("apart", [False, True])
def test_a_last_activation_that_cannot_give_what_the_loss_reads_is_refused(
    last, loss, message, apart
):
    layers = [Dense(3), Activation(last or "linear")] if apart else [Dense(3, last)]
    with pytest.raises(ValueError, match=message):
        Sequential([*layers, Dropout(0.1)]).compile(loss=loss)
    late = Sequential([Input(2)])
    late.compile(loss=loss)
    for layer in layers:
        late.add(layer)
    with pytest.raises(ValueError, match=message):
        late.fit(X, Y if "sparse" in str(loss) else np.eye(3)[Y], verbose=0)


@pytest.mark.parametrize("loss", ["mse", "binary_crossentropy", "categorical_crossentropy"])
@pytest.mark.parametrize(
    "layers",
    [
        [Dense(1, "softmax")],
        [Dense(1, "softmax", input_dim=2)],
        [Dense(1, input_dim=2), Activation("softmax")],
        [Dense(1, "softmax"), Dense(1, "sigmoid")],
    ],
)
def test_a_softmax_over_one_unit_is_refused_with_what_to_take(layers, loss):
    with pytest.raises(ValueError, match=r"one unit is always 1, .*'sigmoid', for classes a unit"):
        Sequential(layers).compile(loss=loss)


def test_an_activation_of_ones_own_goes_with_every_loss():
    model = Sequential([Dense(1, lambda z: z.sigmoid(), input_dim=2)], seed=0)
    for loss in ("binary_crossentropy", "hinge", BinaryCrossentropy(from_logits=True)):
        model.compile(loss=loss)
        assert model.fit(X, Y, verbose=0).epochs == 1


def test_predictions_that_leave_the_domain_while_training_are_refused_at_the_step():
    model = Sequential([Dense(1, lambda z: z * 1.0, input_dim=2)], seed=0)
    model.set_weights([np.full((2, 1), 0.4), np.full(1, 0.1)])
    model.compile(loss="binary_crossentropy", optimizer=SGD(learning_rate=10.0))
    with pytest.raises(ValueError, match="takes probabilities, 0, 1 or between, not"):
        model.fit(X, Y, epochs=5, verbose=0)


@pytest.mark.parametrize(
    ("last", "y", "message"),
    [
        ("sigmoid", [0, 128, 255, 7], "from 0 to 255, and 'sigmoid' .* from 0 to 1: scale"),
        ("tanh", [0, 2, 2, 0], "from 0 to 2, and 'tanh' .* from -1 to 1: scale"),
        ("relu", [-1, 1, 1, -1], "from -1 to 1, and 'relu' .* from 0 to inf: scale"),
    ],
)
@pytest.mark.parametrize("loss", ["mse", "mae"])
def test_targets_that_the_last_activation_cannot_give_are_warned_of(last, loss, y, message):
    model = Sequential([Dense(1, last, input_dim=2)], seed=0)
    model.compile(loss=loss)
    with pytest.warns(UserWarning, match=message) as caught:
        model.fit(X, y, verbose=0)
    assert [warning.filename for warning in caught] == [__file__]


def test_the_accuracy_of_numbers_is_warned_of():
    model = Sequential([Dense(1, input_dim=2)], seed=0)
    model.compile(loss="mse", metrics=["accuracy"])
    with pytest.warns(UserWarning, match=r'from 0 to 255, with 3 values: .* metrics=\["mae"\]'):
        model.fit(X, [0, 7, 255, 0], verbose=0)


@pytest.mark.parametrize(
    ("last", "y"),
    [
        ("sigmoid", [0.1, 0.9, 0.9, 0.1]),
        ("tanh", [-1, 1, 1, -1]),
        ("softmax", [[0, 1], [1, 0], [1, 0], [0, 1]]),
        (None, [-1, 1, 1, -1]),
    ],
)
def test_classes_as_numbers_are_warned_of_nowhere(last, y):
    model = Sequential([Dense(np.shape(y)[1] if np.ndim(y) == 2 else 1, last, input_dim=2)], seed=0)
    model.compile(loss="mse", metrics=["accuracy"])
    assert 0 <= model.fit(X, y, verbose=0).accuracy[0] <= 1
