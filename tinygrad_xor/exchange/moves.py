"""Steps that only move numbers about, as ONNX writes them.

Whatever such a function does, with its slices, axes and modes: it is asked once, with the numbers
of the places in the place of the numbers, and the answer is what ONNX's ``Gather`` takes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_xor.exchange.graph import Graph
from tinygrad_xor.exchange.operators import given
from tinygrad_xor.program.constants import Constant, Variable, found, mapped
from tinygrad_xor.program.functions import FUNCTIONS
from tinygrad_xor.program.step import Step

#: The lengths of the axes; None where it is that of the batch.
Lengths = tuple[int | None, ...]

#: What puts several arrays side by side: all that they are given is moved.
JOINS = {
    *(np.concatenate, np.stack, np.vstack, np.hstack, np.dstack, np.column_stack, np.block),
    *(np.append, np.meshgrid, np.broadcast_arrays),
}
#: What turns the axes of an array.
_TURNS = {np.transpose, np.swapaxes, np.moveaxis, np.rollaxis}
#: What moves numbers, repeats them, leaves some out, or puts zeros between them.
MOVES = (
    JOINS
    | _TURNS
    | {FUNCTIONS[name] for name in ("getitem", "sliding_window_view", "item")}
    | {np.reshape, np.ravel, np.squeeze, np.expand_dims, np.atleast_1d, np.atleast_2d}
    | {np.atleast_3d, np.broadcast_to, np.flip, np.fliplr, np.flipud, np.roll, np.rot90}
    | {np.tile, np.repeat, np.resize, np.diagonal, np.diag, np.diagflat, np.tril, np.triu}
    | {np.take, np.delete, np.pad, np.split, np.array_split, np.vsplit, np.hsplit, np.dsplit}
    | {np.copy, np.matrix_transpose, np.linalg.matrix_transpose, np.linalg.diagonal, np.unstack}
)
#: How many arguments of those that join are moved; all, and of all else the first.
_JOINED = {np.append: 2, np.meshgrid: None, np.broadcast_arrays: None}
_PAD_MODES = {"constant", "edge", "reflect", "symmetric", "wrap", "empty"}


class CannotMoveError(Exception):
    """That a step does more than to move numbers; its text says what."""


def arranged(step: Step) -> tuple[Step, list[Any]]:
    """A step with what it moves at the front, and the variables and constants that this is.

    Numbers that are put beside arrays become constants, which no axis is mistaken for.
    """
    count = _JOINED.get(step.function, 1)
    arguments = given(step) if len(step.inputs) < (count or 0) else {}
    first = [*step.inputs, *list(arguments.values())[len(step.inputs) : count]]
    more = {k: v for k, v in step.parameters.items() if k not in [*arguments][:count]}
    if step.function in JOINS:
        numbers = (bool, int, float)
        first[:count] = mapped(
            lambda x: Constant(np.asarray(x)) if isinstance(x, numbers) else x, first[:count]
        )
    step = step.changed(inputs=tuple(first), parameters=more)
    return step, [*dict.fromkeys(found(Variable, first[:count])), *found(Constant, first[:count])]


def moved(graph: Graph, step: Step, operands: list[tuple[Any, str, Lengths]], gives: Any) -> Any:
    """Write a step that moves numbers; the name of its result; of several, by their number.

    Args:
        graph: what to write into.
        step: of a function of `MOVES`.
        operands: each variable or constant whose numbers are moved, what it is called in the
            graph, in the dtype of the result, and its lengths.
        gives: the lengths of the result; of several, by their number.

    Raises:
        CannotMoveError: if it does more, or moves numbers from one example of a batch to another.
    """
    if step.function in (np.broadcast_to,) and isinstance(gives, tuple):
        return _expanded(graph, operands[0], gives)
    order = given(step).get("order") if step.function in (np.reshape, np.ravel) else None
    if order in ("A", "K"):
        raise CannotMoveError(f"with order={order!r}, by how the numbers lie in memory")
    in_order = step.function is np.reshape and order in ("C", None)
    if in_order and gives.count(None) <= 1:  # also where rows are examples times something
        return graph.reshape(operands[0][1], [-1 if n is None else n for n in gives])
    if step.function in _TURNS:
        return _turned(graph, step, operands[0], gives)
    start, places, starts = 1, [], []
    for _, _, lengths in operands:
        shape = [2 if n is None else n for n in lengths]  # a batch of two shows what is moved where
        starts.append(start)
        places.append(np.arange(start, start + math.prod(shape)).reshape(shape))
        start += math.prod(shape)
    answer = _asked(step, [x for x, _, _ in operands], places, gives)
    if isinstance(gives, dict):
        return {
            i: _gathered(graph, step, operands, starts, places, answer[i], lengths)
            for i, lengths in gives.items()
        }
    return _gathered(graph, step, operands, starts, places, answer, gives)


def _asked(step: Step, moving: list[Any], places: list[Any], gives: Any) -> Any:
    """Where the numbers of the result come from: 1 and more, and 0 for a zero."""
    if step.function is np.pad:
        mode = given(step).get("mode", "constant")
        is_odd = step.parameters.get("reflect_type") == "odd"
        if mode not in _PAD_MODES or is_odd or not isinstance(_fill(step), (int, float)):
            raise CannotMoveError(f"with mode={mode!r} and the values that it has")
        if "constant_values" in step.parameters:
            step = step.changed(parameters={**step.parameters, "constant_values": 0})

    def place(leaf: Any) -> Any:
        for x, numbers in zip(moving, places, strict=True):
            if x is leaf or (type(leaf) is Variable and x == leaf):
                return numbers
        if type(leaf) is Variable:
            raise CannotMoveError("to places that are computed")
        return leaf.data if type(leaf) is Constant else leaf

    inputs, parameters = mapped(place, step.inputs), mapped(place, step.parameters)
    if step.function is np.reshape and isinstance(gives, tuple):
        shape = [2 if n is None else n for n in gives]
        return step.function(inputs[0], shape, given(step).get("order", "C"))
    return step.function(*inputs, **parameters)


def _fill(step: Step) -> Any:
    """What stands where nothing was moved to."""
    return step.parameters.get("constant_values", 0) if step.function is np.pad else 0


def _gathered(
    graph: Graph,
    step: Step,
    operands: list[tuple[Any, str, Lengths]],
    starts: list[int],
    places: list[Any],
    answer: Any,
    gives: Lengths,
) -> str:
    names = [name for _, name, _ in operands]
    in_order = len(names) == 1 and np.array_equal(np.ravel(answer), np.ravel(places[0]))
    if in_order and gives.count(None) <= 1:
        return graph.reshape(names[0], [-1 if n is None else n for n in gives])
    batch = None in gives or any(None in lengths for _, _, lengths in operands)
    if batch:
        answer = _within_examples(operands, starts, places, answer, gives)
    parts = []
    for name, numbers in zip(names, places, strict=True):
        flat = [-1, numbers[0].size] if batch else [numbers.size]
        parts.append(graph.reshape(name, flat))
    row = parts[0] if len(parts) == 1 else graph("Concat", *parts, axis=int(batch))
    if np.any(answer == 0):
        before = graph.constant([0, 1, 0, 0] if batch else [1, 0], np.int64)
        row = graph("Pad", row, before, graph.constant(_fill(step), step.dtype))
    else:
        answer = answer - 1
    return graph("Gather", row, graph.constant(answer, np.int64), axis=int(batch))


def _within_examples(
    operands: list[tuple[Any, str, Lengths]],
    starts: list[int],
    places: list[Any],
    answer: Any,
    gives: Lengths,
) -> Any:
    """The places of one example's numbers in a row of those of all operands.

    Raises:
        CannotMoveError: if they come from another example, or not from the same places in each.
    """
    shapes = [gives, *(lengths for _, _, lengths in operands)]
    if any(not s or s[0] is not None or None in s[1:] for s in shapes):
        raise CannotMoveError("from one example of a batch to another")
    example = np.arange(len(answer)).reshape((-1,) + (1,) * (answer.ndim - 1))
    within, width = np.zeros_like(answer), 1
    for start, numbers in zip(starts, places, strict=True):
        here = (answer >= start) & (answer < start + numbers.size)
        of_example, place = np.divmod(answer - start, numbers[0].size)
        if np.any(here & (of_example != example)):
            raise CannotMoveError("from one example of a batch to another")
        within = np.where(here, place + width, within)
        width += numbers[0].size
    if not np.array_equal(within[0], within[1]):
        raise CannotMoveError("otherwise in each example of a batch")
    return within[0]


def _expanded(graph: Graph, operand: tuple[Any, str, Lengths], gives: Lengths) -> str:
    _, name, lengths = operand
    aligned = (1,) * (len(gives) - len(lengths)) + lengths
    if any(new is None and old is not None for new, old in zip(gives, aligned, strict=True)):
        raise CannotMoveError("to each example of a batch")
    shape = [1 if n is None else n for n in gives]  # an axis of 1 takes the length that is there
    return graph("Expand", name, graph.constant(shape, np.int64))


def _turned(graph: Graph, step: Step, operand: tuple[Any, str, Lengths], gives: Any) -> str:
    x, name, lengths = operand
    told = np.empty(range(len(lengths)), np.int8)  # of shape (0, 1, 2, …): each axis by its length
    return graph("Transpose", name, perm=list(_asked(step, [x], [told], gives).shape))
