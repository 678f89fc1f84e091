"""Inverses, determinants, products and powers of matrices, and of stacks of matrices."""

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_xor.derivatives._calls import rectangular, solvable, square
from tinygrad_xor.derivatives._matrices import adjoint, result_of, transposed, uphill
from tinygrad_xor.derivatives.complex_numbers import conj, real_part
from tinygrad_xor.engine import Value, Variadic, composed, primitive
from tinygrad_xor.engine.declarations import as_a_list
from tinygrad_xor.engine.foreign import is_complex
from tinygrad_xor.engine.sampling import Domain, invertible, real

# -- inverses and determinants --------------------------------------------------------------------


def _inverse_rule(g: Any, y: Any, x: Any) -> Any:
    return -transposed(y) @ g @ transposed(y)


inv = primitive(np.linalg.inv, "A⁻¹", _inverse_rule, calls=square(), domain=invertible)


def _solve_right(g: Any, z: Any, a: Any, b: Any) -> Any:
    if np.ndim(b) == 1:  # one vector for every matrix of a stack
        return np.squeeze(np.linalg.solve(transposed(a), np.expand_dims(g, -1)), -1)
    return np.linalg.solve(transposed(a), g)


def _solve_left(g: Any, z: Any, a: Any, b: Any) -> Any:
    right = _solve_right(g, z, a, b)
    if np.ndim(b) == 1:
        return -np.expand_dims(right, -1) * np.expand_dims(z, -2)
    return -right @ transposed(z)


solve = primitive(
    np.linalg.solve,
    "A⁻¹b",
    _solve_left,
    _solve_right,
    broadcasts=True,
    calls=solvable,
    domain=(invertible, real),
)


def _per_matrix(g: Any) -> Any:
    return g[..., None, None] if np.ndim(g) else g


def _minors(x: Any) -> Any:
    """The determinants of x without row i and column j, at [..., i, j]."""
    n = np.shape(x)[-1]
    others = np.array([k for i in range(n) for k in range(n) if k != i], dtype=int)
    others = others.reshape(n, max(n - 1, 0))
    return np.linalg.det(x[..., others[:, None, :, None], others[None, :, None, :]])


def _cofactors(x: Any) -> Any:
    """The derivative of the determinant: det(A) A⁻ᵀ, by minors where A is small or singular."""
    n = np.shape(x)[-1]
    if n > 4 and np.all(np.linalg.cond(x.data if type(x) is Value else x) < 1e8):
        return _per_matrix(np.linalg.det(x)) * transposed(np.linalg.inv(x))
    return _minors(x) * (-1.0) ** np.add.outer(np.arange(n), np.arange(n))


det = primitive(
    np.linalg.det,
    "det",
    lambda g, y, x: _per_matrix(g) * _cofactors(x),
    calls=square(),
    domain=invertible,
)


def _pinv_rule(g: Any, y: Any, x: Any) -> Any:
    """Golub and Pereyra, 1973, equation 4.12; for matrices of constant rank."""
    lost_left = np.eye(x.shape[-2]) - x @ y
    lost_right = np.eye(x.shape[-1]) - y @ x
    return (
        -adjoint(y) @ g @ adjoint(y)
        + lost_left @ adjoint(g) @ y @ adjoint(y)
        + adjoint(y) @ y @ adjoint(g) @ lost_right
    )


pinv = primitive(np.linalg.pinv, "A⁺", uphill(_pinv_rule), calls=rectangular(), domain=invertible)


def _lstsq_matrix(g: Any, z: Any, a: Any, b: Any, rcond: Any = None) -> Any:
    """From x = A⁺ b, by the differential of A⁺ (Golub and Pereyra, 1973, equation 4.12)."""
    inverse = np.linalg.pinv(a)
    x, g, b = (np.reshape(v, (np.shape(v)[0], -1)) for v in (z, g, b))
    back = adjoint(inverse) @ conj(g)
    lost = conj(g) - inverse @ (a @ conj(g))
    gradient = (
        -back @ adjoint(x)
        + (b - a @ x) @ adjoint(inverse @ back)
        + adjoint(inverse) @ x @ adjoint(lost)
    )
    return conj(gradient)


lstsq_ = primitive(
    lambda a, b, rcond=None: np.linalg.lstsq(a, b, rcond)[0],
    "A⁺b",
    _lstsq_matrix,
    lambda g, z, a, b, rcond=None: transposed(np.linalg.pinv(a)) @ g,
    name="lstsq",
    calls=lambda random: (((3, 2), random.choice([(3,), (3, 2)])), {}),
    domain=(invertible, real),
)


@composed(
    np.linalg.lstsq,
    calls=lambda random: (((3, 2), random.choice([(3,), (3, 2)])), {}),
    domain=(invertible, real),
    real_only=True,
)
def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """The least squares solution, the residuals, the rank and the singular values."""
    x = lstsq_(a, b, rcond=rcond)
    plain_a, plain_b = (v.data if type(v) is Value else v for v in (a, b))
    _, sums, rank, s = np.linalg.lstsq(plain_a, plain_b, rcond)
    if np.size(sums):
        away = np.reshape(b - a @ x, (np.shape(b)[0], -1))
        sums = _with_data(np.real(np.sum(away * conj(away), axis=0)), sums)
    return x, sums, rank, _with_data(np.linalg.svd(a, compute_uv=False), s)


def _with_data(x: Any, data: Any) -> Any:
    """The Value `x` with NumPy's own data, of which it is a rounding away."""
    return x + (data - x.data) if type(x) is Value else data


def _slogdet_packed(x: Any) -> Any:
    return np.stack(np.linalg.slogdet(x), axis=-1)


def _slogdet_rule(g: Any, y: Any, x: Any) -> Any:
    """log det turns the sign by its imaginary part, and moves the logarithm by its real part."""
    total = np.real(g[..., 1])
    if is_complex(y):
        total = total + 1j * np.imag(g[..., 0] * y[..., 0])
    return _per_matrix(total) * transposed(np.linalg.inv(x))


slogdet_ = primitive(
    _slogdet_packed, "log det", _slogdet_rule, name="slogdet", calls=square(), domain=invertible
)


@composed(np.linalg.slogdet, calls=square(), domain=invertible)
def slogdet(a: Any) -> Any:
    """The sign of the determinant, and the logarithm of its size."""
    packed = slogdet_(a)
    log = packed[..., 1]
    return result_of(np.linalg.slogdet)(packed[..., 0], real_part(log))


# -- products and powers of matrices --------------------------------------------------------------


@composed(np.linalg.matrix_power, calls=square(n=[-2, 0, 1, 3, 4]), domain=invertible)
def matrix_power(a: Any, n: int) -> Any:
    """The product of n equal factors; of inverses, where n is negative."""
    n = operator.index(n)
    if n == 0:
        return np.broadcast_to(np.eye(np.shape(a)[-1], dtype=a.dtype), np.shape(a)) + 0.0 * a
    if n < 0:
        a, n = np.linalg.inv(a), -n
    if n == 3:
        return (a @ a) @ a
    result = None
    while n:  # n in binary: a, a², a⁴, …
        if n % 2:
            result = a if result is None else result @ a
        n //= 2
        a = a @ a if n else a
    return result


def _chain(arrays: Sequence[Any]) -> Any:
    return arrays[0] if len(arrays) == 1 else np.linalg.multi_dot(arrays)


def _multi_dot_part(i: int, g: Any, arrays: tuple[Any, ...]) -> Any:
    """Y = L X R, so the gradient of X is Lᵀ G Rᵀ."""
    if np.ndim(arrays[0]) == 1:
        g = np.expand_dims(g, 0)
    if np.ndim(arrays[-1]) == 1:
        g = np.expand_dims(g, 1)
    if i > 0:
        left = _chain(arrays[:i])
        g = (np.expand_dims(left, 1) if np.ndim(left) == 1 else transposed(left)) @ g
    if i < len(arrays) - 1:
        right = _chain(arrays[i + 1 :])
        g = g @ (np.expand_dims(right, 0) if np.ndim(right) == 1 else transposed(right))
    return np.reshape(g, np.shape(arrays[i]))


multi_dot_ = primitive(
    lambda *arrays: np.linalg.multi_dot(arrays),
    "@ @",
    Variadic(lambda g, y, *arrays: lambda i: _multi_dot_part(i, g, arrays)),
    name="multi_dot",
    calls=lambda random: (
        random.choice([((3,), (3, 2), (2,)), ((1, 2), (2, 3), (3, 1), (1, 2))]),
        {},
    ),
)


@composed(
    np.linalg.multi_dot,
    calls=lambda random: (((1, 2), (2, 3), (3, 2)), {}),
    arrange=as_a_list,
)
def multi_dot(arrays: Any) -> Any:
    """The product of several matrices, in the order that costs least."""
    return multi_dot_(*arrays)


_four_by_two_by_two = Domain("an invertible map", lambda a: a / 12 + np.eye(4).reshape(4, 2, 2))


@composed(
    np.linalg.tensorinv, calls=lambda random: (((4, 2, 2),), {"ind": 1}), domain=_four_by_two_by_two
)
def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse of an array as a matrix of its first `ind` axes by the others."""
    first, others = np.shape(a)[:ind], np.shape(a)[ind:]
    matrix = np.reshape(a, (int(np.prod(first)), -1))
    return np.reshape(np.linalg.inv(matrix), (*others, *first))


@composed(
    np.linalg.tensorsolve,
    calls=lambda random: (((4, 2, 2), (4,)), {}),
    domain=(_four_by_two_by_two, real),
)
def tensorsolve(a: Any, b: Any) -> Any:
    """x of a · x = b, summed over the axes of x."""
    shape = np.shape(a)[np.ndim(b) :]
    matrix = np.reshape(a, (np.size(b), -1))
    return np.reshape(np.linalg.solve(matrix, np.ravel(b)), shape)
