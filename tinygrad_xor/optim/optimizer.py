"""What an optimizer is: parameters, a learning rate, and a step along their gradients.

A complex parameter moves as its real and its imaginary part would, each by its own slope.
"""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np

from tinygrad_xor.engine import Value
from tinygrad_xor.engine.numbers import compute_gradients, lower, rewrite
from tinygrad_xor.optim.schedules import Schedule

#: In bytes: parameters up to this size are moved at once, more of them so many numbers at a time.
SMALL, PIECE = 2**20, 2**16


class Optimizer:
    """What all optimizers share: the parameters, a learning rate, the step.

    A step sees all parameters as one long vector, and so do the subclasses' formulas. A subclass
    defines `delta`: by how much that vector is lowered.

    Args:
        parameters: leaf Values, scalars or arrays. Without them the optimizer waits for `bind`,
            as ``model.compile(optimizer=Adam(learning_rate=0.01))`` needs it.
        lr: the learning rate, greater than zero; or a schedule, which gives it for each step.
        learning_rate: Keras's name for `lr`.
        weight_decay: how much of each parameter is taken away before a step, times lr.
        clipnorm: the greatest length of the gradient of one parameter: a longer one is shortened.
        clipvalue: the greatest size of each number of the gradients.
        global_clipnorm: the greatest length of all gradients together.

    Raises:
        ValueError: if a setting is out of its range, or gradients are to be clipped in two ways.
    """

    def __init__(
        self,
        parameters: Iterable[Value] | None = None,
        lr: float | Schedule = 0.01,
        *,
        learning_rate: float | Schedule | None = None,
        weight_decay: float = 0.0,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
    ) -> None:
        self.learning_rate = lr if learning_rate is None else learning_rate
        self.weight_decay = at_least_0("weight_decay", weight_decay or 0.0)
        ways = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
        chosen = {name: limit for name, limit in ways.items() if limit is not None}
        if len(chosen) > 1:
            raise ValueError(f"gradients are clipped in one way, not in these: {chosen}")
        for name, limit in chosen.items():
            if not 0 < limit < math.inf:
                raise ValueError(f"{name} must be greater than 0, not {limit!r}")
        self.clipnorm, self.clipvalue, self.global_clipnorm = ways.values()
        self.parameters: list[Value] = []
        #: How many steps have been taken.
        self.steps = 0
        #: The running averages that updates need: vectors as long as all parameters together.
        self.state: dict[str, Any] = {}
        self._in_pieces = False
        if parameters is not None:
            self.bind(parameters)

    @property
    def learning_rate(self) -> float:
        """The learning rate: the same as ``lr``. One that is set takes the place of a schedule."""
        return self.lr

    @learning_rate.setter
    def learning_rate(self, new: float | Schedule) -> None:
        #: What gives the learning rate for each step, if anything.
        self.schedule: Schedule | None = new if isinstance(new, Schedule) else None
        if isinstance(new, Schedule):
            new = float(new(0))
        if isinstance(new, (str, Value)) or not hasattr(new, "__float__") or np.ndim(new):
            raise TypeError(f"the learning rate is a number, not {new!r}")
        if not 0 < new < math.inf:
            raise ValueError(f"the learning rate must be greater than zero, not {new!r}")
        self.lr = float(new)

    def bind(self, parameters: Iterable[Value]) -> None:
        """Take these parameters. If they are others than before, the state starts afresh.

        Raises:
            TypeError: if they are not leaf Values.
            ValueError: if there are none, or one is there twice: it would move twice in a step.
        """
        if isinstance(parameters, (int, float, Schedule)):
            raise TypeError(f"the first argument is the parameters: write lr={parameters}")
        new = list(parameters)
        if not new:
            raise ValueError("an optimizer needs parameters: pass model.parameters()")
        for p in new:
            if type(p) is not Value or p.primitive is not None:
                raise TypeError(f"parameters are leaf Values, not {p!r}")
        if [*map(id, new)] == [*map(id, self.parameters)]:
            return
        if len(set(map(id, new))) < len(new):
            twice = next(p for i, p in enumerate(new) if any(p is q for q in new[:i]))
            raise ValueError(f"a parameter is there twice, and would move twice: {twice!r}")
        starts = itertools.accumulate((_vector(p.data).size for p in new), initial=0)
        slices = [slice(start, end) for start, end in itertools.pairwise(starts)]
        # in one line, as Ctrl-C may come before any
        self.parameters, self.steps, self.state, self._slices = new, 0, {}, slices

    @property
    def size(self) -> int:
        """How many numbers a step moves."""
        return self._slices[-1].stop if self.parameters else 0

    def averages(self) -> dict[str, Any]:
        """The running averages as they are, and zero before the first step, when `state` is empty.

        They are all that a step needs beside the gradients, `steps` and `lr`.
        """
        if self.state:
            return self.state
        first = copy.copy(self)
        first.state, first.steps = {}, 1
        first.delta(np.concatenate([_vector(p.grad) for p in self.parameters]))
        return {name: np.zeros_like(x) for name, x in first.state.items()}

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for p in self.parameters:
            p.grad = None

    def step(self) -> None:
        """Move every parameter by the gradient it has; one that has none counts as zero.

        Gradients that Dask has not computed yet, because a Value met its arrays, are computed now.
        """
        if not self.parameters:
            raise ValueError("this optimizer has no parameters yet: bind(model.parameters())")
        compute_gradients(self.parameters)
        if self.schedule is not None:
            self.lr = self.schedule(self.steps)
        self.steps += 1
        if self.weight_decay:
            for p in self.parameters:
                p.data *= 1 - self.lr * self.weight_decay
        is_whole = self.clipnorm is self.clipvalue is self.global_clipnorm is None
        if is_whole and getattr(self.delta, "is_piecewise", False) and self._is_large():
            self._step_in_pieces()
            return
        rows = [_vector(p.grad) for p in self.parameters]
        delta = self.delta(np.concatenate(rows if is_whole else self._clipped(rows)))
        for p, part in zip(self.parameters, self._slices, strict=True):
            by = delta[part]
            dtype = p.dtype
            if dtype.kind == "c":
                by = np.conj(by.astype(p.data.real.dtype).view(dtype))
            lower(p, by.reshape(p.shape))

    def _clipped(self, rows: list[Any]) -> list[Any]:
        """The gradients of the parameters, shortened; as Keras does it."""
        if self.clipvalue is not None:
            return [np.clip(g, -self.clipvalue, self.clipvalue) for g in rows]
        squares = [np.sum(g * g) for g in rows]
        if self.global_clipnorm is not None:
            squares = [sum(squares)] * len(rows)
        limit = self.clipnorm or self.global_clipnorm or math.inf
        return [
            g * (limit / np.maximum(np.sqrt(square), limit))
            for g, square in zip(rows, squares, strict=True)
        ]

    def _is_large(self) -> bool:
        """Whether the parameters are large arrays of real numbers, in memory row by row."""
        every = [p._primal for p in self.parameters]
        return (
            all(type(x) is np.ndarray and x.flags.c_contiguous for x in every)
            and every[0].dtype.kind == "f"
            and len({x.dtype for x in every}) == 1
            and sum(x.nbytes for x in every) > SMALL
        )

    def _step_in_pieces(self) -> None:
        """The same step, a piece at a time: what a formula writes on the way stays in the cache."""
        whole = self.state
        self._in_pieces = True
        try:
            for p, own in zip(self.parameters, self._slices, strict=True):
                rewrite(p, partial(self._move, _vector(p.grad), own.start, whole))
        finally:
            self.state = whole
            self._in_pieces = False

    def _move(self, g: Any, first: int, whole: dict[str, Any], data: Any) -> None:
        """Lower an array whose numbers are in the state from place `first` on."""
        row = data.reshape(-1)
        for start in range(0, row.size, PIECE):
            here = slice(start, min(start + PIECE, row.size))
            place = slice(first + here.start, first + here.stop)
            known = {name: x[place] for name, x in whole.items()}
            self.state = {**known}
            row[here] -= self.delta(g[here])
            for name, x in self.state.items():
                if name not in whole:
                    whole[name] = np.zeros(self.size, x.dtype)
                if x is not known.get(name):
                    whole[name][place] = x

    def moved(self, mean: Any, away: Any, share: float) -> Any:
        """A running mean, by a share nearer to what is so far `away`, whose array may be used."""
        away *= share
        if self._in_pieces and type(mean) is np.ndarray:
            mean += away
            return mean
        away += mean
        return away

    def delta(self, g: Any) -> Any:
        """By how much to lower the parameters, whose gradients are `g`."""
        raise TypeError(f"{type(self).__name__} has no rule: an optimizer defines delta()")


def piecewise(delta: Any) -> Any:
    """Declare that `delta` makes each number of its result from the same one of g and the state."""
    delta.is_piecewise = True
    return delta


def fraction(name: str, value: float) -> float:
    """A setting that is at least 0 and below 1.

    Raises:
        ValueError: if it is not.
    """
    if not 0 <= value < 1:
        raise ValueError(f"{name} must be at least 0 and below 1, not {value!r}")
    return value


def at_least_0(name: str, value: float) -> float:
    """A setting that is a number of 0 or more.

    Raises:
        ValueError: if it is not.
    """
    if not 0 <= value < math.inf:
        raise ValueError(f"{name} must be 0 or more, not {value!r}")
    return value


def _vector(x: Any) -> Any:
    """All numbers of a gradient in a row; of complex numbers both parts, one after the other."""
    row = np.array([x]) if type(x) is float else x.reshape(-1)
    return row.view(row.real.dtype) if row.dtype.kind == "c" else row
