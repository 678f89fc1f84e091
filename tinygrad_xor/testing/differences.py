"""The other way to a derivative: move an input a little, and see how far the output moves.

It is slow and inexact, but knows nothing of the chain rule, so that it can judge those who do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_xor.engine import Value, newest_first

#: Rounding and truncation errors of a central difference balance near eps**(1/3) (Press et al.,
#: Numerical Recipes, section 5.7).
STEP = float(np.finfo(float).eps) ** (1 / 3)


class GradientError(AssertionError):
    """A gradient that finite differences do not confirm; the message says which and by how much."""


def numerical_gradient(compute: Callable[[], Value], leaf: Value, g: Any) -> Any:
    """The gradient of ``Re(sum(g * compute().data))`` by `leaf`, by central differences.

    Complex elements are moved along both axes; the gradient is ∂/∂x − i ∂/∂y, as the engine has it.

    Args:
        compute: computes the output from the data that the leaf has at that moment.
        leaf: whose elements are moved, one at a time, and put back.
        g: the incoming gradient, of the output's shape.

    Returns:
        A float64 or complex128 array of the leaf's shape.

    >>> x = Value([1.0, 3.0])
    >>> numerical_gradient(lambda: x * x, x, np.ones(2)).round(6)
    array([2., 6.])
    """
    start = np.array(leaf.data)
    is_complex = np.iscomplexobj(start)
    gradient = np.zeros(start.shape, complex if is_complex else float)
    for index in np.ndindex(start.shape):
        for direction in (1.0, 1j) if is_complex else (1.0,):
            step = STEP * max(1.0, abs(start[index])) * direction
            ends = []
            for moved in (start[index] + step, start[index] - step):
                data = start.copy()
                data[index] = moved
                leaf.data = data
                ends.append((moved, compute().data))
            (high, above), (low, below) = ends
            slope = np.real(np.sum(g * (above - below))) / np.abs(high - low)
            gradient[index] += slope * np.conj(direction)
    leaf.data = start
    return gradient


def compare(
    compute: Callable[[], Value],
    leaves: Sequence[Value],
    g: Any = 1.0,
    *,
    tolerance: float = 1e-6,
    name: str = "the function",
) -> float:
    """Compare the gradients that ``backward()`` leaves in `leaves` with central differences.

    Args:
        compute: computes the output from the data that the leaves have at that moment.
        leaves: the Values to differentiate by, float64.
        g: the incoming gradient, of the output's shape.
        tolerance: the largest relative error (absolute, for derivatives below 1) that passes.
        name: what messages call the function.

    Returns:
        The worst relative error.

    Raises:
        GradientError: if it is above `tolerance` or not a number.

    >>> x = Value([0.5, -1.0])
    >>> compare(lambda: np.tanh(x), [x], np.array([1.0, 2.0])) < 1e-8
    True
    """
    for leaf in leaves:
        leaf.grad = None
    compute().backward(g)
    worst = 0.0
    for leaf in leaves:
        if not leaf.size:
            continue
        analytic = np.asarray(leaf.grad)
        numerical = numerical_gradient(compute, leaf, g)
        scale = np.maximum(1.0, np.maximum(np.abs(analytic), np.abs(numerical)))
        errors = np.abs(analytic - numerical) / scale
        error = float(np.max(errors))
        if not error <= tolerance:
            at = tuple(int(k) for k in np.unravel_index(np.argmax(errors), errors.shape))
            raise GradientError(
                f"{name}: the derivative by {leaf.label or 'the input'}{list(at) if at else ''} is "
                f"{analytic[at]:.9g} by the rule, {numerical[at]:.9g} by central differences, at\n"
                + "\n".join(f"    {x.label or 'input'} = {_text(x.data)}" for x in leaves)
                + f"\n    incoming gradient = {_text(g)}"
            )
        worst = max(worst, error)
    return worst


def near_a_kink(output: Value, margin: float) -> bool:
    """Whether a step on the way to `output` is within `margin` of a point without a derivative.

    >>> near_a_kink(Value(0.0001).relu(), margin=0.01), near_a_kink(Value(1.0).relu(), margin=0.01)
    (True, False)
    """
    for node in newest_first(output):
        if node.primitive is not None and node.primitive.kink is not None:
            raw = [x.data if type(x) is Value else x for x in node.inputs]
            if np.any(np.abs(node.primitive.kink(*raw)) < margin):
                return True
    return False


def _text(array: Any) -> str:
    return np.array2string(np.asarray(array), precision=6, separator=", ").replace("\n", "")
