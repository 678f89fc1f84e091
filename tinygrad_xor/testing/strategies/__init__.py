"""What hypothesis draws for gradient tests: ``from tinygrad_xor.testing import strategies as gst``.

``gst.arrays(shape, domain)`` and ``gst.broadcastable_shapes(count)`` for functions of your own,
``gst.away_from_kinks(f, arguments)`` where they have corners; ``gst.calls(entry)`` for an entry of
the table; ``gst.networks()`` and ``gst.programs()`` for whole functions that nobody thought of.
"""

from tinygrad_xor.testing.calls import (
    Call,
    Entry,
    differentiable,
    evaluate,
    random_call,
    takes_complex,
)
from tinygrad_xor.testing.draws import Shape, near_a_kink
from tinygrad_xor.testing.strategies.inputs import (
    arrays,
    away_from_kinks,
    broadcastable_shapes,
    calls,
    real_and_complex_calls,
    shapes,
)
from tinygrad_xor.testing.strategies.network import Network, networks
from tinygrad_xor.testing.strategies.program import programs, random_program, smooth_entries

__all__ = [
    "Call",
    "Entry",
    "Network",
    "Shape",
    "arrays",
    "away_from_kinks",
    "broadcastable_shapes",
    "calls",
    "differentiable",
    "evaluate",
    "near_a_kink",
    "networks",
    "programs",
    "random_call",
    "random_program",
    "real_and_complex_calls",
    "shapes",
    "smooth_entries",
    "takes_complex",
]
