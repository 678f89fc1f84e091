"""The engine: values that remember where they came from, and the pass that goes back through them.

It imports NumPy and nothing else of this package. Read ``core`` first: an operation, a number that
remembers, the chain rule. Below it are ``rules`` (what a derivative is), ``table`` (the operations,
by name and by NumPy function), ``entries`` (what is asked of an operation beside its result),
``numbers`` (what a Value holds, and what may meet it), ``inputs`` (how it keeps what it came from),
``methods`` (``v.exp()``), ``protocol`` and ``arguments`` (how ``np.exp(v)`` finds its entry),
``sampling`` (where gradient tests draw their inputs), ``sums`` (over axes) and ``display`` (what
notebooks show). Above it are ``declarations`` (how the table is filled), ``copying`` (copies and
pickles of graphs), and what looks on: ``modes`` (without a graph; with every number watched) and
``origins`` (which line made it).
"""

from tinygrad_xor.engine import copying as copying
from tinygrad_xor.engine import table as _table
from tinygrad_xor.engine.core import Primitive, Value, cotangents, newest_first, record
from tinygrad_xor.engine.declarations import Composition, alias, composed, constant, primitive
from tinygrad_xor.engine.modes import detect_anomaly, no_grad, recording
from tinygrad_xor.engine.origins import Origin, origins, scope, unobserved
from tinygrad_xor.engine.rules import Variadic

#: Every operation the engine can differentiate, by name.
TABLE: dict[str, Primitive] = _table.TABLE
#: Every NumPy function that is computed from entries of the table, by name.
COMPOSED: dict[str, Composition] = _table.COMPOSED

__all__ = [
    "COMPOSED",
    "TABLE",
    "Composition",
    "Origin",
    "Primitive",
    "Value",
    "Variadic",
    "alias",
    "composed",
    "constant",
    "cotangents",
    "detect_anomaly",
    "newest_first",
    "no_grad",
    "origins",
    "primitive",
    "record",
    "recording",
    "scope",
    "unobserved",
]
