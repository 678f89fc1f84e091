"""Layers beside dense ones: Keras loads them, onnxruntime runs them, and both predict the same."""

import re

import numpy as np
import pytest

from tinygrad_xor.exchange.onnx import network_to_onnx
from tinygrad_xor.nn import Dense, Flatten, Sequential, kinds

pytestmark = pytest.mark.filterwarnings(  # of Keras's own
    "ignore:__array__ implementation:DeprecationWarning",
    "ignore:Explicitly requested dtype float64:UserWarning",
)


def image_network():
    return Sequential(
        [
            kinds.Conv2D(3, 2, padding="same", activation="leaky_relu", input_shape=(5, 5, 2)),
            kinds.MaxPooling2D(2, padding="same"),
            kinds.BatchNormalization(),
            kinds.LeakyReLU(),
            Flatten(),
            Dense(2, "softmax"),
        ],
        seed=0,
    )


def row_network():
    layers = [kinds.Conv1D(2, 2, strides=2, input_shape=(6, 2)), kinds.LayerNormalization()]
    return Sequential([*layers, kinds.ReLU(), kinds.MaxPooling1D(2), Flatten()], seed=0)


def word_network():
    layers = [kinds.Embedding(5, 3, input_shape=(6,)), kinds.Conv1D(2, 3, activation="gelu")]
    return Sequential([*layers, kinds.MaxPooling1D(2), Flatten(), Dense(2, "elu")], seed=0)


def examples(model):
    rng = np.random.default_rng(0)
    words = isinstance(model.layers[0], kinds.Embedding)
    shape = (4, *model.input_shape)
    return rng.integers(0, 5, shape) if words else rng.normal(size=shape)


@pytest.mark.parametrize("make", [image_network, row_network, word_network])
def test_a_keras_file_is_read_back_as_the_same_network(make, tmp_path):
    pytest.importorskip("h5py", reason='reads them: pip install "tinygrad-xor[exchange]"')
    model = make()
    model.set_weights([w + 0.3 for w in model.get_weights()])
    loaded = Sequential.load(model.save(tmp_path / "network.keras"))
    x = examples(model)
    np.testing.assert_array_equal(loaded.predict(x), model.predict(x))
    assert [x.name for x in loaded.layers if x.given_name in {y.name for y in model.layers}]
    again = Sequential.load(loaded.save(tmp_path / "again.keras"))
    assert repr(again) == repr(loaded)


def of_keras(keras, kind):
    """A network of Keras's own, in float64, and examples for it."""
    k, more = keras.layers, {"dtype": "float64"}
    l1l2 = keras.regularizers.L1L2(0.1, 0.2)
    layers = {
        "images": [
            keras.Input((5, 4, 2), **more),
            k.Conv2D(3, (2, 3), strides=2, padding="same", kernel_regularizer="l2", **more),
            k.MaxPooling2D((2, 1), padding="same", **more),
            k.LeakyReLU(**more),
            k.Conv2D(2, 1, activation="elu", use_bias=False, kernel_regularizer="l1", **more),
            k.ELU(**more),
            k.ReLU(**more),
            k.Flatten(**more),
            k.Dense(2, "selu", kernel_regularizer=l1l2, **more),
        ],
        "words": [
            keras.Input((6,), **more),
            k.Embedding(5, 3, **more),
            k.Conv1D(2, 2, padding="same", activation=k.ELU(**more), **more),
            k.MaxPooling1D(3, 2, **more),
            k.Flatten(**more),
            k.Dense(2, "silu", **more),
        ],
        "normalized": [
            keras.Input((5, 4, 2), **more),
            k.BatchNormalization(momentum=0.5, epsilon=0.01, **more),
            k.Conv2D(3, 2, **more),
            k.BatchNormalization(center=False, **more),
            k.LayerNormalization(scale=False, **more),
            k.Flatten(**more),
            k.LayerNormalization(epsilon=0.1, **more),
            k.Dense(2, **more),
        ],
    }[kind]
    rng = np.random.default_rng(0)
    x = rng.integers(0, 5, (8, 6)) if kind == "words" else rng.normal(size=(8, 5, 4, 2))
    return keras.Sequential(layers), x.astype(float)


@pytest.mark.parametrize("kind", ["images", "words", "normalized"])
def test_a_network_of_keras_that_has_learned_is_read_with_all_its_layers(kind, keras, tmp_path):
    theirs, x = of_keras(keras, kind)
    theirs.compile("adam", "mse")
    theirs.fit(x, np.ones((8, 2)), epochs=3, verbose=0)
    theirs.save(tmp_path / "network.keras")
    model = Sequential.load(tmp_path / "network.keras")
    got = keras.ops.convert_to_numpy(theirs(x))
    tolerance = 3e-6 if kind == "normalized" else 1e-12  # Keras normalizes in float32
    np.testing.assert_allclose(model.predict(x), got, rtol=0, atol=tolerance)
    assert [w.shape for w in model.weights] == [w.shape for w in theirs.get_weights()]


def test_regularizers_go_to_keras_and_come_from_there(keras, tmp_path):
    theirs, _ = of_keras(keras, "images")
    theirs.save(tmp_path / "theirs.keras")
    model = Sequential.load(tmp_path / "theirs.keras")
    again = keras.models.load_model(model.save(tmp_path / "ours.keras"))
    wanted = [{"l1": 0.0, "l2": 0.01}, {"l1": 0.01, "l2": 0.0}, {"l1": 0.1, "l2": 0.2}]
    ours = [x.kernel_regularizer for x in model.layers if x.kernel_regularizer]
    assert [vars(penalty) for penalty in ours] == wanted
    penalties = sum(float(penalty.data) for penalty in model.penalties())
    for network in (theirs, again):
        assert sum(map(float, network.losses)) == pytest.approx(penalties, rel=1e-6)


def test_regularizers_that_are_not_here_are_left_out_with_a_word(keras, tmp_path):
    told = {"bias_regularizer": "l2", "kernel_constraint": keras.constraints.NonNeg()}
    dense = keras.layers.Dense(2, dtype="float64", **told)
    file = tmp_path / "a.keras"
    keras.Sequential([keras.Input((3,)), dense]).save(file)
    with pytest.warns(UserWarning, match="it predicts the same, and learns on without it") as said:
        model = Sequential.load(file)
    without = [re.search(r"without its (\w+)", str(warning.message))[1] for warning in said]
    assert sorted(without) == sorted(told)
    assert model.predict(np.ones((1, 3))).shape == (1, 2)


@pytest.mark.parametrize("make", [image_network, row_network, word_network])
def test_keras_predicts_the_same_in_float32_which_it_normalizes_in(make, keras, tmp_path):
    model = make()
    model.set_weights([w + 0.3 for w in model.get_weights()])
    x = examples(model)
    loaded = keras.models.load_model(model.save(tmp_path / "network.keras"))
    got = keras.ops.convert_to_numpy(loaded(x))
    np.testing.assert_allclose(got, model.predict(x), rtol=0, atol=3e-6)


@pytest.mark.parametrize("make", [image_network, row_network, word_network])
def test_onnxruntime_predicts_the_same(make):
    runtime = pytest.importorskip("onnxruntime", reason="runs files: pip install onnxruntime")
    model = make()
    x = examples(model)
    dtype = x.dtype if x.dtype.kind == "i" else np.float64
    session = runtime.InferenceSession(network_to_onnx(model, model.input_shape, dtype))
    np.testing.assert_allclose(session.run(None, {"x": x})[0], model.predict(x), rtol=0, atol=1e-12)
