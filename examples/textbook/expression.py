"""Formulas as trees: numbers, symbols, and operations that can be computed and typeset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Expression:
    """One node of a formula.

    Attributes:
        name: ``"number"``, ``"symbol"``, or what the operation is called.
        inputs: what the operation is of.
        function: computes it from its inputs; ``None`` for numbers and symbols.
        params: the keyword parameters of the operation.
        value: the number, or the symbol's name.
        data: what it was at the point where the rule was run; by default, what it computes there.

    >>> x = symbol("x", np.array([1.0, 2.0]))
    >>> total = Expression("add", (x, number(1.0)), np.add)
    >>> float(total.evaluate({"x": 5.0})), total.key
    (6.0, 'add(symbol x, number 1.0; {})')
    """

    name: str
    inputs: tuple[Expression, ...] = ()
    function: Callable[..., Any] | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    value: Any = None
    data: Any = None

    def __post_init__(self) -> None:
        if self.data is None and self.function is not None:
            with np.errstate(all="ignore"):
                data = self.function(*[x.data for x in self.inputs], **self.params)
            object.__setattr__(self, "data", data)

    @property
    def key(self) -> str:
        """Equal for expressions that are written alike."""
        if self.function is None:
            value = np.asarray(self.value) if self.name == "number" else self.value
            return f"{self.name} {value!s}"
        inputs = ", ".join(x.key for x in self.inputs)
        return f"{self.name}({inputs}; {dict(self.params)})"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape it had where the rule was run."""
        return np.shape(self.data)

    @property
    def size(self) -> int:
        """How many nodes it has."""
        return 1 + sum(x.size for x in self.inputs)

    def walk(self) -> Iterator[Expression]:
        """This node and all below it."""
        yield self
        for x in self.inputs:
            yield from x.walk()

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """The number or array that it is, for these values of its symbols."""
        if self.name == "number":
            return self.value
        if self.function is None:
            return values[self.value]
        return self.function(*[x.evaluate(values) for x in self.inputs], **self.params)


def number(value: Any) -> Expression:
    """A constant."""
    return Expression("number", value=value, data=value)


def call(name: str, *inputs: Expression) -> Expression:
    """A function of NumPy, by its name."""
    return Expression(name, inputs, getattr(np, name))


def symbol(name: str, data: Any) -> Expression:
    """A variable, and what it is where the rule is run."""
    return Expression("symbol", value=name, data=data)


def is_number(x: Expression, value: complex | None = None) -> bool:
    """Whether it is a constant, and this one."""
    return x.name == "number" and np.ndim(x.value) == 0 and (value is None or x.value == value)
