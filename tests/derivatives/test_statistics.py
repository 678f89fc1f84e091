"""Averages, covariances, and what ignores NaN, with every parameter."""

import functools
import random

import numpy as np
import pytest

from tinygrad_xor import Value, grad
from tinygrad_xor.engine import TABLE
from tinygrad_xor.testing import check_gradients

X = np.sin(np.arange(1.0, 13.0) ** 2).reshape(3, 4)
Y = np.cos(np.arange(8.0) ** 2).reshape(2, 4)
KNOWN = np.array([[True, True, False, True], [False, True, True, True], [True, True, True, False]])


def check(call, *arrays):
    """Of NumPy's shape and numbers, with right gradients."""
    result, expected = call(*map(Value, arrays)), np.asarray(call(*arrays))
    assert result.shape == expected.shape
    assert np.allclose(result.data, expected, rtol=1e-14, equal_nan=True)
    check_gradients(call, *arrays, order=1, modes=("reverse",), directions=3)


@pytest.mark.parametrize("how", [{}, {"axis": 0}, {"axis": 1, "keepdims": True}], ids=str)
def test_averages_may_return_the_sum_of_the_weights(how):
    check(lambda v: np.average(v, **how), X)
    check(lambda v, w: np.average(v, weights=w, **how), X, X + 2)
    for weights in (None, Value(X + 2)):
        result, total = np.average(Value(X), weights=weights, returned=True, **how)
        plain = None if weights is None else weights.data
        expected = np.average(X, weights=plain, returned=True, **how)
        assert np.allclose(result.data, expected[0])
        assert np.array_equal(getattr(total, "data", total), expected[1])
    assert np.average(Value(X), weights=KNOWN[0], axis=1, returned=True)[1].shape == (3,)


# -- what ignores NaN --------------------------------------------------------------------------


@pytest.mark.parametrize("name", "nansum nanprod nanmean nanvar nanstd".split())
@pytest.mark.parametrize("how", [{}, {"axis": 0}, {"axis": -1, "keepdims": True}], ids=str)
def test_what_is_not_a_number_is_left_out(name, how):
    check(lambda v: getattr(np, name)(np.where(KNOWN, v, np.nan), **how), X)


@pytest.mark.parametrize("how", [{}, {"axis": 0}, {"axis": -1, "keepdims": True}], ids=str)
def test_what_is_not_a_number_is_no_extreme(how):
    data = np.where(KNOWN, X, np.nan)
    for function in (np.nanmax, np.nanmin):
        v = Value(data)
        result, expected = function(v, **how), function(data, **how)
        assert np.array_equal(result.data, expected)
        result.backward(np.ones(np.shape(expected)) * 2.0)
        of_each = function(data, **{**how, "keepdims": True})
        assert np.array_equal(v.grad, 2.0 * (data == of_each))


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_what_is_not_a_number_is_left_out_of_running_sums_and_products(axis):
    for function in (np.nancumsum, np.nancumprod):
        check(lambda v, f=function: f(np.where(KNOWN, v, np.nan), axis=axis), X)


def test_products_of_numbers_begin_with_what_is_named():
    check(lambda v: np.nanprod(np.where(KNOWN, v, np.nan), 1, initial=3.0), X)


@pytest.mark.parametrize("function", [np.nanmean, np.nanvar, np.mean])
def test_more_numbers_than_half_precision_can_count_have_a_mean_and_slopes(function):
    x = np.linspace(0.0, 0.5, 70_000).astype(np.float16)
    result = function(Value(x))
    assert result.data == function(x) > 0
    expected = grad(function)(x.astype(float))
    np.testing.assert_allclose(grad(function)(x), expected, rtol=0.02, atol=2e-7)


def test_variances_lose_degrees_of_freedom():
    for function in (np.nanvar, np.nanstd):
        check(lambda v, f=function: f(np.where(KNOWN, v, np.nan), 1, ddof=1), X)
    check(lambda v: np.nanvar(v, ddof=1.5), X[0, :2])
    one_of_two = np.array([[1.0, np.nan], [1.0, 3.0]])
    assert np.isnan(np.nanvar(Value(one_of_two), axis=1, ddof=1).data).tolist() == [True, False]
    v = Value(one_of_two)
    np.nanvar(v, axis=1, ddof=1)[1].backward()
    assert v.grad.tolist() == [[0.0, 0.0], [-2.0, 2.0]]
    assert grad(np.nanstd)(np.ones(3)).tolist() == [0.0, 0.0, 0.0]


# -- constants, and what is not a number -------------------------------------------------------


@pytest.mark.parametrize("function", [np.std, np.nanstd, np.var, np.nanvar])
def test_the_spread_of_equal_numbers_has_no_slope_also_where_their_mean_rounds(function):
    for data in (np.full(3, 0.1), np.full((2, 3), 0.1), np.full(3, 0.1, np.float32)):
        assert not grad(function)(data).any()
        assert not grad(lambda v: np.sum(function(v, axis=-1)))(data).any()
    missing = np.array([0.1, np.nan, 0.1, 0.1])
    assert not grad(lambda v: np.std(v, where=~np.isnan(missing)))(missing).any()
    assert not grad(np.nanstd)(missing).any()


@pytest.mark.parametrize(
    "function",
    [
        np.median,
        lambda v, **how: np.quantile(v, 0.3, **how),
        lambda v, **how: np.percentile(v, 9, **how),
    ],
)
def test_the_slopes_of_an_order_statistic_that_is_nan_are_nan(function):
    assert np.isnan(grad(function)(np.array([1.0, np.nan, 3.0]))).all()
    rows = np.array([[1.0, np.nan, 3.0], [1.0, 2.0, 3.0]])
    g = grad(lambda v: np.sum(function(v, axis=1)))(rows)
    assert np.isnan(g).all(axis=1).tolist() == [True, False]
    assert np.sum(g[1]) == pytest.approx(1.0)


METHODS = """
    inverted_cdf averaged_inverted_cdf closest_observation interpolated_inverted_cdf hazen weibull
    linear median_unbiased normal_unbiased lower higher midpoint nearest
""".split()


@pytest.mark.parametrize("method", METHODS)
def test_quantiles_are_placed_by_every_method(method):
    for q in (0.0, 0.3, 0.5, 1.0, [[0.15], [0.8]]):
        for axis in (None, 0, 1):
            check(lambda v, q=q, a=axis: np.quantile(v, q, axis=a, method=method), X)
            q_100 = np.multiply(q, 100)
            check(lambda v, q=q_100, a=axis: np.percentile(v, q, axis=a, method=method), X)


@pytest.mark.parametrize("how", [{}, {"axis": 0}, {"axis": -1, "keepdims": True}], ids=str)
def test_what_is_not_a_number_is_no_neighbour_of_a_quantile(how):
    data = np.where(KNOWN, X, np.nan)
    for function in (
        np.nanmedian,
        functools.partial(np.nanquantile, q=[0.2, 0.9]),
        functools.partial(np.nanpercentile, q=35.0),
    ):
        v = Value(data)
        result, expected = function(v, **how), function(data, **how)
        assert np.array_equal(result.data, expected)
        result.backward(np.ones(np.shape(expected)))
        assert not v.grad[~KNOWN].any()
        assert np.sum(v.grad) == pytest.approx(np.size(expected))
        check(lambda v, f=function: f(np.where(KNOWN, v, np.nan), **how), X)


# -- several variables -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "how", [{}, {"bias": True}, {"ddof": 0}, {"ddof": 2}, {"bias": True, "ddof": 1}], ids=str
)
def test_covariances_of_rows_columns_and_more_variables(how):
    check(lambda v: np.cov(v, **how), X)
    check(lambda v: np.cov(v, **how), X[0])
    check(lambda v: np.cov(v, rowvar=False, **how), X.T)
    check(lambda v: np.cov(v, rowvar=False, **how), X[0])
    check(lambda v, w: np.cov(v, w, **how), X, Y)
    check(lambda v, w: np.cov(v, w, **how), X, Y[0])
    check(lambda v, w: np.cov(v, w, rowvar=False, **how), X.T, Y.T)
    check(lambda v, w: np.cov(v, w, rowvar=False, **how), X.T, Y[0])


def test_correlations_of_rows_columns_and_more_variables():
    check(np.corrcoef, X)
    check(lambda v: np.corrcoef(v, rowvar=False), X.T)
    check(np.corrcoef, X, Y)
    check(lambda v, w: np.corrcoef(v, w, rowvar=False), X.T, Y[1])
    assert np.corrcoef(Value(X[0])).data == 1.0


def test_correlations_are_between_minus_1_and_1_also_after_rounding():
    for k in range(1, 30):
        row = np.sin(np.arange(4.0) * k)
        for other in (row * k, row * -k):
            c = np.corrcoef(Value(np.stack([row, other]))).data
            assert np.array_equal(c, np.corrcoef(row, other))
            assert np.all(np.abs(c) <= 1.0)


@pytest.mark.parametrize("name", ["std", "nanstd"])
def test_deviations_are_drawn_where_they_have_a_derivative(name):
    entry = TABLE[name]
    for seed in range(300):
        (shape,), how = entry.calls(random.Random(seed))
        values = np.random.default_rng(seed).normal(size=shape)
        assert np.all(entry.function(values, **how) > 0), (shape, how)
