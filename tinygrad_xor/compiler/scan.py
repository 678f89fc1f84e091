"""`scan`: a step that is taken again and again, in one loop that is compiled as a whole."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.compiler.backends import chosen
from tinygrad_xor.compiler.counters import power
from tinygrad_xor.compiler.loops import Body, stepping
from tinygrad_xor.compiler.plan import Plan, take
from tinygrad_xor.compiler.runners import RUNS, Loop
from tinygrad_xor.program.array import PYTHONS
from tinygrad_xor.program.constants import described
from tinygrad_xor.program.trace import moved, trace
from tinygrad_xor.program.trees import Form, flatten, form_of

Step = Callable[[Any, Any], tuple[Any, Any]]


class Interrupted(KeyboardInterrupt):
    """Ctrl-C in a `scan`: what was finished until then.

    Attributes:
        state: after the last finished step.
        outs: of the finished steps.
        steps: how many these are.
    """

    def __init__(self, state: Any, outs: Any, steps: int) -> None:
        super().__init__(f"after {steps} steps")
        self.state, self.outs, self.steps = state, outs, steps


class Scan:
    """A step that is traced once for each kind of state and batch.

    Args:
        step: ``step(state, batch) -> (state, out)``.
        backend: see `tinygrad_xor.compile`.
        digits: see `tinygrad_xor.compile`.
    """

    def __init__(
        self, step: Step | None, backend: str | None = None, digits: str = "everywhere"
    ) -> None:
        self.step = step
        self.backend = backend
        self.digits = digits
        self._bodies: dict[Any, tuple[Body, Form]] = {}
        self._loops: dict[Any, Loop] = {}
        #: What ran the last call: ``"native"``, ``"python"`` or ``"numpy"``.
        self.used: str | None = None
        #: What stood in the way of a faster one; empty if nothing did.
        self.why = ""

    @property
    def operations(self) -> int:
        """About how many operations on numbers a step is, of those that were traced."""
        return max(body.lowered.operations for body, _ in self._bodies.values())

    def __call__(
        self,
        state: Any,
        batches: Any,
        order: Any = None,
        batch_size: int | None = None,
        progress: Callable[[int, int], Any] | None = None,
    ) -> tuple[Any, Any]:
        """The state after all steps, and what they gave; see `scan`."""
        return self.run(self.step, state, batches, order, batch_size, progress)

    def run(
        self,
        step: Step | None,
        state: Any,
        batches: Any,
        order: Any,
        batch_size: int | None,
        progress: Callable[[int, int], Any] | None,
    ) -> tuple[Any, Any]:
        """The same of a step that is not kept."""
        plan = self.prepared(step, state, batches, order, batch_size)
        run = plan.begin()
        try:
            take(run, plan.steps, progress)
        except KeyboardInterrupt as error:
            done = run.done
            raise Interrupted(plan.state_of(run), plan.outs_of(run, done), done) from error
        return plan.state_of(run), plan.outs_of(run, plan.steps)

    def prepared(
        self, step: Step | None, state: Any, batches: Any, order: Any, batch_size: int | None
    ) -> Plan:
        """The loop over a step, traced if it is new, with all that it takes."""
        leaves, form = flatten(state)
        state = [x if type(x) in PYTHONS else np.asarray(x)[()] for x in leaves]
        tables, batch_form = flatten(batches)
        tables = [np.ascontiguousarray(x) for x in tables]
        order, full, rest = _ordered(order, _rows(tables), batch_size)
        sizes = [size for size, n in ((batch_size, full), (rest, rest)) if n]
        made = [self._body(step, state, form, tables, batch_form, size) for size in sizes]
        if not made:
            raise ValueError("there are no batches to go through")
        bodies = [body for body, _ in made]
        backend = self._chosen(bodies)
        products = [body.products for body in bodies]
        alike = all(p == products[0] for p in products)
        if backend == "numpy" or not alike or any(state[i] < 0 for i, _ in products[0]):
            bodies = [body.as_traced for body in bodies]
        else:
            state = [*state, *[power(base, int(state[i])) for i, base in products[0]]]
        loop = self._loops.setdefault(tuple(map(id, bodies)), Loop(bodies))
        epochs = order.size // order.shape[-1] if order.size else 0
        steps = epochs * (full + bool(rest))
        full = full or 1  # where all epochs are one small batch
        rows = order.reshape(-1)
        return Plan(backend, loop, state, len(leaves), tables, rows, full, steps, form, made[0][1])

    def _chosen(self, bodies: list[Body]) -> str:
        found = {chosen(self.backend, body.lowered) for body in bodies}
        backend = "numpy" if "numpy" in found else found.pop()
        if backend not in RUNS:
            raise ValueError(f"backend={backend!r} writes source, and does not run it")
        self.used = backend
        unwanted = backend == "numpy" != self.backend
        self.why = " ".join(dict.fromkeys(b.lowered.why for b in bodies)) if unwanted else ""
        return backend

    def _body(
        self,
        step: Any,
        state: list[Any],
        form: Form,
        tables: list[Any],
        batch_form: Form,
        size: int | None,
    ) -> tuple[Body, Form]:
        """The step for batches of one size, traced if it is new."""
        kinds = tuple([(*described(x), type(x) in PYTHONS) for x in state])
        of_tables = tuple([(x.shape[1:], x.dtype) for x in tables])
        key = kinds, of_tables, size, _outline(form), _outline(batch_form)
        if key not in self._bodies:
            first, second = (
                [
                    x[i % len(x)] if size is None else x[(i + np.arange(size)) % len(x)]
                    for x in tables
                ]
                for i in range(2)
            )
            here, there = (form(state), batch_form(first)), batch_form(second)
            is_same = all(map(np.array_equal, first, second))
            at = moved(here)[0], moved(here)[1] if is_same else there  # targets may be classes
            with np.errstate(all="ignore"):  # as compiled steps do
                program = trace(
                    lambda state, batch: _checked(step(state, batch)),
                    *here,
                    at=at,
                    constant_outputs=True,
                )
            body = stepping(program, len(state), 1 if size is None else size, self.digits)
            outs = _check_state(body.as_traced, form, program.gives, flatten(form(state))[0])
            self._bodies[key] = body, outs
        return self._bodies[key]


def _outline(form: Form) -> Any:
    return form.kind, tuple(form.rest or ()), tuple([_outline(part) for part in form.parts])


def _checked(result: Any) -> Any:
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError(f"a step returns the next state and what to record, not {result!r}")
    return result


def _check_state(body: Body, form: Form, gives: Form, state: list[Any]) -> Form:
    """Refuse a step that gives a state of another form; else the form of what it records."""
    new, outs = gives.parts
    count = len(state)
    if _outline(new) != _outline(form):
        stars = form(["*"] * count)
        raise ValueError(f"a step gave a state of another form than it took, {form_of(stars)}")
    for label, old, kind in zip(
        body.lowered.program.inputs, body.states, body.lowered.outputs[:count], strict=False
    ):
        if (old.shape, old.dtype) != (kind.shape, kind.dtype):
            raise ValueError(
                f"{label.label} is of shape {old.shape} and dtype {old.dtype} before a step, and "
                f"of {kind.shape} and {kind.dtype} after it: begin with one that stays what it is"
            )
    return outs


def _rows(tables: list[Any]) -> int:
    lengths = {x.shape[:1] for x in tables}
    if len(lengths) != 1 or () in lengths:
        raise ValueError(
            "batches are arrays with one row for each example, or for each step: these have "
            f"shapes {[x.shape for x in tables]}"
        )
    return int(lengths.pop()[0])


def _ordered(order: Any, count: int, batch_size: int | None) -> tuple[Any, int, int]:
    """The numbers of rows, of shape (epochs, rows); full batches in each, and rows of the rest."""
    order = np.arange(count) if order is None else np.asarray(order)
    if order.dtype.kind not in "iu" or order.ndim not in (1, 2):
        raise ValueError(
            "an order is the numbers of rows, of shape (rows,) or (epochs, rows), not of shape "
            f"{order.shape} and dtype {order.dtype}"
        )
    order = np.ascontiguousarray(np.atleast_2d(order), np.int64)
    if order.size and not (-count <= order.min() and order.max() < count):
        raise IndexError(f"the order goes from {order.min()} to {order.max()}, of {count} rows")
    if order.size and order.min() < 0:
        order = np.where(order < 0, order + count, order)
    if batch_size is None:
        return order, order.shape[1], 0
    if batch_size < 1:
        raise ValueError(f"batch_size={batch_size} cannot be taken")
    full, rest = divmod(order.shape[1], batch_size)
    return order, full, rest


_SCANS: weakref.WeakKeyDictionary[Any, dict[tuple[str | None, str], Scan]] = (
    weakref.WeakKeyDictionary()
)


def scan(
    step: Step,
    state: Any,
    batches: Any,
    order: Any = None,
    batch_size: int | None = None,
    *,
    backend: str | None = None,
    digits: str = "everywhere",
    progress: Callable[[int, int], Any] | None = None,
) -> tuple[Any, Any]:
    """Take a step for each batch, in one compiled loop: training is that.

    Args:
        step: ``step(state, batch) -> (state, out)``, traced once for each kind of arguments, as by
            `compile`. What it reads beside them is fixed.
        state: numbers and arrays in a tree; a step gives it back in the same shapes and dtypes.
        batches: arrays in a tree, with the same number of rows. Without `batch_size`, each step
            takes one row; with it so many, as an array of that length.
        order: the numbers of the rows in which they are taken, of shape ``(rows,)``, or
            ``(epochs, rows)``: a permutation for each epoch. By default once from first to last.
        batch_size: rows in one batch. The last batch of each epoch may be smaller; the step is
            traced for both sizes.
        backend: as of `compile`: the fastest by default.
        digits: as of `compile`.
        progress: called as ``progress(done, steps)`` about twenty times a second.

    Returns:
        The state after the last step; and a tree of arrays with what each step gave, one row a
        step. What has one row for each example is joined along these where the last batches are
        smaller.

    Raises:
        Interrupted: on Ctrl-C, with the state after the last finished step.
        TraceError: if the step cannot be traced.
        ValueError: if state or batches do not fit.

    >>> def step(weight, batch):
    ...     x, y = batch
    ...     error = weight * x - y
    ...     return weight - 0.1 * error * x, error * error
    >>> x = np.array([1.0, 2.0, 3.0])
    >>> weight, errors = scan(step, 0.0, (x, 2.0 * x), order=[[0, 1, 2], [2, 1, 0]])
    >>> round(weight, 1), errors.shape
    (2.0, (6,))
    """
    try:
        known = _SCANS.setdefault(step, {})
    except TypeError:  # it can be neither hashed nor referred to
        known = {}
    how = (backend, digits)
    made = known.setdefault(how, Scan(None, *how))  # the step is the key, and may go
    return made.run(step, state, batches, order, batch_size, progress)
