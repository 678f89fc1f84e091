"""An array that computes, and notes how: what `trace` hands to a function in place of its arrays.

It speaks NumPy's protocols, so whatever is written in NumPy runs on it, the engine's Values too,
which hold it as they hold an array. What would take a number out of it, or write into it, is
refused: the program would be right for the numbers of the example only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from tinygrad_xor.program import functions
from tinygrad_xor.program.constants import described, mapped
from tinygrad_xor.program.functions import known
from tinygrad_xor.program.refusal import refuse

#: What NumPy's functions say of kinds and shapes, not of numbers.
_ABOUT_SHAPE = {
    *(np.shape, np.ndim, np.size, np.iscomplexobj, np.isrealobj, np.result_type, np.can_cast),
    *(np.min_scalar_type, np.common_type, np.einsum_path, np.may_share_memory, np.shares_memory),
}
#: Parameters by which NumPy's functions write into arrays, and what they are when they do not.
_WRITING = {"out": None, "overwrite_input": False}
#: Python's numbers: they leave the dtype of arrays they meet.
PYTHONS = (bool, int, float, complex)
_COMPLEX = {complex, np.complex128, np.complex64}
_ARRAYS = {np.ndarray, list}


class Traced(NDArrayOperatorsMixin):
    """A variable of a program in the making, and its number or array in the example."""

    __slots__ = ("__weakref__", "_computed", "_written", "recorder", "variable")

    #: A Value may hold it, and meet plain arrays then; without axes, it may become a number.
    stands_for_numpy = True
    __hash__ = None  # type: ignore[assignment]  # as arrays

    def __init__(self, recorder: Any, variable: Any, data: Any) -> None:
        self.recorder = recorder
        self.variable = variable
        self._computed = data
        self._written: tuple[str, int] | None = None

    @property
    def computed(self) -> Any:
        """What it is in the example.

        Raises:
            TraceError: if it was written into since.
        """
        if self._written is not None:
            file, line = self._written
            refuse(
                f"an array was used that was written into at {file}, line {line}: a program has "
                "no memory to write into, so write a = a + b instead of a += b"
            )
        return self._computed

    shape = property(lambda self: np.shape(self._computed))
    dtype = property(lambda self: described(self._computed)[1])
    ndim = property(lambda self: np.ndim(self._computed))
    size = property(lambda self: np.size(self._computed))
    nbytes = property(lambda self: np.size(self._computed) * self.dtype.itemsize)
    #: Whether it is a number of Python's in the example.
    is_weak = property(lambda self: type(self._computed) in PYTHONS)
    T = property(np.transpose)
    mT = property(lambda self: np.swapaxes(self, -1, -2))  # noqa: N815
    real = property(np.real)
    imag = property(np.imag)
    flat = property(lambda self: iter(self.reshape(-1)))

    # -- NumPy asks ------------------------------------------------------------------------------

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **parameters: Any
    ) -> Any:
        if any(_answers_itself(x) for x in inputs):
            return NotImplemented
        if method == "at" or (parameters.get("where", True) is not True and method == "__call__"):
            refuse(f"np.{ufunc.__name__}.at and where= write into arrays: use np.where")
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        if out is not None:
            return self._overwrite(out, lambda: self.recorder.call(function, inputs, parameters))
        return self.recorder.call(function, inputs, parameters)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any
    ) -> Any:
        if not all(issubclass(t, (Traced, np.ndarray, np.generic)) for t in types):
            return NotImplemented
        if function in _ABOUT_SHAPE:
            return function(*plain(args), **plain(kwargs))
        for name, harmless in _WRITING.items():
            if kwargs.get(name, harmless) is not harmless:
                refuse(f"np.{function.__name__} with {name}= writes into an array")
        called = known(function)
        if called is None or (function is np.nan_to_num and kwargs.get("copy") is False):
            refuse(f"np.{function.__name__} writes into an array, or does more than compute")
        return self.recorder.call(called, args, kwargs)

    def _overwrite(self, out: Any, compute: Callable[[], Any]) -> Any:
        """``a += b``: a new array, and nobody may use the old one any more."""
        target = out[0] if isinstance(out, tuple) else out
        if type(target) is not Traced:
            refuse("out= writes into a plain array, which a program does not have")
        old = target.computed
        result = compute()
        if np.ndim(old) == 0 or result is NotImplemented:  # no memory that is written into
            return result
        if result.shape != target.shape or not np.can_cast(result.dtype, target.dtype, "same_kind"):
            refuse(
                f"a result of shape {result.shape} and dtype {result.dtype} cannot be written into "
                f"an array of shape {target.shape} and dtype {target.dtype}"
            )
        target.recorder.written(target)
        return result.astype(target.dtype)

    # -- what an array can do ---------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Any:
        if type(index) is tuple and not index and type(self._computed) is not np.ndarray:
            return self
        if any(_answers_itself(x) for x in (index if type(index) is tuple else (index,))):
            refuse("an array is indexed with plain or traced integers: v.data")
        return self.recorder.call(functions.getitem, (self, index), {})

    def item(self) -> Any:
        """The one number in it, as a number of Python's: still traced."""
        return self if type(self.computed) in PYTHONS else self.recorder.weakened(self)

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        """The numbers in another dtype, or a copy that may be written into."""
        if np.dtype(dtype) == self.dtype:
            computed = self.computed
            data = computed.copy() if type(computed) is np.ndarray else computed
            return self.recorder.traced(self.variable, data)
        return self.recorder.call(functions.astype, (self, np.dtype(dtype)), {})

    def copy(self, memo: Any = None) -> Any:
        """An array of its own."""
        return self.astype(self.dtype)

    __copy__ = __deepcopy__ = copy

    def reshape(self, *shape: Any) -> Any:
        """The same elements in another shape."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> Any:
        """The axes in another order."""
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None
        return np.transpose(self, order)

    def flatten(self) -> Any:
        """A copy along one axis."""
        return np.ravel(self).copy()

    def conj(self) -> Any:
        """The complex conjugate."""
        return np.conjugate(self)

    def __getattr__(self, name: str) -> Any:
        """Methods that are functions of NumPy's too: ``a.sum(axis=0)``."""
        if name in _METHODS:
            return lambda *args, **kwargs: getattr(np, name)(self, *args, **kwargs)
        if name in _TAKING_OUT:
            refuse(f".{name} would take the numbers out of a traced array, and they become fixed")
        raise AttributeError(f"a traced array has no {name!r}")

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a number has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"Traced({self.variable}, {self._computed!r})"

    # -- what would be silently wrong --------------------------------------------------------------

    def __bool__(self) -> bool:  # noqa: PLE0304 (it never returns)
        refuse(
            "a branch on a traced array, if or while, would be taken as in the example for all "
            "numbers: write np.where(condition, a, b)"
        )

    def __float__(self) -> NoReturn:
        refuse(
            "float(x), int(x), math.exp(x) and numbers as lengths or places would become fixed as "
            "in the example: use NumPy's functions, np.exp(x)"
        )

    __int__ = __index__ = __complex__ = __round__ = __float__

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        refuse(
            "NumPy was about to turn a traced array into a plain one, and its numbers would become "
            "fixed: leave out np.asarray(x), write np.stack(rows) for np.array(rows) and "
            "np.take_along_axis(a, i, 0) for a[i] of a plain array a"
        )

    def __setitem__(self, index: Any, new: Any) -> NoReturn:
        refuse(
            "a[i] = x writes into an array, and a program has no memory to write into: write "
            "np.where(mask, x, a)"
        )


#: The methods of arrays that take the same arguments as NumPy's functions, and write nothing.
_METHODS = set(
    "all any argmax argmin argpartition argsort choose clip conjugate cumprod cumsum diagonal dot "
    "max mean min nonzero prod ravel repeat round searchsorted squeeze std sum swapaxes take trace "
    "var".split()
)
_TAKING_OUT = set("tolist tobytes base ctypes fill put partition sort resize view".split())


def _operator(name: str, function: Callable[..., Any], turned: bool) -> Callable[..., Any]:
    """``x + y``, or ``y + x`` turned: of two numbers of Python's, another one."""

    def operate(self: Traced, *other: Any) -> Any:
        if other and _answers_itself(other[0]):
            return NotImplemented
        inputs = (*other, self) if turned else (self, *other)
        kinds = {type(x) for x in plain(inputs)}
        weak = kinds <= {*PYTHONS}
        exact = weak and (kinds <= {bool, int} or function in (np.floor_divide, np.remainder))
        if exact or (kinds & _COMPLEX and not kinds & _ARRAYS):
            return self.recorder.call(functions.OPERATORS.get(function, function), inputs, {}, weak)
        return self.recorder.call(function, inputs, {}, weak)

    operate.__name__ = name
    return operate


def _in_place(operate: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, other: self._overwrite(self, lambda: operate(self, other))


_OPERATORS: dict[str, Callable[..., Any]] = {
    **{"add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide},
    **{"floordiv": np.floor_divide, "mod": np.remainder, "matmul": np.matmul},
    **{"pow": functions.pow, "neg": np.negative, "pos": np.positive, "abs": np.absolute},
    **{"lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal},
    **{"eq": np.equal, "ne": np.not_equal},
}
for _name, _function in _OPERATORS.items():
    setattr(Traced, f"__{_name}__", _operator(f"__{_name}__", _function, turned=False))
    if hasattr(Traced, f"__r{_name}__"):
        setattr(Traced, f"__r{_name}__", _operator(f"__r{_name}__", _function, turned=True))
        setattr(Traced, f"__i{_name}__", _in_place(getattr(Traced, f"__{_name}__")))


def plain(x: Any) -> Any:
    """`x` with the example's numbers in place of every traced array."""
    return mapped(lambda leaf: leaf.computed if type(leaf) is Traced else leaf, x)


def holds_others(x: Any) -> bool:
    """Whether there is something in nested lists, tuples and dicts that answers itself."""
    answers: list[bool] = []
    mapped(lambda leaf: answers.append(_answers_itself(leaf)), x)
    return any(answers)


def _answers_itself(x: Any) -> bool:
    """Whether `x` is of a kind that we know nothing of, such as a Value: it goes first."""
    if isinstance(x, (Traced, np.ndarray, np.generic)):
        return False
    return hasattr(type(x), "__array_ufunc__")
