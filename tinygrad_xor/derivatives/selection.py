"""One of several: maximum, minimum, clip, where, select, choose.

At a tie each has half of the gradient, whichever the argument, so that the order of arguments makes
no difference. NaN beats every number in maximum and minimum, and loses in fmax and fmin.
"""

from typing import Any

import numpy as np

from tinygrad_xor.derivatives._calls import alike
from tinygrad_xor.engine import composed, primitive
from tinygrad_xor.engine.sampling import condition, lattice, real


def _share(z: Any, x: Any, y: Any) -> Any:
    """How much of the result z is x: all, nothing, or half at a tie, as in JAX and PyTorch."""
    x_is_it = (z == x) | (np.isnan(z) & np.isnan(x))
    y_is_it = (z == y) | (np.isnan(z) & np.isnan(y))
    return x_is_it / (1.0 * x_is_it + y_is_it)


maximum, minimum, fmax, fmin = (
    primitive(
        function,
        symbol,
        lambda g, z, x, y: g * _share(z, x, y),
        lambda g, z, x, y: g * _share(z, y, x),
        domain=(lattice(0.0), lattice(0.25)),
        distance_to_kink=lambda x, y: x - y,
        real_only=True,
    )
    for function, symbol in (
        (np.maximum, "max"),
        (np.minimum, "min"),
        (np.fmax, "max"),
        (np.fmin, "min"),
    )
)

where = primitive(
    np.where,
    "where",
    None,
    lambda g, z, c, x, y: np.where(c, g, 0.0),
    lambda g, z, c, x, y: np.where(c, 0.0, g),
    elementwise=True,
    domain=(condition, real, real),
)


@composed(
    np.clip,
    calls=lambda random: (((2, 2),), {"a_min": random.choice([None, -0.3]), "a_max": 0.6}),
    domain=lattice(0.0),
    real_only=True,
)
def clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    """The nearest number between two limits, each of which may be None.

    At a limit both share the gradient, as at every tie; between equal limits `a` moves nothing.
    """
    low = a_min if a_min is not None else min
    high = a_max if a_max is not None else max
    clipped = a if low is None else np.maximum(a, low)
    clipped = clipped if high is None else np.minimum(clipped, high)
    if low is None or high is None or not np.any(low == high):
        return clipped
    return np.where((low == high) & ~np.isnan(a), np.maximum(low, high), clipped)


def _conditions(inputs: Any, params: Any) -> Any:
    conditions = [np.arange(inputs[0].size).reshape(inputs[0].shape) % k == 0 for k in (2, 3)]
    return (conditions, list(inputs)), params


@composed(np.select, calls=alike(2, default=[0, 1.5]), arrange=_conditions)
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """Where the first of the conditions is true that is, the choice that belongs to it."""
    if len(condlist) != len(choicelist):
        raise ValueError(
            f"select() needs a choice for each condition: {len(condlist)} conditions, "
            f"{len(choicelist)} choices"
        )
    result = default
    for condition_, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        result = np.where(condition_, choice, result)
    return result


@composed(
    np.choose,
    calls=alike(3),
    arrange=lambda inputs, params: (
        (np.arange(inputs[0].size).reshape(inputs[0].shape) % 3, list(inputs)),
        params,
    ),
)
def choose(a: Any, choices: Any, mode: str = "raise") -> Any:
    """From each place, the element of the choice that `a` has there."""
    n = len(choices)
    a = np.asarray(a)
    if mode == "raise" and np.any((a < 0) | (a >= n)):
        raise ValueError(f"choose() got an index outside of its {n} choices: {a}")
    a = a % n if mode == "wrap" else np.clip(a, 0, n - 1)
    return np.select([a == k for k in range(n)], list(choices))
