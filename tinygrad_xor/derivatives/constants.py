"""NumPy functions that have no gradient by nature: on Values they give plain results."""

import numpy as np

from tinygrad_xor.engine import constant

constant(np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal)
constant(np.logical_and, np.logical_or, np.logical_not, np.logical_xor)
constant(np.isnan, np.isinf, np.isfinite, np.signbit)
constant(np.shape, np.ndim, np.size)
constant(np.all, np.any, np.argmax, np.argmin, np.argsort, np.count_nonzero, np.nonzero)
constant(np.allclose, np.isclose, np.array_equal, np.array_equiv)
constant(np.zeros_like, np.ones_like, np.empty_like, np.result_type)
