"""Matrices taken apart: Cholesky, eigenvectors, singular values, QR.

Beside the sources of `_matrices`: Townsend, "Differentiating the Singular Value Decomposition"
(2016). Where eigenvalues or singular values are equal, vectors have no derivative.

A primitive has one output. Those of a decomposition all have a column for each singular value or
eigenvalue, so they are packed below each other into one array, and sliced out of it again.
"""

from typing import Any

import numpy as np

from tinygrad_xor.derivatives._calls import rectangular, square
from tinygrad_xor.derivatives._matrices import (
    adjoint,
    diagonal_matrix,
    hermitian,
    lower_half,
    over_gaps,
    pack,
    result_of,
    symmetrized,
    transposed,
    unpack,
    uphill,
)
from tinygrad_xor.derivatives.complex_numbers import conj, real_part
from tinygrad_xor.engine import composed, primitive
from tinygrad_xor.engine.foreign import is_complex
from tinygrad_xor.engine.sampling import invertible, symmetric


def _cholesky_rule(g: Any, y: Any, x: Any, upper: bool = False) -> Any:
    """Murray, "Differentiation of the Cholesky decomposition" (2016), equation 10."""
    if upper:
        g, y = adjoint(g), adjoint(y)
    half = np.linalg.solve(adjoint(y), lower_half(adjoint(y) @ g))
    return hermitian(adjoint(np.linalg.solve(adjoint(y), adjoint(half))))


# Functions of a symmetric matrix read one triangle of it. Here they are functions of the mean of
# both, as in JAX: the gradient is symmetric, and right for every move that keeps the matrix so.
cholesky_ = primitive(
    lambda x, upper=False: np.linalg.cholesky(symmetrized(x), upper=upper),
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


def _eigh_packed(x: Any, UPLO: Any) -> Any:  # noqa: N803 (NumPy's name)
    w, v = np.linalg.eigh(symmetrized(x), UPLO)
    return pack(w[..., None, :], v)


def _eigh_rule(g: Any, y: Any, x: Any, UPLO: Any) -> Any:  # noqa: N803
    """Vectors of equal eigenvalues have no derivative: nan, but 0 where none is asked for."""
    n = np.shape(x)[-1]
    (gw, gv), (w, v) = unpack(g, 1, n), unpack(y, 1, n)
    w = np.real(w[..., 0, :])
    inner = diagonal_matrix(np.real(gw[..., 0, :])) + over_gaps(adjoint(v) @ gv, w, gv)
    return hermitian(v @ inner @ adjoint(v))


eigh_ = primitive(
    _eigh_packed,
    "eigh",
    uphill(_eigh_rule),
    name="eigh",
    calls=square(UPLO=["L", "U"]),
    domain=symmetric,
)


@composed(np.linalg.eigh, calls=square(UPLO=["L", "U"]), domain=symmetric, real_only=True)
def eigh(a: Any, UPLO: str = "L") -> Any:  # noqa: N803 (NumPy's name)
    """Eigenvalues in ascending order, and eigenvectors in columns, of symmetric matrices."""
    w, v = unpack(eigh_(a, UPLO=UPLO), 1, np.shape(a)[-1])
    return result_of(np.linalg.eigh)(real_part(w[..., 0, :]), v)


def _eigvalsh_rule(g: Any, y: Any, x: Any, UPLO: Any) -> Any:  # noqa: N803
    v = np.linalg.eigh(hermitian(x))[1]
    return v @ diagonal_matrix(g) @ adjoint(v)


eigvalsh_ = primitive(
    lambda x, UPLO: np.linalg.eigvalsh(symmetrized(x), UPLO),  # noqa: N803
    "eigvalsh",
    uphill(_eigvalsh_rule),
    name="eigvalsh",
    calls=square(UPLO=["L", "U"]),
    domain=symmetric,
)


@composed(np.linalg.eigvalsh, calls=square(UPLO=["L", "U"]), domain=symmetric, real_only=True)
def eigvalsh(a: Any, UPLO: str = "L") -> Any:  # noqa: N803 (NumPy's name)
    """Eigenvalues of symmetric matrices, in ascending order."""
    return eigvalsh_(a, UPLO=UPLO)


def _eig_packed(x: Any) -> Any:
    w, v = np.linalg.eig(x)
    return pack(w[..., None, :], v)


def _eig_rule(g: Any, y: Any, x: Any) -> Any:
    """Eigenvectors are of length 1, with their largest component real, as LAPACK gives them.

    Of a gradient, what would change the length or that phase is taken out; the rest is holomorphic
    (Giles 2008, section 3.1).
    """
    n = np.shape(x)[-1]
    (gw, gv), (w, v) = unpack(g, 1, n), unpack(y, 1, n)
    along = np.sum(gv * v, axis=-2, keepdims=True)
    gv = gv - np.real(along) * conj(v)
    if is_complex(v):
        largest = np.arange(n)[:, None] == np.argmax(np.abs(v), axis=-2)[..., None, :]
        gv = gv - 1j * np.imag(along) / np.where(largest, v, 1.0) * largest
    inner = diagonal_matrix(gw[..., 0, :]) + over_gaps(transposed(v) @ gv, w[..., 0, :], gv)
    return np.linalg.solve(transposed(v), inner) @ transposed(v)


eig_ = primitive(_eig_packed, "eig", _eig_rule, name="eig", calls=square(), domain=invertible)


@composed(np.linalg.eig, calls=square(), domain=invertible)
def eig(a: Any) -> Any:
    """Eigenvalues, and eigenvectors in columns."""
    w, v = unpack(eig_(a), 1, np.shape(a)[-1])
    return result_of(np.linalg.eig)(w[..., 0, :], v)


def _eigvals_rule(g: Any, y: Any, x: Any) -> Any:
    v = np.linalg.eig(x)[1]
    return np.linalg.solve(transposed(v), diagonal_matrix(g)) @ transposed(v)


eigvals = primitive(np.linalg.eigvals, "eigvals", _eigvals_rule, calls=square(), domain=invertible)


def _svd_packed(x: Any) -> Any:
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return pack(u, s[..., None, :], transposed(vh))


def _svd_rule(g: Any, y: Any, x: Any) -> Any:
    """Townsend (2016), with the complex term of Wan and Zhang, arXiv:1909.02659.

    Vectors of equal singular values have no derivative: nan, but 0 where none is asked for.
    """
    m, n = np.shape(x)[-2:]
    (gu, gs, gv), (u, s, v) = unpack(g, m, 1, n), unpack(y, m, 1, n)
    s, gs = np.real(s), np.real(gs)  # (..., 1, k)
    v, gv = conj(v), conj(gv)  # packed was the transpose of Vᴴ
    of_u, of_v = adjoint(u) @ gu, adjoint(v) @ gv
    squares = s[..., 0, :] ** 2
    inner = over_gaps(of_u - adjoint(of_u), squares, gu, gv) * s
    inner = inner + transposed(s) * over_gaps(of_v - adjoint(of_v), squares, gu, gv)
    inner = inner + diagonal_matrix(gs[..., 0, :])
    if is_complex(x):
        turn = np.imag(np.sum(conj(u) * gu, axis=-2)) / s[..., 0, :]
        inner = inner + diagonal_matrix(1j * turn)
    result = u @ inner @ adjoint(v)
    k = min(m, n)
    if m > k:  # what of gu is not in the space of U
        result = result + (gu - u @ of_u) / s @ adjoint(v)
    if n > k:
        result = result + u @ (adjoint(gv - v @ of_v) / transposed(s))
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
    u, s, v = unpack(svd_(a), m, 1, n)
    s = s[..., 0, :]
    return result_of(np.linalg.svd)(u, real_part(s), transposed(v))


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


def _polar_factor(x: Any) -> Any:
    u, _, vh = np.linalg.svd(x, full_matrices=False)
    return u @ vh


def _polar_rule(g: Any, y: Any, x: Any) -> Any:
    """X = Q S with a symmetric S: the polar decomposition (Higham, "Functions of Matrices", ch. 8).

    Singular values are added, not subtracted, so equal ones do no harm; 0 has no derivative.
    """
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    inner = adjoint(u) @ g @ adjoint(vh)
    sums = np.expand_dims(s, -1) + np.expand_dims(s, -2)
    result = u @ ((inner - adjoint(inner)) / sums) @ vh
    over = adjoint(vh) / np.expand_dims(s, -2)  # V / s
    result = result + (g - u @ (adjoint(u) @ g)) @ over @ vh
    return result + u / np.expand_dims(s, -2) @ (adjoint(u) @ (g - g @ adjoint(vh) @ vh))


#: U Vᴴ of the singular vectors: the derivative of the sum of singular values.
polar_factor = primitive(
    _polar_factor,
    "UVᴴ",
    uphill(_polar_rule),
    name="polar_factor",
    calls=rectangular(),
    domain=invertible,
)


def _nuclear_rule(g: Any, y: Any, x: Any) -> Any:
    return np.reshape(g, (*np.shape(g), 1, 1)) * polar_factor(x)


nuclear_norm = primitive(
    lambda x: np.sum(np.linalg.svd(x, compute_uv=False), axis=-1),
    "Σσ",
    uphill(_nuclear_rule),
    name="nuclear_norm",
    calls=rectangular(),
    domain=invertible,
)


def _qr_packed(x: Any) -> Any:
    q, r = np.linalg.qr(x)
    return pack(q, transposed(r))


def _qr_rule(g: Any, y: Any, x: Any) -> Any:
    """Roberts and Roberts, "QR and LQ decomposition matrix backpropagation" (2020)."""
    m, n = np.shape(x)[-2:]
    (gq, gr), (q, r) = unpack(g, m, n), unpack(y, m, n)
    gr, r = transposed(gr), transposed(r)  # packed was the transpose
    k = min(m, n)
    if n > m:  # A = [X Y] = Q [U V], so that V = Qᴴ Y
        gu, gv, u = gr[..., :k], gr[..., k:], r[..., :k]
        rest = x[..., k:]
        square_part = _square_qr_rule(gq + rest @ adjoint(gv), gu, q, u)
        return np.concatenate([square_part, q @ gv], axis=-1)
    return _square_qr_rule(gq, gr, q, r)


def _square_qr_rule(gq: Any, gr: Any, q: Any, r: Any) -> Any:
    upper = np.triu(gr @ adjoint(r) - adjoint(q) @ gq)
    eye = np.eye(np.shape(r)[-1])
    mirrored = (upper + adjoint(upper)) * (1 - eye / 2)
    return adjoint(np.linalg.solve(r, adjoint(gq + q @ mirrored)))


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
    q, r = unpack(qr_(a), m, n)
    return transposed(r) if mode == "r" else result_of(np.linalg.qr)(q, transposed(r))
