"""`Value`: a number or an array that remembers the operation and the inputs it came from."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Iterator
from typing import Any, final

import numpy as np

from tinygrad_xor.engine.numpy_protocol import entry_of_function, entry_of_ufunc
from tinygrad_xor.engine.operands import (
    cast,
    constant_data,
    leaf_data,
    real_power,
    scalar_or_array,
)
from tinygrad_xor.engine.primitive import CONSTANT, TABLE, Primitive

#: Counts every Value made and every change of a leaf, so that an input is always older than what
#: was computed from it. The backward pass relies on that order, and notices when it is broken.
_tick = itertools.count(1).__next__


@final
class Value:
    """A node of the compute graph: `data`, and how it was computed.

    A scalar is a Python float, an array a NumPy array; integers and booleans become float64,
    float32 stays float32. Arrays are copied, so later writes to yours change nothing here. A plain
    array that meets a Value in an operation is a constant: it is used as it is, so do not write
    into it before ``backward()``. Values are equal when their data are, element by element, as
    arrays are: ask ``a is b`` whether they are the same node.

    Args:
        data: a real number, an array, or a list of equally long rows.
        label: a name for pictures and messages.

    Raises:
        TypeError: if `data` is not real numbers (text, None, objects, complex, another Value).
        ValueError: if rows differ in length.

    >>> x = Value(2.0, label="x")
    >>> y = x * x + 3.0
    >>> y.backward()
    >>> y.data, x.grad
    (7.0, 4.0)
    """

    __slots__ = ("_grad", "_order", "_primal", "inputs", "label", "params", "primitive")

    #: Called ``_data``, it would be taken by ``numpy.ma``, and the gradient lost in silence.
    _primal: Any
    _grad: Any
    _order: int
    #: The arguments of the operation: Values, and plain numbers or arrays for constants.
    inputs: tuple[Any, ...]
    #: The keyword parameters of the operation, such as ``{"axis": 0}``.
    params: dict[str, Any] | None
    #: The operation this Value came from; ``None`` for a leaf.
    primitive: Primitive | None
    #: A name for pictures and messages.
    label: str | None

    def __init__(self, data: Any, label: str | None = None) -> None:
        self._primal = _leaf(data)
        self._grad = None
        self._order = _tick()
        self.inputs = ()
        self.params = None
        self.primitive = None
        self.label = label

    # -- what it holds ---------------------------------------------------------------------------

    @property
    def data(self) -> Any:
        """The number or array. Assign to a leaf to change it (``p.data -= 0.1 * p.grad``).

        A change between forward and backward is refused by ``backward()``. Writing *into* an array
        (``p.data[0] = 1``) goes unseen: assign a new array instead.
        """
        return self._primal

    @data.setter
    def data(self, new: Any) -> None:
        if self.primitive is not None:
            raise ValueError(
                f"{self!r} was computed by {self.primitive.name}: only a leaf's data can be "
                "assigned. Make a new Value from the data you want."
            )
        if new is not self._primal:  # `p.data -= step` hands back the very same array
            new = cast(_leaf(new), self.dtype)
            if np.shape(new) != self.shape:
                raise ValueError(
                    f"data of shape {np.shape(new)} cannot replace data of shape {self.shape}: "
                    "make a new Value for another shape"
                )
            self._primal = new
        self._order = _tick()

    @property
    def grad(self) -> Any:
        """The gradient that ``backward()`` left here, shaped like `data`; zero before it.

        Leaves add up over calls, until ``grad`` is set to zero. Other Values keep their last one.
        """
        if self._grad is None:
            return 0.0 if type(self._primal) is float else np.zeros(self.shape, self.dtype)[()]
        return self._grad

    @grad.setter
    def grad(self, new: Any) -> None:
        if new is None or (np.ndim(new) == 0 and new == 0):
            self._grad = None
            return
        new = cast(_leaf(new), self.dtype)
        if np.shape(new) != self.shape:
            raise ValueError(f"a gradient of shape {np.shape(new)} for data of shape {self.shape}")
        self._grad = new

    @property
    def has_grad(self) -> bool:
        """Whether a gradient has arrived here since the last time it was set to zero."""
        return self._grad is not None

    @property
    def order(self) -> int:
        """When it was made: inputs have a smaller order than what was computed from them."""
        return self._order

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of `data`; ``()`` for a scalar."""
        return () if type(self._primal) is float else self._primal.shape

    @property
    def ndim(self) -> int:
        """The number of axes; 0 for a scalar."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements; 1 for a scalar."""
        return math.prod(self.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of `data`; a Python float is float64."""
        return _FLOAT64 if type(self._primal) is float else self._primal.dtype

    def item(self) -> float:
        """The one number in it, as a Python float, without its gradient.

        Raises:
            ValueError: if there is more than one element.
        """
        if type(self._primal) is float:
            return self._primal
        if self.size != 1:
            raise ValueError(f"item() needs one element, this Value has shape {self.shape}")
        return float(self._primal.item())

    def backward(self, gradient: Any = None) -> None:
        """Differentiate this Value with respect to everything it was computed from.

        Leaves *add* the result to ``grad``; inner Values keep this pass's gradient.

        Args:
            gradient: where to start, of this Value's shape; 1 for a single number.

        Raises:
            ValueError: if the Value has several elements and no `gradient` is given, the shapes
                differ, or a leaf's data was changed after it was used.

        >>> w = Value([1.0, 2.0], label="w")
        >>> (w * w).sum().backward()
        >>> w.grad
        array([2., 4.])
        """
        _backward.backward_pass(self, gradient)

    # -- operators: the fast path to the table ---------------------------------------------------

    def __add__(self, other: Any) -> Value:
        return _binary("add", operator.add, self, other)

    def __radd__(self, other: Any) -> Value:
        return _binary("add", operator.add, other, self)

    def __sub__(self, other: Any) -> Value:
        return _binary("subtract", operator.sub, self, other)

    def __rsub__(self, other: Any) -> Value:
        return _binary("subtract", operator.sub, other, self)

    def __mul__(self, other: Any) -> Value:
        return _binary("multiply", operator.mul, self, other)

    def __rmul__(self, other: Any) -> Value:
        return _binary("multiply", operator.mul, other, self)

    def __truediv__(self, other: Any) -> Value:
        return _binary("divide", operator.truediv, self, other)

    def __rtruediv__(self, other: Any) -> Value:
        return _binary("divide", operator.truediv, other, self)

    def __pow__(self, other: Any) -> Value:
        return _binary("power", real_power, self, other)

    def __rpow__(self, other: Any) -> Value:
        return _binary("power", real_power, other, self)

    def __matmul__(self, other: Any) -> Value:
        return _binary("matmul", np.matmul, self, other)

    def __rmatmul__(self, other: Any) -> Value:
        return _binary("matmul", np.matmul, other, self)

    def __neg__(self) -> Value:
        return record(TABLE["negative"], -self._primal, (self,))

    def __pos__(self) -> Value:
        return self

    def __abs__(self) -> Value:
        return record(TABLE["absolute"], abs(self._primal), (self,))

    def __getitem__(self, index: Any) -> Value:
        return apply(TABLE["getitem"], (self,), {"index": index})

    def __setitem__(self, index: Any, new: Any) -> None:
        raise TypeError(
            f"item assignment would change a Value (shape {self.shape}) that others were computed "
            "from: build a new one with np.where(mask, new, v)"
        )

    # Comparisons have no gradient: they compare the data and give plain booleans.

    def __lt__(self, other: Any) -> Any:
        return self._primal < _plain(other)

    def __le__(self, other: Any) -> Any:
        return self._primal <= _plain(other)

    def __gt__(self, other: Any) -> Any:
        return self._primal > _plain(other)

    def __ge__(self, other: Any) -> Any:
        return self._primal >= _plain(other)

    def __eq__(self, other: Any) -> Any:
        return self._primal == _plain(other)

    def __ne__(self, other: Any) -> Any:
        return self._primal != _plain(other)

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return bool(self._primal)

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("a scalar Value has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Value]:
        return (self[i] for i in range(len(self)))

    # -- methods, named as in NumPy and PyTorch --------------------------------------------------

    def exp(self) -> Value:
        """e**x."""
        return _unary("exp", self)

    def log(self) -> Value:
        """The natural logarithm."""
        return _unary("log", self)

    def sqrt(self) -> Value:
        """The square root."""
        return _unary("sqrt", self)

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
        return apply(TABLE["leaky_relu"], (self,), {"slope": slope})

    def softplus(self) -> Value:
        """log(1 + exp(x)), a smooth ReLU."""
        return _unary("softplus", self)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Value:
        """The sum over `axis` (all axes by default)."""
        return _reduce("sum", self, axis, keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Value:
        """The mean over `axis` (all axes by default)."""
        return _reduce("mean", self, axis, keepdims)

    def reshape(self, *shape: Any) -> Value:
        """The same elements in another shape: ``reshape(2, 3)`` or ``reshape((2, 3))``."""
        new = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
        return apply(TABLE["reshape"], (self,), {"shape": new})

    def transpose(self, *axes: Any) -> Value:
        """The axes in another order; reversed by default."""
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None
        return apply(TABLE["transpose"], (self,), {"axes": order})

    @property
    def T(self) -> Value:  # noqa: N802 (NumPy's name)
        """The axes in reversed order."""
        return self.transpose()

    def swapaxes(self, axis1: int, axis2: int) -> Value:
        """The same array with two axes exchanged."""
        return apply(TABLE["swapaxes"], (self,), {"axis1": axis1, "axis2": axis2})

    def astype(self, dtype: Any) -> Value:
        """The same numbers in another floating dtype; the gradient comes back in this one."""
        return apply(TABLE["astype"], (self,), {"dtype": np.dtype(dtype)})

    # -- NumPy's protocols -----------------------------------------------------------------------

    __array_priority__ = 1000.0

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if ufunc in CONSTANT and method == "__call__":
            return ufunc(*_plain(inputs), **_plain(kwargs))
        return apply(*entry_of_ufunc(ufunc, method, inputs, kwargs))

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...], kwargs: Any
    ) -> Any:
        if function in CONSTANT:
            return function(*_plain(args), **_plain(kwargs))
        return apply(*entry_of_function(function, args, kwargs))

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError(
            "NumPy was about to turn a Value into a plain array and lose its gradient: if that is "
            "meant, say v.data; else compute with one Value that holds the array"
        )

    def __float__(self) -> float:
        raise TypeError(
            "float(v), and math.exp(v), would lose the gradient: use v.item() for the plain "
            "number, or NumPy's function, np.exp(v)"
        )

    # -- text ------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label is not None else ""
        return f"Value(data={self._primal!r}, grad={self.grad!r}{label})"

    def __format__(self, spec: str) -> str:
        return format(self._primal, spec) if spec else str(self)


_new = Value.__new__
_FLOAT64 = np.dtype(np.float64)
_NUMBERS = (float, int)


def apply(primitive: Primitive, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """Run `primitive` and remember it, if a Value is among the inputs; else only run it.

    Raises:
        ValueError: if the shapes do not fit, with the shapes.
    """
    raw = []
    constants = 0
    for x in inputs:
        if type(x) is Value:
            raw.append(x._primal)
            continue
        constants += 1
        try:
            raw.append(x if type(x) in _NUMBERS else constant_data(x))
        except NotImplementedError as error:
            raise TypeError(str(error)) from None
    try:
        data = primitive.function(*raw, **params)
    except ValueError as error:
        raise _shape_error(primitive, raw, error) from error
    if constants == len(raw):
        return data
    if constants:
        inputs = tuple([x if type(x) is Value else r for x, r in zip(inputs, raw, strict=True)])
    return record(primitive, data, inputs, params)


def record(
    primitive: Primitive, data: Any, inputs: tuple[Any, ...], params: dict[str, Any] | None = None
) -> Value:
    """A Value that came from `primitive`, with `data` as its result."""
    if type(data) is not float and (type(data) is not np.ndarray or data.ndim == 0):
        data = scalar_or_array(data)
    out: Value = _new(Value)
    out._primal = data
    out._grad = None
    out._order = _tick()
    out.inputs = inputs
    out.params = params
    out.primitive = primitive
    out.label = None
    return out


def _binary(name: str, operate: Callable[[Any, Any], Any], x: Any, y: Any) -> Value:
    try:
        a = x._primal if type(x) is Value else x if type(x) in _NUMBERS else constant_data(x)
        b = y._primal if type(y) is Value else y if type(y) in _NUMBERS else constant_data(y)
    except NotImplementedError:
        return NotImplemented
    primitive = TABLE[name]
    try:
        data = operate(a, b)
    except (ZeroDivisionError, OverflowError):  # Python's floats raise where NumPy's have an answer
        data = primitive.function(a, b)
    except ValueError as error:
        raise _shape_error(primitive, [a, b], error) from error
    return record(primitive, data, (x if type(x) is Value else a, y if type(y) is Value else b))


def _unary(name: str, x: Value) -> Value:
    primitive = TABLE[name]
    return record(primitive, primitive.function(x._primal), (x,))


def _reduce(name: str, x: Value, axis: Any, keepdims: bool) -> Value:
    params = {"axis": axis, "keepdims": keepdims} if keepdims else {"axis": axis}
    return apply(TABLE[name], (x,), params)


def _leaf(x: Any) -> Any:
    if type(x) is Value:
        raise TypeError(f"already a Value: {x!r}. Use v.data to make a leaf from its data")
    return leaf_data(x)


def _plain(x: Any) -> Any:
    """`x` with the plain data in place of every Value in it."""
    if type(x) is Value:
        return x._primal
    if type(x) in (list, tuple):
        return type(x)(_plain(item) for item in x)
    if type(x) is dict:
        return {key: _plain(item) for key, item in x.items()}
    return x


def _shape_error(primitive: Primitive, raw: list[Any], error: ValueError) -> ValueError:
    shapes = " and ".join(str(np.shape(x)) for x in raw)
    hint = (
        "Shapes broadcast when, read from the last axis back, lengths are equal or 1."
        if primitive.elementwise
        else "Reshape or transpose an input."
    )
    return ValueError(f"{primitive.name} cannot take shapes {shapes}: {error}. {hint}")


# Last, because it is built on this module.
from tinygrad_xor.engine import backward as _backward  # noqa: E402
