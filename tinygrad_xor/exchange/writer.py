"""A program, step by step, as calls of ONNX's operators."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_xor.compiler.expand import expanded
from tinygrad_xor.exchange.forms import forms_for
from tinygrad_xor.exchange.graph import DATA_TYPES, Axes, Graph
from tinygrad_xor.exchange.moves import MOVES, CannotMoveError, Lengths, arranged, moved
from tinygrad_xor.exchange.operators import (
    BITWISE,
    ELEMENTWISE,
    FILLED,
    LEFT_OUT,
    LOGIC,
    NUMPYS,
    PLACES,
    REDUCTIONS,
    RUNNING_SUMS,
    STARTED,
    axes_of,
    given,
)
from tinygrad_xor.program import Program, Step
from tinygrad_xor.program.constants import Constant, Variable
from tinygrad_xor.program.functions import astype, getitem

_BOOL = np.dtype(bool)


class Writer:
    """A program, step by step, into a graph.

    Args:
        program: what to write.
        larger: the same for a batch that is larger by one; axes that differ may have any length.
    """

    def __init__(self, program: Program, larger: Program) -> None:
        self.program, larger = (expanded(p, forms_for(p)) for p in (program, larger))
        self.graph = Graph()
        self.lines = self.program.lines
        pairs = list(zip(self.lines, larger.lines, strict=False))
        if len(larger.lines) != len(self.lines):
            raise ValueError("this function takes other steps for another number of examples")
        self.lengths = [_lengths(a.shape, b.shape) for a, b in pairs]
        self.names: list[Any] = []
        for i, x in enumerate(self.program.inputs):
            label = f"input_{i}" if x.label is None else x.label
            self.names.append(self.graph.input(label, _dtype(x), _axes(self.lengths[i])))
        for a, b in zip(self.program.steps, larger.steps, strict=True):
            if a.function not in MOVES and _call(a) != _call(b):
                self.refuse(a, "whose arguments depend on the number of examples")
            self.names.append(self.written(a))

    def file(self, name: str) -> bytes:
        """The outputs, and the whole as bytes."""
        for i, output in enumerate(self.program.outputs):
            dtype = self.dtype(output)
            lengths = self.lengths_of(output)
            self.graph.output(f"output_{i}", self.name(output, dtype), dtype, _axes(lengths))
        return self.graph.file(name)

    # -- what stands in steps ---------------------------------------------------------------------

    def dtype(self, x: Any) -> np.dtype[Any]:
        """The dtype of a variable or constant."""
        if type(x) is Variable:
            return _dtype(self.lines[x.index])
        return np.asarray(x.data if type(x) is Constant else x).dtype

    def kind(self, x: Any) -> Any:
        """The dtype by which NumPy chooses that of a result; of Python's numbers, their type."""
        weak = type(x) in (int, float) or (type(x) is Variable and self.lines[x.index].weak)
        dtype = self.dtype(x)
        return {"i": int, "f": float}.get(dtype.kind, dtype) if weak else dtype

    def lengths_of(self, x: Any) -> Lengths:
        """The lengths of the axes, None where it is that of the batch."""
        if type(x) is Variable:
            return self.lengths[x.index]
        return np.shape(x.data if type(x) is Constant else x)

    def name(self, x: Any, dtype: Any) -> str:
        """What a variable or constant is called in the graph, in that dtype."""
        if type(x) is not Variable:
            return self.graph.constant(x.data if type(x) is Constant else x, dtype)
        return self.cast(self.names[x.index], self.dtype(x), dtype)

    def cast(self, name: str, old: Any, new: Any) -> str:
        """A result in another dtype, if it is another."""
        if np.dtype(old) == np.dtype(new):
            return name
        return self.graph("Cast", name, to=DATA_TYPES[np.dtype(new).name])

    def refuse(self, step: Step, why: str = "") -> None:
        """Say which step has no counterpart in ONNX.

        Raises:
            ValueError: always.
        """
        where = f"(at {step.source[0]}, line {step.source[1]})" if step.source else ""
        what = " ".join(filter(None, (step.name, why, where)))
        raise ValueError(
            f"ONNX has no counterpart of {what}: write it with other functions "
            "of NumPy's, or compute it before or after what is exported"
        )

    # -- a step -----------------------------------------------------------------------------------

    def written(self, step: Step) -> Any:
        """Write one step; the name of its result, of several arrays, by their number."""
        function = NUMPYS.get(step.function, step.function)
        if step.dtype is not None and step.dtype.name not in DATA_TYPES:
            self.refuse(step, f"for {step.dtype} numbers")
        if function is getitem and type(parts := self._parts(step.inputs[0])) is dict:
            return parts[step.inputs[1]]
        if function in BITWISE and {self.dtype(x) for x in step.inputs} != {_BOOL}:
            self.refuse(step, "of whole numbers")
        if isinstance(function, np.ufunc) and step.parameters.keys() - {"dtype"}:
            self.refuse(step, f"with {', '.join(step.parameters)}=")
        if function in LOGIC:
            return self.graph(LOGIC[function], *[self.name(x, bool) for x in step.inputs])
        if function in ELEMENTWISE:
            return self._elementwise(step, function)
        for table, write in (
            (REDUCTIONS, self._reduced),
            (PLACES, self._place),
            (RUNNING_SUMS, self._running_sum),
            (FILLED, self._filled),
            ({astype}, lambda step: self.name(step.inputs[0], step.dtype)),
            ({np.where}, self._chosen),
            ({np.einsum}, self._einsum),
            (MOVES, self._moved),
        ):
            if function in table:
                return write(step)
        self.refuse(step)
        return None

    def _parts(self, x: Any) -> Any:
        return self.names[x.index] if type(x) is Variable else None

    def _elementwise(self, step: Step, function: Any) -> str:
        loop: list[Any]
        result: Any
        if isinstance(function, np.ufunc):
            how: dict[str, Any] = {}
            if "dtype" in step.parameters:  # which is that of the result
                wanted = (*[None] * function.nin, step.parameters["dtype"])
                how = {"signature": wanted, "casting": "unsafe"}
            *loop, result = function.resolve_dtypes((*map(self.kind, step.inputs), None), **how)
        else:
            result = np.result_type(*map(self.dtype, step.inputs))  # of pow
            loop = [result] * 2
        names = [self.name(x, dtype) for x, dtype in zip(step.inputs, loop, strict=True)]
        more = {"fmod": 1} if function is np.fmod else {}
        out = self.graph(ELEMENTWISE[function], *names, **more)
        if function is np.not_equal:
            out = self.graph("Not", out)
        return self.cast(out, result, step.dtype)

    def _reduced(self, step: Step) -> str:
        arguments = given(step)
        x = arguments.pop("a")
        axes = axes_of(arguments.pop("axis", None), len(self.lengths_of(x)))
        keepdims = bool(arguments.pop("keepdims", False))
        arguments.pop("dtype", None)
        initial, mask = arguments.pop("initial", None), arguments.pop("where", True)
        operator = REDUCTIONS[step.function]
        if mask is not True and operator not in LEFT_OUT:
            self.refuse(step, "with where=")
        dtype: Any = step.dtype
        if dtype == _BOOL and operator == "ReduceMean":
            self.refuse(step, "of truth values")
        if dtype == _BOOL:  # of truth values, 0 and 1: the largest is their "or"
            dtype = np.dtype(np.int64)
            name = self.cast(self.name(x, bool), bool, dtype)
        else:
            name = self.name(x, dtype)
        if mask is not True:
            nothing = self.graph.constant(LEFT_OUT[operator], dtype)
            name = self.graph("Where", self.name(mask, bool), name, nothing)
        if axes:
            over = self.graph.constant(axes, np.int64)
            name = self.graph(operator, name, over, keepdims=int(keepdims))
        if initial is not None:
            start = self.name(initial, step.dtype)
            start = self.cast(start, step.dtype, dtype)
            name = self.graph(STARTED[operator], name, start)
        return self.cast(name, dtype, step.dtype)

    def _place(self, step: Step) -> str:
        arguments = given(step)
        x, axis = arguments["a"], arguments.get("axis")
        name = self.name(x, self.dtype(x))
        if is_whole := axis is None:
            name, axis = self.graph.reshape(name, [-1]), 0
        keepdims = bool(arguments.get("keepdims", False))
        ndim = len(self.lengths_of(x))
        axis = axes_of(axis, ndim or 1)[0]
        name = self.graph(PLACES[step.function], name, axis=axis, keepdims=int(keepdims))
        return self.graph.reshape(name, [1] * ndim) if is_whole and keepdims else name

    def _running_sum(self, step: Step) -> str:
        arguments = given(step)
        if step.dtype == _BOOL:
            self.refuse(step, "of truth values")
        name, axis = self.name(arguments["a"], step.dtype), arguments.get("axis")
        if axis is None:
            name, axis = self.graph.reshape(name, [-1]), 0
        return self.graph("CumSum", name, self.graph.constant(axis, np.int64))

    def _filled(self, step: Step) -> str:
        arguments = given(step)
        if arguments.get("shape") is not None:
            self.refuse(step, "with shape=")
        one = self.graph.constant(FILLED[step.function], step.dtype)
        x = arguments["a"]
        return self.graph("Expand", one, self.graph("Shape", self.name(x, self.dtype(x))))

    def _chosen(self, step: Step) -> str:
        if len(step.inputs) != 3:
            self.refuse(step, "with one argument")
        condition, *values = step.inputs
        return self.graph(
            "Where", self.name(condition, bool), *[self.name(x, step.dtype) for x in values]
        )

    def _einsum(self, step: Step) -> str:
        equation, *operands = step.inputs
        if not isinstance(equation, str):
            self.refuse(step, "without a text of letters")
        names = [self.name(x, step.dtype) for x in operands]
        letters = "".join(equation.split("->")[0].split(",")).replace(" ", "")
        lengths = [n for x in operands for n in self.lengths_of(x)]
        if "." in letters or len({*zip(letters, lengths, strict=True)}) > len({*letters}):
            self.refuse(step, "with dots, or a letter of two lengths")
        return self.graph("Einsum", *names, equation=equation.replace(" ", ""))

    def _moved(self, step: Step) -> Any:
        if step.function in (getitem, np.take):
            arguments = given(step)
            index = arguments["index" if step.function is getitem else "indices"]
            if type(index) is Variable:
                return self._looked_up(step, index, arguments)
        gives: Any = self.lengths[len(self.names)]
        dtype = step.dtype or self.dtype(step.reads[0])
        if step.dtype is None:
            gives = self._lengths_of_parts(Variable(len(self.names)))
        step, moving = arranged(step)
        operands = [(x, self.name(x, dtype), self.lengths_of(x)) for x in moving]
        try:
            return moved(self.graph, step, operands, gives)
        except CannotMoveError as error:
            self.refuse(step, str(error))

    def _lengths_of_parts(self, whole: Variable) -> dict[int, Lengths]:
        """The lengths of the arrays that are taken out of a result of several."""
        return {
            step.inputs[1]: self.lengths[len(self.program.inputs) + i]
            for i, step in enumerate(self.program.steps)
            if step.function is getitem and step.inputs[0] == whole
        }

    def _looked_up(self, step: Step, index: Variable, arguments: dict[str, Any]) -> str:
        if not np.issubdtype(self.dtype(index), np.integer):
            self.refuse(step, "with a mask")
        x = arguments["x" if step.function is getitem else "a"]
        axis = arguments.get("axis", 0 if step.function is getitem else None)
        name, places = self.name(x, step.dtype), self.name(index, np.int64)
        lengths = self.lengths_of(x)
        if axis is None:
            name, axis = self.graph.reshape(name, [-1]), 0
            lengths = (None if None in lengths else math.prod(lengths),)  # type: ignore[arg-type]
        length, mode = lengths[axis], arguments.get("mode", "raise")
        if mode != "raise" and length is None:
            self.refuse(step, f"with mode={mode!r} along the batch")
        if mode == "wrap":
            places = self.graph("Mod", places, self.graph.constant(length, np.int64))
        elif mode == "clip":
            ends = [self.graph.constant(n, np.int64) for n in (0, length - 1)]  # type: ignore[operator]
            places = self.graph("Min", self.graph("Max", places, ends[0]), ends[1])
        return self.graph("Gather", name, places, axis=axis)


def _lengths(shape: Any, larger: Any) -> Lengths:
    if shape is None:
        return ()
    return tuple(n if n == m else None for n, m in zip(shape, larger, strict=True))


def _axes(lengths: Lengths) -> Axes:
    return tuple("batch" if n is None else n for n in lengths)


def _dtype(line: Any) -> np.dtype[Any]:
    if line.dtype is None or line.dtype.name not in DATA_TYPES:
        raise ValueError(f"ONNX has no operators for {line.dtype} numbers, as {line} gives")
    return line.dtype


def _call(step: Step) -> Any:
    return Step(step.function, step.inputs, step.parameters, (), None)
