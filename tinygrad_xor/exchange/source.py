"""Networks as source text, with their weights: programs for PyTorch, Keras and JAX.

The text says the same network in the words of another library: read it to learn them, run it to go
on there. Numbers are written with all their digits.
"""

from __future__ import annotations

import pprint
from typing import Any

import numpy as np

from tinygrad_xor.exchange.layers import LayerData, Part, dtype_of, row, torch_arrays

_TORCH = """\
import torch
from torch import nn

model = nn.Sequential(
{parts})
model.load_state_dict({{
{weights}}})
model.eval()
"""

_KERAS = """\
import keras
import numpy as np

if keras.backend.backend() == "jax":
    import jax

    jax.config.update("jax_enable_x64", True)

model = keras.Sequential([
    keras.Input({shape}, dtype="{dtype}"),
{parts}])
model.set_weights([
{weights}])
"""

_JAX = """\
import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)

weights = {{
{weights}}}


def predict(weights, x):
    x = jnp.asarray(x, "{dtype}")
{lines}    return x
"""


def torch_source(layers: list[LayerData]) -> str:
    """A program for PyTorch that makes ``model``."""
    dtype = dtype_of(layers)
    parts = [part for layer in layers for part in row(layer).torch(layer)]
    calls = [
        _call("nn", part, {"dtype": f"torch.{dtype}"} if part.weights else {}) for part in parts
    ]
    weights = [
        f'"{name}": torch.tensor({_numbers(array)}, dtype=torch.{dtype})'
        for name, array in torch_arrays(layers).items()
    ]
    return _finished(_TORCH.format(parts=_lines(calls), weights=_lines(weights)))


def keras_source(layers: list[LayerData], input_shape: tuple[int, ...]) -> str:
    """A program for Keras that makes ``model``."""
    dtype = dtype_of(layers)
    parts = [(part, layer) for layer in layers for part in row(layer).keras(layer)]
    calls = [_call("keras.layers", part, {"dtype": repr(dtype)}) for part, _ in parts]
    arrays = [array for part, layer in parts for array in part.arrays(layer).values()]
    weights = [f'np.array({_numbers(array)}, "{dtype}")' for array in arrays]
    text = _KERAS.format(
        shape=input_shape, dtype=dtype, parts=_lines(calls), weights=_lines(weights)
    )
    return _finished(text)


def jax_source(layers: list[LayerData]) -> str:
    """A program for JAX that makes ``weights`` and ``predict(weights, x)``."""
    dtype = dtype_of(layers)
    lines, weights = [], []
    for layer in layers:
        text = row(layer).jax(layer)
        if layer.weights:
            lines.append(f'w = weights["{layer.name}"]')
            arrays = [
                f'"{name}": jnp.array({_numbers(array)}, "{dtype}")'
                for name, array in layer.weights.items()
            ]
            weights.append(f'"{layer.name}": {{\n{_lines(arrays, 8)}    }}')
        if text != "x":
            lines.append(f"x = {text}")
    body = "".join(f"    {line}\n" for line in lines)
    return _finished(_JAX.format(weights=_lines(weights), dtype=dtype, lines=body))


def _call(module: str, part: Part, more: dict[str, str]) -> str:
    arguments = {name: repr(value) for name, value in part.arguments.items()} | more
    return f"{module}.{part.kind}({', '.join(f'{n}={v}' for n, v in arguments.items())})"


def _lines(items: list[str], indent: int = 4) -> str:
    return "".join(f"{' ' * indent}{item},\n" for item in items)


def _numbers(array: Any) -> str:
    """The numbers with all their digits, in lines."""
    text = pprint.pformat(np.asarray(array).tolist(), width=88, compact=True)
    return text.replace("\n", "\n        ")


def _finished(text: str) -> str:
    """The text, which can say numbers that are none if there are such in it."""
    special = [name for name in ("inf", "nan") if name in text]
    return f"from math import {', '.join(special)}\n\n{text}" if special else text
