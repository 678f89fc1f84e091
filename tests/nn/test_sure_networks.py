"""Networks that are sure, and wrong, from the start: they learn all the same."""

import numpy as np
import pytest

from tinygrad_xor.nn import Activation, BinaryCrossentropy, Dense, Sequential
from tinygrad_xor.optim import SGD

X = [[0, 0], [0, 1], [1, 0], [1, 1]]
Y = [0, 1, 1, 0]


def sure(scale, last="sigmoid", loss="binary_crossentropy", extra=()):
    model = Sequential([Dense(8, "relu", input_dim=2), Dense(1, last), *extra], seed=0)
    model.compile(loss=loss, optimizer=SGD(learning_rate=0.01), metrics=["accuracy"])
    history = model.fit(scale * np.array(X), Y, batch_size=4, epochs=120, shuffle=False, verbose=0)
    return model, history


@pytest.mark.parametrize("scale", [100, 255])
def test_inputs_as_large_as_grey_levels_are_learned(scale):
    model, history = sure(scale)
    assert history.loss[0] > 20
    assert history.loss[-1] == pytest.approx(0.156, abs=0.005)
    assert history.accuracy[-1] == 1.0
    assert model.evaluate(scale * np.array(X), Y) == pytest.approx([0.156, 1.0], abs=0.005)


def test_probabilities_of_a_sigmoid_are_trained_on_as_the_sums_behind_it():
    of_logits = BinaryCrossentropy(from_logits=True)
    one, history = sure(255)
    for other in (
        sure(255, last=None, loss=of_logits),
        sure(255, last=None, extra=[Activation("sigmoid")]),
    ):
        assert other[1].loss == history.loss
        assert all(map(np.array_equal, one.get_weights(), other[0].get_weights()))
        inputs = 1e4 * np.array(X)
        assert other[0].evaluate(inputs, Y) == one.evaluate(inputs, Y)


def test_a_threshold_is_found_among_numbers_of_fifty_thousand():
    x = np.random.default_rng(0).uniform(-50_000, 50_000, (200, 1))
    y = (x > 1000).astype(float)
    model = Sequential([Dense(1, "sigmoid", input_dim=1)], seed=0)
    model.set_weights([[[-1.0]], [0.0]])
    model.compile(
        loss="binary_crossentropy", optimizer=SGD(learning_rate=0.01), metrics=["accuracy"]
    )
    history = model.fit(x, y, epochs=5, verbose=0)
    assert history.loss[0] > 1000
    assert history.accuracy[-1] == 1.0


def test_validation_measures_the_loss_that_is_trained_on():
    model = Sequential([Dense(2, input_dim=1), Activation("softmax")], seed=0)
    model.set_weights([[[1.0, 0.0]], [0.0, 0.0]])
    model.compile(loss="sparse_categorical_crossentropy", optimizer=SGD(learning_rate=1e-9))
    assert model.evaluate([[40.0]], [1]) == 40.0
    history = model.fit([[40.0]], [1], validation_data=([[40.0]], [1]), verbose=0)
    assert history.history["loss"] == [40.0]
    assert history.history["val_loss"] == pytest.approx([40.0], rel=1e-6)


def test_a_model_with_a_call_of_its_own_is_evaluated_by_it():
    class Twice(Sequential):
        def __call__(self, x, training=False):
            return super().__call__(x, training) * 0.5

    model = Twice([Dense(1, "sigmoid", input_dim=2)], seed=0)
    model.compile(loss="mse", optimizer="sgd")
    model.set_weights([np.zeros((2, 1)), np.zeros(1)])
    assert model.evaluate(X, [0.25] * 4) == 0
