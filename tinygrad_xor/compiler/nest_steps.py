"""The steps of a program on arrays as loops: elementwise, moved, summed, multiplied.

The arithmetic of a nest is a program on numbers, the same as `scalarized` writes for one element:
so are its bits. What has no such form, and large matrix products, are calls of NumPy's between the
nests.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.compiler.contractions import CONTRACTIONS, JOINS, REDUCTIONS
from tinygrad_xor.compiler.elements import (
    BOOL,
    DTYPES,
    Elements,
    NotLoweredError,
    filled,
    of_dtypes,
)
from tinygrad_xor.compiler.nest_sums import PRODUCTS, Sums
from tinygrad_xor.compiler.nests import Make, Nest
from tinygrad_xor.compiler.scalarize import MOVES, handler_of
from tinygrad_xor.compiler.schedule import is_one_number
from tinygrad_xor.compiler.views import View
from tinygrad_xor.program import functions
from tinygrad_xor.program.constants import Constant, Variable, found
from tinygrad_xor.program.program import Program
from tinygrad_xor.program.step import Step


class Nests(Sums):
    """The nests of a program on arrays.

    Args:
        program: on arrays, expanded.
        inputs: where each input lies.
        outputs: where each output goes.
        refused: where it is said that numbers were refused.
    """

    def __init__(
        self, program: Program, inputs: list[View], outputs: list[View], refused: View
    ) -> None:
        super().__init__(program, inputs, outputs)
        flags: list[int] = []
        for i, step in enumerate(program.steps):
            check = getattr(step.function, "refuses", None)
            if check is None:
                self._step(len(inputs) + i, step)
            else:
                flags.append(self._check(step, *check(*step.inputs, **step.parameters)))
        for x, view in zip(program.outputs, outputs, strict=True):
            self.kept(x, view)
        if flags:
            self._flag(flags, refused)

    # -- steps -------------------------------------------------------------------------------------

    def _step(self, index: int, step: Step) -> None:
        try:
            if step.dtype is None or step.dtype not in DTYPES:
                raise NotLoweredError(step, "of another kind of numbers")
            for x in step.reads:
                if self.lines[x.index].dtype not in DTYPES:
                    raise NotLoweredError(step, "of another kind of numbers")
            if step.function in MOVES or step.function is functions.item:
                self._move(index, step)
            elif step.function in JOINS:
                self.reduction(index, step)
            elif step.function in PRODUCTS:
                self.product(index, step)
            elif step.function in REDUCTIONS or step.function in CONTRACTIONS:
                raise NotLoweredError(step, "no loop is known")
            else:
                self._each(index, step)
        except NotLoweredError as error:
            self._call(index, step, error.why)

    def _each(self, index: int, step: Step) -> None:
        """A function of numbers, for each element."""
        handler = handler_of(step.function)
        if handler is None or found(Variable, step.parameters):
            raise NotLoweredError(step, "no form in numbers is known")
        of_one = step.changed(shape=())
        reads: list[Any] = []
        given: list[Any] = []
        for x in step.inputs:
            if isinstance(x, (list, tuple)):
                if found(Variable, x) or found(Constant, x):
                    raise NotLoweredError(step, "numbers in a list")
                x = Constant(np.asarray(x))  # noqa: PLW2901
            if type(x) is Constant and is_one_number(x.data):
                x = Constant(x.data.reshape(-1)[0])  # noqa: PLW2901
            if isinstance(x, Variable) or (type(x) is Constant and x.data.shape):
                given.append(len(reads))
                reads.append(x.index if isinstance(x, Variable) else self.known(x.data, step))
            else:
                given.append((x,))

        def make(new: Elements, loaded: list[Any]) -> Any:
            new.of = of_one
            operands = [filled((), [loaded[x]]) if type(x) is int else x[0] for x in given]
            return handler(new, of_one, *operands, **step.parameters).item()

        self.put(index, step.shape or (), self._tried(make, reads), reads)

    def _tried(self, make: Make, reads: list[Any]) -> Make:
        """The same, written once already, which shows whether numbers of these kinds have the form.

        Raises:
            NotLoweredError: if not.
        """
        dtypes = [self.dtype(x) if type(x) is int else x.dtype for x in reads]
        once = of_dtypes(dtypes, self.lines)
        result = make(once, [Variable(i) for i in range(len(dtypes))])

        def again(new: Elements, loaded: list[Any]) -> Any:
            now = [*loaded]
            for step in once.steps:
                now.append(new.add(step.renamed(now)))
            return now[result.index] if type(result) is Variable else result

        return again

    # -- moves -------------------------------------------------------------------------------------

    def _move(self, index: int, step: Step) -> None:
        first, *rest = step.inputs
        if found(Variable, (rest, step.parameters)):
            raise NotLoweredError(step, "places that are computed")
        if step.function in (np.concatenate, np.stack):
            self._joined(index, step)
            return
        if type(first) is not Variable:
            raise NotLoweredError(step, "in this form of arguments")
        rest = [x.data if type(x) is Constant else x for x in rest]
        parameters = {k: x.data if type(x) is Constant else x for k, x in step.parameters.items()}
        function: Any = _MOVED.get(step.function, step.function)
        if self.dtype(first.index) != step.dtype:
            raise NotLoweredError(step, "to another kind of numbers")

        def moved(x: Any) -> Any:
            return function(x, *rest, **parameters)

        old = self.view(first.index)
        new = old.seen(moved)
        if new is not None and new.shape == step.shape:
            self.views[index], self.home[index] = new, self.home[first.index]
            return
        if step.function not in (np.reshape, np.ravel):
            raise NotLoweredError(step, "elements that are copied here and there")
        view = self.memory(self.shape(first.index), step.dtype)
        self.home[index] = self.copied(first.index, view)
        seen = view.seen(moved)
        assert seen is not None
        self.views[index] = seen

    def _joined(self, index: int, step: Step) -> None:
        """Arrays one behind the other: each is written to its part of the whole."""
        parts = step.inputs[0]
        axis = step.parameters.get("axis", step.inputs[1] if len(step.inputs) > 1 else 0)
        more = set(step.parameters) - {"axis"}
        if more or axis is None or not isinstance(parts, (list, tuple)) or len(step.inputs) > 2:
            raise NotLoweredError(step, "in this form of arguments")
        if any(type(x) is not Variable or self.dtype(x.index) != step.dtype for x in parts):
            raise NotLoweredError(step, "of different kinds")
        assert step.shape is not None
        axis = axis % len(step.shape)
        whole = self.goes.pop(index, None) or self.memory(step.shape, step.dtype)  # type: ignore[arg-type]
        start, last = 0, -1
        for x in parts:
            shape = self.shape(x.index)
            n = 1 if step.function is np.stack else shape[axis]
            along = start if step.function is np.stack else slice(start, start + n)
            part = whole.seen(operator.itemgetter((*[slice(None)] * axis, along, ...)))
            assert part is not None
            start += n
            last = max(last, self.copied(x.index, part))
        self.views[index], self.home[index] = whole, last

    # -- the rest ----------------------------------------------------------------------------------

    def _call(self, index: int, step: Step, why: str) -> None:
        """Let NumPy take a step."""
        self.by_numpy.append((step, why))
        operands = {}
        for x in step.reads:
            if self.lines[x.index].shape is not None:
                operands[x.index] = self.view(x.index)
        view = None
        if step.shape is not None and step.dtype is not None:
            view = self.memory(step.shape, step.dtype)
            self.views[index] = view
        self.nests.append(Nest((), call=(step, operands, index, view)))
        self.home[index] = len(self.nests) - 1

    def _check(self, step: Step, asked: Any, wanted: bool, of_all: bool) -> int:
        """Whether numbers are refused, as a number of its own."""
        index = self.new((), BOOL)
        join = np.logical_and if of_all else np.logical_or
        if type(asked) is not Variable:
            data = asked.data if type(asked) is Constant else asked
            answer = bool(np.all(data) if of_all else np.any(data)) is not wanted
            self.put(index, (), lambda new, loaded: answer, [])
            return index
        if self.dtype(asked.index) != BOOL:
            raise NotLoweredError(step, "a question of numbers")
        view = self.view(asked.index)
        source, places = view.along(tuple(range(len(view.shape))))
        of_bool = Step(step.function, (), {}, (), BOOL)
        joined = self.new((), BOOL)
        if places:
            self.terms(joined, of_bool, join, [source], [places], self.home[asked.index] + 1)
        else:
            self.put(joined, (), lambda new, loaded: of_all, [])

        def make(new: Elements, loaded: list[Any]) -> Any:
            return new.emit(np.logical_not, (loaded[0],), BOOL) if wanted else loaded[0]

        self.put(index, (), make, [joined])
        return index

    def _flag(self, flags: list[int], refused: View) -> None:
        index = self.new((), BOOL)

        def make(new: Elements, loaded: list[Any]) -> Any:
            result = loaded[0]
            for x in loaded[1:]:
                result = new.emit(np.logical_or, (result, x), BOOL)
            return result

        self.put(index, (), make, list(flags))
        self.nests[self.home[index]].stores.append((index, refused))


_MOVED: dict[Any, Callable[..., Any]] = {
    **{np.positive: lambda x: x, np.real: lambda x: x, np.copy: lambda x: x},
    functions.item: lambda x: x.reshape(()),
}
