"""Gradients for pictures, and the chain rule at one operation; no ``grad`` is touched by either."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_xor.engine import Value, cotangents, record, unobserved


def handed_back(group: Sequence[Value], gradient: Any) -> list[Any]:
    """What each input of `group` gets, when `gradient` comes into its last Value.

    Args:
        group: one operation, or several that belong together, inputs first.
        gradient: shaped like the data of the last one.

    Returns:
        The shares of the inputs: of one operation, of each of its arguments; of several, of each
        Value outside that they use, in the order of first use. ``None`` where no gradient flows.

    >>> x = Value(3.0)
    >>> y = x * x
    >>> handed_back([y], 1.0), handed_back([y, y * x], 1.0)
    ([3.0, 3.0], [27.0])
    """
    single = len(group) == 1
    copies: dict[int, Value] = {}
    leaves: dict[Any, Any] = {}  # in the order of first use
    with unobserved(), np.errstate(all="ignore"):
        for value in group:
            inputs = []
            for position, x in enumerate(value.inputs):
                if id(x) in copies:
                    inputs.append(copies[id(x)])
                elif type(x) is Value:
                    inputs.append(leaves.setdefault(position if single else id(x), Value(x.data)))
                else:
                    inputs.append(x)
                    if single:
                        leaves[position] = x
            assert value.primitive is not None
            copy = record(value.primitive, value.data, tuple(inputs), value.params)
            copies[id(value)] = copy
        found = cotangents({copy: gradient})
    return [found.get(leaf) if type(leaf) is Value else None for leaf in leaves.values()]


def gradients_of(value: Value) -> dict[Value, Any] | None:
    """The gradient of `value` by all that it was computed from, if it is one real number.

    >>> x = Value(3.0)
    >>> gradients_of(x * x)[x], gradients_of(Value([1.0, 2.0]))
    (6.0, None)
    """
    if value.size != 1 or np.iscomplexobj(value.data):
        return None
    one = 1.0 if type(value.data) is float else np.ones_like(value.data)[()]
    with unobserved(), np.errstate(all="ignore"):
        return cotangents({value: one})


def local_number(value: Value, position: int) -> float | None:
    """The derivative of `value` by one of its inputs, if both are real scalars.

    >>> x = Value(3.0)
    >>> local_number(x * x, 0), local_number(x**2, 0), local_number(Value([1.0, 2.0]).sum(), 0)
    (3.0, 6.0, None)
    """
    x = value.inputs[position]
    if type(x) is not Value or not (is_real_scalar(value.data) and is_real_scalar(x.data)):
        return None
    found = handed_back([value], np.ones((), value.dtype)[()])[position]
    return 0.0 if found is None else float(found)


def is_real_scalar(x: Any) -> bool:
    """Whether it is one real number, and not an array of one."""
    return x is not None and np.ndim(x) == 0 and not np.iscomplexobj(x)
