"""The methods of a Value, named as in NumPy and PyTorch; each is one entry of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_xor.engine.primitive import TABLE

if TYPE_CHECKING:
    from tinygrad_xor.engine.value import Value

_np: Any = np  # NumPy's stubs do not know that its functions take Values


class ArrayMethods:
    """``v.exp()``, ``v.sum(axis=0)``, ``v.at[0].set(1.0)``: what `Value` inherits."""

    __slots__ = ()

    # -- element by element ----------------------------------------------------------------------

    def exp(self) -> Value:
        """e**x."""
        return _unary("exp", self)

    def log(self) -> Value:
        """The natural logarithm."""
        return _unary("log", self)

    def log1p(self) -> Value:
        """log(1 + x), exact for small x."""
        return _unary("log1p", self)

    def expm1(self) -> Value:
        """exp(x) - 1, exact for small x."""
        return _unary("expm1", self)

    def sqrt(self) -> Value:
        """The square root."""
        return _unary("sqrt", self)

    def square(self) -> Value:
        """x * x."""
        return _unary("square", self)

    def abs(self) -> Value:
        """The absolute value; the derivative at 0 is 0."""
        return _unary("absolute", self)

    def sin(self) -> Value:
        """The sine of radians."""
        return _unary("sin", self)

    def cos(self) -> Value:
        """The cosine of radians."""
        return _unary("cos", self)

    def tanh(self) -> Value:
        """The hyperbolic tangent, between -1 and 1."""
        return _unary("tanh", self)

    def sigmoid(self) -> Value:
        """1 / (1 + exp(-x)), between 0 and 1."""
        return _unary("sigmoid", self)

    def relu(self) -> Value:
        """x where positive, else 0; the derivative at 0 is 0."""
        return _unary("relu", self)

    def leaky_relu(self, slope: float = 0.01) -> Value:
        """x where positive, else ``slope * x``."""
        return _value.apply(TABLE["leaky_relu"], (self,), {"slope": slope})

    def softplus(self) -> Value:
        """log(1 + exp(x)), a smooth ReLU."""
        return _unary("softplus", self)

    def clip(self, min: Any = None, max: Any = None) -> Value:
        """The nearest number between `min` and `max`."""
        return _np.clip(self, min, max)

    def round(self, decimals: int = 0) -> Value:
        """Rounded to `decimals`; the derivative is 0."""
        return _np.round(self, decimals)

    def conj(self) -> Value:
        """The complex conjugate."""
        return _unary("conjugate", self)

    @property
    def real(self) -> Value:
        """The real part."""
        return _unary("real", self)

    @property
    def imag(self) -> Value:
        """The imaginary part."""
        return _unary("imag", self)

    def astype(self, dtype: Any) -> Value:
        """The same numbers in another floating dtype; the gradient comes back in this one."""
        return _value.apply(TABLE["astype"], (self,), {"dtype": np.dtype(dtype)})

    # -- many numbers into fewer -----------------------------------------------------------------

    def sum(self, axis: Any = None, keepdims: bool = False) -> Value:
        """The sum over `axis` (all axes by default)."""
        return _reduce("sum", self, axis, keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Value:
        """The mean over `axis` (all axes by default)."""
        return _reduce("mean", self, axis, keepdims)

    def prod(self, axis: Any = None, keepdims: bool = False) -> Value:
        """The product over `axis` (all axes by default)."""
        return _reduce("prod", self, axis, keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Value:
        """The largest over `axis`; equal largest share the gradient."""
        return _reduce("max", self, axis, keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Value:
        """The smallest over `axis`; equal smallest share the gradient."""
        return _reduce("min", self, axis, keepdims)

    def logsumexp(self, axis: Any = None, keepdims: bool = False) -> Value:
        """log(sum(exp(x))) over `axis`, without overflow."""
        return _reduce("logsumexp", self, axis, keepdims)

    def var(self, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Value:
        """The variance over `axis`, divided by ``n - ddof``, as in NumPy."""
        return _np.var(self, axis=axis, ddof=ddof, keepdims=keepdims)

    def std(self, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Value:
        """The standard deviation over `axis`: the square root of `var`."""
        return _np.std(self, axis=axis, ddof=ddof, keepdims=keepdims)

    def softmax(self, axis: int = -1) -> Value:
        """exp(x) / sum(exp(x)) along `axis`."""
        return _value.apply(TABLE["softmax"], (self,), {"axis": axis})

    def log_softmax(self, axis: int = -1) -> Value:
        """The logarithm of `softmax`, without overflow."""
        return _value.apply(TABLE["log_softmax"], (self,), {"axis": axis})

    def cumsum(self, axis: int | None = None) -> Value:
        """Running sums along `axis`; of all elements in order by default."""
        return _value.apply(TABLE["cumsum"], (self,), {"axis": axis})

    def argmax(self, axis: int | None = None) -> Any:
        """Where the largest element is: plain integers."""
        return _np.argmax(self, axis)

    def argmin(self, axis: int | None = None) -> Any:
        """Where the smallest element is: plain integers."""
        return _np.argmin(self, axis)

    def dot(self, other: Any) -> Value:
        """``np.dot(self, other)``."""
        return _np.dot(self, other)

    # -- the same numbers in another shape -------------------------------------------------------

    def reshape(self, *shape: Any) -> Value:
        """The same elements in another shape: ``reshape(2, 3)`` or ``reshape((2, 3))``."""
        new = shape[0] if len(shape) == 1 else shape
        return _value.apply(TABLE["reshape"], (self,), {"shape": new})

    def ravel(self) -> Value:
        """All elements along one axis."""
        return self.reshape(-1)

    flatten = ravel

    def squeeze(self, axis: Any = None) -> Value:
        """Without the axes of length 1."""
        return _np.squeeze(self, axis)

    def transpose(self, *axes: Any) -> Value:
        """The axes in another order; reversed by default."""
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None
        return _value.apply(TABLE["transpose"], (self,), {"axes": order})

    @property
    def T(self) -> Value:  # noqa: N802 (NumPy's name)
        """The axes in reversed order."""
        return self.transpose()

    @property
    def mT(self) -> Value:  # noqa: N802 (NumPy's name)
        """The last two axes exchanged: each matrix of a stack transposed."""
        return self.swapaxes(-1, -2)

    def swapaxes(self, axis1: int, axis2: int) -> Value:
        """The same array with two axes exchanged."""
        return _value.apply(TABLE["swapaxes"], (self,), {"axis1": axis1, "axis2": axis2})

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

    def __getitem__(self, index: Any) -> _Place:
        return _Place(self._of, index)


class _Place:
    """``v.at[index]``: what can be done there."""

    def __init__(self, value: Any, index: Any) -> None:
        self._of = value
        self._index = index

    def set(self, new: Any) -> Value:
        """`new` in the place of what was there; where an index repeats, the last one stays."""
        return _value.apply(TABLE["index_set"], (self._of, new), {"index": self._index})

    def add(self, new: Any) -> Value:
        """`new` added to what was there; where an index repeats, all are added."""
        return _value.apply(TABLE["index_add"], (self._of, new), {"index": self._index})


def _unary(name: str, x: Any) -> Value:
    primitive = TABLE[name]
    return _value.record(primitive, primitive.function(x._primal), (x,))


def _reduce(name: str, x: Any, axis: Any, keepdims: bool) -> Value:
    params = {"axis": axis, "keepdims": keepdims} if keepdims else {"axis": axis}
    return _value.apply(TABLE[name], (x,), params)


# Last, because it is built on this module.
from tinygrad_xor.engine import value as _value  # noqa: E402
