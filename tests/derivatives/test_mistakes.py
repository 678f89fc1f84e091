"""Mistakes in calls of NumPy's functions: the whole message, for a reader has only that."""

import numpy as np
import pytest

from tinygrad_xor import Value

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])

MESSAGES = [
    (
        lambda v: np.ravel(v, order="K"),
        "order='K' depends on how an array lies in memory, which a Value does not say: "
        "name 'C' (rows first) or 'F' (columns first)",
    ),
    (
        lambda v: v.astype(int),
        "a Value of dtype int64 would have no gradient: take the plain numbers, v.data.astype(...)",
    ),
    (
        lambda v: np.pad(v, 1, "empty"),
        "np.pad of a Value has the modes constant, edge, reflect, symmetric, wrap, mean, median, "
        "maximum, minimum and linear_ramp, not 'empty'",
    ),
    (
        lambda v: np.linalg.norm(v[None], axis=(0, 1, 2)),
        "a norm is of one axis or two, not of (0, 1, 2) of shape (1, 2, 3)",
    ),
    (
        lambda v: np.linalg.norm(v, 3),
        "matrices have norms of order 1, -1, 2, -2, inf, -inf, 'fro' and 'nuc', not 3",
    ),
    (
        lambda v: np.fft.hfft(v, norm="unitary"),
        "norm='unitary': it is 'backward', 'ortho' or 'forward'",
    ),
    (
        lambda v: np.fft.fftn(v, s=(2,), axes=(0, 1)),
        "a transform over 2 axes needs as many lengths, not 1",
    ),
    (
        lambda v: np.average(v, axis=0, weights=[1.0, 2.0, 3.0]),
        "average() of shape (2, 3) over axis 0 does not fit weights of shape (3,)",
    ),
    (
        lambda v: np.average(v, axis=0, weights=[1.0, -1.0]),
        "the weights sum to zero, so there is no average",
    ),
    (lambda v: np.vsplit(v[0], 1), "vsplit needs an array of 2 axes or more, not (3,)"),
    (lambda v: np.hsplit(v[0, 0], 1), "hsplit needs an array of 1 axes or more, not ()"),
    (lambda v: np.dsplit(v, 1), "dsplit needs an array of 3 axes or more, not (2, 3)"),
    (
        lambda v: np.split(v, 2, axis=1),
        "axis 1 of shape (2, 3) does not split into 2 equal parts: use np.array_split",
    ),
    (lambda v: np.array_split(v, 0), "the number of parts must be 1 or more, not 0"),
    (
        lambda v: np.insert(v, [0, 1], 1.0, axis=0),
        "np.insert of Values takes one integer place, not [0, 1]",
    ),
    (
        lambda v: np.insert(v, 9, 1.0, axis=0),
        "there is no place 9 along axis 0 of shape (2, 3)",
    ),
    (
        lambda v: np.gradient(v[:1]),
        "gradient() needs two elements along axis 0 of shape (1, 3)",
    ),
    (
        lambda v: np.gradient(v, edge_order=3),
        "gradient() has edges of order 1 and 2, not 3",
    ),
    (
        lambda v: np.gradient(v, [0.0, 1.0], axis=1),
        "gradient() takes a spacing, or as many coordinates as there are elements: 3, not of "
        "shape (2,)",
    ),
    (lambda v: np.gradient(v, 1.0, 2.0, 3.0), "gradient() over 2 axes got 3 spacings"),
    (
        lambda v: np.interp(0.5, [0.0, 1.0], v[0]),
        "interp() needs a height for each point: 2 points, 3",
    ),
    (np.cumulative_sum, "name the axis of an array of shape (2, 3) to go along"),
    (lambda v: np.einsum(v, [0, 52]), "einsum numbers axes from 0 to 51, not 52"),
    (lambda v: np.einsum(v, [0, -1]), "einsum numbers axes from 0 to 51, not -1"),
    (
        lambda v: np.einsum("ij,jk->ik", v),
        "einsum('ij,jk->ik') names 2 arrays, and was given 1",
    ),
    (
        lambda v: np.einsum("ijk->i", v),
        "einsum: 'ijk' does not fit an array of shape (2, 3)",
    ),
    (
        lambda v: np.einsum("i->i", v),
        "einsum: 'i' does not fit an array of shape (2, 3)",
    ),
    (
        lambda v: np.einsum("...ijk->...", v),
        "einsum: '...ijk' does not fit an array of shape (2, 3)",
    ),
    (lambda v: np.einsum("......i->i", v), "einsum: '......i' has more than one ellipsis"),
    (
        lambda v: np.einsum("...i->i", v),
        "einsum('...i->i'): the output needs the ellipsis of the inputs",
    ),
    (
        lambda v: np.tensordot(v, X, axes=1),
        "tensordot of shapes (2, 3) and (2, 3) over axes (1,) and (0,): their lengths [3] and "
        "[2] differ",
    ),
    (
        lambda v: np.cross(v.T, X.T),
        "cross cannot take shapes (3, 2) and (3, 2): cross() needs vectors of length 3, not of 2 "
        "and 2. Reshape or transpose an input.",
    ),
    (lambda v: np.linalg.outer(v, X), "outer() needs two vectors, not (2, 3) and (2, 3)"),
    (lambda v: np.linalg.outer(v[0], X), "outer() needs two vectors, not (3,) and (2, 3)"),
    (
        np.linalg.svd,
        "svd of matrices of shape (2, 3): the singular vectors beyond the first 2 have no "
        "derivative; pass full_matrices=False",
    ),
    (
        lambda v: np.linalg.svd(v, hermitian=True),
        "np.linalg.svd of a Value does not take hermitian=True: leave it out",
    ),
    (
        lambda v: np.linalg.qr(v.T, mode="complete"),
        "qr of a Value has the modes 'reduced' and 'r', not 'complete'",
    ),
    (
        lambda v: np.linalg.qr(v, mode="raw"),
        "qr of a Value has the modes 'reduced' and 'r', not 'raw'",
    ),
    (
        lambda v: np.select([X > 0], [v, v]),
        "select() needs a choice for each condition: 1 conditions, 2 choices",
    ),
    (
        lambda v: np.choose([0, 1, 2], [v[0], v[1]]),
        "choose() got an index outside of its 2 choices: [0 1 2]",
    ),
]


@pytest.mark.parametrize(
    ("call", "message"), MESSAGES, ids=[m.partition(":")[0] for _, m in MESSAGES]
)
def test_the_message_is_whole(call, message):
    with pytest.raises((TypeError, ValueError, IndexError, ZeroDivisionError)) as error:
        call(Value(X))
    assert str(error.value) == message
