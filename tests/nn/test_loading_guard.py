"""A file makes no layer that is larger than the weights that are in the file."""

import json

import numpy as np
import pytest

from tinygrad_xor import nn
from tinygrad_xor.exchange.reading import archived, members
from tinygrad_xor.nn import Sequential, architecture, model_from_json
from tinygrad_xor.nn.kinds import LAYERS

#: For each kind with weights: one of it, of what shape its examples are, and what to make larger.
LAYERS_WITH_WEIGHTS = {
    "Dense": (lambda: nn.Dense(2), (3,), "units", 7),
    "Dense without a bias": (lambda: nn.Dense(2, use_bias=False), (3,), "units", 7),
    "Dense with a bias that is not there": (
        lambda: nn.Dense(2, use_bias=False),
        (3,),
        "use_bias",
        True,
    ),
    "Embedding of many": (lambda: nn.Embedding(4, 2), (3,), "input_dim", 7),
    "Embedding in many": (lambda: nn.Embedding(4, 2), (3,), "output_dim", 7),
    "Conv1D": (lambda: nn.Conv1D(2, 2), (5, 1), "filters", 7),
    "Conv2D": (lambda: nn.Conv2D(2, 2), (4, 4, 1), "kernel_size", [3, 3]),
    "BatchNormalization": (
        lambda: nn.BatchNormalization(scale=False),
        (3,),
        "scale",
        True,
    ),
    "LayerNormalization": (lambda: nn.LayerNormalization(center=False), (3,), "center", True),
}


@pytest.fixture
def made(monkeypatch):
    """The layers whose weights were made."""
    layers = []
    for kind in {nn.Layer, *LAYERS.values()}:
        if "build" in vars(kind):

            def build(self, *args, build=kind.build, **more):
                layers.append(self)
                return build(self, *args, **more)

            monkeypatch.setattr(kind, "build", build)
    return layers


def small():
    return {name: (make(), shape) for name, (make, shape, _, _) in LAYERS_WITH_WEIGHTS.items()}


@pytest.mark.parametrize(("layer", "shape"), small().values(), ids=small())
def test_the_shapes_that_a_layer_tells_are_those_of_the_weights_that_it_makes(layer, shape):
    told = layer.weight_shapes(shape)
    assert not layer.built
    layer.build(shape)
    assert told == {name: w.shape for name, w in layer.named_weights().items()}


def test_every_kind_of_layer_with_weights_is_tried_here():
    tried = {name.split()[0] for name in LAYERS_WITH_WEIGHTS}
    without = {*LAYERS} - tried
    assert all(LAYERS[name].weight_shapes is nn.Layer.weight_shapes for name in without)


def forged(path, change):
    """The same file with other numbers in what it says of its layers."""
    if path.suffix == ".keras":
        files = members(path.read_bytes())
        config = json.loads(files["config.json"])
        change({"layers": [entry["config"] for entry in config["config"]["layers"]]})
        path.write_bytes(archived({**files, "config.json": json.dumps(config).encode()}))
        return
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    config = json.loads(str(arrays["config"]))
    change(config)
    np.savez(path, **{**arrays, "config": np.array(json.dumps(config))})


@pytest.mark.parametrize("behind", [False, True], ids=["first", "behind another"])
@pytest.mark.parametrize("format", ["npz", "keras"])
@pytest.mark.parametrize("name", LAYERS_WITH_WEIGHTS)
def test_a_layer_that_is_larger_than_its_weights_is_refused_unmade(
    name, format, behind, made, tmp_path
):
    if format == "keras":
        pytest.importorskip("h5py", reason='reads them: pip install "tinygrad-xor[exchange]"')
    make, shape, number, larger = LAYERS_WITH_WEIGHTS[name]
    model = Sequential([nn.Input(shape), *[nn.ReLU()] * behind, make()], seed=0)
    path = model.save(tmp_path / f"network.{format}")
    made.clear()
    assert repr(Sequential.load(path)) == repr(model)
    kind = type(model.layers[-1])
    assert any(type(layer) is kind for layer in made)
    made.clear()
    forged(path, lambda config: config["layers"][-1].update({number: larger}))
    with pytest.raises(ValueError, match=r"layer \d is .* and its|has \d weights, not"):
        Sequential.load(path)
    assert not any(type(layer) is kind for layer in made)


def test_so_is_a_layer_for_longer_examples_than_its_weights_are_for(made, tmp_path):
    model = Sequential([nn.BatchNormalization(input_shape=(3,)), nn.Dense(1)], seed=0)
    path = model.save(tmp_path / "network.npz")
    made.clear()
    forged(path, lambda config: config.update(input_shape=[7]))
    with pytest.raises(ValueError, match=r"its gamma of shape \(3,\), not \(7,\)"):
        Sequential.load(path)
    assert made == []


def test_a_text_makes_no_network_of_more_weights_than_there_may_be(made, monkeypatch):
    text = Sequential([nn.Dense(3, input_dim=2), nn.ReLU(), nn.Dense(2)]).to_json()
    assert sum(w.size for w in model_from_json(text).weights) == 17
    monkeypatch.setattr(architecture, "MOST_WEIGHTS", 17)
    assert model_from_json(text)
    made.clear()
    monkeypatch.setattr(architecture, "MOST_WEIGHTS", 16)
    with pytest.raises(ValueError, match=r"has 17 weights: .*at most 16"):
        model_from_json(text)
    assert made == []
