"""Networks on the way to other libraries: as plain data, into the files of each, and back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_xor.exchange import keras, onnx
from tinygrad_xor.exchange.layers import LayerData, from_torch, torch_arrays
from tinygrad_xor.exchange.reading import reading
from tinygrad_xor.exchange.safetensors import load_safetensors, save_safetensors
from tinygrad_xor.exchange.state_dict import load_state_dict, save_state_dict
from tinygrad_xor.files import path_of, write_atomically
from tinygrad_xor.nn import saving
from tinygrad_xor.nn.architecture import unbuilt
from tinygrad_xor.nn.embedding import Embedding
from tinygrad_xor.nn.kinds import has_a_name
from tinygrad_xor.nn.network import Network
from tinygrad_xor.nn.symbolic import Shape
from tinygrad_xor.nn.trainer import Trainer

_TORCH = (".pt", ".pth")


def save(model: Trainer, path: str | os.PathLike[str]) -> Path:
    """Write a network in the format that the name of the file ends with; else as ``.npz``."""
    kind = path_of(path).suffix
    if kind == ".keras":
        return keras.save_keras(layers_of(model), input_shape(model), path)
    if kind == ".onnx":
        return write_atomically(
            path, onnx.network_to_onnx(model, input_shape(model), _dtype(model))
        )
    return saving.save(model, path)


def load(path: str | os.PathLike[str]) -> Trainer:
    """The network that `save` wrote, or Keras."""
    if path_of(path).suffix == ".onnx":
        raise ValueError(
            f"{os.fspath(path)}: .onnx files are written, and not read, by this package"
        )
    if path_of(path).suffix != ".keras":
        return saving.load(path)
    layers, shape = keras.load_keras(path)
    with reading(path, "a network of Keras's that fits together"):
        entries = [
            {"class": x.kind, "trainable": x.trainable, "name": x.name, **x.config} for x in layers
        ]
        config = {"layers": entries, "input_shape": shape}
        network, size = unbuilt(config)
        places: dict[str, list[str]] = {}
        for place in network.weight_shapes(size):
            places.setdefault(place.partition(".")[0], []).append(place)
        arrays: dict[str, Any] = {}
        for i, layer in enumerate(layers):
            own, given = places.get(str(i), []), layer.weights.values()
            if len(own) != len(given):
                raise ValueError(f"{layer.kind} {layer.name!r} has {len(given)} weights, not {own}")
            arrays |= dict(zip(own, given, strict=True))
        model = saving.filled(config, arrays)
        model.set_weights([array for layer in layers for array in layer.weights.values()])
        return model


def save_weights(model: Trainer, path: str | os.PathLike[str]) -> Path:
    """Write the weights alone, in the format that the name of the file ends with."""
    kind = path_of(path).suffix
    if kind == ".safetensors":
        return save_safetensors(saving.weights(model), path)
    if kind in _TORCH:
        return save_state_dict(torch_arrays(layers_of(model)), path)
    return saving.save_weights(model, path)


def load_weights(model: Trainer, path: str | os.PathLike[str]) -> None:
    """Take the weights alone: those of PyTorch's modules are called ``weight``, and are turned."""
    kind = path_of(path).suffix
    if kind not in (".safetensors", *_TORCH):
        saving.load_weights(model, path)
        return
    arrays = load_state_dict(path) if kind in _TORCH else load_safetensors(path)
    with reading(path, "a file of weights for this network"):
        if any(name.rpartition(".")[2] == "weight" for name in arrays):
            groups = from_torch(layers_of(model), arrays)
            named = [names for layer in model.flat_layers if (names := layer.named_weights())]
            new = [g[name] for names, g in zip(named, groups, strict=True) for name in names]
        else:
            new = saving.weights_for(model, arrays)
        model.set_weights(new)


def input_shape(model: Network) -> Shape:
    """The shape of one example.

    Raises:
        ValueError: if it is not known yet.
    """
    if model.input_shape is None:
        raise ValueError(
            f"{model!r} has no weights yet: pass input_dim= to its first layer, or call it once"
        )
    return model.input_shape


def _dtype(model: Network) -> Any:
    """Of the inputs: that of the weights, or of whole numbers for what is looked up."""
    dtypes = [p.data.dtype for p in model.parameters()]
    dtype: Any = np.result_type(*dtypes) if dtypes else np.float64
    if not model.takes_list:
        found = any(isinstance(layer, Embedding) for layer in model.flat_layers)
        return np.int64 if found else dtype
    looked_up = [call.takes for call in model.calls if isinstance(call.layer, Embedding)]
    return [np.int64 if i in looked_up else dtype for i in range(len(model.input_layers))]


def layers_of(model: Network) -> list[LayerData]:
    """The layers of a network as plain data.

    Raises:
        ValueError: if it is not built, or a layer or an activation is one of your own.
    """
    input_shape(model)  # refuses one that is not built
    layers = model.chain()
    for layer in layers:
        if not has_a_name(layer):
            raise ValueError(
                f"{layer!r} is known to this program alone, or its activation is: of such a "
                'network save("network.onnx") writes what it computes'
            )
    names = [layer.name for layer in layers]
    for i, name in enumerate(names):
        if name in names[:i]:  # of two networks among its layers
            names[i] = f"{name}_{i}"
    return [_data(layer, name) for layer, name in zip(layers, names, strict=True)]


def _data(layer: Any, name: str) -> LayerData:
    weights = {name: p.data for name, p in layer.named_weights().items()}
    config = layer.config()
    if isinstance(config.get("kernel_regularizer"), str):  # your own: it matters to training alone
        del config["kernel_regularizer"]
    return LayerData(type(layer).__name__, config, weights, name, layer.trainable)
