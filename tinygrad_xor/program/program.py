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
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from tinygrad_xor.program import constants
from tinygrad_xor.program.constants import Variable, found, thawed
from tinygrad_xor.program.functions import known, named
from tinygrad_xor.program.step import Input, Step
from tinygrad_xor.program.trees import Form, flatten, form_of, leaves_like


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

    def __hash__(self) -> int:
        return hash((self.inputs, self.steps))

    @property
    def lines(self) -> list[Input | Step]:
        """What makes each variable: the inputs, then the steps."""
        return [*self.inputs, *self.steps]

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
        if len(kept) == len(self.steps):
            return self
        new = [Variable(i) for i in range(start)] + [Variable(-1)] * len(self.steps)
        for place, old in enumerate(kept):
            new[start + old] = Variable(start + place)
        steps = tuple([self.steps[i].renamed(new) for i in kept])
        outputs = tuple([new[x.index] if type(x) is Variable else x for x in self.outputs])
        return replace(self, steps=steps, outputs=outputs)

    def __str__(self) -> str:
        text = []
        for i, x in enumerate(self.lines):
            text.append(f"v{i} = {x}  # {', '.join(filter(None, x.about))}")
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
            raise ValueError(
                f"this is no program: {step} reads v{count} or later before it is written"
            )
        count += 1
    if not all(0 <= v.index < count for v in found(Variable, outputs)):
        raise ValueError(f"this program has no variables {outputs!r}")
