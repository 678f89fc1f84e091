"""A network written out as lines of code on scalars, one line for each sum and each neuron.

The lines are run as they stand, on Values, so each Value knows the line that made it, and the page
shows the very code whose derivative it walks through.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinygrad_xor.engine import Origin, Value, origins
from tinygrad_xor.nn import Dense, Sequential
from tinygrad_xor.nn.activations import linear, name_of
from tinygrad_xor.viz.numbers import subscript, superscript


@dataclass
class Listing:
    """Lines of code for one network and one loss, with the pretty name of every variable.

    Attributes:
        lines: Python code; the last line computes ``L``, the loss.
        labels: how pictures write each variable: ``{"w11": "w₁₁"}``.
        parameters: the names of the weights, in the order of ``model.parameters()``, flattened.
        inputs: the names of the inputs.
        targets: the names of the targets.
        functions: what the code calls.
    """

    lines: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    parameters: list[str] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    functions: dict[str, Callable[..., Any]] = field(default_factory=dict)

    def name(self, base: str, *indices: int, layer: int = 0) -> str:
        """A new variable: ``w11`` is written w₁₁, and ``w2_11`` w⁽²⁾₁₁."""
        joint = "" if max(indices, default=0) < 10 else "_"
        digits = joint.join(map(str, indices))
        name = f"{base}{layer}_{digits}" if layer else f"{base}{digits}"
        above = f"⁽{superscript(layer)}⁾" if layer else ""
        self.labels[name] = base + above + joint.replace("_", ",").join(map(subscript, indices))
        return name

    @property
    def text(self) -> str:
        """The code."""
        return "\n".join(self.lines) + "\n"

    def run(
        self, weights: list[float], x: Any, y: Any
    ) -> tuple[Any, dict[str, Value], dict[Any, Origin]]:
        """Run the lines for one example: the loss, every named Value, and where Values come from.

        Args:
            weights: one number for each name in `parameters`.
            x: the inputs, shape ``(features,)``.
            y: the targets, shape ``(outputs,)``.
        """
        names = [*self.parameters, *self.inputs, *self.targets]
        numbers = [*weights, *np.ravel(x), *np.ravel(y)]
        scope: dict[str, Any] = dict(self.functions)
        for name, number in zip(names, numbers, strict=True):
            scope[name] = Value(float(number))
        with origins() as made:
            exec(compile(self.text, "<network>", "exec"), scope)
        values = {name: scope[name] for name in self.labels}
        for name, value in values.items():
            value.label = self.labels[name]
        return scope["L"], values, made


def listing(model: Sequential, loss: Callable[[Any, Any], Any]) -> Listing:
    """The lines that compute `loss` of one example by `model`.

    Raises:
        ValueError: if a layer has softmax, which looks at all neurons at once.

    >>> from tinygrad_xor.nn import BinaryCrossentropy, Dense
    >>> model = Sequential([Dense(2, "relu", input_dim=2), Dense(1, "sigmoid")], seed=0)
    >>> print(listing(model, BinaryCrossentropy()).text)
    z1 = w11 * x1 + w21 * x2 + b1
    z2 = w12 * x1 + w22 * x2 + b2
    h1 = relu(z1)
    h2 = relu(z2)
    s = v1 * h1 + v2 * h2 + c
    p = sigmoid(s)
    L = loss(y, p)
    """
    out = Listing(functions={"loss": loss, "stack": np.stack})
    layers = model.dense_layers()
    out.inputs = [out.name("x", i + 1) for i in range(layers[0].kernel.shape[0])]
    signals = out.inputs
    for number in range(1, len(layers) + 1):
        signals = _layer(out, layers, number, signals)
    outputs = range(1, len(signals) + 1)
    out.targets = [out.name("y", *_index(len(signals), i)) for i in outputs]
    if len(signals) == 1:
        out.lines.append(f"L = loss({out.targets[0]}, {signals[0]})")
    else:
        wanted, given = ", ".join(out.targets), ", ".join(signals)
        out.lines.append(f"L = loss(stack([{wanted}]), stack([{given}]))")
    out.labels["L"] = "L"
    return out


def _layer(out: Listing, layers: list[Dense], number: int, signals: list[str]) -> list[str]:
    """The lines of one layer; returns the names of its outputs."""
    layer = layers[number - 1]
    activation = name_of(layer.activation)
    if activation == "softmax":
        raise ValueError(
            f"{layer!r} cannot be stepped through neuron by neuron: softmax looks at all neurons "
            "at once"
        )
    is_first, is_last = number == 1, number == len(layers)
    w, b, z, h = "wbzh" if is_first or not is_last else "vcsp"
    if is_last:
        h = "p"
    above = 0 if is_first or is_last else number
    units = range(1, layer.units + 1)
    kernel = {
        (i, j): out.name(w, *([i] if layer.units == 1 and not is_first else [i, j]), layer=above)
        for i, j in itertools.product(range(1, len(signals) + 1), units)
    }
    out.parameters += kernel.values()
    biases = []
    if layer.bias is not None:
        biases = [out.name(b, *_index(layer.units, j), layer=above) for j in units]
        out.parameters += biases
    sums = [out.name(z, *_index(layer.units, j), layer=above) for j in units]
    for j, total in zip(units, sums, strict=True):
        terms = [f"{kernel[i, j]} * {x}" for i, x in enumerate(signals, start=1)]
        out.lines.append(f"{total} = " + " + ".join([*terms, *biases[j - 1 : j]]))
    if layer.activation is linear and not is_last:
        return sums
    outputs = [out.name(h, *_index(layer.units, j), layer=above) for j in units]
    if layer.activation is linear:  # the last sum is the prediction itself
        last = len(sums)
        out.lines[-last:] = [
            line.replace(f"{total} =", f"{p} =", 1)
            for line, total, p in zip(out.lines[-last:], sums, outputs, strict=True)
        ]
        for total in sums:
            del out.labels[total]
        return outputs
    out.functions[activation] = layer.activation
    pairs = zip(outputs, sums, strict=True)
    out.lines += [f"{output} = {activation}({total})" for output, total in pairs]
    return outputs


def _index(units: int, j: int) -> tuple[int, ...]:
    return () if units == 1 else (j,)
