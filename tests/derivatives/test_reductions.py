"""Reductions over every choice of axes, products with zeros among their factors, and edges."""

import numpy as np
import pytest

from tinygrad_xor import Value, grad
from tinygrad_xor.engine import TABLE
from tinygrad_xor.testing import check_gradients

X = np.sin(np.arange(1.0, 13.0) ** 2).reshape(2, 3, 2)
ZEROS = np.where(np.isin(np.arange(12).reshape(X.shape), (0, 4, 5, 9)), 0.0, X)
MASK = np.arange(12).reshape(X.shape) % 4 != 0
AXES = pytest.mark.parametrize("axis", [None, 0, -1, (0, 2), (2, 0), (1,), ()], ids=str)

REDUCTIONS = {
    "sum": np.sum,
    "mean": np.mean,
    "prod": np.prod,
    "max": np.max,
    "var": np.var,
    "std": np.std,
    "median": np.median,
    "quantiles": lambda v, **how: np.quantile(v, [[0.1], [0.7], [1.0]], **how),
    "percentile": lambda v, **how: np.percentile(v, 15.0, **how),
    "logsumexp": TABLE["logsumexp"],
    "nanmax": np.nanmax,
    "nanvar": np.nanvar,
}


def check(call, *arrays):
    """Of NumPy's shape and numbers, with right gradients."""
    expected = np.asarray(call(*arrays))
    result = call(*map(Value, arrays))
    assert result.shape == expected.shape
    assert np.array_equal(result.data, expected, equal_nan=True)
    check_gradients(call, *arrays, order=1, modes=("reverse",), directions=3)


@AXES
@pytest.mark.parametrize("name", REDUCTIONS)
def test_right_gradients_over_every_choice_of_axes_for(name, axis):
    if axis == () and name in ("std", "median", "quantiles", "percentile"):
        return  # std of one number has a corner; the others do not take it
    check(lambda v: REDUCTIONS[name](v, axis=axis, keepdims=isinstance(axis, tuple)), X)


# -- products with zeros -----------------------------------------------------------------------


@AXES
def test_products_with_zeros_have_right_gradients_over(axis):
    check(lambda v: np.prod(v, axis=axis), ZEROS)
    check(lambda v: np.prod(v, axis, keepdims=True, where=MASK, initial=3.0), ZEROS)
    check(lambda v: np.prod(v, axis, where=~MASK, initial=-0.5), X)


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_running_products_with_zeros_have_right_gradients_over(axis):
    for zeros in (ZEROS, X * (np.arange(12).reshape(X.shape) != 3)):
        check(lambda v: np.cumprod(v, axis=axis), zeros)


def test_the_product_of_a_single_zero_has_the_derivative_1():
    for axis in (None, 0, -1):
        assert grad(lambda v, axis=axis: np.prod(v, axis=axis))(0.0) == 1.0
    assert grad(lambda v: np.cumprod(v, axis=0)[0])(0.0) == 1.0


# -- running sums and products -----------------------------------------------------------------


@pytest.mark.parametrize("function", [np.cumulative_sum, np.cumulative_prod])
def test_running_sums_and_products_may_begin_with_those_of_nothing(function):
    check(function, X[0, :, 0])
    check(lambda v: function(v, include_initial=True), X[0, :, 0])
    check(lambda v: function(v, axis=1, include_initial=True), X)
    single = Value(np.ones(2, np.float32))
    assert function(single, include_initial=True).dtype == np.float32


# -- extremes ----------------------------------------------------------------------------------


def test_equal_extremes_share_the_gradient_and_nan_is_one():
    assert grad(np.max)(np.array([2.0, 1.0, 2.0])).tolist() == [0.5, 0.0, 0.5]
    assert grad(np.min)(np.array([1.0, 1.0, 2.0])).tolist() == [0.5, 0.5, 0.0]
    assert grad(np.max)(np.array([2.0, np.nan, np.nan])).tolist() == [0.0, 0.5, 0.5]
    rows = np.array([[1.0, 1.0], [0.0, 3.0]])
    assert grad(lambda v: np.sum(np.max(v, axis=1)))(rows).tolist() == [[0.5, 0.5], [0.0, 1.0]]


def test_logsumexp_is_stable_in_each_row_and_keeps_other_axes_of_length_1():
    logsumexp = TABLE["logsumexp"]
    rows = np.array([[1000.0, 1000.0], [-1000.0, -1000.0]])
    assert np.allclose(logsumexp(Value(rows), axis=1).data, rows[:, 0] + np.log(2))
    assert logsumexp(Value(np.ones((1, 3))), axis=1).shape == (1,)
    nothing = np.array([-np.inf, -np.inf])
    assert grad(logsumexp)(nothing).tolist() == [0.0, 0.0]


# -- means of numbers, and of halves -----------------------------------------------------------


def test_the_mean_of_a_number_has_numpys_axes_and_parameters():
    for axis in (None, 0, -1, ()):
        assert Value(2.5).mean(axis=axis).data == 2.5
    for axis in (1, -2):
        with pytest.raises(ValueError, match="is out of bounds"):
            Value(2.5).mean(axis=axis)
    with pytest.warns(RuntimeWarning, match="Mean of empty slice"), np.errstate(invalid="ignore"):
        assert np.isnan(np.mean(Value(2.5), where=False).data)


def test_the_mean_of_halves_does_not_overflow_where_their_sum_does():
    v = Value(np.full(3000, 30.0, np.float16))
    assert v.mean().data == 30.0
    assert v.mean().dtype == np.float16
