"""What a Value holds: a number or an array, and its gradient."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any, Self

import numpy as np

from tinygrad_xor.engine.display import mimebundle
from tinygrad_xor.engine.foreign import is_complex, is_foreign, is_lazy
from tinygrad_xor.engine.holders import ALONE, IN_A_STATEMENT, holders
from tinygrad_xor.engine.node import Node
from tinygrad_xor.engine.operands import FLOAT64, cast, leaf_data, plain
from tinygrad_xor.engine.written import forget, watch

#: Counts every Value made and every change of a leaf, so that an input is always older than what
#: was computed from it. The backward pass relies on that order, and notices when it is broken.
tick = itertools.count(1).__next__


class Numbers(Node):
    """A number or an array, and its gradient: the part of `Value` that no graph is needed for."""

    __slots__ = ()

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


def _compared(other: Any) -> Any:
    """What a comparison compares with: plain data; a list of numbers is an array."""
    other = plain(other)
    return np.asarray(other) if type(other) in (list, tuple) else other
