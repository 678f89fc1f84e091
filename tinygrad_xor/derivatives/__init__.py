"""The table of derivatives, a page for each family. Importing it fills ``engine.TABLE``."""

from tinygrad_xor.derivatives import (
    activations,
    arithmetic,
    constants,
    exponential,
    indexing,
    linear_algebra,
    losses,
    reductions,
    selection,
    shape,
)

__all__ = [
    "activations",
    "arithmetic",
    "constants",
    "exponential",
    "indexing",
    "linear_algebra",
    "losses",
    "reductions",
    "selection",
    "shape",
]
