"""Numbers and arrays: what a Value holds, and what may meet it in an operation."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any, Self

import numpy as np

from tinygrad_xor.engine.display import mimebundle
from tinygrad_xor.engine.foreign import is_complex, is_foreign, is_lazy, refuse_gaps, refuse_units
from tinygrad_xor.engine.holders import ALONE, IN_A_STATEMENT, holders
from tinygrad_xor.engine.written import forget, watch

FLOAT64 = np.dtype(np.float64)
#: The kinds of dtype that a Value or a constant may have: float, integer, unsigned, bool, complex.
NUMERIC = "fiubc"

#: Counts every Value made and every change of a leaf, so that an input is always older than what
#: was computed from it. The backward pass relies on that order, and notices when it is broken.
tick = itertools.count(1).__next__


class Numbers:
    """A number or an array, and its gradient: the part of `Value` that no graph is needed for."""

    __slots__ = ()

    #: Called ``_data``, it would be taken by ``numpy.ma``, and the gradient lost in silence.
    _primal: Any
    _grad: Any
    _order: int
    #: The operation it came from; ``None`` for a leaf.
    primitive: Any
    #: A name for pictures and messages.
    label: str | None

    @property
    def data(self) -> Any:
        """The number or array. Assign to a leaf to change it (``p.data -= 0.1 * p.grad``).

        A float64 number is handed out as one of Python's; ``v.numpy()`` is NumPy's.

        A change between forward and backward is refused by ``backward()``, whether new data is
        assigned or the array of a leaf is written into (``p.data[0] = 1``). The array of a Value
        that was computed cannot be written into.
        """
        data = self._primal
        if isinstance(data, np.ndarray):
            if self.primitive is None:
                watch(data)
            elif data.flags.writeable:
                self._primal = data = data.view()  # an input may hold the same: np.real's result
                data.flags.writeable = False
        return _pythons(data)

    @data.setter
    def data(self, new: Any) -> None:
        if self.primitive is not None:
            raise ValueError(
                f"{self!r} was computed by {self.primitive.name}: only a leaf's data can be "
                "assigned. Make a new Value from the data you want."
            )
        if new is not self._primal:  # `p.data -= step` hands back the very same array
            new = leaf_data(new)
            if np.shape(new) != self.shape:
                raise ValueError(
                    f"data of shape {np.shape(new)} cannot replace data of shape {self.shape}: "
                    "make a new Value for another shape"
                )
            self._primal = self._in_my_dtype(new, "data")
        elif forget(new) and holders(self) > IN_A_STATEMENT:
            watch(new)  # somebody holds it who may write into it later
        self._order = tick()  # type: ignore[misc]  # a slot of Value

    @property
    def grad(self) -> Any:
        """The gradient that ``backward()`` left here, shaped like `data`; zero before it.

        Leaves add up over calls, until ``grad`` is set to zero. Other Values keep their last one.
        """
        if self._grad is None:
            data = self._primal
            if is_foreign(data):
                return np.zeros_like(data)
            return _pythons(np.zeros(self.shape, self.dtype)[()])
        return _pythons(self._grad)

    @grad.setter
    def grad(self, new: Any) -> None:
        if new is None or (np.ndim(new) == 0 and new == 0):
            self._grad = None
            return
        new = leaf_data(new)
        if np.shape(new) != self.shape:
            raise ValueError(f"a gradient of shape {np.shape(new)} for data of shape {self.shape}")
        self._grad = self._in_my_dtype(new, "a gradient")

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
        return FLOAT64 if type(self._primal) is float else self._primal.dtype

    def tolist(self) -> Any:
        """The numbers in nested lists, as Python's, without their gradients."""
        return self._primal if type(self._primal) is float else _computed(self._primal).tolist()

    def numpy(self) -> Any:
        """The numbers as an array of NumPy's, a copy, without their gradients."""
        return np.array(self._primal)

    def item(self) -> Any:
        """The one number in it, as a Python float (or complex), without its gradient.

        Raises:
            ValueError: if there is more than one element.
        """
        if type(self._primal) is float:
            return self._primal
        if self.size != 1:
            raise ValueError(f"item() needs one element, this Value has shape {self.shape}")
        return _computed(self._primal).item()

    def _first_gradient(self, given: Any) -> Any:
        """Where a backward pass from here starts: `given` in the dtype of the data, or 1."""
        if given is None:
            kind = type(self._primal)
            if kind is float or kind is np.float64:
                return kind(1.0)
            if self.size != 1:
                raise ValueError(
                    f"backward() of a Value of shape {self.shape} needs to know where to start: "
                    "reduce it first, v.sum().backward(), or pass a gradient of shape "
                    f"{self.shape}"
                )
            if is_complex(self._primal):
                raise ValueError(
                    "backward() starts from a real number: take np.real(v), np.imag(v) or "
                    "np.abs(v) of this complex one, or pass a gradient"
                )
            return cast(np.ones_like(self._primal), self._primal)
        gradient = self._in_my_dtype(leaf_data(given), "a gradient")
        if np.shape(gradient) != self.shape:
            raise ValueError(
                f"backward(gradient) got shape {np.shape(gradient)} for a Value of shape "
                f"{self.shape}"
            )
        return gradient

    def _in_my_dtype(self, x: Any, what: str) -> Any:
        """`x` in the dtype of the data, which must not lose an imaginary part by that."""
        if is_complex(x) and self.dtype.kind != "c":
            raise TypeError(f"{what} of complex numbers, {x!r}, for a Value of dtype {self.dtype}")
        return cast(x, self._primal)

    def __copy__(self) -> Self:
        """Another node, with the same data, gradient and inputs."""
        twin = type(self).__new__(type(self))
        for name in ("_primal", "_grad", "label", "primitive", "inputs", "params"):
            setattr(twin, name, getattr(self, name))
        twin._order = tick()  # type: ignore[misc]
        return twin

    # -- comparisons have no gradient: they compare the data and give plain booleans --------------

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

    # -- text ------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label is not None else ""
        return f"Value(data={_pythons(self._primal)!r}, grad={self.grad!r}{label})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What notebooks show: the graph, where something draws it, and the text."""
        return mimebundle(self)

    def __format__(self, spec: str) -> str:
        return format(self._primal, spec) if spec else str(self)


def lower(leaf: Numbers, by: Any) -> None:
    """``leaf.data -= by``, where nobody else gets hold of the array in between."""
    data = leaf._primal
    if type(data) is not np.ndarray:
        leaf.data = data - by
        return
    leaf._order = tick()  # type: ignore[misc]  # as `rewrite`, without its calls
    held = forget(data) and holders(leaf) > ALONE
    data -= by
    if held:
        watch(data)


def rewrite(leaf: Numbers, write: Callable[[Any], None]) -> None:
    """Let a function write into the array of a leaf, and hand it on to nobody.

    The change is noted before it is made, so that it is known of whatever is interrupted.
    """
    data = leaf._primal
    leaf._order = tick()  # type: ignore[misc]  # a slot of Value
    held = forget(data) and holders(leaf) > ALONE
    write(data)
    if held:
        watch(data)


def compute_gradients(leaves: Iterable[Numbers]) -> None:
    """Let Dask compute what it has of the gradients of NumPy's leaves, all in one go."""
    late = [x for x in leaves if is_lazy(x._grad) and not is_lazy(x._primal)]
    if late:
        from dask import compute

        for leaf, grad in zip(late, compute(*[x._grad for x in late]), strict=True):
            leaf.grad = grad


def _computed(x: Any) -> Any:
    return x.compute() if is_lazy(x) else x


def _pythons(x: Any) -> Any:
    """A float64 number as Python's, which prints plainly; all else as it is."""
    return float(x) if type(x) is np.float64 else x


def plain(x: Any) -> Any:
    """`x` with the plain data in place of every Value in it."""
    if isinstance(x, Numbers):
        return x._primal
    if type(x) in (list, tuple):
        return type(x)(plain(item) for item in x)
    if type(x) is dict:
        return {key: plain(item) for key, item in x.items()}
    return x


def constant_data(x: Any) -> Any:
    """A plain operand as the engine keeps it: a number or an array of numbers, not copied.

    Raises:
        TypeError: if it is not numbers.
        NotImplementedError: if it is of a kind that an operator should leave to the other operand.
    """
    if type(x) is np.ndarray and x.dtype.kind in NUMERIC:
        return x
    if isinstance(x, (list, tuple)):
        x = _array_of_rows(x)
    if x is None or isinstance(x, (str, bytes)):
        raise TypeError(f"a Value holds numbers, not {x!r}: convert it first, float(text)")
    if isinstance(x, (bool, int, float, complex)):
        return x
    if isinstance(x, np.ma.MaskedArray):
        raise TypeError("a Value has no mask: fill the masked array first, a.filled(0.0)")
    if isinstance(x, np.matrix):
        raise TypeError("np.matrix multiplies in its own way: take np.asarray(m) of it")
    speaks_numpy = isinstance(x, np.generic) or hasattr(type(x), "__array_function__")
    if not speaks_numpy or not isinstance(getattr(x, "dtype", None), np.dtype):
        raise NotImplementedError(f"no operation between a Value and {type(x).__name__}")
    if x.dtype.kind not in NUMERIC:
        raise TypeError(f"a Value holds numbers, not an array of dtype {x.dtype}")
    if hasattr(type(x), "units"):
        raise NotImplementedError(f"the unit stays around the Value, in a {type(x).__name__}")
    return x


def numbers_of(x: Any) -> Any:
    """The same as `constant_data`, where there is no other operand to leave it to.

    Raises:
        TypeError: if it is not numbers.
    """
    try:
        return constant_data(x)
    except NotImplementedError:
        refuse_units(x)
        raise TypeError(
            f"a Value holds a number or an array of them, not {type(x).__name__}: {x!r}"
        ) from None


def leaf_data(x: Any) -> Any:
    """`x` as a leaf keeps it: a number, or an array of its own, of a floating dtype.

    Raises:
        TypeError: if it is not numbers.
        ValueError: if rows differ in length.

    >>> leaf_data(True), leaf_data(np.True_), leaf_data([1, 2])
    (1.0, np.float64(1.0), array([1., 2.]))
    """
    if isinstance(x, Numbers):
        raise TypeError(f"already a Value: {x!r}. Use v.data to make a leaf from its data")
    x = numbers_of(x)
    if isinstance(x, (int, float)) and not isinstance(x, np.generic):
        return float(x)
    if isinstance(x, complex):
        return np.complex128(x)
    if not isinstance(x, np.ndarray):
        refuse_gaps(x)
    floating = x.astype(np.float64 if x.dtype.kind in "iub" else x.dtype)  # a copy, always
    return scalar_or_array(floating)


def scalar_or_array(data: Any) -> Any:
    """A result as Values hold it: 0-d arrays become scalars, and all numbers floating ones.

    Complex scalars are NumPy's, because Python's have no shape and no dtype.
    """
    if type(data) is np.ndarray and data.ndim == 0:
        data = data[()]
    if isinstance(data, (np.bool_, np.integer)):
        return np.float64(data)
    if isinstance(data, int):
        return float(data)
    if hasattr(data, "stands_for_numpy") and data.ndim == 0:
        data = data[()]
        return data.astype(FLOAT64) if data.dtype.kind in "iub" else data
    return np.complex128(data) if type(data) is complex else data


def is_weak(x: Any) -> bool:
    """Whether `x` is a number of Python's, which takes on the dtype of an array that it meets.

    >>> is_weak(1.0), is_weak(np.float64(1.0))
    (True, False)
    """
    return type(x) is float or getattr(x, "is_weak", False)


def cast(x: Any, like: Any) -> Any:
    """`x` in the dtype of `like`, as Values hold it; where that is a number of Python's, as one."""
    if not hasattr(x, "astype"):
        x = np.asarray(x)
    dtype = FLOAT64 if type(like) is float else like.dtype
    x = scalar_or_array(x if x.dtype == dtype else x.astype(dtype))
    return x.item() if is_weak(like) and np.ndim(x) == 0 else x


def cast_gradient(g: Any, x: Any) -> Any:
    """The gradient `g`, a Value or an array, in the dtype of the data `x` that it belongs to."""
    dtype = FLOAT64 if type(x) is float else x.dtype
    if g.dtype != dtype:
        if g.dtype.kind == "c" and dtype.kind != "c":
            g = np.real(g)  # the input cannot move along the imaginary axis
        g = g.astype(dtype)
    if type(x) is np.ndarray or isinstance(g, Numbers) or not is_weak(x) or is_lazy(g):
        return g
    return g.item()


def numpys_own(x: Any) -> Any:
    """A number of Python's as one of NumPy's, which divides by zero; arrays as they are.

    >>> type(numpys_own(1.0)).__name__
    'float64'
    """
    return np.asarray(x)[()] if type(x) in (float, int, complex) else x


def as_held(data: Any, name: str, inputs: tuple[Any, ...], real_only: bool) -> Any:
    """The result of the operation of that name as a Value holds it.

    A class of arrays that says ``stands_for_numpy = True`` of itself may meet NumPy's, and so may
    Dask's, which are NumPy's numbers, later. Arrays of other libraries may not: no gradient could
    come back.

    Raises:
        TypeError: if a Value among the inputs holds another kind of array than the result is, or it
            is a complex one that no rule is for.
    """
    if type(data) is not np.ndarray or data.ndim == 0:
        data = scalar_or_array(data)
        own = (float, np.ndarray, np.generic)
        if not (isinstance(data, own) or hasattr(data, "stands_for_numpy") or is_lazy(data)):
            for x in inputs:
                if isinstance(x, Numbers) and type(x._primal) is not type(data):
                    raise TypeError(
                        f"{name} of a Value that holds a {type(x._primal).__name__} and of a "
                        f"{type(data).__name__} gives another {type(data).__name__}, whose "
                        "gradient the Value cannot take: convert it to a NumPy array first, or "
                        "make a Value of it"
                    )
    if real_only and is_complex(data) and any(map(is_complex, inputs)):
        raise TypeError(
            f"{name} of complex numbers has no derivative here: take np.real, np.imag or np.abs "
            "first"
        )
    return data


def real_power(x: Any, y: Any) -> Any:
    """``x**y``, but NumPy's nan where Python would answer two floats with a complex number.

    >>> real_power(-8.0, 2)
    64.0
    """
    z = x**y
    if type(z) is complex and not isinstance(x, complex) and not isinstance(y, complex):
        return np.power(float(x), float(y))
    return z


def _compared(other: Any) -> Any:
    """What a comparison compares with: plain data; a list of numbers is an array."""
    other = plain(other)
    return np.asarray(other) if type(other) in (list, tuple) else other


def _array_of_rows(x: Any) -> Any:
    if holds_values(x):
        raise TypeError(
            "a list of Values is not an array: make one with tinygrad_xor.array(nested), or take "
            "the plain numbers, [v.data for v in values]"
        )
    try:
        return np.asarray(x)
    except ValueError as error:
        lengths = [len(row) if hasattr(row, "__len__") else "a number" for row in x]
        raise ValueError(f"rows differ in length, so this is no array: {lengths}") from error


def holds_values(nested: Any) -> bool:
    """Whether there is a Value in nested lists and tuples."""
    if isinstance(nested, (list, tuple)):
        return any(holds_values(item) for item in nested)
    return isinstance(nested, Numbers)
