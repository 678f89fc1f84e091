"""The programs for other libraries run there, and predict the same."""

import os
import sys
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor.exchange.layers import ACTIVATIONS as ELSEWHERE
from tinygrad_xor.exchange.layers import ROWS, LayerData, row
from tinygrad_xor.nn import Activation, Dense, Dropout, Flatten, Sequential
from tinygrad_xor.nn.activations import ACTIVATIONS
from tinygrad_xor.nn.kinds import LAYERS

pytestmark = pytest.mark.filterwarnings("ignore:(?s).*softmax over axis:UserWarning")  # Keras's
X = np.random.default_rng(0).normal(size=(7, 2, 3)) * 4
KNOWN = tuple(name for name in ACTIVATIONS if name != "gelu" or find_spec("scipy"))
NO_TANH = tuple(name for name in KNOWN if name != "tanh")


@st.composite
def networks(draw, activations=KNOWN):
    layers = [Flatten(input_shape=(2, 3))] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(1, 3))):
        activation, bias = draw(st.sampled_from(activations)), draw(st.booleans())
        layers.append(Dense(draw(st.integers(1, 4)), activation, use_bias=bias))
        if draw(st.booleans()):
            layers += [Dropout(0.5), Activation(draw(st.sampled_from(activations)))]
    model = Sequential(layers, seed=0)
    model.build((2, 3))
    model.set_weights([w + 0.1 for w in model.get_weights()])
    return model


def made_by(text):
    """The names that a program defines."""
    space = {}
    exec(compile(text, "written", "exec"), space)
    return space


def assert_same(got, model):
    assert got.dtype == np.float64
    np.testing.assert_allclose(got, model.predict(X), rtol=0, atol=1e-12)


def in_torch(text):
    torch = pytest.importorskip("torch", reason="runs the program: pip install torch")
    return made_by(text)["model"](torch.tensor(X)).detach().numpy()


def in_jax(text):
    jax = pytest.importorskip("jax", reason="runs the program: pip install jax")
    before = jax.config.jax_enable_x64
    try:
        made = made_by(text)
        return np.asarray(made["predict"](made["weights"], X))
    finally:
        jax.config.update("jax_enable_x64", before)


def in_keras(text):
    jax = pytest.importorskip("jax", reason="Keras computes by it here: pip install jax")
    os.environ["KERAS_BACKEND"] = "jax"
    keras = pytest.importorskip("keras", reason="runs the program: pip install keras jax")
    if keras.backend.backend() != "jax":
        pytest.skip("Keras was imported before, with another backend")
    before = jax.config.jax_enable_x64
    try:
        return keras.ops.convert_to_numpy(made_by(text)["model"](X))
    finally:
        jax.config.update("jax_enable_x64", before)


@given(networks())
def test_the_program_for_pytorch_predicts_the_same(model):
    assert_same(in_torch(model.to_torch()), model)


@given(networks())
def test_the_program_for_jax_predicts_the_same(model):
    assert_same(in_jax(model.to_jax()), model)


@given(networks(NO_TANH))
def test_the_program_for_keras_predicts_the_same(model):
    assert_same(in_keras(model.to_keras()), model)


@pytest.mark.parametrize("run", [in_torch, in_jax, in_keras])
@pytest.mark.parametrize("activation", NO_TANH)
def test_an_activation_keeps_its_digits_far_from_0(activation, run):
    model = Sequential([Flatten(input_shape=(2, 3)), Dense(8, activation)])
    weights = np.linspace(-3.0, 3.0, 48).reshape(6, 8)  # up to 60 for X, and more between 20 and 30
    model.set_weights([weights, np.zeros(8)])
    text = {in_torch: model.to_torch, in_jax: model.to_jax, in_keras: model.to_keras}[run]()
    got, wanted = run(text), model.predict(X)
    assert wanted.max() > 20 or wanted.max() <= 1
    np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-14)


def test_weights_of_float32_stay_what_they_are():
    of_float32 = lambda rng, shape: rng.normal(size=shape).astype(np.float32)
    layer = Dense(3, "relu", kernel_initializer=of_float32, bias_initializer=of_float32, seed=0)
    model = Sequential([layer])
    model.build((2, 3))
    torch = pytest.importorskip("torch", reason="runs the program: pip install torch")
    made = made_by(model.to_torch())["model"]
    assert np.array_equal(made[0].weight.detach().numpy(), layer.kernel.data.T)
    assert made(torch.tensor(X, dtype=torch.float32)).dtype == torch.float32
    assert '"float32"' in model.to_jax()
    assert "dtype='float32'" in model.to_keras()


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 5e-324, 1.7976931348623157e308, -0.0])
def test_every_number_keeps_its_digits(number):
    pytest.importorskip("torch", reason="runs the program: pip install torch")
    model = Sequential([Dense(1, input_dim=1)])
    model.set_weights([[[number]], [number]])
    made = made_by(model.to_torch())["model"]
    assert made[0].weight.detach().numpy().tobytes() == np.array([[number]]).tobytes()


def test_every_activation_has_a_form_elsewhere():
    assert set(ELSEWHERE) == set(ACTIVATIONS)


@pytest.mark.parametrize("kind", [*LAYERS, "Masking"])
def test_a_layer_has_a_row_or_is_refused_by_name(kind):
    assert set(ROWS) >= {"Activation", "Dense", "Dropout", "Flatten"}
    if kind not in ROWS:
        with pytest.raises(ValueError, match=f"'first' is a {kind}, which has no form elsewhere"):
            row(LayerData(kind, {}, name="first"))


def test_importing_networks_imports_no_other_library():
    import subprocess

    code = "import tinygrad_xor.nn, tinygrad_xor.exchange, sys; print(sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    for name in ("h5py", "torch", "keras", "jax", "onnx", "safetensors"):
        assert f"'{name}'" not in run.stdout
