"""What hypothesis draws for gradient tests: shapes, arrays in a domain, calls of an entry."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tinygrad_xor.engine import Composition, Primitive, Value
from tinygrad_xor.engine.domains import Domain, real

Shape = tuple[int, ...]
Entry = Primitive | Composition


@dataclass(frozen=True)
class Call:
    """One valid call of an entry: the inputs, the parameters, and an incoming gradient.

    Results of several arrays are taken as one vector.
    """

    entry: Entry
    inputs: tuple[Any, ...]
    params: dict[str, Any]
    g: Any

    @property
    def leaves(self) -> list[Value]:
        """The inputs that have a derivative, as Values; the others are plain arrays."""
        return [x for x in self.inputs if type(x) is Value]

    def __call__(self) -> Any:
        """Compute the output from the data that the leaves have now."""
        return self.on(self.inputs)

    def at(self, *data: Any) -> Any:
        """Compute the output with other data, Values or plain, in the place of the leaves."""
        left = iter(data)
        return self.on([next(left) if type(x) is Value else x for x in self.inputs])

    def on(self, inputs: Sequence[Any]) -> Any:
        """Compute the output from other inputs, Values or plain arrays."""
        return evaluate(self.entry, tuple(inputs), self.params)

    def __repr__(self) -> str:
        params = "".join(f", {name}={value!r}" for name, value in self.params.items())
        return f"{self.entry.name}({', '.join(map(repr, self.inputs))}{params}), g={self.g!r}"


def evaluate(entry: Entry, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """What `entry` gives for drawn inputs and parameters: several results as one vector."""
    if isinstance(entry, Primitive):
        return entry(*inputs, **params)
    args, kwargs = entry.arrange(inputs, params)
    return _one_array(entry.function(*args, **kwargs))


def _one_array(result: Any) -> Any:
    if isinstance(result, (tuple, list)):
        return np.concatenate([np.ravel(part) for part in result])
    return result


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
def arrays(draw: st.DrawFn, shape: Shape, domain: Domain = real, dtype: Any = np.float64) -> Any:
    """An array of `shape`, its elements within ±3 before `domain` moves them.

    Complex numbers have imaginary parts within ±0.6.
    """
    dtype = np.dtype(dtype)
    size = int(np.prod(shape))

    def numbers(within: int) -> Any:
        drawn = draw(st.lists(st.integers(-within, within), min_size=size, max_size=size))
        return np.array(drawn, dtype=float).reshape(shape) / 100

    raw = numbers(300)
    if dtype.kind != "c":
        moved = np.asarray(domain.project(raw))
    else:
        imaginary = 1j * numbers(60)
        moved = np.asarray(domain.project(raw + imaginary))
        if moved.dtype.kind == "f":
            moved = moved + imaginary
    return moved.astype(dtype) if moved.dtype.kind in "fc" else moved


@st.composite
def calls(draw: st.DrawFn, entry: Entry, dtype: Any = np.float64) -> Call:
    """A valid call of `entry`, away from its kinks."""
    params: dict[str, Any] = {}
    if entry.calls is None:
        input_shapes: Sequence[Shape] = draw(broadcastable_shapes(len(entry.domains)))
    else:
        source: random.Random = draw(st.randoms(use_true_random=False))
        input_shapes, params = entry.calls(source)
    inputs = []
    for i, shape in enumerate(input_shapes):
        domain = entry.domains[min(i, len(entry.domains) - 1)]
        inputs.append(draw(arrays(shape, domain, dtype)))
    out = np.asarray(evaluate(entry, tuple(inputs), params))
    for i in differentiable(entry, len(inputs)):
        inputs[i] = Value(inputs[i], label=f"argument {i}")
    return Call(entry, tuple(inputs), params, draw(arrays(out.shape, dtype=out.dtype)))


def differentiable(entry: Entry, count: int) -> list[int]:
    """Which of `count` inputs of `entry` have a derivative."""
    rules = entry.rules if isinstance(entry, Primitive) else None
    return [i for i in range(count) if not isinstance(rules, tuple) or rules[i] is not None]


#: The phases of complex vectors in these are not determined, so differences say nothing of them.
_PHASES = {"eigh", "svd", "qr"}


def takes_complex(entry: Entry) -> bool:
    """Whether the derivatives of `entry` can be compared with differences of complex numbers."""
    if entry.real_only or entry.name in _PHASES:
        return False
    function = entry.stands_for if isinstance(entry, Primitive) else entry.function
    return not isinstance(function, np.ufunc) or any(
        "D" in t.split("->")[0] for t in function.types
    )


def real_and_complex_calls(entry: Entry) -> st.SearchStrategy[Call]:
    """Calls with real numbers, and, where the entry takes them, calls with complex ones."""
    return calls(entry) | calls(entry, np.complex128) if takes_complex(entry) else calls(entry)
