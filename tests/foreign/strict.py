"""An array of another library that lets nothing pass but NumPy's protocols.

It stands for CuPy's, whose numbers are on another device: no conversion, no mixing with NumPy's
arrays, no look at its numbers, no method of ufuncs but their call, no writing from outside.
"""

import numpy as np


def refuse(*args, **kwargs):
    raise TypeError("a Strict array is not converted")


class Strict(np.lib.mixins.NDArrayOperatorsMixin):
    """Numbers that only NumPy's functions reach."""

    __array__ = __bool__ = __float__ = __int__ = __index__ = __complex__ = refuse
    tolist = item = refuse

    def __init__(self, numbers):
        self._numbers = np.array(numbers)

    dtype, shape, ndim, size, nbytes = (
        property(lambda self, name=name: getattr(self._numbers, name))
        for name in ("dtype", "shape", "ndim", "size", "nbytes")
    )
    T, real, imag = (
        property(lambda self, name=name: Strict(getattr(self._numbers, name)))
        for name in ("T", "real", "imag")
    )
    astype, copy, reshape, swapaxes, transpose, conj, ravel = (
        lambda self, *args, name=name, **kwargs: Strict(
            getattr(self._numbers, name)(*args, **kwargs)
        )
        for name in ("astype", "copy", "reshape", "swapaxes", "transpose", "conj", "ravel")
    )

    def __len__(self):
        return len(self._numbers)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index):
        return Strict(self._numbers[inside(index)])

    def __setitem__(self, index, new):
        if not may_meet(new):
            refuse()
        self._numbers[inside(index)] = inside(new)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method != "__call__" or not all(map(may_meet, (*inputs, *kwargs.values()))):
            return NotImplemented
        return outside(ufunc(*inside(inputs), **inside(kwargs)))

    def __array_function__(self, function, types, args, kwargs):
        if not all(map(may_meet, (*args, *kwargs.values()))):
            return NotImplemented
        return outside(function(*inside(args), **inside(kwargs)))


def may_meet(x):
    """Whether a Strict array goes together with `x`: numbers, its like, and both nested."""
    if isinstance(x, (list, tuple)):
        return all(map(may_meet, x))
    return isinstance(x, (Strict, np.generic)) or not hasattr(type(x), "__array__")


def inside(x):
    """NumPy's arrays for Strict ones, also nested."""
    if isinstance(x, (list, tuple)):
        return [inside(part) for part in x] if type(x) is list else tuple(map(inside, x))
    if type(x) is dict:
        return {key: inside(part) for key, part in x.items()}
    return x._numbers if isinstance(x, Strict) else x


def outside(x):
    """Strict arrays for NumPy's."""
    if isinstance(x, (np.ndarray, np.generic)):
        return Strict(x)
    if isinstance(x, (list, tuple)):
        parts = [outside(part) for part in x]
        return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
    return x
