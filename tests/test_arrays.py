"""Numbers from outside: what is masked, dated or written out is refused wherever it comes in."""

import numpy as np
import pytest

from tinygrad_xor import Value, metrics
from tinygrad_xor.arrays import checked_array, real_array
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Flatten, MeanSquaredError, Sequential
from tinygrad_xor.optim import SGD
from tinygrad_xor.training import train

MASKED = np.ma.masked_array([[0.0, 1.0], [1.0, 99.0]], mask=[[0, 0], [0, 1]])
DATES = np.array([["2020-01-01", "2020-01-02"]] * 2, dtype="M8[D]")
WORDS = np.array([["a", "b"]] * 2)
RECORDS = np.zeros((2, 2), dtype=[("a", float)])
X, Y = np.ones((2, 2)), np.eye(2)


def model():
    made = Sequential([Dense(2, "sigmoid", input_dim=2)], seed=0)
    made.compile(loss="binary_crossentropy", optimizer="sgd")
    return made


def learned(x, y):
    net = model()
    return train(net, x, y, loss=MeanSquaredError(), optimizer=SGD(net.parameters()), epochs=1)


@pytest.mark.parametrize(
    "wrong", [MASKED, DATES, WORDS, RECORDS], ids="mask date word record".split()
)
@pytest.mark.parametrize(
    "use",
    [
        lambda a: real_array("inputs", a),
        lambda a: model().fit(a, Y, verbose=0),
        lambda a: model().fit(X, a, verbose=0),
        lambda a: model().fit(X, Y, sample_weight=a[0], verbose=0),
        lambda a: model().fit(X, Y, validation_data=(a, Y), verbose=0),
        lambda a: model().predict(a),
        lambda a: model().evaluate(a, Y),
        lambda a: model().set_weights([a, np.zeros(2)]),
        lambda a: learned(a, Y),
        lambda a: learned(X, a),
        lambda a: BinaryCrossentropy()(a, X),
        lambda a: BinaryCrossentropy()(Y, a),
        lambda a: BinaryCrossentropy()(Y, X, a[0]),
        lambda a: metrics.BinaryAccuracy().update_state(a, X),
        lambda a: metrics.BinaryAccuracy().update_state(Y, a),
        lambda a: metrics.Precision().update_state(Y, X, a[0]),
    ],
)
def test_arrays_of_other_things_than_numbers_are_refused_everywhere(wrong, use):
    with pytest.raises(TypeError, match=r"masked array|real numbers"):
        use(wrong)


def test_a_mask_is_refused_by_layers_too():
    for layer in (Dense(2, input_dim=2), Flatten(), Sequential([Dense(1, input_dim=2)])):
        with pytest.raises(TypeError, match=r"a masked array, .* fill it, a.filled"):
            layer(MASKED)


def test_numbers_of_any_kind_become_floats_and_floats_stay_as_wide_as_they_are():
    assert real_array("x", [True, 2]).tolist() == [1.0, 2.0]
    assert real_array("x", np.ones(2, np.float32)).dtype == np.float32
    with pytest.raises(TypeError, match=r"not a Value: pass v\.data"):
        real_array("x", Value(1.0))
    with pytest.raises(ValueError, match="x are no array"):
        real_array("x", [[1], [1, 2]])
    with pytest.raises(ValueError, match=r"x have inf in them, first at \(0, 1\)"):
        checked_array("x", [[0, np.inf]])
