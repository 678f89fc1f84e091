"""Functions that only move elements about: flip, roll, tile, pad, sort and their kin.

One rule serves them all. Run the function on the *places* 1, 2, 3, … in place of the elements, and
each element of the result says where it came from; 0 says that it came from nowhere, as the zeros
of ``np.pad`` and ``np.triu`` do. The gradient goes back the same way.
"""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.derivatives._arrays import part
from tinygrad_xor.derivatives._calls import (
    an_axis,
    an_axis_or_all,
    axes,
    of,
    taken_along,
    two_different_axes,
)
from tinygrad_xor.derivatives.indexing import scatter_add
from tinygrad_xor.engine import Primitive, composed, primitive
from tinygrad_xor.engine.foreign import is_complex
from tinygrad_xor.engine.sampling import CallSampler, Domain, distinct, real


def numbered(x: Any) -> Any:
    """An array of the shape of `x` that holds the places 1, 2, 3 and so on."""
    shape = np.shape(x)
    return np.arange(1, int(np.prod(shape)) + 1).reshape(shape)


def back_to_places(places: Any, g: Any, x: Any) -> Any:
    """`g` added up at the places of `x` that it came from."""
    n = int(np.prod(np.shape(x)))
    with_nowhere = scatter_add(np.reshape(g, (-1,)), index=np.reshape(places, -1), shape=(n + 1,))
    return np.reshape(with_nowhere[1:], np.shape(x))


def moves(
    function: Callable[..., Any],
    symbol: str,
    calls: CallSampler,
    *,
    places: Callable[..., Any] | None = None,
    domain: Domain = real,
) -> Primitive:
    """An entry for a function that moves elements.

    Where they go may depend on them, as in a sort: `places` says where each came from then, from
    the array and the parameters.
    """

    def rule(g: Any, y: Any, x: Any, *args: Any, **params: Any) -> Any:
        """The gradient goes back to the places that the elements came from, and adds up there."""
        came_from = places(x, *args, **params) if places else function(numbered(x), *args, **params)
        return back_to_places(came_from, g, x)

    # The table reads the names of a rule's parameters: these are the function's own.
    described = inspect.signature(places or function)
    extra = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in ("g", "y")]
    kept = [p for p in described.parameters.values() if p.name != "out"]
    kept[0] = kept[0].replace(kind=inspect.Parameter.POSITIONAL_ONLY, name="x")
    rule.__signature__ = inspect.Signature([*extra, *kept])  # type: ignore[attr-defined]
    return primitive(function, symbol, rule, calls=calls, domain=domain)


moves(np.flip, "flip", of(axis=axes))
moves(np.fliplr, "flip", of(least=2))
moves(np.flipud, "flip", of(least=1))
moves(np.roll, "roll", of(least=1, shift=[-1, 2], axis=an_axis_or_all))
moves(np.rot90, "rot90", of(least=2, k=[-1, 1, 2, 3], axes=two_different_axes))
moves(np.tile, "tile", of(reps=[2, (2, 1), (1, 2, 1, 1)]))
moves(np.repeat, "repeat", of(least=1, repeats=[0, 2], axis=an_axis_or_all))
moves(np.resize, "resize", of(smallest=1, new_shape=[(2, 3), 5]))
moves(np.triu, "◥", of(least=2, k=[-1, 0, 1]))
moves(np.tril, "◣", of(least=2, k=[-1, 0, 1]))
moves(np.diag, "diag", of(least=1, most=2, smallest=1, k=[0, 1]))
moves(np.diagflat, "diag", of(k=[-1, 0, 1]))
moves(
    np.diagonal,
    "diag",
    lambda random: (((2, 3, 2),), {"offset": random.choice([-1, 0, 1]), "axis1": 2, "axis2": 0}),
)
moves(np.take, "take", of(least=1, smallest=1, indices=[0, [-1, 0, 0]], axis=an_axis_or_all))
moves(np.take_along_axis, "take", taken_along)
moves(np.delete, "delete", of(least=1, smallest=1, obj=[0, [0, -1]], axis=an_axis))


moves(
    np.lib.stride_tricks.sliding_window_view,
    "windows",
    lambda random: (
        ((4, 3),),
        random.choice([{"window_shape": 2, "axis": 0}, {"window_shape": (2, 3)}]),
    ),
)

_MOVING_MODES = ["constant", "edge", "reflect", "symmetric", "wrap"]


def _padded(x: Any, pad_width: Any, mode: Any = "constant", constant_values: Any = 0) -> Any:
    return np.pad(numbered(x), pad_width, mode)


pad_ = moves(
    np.pad,
    "pad",
    of(least=1, most=2, smallest=2, pad_width=[1, (0, 2)], mode=_MOVING_MODES),
    places=_padded,
)

_PADDED_BY: dict[str, Callable[..., Any]] = {
    **{"mean": np.mean, "median": np.median, "maximum": np.max, "minimum": np.min}
}


@composed(
    np.pad,
    calls=of(
        least=1,
        most=2,
        smallest=2,
        pad_width=[1, (0, 2)],
        mode=["edge", *_PADDED_BY, "linear_ramp"],
    ),
    domain=distinct,
    real_only=True,
)
def pad(
    array: Any,
    pad_width: Any,
    mode: Any = "constant",
    *,
    constant_values: Any = 0,
    end_values: Any = 0,
    stat_length: Any = None,
) -> Any:
    """More elements around: numbers, copies, means and extremes of each row, or sides."""
    if mode in _MOVING_MODES:
        more = {"constant_values": constant_values} if mode == "constant" else {}
        return pad_(array, pad_width=pad_width, mode=mode, **more)
    if mode not in (*_PADDED_BY, "linear_ramp"):
        raise TypeError(
            f"np.pad of a Value has the modes {', '.join([*_MOVING_MODES, *_PADDED_BY])} and "
            f"linear_ramp, not {mode!r}"
        )
    lengths = np.broadcast_to(stat_length, (np.ndim(array), 2))
    widths = np.broadcast_to(pad_width, (np.ndim(array), 2))
    ends = np.broadcast_to(end_values, (np.ndim(array), 2))
    for axis, (before, after) in enumerate(widths.tolist()):
        if mode == "linear_ramp":
            edges = part(array, axis, slice(None, 1)), part(array, axis, slice(-1, None))
            sides = [
                np.linspace(end, np.squeeze(edge, axis), n, endpoint=False, axis=axis)
                for end, edge, n in zip(ends[axis].tolist(), edges, (before, after), strict=True)
            ]
            sides[1] = np.flip(sides[1], axis)
        else:
            first, last = lengths[axis]
            ends_of = slice(None, first), slice(last and -min(last, np.shape(array)[axis]), None)
            sides = [
                np.repeat(
                    _PADDED_BY[mode](part(array, axis, some), axis=axis, keepdims=True),
                    n,
                    axis=axis,
                )
                for some, n in zip(ends_of, (before, after), strict=True)
            ]
        array = np.concatenate([sides[0], array, sides[1]], axis=axis)
    return array


def _in_order(x: Any, axis: Any = -1) -> Any:
    if axis is None:
        return np.take_along_axis(numbered(x).ravel(), np.argsort(np.ravel(x)), 0)
    return np.take_along_axis(numbered(x), np.argsort(x, axis=axis), axis)


def _partitioned(x: Any, kth: Any, axis: Any = -1) -> Any:
    if axis is None:
        return np.take_along_axis(numbered(x).ravel(), np.argpartition(np.ravel(x), kth), 0)
    return np.take_along_axis(numbered(x), np.argpartition(x, kth, axis=axis), axis)


moves(
    np.sort,
    "sort",
    of(least=1, axis=an_axis_or_all),
    places=_in_order,
    domain=distinct,
)
moves(
    np.partition,
    "partition",
    of(least=1, smallest=1, kth=[0], axis=an_axis_or_all),
    places=_partitioned,
    domain=distinct,
)


@composed(np.sort_complex, calls=of(least=1), domain=distinct)
def sort_complex(a: Any) -> Any:
    """In order of the real parts, as complex numbers."""
    in_order = np.sort(a)
    return in_order if is_complex(a) else in_order.astype(np.complex128)


@composed(
    np.trace,
    calls=lambda random: (((2, 3, 2),), {"offset": random.choice([0, 1]), "axis1": 0, "axis2": 2}),
)
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum of the diagonal."""
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1)


@composed(np.linalg.diagonal, calls=of(least=2, smallest=1, offset=[0, 1]))
def linalg_diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """The diagonals of matrices in the last two axes."""
    return np.diagonal(x, offset, -2, -1)


@composed(np.linalg.trace, calls=of(least=2, smallest=1, offset=[0, 1]))
def linalg_trace(x: Any, /, *, offset: int = 0) -> Any:
    """The sums of the diagonals of matrices in the last two axes."""
    return np.trace(x, offset, -2, -1)
