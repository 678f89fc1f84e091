"""Numerical derivatives: near the true ones, and never further than they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor.testing.numerical import (
    agrees,
    complex_step,
    derivative,
    derivative_beside,
    one_sided,
    quick_derivative,
)

FUNCTIONS = {
    "sin": (np.sin, np.cos),
    "exp": (np.exp, np.exp),
    "fast": (lambda x: np.sin(40 * x), lambda x: 40 * np.cos(40 * x)),
    "large": (lambda x: 1e9 + x**2, lambda x: 2 * x),
    "pole": (lambda x: 1 / (x - 4.01), lambda x: -1 / (x - 4.01) ** 2),
    "root": (lambda x: np.sqrt(x + 4.01), lambda x: 0.5 / np.sqrt(x + 4.01)),
    "cubic": (lambda x: x**3, lambda x: 3 * x**2),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@given(st.floats(-4, 4))
def test_the_error_is_no_larger_than_a_few_of_the_bounds_it_states(name, x):
    f, exact = FUNCTIONS[name]
    with np.errstate(all="ignore"):
        found = derivative(lambda t: f(x + t))
    assert abs(found.value - exact(x)) <= 10 * found.error + 1e-14 * abs(exact(x))


@pytest.mark.parametrize("name", ["sin", "exp", "cubic"])
@given(st.floats(-3, 3))
def test_the_bound_is_useful(name, x):
    f, _ = FUNCTIONS[name]
    assert derivative(lambda t: f(x + t)).error < 1e-11 * (1 + abs(f(x)))


def test_arrays_are_differentiated_element_by_element():
    x = np.array([0.0, 1.0, 2.0])
    found = derivative(lambda t: np.sin(x + t))
    assert np.all(np.abs(found.value - np.cos(x)) <= 10 * found.error)


def test_the_complex_step_is_exact_where_the_function_is_analytic():
    near = derivative(lambda t: np.exp(1 + t))
    exact = complex_step(lambda t: np.exp(1 + t), near)
    assert exact.value == pytest.approx(np.e, rel=1e-15, abs=0)
    assert exact.error < near.error


@pytest.mark.parametrize("f", [lambda t: abs(1 + t), lambda t: np.real(1 + t) ** 2, float])
def test_where_the_function_is_not_analytic_the_complex_step_is_not_believed(f):
    near = derivative(lambda t: np.real(f(t)))
    assert complex_step(f, near).value == near.value


def test_at_a_kink_the_slopes_differ():
    left, right = one_sided(lambda t: max(t, 0.0))
    assert (left, right) == (0.0, 1.0)


@pytest.mark.parametrize("f", [np.exp, np.tanh, np.log1p, lambda t: 3 * t, lambda t: t**3 + t])
def test_two_steps_do_for_a_right_claim_on_a_smooth_function(f):
    claim = complex_step(f, derivative(f)).value
    found = derivative_beside(f, claim)
    assert found.calls == 4
    assert abs(claim - found.value) <= found.error < 1e-10


@pytest.mark.parametrize("off", [1e-6, 1e-8, -1e-9])
@pytest.mark.parametrize("f", [np.exp, np.tanh, np.log1p, lambda t: np.sin(40 * t)])
def test_a_wrong_claim_does_not_agree_with_them(f, off):
    claim = complex_step(f, derivative(f)).value * (1 + off)
    found = derivative_beside(f, claim)
    assert abs(claim - found.value) > 3 * found.error


def test_where_a_function_changes_fast_the_claim_of_two_steps_is_not_believed():
    f = lambda t: np.sin(1000 * t)
    assert not agrees(1000.0, quick_derivative(f))
    found = derivative_beside(f, 1000.0)
    assert abs(found.value - 1000.0) <= found.error < 1e-3
