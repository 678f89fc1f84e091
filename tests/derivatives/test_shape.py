"""The same numbers in another shape: every default, number of arrays and order of axes."""

import numpy as np
import pytest

from tinygrad_xor import Value, grad, jvp
from tinygrad_xor.testing import check_gradients

A = np.sin(np.arange(1.0, 25.0) ** 2).reshape(2, 3, 4)
ROW = A[0, 0]


def check(call, *arrays):
    """NumPy's very numbers, and right gradients."""
    result, expected = call(*map(Value, arrays)), np.asarray(call(*arrays))
    assert result.dtype == expected.dtype
    assert np.array_equal(result.data, expected)
    check_gradients(call, *arrays, order=1, modes=("reverse",), directions=2)


@pytest.mark.parametrize("axis", [-3, -1, 0, 1, 2])
def test_an_axis_is_rolled_before_another(axis):
    check(lambda v: np.rollaxis(v, axis), A)
    for start in (-2, 0, 1, 2, 3):
        check(lambda v, start=start: np.rollaxis(v, axis, start), A)


@pytest.mark.parametrize("function", [np.atleast_1d, np.atleast_2d, np.atleast_3d])
def test_axes_are_added_where_there_are_too_few(function):
    for array in (A[0, 0, 0], ROW, A[0], A, A[None]):
        check(function, array)
    for result, array in zip(function(Value(ROW), Value(A)), (ROW, A), strict=True):
        assert np.array_equal(result.data, function(array))


def test_arrays_are_filled_with_one_number():
    check(lambda v: np.full_like(A, 2.0) * v, A)
    check(np.full_like, A, A[1, 1, 1])
    check(lambda a, x: np.full_like(a, x, shape=(2, 5)), A, A[1, 1, 1])
    check(np.full_like, A, ROW)
    v = Value(A)
    for how in ({}, {"shape": (5,)}, {"dtype": np.float32}, {"dtype": int}):
        plain = np.full_like(v, 2.5, **how)
        expected = np.full_like(A, 2.5, **how)
        assert np.array_equal(plain, expected)
        assert plain.dtype == expected.dtype
        if how.get("dtype") is not int:
            filled = np.full_like(v, Value(2.5), **how)
            assert np.array_equal(filled.data, expected)
            assert filled.dtype == expected.dtype
    single = Value(np.ones(2, np.float32))
    assert np.full_like(single, 2.5).dtype == np.full_like(single, Value(2.5)).dtype == np.float32


@pytest.mark.parametrize("indexing", ["xy", "ij"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_grids_have_an_axis_for_each_array(indexing, count):
    arrays = [ROW, A[1, :, 0], A[:, 1, 1]][:count]
    for sparse in (False, True):
        for i in range(count):
            check(
                lambda *xi, i=i, s=sparse: np.meshgrid(*xi, indexing=indexing, sparse=s)[i], *arrays
            )
    check(lambda *xi: np.meshgrid(*xi)[-1], *arrays)


def test_a_dtype_is_changed_by_name():
    for dtype in (np.float32, np.complex128):
        assert np.astype(Value(A), dtype).dtype == dtype
    v = Value(A.astype(np.float32))
    assert np.astype(v, np.float64).dtype == np.float64
    for dtype in (int, bool, object):
        with pytest.raises(TypeError, match="would have no gradient"):
            v.astype(dtype)


def test_an_index_that_takes_a_number_as_it_is_has_forward_mode_and_second_order():
    assert jvp(lambda v: (v * v)[()], (3.0,), (1.0,)) == (9.0, 6.0)
    assert grad(grad(lambda v: (v * v)[()]))(3.0) == 2.0
    assert jvp(lambda v: (v * v)[None], (3.0,), (1.0,))[1].tolist() == [6.0]
