"""`Value`: a number or an array that remembers the operation and the inputs it came from."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Iterator
from typing import Any, final

import numpy as np

from tinygrad_xor.engine.composition import Composition
from tinygrad_xor.engine.display import mimebundle
from tinygrad_xor.engine.methods import ArrayMethods
from tinygrad_xor.engine.modes import ACTIVE, check_result, is_recording
from tinygrad_xor.engine.numpy_protocol import entry_of_function, entry_of_ufunc
from tinygrad_xor.engine.operands import (
    cast,
    constant_data,
    leaf_data,
    real_power,
    scalar_or_array,
)
from tinygrad_xor.engine.origins import note_origin
from tinygrad_xor.engine.primitive import CONSTANT, TABLE, Primitive

#: Counts every Value made and every change of a leaf, so that an input is always older than what
#: was computed from it. The backward pass relies on that order, and notices when it is broken.
_tick = itertools.count(1).__next__


@final
class Value(ArrayMethods):
    """A node of the compute graph: `data`, and how it was computed.

    A scalar is a Python float, an array a NumPy array; integers and booleans become float64,
    float32 and complex numbers stay what they are. Arrays are copied, so later writes to yours
    change nothing here. A plain array that meets a Value in an operation is a constant: it is used
    as it is, so do not write into it before ``backward()``. Values are equal when their data are,
    element by element, as arrays are: ask ``a is b`` whether they are the same node.

    Args:
        data: a number, an array, or a list of equally long rows.
        label: a name for pictures and messages.

    Raises:
        TypeError: if `data` is not numbers (text, None, objects, another Value).
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

    def item(self) -> Any:
        """The one number in it, as a Python float (or complex), without its gradient.

        Raises:
            ValueError: if there is more than one element.
        """
        if type(self._primal) is float:
            return self._primal
        if self.size != 1:
            raise ValueError(f"item() needs one element, this Value has shape {self.shape}")
        return self._primal.item()

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

    def __floordiv__(self, other: Any) -> Value:
        return _binary("floor_divide", operator.floordiv, self, other)

    def __rfloordiv__(self, other: Any) -> Value:
        return _binary("floor_divide", operator.floordiv, other, self)

    def __mod__(self, other: Any) -> Value:
        return _binary("remainder", operator.mod, self, other)

    def __rmod__(self, other: Any) -> Value:
        return _binary("remainder", operator.mod, other, self)

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
            "from: make a new one with v = v.at[index].set(new), or np.where(mask, new, v)"
        )

    # Comparisons have no gradient: they compare the data and give plain booleans.

    def __lt__(self, other: Any) -> Any:
        return self._primal < _compared(other)

    def __le__(self, other: Any) -> Any:
        return self._primal <= _compared(other)

    def __gt__(self, other: Any) -> Any:
        return self._primal > _compared(other)

    def __ge__(self, other: Any) -> Any:
        return self._primal >= _compared(other)

    def __eq__(self, other: Any) -> Any:
        return self._primal == _compared(other)

    def __ne__(self, other: Any) -> Any:
        return self._primal != _compared(other)

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return bool(self._primal)

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("a scalar Value has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Value]:
        return (self[i] for i in range(len(self)))

    # -- NumPy's protocols -----------------------------------------------------------------------

    __array_priority__ = 1000.0

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if ufunc in CONSTANT and method == "__call__" and kwargs.get("out") is None:
            return ufunc(*plain(inputs), **plain(kwargs))
        return _run(*entry_of_ufunc(ufunc, method, inputs, kwargs))

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...], kwargs: Any
    ) -> Any:
        if function in CONSTANT:
            return function(*plain(args), **plain(kwargs))
        return _run(*entry_of_function(function, args, kwargs))

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError(
            "NumPy was about to turn a Value into a plain array and lose its gradient: join Values "
            "with np.stack([v, w]); if a plain array is meant, say v.data"
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

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What notebooks show: the graph, where something draws it, and the text."""
        return mimebundle(self)

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
    except np.linalg.LinAlgError:  # a ValueError too, but not of shapes
        raise
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
    if type(data) is not float:
        if type(data) is not np.ndarray or data.ndim == 0:
            data = scalar_or_array(data)
        if primitive.real_only and np.iscomplexobj(data) and any(map(np.iscomplexobj, inputs)):
            raise TypeError(
                f"{primitive.name} of complex numbers has no derivative here: take np.real, "
                "np.imag or np.abs first"
            )
    out: Value = _new(Value)
    out._primal = data
    out._grad = None
    out._order = _tick()
    out.inputs = inputs
    out.params = params
    out.primitive = primitive
    out.label = None
    if ACTIVE:
        check_result(out)
        note_origin(out)
        if not is_recording():
            out.inputs, out.params, out.primitive = (), None, None
    return out


def _run(entry: Primitive | Composition, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
    if type(entry) is Primitive:
        for name, given in params.items():
            if type(given) is Value:
                raise TypeError(
                    f"{entry.name} has no derivative by {name}=: pass the plain data, v.data"
                )
        return apply(entry, args, params)
    return entry.body(*args, **params)  # type: ignore[union-attr]


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


def _leaf(x: Any) -> Any:
    if type(x) is Value:
        raise TypeError(f"already a Value: {x!r}. Use v.data to make a leaf from its data")
    return leaf_data(x)


def plain(x: Any) -> Any:
    """`x` with the plain data in place of every Value in it."""
    if type(x) is Value:
        return x._primal
    if type(x) in (list, tuple):
        return type(x)(plain(item) for item in x)
    if type(x) is dict:
        return {key: plain(item) for key, item in x.items()}
    return x


def _compared(other: Any) -> Any:
    """What a comparison compares with: plain data; a list of numbers is an array."""
    other = plain(other)
    return np.asarray(other) if type(other) in (list, tuple) else other


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
