"""Arrays as sampled functions: spacings, points, ends and modes of every kind."""

import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.testing import check_gradients

X = np.sin(np.arange(1.0, 13.0) ** 2).reshape(3, 4)
POINTS = np.array([-1.0, -0.25, 1.0, 3.5])
HEIGHTS = np.array([2.0, -1.0, 0.5, 4.0])


def check(call, *arrays):
    """NumPy's very numbers, and right gradients."""
    result, expected = call(*map(Value, arrays)), np.asarray(call(*arrays))
    assert result.dtype == expected.dtype
    assert np.array_equal(result.data, expected)
    if expected.size:
        check_gradients(call, *arrays, order=1, modes=("reverse",), directions=3)


def test_gradients_have_one_spacing_for_all_axes_or_one_for_each():
    for i in (0, 1):
        check(lambda v, i=i: np.gradient(v, 0.5)[i], X)
        check(lambda v, i=i: np.gradient(v, 0.5, 2.0)[i], X)
    check(lambda v: np.gradient(v, 0.5, axis=-2), X)


@pytest.mark.parametrize("edge_order", [1, 2])
def test_gradients_are_between_coordinates_too(edge_order):
    check(lambda v: np.gradient(v, POINTS, axis=1, edge_order=edge_order), X)
    check(lambda v: np.gradient(v, POINTS[:3], 2.0, edge_order=edge_order)[0], X)
    check(lambda v: np.gradient(v, [0.0, 0.5, 1.0, 1.5], axis=1, edge_order=edge_order), X)
    check(lambda v: np.gradient(v, 0.25, axis=0, edge_order=edge_order), X)
    check_gradients(lambda v, x: np.gradient(v, x, axis=1, edge_order=edge_order), X, POINTS)
    as_rows = np.gradient(Value(X.astype(np.float32)), 0.5, axis=0, edge_order=edge_order)
    assert as_rows.dtype == np.float32


@pytest.mark.parametrize("axis", [0, -1])
def test_differences_may_begin_and_end_with_further_elements(axis):
    edge = X[:, :1] if axis == -1 else X[:1]
    for more in ({"prepend": 0.5}, {"append": edge}, {"prepend": edge, "append": 2.0, "n": 2}):
        check(lambda v, more=more: np.diff(v, axis=axis, **more), X)
    check(lambda v, w: np.diff(v, axis=axis, prepend=w), X, edge)
    assert np.diff(Value(X), 0, axis, prepend=0.0).shape == X.shape


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_integrals_are_over_even_or_given_points(axis):
    check(lambda v: np.trapezoid(v, axis=axis), X)
    check(lambda v: np.trapezoid(v, dx=0.5, axis=axis), X)
    check(lambda v, x: np.trapezoid(v, x, axis=axis), X, POINTS[: X.shape[axis]])
    check(lambda v, x: np.trapezoid(v, x, axis=axis), X, np.cumsum(X**2, axis=axis))


@pytest.mark.parametrize("num", [0, 1, 2, 7, 50])
def test_evenly_spaced_numbers_are_numpys(num):
    start, stop = np.array([0.1, 2.0]), np.array([1.3, -0.7])
    for endpoint in (True, False):
        check(lambda a, b, e=endpoint: np.linspace(a, b, num, e), start, stop)
        check(lambda a, b, e=endpoint: np.linspace(a, b, num, e, axis=-1), start, stop[:1])
        check(lambda a, b, e=endpoint: np.logspace(a, b, num, e, 2.0, axis=1), start, stop)
    single = start.astype(np.float32)
    for end in (3, 3.0, single, [3.0, 4.0], np.float32(3.0), np.float64(3.0)):
        result = np.linspace(Value(single), end, num)
        assert result.dtype == np.linspace(single, end, num).dtype
        assert np.array_equal(result.data, np.linspace(single, end, num))


def test_evenly_spaced_numbers_have_numpys_defaults_and_may_stand_still():
    start, stop = np.array([0.1, 2.0]), np.array([1.3, 2.0])
    check(np.linspace, start, stop)
    check(np.logspace, start, stop)
    check(lambda a, b: np.linspace(a, b, 7), start, stop)


@pytest.mark.parametrize("lengths", [(4, 2), (2, 4), (3, 3), (1, 3)], ids=str)
def test_correlations_slide_the_shorter_array_or_the_longer_one(lengths):
    a, v = (X.ravel()[:n] for n in lengths)
    check(np.correlate, a, v)
    for mode in ("full", "same", "valid"):
        check(lambda a, v, mode=mode: np.correlate(a, v, mode), a, v)


def test_lines_are_read_between_at_and_beyond_the_points():
    between = np.array([-0.9, -0.3, 0.2, 0.9, 1.1, 3.0])
    check(lambda x, fp: np.interp(x, POINTS, fp), between, HEIGHTS)
    check(lambda xp, fp: np.interp(between, xp, fp), POINTS, HEIGHTS)
    check(lambda fp: np.interp(np.r_[POINTS, -2.0, 4.0, 9.0], POINTS, fp), HEIGHTS)
    check(lambda fp: np.interp(POINTS, POINTS, fp, left=-7.0, right=8.0), HEIGHTS)
    beyond = np.array([-3.0, 0.0, 5.0])
    check(lambda fp: np.interp(beyond, POINTS, fp, left=-7.0, right=8.0), HEIGHTS)
    check(lambda fp: np.interp(beyond, [0.5], fp), np.array([3.0]))
    check(lambda fp: np.interp(beyond, [0.5], fp, -7.0, 8.0), np.array([3.0]))


def test_at_a_point_the_slope_is_that_of_the_line_that_begins_there():
    x = Value(POINTS[1:3])
    np.interp(x, POINTS, HEIGHTS).sum().backward()
    assert np.allclose(x.grad, (np.diff(HEIGHTS) / np.diff(POINTS))[1:3])


def test_jumps_of_half_a_period_are_taken_out():
    angles = np.array([[0.1, 3.2, 6.5, 13.3], [1.4, -2.9, 0.6, 4.0]])
    check(np.unwrap, angles)
    check(lambda v: np.unwrap(v, axis=0), angles)
    check(lambda v: np.unwrap(v, 4.0), angles)
    check(lambda v: np.unwrap(v, period=2.0), angles)
