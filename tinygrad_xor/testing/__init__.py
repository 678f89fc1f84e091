"""Gradient tests: reverse mode against finite differences, on inputs that hypothesis draws."""

from tinygrad_xor.testing.differences import (
    GradientError,
    compare,
    near_a_kink,
    numerical_gradient,
)

__all__ = ["GradientError", "compare", "near_a_kink", "numerical_gradient"]
