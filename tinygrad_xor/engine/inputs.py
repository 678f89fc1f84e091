"""How a Value keeps what it was computed from: one input or two in slots of their own.

A tuple for each Value would be one more object to go through for Python's garbage collector, which
costs as much as the arithmetic of a number.
"""

from __future__ import annotations

from typing import Any


class Inputs:
    """The inputs of a node, as a tuple; the core reads the slots."""

    __slots__ = ()

    #: The first input; or all of them, where there are more than two, or none.
    _first: Any
    #: The second of two inputs.
    _second: Any

    @property
    def inputs(self) -> tuple[Any, ...]:
        """The arguments of the operation: Values, and plain numbers or arrays for constants."""
        first, second = self._first, self._second
        if second is not None:
            return (first, second)
        return first if type(first) is tuple else (first,)

    @inputs.setter
    def inputs(self, new: tuple[Any, ...]) -> None:
        self._first, self._second = in_slots(new)


def in_slots(inputs: tuple[Any, ...]) -> tuple[Any, Any]:
    """The two slots for these inputs.

    >>> in_slots((1.0, 2.0)), in_slots((1.0,)), in_slots((1.0, 2.0, 3.0))
    ((1.0, 2.0), (1.0, None), ((1.0, 2.0, 3.0), None))
    """
    if len(inputs) == 2:
        return inputs
    return (inputs[0] if len(inputs) == 1 else inputs), None
