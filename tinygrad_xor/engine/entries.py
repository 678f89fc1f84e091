"""What is asked of an entry of the table beside its result: names, messages, copies, NumPy's calls.

`core.Primitive` is one, and knows how to compute.
"""

from __future__ import annotations

from collections.abc import Callable, KeysView
from dataclasses import fields
from typing import Any

import numpy as np

from tinygrad_xor.engine.arguments import as_inputs, inputs_and_parameters
from tinygrad_xor.engine.foreign import explain_refusal
from tinygrad_xor.engine.numbers import Numbers
from tinygrad_xor.engine.rules import Rule, Variadic
from tinygrad_xor.engine.table import TABLE, named
from tinygrad_xor.engine.written import kept_params


class TableEntry:
    """The part of `Primitive` that computes nothing."""

    __slots__ = ()

    function: Callable[..., Any]
    rules: tuple[Rule | None, ...] | Variadic
    name: str
    elementwise: bool

    def called_as(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """What ``np.exp(v)`` comes to: ``function(*args, **kwargs)`` with Values among them."""
        count = len(self.rules) if type(self.rules) is tuple else len(args)
        if kwargs or len(args) != count:
            args, kwargs = as_inputs(function, count, self.parameters, args, kwargs)
        if not kwargs:
            return self.apply(args, kwargs)
        params = kept_params(kwargs)
        if params is not kwargs:
            for name, given in kwargs.items():
                if isinstance(given, Numbers):
                    raise TypeError(
                        f"{self.name} has no derivative by {name}=: pass the plain data, v.data"
                    )
        return self.apply(args, params)

    def apply(self, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """The result; `Primitive` has it."""
        raise NotImplementedError

    @property
    def parameters(self) -> KeysView[str]:
        """The names of the inputs and the parameters, in the order that the rules take."""
        rule = self._some_rule
        return inputs_and_parameters(rule) if rule is not None else {}.keys()

    @property
    def page(self) -> str:
        """The page of derivatives that its rules are on: the last part of their module's name."""
        return (self._some_rule or self.function).__module__.rpartition(".")[2]

    @property
    def _some_rule(self) -> Rule | None:
        own = [self.rules.rule] if isinstance(self.rules, Variadic) else self.rules
        return next((rule for rule in own if rule is not None), None)

    # -- what is said where something does not fit -------------------------------------------------

    def refuse_values(self, inputs: tuple[Any, ...]) -> None:
        """Refuse Values that no rule is for: their gradient would be lost.

        Raises:
            TypeError: with the name of the first of them.
        """
        known = len(self.rules)
        names = [*self.parameters, *map(str, range(len(inputs)))]
        for name, x in zip(names[known:], inputs[known:], strict=False):
            if isinstance(x, Numbers):
                raise TypeError(
                    f"{self.name} has {known} rules, and none for {name}: pass its plain data, "
                    "v.data, or give primitive() one rule for each input"
                )

    def explain(self, error: Exception, raw: list[Any]) -> None:
        """Say more of an error of the forward function, where more is known.

        Raises:
            ValueError: for a ValueError of shapes that do not fit, with the shapes.
            TypeError: for one of another library's arrays, with its name.
        """
        if not isinstance(error, ValueError):
            explain_refusal(self.name, raw, error)
        elif raw and not isinstance(error, np.linalg.LinAlgError):  # which is not of shapes
            shapes = " and ".join(str(np.shape(x)) for x in raw)
            hint = (
                "Shapes broadcast when, read from the last axis back, lengths are equal or 1."
                if self.elementwise
                else "Reshape or transpose an input."
            )
            raise ValueError(f"{self.name} cannot take shapes {shapes}: {error}. {hint}") from error

    def whose(self, rule: Rule) -> str:
        """What to call one of the rules in a message."""
        own = list(self.rules) if type(self.rules) is tuple else []
        names = list(self.parameters)
        one = f" for {names[own.index(rule)]}" if rule in own and len(names) >= len(own) > 1 else ""
        return f"the rule of {self.name}{one}"

    def wrong_gradient(self, rule: Rule, g: Any, shape: tuple[int, ...]) -> Exception:
        """The error where a rule returned `g` for an input of that shape."""
        if hasattr(g, "shape"):
            return ValueError(
                f"{self.whose(rule)} returned a gradient of shape {g.shape} for an input of shape "
                f"{shape}"
            )
        return TypeError(
            f"{self.whose(rule)} returned {g!r}: a number or an array is expected, the gradient "
            f"for an input of shape {shape}; where there is none, declare None in place of the rule"
        )

    # -- copies and text ---------------------------------------------------------------------------

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """An entry is copied and pickled as its name: there is only one of it.

        What is not in the table, such as the rule of one call of a `custom_vjp`, goes along whole.
        """
        if TABLE.get(self.name) is self:
            return named, (self.name,)
        return type(self), tuple(getattr(self, field.name) for field in fields(self))  # type: ignore[arg-type]
