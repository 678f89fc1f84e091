"""Derivatives that people write by hand, each as a pullback, which is what is checked."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.program.trees import flatten
from tinygrad_xor.testing.backends import Arrays, Flat, Handwritten

Written = Callable[..., Any]


def pair(f: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The value and the gradient of a function that returns both."""

    def value(*primals: Any) -> Any:
        found = f(*primals)
        if not (isinstance(found, (tuple, list)) and len(found) == 2):
            raise TypeError(
                "with gradient=True the function returns a pair of value and gradient, not "
                f"{found!r}"
            )
        return found[0]

    functools.update_wrapper(value, f)  # so that the names of its arguments are found
    return value, lambda *primals: f(*primals)[1]


def backend(
    kind: str, written: Written, leaves_of: Callable[[Any], list[Any]], f: Flat
) -> Handwritten:
    """The derivative that was written, as the checker takes it.

    Args:
        kind: "gradient", "jacobian", "vjp" or "hessian".
        written: what was written, as a function of the list of arrays that are checked.
        leaves_of: the gradients of these arrays out of what it returns.
        f: the function, which is called before a "vjp".
    """

    def of_gradient(inputs: Arrays, cotangents: Arrays) -> Arrays:
        if len(cotangents) != 1 or np.size(cotangents[0]) != 1:
            raise ValueError("gradient= is for functions whose output is one number")
        return [_scaled(g, np.reshape(cotangents[0], ())[()]) for g in leaves_of(written(inputs))]

    def of_jacobian(inputs: Arrays, cotangents: Arrays) -> Arrays:
        blocks = [np.asarray(block) for block in flatten(written(inputs))[0]]
        wanted = [(*np.shape(g), *np.shape(x)) for g in cotangents for x in inputs]
        if [b.shape for b in blocks] != wanted:
            raise ValueError(
                f"{kind}= gives blocks of the shapes {[b.shape for b in blocks]}, where {wanted} "
                "are wanted: the output's shape before the input's"
            )
        found = []
        for i in range(len(inputs)):
            column = zip(cotangents, blocks[i :: len(inputs)], strict=True)
            found.append(sum(np.tensordot(g, block, np.ndim(g)) for g, block in column))
        return found

    def of_vjp(inputs: Arrays, cotangents: Arrays) -> Arrays:
        f(*inputs)
        return leaves_of(written(inputs, *cotangents))

    kinds = {"gradient": of_gradient, "vjp": of_vjp}
    name = "the gradient function" if kind == "gradient" else f"{kind}="
    return Handwritten(kinds.get(kind, of_jacobian), name)


def _scaled(g: Any, weight: Any) -> Any:
    return g if np.asarray(g).dtype.kind not in "iufc" else np.asarray(g) * weight
