"""The chain rule, walked backward: from an output to everything it was computed from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

import numpy as np

from tinygrad_xor.engine.modes import ACTIVE, check_gradient, differentiating, watching
from tinygrad_xor.engine.operands import cast
from tinygrad_xor.engine.primitive import Primitive
from tinygrad_xor.engine.value import Value

_FLOAT64 = np.dtype(np.float64)
_by_order = attrgetter("_order")


def newest_first(*roots: Value, since: int = 0) -> list[Value]:
    """All Values that `roots` were computed from, and themselves: each once, users before inputs.

    Creation order is a topological order, so sorting by it is enough, and nothing recurses. Values
    made before the order `since` are left out, with all that they were computed from.

    Raises:
        ValueError: if a leaf was given new data after something was computed from it.
    """
    seen = set(roots)
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        order = node._order
        for x in node.inputs:
            if type(x) is Value:
                if x._order > order:
                    raise _changed(x, node)
                if x not in seen and x._order >= since:
                    seen.add(x)
                    waiting.append(x)
    return sorted(seen, key=_by_order, reverse=True)


def cotangents(
    seeds: Mapping[Value, Any], *, since: int = 0, symbolic: bool = False
) -> dict[Value, Any]:
    """The gradient of ``Σ seed · root`` with respect to each Value the roots were computed from.

    Args:
        seeds: for each root, the gradient to start from.
        since: leave out Values made before this order.
        symbolic: hand Values to the rules in place of their data. They build a graph then, and the
            gradients can be differentiated again.

    Returns:
        Gradients in the shape and dtype of each Value's data. Values that the roots depend on only
        through operations without a gradient are left out.
    """
    gradients = dict(seeds)
    watched = bool(ACTIVE) and watching()
    for node in newest_first(*seeds, since=since):
        primitive = node.primitive
        if primitive is None or node not in gradients:
            continue
        g, inputs = gradients[node], node.inputs
        if symbolic:
            args = (g, node, *inputs)
        elif len(inputs) == 2:  # as most have: no list is built for them
            a, b = inputs
            a = a._primal if type(a) is Value else a
            b = b._primal if type(b) is Value else b
            args = (g, node._primal, a, b)
        else:
            args = (g, node._primal, *[x._primal if type(x) is Value else x for x in inputs])
        for x, rule in zip(inputs, primitive.rules):  # noqa: B905 (strict= is slow)
            if type(x) is not Value or rule is None or x._order < since:
                continue
            try:
                if watched:
                    with differentiating(node):
                        gx = rule(*args, **(node.params or {}))
                else:
                    gx = rule(*args, **node.params) if node.params else rule(*args)
            except (ZeroDivisionError, OverflowError):  # Python floats raise; NumPy has an answer
                gx = rule(*[np.asarray(a)[()] for a in args], **(node.params or {}))
            if type(gx) is not float or type(x._primal) is not float:
                gx = _like(gx, x._primal, primitive)
            if watched:
                check_gradient(gx, node, x)
            gradients[x] = gradients[x] + gx if x in gradients else gx
    return gradients


def backward_pass(root: Value, gradient: Any) -> None:
    """What ``root.backward(gradient)`` does: leaves add to their ``grad``, other Values keep it."""
    for node, g in cotangents({root: _seed(root, gradient)}).items():
        if node.primitive is not None:
            node._grad = g
        elif node._grad is not None:
            node._grad = node._grad + g
        else:
            node._grad = g if type(g) is float else g.copy()  # rules share arrays; a leaf owns its


def _seed(root: Value, gradient: Any) -> Any:
    if gradient is None:
        if root.size != 1:
            raise ValueError(
                f"backward() of a Value of shape {root.shape} needs to know where to start: reduce "
                f"it first, v.sum().backward(), or pass a gradient of shape {root.shape}"
            )
        if np.iscomplexobj(root._primal):
            raise ValueError(
                "backward() starts from a real number: take np.real(v), np.imag(v) or np.abs(v) of "
                "this complex one, or pass a gradient"
            )
        return 1.0 if type(root._primal) is float else np.ones_like(root._primal)[()]
    seed = Value(gradient)
    if seed.dtype.kind == "c" and root.dtype.kind != "c":
        raise TypeError(f"a complex gradient, {gradient!r}, for a Value of dtype {root.dtype}")
    if seed.shape != root.shape:
        raise ValueError(
            f"backward(gradient) got shape {seed.shape} for a Value of shape {root.shape}"
        )
    return cast(seed._primal, root.dtype)


def _like(g: Any, x: Any, primitive: Primitive) -> Any:
    """The gradient `g` in the shape and dtype of the input `x`.

    Here, and only here, broadcasting is undone: an input that was used many times over an axis gets
    the sum over that axis.
    """
    if type(g) is complex or type(g) is float:
        g = np.asarray(g)[()]
    shape = () if type(x) is float else x.shape
    g_shape = g.shape
    if g_shape != shape:
        added = len(g_shape) - len(shape)
        lengths = list(zip(shape, g_shape[added:], strict=True)) if added >= 0 else []
        if not primitive.broadcasts or added < 0 or any(n not in (1, m) for n, m in lengths):
            raise ValueError(
                f"the rule of {primitive.name} returned a gradient of shape {g_shape} for an input "
                f"of shape {shape}"
            )
        if math.prod(g_shape) != math.prod(shape):  # else each was used once: nothing to sum
            stretched = [added + i for i, (n, m) in enumerate(lengths) if n != m]
            g = np.add.reduce(g, axis=(*range(added), *stretched))
        g = g.reshape(shape)
    if type(x) is float and type(g) is not Value:
        return float(g.real)
    if g.dtype == _FLOAT64 if type(x) is float else g.dtype == x.dtype:
        return g
    if g.dtype.kind == "c" and (type(x) is float or x.dtype.kind != "c"):
        g = np.real(g)  # the input cannot move along the imaginary axis
    return g.astype(_FLOAT64 if type(x) is float else x.dtype)


def _changed(leaf: Value, user: Value) -> ValueError:
    assert user.primitive is not None
    name = f" {leaf.label!r}" if leaf.label else ""
    return ValueError(
        f"the data of leaf{name} (shape {leaf.shape}) was changed after {user.primitive.name} used "
        "it, so its derivative would be taken at the wrong point: call backward() and draw() "
        "before changing data, or compute the output again"
    )
