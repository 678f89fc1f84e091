"""sinc at and beside zero, where its derivatives are summed as series."""

import numpy as np
import pytest

from tinygrad_xor import grad

NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)
POINTS = np.array([-0.3, -0.249, -0.1, -1e-9, 0.0, 1e-3, 0.125, 0.2, 0.24, 0.249, 0.251])


def derivative_of_sinc(x, order):
    """From sinc x = ∫₀¹ cos(πxt) dt, by Gauss's quadrature: exact to rounding."""
    t = (NODES + 1) / 2
    weights = WEIGHTS / 2 * (np.pi * t) ** order
    return np.cos(np.pi * np.multiply.outer(x, t) + order * np.pi / 2) @ weights


@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_derivatives_of_sinc_are_exact_to_rounding_at_zero_and_beside_it(order):
    derivative = np.sinc
    for _ in range(order):
        derivative = grad(lambda x, f=derivative: np.sum(f(x)))
    expected = derivative_of_sinc(POINTS, order)
    np.testing.assert_allclose(derivative(POINTS), expected, rtol=0, atol=1e-12)


SLOPES = {
    "arcsin": (np.arcsin, lambda e: 1 / np.sqrt(e * (2 - e))),
    "arccos": (np.arccos, lambda e: -1 / np.sqrt(e * (2 - e))),
    "arctanh": (np.arctanh, lambda e: 1 / (e * (2 - e))),
}


@pytest.mark.parametrize(("function", "exact"), SLOPES.values(), ids=SLOPES)
@pytest.mark.parametrize("e", [2.0**-k for k in (1, 10, 30, 52)])
def test_beside_1_slopes_are_not_those_of_a_rounded_square(function, exact, e):
    for x in (1 - e, e - 1):
        assert grad(function)(x) == pytest.approx(exact(e), rel=4e-16)
    for x in (np.float32(1 - e), np.float32(e - 1)):
        if np.abs(x) < 1:
            assert grad(function)(x) == pytest.approx(exact(e), rel=4e-7)


def test_the_slope_of_arcsinh_is_right_where_the_square_is_infinite():
    assert grad(np.arcsinh)(1e200) == pytest.approx(1e-200, rel=1e-15, abs=0)


@pytest.mark.parametrize("size", [1e-300, 1e-200, 1.0, 1e200])
def test_the_slopes_of_an_angle_are_right_for_numbers_whose_squares_are_0_or_infinite(size):
    by_ordinate, by_abscissa = grad(np.arctan2, (0, 1))(3 * size, 4 * size)
    assert by_ordinate == pytest.approx(4 / 25 / size, rel=1e-14, abs=0)
    assert by_abscissa == pytest.approx(-3 / 25 / size, rel=1e-14, abs=0)


def test_where_there_is_no_angle_its_slopes_are_0():
    assert grad(np.arctan2, (0, 1))(0.0, 0.0) == (0.0, 0.0)
    assert grad(np.hypot, (0, 1))(0.0, 0.0) == (0.0, 0.0)
