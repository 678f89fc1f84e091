"""All derivatives of all outputs by all inputs, and the second ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from tinygrad_xor.transforms.functional import Function, Trace, floating, grad, jvp, only, which


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
            of_input = _of_each_element(trace.pushforward(), ins, outs)
            columns = [
                [_moved_last(block, np.ndim(x)) for block in blocks]
                for x, blocks in zip(ins, of_input, strict=True)
            ]
            of_output = [[column[j] for column in columns] for j in range(len(outs))]
        else:
            of_output = _of_each_element(
                lambda seeds: trace.pull_back(seeds, trace.symbolic), outs, ins
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
    return sum(int(np.size(x)) for x in arrays)


def _of_each_element(
    linear: Callable[[list[Any]], list[Any]], ins: Sequence[Any], outs: Sequence[Any]
) -> list[list[Any]]:
    """For each array of `ins`: what a linear map makes of its elements, one by one.

    A list, with an array for each of `outs`: the axes of the one from `ins` first.
    """
    result = []
    for i, x in enumerate(ins):
        images = []
        for element in np.ndindex(np.shape(x)):
            units = [np.zeros(np.shape(other), floating(other)) for other in ins]
            units[i][element] = 1.0
            images.append(linear([unit[()] for unit in units]))
        result.append(
            [
                np.reshape(
                    np.stack([image[j] for image in images]) if images else np.zeros(0),
                    (*np.shape(x), *np.shape(out)),
                )
                for j, out in enumerate(outs)
            ]
        )
    return result


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
    every = tuple(range(len(primals)))
    _, moved = jvp(grad(function, every), primals, tangents)
    return moved[0] if len(primals) == 1 else moved
