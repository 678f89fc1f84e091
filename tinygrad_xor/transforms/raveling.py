"""A nested tree of arrays as one vector, and back: for optimizers that know vectors only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.engine import Value
from tinygrad_xor.program.trees import flatten
from tinygrad_xor.transforms.functional import floating


def ravel_pytree(tree: Any) -> tuple[Any, Callable[[Any], Any]]:
    """All elements of a tree along one axis, and the function that makes a tree of a vector again.

    As in JAX. Both directions work on Values, so that a function of a tree can be differentiated as
    a function of a vector, which is what ``scipy.optimize.minimize`` asks for.

    Args:
        tree: nested tuples, lists and dicts of numbers, arrays or Values.

    Returns:
        The vector, of shape ``(n,)`` and of the one floating dtype that holds all leaves; and
        ``unravel(vector)``, a tree of the same form, with each leaf in its own shape and dtype.

    Raises:
        ValueError: by ``unravel``, if the vector is not of that length.

    >>> vector, unravel = ravel_pytree({"w": np.ones((2, 2)), "b": 0.5})
    >>> vector
    array([1. , 1. , 1. , 1. , 0.5])
    >>> unravel(2 * vector)
    {'w': array([[2., 2.],
           [2., 2.]]), 'b': 1.0}
    """
    leaves, build = flatten(tree)
    shapes = [np.shape(x) for x in leaves]
    dtypes = [floating(x) for x in leaves]
    dtype = np.result_type(*dtypes) if dtypes else np.dtype(float)
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes], dtype=int).tolist()
    size = ends[-1] if ends else 0

    def unravel(vector: Any) -> Any:
        if np.shape(vector) != (size,):
            raise ValueError(
                f"this tree has {size} numbers: unravel() takes a vector of shape {(size,)}, not "
                f"{np.shape(vector)}"
            )
        vector = vector if type(vector) is Value else np.asarray(vector)
        starts = [0, *ends]
        return build(
            _of_dtype(np.reshape(vector[a:b], shape), own)
            for a, b, shape, own in zip(starts, ends, shapes, dtypes, strict=False)
        )

    parts = [_of_dtype(np.reshape(_floating(x), (-1,)), dtype) for x in leaves]
    return (np.concatenate(parts) if parts else np.zeros(0)), unravel


def _floating(x: Any) -> Any:
    return x if type(x) is Value else np.asarray(x, floating(x))


def _of_dtype(x: Any, dtype: np.dtype[Any]) -> Any:
    """`x` in a dtype; numbers stay numbers, and complex ones that were real become real again."""
    if dtype.kind != "c" and floating(x).kind == "c":
        x = np.real(x)
    x = x if floating(x) == dtype else x.astype(dtype)
    return x.item() if type(x) is np.ndarray and x.ndim == 0 and x.dtype == np.float64 else x
