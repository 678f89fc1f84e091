"""A network on single numbers, each with a name, and its lines of code: one for each of them.

The lines are what runs: they make a graph of Values as any other, in which the numbers without a
name on the way to one with a name are its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.engine import Value
from tinygrad_xor.nn import Dense, Sequential
from tinygrad_xor.nn.activations import linear, name_of
from tinygrad_xor.viz.numbers import layer_mark, subscript

#: Names as code has them: ``w⁽²⁾₁₁`` is w2_11 there.
_IN_CODE = str.maketrans("₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹⁾", "01234567890123456789_", "⁽")


class Listing:
    """The lines of code for one network and one loss.

    Args:
        model: of dense layers.
        loss: ``loss(y_true, y_pred)``.

    Raises:
        ValueError: if a layer has softmax, which looks at all neurons at once.

    Attributes:
        lines: Python code; the last line computes ``L``, the loss.
        labels: the names of all numbers.
        parameters: those of the weights, in the order of ``model.parameters()``, flattened.
        targets: those of the targets.

    >>> from tinygrad_xor.nn import BinaryCrossentropy
    >>> model = Sequential([Dense(2, "relu", input_dim=2), Dense(1, "sigmoid")], seed=0)
    >>> print(chr(10).join(Listing(model, BinaryCrossentropy()).lines))
    z1 = w11 * x1 + w21 * x2 + b1
    z2 = w12 * x1 + w22 * x2 + b2
    h1 = relu(z1)
    h2 = relu(z2)
    s = v1 * h1 + v2 * h2 + c
    p = sigmoid(s)
    L = loss(y, p)
    """

    def __init__(self, model: Sequential, loss: Callable[[Any, Any], Any]) -> None:
        layers = model.dense_layers()
        self.inputs = signals = _indexed("x", range(1, layers[0].kernel.shape[0] + 1))
        self.parameters: list[str] = []
        lines: list[str] = []
        for i, layer in enumerate(layers):
            kernel, biases, sums, outputs = _names(layers, i)
            self.parameters += [w for row in zip(*kernel, strict=True) for w in row] + biases
            for j, total in enumerate(sums):
                terms = [f"{w} * {x}" for w, x in zip(kernel[j], signals, strict=True)]
                lines.append(f"{total} = " + " + ".join([*terms, *biases[j : j + 1]]))
            if outputs is not sums:
                pairs = zip(outputs, sums, strict=True)
                lines += [f"{h} = {name_of(layer.activation)}({z})" for h, z in pairs]
            signals = outputs
        self.targets = ["y"] if len(signals) == 1 else _indexed("y", range(1, len(signals) + 1))
        both = [f"stack([{', '.join(x)}])" if len(x) > 1 else x[0] for x in (self.targets, signals)]
        lines.append(f"L = loss({', '.join(both)})")
        self.lines = [in_code(line) for line in lines]
        computed = [line.split(" = ")[0] for line in lines]
        self.labels = [*self.parameters, *self.inputs, *self.targets, *computed]
        self._functions: dict[str, Any] = {"stack": np.stack, "loss": loss}
        self._functions |= {name_of(layer.activation): layer.activation for layer in layers}

    def run(self, weights: list[float], x: Any, y: Any) -> dict[str, Value]:
        """The lines computed for one example: every number that has a name.

        Args:
            weights: one number for each name in `parameters`.
            x: the inputs, shape ``(features,)``.
            y: the targets, shape ``(outputs,)``.
        """
        given = zip(self.labels, [*weights, *np.ravel(x), *np.ravel(y)], strict=False)
        scope = self._functions | {in_code(name): Value(float(n)) for name, n in given}
        exec("\n".join(self.lines), scope)
        values: dict[str, Value] = {label: scope[in_code(label)] for label in self.labels}
        for label, value in values.items():
            value.label = label
        return values


def in_code(text: str) -> str:
    """A name, or a line with names in it, as code has it."""
    return re.sub(",(?=[₀-₉])", "_", text).translate(_IN_CODE)


def _names(layers: list[Dense], i: int) -> tuple[list[list[str]], list[str], list[str], list[str]]:
    """What textbooks call a layer's kernel, for each neuron; its biases, its sums, its outputs.

    Those in the middle have the layer's number above. A layer without an activation has one name
    for sums and outputs.
    """
    layer, is_first, is_last = layers[i], i == 0, i == len(layers) - 1
    if name_of(layer.activation) == "softmax":
        raise ValueError(
            f"{layer!r} cannot be stepped through neuron by neuron: softmax looks at all neurons "
            "at once"
        )
    w, b, z, h = ("v", "c", "s", "p") if is_last and not is_first else ("w", "b", "z", "h")
    above = layer_mark(i + 1, len(layers))
    one = [()] if layer.units == 1 else [(j,) for j in range(1, layer.units + 1)]
    before = range(1, layer.kernel.shape[0] + 1)
    kernel = [_indexed(w + above, [(k, *(j or (1,) * is_first)) for k in before]) for j in one]
    biases = _indexed(b + above, one) if layer.bias is not None else []
    outputs = _indexed(("p" if is_last else h) + above, one)
    if layer.activation is linear:
        sums = outputs = outputs if is_last else _indexed(z + above, one)
    else:
        sums = _indexed(z + above, one)
    return kernel, biases, sums, outputs


def _indexed(base: str, indices: Any) -> list[str]:
    """Names such as x₁, w₁₁ and, with a comma where a number has two digits, w₁,₁₁."""
    rows = [(i,) if isinstance(i, int) else i for i in indices]
    return [
        base + ("" if max(row, default=0) < 10 else ",").join(map(subscript, row)) for row in rows
    ]
