"""What the pages on matrices share: transposes, and the convention of their formulas.

The formulas for real matrices are those of Giles, "An extended collection of matrix derivative
results" (2008). They are written with gradients that point uphill; `uphill` takes this engine's
convention for complex numbers there and back, so that they hold for complex matrices too.
"""

import functools
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.derivatives.complex_numbers import conj
from tinygrad_xor.engine import Value
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


def lower_half(x: Any) -> Any:
    """The lower triangle, with half of the diagonal."""
    return np.tril(x) * (1 - np.eye(np.shape(x)[-1]) / 2)


def pack(*parts: Any) -> Any:
    """Matrices of as many columns in one, below each other."""
    return np.concatenate(parts, axis=-2)


def unpack(packed: Any, *rows: int) -> list[Any]:
    """The opposite: the matrices, of so many rows each."""
    cuts = [sum(rows[:i]) for i in range(len(rows) + 1)]
    return [packed[..., a:b, :] for a, b in itertools.pairwise(cuts)]


def over_gaps(x: Any, s: Any, *of_vectors: Any) -> Any:
    """Each x_ij divided by s_j - s_i, 0 on the diagonal.

    Where two are equal, vectors have no derivative: nan, but 0 if theirs, the gradients in the
    columns of `of_vectors`, are all 0.
    """
    gaps = np.expand_dims(s, -2) - np.expand_dims(s, -1)
    nothing = np.eye(np.shape(s)[-1], dtype=bool)
    if type(x) is not Value:
        asked = np.any(np.stack([np.any(g != 0, axis=-2) for g in of_vectors]), axis=0)
        pairs = np.expand_dims(asked, -2) | np.expand_dims(asked, -1)
        x = np.where((gaps == 0) & pairs & ~nothing, np.nan, x)
        nothing = nothing | ((gaps == 0) & ~pairs)
    return np.where(nothing, 0.0, x / np.where(nothing, 1.0, gaps))
