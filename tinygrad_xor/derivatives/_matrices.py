"""What the pages on matrices share: transposes, and the convention of their formulas.

The formulas for real matrices are those of Giles, "An extended collection of matrix derivative
results" (2008). They are written with gradients that point uphill; `uphill` takes this engine's
convention for complex numbers there and back, so that they hold for complex matrices too.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.derivatives.complex_numbers import conj
from tinygrad_xor.program import one_step

Rule = Callable[..., Any]


def transposed(x: Any) -> Any:
    """The last two axes exchanged."""
    return np.swapaxes(x, -1, -2)


def adjoint(x: Any) -> Any:
    """The conjugate transpose."""
    return transposed(conj(x))


def diagonal_matrix(d: Any) -> Any:
    """Matrices with `d` on the diagonal."""
    return np.expand_dims(d, -1) * np.eye(np.shape(d)[-1])


def hermitian(x: Any) -> Any:
    """The mean of a matrix and its adjoint."""
    return (x + adjoint(x)) / 2


@one_step
def symmetrized(x: Any) -> Any:
    """The mean of both triangles of a plain matrix that is symmetric, but for rounding."""
    difference = np.max(np.abs(x - adjoint(x)), initial=0.0)
    if difference > 1e-3 * np.max(np.abs(x), initial=0.0):
        raise np.linalg.LinAlgError(
            f"the matrix is not symmetric: its triangles differ by {difference:.3g}. Pass "
            "(a + a.T) / 2, or np.tril(a) + np.tril(a, -1).T to read the lower one"
        )
    return hermitian(x)


def uphill(rule: Rule) -> Rule:
    """A rule that is written for gradients ∂L/∂x + i ∂L/∂y, as one for ∂L/∂x − i ∂L/∂y."""

    @functools.wraps(rule)
    def turned(g: Any, *args: Any, **params: Any) -> Any:
        return conj(rule(conj(g), *args, **params))

    return turned


@functools.cache
def result_of(function: Callable[..., Any]) -> Any:
    """The named tuple that NumPy's function returns."""
    return type(function(np.eye(1)))
