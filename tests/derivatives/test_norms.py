"""Norms of every order, over every choice of axes."""

import numpy as np
import pytest

from tinygrad_xor import Value, grad, hessian, hvp
from tinygrad_xor.testing import check_gradients

A = np.sin(np.arange(1.0, 13.0) ** 2).reshape(2, 3, 2)
INF = np.inf


def check(call, array):
    """Of NumPy's shape and numbers, with right gradients."""
    result, expected = call(Value(array)), np.asarray(call(array))
    assert result.shape == expected.shape
    assert np.allclose(result.data, expected, rtol=1e-14)
    check_gradients(call, array, order=1, modes=("reverse",), directions=3)


@pytest.mark.parametrize("order", [None, 0, 1, 2, 3, 2.5, -1, INF, -INF])
def test_norms_of_vectors(order):
    check(lambda v: np.linalg.norm(v, order), A[0, 0])
    check(lambda v: np.linalg.norm(v, order, axis=1), A)
    check(lambda v: np.linalg.norm(v, order, axis=-3, keepdims=True), A)
    check(lambda v: np.linalg.norm(v, order, axis=(1,)), A)


@pytest.mark.parametrize("order", [1, 2, 3, INF])
def test_norms_of_all_elements_or_of_several_axes(order):
    for axis in (None, (0, 2), (-1, 0)):
        check(lambda v, axis=axis: np.linalg.vector_norm(v, axis=axis, ord=order), A)
        check(lambda v, axis=axis: np.linalg.vector_norm(v, axis=axis, ord=order, keepdims=True), A)


@pytest.mark.parametrize("order", [None, "fro", "nuc", 1, -1, 2, -2, INF, -INF])
def test_norms_of_matrices(order):
    check(lambda v: np.linalg.norm(v, order), A[1])
    for axes in ((0, 1), (2, 0), (-1, -3)):
        check(lambda v, axes=axes: np.linalg.norm(v, order, axes), A)
    check(lambda v: np.linalg.norm(v, order, (2, 0), keepdims=True), A)
    check(lambda v: np.linalg.norm(v, order, (1, 2)), A[:1])


def test_norms_have_numpys_defaults():
    check(np.linalg.norm, A)
    check(lambda v: np.linalg.norm(v, keepdims=True), A)
    check(np.linalg.vector_norm, A)
    for axis in (1, -1):
        check(lambda v, axis=axis: np.linalg.vector_norm(v, axis=axis, ord=3), A)
    check(np.linalg.matrix_norm, A)
    check(lambda v: np.linalg.matrix_norm(v, keepdims=True, ord=1), A)


@pytest.mark.parametrize("order", [None, "fro", "nuc", 1, -1, 2, -2, INF, -INF])
def test_condition_numbers_of_every_order(order):
    a = np.concatenate([A, A[:, :, :1] ** 2], axis=2) + 2 * np.eye(3)
    check(lambda v: np.linalg.cond(v, order), a)


@pytest.mark.parametrize("order", [None, 1, 2, 3, 2.5, INF])
def test_a_zero_beside_other_numbers_has_the_derivative_zero(order):
    g = grad(lambda v: np.linalg.norm(v, order))(np.array([0.0, 3.0, -4.0]))
    assert g[0] == 0.0
    assert np.all(np.isfinite(g))


@pytest.mark.parametrize("order", [0.5, 3, 2.5])
def test_ones_and_zeros_are_numbers_like_others(order):
    check(lambda v: np.linalg.norm(v, order), np.array([1.0, 3.0, -1.0]))
    assert grad(lambda v: np.linalg.norm(v, order))(np.array([0.0, 1.0])).tolist() == [0.0, 1.0]


def test_the_largest_share_the_gradient_of_their_norm():
    matrix = np.array([[1.0, -3.0], [3.0, -2.0]])
    assert grad(lambda v: np.linalg.norm(v, INF))(matrix[:, 1] * [1, 1.5]).tolist() == [-0.5, -0.5]
    of_rows = grad(lambda v: np.sum(np.linalg.norm(v, INF, axis=1)))
    assert of_rows(np.array([[2.0, -2.0], [1.0, 0.5]])).tolist() == [[0.5, -0.5], [1.0, 0.0]]


@pytest.mark.parametrize("layers", [3, 30])
def test_second_derivatives_behind_many_lengths_of_0_take_no_time_that_doubles(layers):
    def f(x):
        for _ in range(layers):
            x = 0.9 * x + np.linalg.norm(0.0 * x)
        return np.sum(x * x)

    slope = 2.0 * 0.9 ** (2 * layers)
    moved = hvp(f, (np.ones(2),), (np.ones(2),))
    np.testing.assert_allclose(moved, [slope, slope], rtol=1e-12)
    np.testing.assert_allclose(hessian(f)(np.ones(2)), slope * np.eye(2), rtol=1e-12)


@pytest.mark.parametrize("size", [1e-140, 1e-160, 1e-200, 1e-300])
def test_the_gradient_of_a_norm_is_right_where_squares_are_too_small_for_floats(size):
    x = np.array([3 * size, -4 * size])
    for f in (np.linalg.norm, lambda x: np.linalg.norm(x.reshape(1, 2), "fro")):
        np.testing.assert_allclose(grad(f)(x), [0.6, -0.8], rtol=1e-14)
    rows = np.array([[3 * size, -4 * size], [0.0, 0.0], [1.0, 0.0]])
    lengths = grad(lambda x: np.sum(np.linalg.norm(x, axis=1)))(rows)
    np.testing.assert_allclose(lengths, [[0.6, -0.8], [0.0, 0.0], [1.0, 0.0]], rtol=1e-14)
    assert grad(np.hypot, argnums=(0, 1))(3 * size, -4 * size) == pytest.approx((0.6, -0.8), 1e-14)


def test_so_is_its_second_derivative():
    wanted = np.array([[0.64, 0.48], [0.48, 0.36]]) / 5e-200
    found = hessian(np.linalg.norm)(np.array([3e-200, -4e-200]))
    np.testing.assert_allclose(found, wanted, rtol=1e-13)
