"""einsum in all of NumPy's forms, and what else multiplies arrays."""

import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.testing import check_gradients

A = np.arange(24.0).reshape(2, 3, 4) / 10
B = np.arange(12.0).reshape(4, 3) / 10 - 0.5
M = np.arange(9.0).reshape(3, 3) / 10


@pytest.mark.parametrize(
    ("arguments", "places"),
    [
        (("ijk,kl->ijl", A, B), (1, 2)),
        (("Xj,jk", M, M), (1, 2)),
        (("ijk,kl", A, B), (1, 2)),  # the output left to NumPy
        (("...k,kl->...l", A, B), (1, 2)),
        (("...jk,kj", A, B), (1, 2)),
        (("...,...", A, A), (1, 2)),
        (("ij...->...ji", A), (1,)),
        (("ii", M), (1,)),
        (("ii->i", M), (1,)),
        (("iij,jk->k", np.stack([M] * 3), M), (1, 2)),
        ((" i j , j k -> i k ", M, M), (1, 2)),
        (("ij,ij,ij->", M, M, M), (1, 2, 3)),
        ((A, [0, 1, 2], B, [2, 3], [0, 3]), (0, 2)),
        ((A, [0, 1, 2], B, [2, 3]), (0, 2)),
        ((A, [..., 2], B, [2, 3], [..., 3]), (0, 2)),
        (("ij,jk->ik", np.ones((1, 3)), M), (1, 2)),
        (("ij,ij->ij", np.ones((1, 3)), M), (1, 2)),  # a length of 1 broadcasts
        (("...ij,...jk->...ik", A[:, :, :3], M), (1, 2)),
    ],
    ids=lambda case: str(case[0]) if isinstance(case[0], str) else None,
)
@pytest.mark.parametrize("optimize", [False, True])
def test_every_form_of_einsum_has_numpys_result_and_right_gradients(arguments, places, optimize):
    expected = np.einsum(*arguments, optimize=optimize)
    values = [Value(x) if i in places else x for i, x in enumerate(arguments)]

    def compute(*operands):
        given = iter(operands)
        full = [next(given) if i in places else x for i, x in enumerate(arguments)]
        return np.einsum(*full, optimize=optimize)

    assert np.array_equal(np.einsum(*values, optimize=optimize).data, expected)
    check_gradients(compute, *[np.asarray(arguments[i], float) for i in places], order=1)


def test_einsum_with_the_same_value_twice_adds_both_gradients():
    check_gradients(lambda v: np.einsum("ij,jk->ik", v, v), M)


def test_mistakes_in_subscripts_are_named_with_the_shapes():
    with pytest.raises(ValueError, match="names 2 arrays, and was given 1"):
        np.einsum("ij,jk->ik", Value(M))
    with pytest.raises(ValueError, match=r"'ijk' does not fit an array of shape \(3, 3\)"):
        np.einsum("ijk->i", Value(M))
    for place in (-1, 52):
        with pytest.raises(ValueError, match=f"^einsum numbers axes from 0 to 51, not {place}$"):
            np.einsum(Value(M), [0, place])
    with pytest.raises(ValueError, match=r"lengths \[3\] and \[4\] differ"):
        np.tensordot(Value(M), B, axes=1)
    with pytest.raises(ValueError, match="vectors of length 3, not of 4"):
        np.cross(Value(np.ones(4)), np.ones(3))


@pytest.mark.parametrize("left", [(), (3,), (2, 3), (1, 2, 3)])
@pytest.mark.parametrize("right", [(), (3,), (3, 2), (1, 3, 2)])
def test_dot_takes_numbers_vectors_and_stacks_with_values_on_either_side(left, right):
    x, y = np.cos(np.ones(left).cumsum().reshape(left)), np.full(right, -2.0)
    for a, b in ((Value(x), y), (x, Value(y)), (Value(x), Value(y))):
        assert np.array_equal(np.dot(a, b).data, np.dot(x, y))
    check_gradients(np.dot, x, y, order=1)
    check_gradients(lambda a: np.dot(a, y), x, order=1)
    check_gradients(lambda b: np.dot(x, b), y, order=1)


def check(call, *arrays):
    """NumPy's numbers, and right gradients."""
    result, expected = call(*map(Value, arrays)), np.asarray(call(*arrays))
    assert result.shape == expected.shape
    assert np.allclose(result.data, expected, rtol=1e-14)
    check_gradients(call, *arrays, order=1, modes=("reverse",), directions=3)


def test_outer_products_are_of_all_elements():
    check(np.outer, M[:2], B)
    check(np.linalg.outer, M[0], B[0])


def test_inner_products_are_over_the_last_axes():
    check(np.inner, A, B.T)
    check(np.inner, A, A[::-1])
    check(np.inner, M[0], M[1])
    check(np.vdot, A, -A)
    for axis in (-1, 1, 0):
        check(lambda x, y, axis=axis: np.vecdot(x, y, axis=axis), A, A[::-1] + 1)
    check(np.vecdot, A[:1, :1], A[0, 0])


@pytest.mark.parametrize("axes", [0, 1, 2, ([0, -1], [2, 1]), (1, 2), ([], [])], ids=str)
def test_axes_to_sum_over_are_counted_or_named(axes):
    check(lambda a, b: np.tensordot(a, b, axes), A[:, :2, :2], A[::-1, :2, :2])
    check(np.tensordot, A, np.stack([B.T, -B.T], -1))


def test_over_no_elements_the_sum_is_zero():
    a, b = np.ones((2, 0), np.float32), np.ones((0, 3))
    for left, right in (
        (Value(a), b),
        (a, Value(b)),
        (Value(a), b.astype(np.float32)),
        (Value(a.astype(float)), b.astype(np.float32)),
    ):
        result = np.asarray(np.tensordot(left, right, 1))
        assert result.tolist() == [[0.0] * 3] * 2
        assert result.dtype == np.result_type(left, right)
    assert np.tensordot(Value(np.ones((0, 2))), B[:2], 1).shape == (0, 3)


@pytest.mark.parametrize(
    "shapes", [((2, 3), (3, 2)), ((2,), (2, 3, 1)), ((2, 1, 2), (3,))], ids=str
)
def test_kronecker_products_of_unlike_ranks(shapes):
    a, b = (np.cos(np.arange(1.0, 1 + np.prod(s))).reshape(s) for s in shapes)
    check(np.kron, a, b)


def test_vectors_of_cross_products_are_along_any_axis():
    a, b = A[..., :3], M[:2][:, None] + A[:, :1, :3]
    check(np.cross, a, b)
    check(lambda a, b: np.cross(a, b, axis=1), A, A[::-1] - 1)
    check(lambda a, b: np.cross(a, b, axisa=1, axisb=0, axisc=1), A[:, :, 0], M[:, :2] - 1)
