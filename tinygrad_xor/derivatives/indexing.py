"""Taking elements out of an array, and its transpose: adding elements into one."""

from typing import Any

import numpy as np

from tinygrad_xor.derivatives._calls import index_of, scattered
from tinygrad_xor.engine import Primitive, primitive


def _getitem(x: Any, index: Any) -> Any:
    return np.asarray(x)[index]


def _scatter_add(x: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape`, with `x` added at `index`; where an index repeats, all are added."""
    out = np.zeros(shape, dtype=getattr(x, "dtype", np.float64))
    np.add.at(out, index, x)
    return out


getitem = primitive(
    _getitem,
    "[ ]",
    lambda g, y, x, index: scatter_add(g, index=index, shape=np.shape(x)),
    name="getitem",
    calls=index_of,
)

scatter_add: Primitive = primitive(
    _scatter_add,
    "[ ]ᵀ",
    lambda g, y, x, index, shape: g[index],
    name="scatter_add",
    calls=scattered,
)
