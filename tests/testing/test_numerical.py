"""Numerical derivatives: near the true ones, and never further than they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor.testing.numerical import complex_step, derivative, one_sided

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
