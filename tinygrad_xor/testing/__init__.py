"""Gradient tests: analytic derivatives against numerical ones, on inputs that hypothesis draws.

`check_gradients` is the checker, for functions of this engine and of others; ``strategies`` draws
what to check; ``plugin`` brings it to pytest; ``checks`` runs many: over the table, over a network.
"""

from tinygrad_xor.testing.checker import check_gradients
from tinygrad_xor.testing.comparison import FACTOR, Comparison, Report
from tinygrad_xor.testing.diagnosis import GradientError

__all__ = ["FACTOR", "Comparison", "GradientError", "Report", "check_gradients"]
