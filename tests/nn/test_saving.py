"""Networks in files."""

import copy
import json
import pickle
import zipfile

import numpy as np
import pytest

from tinygrad_xor import optim
from tinygrad_xor.datasets import truth_table
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


def test_a_dense_layer_for_examples_of_two_axes_is_read_back(tmp_path):
    model = Sequential([Dense(2, "relu", input_shape=(2, 3))], seed=0)
    loaded = Sequential.load(model.save(tmp_path / "network.npz"))
    x = np.ones((5, 2, 3))
    assert np.array_equal(loaded.predict(x), model.predict(x))


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


@pytest.mark.parametrize("epochs", [3, 2000])  # by eager steps, and by a compiled one
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_of_a_network_that_has_learned_goes_on_as_it_would(copied, epochs):
    X, y = truth_table("xor")
    model = Sequential([Dense(4, "tanh", input_dim=2), Dense(1, "sigmoid")], seed=0)
    model.compile("adam", "binary_crossentropy")
    model.fit(X, y, epochs=epochs, verbose=0)
    twin = copied(model)
    for each in (model, twin):
        each.fit(X, y, epochs=epochs, verbose=0, shuffle=False)
    for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


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


def members(path):
    """The arrays of a file."""
    with np.load(path) as file:
        return {name: file[name] for name in file.files}


def deep():
    model = Sequential([Dense(3, "tanh", input_dim=3), Dense(3, "relu"), Dense(3)], seed=1)
    model.compile("adam", "mse")
    return model


def test_weights_go_where_their_names_say_in_whatever_order_they_stand(tmp_path):
    model, x = deep(), np.ones((1, 3))
    arrays = members(model.save(tmp_path / "network.npz"))
    path = tmp_path / "turned.npz"
    np.savez(path, **dict(reversed(arrays.items())))
    assert np.array_equal(Sequential.load(path).predict(x), model.predict(x))
    other = deep()
    other.set_weights([np.zeros_like(w) for w in other.get_weights()])
    other.load_weights(path)
    assert np.array_equal(other.predict(x), model.predict(x))


@pytest.mark.parametrize("read", ["load", "load_weights"])
def test_layers_that_were_exchanged_inside_a_file_are_noticed(read, tmp_path):
    model = deep()
    path = model.save(tmp_path / "network.npz")
    arrays = members(path)
    arrays["0.kernel"], arrays["1.kernel"] = arrays["1.kernel"], arrays["0.kernel"]
    np.savez(tmp_path / "exchanged.npz", **arrays)
    with zipfile.ZipFile(path) as one, zipfile.ZipFile(tmp_path / "exchanged.npz", "a") as other:
        other.comment = one.comment
    load = Sequential.load if read == "load" else model.load_weights
    with pytest.raises(ValueError, match="checksum is wrong: it was damaged or changed"):
        load(tmp_path / "exchanged.npz")


def test_weights_of_a_network_with_other_layers_between_are_taken(tmp_path):
    dropping = Sequential([Dropout(0.1, input_shape=2), Dense(2), Dropout(0.5), Dense(1)], seed=0)
    path = dropping.save_weights(tmp_path / "weights.npz")
    plain = Sequential([Dense(2, input_dim=2), Dense(1)], seed=1)
    plain.load_weights(path)
    assert all(map(np.array_equal, plain.get_weights(), dropping.get_weights()))


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_loaded_with_a_warning(number, tmp_path):
    model = network()
    model.set_weights([np.full_like(w, number) for w in model.get_weights()])
    path = model.save(tmp_path / "network.npz")
    with pytest.warns(UserWarning, match="no finite numbers, and so will be what it predicts"):
        Sequential.load(path)


def test_a_small_file_that_would_unpack_to_a_large_one_is_refused_unopened(tmp_path):
    path = tmp_path / "bomb.npz"
    arrays = members(network().save(tmp_path / "network.npz"))
    np.savez_compressed(path, **arrays, unused=np.zeros(10**6))
    assert path.stat().st_size < 10_000
    with pytest.raises(ValueError, match="packed, or larger than the file"):
        Sequential.load(path)


def test_a_layer_of_a_milliard_neurons_is_refused_before_it_is_made(tmp_path):
    path = tmp_path / "network.npz"
    arrays = members(network().save(path))
    config = json.loads(str(arrays["config"]))
    config["layers"][0]["units"] = 10**9
    np.savez(path, **{**arrays, "config": np.array(json.dumps(config))})
    with pytest.raises(ValueError, match="and its kernel of shape"):
        Sequential.load(path)


def test_a_file_that_cannot_be_opened_is_not_said_to_be_damaged(tmp_path):
    for read in (Sequential.load, network().load_weights):
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "none.npz")
        with pytest.raises(ValueError, match="is not a network"):
            read(tmp_path)


@pytest.mark.parametrize(
    "optimizer",
    [
        optim.Nadam(lr=0.01, clipnorm=0.5, weight_decay=0.01),
        optim.Adagrad(learning_rate=optim.CosineDecay(0.1, 30, 0.2)),
        optim.Adam(lr=optim.PiecewiseConstantDecay([3], [0.1, 0.01])),
    ],
    ids=lambda optimizer: type(optimizer).__name__,
)
def test_training_goes_on_with_the_same_clipping_decay_and_schedule(optimizer, tmp_path):
    model = Sequential([Dense(3, "tanh", input_dim=2), Dense(1, "sigmoid")], seed=0)
    model.compile(optimizer, "binary_crossentropy")
    x, y = truth_table("xor")
    model.fit(x, y, epochs=3, verbose=0)
    again = Sequential.load(model.save(tmp_path / "network.npz"))
    assert again.optimizer.schedule == model.optimizer.schedule
    for network in (model, again):
        network.fit(x, y, epochs=3, verbose=0)
    assert all(map(np.array_equal, model.get_weights(), again.get_weights()))
