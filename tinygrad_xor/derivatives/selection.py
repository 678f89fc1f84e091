"""One of several: maximum, minimum, where."""

import numpy as np

from tinygrad_xor.engine import primitive
from tinygrad_xor.engine.domains import condition, lattice, real

# At a tie each argument gets half of the gradient, as in JAX and PyTorch.
maximum = primitive(
    np.maximum,
    "max",
    lambda g, z, x, y: g * ((x > y) + 0.5 * (x == y)),
    lambda g, z, x, y: g * ((y > x) + 0.5 * (x == y)),
    domain=(lattice(0.0), lattice(0.25)),
    kink=lambda x, y: x - y,
)

minimum = primitive(
    np.minimum,
    "min",
    lambda g, z, x, y: g * ((x < y) + 0.5 * (x == y)),
    lambda g, z, x, y: g * ((y < x) + 0.5 * (x == y)),
    domain=(lattice(0.0), lattice(0.25)),
    kink=lambda x, y: x - y,
)

where = primitive(
    np.where,
    "where",
    None,
    lambda g, z, c, x, y: np.where(c, g, 0.0),
    lambda g, z, c, x, y: np.where(c, 0.0, g),
    elementwise=True,
    domain=(condition, real, real),
)
