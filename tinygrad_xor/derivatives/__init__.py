"""The table of derivatives, a page for each family. Importing it fills ``engine.TABLE``."""

from tinygrad_xor.derivatives import (  # noqa: F401 (each fills its page of the table)
    activations,
    arithmetic,
    complex_numbers,
    constants,
    coverage,
    decompositions,
    exponential,
    fourier,
    indexing,
    joining,
    linear_algebra,
    losses,
    moving,
    norms,
    polynomials,
    products,
    reductions,
    rounding,
    selection,
    shape,
    signals,
    statistics,
    trigonometry,
)
from tinygrad_xor.engine.table import LATER


def _special() -> None:
    from tinygrad_xor.derivatives import special  # noqa: F401


LATER["scipy.special"] = _special
