"""The same numbers in another shape, order or dtype."""

from typing import Any

import numpy as np

from tinygrad_xor.derivatives._calls import (
    any_shape,
    axis_order,
    new_shape,
    one_more_axis,
    two_axes,
    wider_shape,
)
from tinygrad_xor.engine import primitive


def _inverse(axes: Any) -> Any:
    """The order of axes that undoes `axes`."""
    return None if axes is None else tuple(np.argsort([a % len(axes) for a in axes]))


reshape = primitive(
    np.reshape,
    "reshape",
    lambda g, y, x, shape, order="C": np.reshape(g, np.shape(x), order=order),
    calls=new_shape,
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
    return np.asarray(x).astype(dtype)


astype = primitive(
    _astype,
    "dtype",
    lambda g, y, x, dtype: g,
    name="astype",
    calls=lambda random: (any_shape(random), {"dtype": np.dtype(np.float64)}),
)
