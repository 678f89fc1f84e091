"""Minimising a function of arrays: no parameters that move, only arguments in and out."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.optim.methods import Adam
from tinygrad_xor.program.trees import flatten, leaves_like
from tinygrad_xor.transforms.functional import floating


def adam(
    grad: Callable[..., Any],
    start: Any,
    callback: Callable[[Any, int, Any], Any] | None = None,
    num_iters: int = 100,
    step_size: float = 0.001,
    b1: float = 0.9,
    b2: float = 0.999,
    eps: float = 1e-8,
) -> Any:
    """Where Adam comes to from `start`, along the gradients of a function.

    The signature, and the numbers, are those of ``autograd.misc.optimizers.adam``; the formula is
    Algorithm 1 of Kingma and Ba, 2015. The class `Adam` moves parameters, and has Keras's formula.

    Args:
        grad: called as ``grad(x, i)`` with the number of the step, by which a function may choose
            its batch; it returns what is shaped like ``x``.
        start: a number, an array, or tuples, lists and dicts of them. It stays as it is.
        callback: called as ``callback(x, i, g)`` before each step.
        num_iters: how many steps.
        step_size: the learning rate.
        b1: how much of the running mean of the gradient is kept.
        b2: how much of the running mean of its square is kept.
        eps: keeps the divisor away from zero.

    Returns:
        The arguments after the last step, nested like `start`.

    Raises:
        TypeError: if there are complex numbers in `start`.
        ValueError: if a setting is out of its range, or a gradient is not shaped like `start`.

    >>> from tinygrad_xor import grad
    >>> def bowl(x, i):
    ...     return np.sum((x - np.array([1.0, -2.0])) ** 2)
    >>> adam(grad(bowl), np.zeros(2), num_iters=500, step_size=0.1).round(3)
    array([ 1., -2.])
    """
    if num_iters < 0:
        raise ValueError(f"num_iters={num_iters} steps cannot be taken")
    rule = Adam(lr=step_size, betas=(b1, b2))
    leaves, build = flatten(start)
    x = [np.array(leaf, dtype=floating(leaf)) for leaf in leaves]
    if any(leaf.dtype.kind == "c" for leaf in x):
        raise TypeError("adam() moves real numbers: pass real and imaginary parts as a pair")
    for i in range(num_iters):
        here = build([leaf[()] if leaf.ndim == 0 else leaf.copy() for leaf in x])
        g = grad(here, i)
        if callback is not None:
            callback(here, i, g)
        slopes = leaves_like(g, here)
        for leaf, slope in zip(x, slopes, strict=True):
            if np.shape(slope) != leaf.shape:
                raise ValueError(
                    f"grad gave a gradient of shape {np.shape(slope)} for an argument of "
                    f"{leaf.shape}"
                )
        rule.steps = i + 1
        rule.eps = eps * math.sqrt(1 - b2**rule.steps)  # where the class adds it to the root
        delta = rule.delta(np.concatenate([np.ravel(slope) for slope in slopes]))
        ends = np.cumsum([leaf.size for leaf in x])
        parts = np.split(delta, ends[:-1])
        x = [leaf - part.reshape(leaf.shape) for leaf, part in zip(x, parts, strict=True)]
    return build([leaf[()] if leaf.ndim == 0 else leaf for leaf in x])
