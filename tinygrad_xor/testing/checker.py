"""`check_gradients`: analytic derivatives against numerical ones that know their own error."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tinygrad_xor.names import look_up
from tinygrad_xor.program.trees import flatten
from tinygrad_xor.testing import diagnosis
from tinygrad_xor.testing.backends import BACKENDS, Arrays, Backend, Flat, Handwritten
from tinygrad_xor.testing.comparison import FACTOR, Comparison, Report
from tinygrad_xor.testing.diagnosis import GradientError
from tinygrad_xor.testing.numerical import EPS, Estimate, complex_step, derivative

#: An analytic derivative is taken to be right to this many units in the last place of the largest
#: number among the derivatives and the outputs.
ROUNDED = 128.0


def check_gradients(
    f: Callable[..., Any],
    *primals: Any,
    order: int = 2,
    modes: Sequence[str] = ("reverse", "forward"),
    directions: int | None = None,
    gradient: Callable[..., Any] | None = None,
    backend: str = "tinygrad_xor",
    rtol: float | None = None,
    atol: float | None = None,
    seed: int = 0,
) -> Report:
    """Compare derivatives of `f` with numerical ones, to any order, without a tolerance by hand.

    The numerical derivative comes with a bound on its error (truncation and rounding). A derivative
    fails when it is more than ten bounds away. Where the bound is large, as beside a pole, the
    derivative is known as little, and the report says how far each comparison could see.

    Args:
        f: of arrays, numbers, or nested tuples, lists and dicts of them; it returns the same.
        primals: where to check. float64, or complex128, whose both axes are checked.
        order: 1 compares first derivatives, 2 also derivatives of the gradient, and so on.
        modes: "reverse" compares each element of the gradient, for a random gradient of the output;
            "forward" compares the output's movement along random tangents.
        directions: compare along this many random directions instead of each element, for large
            inputs. A single wrong element shows in every direction, unless its error times a
            standard normal number is below the bound: one wrong by a thousand bounds survives one
            direction with probability 0.008, and eight with 2e-17.
        gradient: checks this hand-written gradient of `f`, whose output is one number; it takes
            what `f` takes, and returns one gradient, or a tuple with one for each primal.
        backend: whose derivatives to check: "tinygrad_xor", "torch", "jax" or "autograd". `f` is
            written with that library.
        rtol: replaces the bound by ``atol + rtol * |numerical|``; `atol` alone does too.
        atol: see `rtol`.
        seed: of the random gradients, tangents and directions.

    Returns:
        A `Report`.

    Raises:
        GradientError: with the argument, the element, both values, and what they hint at.
        TypeError: if a primal is not float64 or complex128, or the function returns no numbers.
        ValueError: if a mode is unknown.

    >>> check_gradients(lambda x: np.sum(np.sin(x) * x), np.array([0.5, 1.0, -2.0])).worst < 10
    True
    >>> check_gradients(lambda x: x**3, 2.0, gradient=lambda x: 3 * x)
    Traceback (most recent call last):
    ...
    tinygrad_xor.testing.diagnosis.GradientError: ...
      the ratio of the two is 0.5: a factor 2 is missing
    ...
    """
    for mode in modes:
        look_up("mode", mode, {"reverse": 0, "forward": 0})
    leaves, build = flatten(primals)
    inputs = [_checked_input(x) for x in leaves]
    chosen = (
        Handwritten(gradient, lambda xs: build(_scalars(xs)))
        if gradient is not None
        else look_up("backend", backend, BACKENDS)()
    )

    def flat(*xs: Any) -> Sequence[Any]:
        result = f(*build(xs))
        outputs = flatten(result)[0]
        if not outputs or any(isinstance(y, str) for y in outputs):
            raise TypeError(f"the function returned {result!r}: it must return numbers or arrays")
        return outputs

    check = _Check(chosen, inputs, modes, directions, rtol, atol, np.random.default_rng(seed))
    check.run(flat, order)
    return check.report


#: A comparison, the function of one number whose derivative it is, and the size of its steps.
_Compared = tuple[Comparison, Callable[[Any], Any], float]
#: So many failures are looked at again, with smaller steps.
AGAIN = 20


class _Check:
    """One run of `check_gradients`: the settings, and the report that it fills."""

    def __init__(
        self,
        backend: Backend,
        inputs: Arrays,
        modes: Sequence[str],
        directions: int | None,
        rtol: float | None,
        atol: float | None,
        rng: np.random.Generator,
    ) -> None:
        self.backend = backend
        self.inputs = inputs
        self.modes = modes
        self.directions = directions
        self.rtol, self.atol = rtol, atol
        self.rng = rng
        self.report = Report()
        self.size = 0.0
        self.eps = EPS
        self.is_second_look = False

    def run(self, f: Flat, order: int) -> None:
        """Check `f`, then its gradient, and so on."""
        for level in range(1, order + 1):
            outputs = self._value(f, self.inputs)
            diagnosis.check_repeatable(self._value, f, self.inputs, outputs)
            g = [self._random_like(y) for y in outputs]
            weighed = self.backend.size(f, self.inputs, g)
            if diagnosis.is_single(self._value, f, self.inputs, outputs, weighed):
                self._allow_single()
            if "reverse" in self.modes:
                self._reverse(f, g, weighed, level)
            if "forward" in self.modes:
                self._forward(f, weighed, level)
            next_f = self.backend.gradient(f, g)
            if next_f is None:
                return
            f = next_f

    def _allow_single(self) -> None:
        """Go on with float32's rounding, if the tolerance was given by hand."""
        if self.rtol is None and self.atol is None:
            raise GradientError(
                "something in the function is computed in float32, where small faults cannot be "
                "seen: compute in float64, or pass rtol= and atol="
            )
        self.eps = float(np.finfo(np.float32).eps)

    def _largest_so_far(self, *sizes: float) -> float:
        """What is small at second order may come from what was large at first."""
        self.size = max(self.size, *sizes)
        return self.size

    def _value(self, f: Flat, inputs: Arrays) -> Arrays:
        self.report.calls += 1
        return self.backend.value(f, inputs)

    def _random_like(self, x: Any) -> Any:
        x = np.asarray(x)
        draws = self.rng.uniform(0.5, 1.5, x.shape) * self.rng.choice([-1.0, 1.0], x.shape)
        if x.dtype.kind != "c":
            return np.asarray(draws, dtype=x.dtype if x.dtype.kind == "f" else float)
        return np.asarray(draws * np.exp(1j * self.rng.uniform(0, 2 * np.pi, x.shape)), x.dtype)

    # -- reverse mode ----------------------------------------------------------------------------

    def _reverse(self, f: Flat, g: Arrays, weighed: float, order: int) -> None:
        before = [np.array(a) for a in g]
        analytic = self.backend.vjp(f, self.inputs, g)
        if not all(np.array_equal(a, b) for a, b in zip(g, before, strict=True)):
            raise GradientError(
                f"{self.backend.name} writes into the gradient that it is given, which others read "
                "too: a rule must return a new array"
            )
        diagnosis.check_form(analytic, self.inputs, self.backend.name)
        beside = self.backend.vjp(f, self._nudged(), g)
        # An input of size 1e12 moves by its own size, so derivatives by it are small in proportion.
        moved = [a * np.maximum(1.0, np.abs(x)) for a, x in zip(analytic, self.inputs, strict=True)]
        size = self._largest_so_far(weighed, _largest(*moved))
        compared: list[_Compared] = []
        for what, tangents, scale in self._steps():

            def phi(t: Any, tangents: Arrays = tangents) -> Any:
                moved = [
                    x + t * d if d is not None else x
                    for x, d in zip(self.inputs, tangents, strict=True)
                ]
                out = self._value(f, moved)
                return sum(np.sum(a * y) for a, y in zip(g, out, strict=True))

            estimate = self._estimate(phi, scale, weighed, self._reach(tangents))
            by_rule, near = (
                sum(
                    np.real(np.sum(a * d))
                    for a, d in zip(side, tangents, strict=True)
                    if d is not None
                )
                for side in (analytic, beside)
            )
            noise = float(abs(by_rule - near))
            compared.append(
                (
                    self._compared(order, "reverse", what, by_rule, estimate, size / scale, noise),
                    phi,
                    scale,
                )
            )
        self._judge(f, compared)

    def _steps(self) -> Iterator[tuple[str, list[Any], float]]:
        """What to move: each element of each input along each of its axes, or random directions."""
        if self.directions is not None:
            for k in range(self.directions):
                tangents = [self._normal_like(x) for x in self.inputs]
                yield f"random direction {k}", tangents, 1.0
            return
        for i, x in enumerate(self.inputs):
            for index in np.ndindex(x.shape):
                for unit, name in ((1.0, ""), (1j, " (imaginary part)"))[
                    : 2 if x.dtype.kind == "c" else 1
                ]:
                    moved: list[Any] = [None] * len(self.inputs)
                    moved[i] = np.zeros_like(x)
                    moved[i][index] = unit
                    where = f"[{', '.join(map(str, index))}]" if index else ""
                    yield f"argument {i}{where}{name}", moved, max(1.0, abs(x[index]))

    def _reach(self, tangents: Arrays) -> float:
        """A small part of the way along the tangents to where some element would become zero.

        Many functions have a pole there. Elements below 1e-6 are passed over: no step is so small.
        """
        ways = [np.inf]
        for x, d in zip(self.inputs, tangents, strict=True):
            if d is not None:
                moves = (d != 0) & (np.abs(x) >= 1e-6)
                ways += list(np.abs(x[moves] / np.asarray(d)[moves]) / 32)
        return float(min(ways))

    def _nudged(self) -> Arrays:
        """The inputs, moved by some units in the last place.

        How far a result moves with them is how well it can be known, however it is computed.
        """
        return [x * (1 + 8 * EPS * self.rng.choice([-1.0, 1.0], x.shape)) for x in self.inputs]

    def _normal_like(self, x: Any) -> Any:
        normal = self.rng.standard_normal(x.shape)
        return normal + 1j * self.rng.standard_normal(x.shape) if x.dtype.kind == "c" else normal

    # -- forward mode ----------------------------------------------------------------------------

    def _forward(self, f: Flat, weighed: float, order: int) -> None:
        for k in range(self.directions or 2):
            tangents = [self._normal_like(x) for x in self.inputs]
            pushed = self.backend.jvp(f, self.inputs, tangents)
            if pushed is None:
                return
            beside = self.backend.jvp(f, self._nudged(), tangents) or pushed

            def phi(t: Any, tangents: Arrays = tangents) -> Any:
                out = self._value(
                    f, [x + t * d for x, d in zip(self.inputs, tangents, strict=True)]
                )
                return np.concatenate([np.ravel(y) for y in out])

            moved, near = (
                np.concatenate([np.ravel(np.asarray(p)) for p in side]) for side in (pushed, beside)
            )
            size = self._largest_so_far(weighed, _largest(moved))
            real = all(x.dtype.kind != "c" for x in self.inputs) and not np.iscomplexobj(moved)
            estimate = self._estimate(phi, 1.0, weighed, self._reach(tangents), real)
            compared: list[_Compared] = []
            for j in range(moved.size):
                one = Estimate(np.ravel(estimate.value)[j], np.ravel(estimate.error)[j], 0)
                what = f"output {j} along random tangents {k}"
                one_phi = lambda t, j=j, phi=phi: phi(t)[j]
                noise = float(abs(moved[j] - near[j]))
                compared.append(
                    (
                        self._compared(order, "forward", what, moved[j], one, size, noise),
                        one_phi,
                        1.0,
                    )
                )
            self._judge(f, compared)

    # -- numbers and verdicts --------------------------------------------------------------------

    def _estimate(
        self, phi: Callable[[Any], Any], scale: float, size: float, reach: float, real: bool = True
    ) -> Estimate:
        with np.errstate(all="ignore"):
            movement = (lambda t: np.real(phi(t))) if real else phi
            estimate = derivative(movement, scale, size, reach, self.eps)
            holomorphic = real and all(x.dtype.kind != "c" for x in self.inputs)
            if holomorphic and type(self.backend) in (Backend, Handwritten):
                estimate = complex_step(phi, estimate)
        return estimate

    def _compared(
        self,
        order: int,
        mode: str,
        what: str,
        analytic: Any,
        estimate: Estimate,
        size: float,
        noise: float,
    ) -> Comparison:
        numerical: Any = np.asarray(estimate.value)[()]
        rounded = ROUNDED * EPS * size + noise  # the analytic value is rounded too
        if self.rtol is not None or self.atol is not None:
            bound = ((self.atol or 0.0) + (self.rtol or 0.0) * abs(numerical)) / FACTOR
        else:
            bound = float(estimate.error) + rounded
        return Comparison(order, mode, what, analytic, numerical, bound, rounded)

    def _judge(self, f: Flat, compared: list[_Compared]) -> None:
        self.report.comparisons += [c for c, _, _ in compared]
        for c, phi, scale in [each for each in compared if each[0].fails][:AGAIN]:
            self._look_closer(c, phi, scale)
        failed = [(c, phi) for c, phi, _ in compared if c.fails]
        if failed and not self._is_rounding(f, [c for c, _ in failed]):
            worst, phi = max(failed, key=lambda pair: np.nan_to_num(pair[0].units, nan=np.inf))
            raise GradientError(
                diagnosis.explain(
                    worst,
                    [c for c, _, _ in compared],
                    phi,
                    self.inputs,
                    self._value(f, self.inputs),
                    self.backend.name,
                )
            )

    def _look_closer(self, c: Comparison, phi: Callable[[Any], Any], scale: float) -> None:
        """Take the derivative again with steps so small that no pole is within them.

        A small step that contradicts a large one is right, if it is sure enough of itself.
        """
        for power in (12, 24, 36):
            near = self._estimate(phi, scale * 2.0**-power, self.size, np.inf)
            value, error = complex(near.value), float(near.error)
            contradicts = not abs(value - c.numerical) <= 3 * (error + c.bound)
            if error < 1e-3 * abs(value) and contradicts:
                c.numerical, c.bound = value, error + c.rounded
                return

    def _is_rounding(self, f: Flat, failed: Sequence[Comparison]) -> bool:
        """Whether differences that are tiny beside the inputs are gone at a point nearby.

        Where numbers happen to cancel exactly, as in ``log(x - y)`` at x = y + 1, all that is left
        of a derivative may be rounding, of which no bound is known. A wrong rule is wrong nearby.
        """
        tiny = 1e4 * EPS * max(1.0, _largest(*self.inputs))
        if self.is_second_look or any(not abs(c.analytic - c.numerical) <= tiny for c in failed):
            return False
        again = copy.copy(self)
        again.is_second_look = True
        again.report = Report()
        again.inputs = [
            x + 2.0**-10 * np.maximum(np.abs(x), 2.0**-10) * self.rng.uniform(0.5, 1.0, x.shape)
            for x in self.inputs
        ]
        try:
            again.run(f, order=1)
        except GradientError:
            return False
        for c in failed:
            c.bound = abs(c.analytic - c.numerical)
        self.report.calls += again.report.calls
        return True


def _checked_input(x: Any) -> Any:
    x = np.asarray(x)
    if x.dtype.kind in "iub":
        x = x.astype(float)
    if x.dtype not in (np.float64, np.complex128):
        raise TypeError(
            f"gradients are checked in float64 or complex128, not in {x.dtype}: its rounding would "
            "hide small faults"
        )
    return x


def _largest(*arrays: Any) -> float:
    """The largest size of a number among the arrays: rounding anywhere is a part of it."""
    return max((float(np.max(np.abs(a), initial=0.0)) for a in arrays), default=0.0)


def _scalars(arrays: Sequence[Any]) -> list[Any]:
    return [x[()] if isinstance(x, np.ndarray) else x for x in arrays]
