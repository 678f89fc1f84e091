"""What a sigmoid or a softmax was computed from, as far as the graph of its outputs knows."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.derivatives._limits import is_same
from tinygrad_xor.derivatives.activations import softmax
from tinygrad_xor.derivatives.arithmetic import add, divide
from tinygrad_xor.derivatives.exponential import exp
from tinygrad_xor.derivatives.reductions import logsumexp, sum_
from tinygrad_xor.engine import Primitive, Value

#: What only moves numbers, so that it can be done before a sigmoid as well as after it.
_MOVES = frozenset(
    "reshape ravel squeeze expand_dims broadcast_to transpose swapaxes moveaxis flip fliplr flipud "
    "roll rot90 getitem diagonal repeat tile concatenate".split()
)
#: An activation under another name.
_SAME = {"special.expit": "sigmoid"}
#: So many of them are looked through, one after the other.
_DEEPEST = 20


def logits(p: Any, activation: Primitive, axis: int = -1) -> Any:
    """The z of which `p` is the sigmoid or the softmax, as far as the graph knows; else ``None``.

    Args:
        p: the probabilities.
        activation: the entry of sigmoid or softmax. Operations after it that only move numbers are
            looked through, unless they take the classes of a softmax apart.
        axis: along which the classes lie.

    >>> from tinygrad_xor.derivatives.activations import sigmoid
    >>> z = Value([[40.0, 0.0]])
    >>> logits(z.sigmoid()[0], sigmoid).data.tolist(), logits(z, sigmoid)
    ([40.0, 0.0], None)
    """
    z = _of_written_softmax(p, axis) if activation is softmax else _of_written_sigmoid(p)
    if z is not None or (activation is softmax and not _is_whole(p, axis)):
        return z
    return _moved(p, activation, lambda made: made.inputs[0])


def logits_against_others(p: Any) -> Any:
    """The z of which `p`, outputs of a softmax, are the sigmoid; else ``None``."""
    return _moved(p, softmax, _against_the_others)


def _of_written_sigmoid(p: Any) -> Any:
    """The z of ``1 / (1 + np.exp(-z))``."""
    one, bottom = _inputs(p, divide) or (0.0, None)
    for other, e in itertools.permutations(_inputs(bottom, add), 2):
        raised = _inputs(e, exp)
        if _is_1(one) and _is_1(other) and raised:
            return -raised[0]
    return None


def _of_written_softmax(p: Any, axis: int) -> Any:
    """The z of ``e / e.sum(axis, keepdims=True)`` with ``e = np.exp(z)``."""
    e, total = _inputs(p, divide) or (None, None)
    raised, summed = _inputs(e, exp), _inputs(total, sum_)
    if not (raised and summed and is_same(summed[0], e)):
        return None
    how = {"axis": None, **(total.params or {})}
    whole = how.keys() == {"axis", "keepdims"} and how["keepdims"] and isinstance(how["axis"], int)
    return raised[0] if whole and (how["axis"] - axis) % e.ndim == 0 else None


def _inputs(x: Any, entry: Primitive) -> tuple[Any, ...]:
    """What `x` was computed from, if it was by `entry`."""
    return x.inputs if type(x) is Value and x.primitive is entry else ()


def _is_1(x: Any) -> bool:
    return isinstance(x, (int, float)) and x == 1


def _moved(p: Any, activation: Primitive, take: Callable[[Value], Any], depth: int = 0) -> Any:
    """What `take` makes of the calls of `activation` behind `p`, moved about as their outputs."""
    made = p.primitive if type(p) is Value else None
    if made is activation or (made and _SAME.get(made.name) == activation.name):
        return take(p)
    if made is None or made.name not in _MOVES or depth == _DEEPEST:
        return None
    parts = [_moved(x, activation, take, depth + 1) for x in p.inputs]
    return None if any(part is None for part in parts) else made(*parts, **(p.params or {}))


def _is_whole(p: Any, axis: int) -> bool:
    """Whether along `axis` of `p` stand all classes of a softmax, in their order.

    Each number's place is written as the number of its row and, after the point, of its class.
    """
    if type(p) is Value and p.primitive is softmax:
        return (_axis(p) - axis) % p.ndim == 0
    rows = 0

    def places(made: Value) -> Any:
        nonlocal rows
        along = _axis(made)
        shape = np.moveaxis(np.empty(made.shape), along, -1).shape
        first, rows = rows, rows + made.size // shape[-1]
        return np.moveaxis(_numbered(np.arange(first, rows).reshape(shape[:-1]), shape), -1, along)

    found = _moved(p, softmax, places)
    if found is None:
        return False
    found = np.moveaxis(found, axis, -1)
    return bool(np.all(found == _numbered(np.floor(found[..., 0]), found.shape)))


def _against_the_others(made: Value) -> Any:
    """The z of which each output of a softmax is the sigmoid: its own, less that of all others.

    ``None`` for a softmax of one class, which is 1 whatever its z.
    """
    along = _axis(made)
    if made.shape[along] == 1:
        return None
    z = np.moveaxis(made.inputs[0], along, -1)
    nothing = float(np.finfo(z.dtype).min)  # for a logarithm of 0, and no infinity to be warned of
    others = np.where(np.eye(z.shape[-1], dtype=bool), nothing, z[..., None, :])
    return np.moveaxis(z - logsumexp(others, axis=-1), -1, along)


def _axis(made: Value) -> int:
    return (made.params or {}).get("axis", -1)


def _numbered(rows: Any, shape: tuple[int, ...]) -> Any:
    return rows[..., None] + np.arange(1, shape[-1] + 1) / (shape[-1] + 1)
