"""Gradients for pictures, and the chain rule operation by operation; no ``grad`` is touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from tinygrad_xor.engine import Value, cotangents, record, unobserved

#: One argument of one operation: its result, and the argument's position.
Use = tuple[Value, int]
#: Operations that belong together, inputs first.
Group = tuple[Value, ...]


def handed_back(
    gradients: Mapping[Group, Any], uses: Iterable[Use] | None = None
) -> dict[Use, Any]:
    """What operations hand back to their arguments, all in one backward pass.

    Each group is taken by itself: what comes into one is not what another handed back.

    Args:
        gradients: for each group of operations, inputs first, what comes into its last one.
        uses: the arguments that are asked for; by default all from outside of the groups. The rule
            of each is called once.

    Returns:
        The shares; an argument that no gradient flows to is left out.

    >>> x = Value(3.0)
    >>> y = x * x
    >>> z = y * 2.0
    >>> list(handed_back({(y,): 1.0, (z,): 10.0}).values())
    [3.0, 3.0, 20.0]
    >>> list(handed_back({(y, z): 10.0}).values())
    [60.0, 60.0]
    """
    wanted = None if uses is None else dict.fromkeys(uses)
    leaves: dict[Use, Value] = {}
    seeds: dict[Value, Any] = {}
    with unobserved(), np.errstate(all="ignore"):
        for group, gradient in gradients.items():
            copies: dict[Any, Value] = {}
            for value in group:
                inputs = list(value.inputs)
                for position, x in enumerate(inputs):
                    if type(x) is not Value:
                        continue
                    if x in copies:
                        inputs[position] = copies[x]
                    elif wanted is None or (value, position) in wanted:
                        inputs[position] = leaves[value, position] = Value(x.data)
                    else:
                        inputs[position] = x.data
                assert value.primitive is not None
                copies[value] = record(value.primitive, value.data, tuple(inputs), value.params)
            seeds[copies[group[-1]]] = gradient
        found = cotangents(seeds)
    return {use: found[leaf] for use, leaf in leaves.items() if leaf in found}


def local_numbers(values: Iterable[Value]) -> dict[Use, float]:
    """The derivatives of results by arguments, where both are real scalars: one backward pass.

    >>> x = Value(3.0)
    >>> y = x * x
    >>> list(local_numbers([y, Value([1.0, 2.0]).sum()]).values())
    [3.0, 3.0]
    """
    uses = [
        (value, position)
        for value in values
        if is_real_scalar(value.data)
        for position, x in enumerate(value.inputs)
        if type(x) is Value and is_real_scalar(x.data)
    ]
    found = handed_back({(value,): filled(value, 1.0) for value, _ in uses}, uses)
    return {use: float(found.get(use, 0.0)) for use in uses}


def gradients_of(value: Value) -> dict[Value, Any] | None:
    """The gradient of `value` by all that it was computed from, if it is one real number.

    >>> x = Value(3.0)
    >>> gradients_of(x * x)[x], gradients_of(Value([1.0, 2.0]))
    (6.0, None)
    """
    if value.size != 1 or np.iscomplexobj(value.data):
        return None
    with unobserved(), np.errstate(all="ignore"):
        return cotangents({value: filled(value, 1.0)})


def filled(value: Value, x: float) -> Any:
    """What `value` holds, with `x` for each number."""
    return x if type(value.data) is float else np.full(value.shape, x, value.dtype)[()]


def is_real_scalar(x: Any) -> bool:
    """Whether it is one real number, and not an array of one."""
    return x is not None and np.ndim(x) == 0 and not np.iscomplexobj(x)
