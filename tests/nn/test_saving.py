"""Networks in files."""

import copy
import pickle

import numpy as np
import pytest

from tinygrad_xor.nn import Activation, Dense, Dropout, Flatten, Sequential
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
    with pytest.raises(ValueError, match="do not fit a Sequential"):
        Sequential([Dense(1, input_dim=2)]).load_weights(path)
    np.savez(tmp_path / "other.npz", a=np.ones(2))
    with pytest.raises(ValueError, match="has no weights of a network"):
        model.load_weights(tmp_path / "other.npz")


@pytest.mark.parametrize("activation", [np.sin, lambda x: x * 2])
def test_a_network_whose_file_could_not_be_read_back_is_not_written(activation, tmp_path):
    model = Sequential([Dense(2, activation, input_dim=2)])
    with pytest.raises(ValueError, match="cannot be read back"):
        model.save(tmp_path / "network.npz")
    assert not list(tmp_path.iterdir())


def test_a_file_is_written_over_only_where_it_may_be(tmp_path):
    path = tmp_path / "network.npz"
    for write in (network().save, network().save_weights):
        write(path, overwrite=True)
        with pytest.raises(FileExistsError, match="pass overwrite=True"):
            write(path, overwrite=False)


def test_names_and_activations_as_layers_are_in_the_file(tmp_path):
    layers = [Dense(3, input_dim=2, name="hidden"), Activation("tanh"), Dense(1, name="output")]
    model = Sequential(layers, seed=0)
    other = Sequential.load(model.save(tmp_path / "network.npz"))
    assert [layer.name for layer in other.layers] == ["hidden", "activation_1", "output"]
    assert np.array_equal(other.predict(X), model.predict(X))
    joined = Sequential([Dense(3, "tanh", input_dim=2), Dense(1)])
    joined.set_weights(model.get_weights())
    assert np.array_equal(joined.predict(X), model.predict(X))


def test_what_has_no_name_is_left_out_with_a_warning(tmp_path):
    model = Sequential([Dense(1, input_dim=2)], seed=0)
    model.compile(loss=lambda y_true, y_pred: (y_true - y_pred) ** 2, optimizer=Adam())
    with pytest.warns(UserWarning, match="compile the network again"):
        path = model.save(tmp_path / "network.npz")
    assert not Sequential.load(path).is_compiled


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_of_a_network_learns_as_the_network_itself(copied):
    model = Sequential([Dense(3, "relu", input_dim=2), Dropout(0.5), Dense(1, "sigmoid")], seed=0)
    model.compile("adam", "mse", ["accuracy"])
    model.fit(X, Y, epochs=2, verbose=0)
    other = copied(model)
    before = other.get_weights()
    expected = model.fit(X, Y, epochs=3, verbose=0).loss
    assert all(map(np.array_equal, other.get_weights(), before))
    assert other.fit(X, Y, epochs=3, verbose=0).loss == expected
    assert other.layers[0].activation is model.layers[0].activation


def test_a_damaged_file_is_no_network(tmp_path):
    path = network().save(tmp_path / "network.npz")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match="is not a network"):
        Sequential.load(path)
