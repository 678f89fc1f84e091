"""The engine: values that remember where they came from, and the pass that goes back through them.

It imports NumPy and nothing else of this package. Read it in this order: ``primitive`` (what one
operation is), ``value`` (a number in the graph), ``backward`` (the chain rule), ``operands`` (what
may meet a Value), ``numpy_protocol`` (how ``np.exp(v)`` finds its entry), ``composition`` (what is
made of entries), ``sampling`` (where gradient tests draw its inputs), ``modes`` (without a graph;
with every number watched), ``origins`` (which line made it), ``display`` (what notebooks show),
``methods`` (``v.exp()``).
"""

from tinygrad_xor.engine.backward import cotangents, newest_first
from tinygrad_xor.engine.composition import COMPOSED, Composition, composed
from tinygrad_xor.engine.modes import detect_anomaly, no_grad, recording
from tinygrad_xor.engine.origins import Origin, origins, scope, unobserved
from tinygrad_xor.engine.primitive import TABLE, Primitive, Variadic, alias, constant, primitive
from tinygrad_xor.engine.value import Value, apply

__all__ = [
    "COMPOSED",
    "TABLE",
    "Composition",
    "Origin",
    "Primitive",
    "Value",
    "Variadic",
    "alias",
    "apply",
    "composed",
    "constant",
    "cotangents",
    "detect_anomaly",
    "newest_first",
    "no_grad",
    "origins",
    "primitive",
    "recording",
    "scope",
    "unobserved",
]
