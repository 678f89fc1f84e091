"""NumPy functions that have no gradient by nature: on Values they give plain results."""

import numpy as np

from tinygrad_xor.engine import constant

# Comparisons, questions, counts and places: they jump, or do not depend on the numbers.
constant(np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal)
constant(np.logical_and, np.logical_or, np.logical_not, np.logical_xor)
constant(np.isnan, np.isinf, np.isfinite, np.isneginf, np.isposinf, np.signbit)
constant(np.iscomplex, np.isreal, np.iscomplexobj, np.isrealobj)
constant(np.shape, np.ndim, np.size)
constant(np.all, np.any, np.argmax, np.argmin, np.argsort, np.argpartition, np.argwhere)
constant(np.nanargmax, np.nanargmin, np.count_nonzero, np.nonzero, np.flatnonzero, np.lexsort)
constant(np.searchsorted, np.digitize, np.isin)
constant(np.allclose, np.isclose, np.array_equal, np.array_equiv)
constant(np.zeros_like, np.ones_like, np.empty_like)
constant(np.result_type, np.common_type, np.min_scalar_type, np.can_cast)
constant(np.linalg.matrix_rank, np.shares_memory, np.may_share_memory)
constant(np.spacing, np.einsum_path)
constant(np.tril_indices_from, np.triu_indices_from, np.diag_indices_from)
constant(np.array_repr, np.array_str, np.array2string)
