"""A program: calls of NumPy's functions in a row, on variables that are written once.

It is what JAX calls a jaxpr and textbooks a Wengert list. Run it, print it, compare it, save it:
it is data, and nothing of the engine is in it.

>>> import numpy as np
>>> from tinygrad_xor.program import trace
>>> program = trace(lambda x, y: np.sum(np.sin(x) * y), np.array([1.0, 2.0]), 3.0)
>>> print(program)
v0 = input()  # (2,) float64, x
v1 = input()  # () float, y
v2 = sin(v0)  # (2,) float64
v3 = multiply(v2, v1)  # (2,) float64
v4 = sum(v3)  # () float64
return v4
>>> program(np.array([0.0, np.pi / 2]), 2.0)
np.float64(2.0)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from tinygrad_xor.program import constants
from tinygrad_xor.program.constants import Constant, Variable, found, mapped, thawed
from tinygrad_xor.program.functions import item, known, looks_at_numbers, name_of, named
from tinygrad_xor.program.trees import Form, flatten, form_of, leaves_like

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Input:
    """What a program takes: a number or an array of one shape and dtype; `weak` as in `Step`."""

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
    def reads(self) -> list[Variable]:
        """The variables that it needs."""
        return found(Variable, (self.inputs, self.parameters))

    @property
    def is_watched(self) -> bool:
        """Whether the shape or dtype of its result may depend on the numbers."""
        index_or_mask = (self.inputs[1:], self.parameters)
        by_variables = self.name in ("getitem", "where") and (
            len(self.inputs) == 1 or (self.name == "getitem" and bool(found(Variable, index_or_mask)))
        )
        return by_variables or looks_at_numbers(self.function)

    @cached_property
    def _key(self) -> Any:
        call = [constants.as_json(x) for x in (self.inputs, self.parameters)]
        return self.function, json.dumps(call), self.shape, self.dtype, self.weak

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
            ValueError: if its shape or dtype is not what it was when the program was traced, so
                that what follows may be wrong.
        """
        parameters = thawed(self.parameters, variables)
        result = self.function(*thawed(self.inputs, variables), **parameters)
        if self.weak:
            result = item(result)
        if self.shape is not None and described(result) != (self.shape, self.dtype):
            shape, dtype = described(result)
            raise ValueError(
                f"{self} gave shape {shape} and dtype {dtype} here, and {self.shape} and "
                f"{self.dtype} when it was traced: what follows relies on these, so trace again"
            )
        return result


@dataclass(frozen=True)
class Program:
    """Steps in a row: ``program(*arguments)`` runs them on arrays, or on Values.

    Attributes:
        inputs: variables 0, 1, … are these.
        steps: each makes one more variable of those before it.
        outputs: what comes back: variables and constants.
        takes: the form of the arguments, whose leaves are the inputs.
        gives: the form of what comes back.
    """

    inputs: tuple[Input, ...]
    steps: tuple[Step, ...]
    outputs: tuple[Any, ...]
    takes: Form
    gives: Form

    def __call__(self, *arguments: Any) -> Any:
        """Run it, step by step: slow, and the reference for whatever is faster.

        Raises:
            ValueError: if the arguments differ in form, shape or dtype from those traced.
        """
        try:
            leaves = leaves_like(arguments, self.takes(self.inputs))
        except ValueError as error:
            raise ValueError(f"this program takes other arguments: {error}") from None
        variables = [x.taken(leaf) for x, leaf in zip(self.inputs, leaves, strict=True)]
        for step in self.steps:
            variables.append(step.run(variables))
        return self.gives(thawed(list(self.outputs), variables))

    def pruned(self) -> Program:
        """The same without the steps that no output needs.

        Those whose shape may be another for other numbers stay: running them shows whether it is.
        """
        start = len(self.inputs)
        needed = {v.index for v in found(Variable, self.outputs)}
        for index in reversed(range(len(self.steps))):
            if start + index in needed or self.steps[index].is_watched:
                needed.add(start + index)
                needed.update(v.index for v in self.steps[index].reads)
        kept = [i for i in range(len(self.steps)) if start + i in needed]
        new = {i: Variable(i) for i in range(start)}
        new |= {start + old: Variable(start + place) for place, old in enumerate(kept)}
        steps = [
            replace(
                self.steps[i],
                inputs=_renamed(self.steps[i].inputs, new),
                parameters=_renamed(self.steps[i].parameters, new),
            )
            for i in kept
        ]
        return replace(self, steps=tuple(steps), outputs=_renamed(self.outputs, new))

    def __str__(self) -> str:
        text = []
        for i, x in enumerate((*self.inputs, *self.steps)):
            kind = x.dtype and (x.dtype.name.rstrip("0123456789") if x.weak else x.dtype)
            about = "several arrays" if x.shape is None else f"{x.shape} {kind}"
            name = "/".join(filter(None, (*getattr(x, "scopes", ()), x.label)))
            call = "input()" if isinstance(x, Input) else str(x)
            text.append(f"v{i} = {call}  # {about}{', ' if name else ''}{name}")
        return "\n".join([*text, "return " + ", ".join(map(repr, self.outputs))])

    def to_json(self) -> str:
        """The program as text that `from_json` reads, on any machine.

        Raises:
            TypeError: if a function, or the form of an argument, has no name there.
        """
        for step in self.steps:
            if known(step.function) is None:
                raise TypeError(
                    f"{step.name} can be run but not saved: give it a name with "
                    "tinygrad_xor.program.register(name, function)"
                )
        content = {
            "inputs": [[x.shape, x.dtype.name, x.label, x.weak] for x in self.inputs],
            "steps": [
                {
                    "function": step.name,
                    "inputs": constants.as_json(step.inputs),
                    "parameters": constants.as_json(step.parameters),
                    "shape": step.shape,
                    "dtype": step.dtype and step.dtype.name,
                    "label": step.label,
                    "scopes": step.scopes,
                    "weak": step.weak,
                }
                for step in self.steps
            ],
            "outputs": constants.as_json(self.outputs),
            "takes": constants.as_json(_example(self.takes)),
            "gives": constants.as_json(_example(self.gives)),
        }
        return json.dumps(content, indent=1)

    @staticmethod
    def from_json(text: str) -> Program:
        """The program in a text of `to_json`. It calls functions of the table, and no others.

        Raises:
            ValueError: if it is no such text, or asks for a function that is not there.
        """
        try:
            return _read(json.loads(text))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"this is no program: {type(error).__name__}: {error}") from error


def described(x: Any) -> tuple[Shape, np.dtype[Any]]:
    """The shape and the dtype of a number or array."""
    dtype = getattr(x, "dtype", None)
    return np.shape(x), np.asarray(x).dtype if dtype is None else dtype


def _renamed(x: Any, new: dict[int, Variable]) -> Any:
    return mapped(lambda leaf: new[leaf.index] if type(leaf) is Variable else leaf, x)


def _example(form: Form) -> Any:
    """A tree of that form, with text for its leaves.

    Raises:
        TypeError: if there is more in it than lists, tuples and dicts with names.
    """
    tree = form("*" for _ in iter(int, 1))
    if flatten(constants.from_json(constants.as_json(tree)))[1] != form:
        raise TypeError(f"a program that takes or gives {form_of(tree)} cannot be saved")
    return tree


def _read(content: dict[str, Any]) -> Program:
    read = constants.from_json
    inputs = [
        Input(tuple(shape), constants.numeric_dtype(dtype), label, bool(weak))
        for shape, dtype, label, weak in content["inputs"]
    ]
    steps = [
        Step(
            named(step["function"]),
            read(step["inputs"]),
            read(step["parameters"]),
            None if step["shape"] is None else tuple(step["shape"]),
            None if step["dtype"] is None else constants.numeric_dtype(step["dtype"]),
            step["label"],
            tuple(step["scopes"]),
            bool(step["weak"]),
        )
        for step in content["steps"]
    ]
    outputs = read(content["outputs"])
    forms = [flatten(read(content[side]))[1] for side in ("takes", "gives")]
    program = Program(tuple(inputs), tuple(steps), outputs, *forms)
    _check_order(program.inputs, program.steps, outputs)
    return program


def _check_order(inputs: Iterable[Input], steps: Iterable[Step], outputs: Any) -> None:
    """Refuse a variable that is read before it is written."""
    count = len(list(inputs))
    for step in steps:
        if not all(0 <= v.index < count for v in step.reads):
            raise ValueError(f"v{count} = {step} reads a variable that is not there yet")
        count += 1
    if not all(0 <= v.index < count for v in found(Variable, outputs)):
        raise ValueError(f"this program has no variables {outputs!r}")
