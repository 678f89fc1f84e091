"""The methods of a Value, named as in NumPy and PyTorch; each calls an entry of the table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

import numpy as np

from tinygrad_xor.engine.numbers import Numbers
from tinygrad_xor.engine.table import TABLE
from tinygrad_xor.engine.written import CANNOT_CHANGE, kept_param

#: Operations whose derivative is zero: nothing is lost where their results become integers.
_WHOLE = ("floor", "ceil", "trunc", "rint", "round", "floor_divide", "sign")
_np: Any = np  # NumPy's stubs do not know that its functions take Values


class ArrayMethods(Numbers):
    """``v.exp()``, ``v.sum(axis=0)``, ``v.at[0].set(1.0)``: what `Value` inherits."""

    __slots__ = ()

    # -- its elements ----------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Self:
        if type(index) not in CANNOT_CHANGE:
            index = kept_param(index)
        return TABLE["getitem"].apply((self,), {"index": index})

    def __setitem__(self, index: Any, new: Any) -> None:
        raise TypeError(
            f"item assignment would change a Value (shape {self.shape}) that others were "
            "computed from: make a new one with v = v.at[index].set(new), or "
            "np.where(mask, new, v)"
        )

    def __iter__(self) -> Iterator[Self]:
        return (self[i] for i in range(len(self)))

    # -- element by element ----------------------------------------------------------------------

    def exp(self) -> Self:
        """e**x."""
        return TABLE["exp"].of(self)

    def log(self) -> Self:
        """The natural logarithm."""
        return TABLE["log"].of(self)

    def log1p(self) -> Self:
        """log(1 + x), exact for small x."""
        return TABLE["log1p"].of(self)

    def expm1(self) -> Self:
        """exp(x) - 1, exact for small x."""
        return TABLE["expm1"].of(self)

    def sqrt(self) -> Self:
        """The square root."""
        return TABLE["sqrt"].of(self)

    def square(self) -> Self:
        """x * x."""
        return TABLE["square"].of(self)

    def abs(self) -> Self:
        """The absolute value; the derivative at 0 is 0."""
        return TABLE["absolute"].of(self)

    def sin(self) -> Self:
        """The sine of radians."""
        return TABLE["sin"].of(self)

    def cos(self) -> Self:
        """The cosine of radians."""
        return TABLE["cos"].of(self)

    def tanh(self) -> Self:
        """The hyperbolic tangent, between -1 and 1."""
        return TABLE["tanh"].of(self)

    def sigmoid(self) -> Self:
        """1 / (1 + exp(-x)), between 0 and 1."""
        return TABLE["sigmoid"].of(self)

    def relu(self) -> Self:
        """x where positive, else 0; the derivative at 0 is 0."""
        return TABLE["relu"].of(self)

    def leaky_relu(self, slope: float = 0.01) -> Self:
        """x where positive, else ``slope * x``."""
        return TABLE["leaky_relu"].apply((self,), {"slope": slope})

    def softplus(self) -> Self:
        """log(1 + exp(x)), a smooth ReLU."""
        return TABLE["softplus"].of(self)

    def clip(self, min: Any = None, max: Any = None) -> Self:
        """The nearest number between `min` and `max`."""
        return _np.clip(self, min, max)

    def round(self, decimals: int = 0) -> Self:
        """Rounded to `decimals`; the derivative is 0."""
        return _np.round(self, decimals)

    def __round__(self, ndigits: int | None = None) -> Self:
        return self.round(ndigits or 0)

    def __divmod__(self, other: Any) -> tuple[Self, Self]:
        return _np.divmod(self, other)

    def __rdivmod__(self, other: Any) -> tuple[Self, Self]:
        return _np.divmod(other, self)

    def conj(self) -> Self:
        """The complex conjugate."""
        return TABLE["conjugate"].of(self)

    conjugate = conj

    @property
    def real(self) -> Self:
        """The real part."""
        return TABLE["real"].of(self)

    @property
    def imag(self) -> Self:
        """The imaginary part."""
        return TABLE["imag"].of(self)

    def astype(self, dtype: Any) -> Any:
        """The same numbers in another floating dtype; the gradient comes back in this one.

        Whole numbers, such as ``np.floor(v)``, also as plain integers: they have no gradient.
        """
        whole = self.primitive is not None and self.primitive.name in _WHOLE
        if whole and np.dtype(dtype).kind in "biu":
            return np.asarray(self._primal).astype(dtype)[()]
        return TABLE["astype"].apply((self,), {"dtype": np.dtype(dtype)})

    # -- many numbers into fewer -----------------------------------------------------------------

    def sum(self, axis: Any = None, keepdims: bool = False) -> Self:
        """The sum over `axis` (all axes by default)."""
        return _reduce("sum", self, axis, keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Self:
        """The mean over `axis` (all axes by default)."""
        return _reduce("mean", self, axis, keepdims)

    def prod(self, axis: Any = None, keepdims: bool = False) -> Self:
        """The product over `axis` (all axes by default)."""
        return _reduce("prod", self, axis, keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Self:
        """The largest over `axis`; equal largest share the gradient."""
        return _reduce("max", self, axis, keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Self:
        """The smallest over `axis`; equal smallest share the gradient."""
        return _reduce("min", self, axis, keepdims)

    def logsumexp(self, axis: Any = None, keepdims: bool = False) -> Self:
        """log(sum(exp(x))) over `axis`, without overflow."""
        return _reduce("logsumexp", self, axis, keepdims)

    def var(self, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Self:
        """The variance over `axis`, divided by ``n - ddof``, as in NumPy."""
        return _np.var(self, axis=axis, ddof=ddof, keepdims=keepdims)

    def std(self, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Self:
        """The standard deviation over `axis`: the square root of `var`."""
        return _np.std(self, axis=axis, ddof=ddof, keepdims=keepdims)

    def softmax(self, axis: int = -1) -> Self:
        """exp(x) / sum(exp(x)) along `axis`."""
        return TABLE["softmax"].apply((self,), {"axis": axis})

    def log_softmax(self, axis: int = -1) -> Self:
        """The logarithm of `softmax`, without overflow."""
        return TABLE["log_softmax"].apply((self,), {"axis": axis})

    def cumsum(self, axis: int | None = None) -> Self:
        """Running sums along `axis`; of all elements in order by default."""
        return TABLE["cumsum"].apply((self,), {"axis": axis})

    def argmax(self, axis: int | None = None) -> Any:
        """Where the largest element is: plain integers."""
        return _np.argmax(self, axis)

    def argmin(self, axis: int | None = None) -> Any:
        """Where the smallest element is: plain integers."""
        return _np.argmin(self, axis)

    def argsort(self, axis: int = -1) -> Any:
        """The places of the elements in ascending order: plain integers."""
        return _np.argsort(self, axis)

    def nonzero(self) -> Any:
        """Where elements are not zero: a plain array of integers for each axis."""
        return _np.nonzero(self)

    def any(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Whether an element is not zero: plain booleans."""
        return _np.any(self, axis=axis, keepdims=keepdims)

    def all(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Whether no element is zero: plain booleans."""
        return _np.all(self, axis=axis, keepdims=keepdims)

    def cumprod(self, axis: int | None = None) -> Self:
        """Running products along `axis`; of all elements in order by default."""
        return _np.cumprod(self, axis=axis)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Self:
        """The sum along a diagonal."""
        return _np.trace(self, offset, axis1, axis2)

    def dot(self, other: Any) -> Self:
        """``np.dot(self, other)``."""
        return _np.dot(self, other)

    # -- the same numbers in another shape -------------------------------------------------------

    def reshape(self, *shape: Any) -> Self:
        """The same elements in another shape: ``reshape(2, 3)`` or ``reshape((2, 3))``."""
        new = shape[0] if len(shape) == 1 else shape
        return TABLE["reshape"].apply((self,), {"shape": new})

    def ravel(self) -> Self:
        """All elements along one axis."""
        return self.reshape(-1)

    flatten = ravel

    @property
    def flat(self) -> Self:
        """All elements along one axis, to go through or to index: ``v.flat[3]``."""
        return self.ravel()

    def copy(self) -> Self:
        """The same numbers in a Value of its own; the gradient goes through."""
        return TABLE["positive"].of(self)

    def detach(self) -> Self:
        """A leaf with the same numbers: a constant for the graph that this Value is in."""
        kind: Any = type(self)
        return kind(self._primal, self.label)

    def take(self, indices: Any, axis: int | None = None) -> Self:
        """The elements at `indices` along `axis`; of all elements in order by default."""
        return _np.take(self, indices, axis=axis)

    def repeat(self, repeats: Any, axis: int | None = None) -> Self:
        """Each element `repeats` times along `axis`; of all elements in order by default."""
        return _np.repeat(self, repeats, axis=axis)

    def sort(self, axis: int = -1) -> Self:
        """The elements in ascending order along `axis`, in a new Value."""
        return _np.sort(self, axis=axis)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Self:
        """The elements on a diagonal."""
        return _np.diagonal(self, offset, axis1, axis2)

    def squeeze(self, axis: Any = None) -> Self:
        """Without the axes of length 1."""
        return _np.squeeze(self, axis)

    def transpose(self, *axes: Any) -> Self:
        """The axes in another order; reversed by default."""
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None
        return TABLE["transpose"].apply((self,), {"axes": order})

    @property
    def T(self) -> Self:  # noqa: N802 (NumPy's name)
        """The axes in reversed order."""
        return self.transpose()

    @property
    def mT(self) -> Self:  # noqa: N802 (NumPy's name)
        """The last two axes exchanged: each matrix of a stack transposed."""
        return self.swapaxes(-1, -2)

    def swapaxes(self, axis1: int, axis2: int) -> Self:
        """The same array with two axes exchanged."""
        return TABLE["swapaxes"].apply((self,), {"axis1": axis1, "axis2": axis2})

    @property
    def at(self) -> At:
        """``v.at[index].set(new)`` and ``.add(new)``: a new Value, changed at ``index``, as in JAX.

        >>> from tinygrad_xor import Value
        >>> v = Value([1.0, 2.0, 3.0])
        >>> v.at[1:].set(0.0).data, v.at[[0, 0]].add(10.0).data
        (array([1., 0., 0.]), array([21.,  2.,  3.]))
        """
        return At(self)


class At:
    """``v.at``: waits for an index."""

    def __init__(self, value: Any) -> None:
        self._of = value

    def __getitem__(self, index: Any) -> Place:
        return Place(self._of, index)


class Place:
    """``v.at[index]``: what can be done there."""

    def __init__(self, value: Any, index: Any) -> None:
        self._of = value
        self._index = kept_param(index)

    def set(self, new: Any) -> Any:
        """`new` in the place of what was there; where an index repeats, the last one stays."""
        return TABLE["index_set"].apply((self._of, new), {"index": self._index})

    def add(self, new: Any) -> Any:
        """`new` added to what was there; where an index repeats, all are added."""
        return TABLE["index_add"].apply((self._of, new), {"index": self._index})


def _reduce(name: str, x: Any, axis: Any, keepdims: bool) -> Any:
    params = {"axis": axis, "keepdims": keepdims} if keepdims else {"axis": axis}
    return TABLE[name].apply((x,), params)
