"""Lengths have no derivative at 0: ``‖x‖``, ``|z|``, ``hypot``, ``std``. What is made of them may.

The gradient of a length y of x is ``g · x / y``. At 0/0 it is 0: of all subgradients the shortest
one. But ``‖x‖²`` and ``exp(-‖x‖²)`` are smooth, and their second derivatives come from this very
quotient. There g is 0 too, for it is a function of y, and by L'Hôpital's rule g/y is the derivative
of g by y, which the graph of g knows; a length that was computed twice, ``‖x‖ ‖x‖``, is one y. If g
depends on anything else, there is no second derivative, and it is infinite or nan, never a number
that is wrong. So are third derivatives by x.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import numpy as np

from tinygrad_xor.derivatives._arrays import may_be_0
from tinygrad_xor.derivatives.arithmetic import ratio
from tinygrad_xor.engine import Value, cotangents, newest_first

#: Whether the derivative of a gradient by a length is being taken, for another length.
_asked: ContextVar[bool] = ContextVar("asked", default=False)
#: So large a graph of g, in Values, is differentiated: behind many lengths of 0 each multiplies it.
_MOST = 3000
#: So many calls behind two lengths are compared, one after the other.
_DEEPEST = 12


def along(
    g: Any,
    y: Any,
    x: Any,
    straight: Any,
    keep: Callable[[Any], Any] = lambda y: y,
    euclidean: bool = True,
) -> Any:
    """The gradient of a length y by x, for the gradient g of y: `straight`, but where both are 0.

    Args:
        g: the gradient of the length.
        y: the length.
        x: what it is the length of.
        straight: ``g · x / y``, and 0 for 0/0.
        keep: shapes g and y so that they broadcast to x.
        euclidean: whether y² is smooth. If not, there is a second derivative only where g' is 0.
    """
    if type(y) is not Value or not may_be_0(y):
        return straight
    zero = np.asarray(y.data) == 0
    flat = zero & (np.asarray(g.data if type(g) is Value else g) == 0)
    slope = _slope(g, y, flat) if type(g) is Value and np.any(flat) else 0.0
    if slope is None:
        return np.where(keep(flat), ratio(x, keep(y)), straight)  # 0, of infinite derivative
    if euclidean:
        return np.where(keep(flat), keep(slope + 0.0 * y) * x, straight)
    outer = np.where(flat, slope, g)
    rough = np.where(keep(outer != 0), keep(outer) * ratio(x, keep(y)), 0.0)
    return np.where(keep(zero), rough, straight)


def _slope(g: Value, y: Value, flat: Any) -> Any:
    """g'(y), element by element where `flat`; None if g depends on anything else.

    Two pullbacks tell whether each element of g depends on its own of y alone: one of all elements,
    and one of weighted ones, which differ by the weights then.
    """
    made = newest_first(g)
    if _asked.get() or sum(node.order > y.order for node in made) > _MOST:
        return None
    twins = [node for node in made if is_same(node, y)] or [y]
    own = {*twins}  # and what was computed from them, or from gradients to start from: newer ones
    for node in reversed(made):
        inputs = [x for x in node.inputs if type(x) is Value]
        if any(x in own for x in inputs) or (node.order > y.order and not inputs):
            own.add(node)
    others = cotangents({g: np.where(flat, 1.0, 0.0)[()]})
    if any(np.any(d != 0) for node, d in others.items() if node not in own):
        return None
    weights = 1 + np.arange(1.0, np.size(flat) + 1).reshape(np.shape(flat)) * 0.61803398875 % 1
    token = _asked.set(True)
    try:
        plain, weighted = (
            _by_all(cotangents({g: Value(flat * w)}, since=twins[-1].order, symbolic=True), twins)
            + 0.0 * weights
            for w in (1.0, weights)
        )
    finally:
        _asked.reset(token)
    alone = np.isclose(weighted.data, weights * plain.data, rtol=1e-9, atol=0.0)
    return plain if np.all(alone) else None


def _by_all(gradients: dict[Value, Any], twins: list[Value]) -> Any:
    return sum((gradients[y] for y in twins if y in gradients), start=Value(0.0))


def is_same(x: Any, y: Any, depth: int = 0) -> bool:
    """Whether two Values, constants or parameters are the same, or the same calls made them."""
    if x is y or type(x) is not type(y) or depth == _DEEPEST:
        return x is y
    if type(x) is Value:
        parts = [(v.params or {}, *v.inputs) for v in (x, y)]
        made_alike = x.primitive is y.primitive is not None and len(parts[0]) == len(parts[1])
        return made_alike and all(is_same(a, b, depth + 1) for a, b in zip(*parts, strict=True))
    if type(x) is dict:
        return x.keys() == y.keys() and all(is_same(x[key], y[key], depth) for key in x)
    return bool(np.all(x == y))
