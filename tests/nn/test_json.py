"""Networks as a text of JSON: the layers, and nothing that they have learned."""

import json

import numpy as np
import pytest

from tinygrad_xor import nn
from tinygrad_xor.nn import Dense, Sequential, model_from_json


def network(seed=0):
    layers = [
        nn.Conv2D(3, 2, padding="same", activation="elu", input_shape=(4, 4, 1)),
        nn.BatchNormalization(momentum=0.9),
        nn.MaxPooling2D(2, name="pool"),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Dropout(0.25),
        Dense(4, "silu", kernel_regularizer="l2", kernel_initializer="he_normal"),
        nn.LayerNormalization(),
        nn.Activation("tanh"),
        Dense(2, use_bias=False),
    ]
    model = Sequential(layers, seed=seed)
    model.layers[0].trainable = False
    return model


def test_the_network_of_a_text_has_the_same_layers_and_with_the_seed_the_same_weights():
    model = network(seed=5)
    made = model_from_json(model.to_json(), seed=5)
    assert repr(made) == repr(model)
    assert [x.name for x in made.layers] == [x.name for x in model.layers]
    assert [x.trainable for x in made.layers] == [x.trainable for x in model.layers]
    assert all(map(np.array_equal, made.get_weights(), model.get_weights()))
    assert made.to_json() == model.to_json()
    assert not made.is_compiled


def test_without_the_seed_the_weights_are_new():
    model = network()
    made = model_from_json(model.to_json())
    assert not np.array_equal(made.get_weights()[0], model.get_weights()[0])


@pytest.mark.parametrize("first", [Dense(3, "relu"), nn.Embedding(5, 2), nn.ReLU()])
def test_a_network_that_is_not_built_stays_so(first):
    made = model_from_json(Sequential([first]).to_json())
    assert made.input_shape is None
    assert repr(made) == repr(Sequential([first]))


def test_a_text_is_the_part_of_a_file_that_says_which_layers_there_are(tmp_path):
    model = network()
    with np.load(model.save(tmp_path / "network.npz")) as file:
        config = json.loads(str(file["config"]))
    text = json.loads(model.to_json())
    assert text.pop("class") == "Sequential"
    assert {name: config[name] for name in text} == text


def test_what_has_no_name_is_refused():
    for layer in (Dense(2, np.sin), Dense(2, kernel_regularizer=np.sum)):
        with pytest.raises(ValueError, match="cannot be read back"):
            Sequential([layer]).to_json()
    of_ones = Dense(2, kernel_initializer=lambda rng, shape: np.ones(shape))
    with pytest.raises(ValueError, match=r"the kernel_initializer of Dense.* has no name here"):
        Sequential([of_ones]).to_json()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: {**c, "class": "Functional"}, "it is a 'Functional'"),
        (lambda c: {"class_name": "Sequential", "config": c}, "'class'"),
        (lambda c: {**c, "input_shape": [0]}, "lengths of 1 or more"),
        (lambda c: {**c, "layers": [{**c["layers"][0], "class": "Conv3D"}]}, "unknown layer"),
        (lambda c: {**c, "layers": [{**c["layers"][0], "units": 2}]}, "units"),
        (lambda c: [], "list"),
    ],
)
def test_another_text_is_refused_with_what_is_wrong_in_it(change, said):
    text = json.dumps(change(json.loads(network().to_json())))
    with pytest.raises(ValueError, match=f"the text is not a network that to_json.*{said}"):
        model_from_json(text)


@pytest.mark.parametrize("wrong", ["", "{", "network.npz"])
def test_what_is_no_json_is_refused(wrong):
    with pytest.raises(ValueError, match="the text is not a network"):
        model_from_json(wrong)


def test_what_is_no_text_is_refused():
    with pytest.raises(TypeError, match=r"to_json.* is a text, and not None"):
        model_from_json(None)
