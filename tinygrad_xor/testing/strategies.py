"""What hypothesis draws for gradient tests: shapes, arrays in a domain, calls of an entry."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tinygrad_xor.engine import Primitive, Value
from tinygrad_xor.engine.domains import Domain, real

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Call:
    """One valid call of a primitive: the inputs, the parameters, and an incoming gradient."""

    entry: Primitive
    inputs: tuple[Any, ...]
    params: dict[str, Any]
    g: Any

    @property
    def leaves(self) -> list[Value]:
        """The inputs that have a derivative, as Values; the others are plain arrays."""
        return [x for x in self.inputs if type(x) is Value]

    def __call__(self) -> Value:
        """Compute the output from the data that the leaves have now."""
        return self.entry(*self.inputs, **self.params)

    def __repr__(self) -> str:
        params = "".join(f", {name}={value!r}" for name, value in self.params.items())
        return f"{self.entry.name}({', '.join(map(repr, self.inputs))}{params}), g={self.g!r}"


def shapes(max_dims: int = 3, min_side: int = 0, max_side: int = 3) -> st.SearchStrategy[Shape]:
    """Shapes from 0-d up, with sizes 0 and 1 among them."""
    return st.lists(st.integers(min_side, max_side), max_size=max_dims).map(tuple)


@st.composite
def broadcastable_shapes(draw: st.DrawFn, count: int) -> tuple[Shape, ...]:
    """`count` shapes that broadcast together: each drops leading axes or has length 1 in some."""
    full = draw(shapes())
    if count == 1:
        return (full,)
    result = []
    for _ in range(count):
        dropped = draw(st.integers(0, len(full)))
        keep = draw(st.lists(st.booleans(), min_size=len(full), max_size=len(full)))
        sides = [n if kept else 1 for n, kept in zip(full, keep, strict=True)]
        result.append(tuple(sides[dropped:]))
    return tuple(result)


@st.composite
def arrays(draw: st.DrawFn, shape: Shape, domain: Domain = real) -> Any:
    """A float64 array of `shape`, its elements within ±3 before `domain` moves them."""
    size = int(np.prod(shape))
    hundredths = draw(st.lists(st.integers(-300, 300), min_size=size, max_size=size))
    raw = np.array(hundredths, dtype=float).reshape(shape) / 100
    return np.asarray(domain.project(raw))


@st.composite
def calls(draw: st.DrawFn, entry: Primitive) -> Call:
    """A valid call of `entry`, away from its kinks."""
    params: dict[str, Any] = {}
    if entry.calls is None:
        input_shapes: Sequence[Shape] = draw(broadcastable_shapes(len(entry.rules)))
    else:
        source: random.Random = draw(st.randoms(use_true_random=False))
        drawn = entry.calls(source)
        input_shapes, params = drawn
    inputs = [
        draw(arrays(shape, domain))
        for shape, domain in zip(input_shapes, entry.domains, strict=True)
    ]
    out_shape = np.shape(entry.function(*inputs, **params))
    for i, rule in enumerate(entry.rules):
        if rule is not None:
            inputs[i] = Value(inputs[i], label=f"argument {i}")
    return Call(entry, tuple(inputs), params, draw(arrays(out_shape)))
