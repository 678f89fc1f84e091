"""Shapes, arrays in a domain, and arguments away from the kinks of a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tinygrad_xor.engine import Value, newest_first
from tinygrad_xor.engine.sampling import Domain, real
from tinygrad_xor.transforms.trees import flatten

Shape = tuple[int, ...]


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


def away_from_kinks(
    f: Callable[..., Any], arguments: st.SearchStrategy[tuple[Any, ...]], margin: float = 1e-3
) -> st.SearchStrategy[tuple[Any, ...]]:
    """Tuples of arguments of `f` at which no step on the way to its result is near a kink.

    Args:
        f: a function of arrays, numbers, or nested containers of them.
        arguments: draws tuples of arguments; those near a kink are drawn again.
        margin: how near is too near: of ReLU's input to zero, of the two sides of a maximum.

    >>> from hypothesis import find
    >>> args = away_from_kinks(abs, st.tuples(st.sampled_from([0.0, 1e-4, 2.0])))
    >>> find(args, lambda drawn: True)
    (2.0,)
    """
    return arguments.filter(lambda primals: not near_a_kink(_output(f, primals), margin))


def near_a_kink(outputs: list[Value], margin: float) -> bool:
    """Whether a step on the way to `outputs` is within `margin` of a point without a derivative.

    >>> near_a_kink([Value(0.0001).relu()], 0.01), near_a_kink([Value(1.0).relu()], 0.01)
    (True, False)
    """
    for node in newest_first(*outputs):
        if node.primitive is not None and node.primitive.distance_to_kink is not None:
            raw = [x.data if type(x) is Value else x for x in node.inputs]
            if np.any(np.abs(node.primitive.distance_to_kink(*raw)) < margin):
                return True
    return False


def _output(f: Callable[..., Any], primals: tuple[Any, ...]) -> list[Value]:
    """The Values that `f` gives for Values in the place of the numbers in `primals`."""
    leaves, build = flatten(primals)
    return [y for y in flatten(f(*build([Value(x) for x in leaves])))[0] if type(y) is Value]
