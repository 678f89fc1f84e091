"""A program on arrays as loops: what is computed for each element, in nests of loops over shapes.

What is computed for elements at the same place of arrays of one shape goes into one nest, so that
numbers in between need no memory. The arithmetic of a nest is a program on numbers, and the same as
`scalarized` writes for one element: so are its bits. What has no such form, and large matrix
products, are calls of NumPy's between the nests.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from tinygrad_xor.compiler.contractions import CONTRACTIONS, JOINED, REDUCTIONS
from tinygrad_xor.compiler.elements import BOOL, DTYPES, Elements, NotLoweredError, filled, number
from tinygrad_xor.compiler.scalarize import MOVES, handler_of
from tinygrad_xor.compiler.views import View, even
from tinygrad_xor.program import functions
from tinygrad_xor.program.constants import Constant, Variable, found
from tinygrad_xor.program.program import Program
from tinygrad_xor.program.step import Step

#: Sums of so many terms are written out; longer ones are a call of a loop.
WRITTEN_OUT = 64
#: Products of so many pairs of numbers in all are loops; larger ones are NumPy's, which calls BLAS.
LARGEST_PRODUCT = 2**16
#: Sums of more terms than this are NumPy's in products.
LONGEST_PRODUCT = 2**10


@dataclass(eq=False)
class Read:
    """A number that a nest reads from memory, for each place of its shape."""

    view: View
    extra: int = 0

    def broadcast(self, shape: tuple[int, ...]) -> Read:
        """For each place of a larger shape."""
        return Read(self.view.broadcast(shape), self.extra)


@dataclass(eq=False)
class Sum:
    """A number that a call gives: of terms side by side, added or joined otherwise.

    Attributes:
        function: which joins two.
        views: of the first terms, one, or two whose products are added.
        steps: how far the terms are from each other.
        count: how many there are.
    """

    function: Any
    views: list[View]
    steps: list[int]
    count: int

    def broadcast(self, shape: tuple[int, ...]) -> Sum:
        """For each place of a larger shape."""
        views = [view.broadcast(shape) for view in self.views]
        return Sum(self.function, views, self.steps, self.count)


#: Computes a number of a nest, from what it reads.
Make = Callable[[Elements, list[Any]], Any]


@dataclass(eq=False)
class Nest:
    """Loops over a shape, or a call of NumPy's.

    Attributes:
        shape: of the loops.
        made: how each variable is computed, with the numbers it reads: a `Read`, a `Sum`, or a
            variable of this nest.
        stores: which variables are kept, and where.
        call: the step that NumPy takes, if it does; its operands, and where the result goes.
    """

    shape: tuple[int, ...]
    made: dict[int, tuple[Make, list[Any]]] = field(default_factory=dict)
    stores: list[tuple[int, View]] = field(default_factory=list)
    call: tuple[Step, dict[int, View], int, View | None] | None = None


class Nests:
    """The nests of a program on arrays.

    Args:
        program: on arrays, expanded.
        inputs: where each input lies.
        outputs: where each output goes.
        refused: where it is said that numbers were refused.
        tape: so many bytes of memory are taken already.
    """

    def __init__(
        self, program: Program, inputs: list[View], outputs: list[View], refused: View, tape: int
    ) -> None:
        self.program, self.tape = program, tape
        self.lines = program.lines
        self.nests: list[Nest] = []
        #: Where a variable lies, if it does, and the nest that makes it.
        self.views: dict[int, View] = dict(enumerate(inputs))
        self.home: dict[int, int] = dict.fromkeys(range(len(inputs)), -1)
        #: Arrays that are known.
        self.constants: list[Any] = []
        #: Steps that are NumPy's work, and why.
        self.by_numpy: list[tuple[Step, str]] = []
        self.goes = {
            x.index: view
            for x, view in reversed([*zip(program.outputs, outputs, strict=True)])
            if type(x) is Variable and x.index >= len(inputs)
        }
        #: The shape and dtype of what no step of the program makes, such as copies.
        self._more: dict[int, tuple[tuple[int, ...], np.dtype[Any]]] = {}
        flags: list[int] = []
        for i, step in enumerate(program.steps):
            check = getattr(step.function, "refuses", None)
            if check is None:
                self._step(len(inputs) + i, step)
            else:
                flags.append(self._check(step, *check(*step.inputs, **step.parameters)))
        for x, view in zip(program.outputs, outputs, strict=True):
            self._kept(x, view)
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
            elif step.function in _REDUCTIONS:
                self._reduction(index, step)
            elif step.function in _PRODUCTS:
                self._product(index, step)
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
        of_one = replace(step, shape=())
        reads: list[Any] = []
        given: list[Any] = []
        for x in step.inputs:
            if isinstance(x, Variable) or (type(x) is Constant and x.data.shape):
                given.append(len(reads))
                reads.append(x.index if isinstance(x, Variable) else self._known(x.data, step))
            else:
                given.append((x,))

        def make(new: Elements, loaded: list[Any]) -> Any:
            new.of = of_one
            operands = [filled((), [loaded[x]]) if type(x) is int else x[0] for x in given]
            return handler(new, of_one, *operands, **step.parameters).item()

        self._try(make, reads, step)
        self._put(index, step.shape or (), make, reads)

    def _try(self, make: Make, reads: list[Any], step: Step) -> None:
        """Find out whether numbers of these kinds have the form, by writing it once.

        Raises:
            NotLoweredError: if not.
        """
        new = Elements((), self.lines)
        dtypes = [self._dtype(x) if type(x) is int else x.dtype for x in reads]
        make(new, [number(d.type(1)) for d in dtypes])

    def _dtype(self, index: int) -> Any:
        return self._more[index][1] if index in self._more else self.lines[index].dtype

    def _shape(self, index: int) -> tuple[int, ...]:
        return self._more[index][0] if index in self._more else self.lines[index].shape or ()

    def _put(self, index: int, shape: tuple[int, ...], make: Make, reads: list[Any]) -> None:
        """Compute a variable in the first nest that can."""
        first = 0
        for x in reads:
            if type(x) is int:
                fits = self._is_made_in_loops(x, shape)
                first = max(first, self.home[x] + (0 if fits else 1))
            else:
                first = max(first, x.after)
        for i in range(first, len(self.nests) + 1):
            if i == len(self.nests):
                self.nests.append(Nest(shape))
            nest = self.nests[i]
            if nest.call is not None or nest.shape != shape:
                continue
            if all(type(x) is not int or self._can_read(x, i, shape) for x in reads):
                break
        sources: list[Any] = []
        for x in reads:
            if type(x) is not int:
                sources.append(x.source.broadcast(shape))
            elif self.home[x] == i and x in nest.made:
                sources.append(x)
            else:
                sources.append(Read(self.view(x).broadcast(shape)))
        nest.made[index] = make, sources
        self.home[index] = i

    def _is_made_in_loops(self, x: int, shape: tuple[int, ...]) -> bool:
        home = self.home[x]
        return home >= 0 and x in self.nests[home].made and self.nests[home].shape == shape

    def _can_read(self, x: int, i: int, shape: tuple[int, ...]) -> bool:
        return self.home[x] < i or self._is_made_in_loops(x, shape)

    def view(self, x: int) -> View:
        """Where a variable lies; from now on, if it lay nowhere."""
        if x not in self.views:
            shape, dtype = self._shape(x), self._dtype(x)
            view = self.goes.pop(x, None)
            if view is None:
                view = self._memory(shape, dtype)
            self.views[x] = view
            self.nests[self.home[x]].stores.append((x, view))
        return self.views[x]

    def _memory(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> View:
        view = View.rows("tape", self.tape, shape, dtype)
        self.tape += -(-math.prod(shape) * dtype.itemsize // 64) * 64
        return view

    def _known(self, data: Any, step: Step) -> Any:
        if data.dtype not in DTYPES:
            raise NotLoweredError(step, f"a constant of dtype {data.dtype}")
        self.constants.append(np.ascontiguousarray(data))
        view = View.rows(f"@c{len(self.constants) - 1}", 0, data.shape, data.dtype)
        return _Ready(Read(view), 0, data.dtype)

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
        if self._dtype(first.index) != step.dtype:
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
        view = self._memory(self._shape(first.index), step.dtype)
        self.home[index] = self._copied(first.index, view)
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
        if any(type(x) is not Variable or self._dtype(x.index) != step.dtype for x in parts):
            raise NotLoweredError(step, "of different kinds")
        assert step.shape is not None
        axis = axis % len(step.shape)
        whole = self.goes.pop(index, None) or self._memory(step.shape, step.dtype)  # type: ignore[arg-type]
        start, last = 0, -1
        for x in parts:
            shape = self._shape(x.index)
            n = 1 if step.function is np.stack else shape[axis]
            along = start if step.function is np.stack else slice(start, start + n)
            part = whole.seen(operator.itemgetter((*[slice(None)] * axis, along, ...)))
            assert part is not None
            start += n
            last = max(last, self._copied(x.index, part))
        self.views[index], self.home[index] = whole, last

    def _copied(self, x: int, view: View) -> int:
        """Write a variable to a place; the nest that does."""
        if self._is_made_in_loops(x, view.shape):
            self.nests[self.home[x]].stores.append((x, view))
            return self.home[x]
        copy = self._new(view.shape, view.dtype)
        self._put(copy, view.shape, _itself, [x])
        self.nests[self.home[copy]].stores.append((copy, view))
        return self.home[copy]

    def _new(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
        index = len(self.lines) + len(self._more)
        self._more[index] = shape, dtype
        return index

    # -- sums and products -------------------------------------------------------------------------

    def _reduction(self, index: int, step: Step) -> None:
        ufunc, default, is_mean = _REDUCTIONS[step.function]
        x, *rest = step.inputs
        axis = step.parameters.get("axis", rest[0] if rest else default)
        if set(step.parameters) - {"axis", "keepdims"} or len(rest) > 1 or type(x) is not Variable:
            raise NotLoweredError(step, "in this form of arguments")
        old = self._shape(x.index)
        assert step.dtype is not None
        if not old or 0 in old or self._dtype(x.index) != step.dtype:
            raise NotLoweredError(step, "of these numbers")
        axes = normalize_axis_tuple(range(len(old)) if axis is None else axis, len(old))
        source, places = self.view(x.index).along(axes)
        if step.parameters.get("keepdims"):
            kept = [1 if i in axes else n for i, n in enumerate(old)]
            source = source.seen(lambda a: a.reshape(kept)) or source
        if source.shape != step.shape:
            raise NotLoweredError(step, "of this shape")
        self._terms(index, step, ufunc, [source], [places], self.home[x.index] + 1, is_mean)

    def _product(self, index: int, step: Step) -> None:
        """A matrix product: for each element a sum of products."""
        if step.parameters or len(step.inputs) != 2:
            raise NotLoweredError(step, "in this form of arguments")
        if any(type(x) is not Variable or self._dtype(x.index) != step.dtype for x in step.inputs):
            raise NotLoweredError(step, "of these numbers")
        a, b = step.inputs
        x, y = self._shape(a.index), self._shape(b.index)
        k = x[-1] if x else 0
        size = math.prod(step.shape or ()) * k
        if k == 0 or size > LARGEST_PRODUCT or k > LONGEST_PRODUCT:
            raise NotLoweredError(step, "a large product")
        if step.function is not np.matmul and (len(x) > 2 or len(y) > 2):
            raise NotLoweredError(step, "in this form of arguments")
        first, second = self.view(a.index), self.view(b.index)
        if len(x) > 1 and len(y) > 1:
            first = first.seen(lambda v: v[..., :, None, :]) or first
        if len(y) > 1:
            second = second.seen(lambda v: np.swapaxes(v, -1, -2)) or second
            second = second if len(x) == 1 else second.seen(lambda v: v[..., None, :, :]) or second
        sources, places = [], []
        for view in (first, second):
            rest, place = view.along((len(view.shape) - 1,))
            sources.append(rest.broadcast(step.shape or ()))
            places.append(place)
        ready = max(self.home[v.index] for v in (a, b)) + 1
        self._terms(index, step, np.add, sources, places, ready)

    def _terms(
        self,
        index: int,
        step: Step,
        function: Any,
        sources: list[View],
        places: list[list[int]],
        ready: int,
        is_mean: bool = False,
    ) -> None:
        """A variable whose elements are terms joined: of one array, or products of two."""
        count, dtype = len(places[0]), step.dtype
        assert dtype is not None
        if count <= WRITTEN_OUT:
            reads = [
                _Ready(Read(v, p), ready, dtype)
                for v, at in zip(sources, places, strict=True)
                for p in at
            ]
        else:
            steps = [even(at) for at in places]
            if None in steps:
                raise NotLoweredError(step, "a sum of elements that lie here and there")
            reads = [_Ready(Sum(function, sources, steps, count), ready, dtype)]  # type: ignore[arg-type]

        def make(new: Elements, loaded: list[Any]) -> Any:
            new.of = step
            terms = loaded
            if len(loaded) > 1 and len(sources) == 2:
                pairs = zip(loaded[:count], loaded[count:], strict=True)
                terms = [new.emit(np.multiply, pair, dtype) for pair in pairs]
            result = terms[0] if len(terms) == 1 else JOINED[function][0](new, terms, dtype)
            return (
                new.emit(np.divide, (result, new.cast(float(count), dtype)), dtype)
                if is_mean
                else result
            )

        self._put(index, step.shape or (), make, reads)

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
            view = self._memory(step.shape, step.dtype)
            self.views[index] = view
        self.nests.append(Nest((), call=(step, operands, index, view)))
        self.home[index] = len(self.nests) - 1

    def _check(self, step: Step, asked: Any, wanted: bool, of_all: bool) -> int:
        """Whether numbers are refused, as a number of its own."""
        index = self._new((), BOOL)
        join = np.logical_and if of_all else np.logical_or
        if type(asked) is not Variable:
            data = asked.data if type(asked) is Constant else asked
            answer = bool(np.all(data) if of_all else np.any(data)) is not wanted
            self._put(index, (), lambda new, loaded: answer, [])
            return index
        if self._dtype(asked.index) != BOOL:
            raise NotLoweredError(step, "a question of numbers")
        view = self.view(asked.index)
        source, places = view.along(tuple(range(len(view.shape))))
        of_bool = Step(step.function, (), {}, (), BOOL)
        joined = self._new((), BOOL)
        if places:
            self._terms(joined, of_bool, join, [source], [places], self.home[asked.index] + 1)
        else:
            self._put(joined, (), lambda new, loaded: of_all, [])

        def make(new: Elements, loaded: list[Any]) -> Any:
            return new.emit(np.logical_not, (loaded[0],), BOOL) if wanted else loaded[0]

        self._put(index, (), make, [joined])
        return index

    def _flag(self, flags: list[int], refused: View) -> None:
        index = self._new((), BOOL)

        def make(new: Elements, loaded: list[Any]) -> Any:
            result = loaded[0]
            for x in loaded[1:]:
                result = new.emit(np.logical_or, (result, x), BOOL)
            return result

        self._put(index, (), make, list(flags))
        self.nests[self.home[index]].stores.append((index, refused))

    def _kept(self, x: Any, view: View) -> None:
        """Write an output to its place."""
        if type(x) is Variable:
            if x.index in self.views or x.index not in self.goes:
                if self.views.get(x.index) != view:
                    self._copied(x.index, view)
            else:
                self.view(x.index)
            return
        data = np.asarray(x.data if type(x) is Constant else x)
        index = self._new(data.shape, data.dtype)
        if data.shape:
            self.constants.append(np.ascontiguousarray(data))
            known = View.rows(f"@c{len(self.constants) - 1}", 0, data.shape, data.dtype)
            self._put(index, view.shape, _itself, [_Ready(Read(known), 0, data.dtype)])
        else:
            number = Constant(data[()]) if data.dtype == np.float32 else data.item()
            self._put(index, (), lambda new, loaded: number, [])
        self.nests[self.home[index]].stores.append((index, view))


@dataclass(eq=False)
class _Ready:
    """Something to read, after so many nests."""

    source: Any
    after: int
    dtype: np.dtype[Any]


def _itself(new: Elements, loaded: list[Any]) -> Any:
    return loaded[0]


_REDUCTIONS: dict[Any, tuple[Any, Any, bool]] = {
    **{np.sum: (np.add, None, False), np.mean: (np.add, None, True)},
    **{np.prod: (np.multiply, None, False), np.max: (np.maximum, None, False)},
    **{np.min: (np.minimum, None, False), np.all: (np.logical_and, None, False)},
    **{np.amax: (np.maximum, None, False), np.amin: (np.minimum, None, False)},
    np.any: (np.logical_or, None, False),
    **{f.reduce: (f, 0, False) for f in JOINED},
}
_PRODUCTS = {np.matmul, np.dot}
_MOVED: dict[Any, Callable[..., Any]] = {
    **{np.positive: lambda x: x, np.real: lambda x: x, np.copy: lambda x: x},
    functions.item: lambda x: x.reshape(()),
}
