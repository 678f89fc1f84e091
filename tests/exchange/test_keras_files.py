"""Files of Keras 3, read and written, and compared with the real one.

Keras keeps float64 under JAX in all it computes, but in tanh, which gives float32 there.
"""

import json
import sys
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor.exchange.reading import archived, members
from tinygrad_xor.nn import Activation, Dense, Dropout, Flatten, Layer, Sequential
from tinygrad_xor.nn.activations import ACTIVATIONS

h5py = pytest.importorskip(
    "h5py", reason='reads .keras files: pip install "tinygrad-xor[exchange]"'
)

pytestmark = pytest.mark.filterwarnings(  # of Keras's own
    "ignore:__array__ implementation:DeprecationWarning",
    "ignore:(?s).*softmax over axis:UserWarning",
)
X = np.random.default_rng(0).normal(size=(7, 2, 3))
KNOWN = tuple(name for name in ACTIVATIONS if name != "gelu" or find_spec("scipy"))


def predicted(keras, model):
    return keras.ops.convert_to_numpy(model(X))


@st.composite
def networks(draw, activations=tuple(name for name in KNOWN if name != "tanh")):
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


@given(networks())
def test_keras_loads_what_is_written_and_predicts_the_same(keras, tmp_path_factory, model):
    path = model.save(tmp_path_factory.mktemp("files") / "network.keras")
    got = predicted(keras, keras.models.load_model(path))
    assert got.dtype == np.float64
    np.testing.assert_allclose(got, model.predict(X), rtol=0, atol=1e-12)


def test_tanh_is_that_of_keras(keras, tmp_path):
    model = Sequential([Dense(3, "tanh", input_shape=(2, 3))], seed=0)
    loaded = keras.models.load_model(model.save(tmp_path / "network.keras"))
    np.testing.assert_allclose(predicted(keras, loaded), model.predict(X), rtol=0, atol=1e-6)


@given(networks(KNOWN))
def test_a_file_is_read_back_as_a_network_that_predicts_the_same(tmp_path_factory, model):
    model.layers[-1].trainable = False
    path = model.save(tmp_path_factory.mktemp("files") / "network.keras")
    loaded = Sequential.load(path)
    assert np.array_equal(loaded.predict(X), model.predict(X))
    assert loaded.input_shape == model.input_shape
    assert not loaded.layers[-1].trainable
    assert loaded.get_layer(model.layers[0].name)


def test_a_network_of_keras_that_has_learned_is_read(keras, tmp_path):
    of_keras = keras.Sequential(
        [
            keras.Input((2, 3), dtype="float64"),
            keras.layers.Flatten(dtype="float64"),
            keras.layers.Dense(
                4, "relu", dtype="float64", kernel_regularizer="l2", kernel_initializer="he_normal"
            ),
            keras.layers.Dropout(0.5, seed=3, dtype="float64"),
            keras.layers.Dense(
                4, keras.layers.LeakyReLU(negative_slope=0.01, dtype="float64"), dtype="float64"
            ),
            keras.layers.Dense(3, dtype="float64", trainable=False, name="last"),
            keras.layers.ReLU(dtype="float64"),
            keras.layers.Softmax(dtype="float64"),
        ]
    )
    of_keras.compile("adam", "mse")
    of_keras.fit(X, np.ones((7, 3)), epochs=2, verbose=0)
    of_keras.save(tmp_path / "network.keras")
    model = Sequential.load(tmp_path / "network.keras")
    np.testing.assert_allclose(model.predict(X), predicted(keras, of_keras), rtol=0, atol=1e-12)
    assert not model.get_layer("last").trainable
    assert not model.is_compiled


def test_a_network_without_an_input_layer_is_read(keras, tmp_path):
    of_keras = keras.Sequential([keras.layers.Dense(2), keras.layers.Dense(1)])
    of_keras.build((None, 3))
    of_keras.save(tmp_path / "network.keras")
    assert Sequential.load(tmp_path / "network.keras").input_shape == (3,)


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        (lambda k: [k.layers.GaussianNoise(0.1)], "'gaussian_noise.*' is a GaussianNoise: known"),
        (lambda k: [k.layers.ReLU(max_value=6)], "'re_lu.*' has max_value=6, as none has here"),
        (lambda k: [k.layers.Softmax(axis=1)], "'softmax.*' has axis=1"),
        (lambda k: [k.layers.Dense(2, k.layers.LeakyReLU(0.3))], "has negative_slope=0.3"),
        (lambda k: [k.layers.Dense(2, k.layers.Dropout(0.3))], "Dropout is no activation here"),
        (lambda k: [k.layers.Conv1D(2, 1, dilation_rate=2)], r"has dilation_rate=\[2\]"),
        (lambda k: [k.layers.Conv1D(3, 1, groups=3)], "has groups=3"),
        (lambda k: [k.layers.Conv1D(2, 2, padding="causal")], "there are 'valid' and 'same'"),
        (lambda k: [k.layers.MaxPooling1D(data_format="channels_first")], "has data_format='ch"),
        (lambda k: [k.layers.BatchNormalization(axis=1)], "has axis=1"),
        (lambda k: [k.layers.LayerNormalization(axis=[1, 2])], r"has axis=\[1, 2\]"),
        (lambda k: [k.layers.Embedding(3, 2, mask_zero=True)], "has mask_zero=True"),
        (
            lambda k: [k.layers.Dense(2, "leaky_relu")],
            "slope of 0.2, and that of this package 0.01",
        ),
        (lambda k: [k.layers.Dense(2, "mish")], "unknown activation 'mish'"),
    ],
)
def test_what_keras_has_and_this_package_does_not_is_refused_by_name(keras, layers, said, tmp_path):
    keras.Sequential([keras.Input((2, 3)), *layers(keras)]).save(tmp_path / "a.keras")
    with pytest.raises(ValueError, match=said):
        Sequential.load(tmp_path / "a.keras")


def test_a_network_that_is_no_row_of_layers_is_refused(keras, tmp_path):
    x = keras.Input((2,))
    keras.Model(x, [keras.layers.Dense(1)(x), x]).save(tmp_path / "a.keras")
    with pytest.raises(ValueError, match="holds a Functional and not a Sequential network"):
        Sequential.load(tmp_path / "a.keras")


class Own(Layer):
    def call(self, x):
        return x


@pytest.mark.parametrize("layer", [Own(), Activation(np.sin), Dense(2, lambda x: x)])
def test_a_layer_of_your_own_is_refused_before_anything_is_written(layer, tmp_path):
    model = Sequential([Dense(2, input_dim=2), layer], seed=0)
    for write in (lambda: model.save(tmp_path / "a.keras"), model.to_keras, model.to_torch):
        with pytest.raises(
            ValueError, match=r'known to this program alone.*save\("network.onnx"\)'
        ):
            write()
    assert not list(tmp_path.iterdir())


def test_a_network_that_is_not_built_is_refused(tmp_path):
    model = Sequential([Dense(2)])
    for name in ("a.onnx", "a.keras"):
        with pytest.raises(ValueError, match="weights yet: "):
            model.save(tmp_path / name)


def test_initialisers_which_differ_between_versions_are_not_in_the_file(tmp_path):
    path = Sequential([Dense(2, input_dim=2)], seed=0).save(tmp_path / "a.keras")
    config = members(path.read_bytes())["config.json"].decode()
    assert "initializer" not in config
    assert json.loads(config)["config"]["layers"][1]["config"]["units"] == 2


def test_a_damaged_file_is_refused_in_one_sentence(tmp_path):
    path = Sequential([Dense(3, "relu", input_dim=2), Dense(1)], seed=0).save(tmp_path / "a.keras")
    raw = path.read_bytes()
    for length in range(0, len(raw), 97):
        path.write_bytes(raw[:length])
        with pytest.raises(ValueError, match=r"a\.keras is not a .keras file that can be read"):
            Sequential.load(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda config: config.clear(), "class_name"),
        (
            lambda config: config["config"]["layers"][1]["config"].update(units=10**9),
            "its kernel of",
        ),
        (lambda config: config["config"]["layers"][1]["config"].update(units=4), "its kernel of"),
        (lambda config: config["config"]["layers"].pop(1), "do not fit|its kernel|was made for"),
        (
            lambda config: config["config"]["layers"][1].update(class_name="Flatten"),
            "a.keras is not",
        ),
    ],
)
def test_a_configuration_that_does_not_fit_the_weights_is_refused(change, said, tmp_path):
    path = Sequential([Dense(3, "relu", input_dim=2), Dense(1)], seed=0).save(tmp_path / "a.keras")
    files = members(path.read_bytes())
    config = json.loads(files["config.json"])
    change(config)
    path.write_bytes(archived({**files, "config.json": json.dumps(config).encode()}))
    with pytest.raises(ValueError, match=said):
        Sequential.load(path)


def test_weights_that_are_linked_from_elsewhere_or_packed_are_refused(tmp_path):
    path = Sequential([Dense(3, input_dim=2)], seed=0).save(tmp_path / "a.keras")
    files = members(path.read_bytes())

    def with_kernel(write):
        with h5py.File(tmp_path / "w.h5", "w") as file:
            group = file.create_group("layers/dense/vars")
            group["1"] = np.zeros(3)
            write(group)
        changed = {**files, "model.weights.h5": (tmp_path / "w.h5").read_bytes()}
        path.write_bytes(archived(changed))

    def link(group):
        group["0"] = h5py.ExternalLink("other.h5", "/x")

    def packed(group):
        group.create_dataset("0", data=np.zeros((2, 3)), chunks=True, compression="gzip")

    def elsewhere(group):
        group.create_dataset("0", (2, 3), "f8", external=[("other", 0, 48)])

    with_kernel(lambda group: group.__setitem__("0", np.zeros((2, 3))))
    assert np.all(Sequential.load(path).layers[0].kernel.data == 0)
    for write in (link, packed, elsewhere):
        with_kernel(write)
        with pytest.raises(ValueError, match=r"is not in the file itself|packed, elsewhere"):
            Sequential.load(path)


def test_without_h5py_one_sentence_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "h5py", None)
    model = Sequential([Dense(3, input_dim=2)], seed=0)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "tinygrad-xor\[exchange\]"'):
        model.save(tmp_path / "a.keras")


def test_an_onnx_file_is_not_read(tmp_path):
    path = Sequential([Dense(3, input_dim=2)], seed=0).save(tmp_path / "a.onnx")
    with pytest.raises(ValueError, match="are written, and not read"):
        Sequential.load(path)
