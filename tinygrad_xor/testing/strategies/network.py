"""Small networks: layers of weights and activations, as functions of their inputs and weights."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tinygrad_xor.engine import TABLE
from tinygrad_xor.engine.sampling import small
from tinygrad_xor.testing.strategies.inputs import arrays

#: Activations without a corner, so that any input will do.
SMOOTH = ("tanh", "sigmoid", "softplus", "softmax")
#: With a corner at 0: draw with `away_from_kinks` around them.
CORNERED = ("relu", "leaky_relu")


@dataclass(frozen=True)
class Network:
    """Layers ``activation(x @ W + b)``: ``network(x, *weights)`` takes arrays or Values.

    Attributes:
        activations: of each layer, by its name in the table.
        x: inputs, of shape ``(batch, features)``.
        weights: W and b of each layer in turn, ``(inputs, units)`` and ``(units,)``.
    """

    activations: tuple[str, ...]
    x: Any
    weights: tuple[Any, ...]

    def __call__(self, x: Any, *weights: Any) -> Any:
        """The outputs of the last layer, of shape ``(batch, units)``."""
        for name, W, b in zip(self.activations, weights[::2], weights[1::2], strict=True):  # noqa: N806
            x = TABLE[name](np.matmul(x, W) + b)
        return x


@st.composite
def networks(
    draw: st.DrawFn,
    max_layers: int = 3,
    max_units: int = 3,
    activations: tuple[str, ...] = SMOOTH,
) -> Network:
    """Networks of one to `max_layers` layers of one to `max_units` neurons, with inputs to them.

    >>> from hypothesis import find
    >>> network = find(networks(), lambda n: len(n.activations) == 2)
    >>> network(network.x, *network.weights).shape
    (1, 1)
    """
    sides = st.integers(1, max_units)
    batch, *widths = draw(st.lists(sides, min_size=3, max_size=max_layers + 2))
    names = tuple(draw(st.sampled_from(activations)) for _ in widths[1:])
    weights: list[Any] = []
    for rows, columns in itertools.pairwise(widths):
        weights += [draw(arrays((rows, columns), small)), draw(arrays((columns,), small))]
    return Network(names, draw(arrays((batch, widths[0]))), tuple(weights))
