"""A function that moves elements is declared in one line, and its rule finds the way back."""

import inspect

import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.derivatives._calls import of
from tinygrad_xor.derivatives.moving import moves
from tinygrad_xor.engine import TABLE
from tinygrad_xor.engine.sampling import distinct, real
from tinygrad_xor.engine.table import BY_FUNCTION
from tinygrad_xor.testing import check_gradients

X = np.array([[3.0, -1.0, 2.0], [0.5, 4.0, -2.0]])
CALLS = of(least=1, smallest=1, step=[1, 2])


@pytest.mark.parametrize("mode", "constant edge reflect symmetric wrap".split())
def test_arrays_are_padded_in_every_mode(mode):
    check_gradients(lambda v: np.pad(v, ((1, 0), (2, 3)), mode), np.vstack([X, X - 1]), order=1)


@pytest.mark.parametrize("mode", "mean median maximum minimum".split())
@pytest.mark.parametrize("length", [1, 2, 9, ((1, 2), (3, 1))])
def test_arrays_are_padded_by_what_is_computed_of_their_first_and_last_elements(mode, length):
    result = np.pad(Value(X), 2, mode, stat_length=length)
    assert np.array_equal(result.data, np.pad(X, 2, mode, stat_length=length))
    check_gradients(
        lambda v: np.pad(v, 2, mode, stat_length=length), X + np.array([[0], [0.125]]), order=1
    )


@pytest.mark.parametrize("mode", "mean median maximum minimum linear_ramp".split())
def test_arrays_are_padded_by_what_is_computed_of_them(mode):
    for widths in (2, (0, 1), ((1, 0), (2, 3))):
        result, expected = np.pad(Value(X), widths, mode), np.pad(X, widths, mode)
        assert np.array_equal(result.data, expected)
        check_gradients(
            lambda v, w=widths: np.pad(v, w, mode), X + np.array([[0], [0.125]]), order=1
        )
    assert np.pad(Value(X.astype(np.float32)), 1, mode).dtype == np.float32


def test_ramps_end_where_they_are_told_and_frames_have_their_numbers():
    ends = ((1.0, 2.0), (-1.0, 0.0))
    ramp = np.pad(Value(X), 2, "linear_ramp", end_values=ends)
    assert np.array_equal(ramp.data, np.pad(X, 2, "linear_ramp", end_values=ends))
    frame = np.pad(Value(X), 1, constant_values=ends)
    assert np.array_equal(frame.data, np.pad(X, 1, constant_values=ends))


def test_windows_slide_over_every_axis():
    windows = np.lib.stride_tricks.sliding_window_view
    for shape, axis in ((2, 0), ((2, 2), None), ((2,), (1,))):
        expected = windows(X, shape, axis)
        assert np.array_equal(windows(Value(X), shape, axis).data, expected)
        check_gradients(lambda v, s=shape, a=axis: windows(v, s, a), X, order=1)


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_arrays_are_sorted_along_every_axis(axis):
    for order in (np.sort, lambda v, axis: np.partition(v, 1, axis)):
        result = order(Value(X), axis=axis)
        assert result.data.tolist() == order(X, axis=axis).tolist()
        check_gradients(lambda v, order=order: order(v, axis=axis), X, order=1)


def every(a, start=0, *, step=1, out=None):
    return a.ravel()[start::step]


def sorted_from(a, start=0, *, step=1):
    return np.sort(a, axis=None)[start::step]


@pytest.fixture
def declare():
    """Declare functions for one test."""
    declared = []

    def entry(function, *args, **how):
        declared.append(function)
        moves(function, *args, **how)
        return TABLE[function.__name__]

    yield entry
    for function in declared:
        del TABLE[function.__name__], BY_FUNCTION[function]


def test_where_elements_go_is_found_by_moving_their_numbers(declare):
    entry = declare(every, "½", CALLS)
    assert (entry.symbol, entry.calls, entry.domains) == ("½", CALLS, (real,))
    assert BY_FUNCTION[every] is entry
    for args, how in (((1,), {"step": 2}), ((), {"step": 3}), ((4,), {}), ((), {})):
        result = entry(Value(X), *args, **how)
        assert result.data.tolist() == every(X, *args, **how).tolist()
        check_gradients(lambda v, args=args, how=how: entry(v, *args, **how), X, order=2)


def test_places_may_depend_on_the_elements(declare):
    def came_from(a, start=0, *, step=1):
        return 1 + np.argsort(a, axis=None)[start::step]

    entry = declare(sorted_from, "◺", CALLS, places=came_from, domain=distinct)
    assert entry.domains == (distinct,)
    for args, how in (((1,), {"step": 2}), ((), {})):
        check_gradients(lambda v, args=args, how=how: entry(v, *args, **how), X)


def test_a_rule_has_the_parameters_of_its_function_by_name(declare):
    rule = declare(every, "½", CALLS).rules[0]
    assert str(inspect.signature(rule)) == "(g, y, x, /, start=0, *, step=1)"
