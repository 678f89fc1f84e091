"""Layers beside dense ones: Keras loads them, onnxruntime runs them, and both predict the same."""

import numpy as np
import pytest

from tinygrad_xor.exchange.onnx import network_to_onnx
from tinygrad_xor.nn import Dense, Flatten, Sequential, kinds


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


@pytest.mark.parametrize("make", [image_network, row_network])
def test_onnxruntime_predicts_the_same(make):
    runtime = pytest.importorskip("onnxruntime", reason="runs files: pip install onnxruntime")
    model = make()
    x = np.random.default_rng(0).normal(size=(4, *model.input_shape))
    session = runtime.InferenceSession(network_to_onnx(model, model.input_shape))
    np.testing.assert_allclose(session.run(None, {"x": x})[0], model.predict(x), rtol=0, atol=1e-12)


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype float64")
@pytest.mark.parametrize("make", [image_network, row_network])
def test_keras_predicts_the_same_in_float32_which_it_normalizes_in(make, keras, tmp_path):
    model = make()
    model.set_weights([w + 0.3 for w in model.get_weights()])
    x = np.random.default_rng(0).normal(size=(4, *model.input_shape))
    loaded = keras.models.load_model(model.save(tmp_path / "network.keras"))
    got = keras.ops.convert_to_numpy(loaded(x))
    np.testing.assert_allclose(got, model.predict(x), rtol=0, atol=3e-6)
