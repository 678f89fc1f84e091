"""`check_gradients`: analytic derivatives against numerical ones that know their own error."""

from __future__ import annotations

import inspect
import math
import operator
import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from tinygrad_xor.engine import Value
from tinygrad_xor.names import look_up
from tinygrad_xor.program.trees import flatten
from tinygrad_xor.seeds import generator
from tinygrad_xor.testing import handwritten
from tinygrad_xor.testing.backends import BACKENDS, Backend, Flat
from tinygrad_xor.testing.comparison import NothingComparedError, Report
from tinygrad_xor.testing.coordinates import leaf_names
from tinygrad_xor.testing.diagnosis import GradientError
from tinygrad_xor.testing.function import Function
from tinygrad_xor.testing.level import check_level
from tinygrad_xor.testing.numerical import EPS
from tinygrad_xor.testing.settings import Settings

_PRECISIONS = {"float64": EPS, "float32": float(np.finfo(np.float32).eps)}


def check_gradients(
    f: Callable[..., Any],
    *primals: Any,
    order: int = 2,
    modes: Sequence[str] = ("reverse", "forward"),
    directions: int | None = None,
    argnums: int | Sequence[int] | None = None,
    gradient: Callable[..., Any] | bool | None = None,
    jacobian: Callable[..., Any] | None = None,
    vjp: Callable[..., Any] | None = None,
    hessian: Callable[..., Any] | None = None,
    backend: str = "tinygrad_xor",
    precision: str = "float64",
    noise: float = 0.0,
    rtol: float | None = None,
    atol: float | None = None,
    seed: int = 0,
    raise_exception: bool = True,
) -> Report:
    """Compare derivatives of `f` with numerical ones, to any order, without a tolerance by hand.

    The numerical derivative comes with a bound on its error (truncation, rounding, and the noise of
    `f`, which is measured). A derivative fails when it is more than ten bounds away. Where the
    bound is large, as beside a pole, the derivative is known as little, and ``print(report)`` says
    how far each comparison could see.

    Args:
        f: of arrays, numbers, or nested tuples, lists and dicts of them; it returns the same.
        primals: where to check. float64, or complex128, whose both axes are checked. Integers and
            booleans are held as they are, unless there is nothing else, or `argnums` names them.
        order: 1 compares first derivatives, 2 also derivatives of the gradient, and so on.
        modes: "reverse" compares each element of the gradient, for a random gradient of the output;
            "forward" compares the output's movement along random tangents.
        directions: compare along this many random directions instead of each element, for large
            inputs. A single wrong element shows in every direction, unless its error times a
            standard normal number is below the bound: one wrong by a thousand bounds survives one
            direction with probability 0.008, and eight with 2e-17.
        argnums: which primals to check, if not all; the others are held as they are.
        gradient: checks this hand-written gradient of `f`, whose output is one number; it takes
            what `f` takes, and returns one gradient, or a tuple with one for each primal. ``True``
            if `f` itself returns a pair of value and gradient (SciPy's ``jac=True``), ``False`` if
            it returns what looks like one and both are outputs.
        jacobian: checks this Jacobian, of shape ``(*output, *input)``; with several primals a tuple
            of them, with several outputs a tuple of such tuples.
        vjp: checks this product with a gradient of the output, ``vjp(*primals, g)``, which returns
            what `gradient` returns. `f` is called before it with the same primals, so that it may
            be the backward pass of a layer; SciPy's ``hessp`` is the ``vjp`` of ``jac``.
        hessian: checks this Hessian against differences of `gradient`, or of the gradient by the
            backend.
        backend: whose derivatives to check: "tinygrad_xor", "torch", "jax" or "autograd". `f` is
            written with that library.
        precision: "float32" if `f` computes in float32, or its arguments are that.
        noise: how far off the values of `f` are, relative to their size: the ``rtol`` of a solver.
        rtol: replaces the bound by ``atol + rtol * |numerical|``; `atol` alone does too.
        atol: see `rtol`.
        seed: of the random gradients, tangents and directions.
        raise_exception: whether to raise if a derivative is wrong, or to return the report only.

    Returns:
        A `Report`, which counts as true if nothing is wrong.

    Raises:
        GradientError: with the argument, the element, both values, and what they hint at.
        TypeError: if a primal is not float64 or complex128, or the function returns no numbers.
        ValueError: if a mode is unknown, or two ways of writing a derivative are given, or `f`
            returns what may be its gradient and `gradient` does not say whether it is; if nothing
            would be compared, or a tolerance would let everything pass.

    >>> check_gradients(lambda x: np.sum(np.sin(x) * x), np.array([0.5, 1.0, -2.0])).worst < 10
    True
    >>> check_gradients(lambda x: x**3, 2.0, gradient=lambda x: 3 * x)
    Traceback (most recent call last):
    ...
    tinygrad_xor.testing.diagnosis.GradientError: ...
      the ratio of the two is 0.5: a factor 2 is missing
    ...
    """
    __tracebackhide__ = True
    modes = [modes] if isinstance(modes, str) else modes
    for mode in modes:
        look_up("mode", mode, {"reverse": 0, "forward": 0})
    _refuse_nothing(order, modes, directions, {"rtol": rtol, "atol": atol, "noise": noise})
    eps = look_up("precision", precision, _PRECISIONS)
    report = Report()
    settings = Settings(modes, directions, rtol, atol, noise, eps, generator(seed), report)
    if gradient is True:
        f, gradient = handwritten.pair(f)
    taken = _Arguments(
        f, primals, argnums, report, exact=eps == EPS and rtol is None and atol is None
    )
    written = {"gradient": gradient or None, "jacobian": jacobian, "vjp": vjp}
    given = {name: function for name, function in written.items() if function is not None}
    taken.asks = gradient is None and not given
    if len(given) > 1:
        raise ValueError(f"{' and '.join(given)} say the same: pass one of them")
    start = time.perf_counter()
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            _run(taken, given, hessian, backend, order, settings)
    except GradientError as error:
        report.failure = str(error)
        if raise_exception:
            raise error.with_traceback(None) from None
    finally:
        report.seconds = time.perf_counter() - start
    if not report.comparisons and report.failure is None:
        raise NothingComparedError(report)
    return report


def _refuse_nothing(
    order: int, modes: Sequence[str], directions: int | None, tolerances: dict[str, float | None]
) -> None:
    """Refuse what would compare nothing, or let everything pass."""
    for name, count in (("order", order), ("directions", directions)):
        if count is not None and operator.index(count) < 1:
            raise ValueError(f"{name}={count} compares nothing: it is 1 or more")
    if not modes:
        raise ValueError("without modes nothing is compared: there are reverse and forward")
    for name, tolerance in tolerances.items():
        if tolerance is not None and not 0 <= tolerance < math.inf:
            raise ValueError(f"{name}={tolerance} is no tolerance: it is 0 or more, and finite")


def _run(
    taken: _Arguments,
    given: dict[str, Any],
    hessian: Callable[..., Any] | None,
    backend: str,
    order: int,
    settings: Settings,
) -> None:
    """Check the function, then its gradient, and so on."""
    chosen: Backend = look_up("backend", backend, BACKENDS)()
    f: Flat = taken.flat
    if given:
        ((kind, function),) = given.items()
        chosen = handwritten.backend(kind, taken.on_tree(function), taken.leaves_of, f)
        order = min(order, 1 if hessian is None else 2)
    before: Function | None = None
    names: Callable[[], list[str]] = lambda: taken.output_names
    for level in range(1, order + 1):
        if hessian is not None and level == 2:
            order = 2
            chosen = handwritten.backend("hessian", taken.on_tree(hessian), list, f)
        evaluate = chosen.evaluator(f, taken.inputs)
        forward = (
            partial(chosen.pushforward, f, taken.inputs) if "forward" in settings.modes else None
        )
        function = Function(settings, evaluate, taken.inputs, taken.names, names, before, forward)
        check_level(function, chosen, f, level)
        if level == order:
            return
        f = chosen.gradient(f, function.outputs.split_gradient(function.weights))
        before = function
        names = lambda: [f"the gradient by {name}" for name in taken.names]


class _Arguments:
    """The primals taken apart: those that are checked, their names, and those that are held."""

    def __init__(
        self,
        f: Callable[..., Any],
        primals: Sequence[Any],
        argnums: int | Sequence[int] | None,
        report: Report,
        exact: bool,
    ) -> None:
        self.primals = primals
        self.leaves, self.build = flatten(primals)
        names = [
            leaf
            for name, primal in zip(_parameters(f, len(primals)), primals, strict=True)
            for leaf in leaf_names(primal, name)
        ]
        owner = [i for i, primal in enumerate(primals) for _ in flatten(primal)[0]]
        arrays = [np.asarray(x) for x in self.leaves]
        if argnums is None:
            self.moving = [i for i, x in enumerate(arrays) if x.dtype.kind not in "iub"]
            self.moving = self.moving or list(range(len(arrays)))
            held = [names[i] for i in range(len(arrays)) if i not in self.moving]
            if held:
                report.notes.append(f"held fixed, as whole numbers are: {', '.join(held)}")
        else:
            wanted = [argnums] if isinstance(argnums, int) else argnums
            places = {i % len(primals) for i in wanted}
            self.moving = [i for i in range(len(arrays)) if owner[i] in places]
        self.names = [names[i] for i in self.moving]
        self.inputs = [_checked_input(arrays[i], names[i], exact) for i in self.moving]
        self.whole = self.on_tree(f)
        self.output_names: list[str] = []
        #: Whether to ask about a number with what may be its gradient.
        self.asks = False

    def on_tree(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function` of all primals as a function of the arrays that are checked."""
        if len(self.moving) == len(self.leaves) == len(self.primals) and all(
            map(operator.is_, self.leaves, self.primals)
        ):
            return lambda xs, *more: function(*xs, *more)  # there are no trees

        def of_moving(xs: Sequence[Any], *more: Any) -> Any:
            leaves = list(self.leaves)
            for i, x in zip(self.moving, xs, strict=True):
                leaves[i] = x
            return function(*self.build(leaves), *more)

        return of_moving

    def flat(self, *xs: Any) -> list[Any]:
        """The outputs of the function, in a row."""
        result = self.whole(xs)
        outputs = [result] if type(result) in (np.ndarray, Value) else flatten(result)[0]
        if not outputs or any(isinstance(y, str) for y in outputs):
            raise TypeError(f"the function returned {result!r}: it must return numbers or arrays")
        if not self.output_names:
            self.output_names = leaf_names(result, "output")
            if self.asks and isinstance(result, (tuple, list)) and len(result) == 2:
                self._ask(*[[np.shape(y) for y in flatten(part)[0]] for part in result])
        return outputs

    def _ask(self, value: list[Any], gradient: list[Any]) -> None:
        """Ask whether the second of two outputs of these shapes is the gradient of the first."""
        shapes = [x.shape for x in self.inputs]
        if value == [()] and gradient == shapes and any(shapes):
            raise ValueError(
                f"the function returns a number and {'an array' if len(shapes) == 1 else 'arrays'} "
                f"of the shape of {', '.join(self.names)}: pass gradient=True if that is its "
                "gradient, which is checked then, or gradient=False if both are outputs"
            )

    def leaves_of(self, gradients: Any) -> list[Any]:
        """The gradients of the arrays that are checked, out of what a function of all returns."""
        found = flatten(gradients)[0] if gradients is not None else [None]
        return [found[i] for i in self.moving] if len(found) == len(self.leaves) else found


def _parameters(f: Callable[..., Any], count: int) -> list[str]:
    """What the function calls its first arguments, or their numbers if it does not say."""
    try:
        parameters = inspect.signature(f).parameters.values() if not isinstance(f, np.ufunc) else ()
    except (TypeError, ValueError):
        parameters = ()
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [names[i] if i < len(names) else f"argument {i}" for i in range(count)]


def _checked_input(x: Any, name: str, exact: bool) -> Any:
    if x.dtype.kind in "iub":
        x = x.astype(float)
    if not exact and x.dtype in (np.float32, np.complex64):
        return x
    if x.dtype not in (np.float64, np.complex128):
        raise TypeError(
            f"gradients are checked in float64 or complex128, not in {x.dtype}, as {name} is: its "
            'rounding would hide small faults. Pass precision="float32" to see what can be seen'
        )
    return x
