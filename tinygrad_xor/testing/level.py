"""One order of a check: both modes compared at one point, and what is said of what is wrong.

What bounds a difference comes in two parts. The first is there at once: the error that the
numerical derivative states, and some units in the last place of the terms that the derivative is
the sum of. Where that does not do, the second is measured: how large the derivative is nearby, and
how much both sides jump between neighbouring points, which is what their rounding does to them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from tinygrad_xor.testing import diagnosis
from tinygrad_xor.testing.backends import Backend, Flat, NoForwardModeError
from tinygrad_xor.testing.comparison import FACTOR, Comparison
from tinygrad_xor.testing.diagnosis import GradientError
from tinygrad_xor.testing.function import Function
from tinygrad_xor.testing.modes import ROUNDED, Forward, Mode, Reverse, dots, pull
from tinygrad_xor.testing.numerical import EPS, NEIGHBOURS, noise_of

#: So many of the comparisons that fail have their noise measured at once, the worst first.
MEASURED = 8
#: So many outputs are looked at one by one to say which is wrong.
LOCALISED = 64
#: So much more rounding is tried, to tell it from jumps.
MORE = 2.0**10
#: How far away "nearby" is, in proportion to the size of each coordinate.
NEARBY = 2.0**-8
#: What is left where terms cancel that nobody sees from outside: units in the last place of 1.
LEFT = 2.0**-44


def check_level(function: Function, backend: Backend, f: Flat, order: int) -> None:
    """Compare the derivatives of `f`, whose numbers `function` gives, in the modes asked for.

    Raises:
        GradientError: if one is wrong.
    """
    report, modes = function.settings.report, function.settings.modes
    if function.is_empty:
        pull(function, backend, f, function.at)
        return
    if "reverse" in modes:
        _check_reverse(function, backend, f, order)
    if "forward" in modes:
        try:
            tangents = [Forward(function, backend, f, k) for k in range(len(function.random))]
        except NoForwardModeError as reason:
            if str(reason):
                report.notes.append(f"forward mode was not checked: {reason}")
            return
        for mode in tangents:
            _check(mode, order)


def _check_reverse(function: Function, backend: Backend, f: Flat, order: int) -> None:
    mode = Reverse(function, backend, f)
    if not mode.compute():
        return _check_reverse(function, backend, f, order)
    done = len(function.settings.report.comparisons)
    try:
        _check(mode, order)
    except GradientError:
        if not mode.reads_one_triangle():
            raise
        del function.settings.report.comparisons[done:]
        function.symmetric |= function.symmetric_leaves()
        function.look_around()
        return _check_reverse(function, backend, f, order)
    return None


def _check(mode: Mode, order: int) -> None:
    function, compared = mode.function, mode.compared(order)
    if mode.assumed and not function.continues and any(c.fails for c in compared):
        function.quiet = function.holomorphic = False
        mode.compute()
        compared = mode.compared(order)
    mode.function.settings.report.comparisons += compared
    if not mode.function.settings.by_hand and any(c.fails for c in compared):
        _measure(mode, compared)
    if any(c.fails for c in compared):
        raise GradientError(_explained(mode, compared))


def _measure(mode: Mode, compared: list[Comparison]) -> None:
    """Widen bounds by what is not known at once: by rounding, as neighbours show it."""
    mode.function.quiet = False  # so that differences count its noise from here on
    eps, least = mode.function.settings.eps, LEFT * mode.size_of_outputs()
    for c in compared:
        largest = max(abs(c.analytic), abs(c.numerical))
        if largest < (LEFT if c.numerical == 0 else least):
            c.bound += largest
    if not any(c.fails for c in compared):
        return
    at = mode.function.at
    _shake(mode, compared, [*range(len(compared))], lambda some: mode.claimed_at(at))
    failing = [i for i, c in enumerate(compared) if c.fails]
    if not failing or _is_refuted_twice(mode, compared):
        return
    if mode.function.continues:
        _shake(mode, compared, failing, lambda some: mode.numbers_at(at, some))
        if not any(c.fails for c in compared):
            return
    sizes, rounding = _nearby(mode)
    for c, size, more in zip(compared, sizes, rounding, strict=True):
        c.bound += float(ROUNDED * eps * size + more)
    while failing := [i for i, c in enumerate(compared) if c.fails]:
        worst = sorted(failing, key=lambda i: -np.nan_to_num(compared[i].units, nan=np.inf))
        some = worst[:MEASURED]
        for i, slope in zip(some, mode.slopes_from_zero(some), strict=True):
            compared[i].bound += float(4 * eps * slope)
        if mode.function.continues:
            _measure_steps(mode, compared, some, sizes)
        if any(compared[i].fails for i in some):
            return


def _shake(
    mode: Mode, compared: list[Comparison], some: list[int], compute: Callable[[list[int]], Any]
) -> None:
    """Widen bounds by what other rounding on the way makes of one side of some comparisons."""
    function = mode.function
    numbers = compute(some)
    moved = function.moved_by_rounding(lambda: compute(some), numbers)
    if moved is None or not np.any(moved):
        return
    if function.rounds_little:
        # What moves as far by more of it is not rounded there, but jumps, as at a kink.
        farther = function.moved_by_rounding(lambda: compute(some), numbers, MORE * EPS)
        moved = np.where(MORE * moved > farther * 128, 0.0, moved)
    for i, more in zip(some, moved, strict=True):
        compared[i].bound += 2 * float(more)


def _is_refuted_twice(mode: Mode, compared: list[Comparison]) -> bool:
    """Whether differences and complex steps agree that the worst of the claims is wrong."""
    if not mode.function.continues:
        return False
    worst = int(np.argmax([np.nan_to_num(c.units, nan=np.inf) for c in compared]))
    c = compared[worst]
    ((value,), (error,)) = mode.differences([worst])
    confirms = abs(value - c.numerical) <= 3 * (error + c.bound)
    return bool(confirms and abs(c.analytic - value) > FACTOR * (error + c.bound))


def _nearby(mode: Mode) -> tuple[Any, Any]:
    """How large the derivatives are nearby, and how far rounding may move them here."""
    function, eps = mode.function, mode.function.settings.eps

    def claimed(at: Any) -> Any:
        try:
            return mode.claimed_at(at)
        except GradientError:
            raise
        except Exception:
            return np.full(len(mode.names), np.nan)

    def at(t: float) -> Any:
        return claimed(function.at + t * function.ray)

    beside = [at(NEARBY), at(-NEARBY)]
    sizes = np.fmax(*np.abs(beside))
    # No farther than the finest neighbours: what a rule rounds to float32 is no noise.
    noise = 4 * noise_of(at, eps=eps, powers=NEIGHBOURS[:1])
    # A rule that reads the output reads its rounding: it moves as much as the output's moves do.
    through: Any = 0.0
    for t, claims in zip((NEARBY, -NEARBY), beside, strict=True):
        ratios = mode.rounding_over_move(function.at + t * function.ray)
        through = np.fmax(through, np.abs(claims - mode.claims) * ratios)
    # One that gives nothing at all, where elsewhere it gives something, has been rounded to it.
    toward_zero = np.fmax.reduce([np.abs(claimed(part * function.at)) for part in (0.5, 0.25, 0.0)])
    vanished = np.where(mode.claims == 0, 4 * eps * toward_zero, 0.0)
    # One that is zero by differences is the rounding of terms that cancel.
    constant = np.where(mode.numbers == 0, mode.rounding_of_outputs(), 0.0)
    squares = mode.weighed(function.rounding_of_squares)
    parts = [
        np.where(np.isfinite(part), part, 0.0)
        for part in (noise, through, vanished, constant, squares, mode.slopes_of_jumps())
    ]
    return np.where(np.isfinite(sizes), sizes, 0.0), sum(parts)


def _measure_steps(mode: Mode, compared: list[Comparison], some: list[int], sizes: Any) -> None:
    """Measure the noise of complex steps, and whether differences contradict them here."""
    function = mode.function
    wide = np.array([max(sizes[i], abs(compared[i].numerical)) for i in some])

    def jumps(ray: Any) -> Any:
        return noise_of(lambda t: mode.numbers_at(function.at + t * ray, some), wide)

    one, other = jumps(function.ray), jumps(-function.ray)
    both = np.fmax(one, other)  # one side alone may have a kink
    noise = np.where(both < 1e-6 * wide, both, np.fmin(one, other))
    values, errors = mode.differences(some)
    for i, more, value, error in zip(some, noise, values, errors, strict=True):
        c = compared[i]
        c.bound += 16 * float(np.nan_to_num(more))
        if abs(value - c.numerical) > 3 * (error + c.bound):
            c.numerical, c.bound = value, float(error) + c.rounded


# -- what is said ----------------------------------------------------------------------------------


def _explained(mode: Mode, compared: list[Comparison]) -> str:
    """The message about the comparisons that fail, in numbers that are derivatives."""
    function = mode.function
    order = np.argsort([-np.nan_to_num(c.units, nan=np.inf) for c in compared], kind="stable")
    worst_of: dict[str, int] = {}
    for i in map(int, order):
        if compared[i].fails:
            worst_of.setdefault(compared[i].argument, i)
    first = next(iter(worst_of.values()))
    along = function.along([mode.lines[first]])
    weights = function.weights if isinstance(mode, Reverse) else np.eye(len(compared))[first]

    def phi(t: float) -> Any:
        return np.dot(along(np.array([[t]]))[0] if t else function.y, weights)

    said = [_of_one_output(mode, compared[i], mode.lines[i]) for i in worst_of.values()]
    return diagnosis.explain(
        said[0],
        said,
        compared,
        phi,
        function.inputs,
        function.at,
        function.outputs.split(function.y),
        mode.backend.name,
    )


def _of_one_output(mode: Mode, c: Comparison, line: Any) -> Comparison:
    """The comparison for the output that is most wrong, where many were weighed.

    Where that cannot be told, because the fault is in how outputs are mixed, it says so.
    """
    function = mode.function
    n = function.outputs.size
    if n == 1 or not isinstance(mode, Reverse):
        return c
    weighed, one = function.weights, np.ones((1, 1))
    some = np.eye(n)[: min(n, LOCALISED)]
    claims = []
    for row in some:
        function.weights = row
        gradient = pull(function, mode.backend, mode.f, function.at)
        claims.append(dots(function.inputs.flat_gradient(gradient), [line])[0])
    function.weights = weighed
    if function.continues:
        values = function.by_complex_steps([line])[0]
        errors = function.errors_of(values)
    else:
        near = function.by_differences([line], np.array([claims]), one, one * np.inf, some.T)
        if near is None:
            return c
        values, errors = near.value[0], near.error[0]
    rounded = ROUNDED * function.settings.eps
    found = [
        replace(c, what=f"{c.what} of {name}", analytic=a, numerical=v, bound=e + rounded * abs(v))
        for name, a, v, e in zip(function.outputs.elements, claims, values, errors, strict=False)
    ]
    worst = max(found, key=lambda k: np.nan_to_num(k.units, nan=np.inf))
    if worst.fails:
        return worst
    return replace(c, what=f"{c.what} of all outputs, weighed by random numbers")
