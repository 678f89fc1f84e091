"""What a derivative rule is: a vector-Jacobian product."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

#: A vector-Jacobian product: ``rule(g, output, *inputs, **parameters)`` is the gradient for one of
#: the inputs, where ``g`` is the gradient that arrived at the output.
Rule = Callable[..., Any]


class Variadic:
    """The rule of an operation on any number of inputs.

    Args:
        rule: ``rule(g, output, *inputs, **parameters)`` looks at all inputs once, and returns a
            function of ``i``: the gradient for input number ``i``.

    >>> split = Variadic(lambda g, y, *inputs: lambda i: g[i])
    >>> split.of(1, [10.0, 20.0], None)
    20.0
    """

    __slots__ = ("rule",)

    def __init__(self, rule: Callable[..., Callable[[int], Any]]) -> None:
        self.rule = rule

    def of(self, i: int, *args: Any, **params: Any) -> Any:
        """The gradient for input number ``i`` alone."""
        return self.rule(*args, **params)(i)

    def parts(self, args: tuple[Any, ...], params: dict[str, Any] | None) -> list[Rule]:
        """For each input a rule of g alone; together they look at the inputs once for each g."""
        looked: tuple[Any, Any] = (None, None)

        def part(i: int, g: Any) -> Any:
            nonlocal looked
            if looked[0] is not g:
                looked = (g, self.rule(g, *args[1:], **(params or {})))
            return looked[1](i)

        return [partial(part, i) for i in range(len(args) - 2)]

    def __iter__(self) -> Iterator[Rule]:
        """A rule for each input, as other operations have them."""
        return (partial(self.of, i) for i in itertools.count())
