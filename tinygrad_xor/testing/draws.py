"""Shapes and arrays in a domain, drawn by a `random.Random`; and what is too near a kink.

The plain `Random` serves where examples are only collected; strategies hand in one of hypothesis,
which then shrinks what was drawn.
"""

from __future__ import annotations

import math
from random import Random
from typing import Any

import numpy as np

from tinygrad_xor.engine import Value, newest_first
from tinygrad_xor.engine.sampling import Domain, real

Shape = tuple[int, ...]


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
