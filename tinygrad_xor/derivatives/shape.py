"""The same numbers in another shape, order of axes, or dtype."""

from typing import Any

import numpy as np

from tinygrad_xor.derivatives._arrays import array, axis_of
from tinygrad_xor.derivatives._calls import (
    any_shape,
    axis_order,
    new_shape,
    of,
    one_more_axis,
    two_axes,
    wider_shape,
)
from tinygrad_xor.engine import Value, composed, primitive
from tinygrad_xor.engine.foreign import is_lazy


def _inverse(axes: Any) -> Any:
    """The order of axes that undoes `axes`."""
    return None if axes is None else tuple(np.argsort([a % len(axes) for a in axes]))


def _known(order: Any) -> Any:
    if order not in ("C", "F"):
        raise TypeError(
            f"order={order!r} depends on how an array lies in memory, which a Value does not say: "
            "name 'C' (rows first) or 'F' (columns first)"
        )
    return order


def _reshape(x: Any, shape: Any, order: str = "C") -> Any:
    if is_lazy(x) and order == "C":  # Dask takes no order
        return np.reshape(x, (shape,) if isinstance(shape, int) else shape)
    return np.reshape(x, shape, order=_known(order))


reshape = primitive(
    _reshape,
    "reshape",
    lambda g, y, x, shape, order="C": _reshape(g, np.shape(x), order),
    implements=np.reshape,
    calls=new_shape,
)


def _ravel(x: Any, order: str = "C") -> Any:
    return _reshape(x, (-1,), order) if is_lazy(x) else np.ravel(x, order=_known(order))


ravel = primitive(
    _ravel,
    "ravel",
    lambda g, y, x, order="C": _reshape(g, np.shape(x), order),
    implements=np.ravel,
    calls=of(order=["C", "F"]),
)

squeeze = primitive(
    np.squeeze,
    "squeeze",
    lambda g, y, x, axis=None: np.reshape(g, np.shape(x)),
    calls=of(
        axis=lambda random, shape: random.choice(
            [None, *[i for i, n in enumerate(shape) if n == 1]]
        )
    ),
)

transpose = primitive(
    np.transpose,
    "ᵀ",
    lambda g, y, x, axes=None: np.transpose(g, _inverse(axes)),
    calls=axis_order,
)

swapaxes = primitive(
    np.swapaxes,
    "swapaxes",
    lambda g, y, x, axis1, axis2: np.swapaxes(g, axis1, axis2),
    calls=two_axes,
)

moveaxis = primitive(
    np.moveaxis,
    "moveaxis",
    lambda g, y, x, source, destination: np.moveaxis(g, destination, source),
    calls=lambda random: (
        ((2, 3, 1),),
        random.choice(
            [
                {"source": 0, "destination": -1},
                {"source": (0, 1), "destination": (-1, 0)},
                {"source": [2, 0], "destination": [1, 2]},
            ]
        ),
    ),
)

broadcast_to = primitive(
    np.broadcast_to,
    "broadcast",
    lambda g, y, x, shape: g,
    broadcasts=True,
    calls=wider_shape,
)

expand_dims = primitive(
    np.expand_dims,
    "expand",
    lambda g, y, x, axis: np.reshape(g, np.shape(x)),
    calls=one_more_axis,
)


def _astype(x: Any, dtype: Any) -> Any:
    if np.dtype(dtype).kind not in "fc":
        raise TypeError(
            f"a Value of dtype {np.dtype(dtype)} would have no gradient: take the plain numbers, "
            "v.data.astype(...)"
        )
    return (x if hasattr(x, "astype") else np.asarray(x)).astype(dtype)


astype = primitive(
    _astype,
    "dtype",
    lambda g, y, x, dtype: g,
    name="astype",
    calls=lambda random: (any_shape(random), {"dtype": np.dtype(np.complex128)}),
)


@composed(
    np.astype,
    calls=of(least=1),
    arrange=lambda inputs, params: ((*inputs, np.float64), params),
    real_only=True,
)
def astype_(x: Any, dtype: Any) -> Any:
    """The same numbers in another floating dtype."""
    return x.astype(dtype)


@composed(np.copy, calls=of())
def copy(a: Any) -> Any:
    """The same numbers; a Value never changes, so it need not be copied."""
    return np.positive(a)


@composed(np.full_like, calls=lambda random: (((2, 1), ()), {}))
def full_like(a: Any, fill_value: Any, dtype: Any = None, *, shape: Any = None) -> Any:
    """An array like `a` that is full of one number."""
    wanted = np.shape(a) if shape is None else shape
    dtype = np.result_type(a) if dtype is None else np.dtype(dtype)
    if type(fill_value) is not Value:
        return np.full(wanted, fill_value, dtype)
    return np.broadcast_to(fill_value, wanted).astype(dtype)


@composed(np.rollaxis, calls=of(least=2, axis=[0, -1], start=[0, 1]))
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """One axis moved before another."""
    axis, start = axis_of(a, axis), start + np.ndim(a) if start < 0 else start
    return np.moveaxis(a, axis, start - 1 if axis < start else start)


@composed(np.matrix_transpose, np.linalg.matrix_transpose, calls=of(least=2))
def matrix_transpose(x: Any) -> Any:
    """The last two axes exchanged."""
    return np.swapaxes(x, -1, -2)


def _one_or_list(results: list[Any]) -> Any:
    return results[0] if len(results) == 1 else tuple(results)


@composed(np.atleast_1d, calls=of())
def atleast_1d(*arys: Any) -> Any:
    """At least one axis."""
    arys = tuple(map(array, arys))
    return _one_or_list([np.reshape(a, 1) if np.ndim(a) == 0 else a for a in arys])


@composed(np.atleast_2d, calls=of())
def atleast_2d(*arys: Any) -> Any:
    """At least two axes, new ones in front."""
    arys = tuple(map(array, arys))
    new = [
        np.reshape(a, (1,) * (2 - np.ndim(a)) + np.shape(a)) if np.ndim(a) < 2 else a for a in arys
    ]
    return _one_or_list(new)


@composed(np.atleast_3d, calls=of())
def atleast_3d(*arys: Any) -> Any:
    """At least three axes: (n,) becomes (1, n, 1), (m, n) becomes (m, n, 1)."""
    arys = tuple(map(array, arys))
    shapes = {0: (1, 1, 1), 1: (1, -1, 1)}
    new = [
        np.reshape(a, shapes[np.ndim(a)])
        if np.ndim(a) < 2
        else a[..., None]
        if np.ndim(a) == 2
        else a
        for a in arys
    ]
    return _one_or_list(new)


@composed(np.broadcast_arrays, calls=lambda random: (((2, 1), (3,)), {}))
def broadcast_arrays(*args: Any) -> Any:
    """All arrays in the shape that they have together."""
    shape = np.broadcast_shapes(*[np.shape(a) for a in args])
    return tuple(np.broadcast_to(a, shape) for a in args)


@composed(
    np.meshgrid, calls=lambda random: (((2,), (3,)), {"indexing": random.choice(["xy", "ij"])})
)
def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    """Coordinates of a grid."""
    n = len(xi)
    open_grid = [np.reshape(x, (1,) * i + (-1,) + (1,) * (n - 1 - i)) for i, x in enumerate(xi)]
    if indexing == "xy" and n > 1:
        open_grid = [np.swapaxes(x, 0, 1) for x in open_grid]
    return tuple(open_grid) if sparse else np.broadcast_arrays(*open_grid)
