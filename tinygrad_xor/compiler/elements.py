"""Arrays of elements: in place of numbers they hold the variables of a program on numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tinygrad_xor.compiler.lowerings import CASTS
from tinygrad_xor.compiler.rebuild import Rebuilt
from tinygrad_xor.program.constants import Constant, Variable
from tinygrad_xor.program.functions import astype
from tinygrad_xor.program.step import Input, Step

BOOL, INT = np.dtype(np.bool_), np.dtype(np.int64)
FLOAT, SINGLE = np.dtype(np.float64), np.dtype(np.float32)
#: What elements may be.
DTYPES = {BOOL, INT, FLOAT, SINGLE}


class NotLoweredError(Exception):
    """A step that nobody knows how to write in numbers.

    Args:
        step: it.
        why: a few words.
    """

    def __init__(self, step: Step | Input, why: str) -> None:
        super().__init__(f"{step.name if isinstance(step, Step) else step.label}: {why}")
        self.step = step
        self.why = why


class Elements(Rebuilt):
    """The steps in the making, on numbers. Operands are variables, and constants.

    Args:
        inputs: of the new program.
        old: inputs and steps of the old one.
    """

    def __init__(self, inputs: tuple[Input, ...], old: list[Input | Step]) -> None:
        super().__init__(inputs)
        self.old = old
        #: The step of the old program that is being written.
        self.of: Step | None = None

    def dtype(self, x: Any) -> np.dtype[Any]:
        """Of an element."""
        return self.about(x)[1]

    def emit(self, function: Any, operands: tuple[Any, ...], dtype: np.dtype[Any]) -> Variable:
        """One step on numbers."""
        of = self.of
        scopes, source = ((), None) if of is None else (of.scopes, of.source)
        weak = dtype != SINGLE
        return self.add(Step(function, operands, {}, (), dtype, None, scopes, weak, source))

    def cast(self, x: Any, dtype: np.dtype[Any]) -> Any:
        """An element in another dtype."""
        old = self.dtype(x)
        if old == dtype:
            return x
        if type(x) is not Variable:
            return number(dtype.type(x.data if type(x) is Constant else x))
        if (old.name, dtype.name) not in CASTS:
            raise self.refusal(f"nothing turns {old} into {dtype} in numbers")
        return self.emit(astype, (x, dtype), dtype)

    def cast_all(self, x: Any, dtype: Any) -> Any:
        """An array of elements in another dtype."""
        return filled(x.shape, [self.cast(e, dtype) for e in x.flat])

    def each(self, function: Any, arrays: Any, dtype: np.dtype[Any]) -> Any:
        """A function of numbers for each element; `dtype` is that of the result."""
        arrays = np.broadcast_arrays(*arrays)
        places = zip(*[x.flat for x in arrays], strict=True)
        return filled(arrays[0].shape, [self.emit(function, e, dtype) for e in places])

    def array(self, x: Any) -> Any:
        """Elements, of what may be known."""
        if type(x) is np.ndarray and x.dtype == object:
            return x
        data = x.data if type(x) is Constant else x
        array = np.asarray(data)
        if array.dtype not in DTYPES:
            raise self.refusal(f"a constant of dtype {array.dtype}")
        return known(array)

    def about_old(self, x: Any) -> Any:
        """The dtype of an operand of the old program, or a number of Python's, to promote."""
        if type(x) is Variable:
            line = self.old[x.index]
            assert line.dtype is not None
            return line.dtype.type(0).item() if line.weak else line.dtype
        return x.data.dtype if type(x) is Constant else x

    def refusal(self, why: str) -> NotLoweredError:
        """The error for the step that is being written."""
        assert self.of is not None
        return NotLoweredError(self.of, why)


def of_dtypes(dtypes: Iterable[np.dtype[Any]], old: list[Input | Step]) -> Elements:
    """The steps in the making of a program that takes one number of each of these dtypes."""
    return Elements(tuple([Input((), d, None, d != SINGLE) for d in dtypes]), old)


def number(x: Any) -> Any:
    """An element that is known: float32 as NumPy's scalar, all else as Python's numbers."""
    return Constant(x) if x.dtype == SINGLE else x.item()


def filled(shape: tuple[int, ...], flat: Iterable[Any]) -> Any:
    """An array of these elements."""
    out = np.empty(shape, dtype=object)
    out.reshape(-1)[:] = [*flat]
    return out


def known(x: Any) -> Any:
    """An array of elements that are known."""
    flat = [Constant(e) for e in x.flat] if x.dtype == SINGLE else x.ravel().tolist()
    return filled(x.shape, flat)
