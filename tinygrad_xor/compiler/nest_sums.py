"""Sums and matrix products of arrays as loops: each element of the result is terms joined.

The order in which they are joined is that of `contractions`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from tinygrad_xor.compiler.contractions import JOINED, JOINS
from tinygrad_xor.compiler.elements import Elements, NotLoweredError
from tinygrad_xor.compiler.nests import Read, Sum
from tinygrad_xor.compiler.schedule import Schedule
from tinygrad_xor.compiler.views import View, even
from tinygrad_xor.program.constants import Variable
from tinygrad_xor.program.step import Step

#: Sums of so many terms are written out; longer ones are a call of a loop.
WRITTEN_OUT = 64
#: Products of so many pairs of numbers in all are loops; larger ones are NumPy's, which calls BLAS.
LARGEST_PRODUCT = 2**16
#: Sums of more terms than this are NumPy's in products.
LONGEST_PRODUCT = 2**10
#: The functions that are products of matrices.
PRODUCTS = {np.matmul, np.dot}


class Sums(Schedule):
    """The nests of a program on arrays, with what sums and products need."""

    def reduction(self, index: int, step: Step) -> None:
        """The elements along axes joined into one."""
        ufunc, default = JOINS[step.function]
        x, *rest = step.inputs
        axis = step.parameters.get("axis", rest[0] if rest else default)
        if set(step.parameters) - {"axis", "keepdims"} or len(rest) > 1 or type(x) is not Variable:
            raise NotLoweredError(step, "in this form of arguments")
        old = self.shape(x.index)
        assert step.dtype is not None
        if not old or 0 in old or self.dtype(x.index) != step.dtype:
            raise NotLoweredError(step, "of these numbers")
        axes = normalize_axis_tuple(range(len(old)) if axis is None else axis, len(old))
        whole, keepdims = self.view(x.index), bool(step.parameters.get("keepdims"))
        source, places = whole.along(axes, keepdims)
        if source.shape != step.shape:
            raise NotLoweredError(step, "of this shape")
        of_whole = {"whole": whole, "axes": axes, "keepdims": keepdims}
        ready = self.home[x.index] + 1
        self.terms(index, step, ufunc, [source], [places], ready, of_whole)

    def product(self, index: int, step: Step) -> None:
        """A matrix product: for each element a sum of products."""
        if step.parameters or len(step.inputs) != 2:
            raise NotLoweredError(step, "in this form of arguments")
        if any(type(x) is not Variable or self.dtype(x.index) != step.dtype for x in step.inputs):
            raise NotLoweredError(step, "of these numbers")
        a, b = step.inputs
        x, y = self.shape(a.index), self.shape(b.index)
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
        self.terms(index, step, np.add, sources, places, ready)

    def terms(
        self,
        index: int,
        step: Step,
        function: Any,
        sources: list[View],
        places: list[list[int]],
        ready: int,
        of_whole: dict[str, Any] | None = None,
    ) -> None:
        """A variable whose elements are terms joined: of one array, or products of two."""
        count, dtype = len(places[0]), step.dtype
        assert dtype is not None
        if count <= WRITTEN_OUT:
            reads: list[Any] = [
                Read(v, p, ready) for v, at in zip(sources, places, strict=True) for p in at
            ]
        else:
            steps = [even(at) for at in places]
            if None in steps:
                raise NotLoweredError(step, "a sum of elements that lie here and there")

            def term(new: Elements, loaded: list[Any]) -> Any:
                return loaded[0] if len(loaded) == 1 else new.emit(np.multiply, (*loaded,), dtype)

            more = of_whole or {}
            reads = [Sum(function, sources, steps, count, term, dtype, ready, **more)]  # type: ignore[arg-type]

        def make(new: Elements, loaded: list[Any]) -> Any:
            new.of = step
            terms = loaded
            if len(loaded) > 1 and len(sources) == 2:
                pairs = zip(loaded[:count], loaded[count:], strict=True)
                terms = [new.emit(np.multiply, pair, dtype) for pair in pairs]
            result = terms[0] if len(terms) == 1 else JOINED[function][0](new, terms, dtype)
            if step.function is np.mean:
                result = new.emit(np.divide, (result, new.cast(float(count), dtype)), dtype)
            return result

        self.put(index, step.shape or (), make, reads)
