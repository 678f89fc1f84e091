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
