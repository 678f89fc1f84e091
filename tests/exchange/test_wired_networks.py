"""Networks with any wiring on their way elsewhere: as ONNX all of them, else those in a row."""

import numpy as np
import pytest

from tinygrad_xor import nn
from tinygrad_xor.nn import Dense, Input, Model, Sequential

rng = np.random.default_rng(0)
A, B, WORDS = rng.normal(size=(7, 3)), rng.normal(size=(7, 2)), rng.integers(0, 5, size=(7, 4))


def wired():
    a, b, words = Input(3), Input(2), Input(4)
    inner = Sequential([Dense(4, "tanh"), nn.BatchNormalization()])
    looked_up = nn.Flatten()(nn.Embedding(5, 1)(words))
    h = nn.add([inner(a), Dense(4, "relu")(b), looked_up])
    return Model([a, b, words], [Dense(1)(h), Dense(2, "softmax")(nn.concatenate([h, a]))], seed=0)


def in_a_row():
    """A functional model, a network inside, and names that are there twice."""
    x = Input(3)
    inner = Sequential([Dense(4, "relu"), Dense(2)])
    return Model(x, Dense(1, "sigmoid")(inner(Dense(3)(x))), seed=0)


def test_an_onnx_file_takes_any_wiring_and_several_inputs_and_outputs(tmp_path):
    runtime = pytest.importorskip("onnxruntime")
    model = wired()
    session = runtime.InferenceSession(model.save(tmp_path / "network.onnx").read_bytes())
    names = [x.name for x in session.get_inputs()]
    assert names == ["x[0]", "x[1]", "x[2]"]
    got = session.run(None, dict(zip(names, [A, B, WORDS], strict=True)))
    for theirs, ours in zip(got, model.predict([A, B, WORDS]), strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=1e-12, atol=1e-12)


def test_a_network_whose_layers_stand_in_a_row_goes_wherever_a_sequential_goes(tmp_path):
    model = in_a_row()
    path = model.save(tmp_path / "network.keras")
    read = nn.load_model(path)
    assert isinstance(read, Sequential)
    assert np.array_equal(read.predict(A), model.predict(A))
    assert len({layer.name for layer in read.layers}) == 4
    other = in_a_row()
    other.load_weights(model.save_weights(tmp_path / "network.pt"))
    assert np.array_equal(other.predict(A), model.predict(A))
    for text in (model.to_torch(), model.to_keras(), model.to_jax()):
        compile(text, "text", "exec")


def test_keras_predicts_the_same_with_what_was_a_network_in_a_network(keras, tmp_path):
    path = in_a_row().save(tmp_path / "network.keras")
    theirs = keras.ops.convert_to_numpy(keras.models.load_model(path)(A))
    np.testing.assert_allclose(theirs, in_a_row().predict(A), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "taken",
    [
        lambda model, folder: model.save(folder / "network.keras"),
        lambda model, folder: model.save_weights(folder / "network.pt"),
        lambda model, folder: model.to_torch(),
        lambda model, folder: model.to_keras(),
        lambda model, folder: model.to_jax(),
    ],
)
def test_another_wiring_is_refused_where_layers_stand_in_a_row(taken, tmp_path):
    x = Input(3)
    for model in (wired(), Model(x, nn.add([x, Dense(3)(x)]))):
        with pytest.raises(ValueError, match=r"stand in a row.*network\.onnx"):
            taken(model, tmp_path)
    assert list(tmp_path.iterdir()) == []
