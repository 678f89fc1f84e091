"""All derivatives of all outputs by all inputs, and the second ones."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from tinygrad_xor.engine import Value
from tinygrad_xor.program.trees import flatten
from tinygrad_xor.transforms.functional import (
    Function,
    Trace,
    floating,
    grad,
    jvp,
    moved_by,
    only,
    which,
)
from tinygrad_xor.transforms.stacked import Stacked, each_alone


def jacobian(
    function: Function,
    argnums: int | Sequence[int] = 0,
    mode: Literal["reverse", "forward"] | None = None,
    holomorphic: bool = False,
) -> Function:
    """A function that returns all derivatives of all outputs: shape ``(*output, *input)``.

    Where inputs and outputs are nested, so is the result: the form of the output, with the form of
    the input in the place of each array.

    Args:
        function: of arrays, or nested tuples, lists and dicts of them; it returns the same.
        argnums: which arguments to differentiate by; one, or several for a tuple in each place.
        mode: "reverse" (a pullback for each element of the output) or "forward" (a pushforward for
            each element of the input); by default what needs fewer.
        holomorphic: inputs and outputs are complex, and the complex derivative is wanted. Without
            it, reverse mode needs real outputs, and forward mode real inputs.

    Raises:
        ValueError: if there is no such mode.
        TypeError: if an input or output is complex where it must be real.

    >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    if mode not in ("reverse", "forward", None):
        raise ValueError(f"jacobian() has the modes 'reverse' and 'forward', not {mode!r}")

    def differentiated(*args: Any, **kwargs: Any) -> Any:
        chosen = which(argnums, args)
        trace = Trace(only(function, chosen, args, kwargs), [args[i] for i in chosen])
        ins, outs = trace.inputs, trace.outputs
        if _mode_for(trace, mode, holomorphic) == "forward":
            push, nodes = trace.pushforward()
            at_once = _at_once(nodes, trace.symbolic)
            of_input = _of_each_element(push, ins, outs, at_once)
            columns = [
                [_moved_last(block, np.ndim(x)) for block in blocks]
                for x, blocks in zip(ins, of_input, strict=True)
            ]
            of_output = [[column[j] for column in columns] for j in range(len(outs))]
        else:
            of_output = _of_each_element(
                lambda seeds: trace.pull_back(seeds, trace.nodes),
                outs,
                ins,
                _at_once(trace.nodes, trace.symbolic),
            )
        trees = [trace.build_inputs(blocks) for blocks in of_output]
        return trace.build_outputs(
            tree if isinstance(argnums, Sequence) else tree[0] for tree in trees
        )

    return differentiated


def _mode_for(trace: Trace, mode: str | None, holomorphic: bool) -> str:
    """The mode that was asked for, or the one that needs fewer passes, if numbers allow it."""
    complex_in, complex_out = (
        any(floating(x).kind == "c" for x in side) for side in (trace.inputs, trace.outputs)
    )
    if mode is None:
        mode = "forward" if _size(trace.inputs) < _size(trace.outputs) else "reverse"
        if not holomorphic and complex_in != complex_out:
            mode = "reverse" if complex_in else "forward"
    if not holomorphic and (complex_out if mode == "reverse" else complex_in):
        raise TypeError(
            f"a jacobian in {mode} mode needs real {'outputs' if mode == 'reverse' else 'inputs'}, "
            "and these are complex: take np.real and np.imag, use the other mode, or ask for the "
            "complex derivative with holomorphic=True"
        )
    return mode


def _size(arrays: Sequence[Any]) -> int:
    return sum(math.prod(np.shape(x)) for x in arrays)  # Dask has no np.size


#: So few rows are sooner taken one by one.
_FEW = 4
#: So many numbers may be held at a time, in all gradients of a walk together.
_MOST = 2**20


def _at_once(nodes: Sequence[Value], symbolic: bool) -> int:
    """How many rows are taken in one walk through `nodes`."""
    if symbolic:
        return 1  # a graph is built of each row
    held = 1
    for data in [v._primal for v in nodes]:
        if type(data) is not float and not isinstance(data, (np.ndarray, np.generic)):
            return 1  # a program is written, or another library has its arrays here
        held += np.size(data)
    return max(1, _MOST // held)


def _of_each_element(
    linear: Callable[[list[Any]], list[Any]],
    ins: Sequence[Any],
    outs: Sequence[Any],
    at_once: int,
) -> list[list[Any]]:
    """For each array of `ins`: what a linear map makes of its elements, so many at a time.

    A list, with an array for each of `outs`: the axes of the one from `ins` first.
    """
    ends = np.cumsum([0, *(_size([x]) for x in ins)], dtype=int).tolist()
    if ends[-1] < _FEW:
        at_once = 1
    images = []
    with each_alone() if at_once > 1 else contextlib.nullcontext():
        for start in range(0, ends[-1], at_once):
            rows = range(start, min(start + at_once, ends[-1]))
            units = [
                _units(x, range(*span), rows) for x, span in zip(ins, pairwise(ends), strict=True)
            ]
            if at_once > 1:
                images.append([_rows(y, len(rows)) for y in linear([*map(Stacked, units)])])
            else:
                images.append(linear([unit[0] for unit in units]))
    joined = [
        (np.concatenate if at_once > 1 else np.stack)([image[j] for image in images])
        if images
        else np.zeros(0)
        for j in range(len(outs))
    ]
    return [
        [
            np.reshape(
                block if len(ins) == 1 else block[span[0] : span[1]], (*np.shape(x), *np.shape(out))
            )
            for block, out in zip(joined, outs, strict=True)
        ]
        for x, span in zip(ins, pairwise(ends), strict=True)
    ]


def _units(x: Any, own: range, rows: range) -> Any:
    """For each of `rows`, a gradient of x: 1 for the element of that number, of x's own, else 0."""
    units = np.zeros((len(rows), len(own)), floating(x))
    for row in range(max(own.start, rows.start), min(own.stop, rows.stop)):
        units[row - rows.start, row - own.start] = 1.0
    return units.reshape(len(rows), *np.shape(x))


def _rows(y: Any, n: int) -> Any:
    """The n gradients of one array; there is one for all, where they depend on nothing."""
    return y.rows if type(y) is Stacked else np.broadcast_to(y, (n, *np.shape(y)))


def _moved_last(block: Any, n: int) -> Any:
    """The first n axes moved behind all others."""
    return np.moveaxis(block, range(n), range(-n, 0)) if n else block


def hessian(
    function: Function, argnums: int | Sequence[int] = 0, holomorphic: bool = False
) -> Function:
    """A function that returns all second derivatives: shape ``(*input, *input)``.

    >>> hessian(lambda x: x[0] * x[1])(np.array([1.0, 2.0]))
    array([[0., 1.],
           [1., 0.]])
    """
    return jacobian(
        grad(function, argnums, holomorphic=holomorphic), argnums, holomorphic=holomorphic
    )


def hvp(function: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """The Hessian of `function` times `tangents`, without the Hessian: one more gradient.

    >>> hvp(lambda x: np.sum(x**3), (np.array([1.0, 2.0]),), (np.array([1.0, 0.0]),))
    array([6., 0.])
    """
    moves = moved_by("hvp", primals, tangents)
    slopes = grad(function, tuple(range(len(primals))))
    if any(floating(x).kind == "c" for x in (*moves, *flatten(tuple(primals))[0])):
        _, moved = jvp(slopes, primals, tangents)
    else:  # a Hessian is symmetric: one walk back in place of two
        trace = Trace(slopes, primals)
        moved = trace.build_inputs(trace.pull_back(moves, trace.nodes))
    return moved[0] if len(primals) == 1 else moved
