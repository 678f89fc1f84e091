"""The lines of a program: what it takes, and the calls that it makes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from tinygrad_xor.program.constants import (
    Variable,
    as_json,
    described,
    found,
    mapped,
    thawed,
)
from tinygrad_xor.program.functions import item, looks_at_numbers, name_of

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Input:
    """What a program takes: a number or an array.

    Attributes:
        shape: its shape.
        dtype: its dtype.
        label: what it is called, if it is.
        weak: whether it is a number of Python's, as in `Step`.
    """

    shape: Shape
    dtype: np.dtype[Any]
    label: str | None = None
    weak: bool = False

    def taken(self, x: Any) -> Any:
        """`x`, if it fits.

        Raises:
            ValueError: if its shape or dtype is another.
        """
        if type(x) is int and self.dtype == float:
            x = float(x)
        if isinstance(x, (np.ndarray, np.generic, float, int, complex)) and np.ndim(x) == 0:
            x = item(x) if self.weak else np.asarray(x)[()]
        if described(x) != (self.shape, self.dtype):
            shape, dtype = described(x)
            raise ValueError(
                f"input {self.label or ''} of this program has shape {self.shape} and dtype "
                f"{self.dtype}, not {shape} and {dtype}: convert it, or trace again"
            )
        return x

    @property
    def about(self) -> tuple[str, str]:
        """What it is, and what it is called."""
        return _kind(self), self.label or ""

    def __str__(self) -> str:
        return "input()"


@dataclass(frozen=True, eq=False)
class Step:
    """One call: ``function(*inputs, **parameters)``. Its result is the next variable.

    Two steps are equal if they compute the same in the same way, whatever they are called.

    Attributes:
        function: of NumPy, or one that is registered.
        inputs: by position: `Variable`, `Constant` or numbers, in lists and tuples where there are.
        parameters: by name.
        shape: of the result; None where that is several arrays, which steps of ``getitem`` take.
        dtype: of the result.
        label: a name for it.
        scopes: what it is part of, outermost first: ``("dense_1", "relu")``.
        weak: whether the result is made a number of Python's, as JAX calls it: unlike NumPy's, it
            leaves float32 arrays what they are. Its dtype is printed as ``float``, not float64.
        source: the file and the line of the user that made it; not saved.
    """

    function: Callable[..., Any]
    inputs: tuple[Any, ...]
    parameters: dict[str, Any]
    shape: Shape | None
    dtype: np.dtype[Any] | None
    label: str | None = None
    scopes: tuple[str, ...] = ()
    weak: bool = False
    source: tuple[str, int] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """What the function is called."""
        return name_of(self.function)

    @property
    def about(self) -> tuple[str, str]:
        """What its result is, and what that is called, with what it is part of."""
        return _kind(self), "/".join(filter(None, (*self.scopes, self.label)))

    @cached_property
    def reads(self) -> list[Variable]:
        """The variables that it needs."""
        return found(Variable, (self.inputs, self.parameters))

    def changed(self, **fields: Any) -> Step:
        """Another step that differs in these fields; many are made, so fast."""
        new = object.__new__(Step)
        vars(new).update(vars(self), **fields)
        for computed in ("reads", "call"):
            vars(new).pop(computed, None)
        return new

    def renamed(self, now: Sequence[Any]) -> Step:
        """The same call of what stands for its variables now.

        Args:
            now: for each variable another, or a constant.
        """

        def renamed(x: Any) -> Any:
            return now[x.index] if type(x) is Variable else x

        parameters = mapped(renamed, self.parameters) if self.parameters else {}
        return self.changed(inputs=mapped(renamed, self.inputs), parameters=parameters)

    @property
    def is_watched(self) -> bool:
        """Whether the shape or dtype of its result may depend on the numbers."""
        if self.name == "where":
            return len(self.inputs) == 1
        if self.name == "getitem":  # a mask, or the ends of a slice, may be among the variables
            return bool(found(Variable, (self.inputs[1:], self.parameters)))
        return looks_at_numbers(self.function)

    @cached_property
    def call(self) -> str:
        """What it calls its function with, as JSON."""
        return json.dumps([as_json(x) for x in (self.inputs, self.parameters)])

    @property
    def _key(self) -> Any:
        return self.function, self.call, self.shape, self.dtype, self.weak

    def __eq__(self, other: object) -> bool:
        return type(other) is Step and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __str__(self) -> str:
        given = [repr(x) for x in self.inputs]
        given += [f"{name}={x!r}" for name, x in self.parameters.items()]
        return f"{self.name}({', '.join(given)})"

    def run(self, variables: list[Any]) -> Any:
        """The result for the numbers that the variables have.

        Raises:
            ValueError: as `checked`: what follows would be wrong.
        """
        parameters = thawed(self.parameters, variables)
        result = self.function(*thawed(self.inputs, variables), **parameters)
        return self.checked(item(result) if self.weak else result)

    def checked(self, result: Any) -> Any:
        """A result of this step, if it is of the kind that it was when the program was traced.

        Raises:
            ValueError: if its shape or dtype is another.
        """
        if self.shape is not None and described(result) != (self.shape, self.dtype):
            shape, dtype = described(result)
            raise ValueError(
                f"{self} gave shape {shape} and dtype {dtype} here, and {self.shape} and "
                f"{self.dtype} when it was traced: what follows relies on these, so trace again"
            )
        return result


def _kind(x: Input | Step) -> str:
    if x.shape is None or x.dtype is None:
        return "several arrays"
    return f"{x.shape} {x.dtype.name.rstrip('0123456789') if x.weak else x.dtype}"
