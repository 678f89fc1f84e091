"""Reductions over every choice of axes, products with zeros among their factors, and edges."""

import math
import sys
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value, grad, hessian
from tinygrad_xor.derivatives import products
from tinygrad_xor.derivatives._axes import dense
from tinygrad_xor.engine import TABLE, cotangents
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


@pytest.mark.parametrize(
    ("factors", "slopes"),
    [
        ([1e-200, 1e-200, 1e300], [1e100, 1e100, 0.0]),
        ([1e200, 1e200, 1e-300], [1e-100, 1e-100, np.inf]),
        ([0.0, 2.0, 3.0], [6.0, 0.0, 0.0]),
        ([0.0, 0.0, 3.0], [0.0, 0.0, 0.0]),
        ([], []),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:overflow")
def test_the_slopes_of_a_product_are_products_and_not_quotients(factors, slopes):
    for axis in (None, 0):
        g = grad(lambda v, axis=axis: np.prod(v, axis=axis))(np.array(factors))
        np.testing.assert_allclose(g, slopes, rtol=1e-15)
    last = grad(lambda v: np.sum(np.cumprod(v)[-1:]))(np.array(factors))
    np.testing.assert_allclose(last, slopes, rtol=1e-15)


def exact_slopes(factors, weights):
    """Of each x the sum over k of wₖ times all factors up to k but x, in exact fractions."""
    exact = [*map(Fraction, factors)]
    sums = [
        sum(
            Fraction(weights[k]) * math.prod(exact[j] for j in range(k + 1) if j != i)
            for k in range(i, len(exact))
        )
        for i in range(len(exact))
    ]
    return [float(s) if s < Fraction(sys.float_info.max) else np.inf for s in sums]


@given(
    st.lists(
        st.one_of(st.just(0.0), st.integers(-308, 308).map(lambda k: 1.5 * 10.0**k)), min_size=1
    ),
    st.randoms(use_true_random=False),
)
def test_products_have_their_slopes_however_large_or_small_they_are_in_between(factors, random):
    weights = [random.choice([0.0, 1.0, 1e-300, 2e200]) for _ in factors]
    with np.errstate(all="ignore"):
        running = grad(lambda v: np.sum(np.cumprod(v) * weights))(np.array(factors))
        whole = grad(np.prod)(np.array(factors))
    last = [0.0] * (len(factors) - 1) + [1.0]
    for found, expected in (
        (running, exact_slopes(factors, weights)),
        (whole, exact_slopes(factors, last)),
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-305)


@pytest.mark.parametrize("function", [np.prod, lambda v: np.sum(np.cumprod(v))])
def test_a_zero_among_many_factors_costs_memory_in_proportion_to_their_number(function):
    factors = np.where(np.arange(4000) == 1000, 0.0, 1.0)
    tracemalloc.start()
    try:
        grad(function)(factors)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4000 * 8 * 100  # a table of 4000 x 4000 would be 40 times as much


@pytest.mark.parametrize("zeros", [(), (1,), (0, 3)], ids=str)
def test_second_derivatives_of_products_are_the_products_of_all_but_two(zeros):
    x = np.array([2.0, -1.5, 3.0, 0.5])
    x[list(zeros)] = 0.0
    expected = [
        [0.0 if i == j else np.prod(np.delete(x, [i, j])) for j in range(4)] for i in range(4)
    ]
    np.testing.assert_allclose(hessian(np.prod)(x), expected, rtol=1e-15)
    np.testing.assert_allclose(hessian(lambda v: np.cumprod(v)[3])(x), expected, rtol=1e-15)
    np.testing.assert_allclose(
        hessian(lambda v: np.sum(np.cumprod(v)))(x),
        hessian(lambda v: v[0] + v[0] * v[1] + v[0] * v[1] * v[2] + np.prod(v))(x),
        rtol=1e-15,
    )


# -- running sums and products -----------------------------------------------------------------


@pytest.mark.parametrize("function", [np.cumulative_sum, np.cumulative_prod])
def test_running_sums_and_products_may_begin_with_those_of_nothing(function):
    check(function, X[0, :, 0])
    check(lambda v: function(v, include_initial=True), X[0, :, 0])
    check(lambda v: function(v, axis=1, include_initial=True), X)
    single = Value(np.ones(2, np.float32))
    assert function(single, include_initial=True).dtype == np.float32


# -- extremes ----------------------------------------------------------------------------------


def test_equal_extremes_share_the_gradient():
    assert grad(np.max)(np.array([2.0, 1.0, 2.0])).tolist() == [0.5, 0.0, 0.5]
    assert grad(np.min)(np.array([1.0, 1.0, 2.0])).tolist() == [0.5, 0.5, 0.0]
    rows = np.array([[1.0, 1.0], [0.0, 3.0]])
    assert grad(lambda v: np.sum(np.max(v, axis=1)))(rows).tolist() == [[0.5, 0.5], [0.0, 1.0]]


@pytest.mark.parametrize("extreme", [np.max, np.min])
def test_the_gradient_of_an_extreme_that_is_nan_is_nan(extreme):
    for data in ([1.0, np.nan], [2.0, np.nan, np.nan]):
        assert np.isnan(grad(extreme)(np.array(data))).all()
    rows = np.array([[1.0, np.nan], [1.0, 2.0]])
    g = grad(lambda v: np.sum(extreme(v, axis=1)))(rows)
    assert np.isnan(g).tolist() == [[True, True], [False, False]]
    known = np.array([False, True])
    hidden = grad(lambda v: np.sum(np.where(known, extreme(v, axis=1), 0.0)))(rows)
    assert hidden.tolist() == [[0.0, 0.0], [0.0, 1.0] if extreme is np.max else [1.0, 0.0]]


def test_logsumexp_is_stable_in_each_row_and_keeps_other_axes_of_length_1():
    logsumexp = TABLE["logsumexp"]
    rows = np.array([[1000.0, 1000.0], [-1000.0, -1000.0]])
    assert np.allclose(logsumexp(Value(rows), axis=1).data, rows[:, 0] + np.log(2))
    assert logsumexp(Value(np.ones((1, 3))), axis=1).shape == (1,)
    nothing = np.array([-np.inf, -np.inf])
    assert grad(logsumexp)(nothing).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("x", "slopes"),
    [
        ([np.inf, 0.0], [1.0, 0.0]),
        ([np.inf, np.inf], [0.5, 0.5]),
        ([-np.inf, 0.0], [0.0, 1.0]),
        ([-np.inf, -np.inf], [0.0, 0.0]),
    ],
    ids=str,
)
def test_infinite_terms_of_logarithms_of_sums_share_the_slope(x, slopes):
    assert grad(TABLE["logsumexp"])(np.array(x)).tolist() == slopes
    for function in (np.logaddexp, np.logaddexp2):
        with np.errstate(invalid="ignore"):  # NumPy's own, for inf - inf
            assert list(grad(function, (0, 1))(*x)) == slopes


@pytest.mark.parametrize(("dtype", "large"), [(np.float32, 1e4), (np.float64, 1e16)])
def test_the_slopes_of_logarithms_of_sums_do_not_lose_accuracy_with_the_size_of_the_terms(
    dtype, large
):
    x = np.array([large, large + 2.0], dtype)
    exact = 1 / (1 + np.exp(-np.subtract(x, x[::-1], dtype=float)))
    one_ulp = float(np.finfo(dtype).eps)
    for function in (TABLE["logsumexp"], lambda v: np.logaddexp(v[0], v[1])):
        np.testing.assert_allclose(grad(function)(x), exact, rtol=3 * one_ulp)
    exact2 = 1 / (1 + np.exp2(-np.subtract(x, x[::-1], dtype=float)))
    by2 = grad(lambda v: np.logaddexp2(v[0], v[1]))(x)
    np.testing.assert_allclose(by2, exact2, rtol=3 * one_ulp)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_running_extremes_go_along_every_axis(axis):
    for name, function in (("cummax", np.maximum), ("cummin", np.minimum)):
        v = Value(X)
        result = TABLE[name](v, axis=axis)
        assert np.array_equal(result.data, function.accumulate(X, axis=axis))
        check_gradients(lambda v, n=name: TABLE[n](v, axis=axis), X)


def test_equal_running_extremes_share_the_gradient_of_each_place():
    x, g = np.array([1.0, 1.0, 0.0, 1.0, 2.0, 2.0]), np.array([1.0, 2.0, 4.0, 6.0, 10.0, 20.0])
    v = Value(x)
    TABLE["cummax"](v).backward(g)
    assert v.grad.tolist() == [1 + 1 + 2 + 2, 1 + 2 + 2, 0.0, 2.0, 10 + 10, 10.0]
    v = Value([1.0, np.nan, 3.0])
    TABLE["cummax"](v)[0].backward()
    assert v.grad[0] == 1.0


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


def test_the_slopes_of_means_of_more_halves_than_they_can_count_are_not_0():
    for call in (np.mean, lambda v: np.mean(np.reshape(v, (1, -1)), axis=1)[0]):
        g = grad(call)(np.ones(70_000, np.float16))
        assert g.dtype == np.float16
        np.testing.assert_allclose(g.astype(float), 1 / 70_000, rtol=0, atol=3e-8)


@pytest.mark.parametrize("reduce", [np.sum, np.mean])
@pytest.mark.parametrize("axis", [None, 0])
def test_a_gradient_that_is_spread_to_many_elements_takes_no_memory_for_each(reduce, axis):
    x = Value(np.arange(40_000.0).reshape(200, 200))
    y = x * 2.0
    total = reduce(y, axis=axis)
    spread = cotangents({total: np.ones(total.shape)[()]})[y]
    assert 0 in spread.strides
    total.backward(np.ones(total.shape))
    assert x.grad.flags.writeable
    assert 0 not in x.grad.strides
    assert np.all(x.grad == 2.0 * spread)


def test_a_product_of_matrices_gets_it_with_a_place_for_each_element(monkeypatch):
    densified = []
    monkeypatch.setattr(products, "dense", lambda g: densified.append(g.strides) or dense(g))
    x, w = Value(np.ones((300, 20))), Value(np.ones((20, 100)))
    (x @ w).sum().backward()
    assert densified == [(0, 0), (0, 0)]
    assert np.all(x.grad == 100.0)
    assert dense(np.broadcast_to(1.0, (3, 2))).flags.c_contiguous
