"""What a derivative rule is: a vector-Jacobian product."""

from __future__ import annotations

import inspect
import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np

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

    def __len__(self) -> int:
        """There is one for every input."""
        return sys.maxsize

    def __iter__(self) -> Iterator[Rule]:
        """A rule for each input, as other operations have them."""
        return (partial(self.of, i) for i in itertools.count())


def check_rules(
    name: str, function: Callable[..., Any], rules: Sequence[Any], takes_parameters: bool
) -> None:
    """Refuse rules that could not be called, or that would lose a gradient in silence.

    Args:
        name: of the operation.
        function: the forward function.
        rules: one for each input.
        takes_parameters: whether `function` and the rules may take more than the inputs.

    Raises:
        TypeError: with the operation, the input, and what is expected.
    """
    if any(isinstance(rule, Variadic) for rule in rules):
        return
    inputs = [f"input {i}" for i in range(len(rules))]
    least, most, names = _positional(function)
    inputs[: len(names)] = names[: len(rules)]
    if len(rules) > most or (len(rules) < least and not takes_parameters):
        raise TypeError(
            f"{name} takes {least if least == most else f'{least} to {most}'} inputs, and comes "
            f"with {len(rules)} rules: pass one for each, or None where there is no gradient"
        )
    for rule, one in zip(rules, inputs, strict=True):
        if rule is None:
            continue
        wanted = f"it is called with (g, output, {', '.join(inputs)})"
        if not callable(rule):
            raise TypeError(f"the rule of {name} for {one} is {rule!r}, no function: {wanted}")
        least, most, names = _positional(rule)
        if len(rules) + 2 > most or (len(rules) + 2 < least and not takes_parameters):
            raise TypeError(
                f"the rule of {name} for {one} takes ({', '.join(names)}), but {wanted}"
            )


def _positional(function: Callable[..., Any]) -> tuple[int, float, tuple[str, ...]]:
    """How many arguments a function needs and takes by position, and their names."""
    if isinstance(function, np.ufunc):
        return function.nin, function.nin, ()
    if type(function) is FunctionType:  # as a signature says, in a hundredth of its time
        code = function.__code__
        count = code.co_argcount
        most = np.inf if code.co_flags & inspect.CO_VARARGS else count
        return count - len(function.__defaults__ or ()), most, code.co_varnames[:count]
    return 0, np.inf, ()
