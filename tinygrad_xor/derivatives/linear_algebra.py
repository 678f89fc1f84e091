"""Inverses, determinants and decompositions of matrices, and of stacks of matrices.

The formulas for real matrices are those of Giles, "An extended collection of matrix derivative
results" (2008), and Townsend, "Differentiating the Singular Value Decomposition" (2016). They
are written with gradients that point uphill; `uphill` takes this engine's convention for complex
numbers there and back, so that they hold for complex matrices too.
"""

import functools
import itertools
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_xor.derivatives._calls import rectangular, solvable, square
from tinygrad_xor.derivatives.complex_numbers import conj, is_complex
from tinygrad_xor.engine import Each, Value, composed, primitive
from tinygrad_xor.engine.composition import as_a_list
from tinygrad_xor.engine.domains import Domain, invertible, real, symmetric

Rule = Callable[..., Any]


def _t(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


def _h(x: Any) -> Any:
    return _t(conj(x))


def _diagonal_matrix(d: Any) -> Any:
    return np.expand_dims(d, -1) * np.eye(np.shape(d)[-1])


def _hermitian(x: Any) -> Any:
    return (x + _h(x)) / 2


def _symmetrized(x: Any) -> Any:
    """The mean of both triangles of a plain matrix that is symmetric, but for rounding."""
    difference = np.max(np.abs(x - _h(x)), initial=0.0)
    if difference > 1e-3 * np.max(np.abs(x), initial=0.0):
        raise np.linalg.LinAlgError(
            f"the matrix is not symmetric: its triangles differ by {difference:.3g}. Pass "
            "(a + a.T) / 2, or np.tril(a) + np.tril(a, -1).T to read the lower one"
        )
    return _hermitian(x)


def uphill(rule: Rule) -> Rule:
    """A rule that is written for gradients ∂L/∂x + i ∂L/∂y, as one for ∂L/∂x − i ∂L/∂y."""
    return lambda g, *args, **params: conj(rule(conj(g), *args, **params))


# -- inverses and determinants --------------------------------------------------------------------


def _inverse_rule(g: Any, y: Any, x: Any) -> Any:
    return -_t(y) @ g @ _t(y)


inv = primitive(np.linalg.inv, "A⁻¹", _inverse_rule, calls=square(), domain=invertible)


def _solve_right(g: Any, z: Any, a: Any, b: Any) -> Any:
    if np.ndim(b) == 1:  # one vector for every matrix of a stack
        return np.squeeze(np.linalg.solve(_t(a), np.expand_dims(g, -1)), -1)
    return np.linalg.solve(_t(a), g)


def _solve_left(g: Any, z: Any, a: Any, b: Any) -> Any:
    right = _solve_right(g, z, a, b)
    if np.ndim(b) == 1:
        return -np.expand_dims(right, -1) * np.expand_dims(z, -2)
    return -right @ _t(z)


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
        return _per_matrix(np.linalg.det(x)) * _t(np.linalg.inv(x))
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
    return -_h(y) @ g @ _h(y) + lost_left @ _h(g) @ y @ _h(y) + _h(y) @ y @ _h(g) @ lost_right


pinv = primitive(np.linalg.pinv, "A⁺", uphill(_pinv_rule), calls=rectangular(), domain=invertible)


def _lower_half(x: Any) -> Any:
    """The lower triangle, with half of the diagonal."""
    return np.tril(x) * (1 - np.eye(np.shape(x)[-1]) / 2)


def _cholesky_rule(g: Any, y: Any, x: Any, upper: bool = False) -> Any:
    """Murray, "Differentiation of the Cholesky decomposition" (2016), equation 10."""
    if upper:
        g, y = _h(g), _h(y)
    half = np.linalg.solve(_h(y), _lower_half(_h(y) @ g))
    return _hermitian(_h(np.linalg.solve(_h(y), _h(half))))


# Functions of a symmetric matrix read one triangle of it. Here they are functions of the mean of
# both, as in JAX: the gradient is symmetric, and right for every move that keeps the matrix so.
cholesky_ = primitive(
    lambda x, upper=False: np.linalg.cholesky(_symmetrized(x), upper=upper),
    "Cholesky",
    uphill(_cholesky_rule),
    name="cholesky",
    calls=square(),
    domain=symmetric,
)


@composed(np.linalg.cholesky, calls=square(upper=[False, True]), domain=symmetric, real_only=True)
def cholesky(a: Any, *, upper: bool = False) -> Any:
    """The lower triangular L of A = L Lᴴ."""
    return cholesky_(a, upper=upper)


# -- decompositions -------------------------------------------------------------------------------
#
# A primitive has one output. Those of a decomposition all have a column for each singular value or
# eigenvalue, so they are packed below each other into one array, and sliced out of it again.


def _pack(*parts: Any) -> Any:
    return np.concatenate(parts, axis=-2)


def _unpack(packed: Any, *rows: int) -> list[Any]:
    cuts = [sum(rows[:i]) for i in range(len(rows) + 1)]
    return [packed[..., a:b, :] for a, b in itertools.pairwise(cuts)]


@functools.cache
def _result_of(function: Callable[..., Any]) -> Any:
    """The named tuple that NumPy's function returns."""
    return type(function(np.eye(1)))


def _over_gaps(x: Any, s: Any) -> Any:
    """Each x_ij divided by s_j - s_i, 0 on the diagonal.

    Where two are equal, vectors have no derivative; if none is asked for, x is 0, and so is this.
    """
    gaps = np.expand_dims(s, -2) - np.expand_dims(s, -1)
    nothing = np.eye(np.shape(s)[-1], dtype=bool)
    if type(x) is not Value:
        nothing = nothing | ((gaps == 0) & (x == 0))
    return np.where(nothing, 0.0, x / np.where(nothing, 1.0, gaps))


def _eigh_packed(x: Any, UPLO: Any = "L") -> Any:  # noqa: N803 (NumPy's name)
    w, v = np.linalg.eigh(_symmetrized(x), UPLO)
    return _pack(w[..., None, :], v)


def _eigh_rule(g: Any, y: Any, x: Any, UPLO: Any = "L") -> Any:  # noqa: N803
    n = np.shape(x)[-1]
    (gw, gv), (w, v) = _unpack(g, 1, n), _unpack(y, 1, n)
    w = np.real(w[..., 0, :])
    inner = _diagonal_matrix(np.real(gw[..., 0, :])) + _over_gaps(_h(v) @ gv, w)
    return _hermitian(v @ inner @ _h(v))


eigh_ = primitive(
    _eigh_packed,
    "eigh",
    uphill(_eigh_rule),
    name="eigh",
    calls=square(),
    domain=symmetric,
)


@composed(np.linalg.eigh, calls=square(UPLO=["L", "U"]), domain=symmetric, real_only=True)
def eigh(a: Any, UPLO: str = "L") -> Any:  # noqa: N803 (NumPy's name)
    """Eigenvalues in ascending order, and eigenvectors in columns, of symmetric matrices."""
    w, v = _unpack(eigh_(a, UPLO=UPLO), 1, np.shape(a)[-1])
    return _result_of(np.linalg.eigh)(np.real(w[..., 0, :]) if is_complex(w) else w[..., 0, :], v)


def _eigvalsh_rule(g: Any, y: Any, x: Any, UPLO: Any = "L") -> Any:  # noqa: N803
    v = np.linalg.eigh(_hermitian(x), UPLO)[1]
    return v @ _diagonal_matrix(g) @ _h(v)


eigvalsh_ = primitive(
    lambda x, UPLO="L": np.linalg.eigvalsh(_symmetrized(x), UPLO),  # noqa: N803
    "eigvalsh",
    uphill(_eigvalsh_rule),
    name="eigvalsh",
    calls=square(),
    domain=symmetric,
)


@composed(np.linalg.eigvalsh, calls=square(UPLO=["L", "U"]), domain=symmetric, real_only=True)
def eigvalsh(a: Any, UPLO: str = "L") -> Any:  # noqa: N803 (NumPy's name)
    """Eigenvalues of symmetric matrices, in ascending order."""
    return eigvalsh_(a, UPLO=UPLO)


def _eig_packed(x: Any) -> Any:
    w, v = np.linalg.eig(x)
    return _pack(w[..., None, :], v)


def _eig_rule(g: Any, y: Any, x: Any) -> Any:
    """Eigenvectors are of length 1, with their largest component real, as LAPACK gives them.

    Of a gradient, what would change the length or that phase is taken out; the rest is holomorphic
    (Giles 2008, section 3.1).
    """
    n = np.shape(x)[-1]
    (gw, gv), (w, v) = _unpack(g, 1, n), _unpack(y, 1, n)
    along = np.sum(gv * v, axis=-2, keepdims=True)
    gv = gv - np.real(along) * conj(v)
    if is_complex(v):
        largest = np.arange(n)[:, None] == np.argmax(np.abs(v), axis=-2)[..., None, :]
        gv = gv - 1j * np.imag(along) / np.where(largest, v, 1.0) * largest
    inner = _diagonal_matrix(gw[..., 0, :]) + _over_gaps(_t(v) @ gv, w[..., 0, :])
    return np.linalg.solve(_t(v), inner) @ _t(v)


eig_ = primitive(_eig_packed, "eig", _eig_rule, name="eig", calls=square(), domain=invertible)


@composed(np.linalg.eig, calls=square(), domain=invertible)
def eig(a: Any) -> Any:
    """Eigenvalues, and eigenvectors in columns."""
    w, v = _unpack(eig_(a), 1, np.shape(a)[-1])
    return _result_of(np.linalg.eig)(w[..., 0, :], v)


def _eigvals_rule(g: Any, y: Any, x: Any) -> Any:
    v = np.linalg.eig(x)[1]
    return np.linalg.solve(_t(v), _diagonal_matrix(g)) @ _t(v)


eigvals = primitive(np.linalg.eigvals, "eigvals", _eigvals_rule, calls=square(), domain=invertible)


def _svd_packed(x: Any) -> Any:
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return _pack(u, s[..., None, :], _t(vh))


def _svd_rule(g: Any, y: Any, x: Any) -> Any:
    """Townsend (2016), with the complex term of Wan and Zhang, arXiv:1909.02659."""
    m, n = np.shape(x)[-2:]
    (gu, gs, gv), (u, s, v) = _unpack(g, m, 1, n), _unpack(y, m, 1, n)
    s, gs = np.real(s), np.real(gs)  # (..., 1, k)
    v, gv = conj(v), conj(gv)  # packed was the transpose of Vᴴ
    of_u, of_v = _h(u) @ gu, _h(v) @ gv
    squares = s[..., 0, :] ** 2
    inner = _over_gaps(of_u - _h(of_u), squares) * s
    inner = inner + _t(s) * _over_gaps(of_v - _h(of_v), squares)
    inner = inner + _diagonal_matrix(gs[..., 0, :])
    if is_complex(x):
        turn = np.imag(np.sum(conj(u) * gu, axis=-2)) / s[..., 0, :]
        inner = inner + _diagonal_matrix(1j * turn)
    result = u @ inner @ _h(v)
    k = min(m, n)
    if m > k:  # what of gu is not in the space of U
        result = result + (gu - u @ of_u) / s @ _h(v)
    if n > k:
        result = result + u @ (_h(gv - v @ of_v) / _t(s))
    return result


svd_ = primitive(
    _svd_packed,
    "SVD",
    uphill(_svd_rule),
    name="svd",
    calls=rectangular(),
    domain=invertible,
)


@composed(
    np.linalg.svd, calls=rectangular(full_matrices=[False]), domain=invertible, real_only=True
)
def svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    """A = U diag(s) Vᴴ: singular vectors in the columns of U and the rows of Vᴴ."""
    if hermitian:
        raise TypeError("np.linalg.svd of a Value does not take hermitian=True: leave it out")
    if not compute_uv:
        return svdvals_(a)
    m, n = np.shape(a)[-2:]
    if full_matrices and m != n:
        raise ValueError(
            f"svd of matrices of shape {(m, n)}: the singular vectors beyond the first "
            f"{min(m, n)} have no derivative; pass full_matrices=False"
        )
    u, s, v = _unpack(svd_(a), m, 1, n)
    s = s[..., 0, :]
    return _result_of(np.linalg.svd)(u, np.real(s) if is_complex(s) else s, _t(v))


def _svdvals_rule(g: Any, y: Any, x: Any) -> Any:
    u, _, vh = np.linalg.svd(x, full_matrices=False)
    return (u * np.expand_dims(g, -2)) @ vh


svdvals_ = primitive(
    lambda x: np.linalg.svd(x, compute_uv=False),
    "svdvals",
    uphill(_svdvals_rule),
    name="svdvals",
    calls=rectangular(),
    domain=invertible,
)


@composed(np.linalg.svdvals, calls=rectangular(), domain=invertible)
def svdvals(x: Any) -> Any:
    """Singular values, largest first."""
    return svdvals_(x)


def _qr_packed(x: Any) -> Any:
    q, r = np.linalg.qr(x)
    return _pack(q, _t(r))


def _qr_rule(g: Any, y: Any, x: Any) -> Any:
    """Roberts and Roberts, "QR and LQ decomposition matrix backpropagation" (2020)."""
    m, n = np.shape(x)[-2:]
    (gq, gr), (q, r) = _unpack(g, m, n), _unpack(y, m, n)
    gr, r = _t(gr), _t(r)  # packed was the transpose
    k = min(m, n)
    if n > m:  # A = [X Y] = Q [U V], so that V = Qᴴ Y
        gu, gv, u = gr[..., :k], gr[..., k:], r[..., :k]
        rest = x[..., k:]
        square_part = _square_qr_rule(gq + rest @ _h(gv), gu, q, u)
        return np.concatenate([square_part, q @ gv], axis=-1)
    return _square_qr_rule(gq, gr, q, r)


def _square_qr_rule(gq: Any, gr: Any, q: Any, r: Any) -> Any:
    upper = np.triu(gr @ _h(r) - _h(q) @ gq)
    eye = np.eye(np.shape(r)[-1])
    mirrored = (upper + _h(upper)) * (1 - eye / 2)
    return _h(np.linalg.solve(r, _h(gq + q @ mirrored)))


qr_ = primitive(
    _qr_packed,
    "QR",
    uphill(_qr_rule),
    name="qr",
    calls=rectangular(),
    domain=invertible,
)


@composed(np.linalg.qr, calls=rectangular(mode=["reduced", "r"]), domain=invertible, real_only=True)
def qr(a: Any, mode: str = "reduced") -> Any:
    """A = Q R, with orthonormal columns in Q, and R upper triangular."""
    m, n = np.shape(a)[-2:]
    if mode not in ("reduced", "r") and not (mode == "complete" and m <= n):
        raise ValueError(f"qr of a Value has the modes 'reduced' and 'r', not {mode!r}")
    q, r = _unpack(qr_(a), m, n)
    return _t(r) if mode == "r" else _result_of(np.linalg.qr)(q, _t(r))


def _slogdet_packed(x: Any) -> Any:
    return np.stack(np.linalg.slogdet(x), axis=-1)


def _slogdet_rule(g: Any, y: Any, x: Any) -> Any:
    """log det turns the sign by its imaginary part, and moves the logarithm by its real part."""
    total = np.real(g[..., 1])
    if is_complex(y):
        total = total + 1j * np.imag(g[..., 0] * y[..., 0])
    return _per_matrix(total) * _t(np.linalg.inv(x))


slogdet_ = primitive(
    _slogdet_packed, "log det", _slogdet_rule, name="slogdet", calls=square(), domain=invertible
)


@composed(np.linalg.slogdet, calls=square(), domain=invertible)
def slogdet(a: Any) -> Any:
    """The sign of the determinant, and the logarithm of its size."""
    packed = slogdet_(a)
    log = packed[..., 1]
    return _result_of(np.linalg.slogdet)(packed[..., 0], np.real(log) if is_complex(log) else log)


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


def _multi_dot_rule(i: int, g: Any, z: Any, *arrays: Any) -> Any:
    """Y = L X R, so the gradient of X is Lᵀ G Rᵀ."""
    if np.ndim(arrays[0]) == 1:
        g = np.expand_dims(g, 0)
    if np.ndim(arrays[-1]) == 1:
        g = np.expand_dims(g, -1)
    if i > 0:
        left = _chain(arrays[:i])
        g = (np.expand_dims(left, -1) if np.ndim(left) == 1 else _t(left)) @ g
    if i < len(arrays) - 1:
        right = _chain(arrays[i + 1 :])
        g = g @ (np.expand_dims(right, 0) if np.ndim(right) == 1 else _t(right))
    return np.reshape(g, np.shape(arrays[i]))


multi_dot_ = primitive(
    lambda *arrays: np.linalg.multi_dot(arrays),
    "@ @",
    Each(_multi_dot_rule),
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
