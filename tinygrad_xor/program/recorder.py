"""What a trace writes down: the inputs, and a step for each call of a function."""

from __future__ import annotations

import weakref
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from tinygrad_xor.program import functions
from tinygrad_xor.program.array import PYTHONS, Traced, plain
from tinygrad_xor.program.constants import Variable, described, found, frozen, mapped
from tinygrad_xor.program.refusal import refuse, users_line
from tinygrad_xor.program.step import Input, Step

#: ``with`` blocks in which traced functions run: who knows what steps are part of, says it there.
WITHIN: list[Callable[[Recorder], AbstractContextManager[None]]] = []
#: The recorders that write just now.
RUNNING: set[Any] = set()


class Recorder:
    """The steps of one run of a function: ``with recorder:`` is the run."""

    def __init__(self) -> None:
        self.inputs: list[Input] = []
        self.steps: list[Step] = []
        #: Gives the names of what is running, outermost first: ``("dense_1", "relu")``.
        self.scopes: Callable[[], tuple[str, ...]] = tuple
        #: The arguments, whose memory is not the function's own.
        self._given: list[Traced] = []
        #: The arrays that are alive, by their variable.
        self._made: dict[Variable, list[weakref.ref[Traced]]] = defaultdict(list)

    def __enter__(self) -> None:
        RUNNING.add(self)

    def __exit__(self, *_: object) -> None:
        RUNNING.remove(self)

    def input(self, data: Any, label: str) -> Traced:
        """A new input of the program, with the number or array of the example."""
        frozen(data)
        self.inputs.append(Input(*described(data), label, type(data) in PYTHONS))
        self._given.append(self.traced(Variable(len(self.inputs) - 1), data))
        return self._given[-1]

    def traced(self, variable: Variable, data: Any) -> Traced:
        """An array for a variable."""
        array = Traced(self, variable, data)
        self._made[variable].append(weakref.ref(array))
        return array

    def call(
        self,
        function: Callable[..., Any],
        inputs: tuple[Any, ...],
        parameters: dict[str, Any],
        weak: bool = False,
    ) -> Any:
        """Compute ``function(*inputs, **parameters)``, and note it as one step."""
        if self not in RUNNING:
            refuse("a traced array was used after trace() was done: return it, do not keep it")
        if any(x.recorder is not self for x in found(Traced, (inputs, parameters))):
            refuse("arrays of two traces met: trace one function at a time")
        parameters = {k: x for k, x in parameters.items() if x is not np._NoValue}
        data = function(*plain(inputs), **plain(parameters))
        if weak:
            data = functions.item(data)
        return self._result(self._note(function, inputs, parameters, data, weak), data)

    def _note(
        self, function: Any, inputs: Any, parameters: Any, data: Any, weak: bool = False
    ) -> Variable:
        try:
            inputs, parameters = mapped(_kept, inputs), mapped(_kept, parameters)
        except TypeError as error:
            refuse(f"{functions.name_of(function)}: {error}")
        shape, dtype = None, None
        if not isinstance(data, (tuple, list)):
            _refuse_no_numbers(function, data)
            shape, dtype = described(data)
        line = users_line()
        step = Step(function, inputs, parameters, shape, dtype, None, self.scopes(), weak, line)
        self.steps.append(step)
        return Variable(len(self.inputs) + len(self.steps) - 1)

    def _result(self, variable: Variable, data: Any) -> Any:
        if not isinstance(data, (tuple, list)):
            return self.traced(variable, data)
        whole = Traced(self, variable, data)
        parts = []
        for i, part in enumerate(data):
            step = self._note(functions.getitem, (whole, i), {}, part)
            parts.append(self._result(step, part))
        kind: Any = type(data)
        return kind(*parts) if hasattr(kind, "_fields") else kind(parts)

    def step_of(self, variable: Variable) -> int:
        """The place of the step that made a variable; negative for an input."""
        return variable.index - len(self.inputs)

    def weakened(self, array: Traced) -> Traced:
        """The number of Python's that `array` is: by the step that made it, if nobody else sees."""
        variable = array.variable
        place = self.step_of(variable)
        others = [made() for made in self._made[variable]]
        if (
            place < 0
            or any(x is not None and x is not array for x in others)
            or any(variable in step.reads for step in self.steps[place:])
        ):
            return self.call(functions.item, (array,), {})
        self.steps[place] = self.steps[place].changed(weak=True)
        return self.traced(variable, functions.item(array.computed))

    def written(self, array: Traced) -> None:
        """Let nobody use an array, or a view of it, any more: it was written into."""
        if any(np.may_share_memory(x._computed, array._computed) for x in self._given):
            refuse("an argument would be written into: write a = a + b instead of a += b")
        for reference in [made for several in self._made.values() for made in several]:
            other = reference()
            if other is not None and np.may_share_memory(other._computed, array._computed):
                other._written = users_line()


def _kept(leaf: Any) -> Any:
    return leaf.variable if type(leaf) is Traced else frozen(leaf)


def _refuse_no_numbers(function: Any, data: Any) -> None:
    if not (isinstance(data, PYTHONS) or getattr(data, "dtype", np.dtype(object)).kind in "fiubc"):
        refuse(f"{functions.name_of(function)} gives a {type(data).__name__}, no numbers")
