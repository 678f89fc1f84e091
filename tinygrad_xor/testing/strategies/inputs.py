"""Shapes, arrays in a domain, and arguments away from the kinks of a function.

All numbers come from a `random.Random`: the plain one where examples are only collected; one of
hypothesis, which then shrinks what was drawn, in the strategies.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tinygrad_xor.engine import Value, newest_first
from tinygrad_xor.engine.sampling import Domain, real
from tinygrad_xor.program.trees import flatten

Shape = tuple[int, ...]
#: A `Random` whose every answer hypothesis draws.
sources = st.randoms(use_true_random=False)


def shapes(max_dims: int = 3, min_side: int = 0, max_side: int = 3) -> st.SearchStrategy[Shape]:
    """Shapes from 0-d up, with sizes 0 and 1 among them."""
    return st.lists(st.integers(min_side, max_side), max_size=max_dims).map(tuple)


def broadcastable_shapes(count: int) -> st.SearchStrategy[tuple[Shape, ...]]:
    """`count` shapes that broadcast together: each drops leading axes or has length 1 in some."""
    return sources.map(lambda source: random_shapes(source, count))


def random_shapes(source: Random, count: int) -> tuple[Shape, ...]:
    """`count` shapes that broadcast together, drawn by `source`."""
    full = [source.randint(0, 3) for _ in range(source.randint(0, 3))]
    if count == 1:
        return (tuple(full),)
    result = []
    for _ in range(count):
        dropped = source.randint(0, len(full))
        sides = [n if source.randint(0, 1) else 1 for n in full]
        result.append(tuple(sides[dropped:]))
    return tuple(result)


def arrays(shape: Shape, domain: Domain = real, dtype: Any = np.float64) -> st.SearchStrategy[Any]:
    """An array of `shape`, its elements within ±3 before `domain` moves them.

    Complex numbers have imaginary parts within ±0.6.
    """
    return sources.map(lambda source: random_array(source, shape, domain, dtype))


def random_array(
    source: Random, shape: Shape, domain: Domain = real, dtype: Any = np.float64
) -> Any:
    """An array of `shape` in `domain`, its elements drawn by `source`."""
    dtype = np.dtype(dtype)

    def numbers(within: int) -> Any:
        drawn = [source.randint(-within, within) for _ in range(math.prod(shape))]
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
