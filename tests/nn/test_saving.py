"""Networks in files."""

import numpy as np
import pytest

from tinygrad_xor.nn import Dense, Dropout, Flatten, Sequential
from tinygrad_xor.optim import SGD, Adam

X = [[0, 0], [0, 1], [1, 0], [1, 1]]
Y = [0, 1, 1, 0]


def network(optimizer="adam"):
    layers = [Dense(4, "tanh", input_dim=2), Dropout(0.2), Dense(1, "sigmoid")]
    model = Sequential(layers, seed=3)
    model.compile(loss="binary_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    return model


@pytest.mark.parametrize(
    "optimizer", ["adam", "rmsprop", "adamw", SGD(lr=0.1, momentum=0.9, nesterov=True)]
)
def test_training_that_goes_on_from_a_file_is_training_that_was_not_interrupted(
    optimizer, tmp_path
):
    model = network(optimizer)
    model.fit(X, Y, epochs=5, batch_size=1, verbose=0)
    loaded = Sequential.load(model.save(tmp_path / "half.npz"))
    histories = [
        m.fit(X, Y, epochs=10, initial_epoch=5, batch_size=1, verbose=0) for m in (model, loaded)
    ]
    assert histories[0] == histories[1]
    assert all(map(np.array_equal, model.get_weights(), loaded.get_weights()))


def test_a_file_keeps_layers_shapes_and_what_is_frozen(tmp_path):
    model = Sequential([Flatten(input_shape=(2, 3)), Dense(4, "relu", use_bias=False), Dense(2)])
    model.layers[1].trainable = False
    loaded = Sequential.load(model.save(tmp_path / "network.npz"))
    assert loaded.input_shape == (2, 3)
    assert [repr(layer) for layer in loaded.layers] == [repr(layer) for layer in model.layers]
    assert [layer.trainable for layer in loaded.layers] == [True, False, True]
    x = np.ones((5, 2, 3))
    assert np.array_equal(loaded.predict(x), model.predict(x))
    assert not loaded.is_compiled


def test_weights_alone_are_saved_and_loaded_into_a_network_of_the_same_shape(tmp_path):
    model, other = network(), network()
    model.fit(X, Y, epochs=1, verbose=0)
    path = model.save_weights(tmp_path / "weights.npz")
    other.load_weights(path)
    assert all(map(np.array_equal, model.get_weights(), other.get_weights()))
    with pytest.raises(ValueError, match="is not a network"):
        Sequential.load(path)
    with pytest.raises(ValueError, match="do not fit a network"):
        Sequential([Dense(1, input_dim=2)]).load_weights(path)
    np.savez(tmp_path / "other.npz", a=np.ones(2))
    with pytest.raises(ValueError, match="has no weights of a network"):
        model.load_weights(tmp_path / "other.npz")


def test_what_has_no_name_is_left_out_with_a_warning(tmp_path):
    model = Sequential([Dense(1, input_dim=2)], seed=0)
    model.compile(loss=lambda y_true, y_pred: (y_true - y_pred) ** 2, optimizer=Adam())
    with pytest.warns(UserWarning, match="compile the network again"):
        path = model.save(tmp_path / "network.npz")
    assert not Sequential.load(path).is_compiled


def test_a_damaged_file_is_no_network(tmp_path):
    path = network().save(tmp_path / "network.npz")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match="is not a network"):
        Sequential.load(path)
