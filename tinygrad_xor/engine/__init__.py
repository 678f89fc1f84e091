"""The engine: values that remember where they came from, and the pass that goes back through them.

It imports NumPy and nothing else of this package. Read it in this order: ``primitive`` (what one
operation is), ``value`` (a number in the graph), ``backward`` (the chain rule), ``operands`` (what
may meet a Value), ``numpy_protocol`` (how ``np.exp(v)`` finds its entry), ``domains`` (where an
operation may be tested).
"""

from tinygrad_xor.engine.backward import cotangents, newest_first
from tinygrad_xor.engine.primitive import TABLE, Primitive, constant, primitive
from tinygrad_xor.engine.value import Value, apply

__all__ = [
    "TABLE",
    "Primitive",
    "Value",
    "apply",
    "constant",
    "cotangents",
    "newest_first",
    "primitive",
]
