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
from tinygrad_xor.nn import activations, saving
from tinygrad_xor.nn.architecture import layer_of, weight_shapes
from tinygrad_xor.nn.embedding import Embedding
from tinygrad_xor.nn.kinds import LAYERS
from tinygrad_xor.nn.layer import Input, Shape
from tinygrad_xor.nn.stack import Stack
from tinygrad_xor.nn.trainer import Trainer

_TORCH = (".pt", ".pth")


def save(model: Trainer, path: str | os.PathLike[str]) -> Path:
    """Write a network in the format that the name of the file ends with; else as ``.npz``."""
    kind = path_of(path).suffix
    if kind == ".keras":
        return keras.save_keras(layers_of(model), input_shape(model), path)
    if kind == ".onnx":
        dtypes = [p.data.dtype for p in model.parameters()]
        dtype: Any = np.result_type(*dtypes) if dtypes else np.float64
        if any(isinstance(layer, Embedding) for layer in model.layers):
            dtype = np.int64  # what is looked up there
        return write_atomically(path, onnx.network_to_onnx(model, input_shape(model), dtype))
    return saving.save(model, path)


def load_into(model: Trainer, path: str | os.PathLike[str]) -> None:
    """Give an empty network what `save` wrote, or Keras."""
    if path_of(path).suffix == ".onnx":
        raise ValueError(
            f"{os.fspath(path)}: .onnx files are written, and not read, by this package"
        )
    if path_of(path).suffix != ".keras":
        saving.load_into(model, path)
        return
    layers, shape = keras.load_keras(path)
    with reading(path, "a network of Keras's that fits together"):
        model.add(Input(shape))
        for i, layer in enumerate(layers):
            entry = {"class": layer.kind, "trainable": layer.trainable, "name": layer.name}
            made, arrays = layer_of({**entry, **layer.config}), layer.weights.values()
            names = weight_shapes(model, made)
            if len(names) != len(arrays):
                raise ValueError(f"{made!r} has weights {list(names)}, and not {len(arrays)}")
            saving.add(model, i, made, dict(zip(names, arrays, strict=True)))
        model.set_weights([array for layer in layers for array in layer.weights.values()])


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
            named = [names for layer in model.layers if (names := layer.named_weights())]
            new = [g[name] for names, g in zip(named, groups, strict=True) for name in names]
        else:
            new = saving.weights_for(model, arrays)
        model.set_weights(new)


def input_shape(model: Stack) -> Shape:
    """The shape of one example.

    Raises:
        ValueError: if it is not known yet.
    """
    if model.input_shape is None:
        raise ValueError(
            f"{model!r} has no weights yet: pass input_dim= to its first layer, or call it once"
        )
    return model.input_shape


def layers_of(model: Stack) -> list[LayerData]:
    """The layers of a network as plain data.

    Raises:
        ValueError: if it is not built, or a layer or an activation is one of your own.
    """
    input_shape(model)  # refuses one that is not built
    for layer in model.layers:
        activation = getattr(layer, "activation", activations.linear)
        own = activation not in activations.ACTIVATIONS.values()
        if own or type(layer) is not LAYERS.get(type(layer).__name__):
            raise ValueError(
                f"{layer!r} is known to this program alone, or its activation is: of such a "
                'network save("network.onnx") writes what it computes'
            )
    return [_data(layer) for layer in model.layers]


def _data(layer: Any) -> LayerData:
    weights = {name: p.data for name, p in layer.named_weights().items()}
    config = layer.config()
    if isinstance(config.get("kernel_regularizer"), str):  # your own: it matters to training alone
        del config["kernel_regularizer"]
    return LayerData(type(layer).__name__, config, weights, layer.name, layer.trainable)
