"""A function of a vector of real numbers at one point, and its numerical derivatives along lines.

All numbers that need no derivative rule come through here. Where the function continues to complex
numbers, tiny imaginary steps give its derivatives, after differences along a few random lines have
confirmed that they do; where not, differences do, with steps as small as it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from tinygrad_xor.testing import diagnosis
from tinygrad_xor.testing.coordinates import Coordinates, Line, Lines, of_few_bits
from tinygrad_xor.testing.diagnosis import GradientError
from tinygrad_xor.testing.neighbours import Neighbours
from tinygrad_xor.testing.numerical import (
    EPS,
    GOOD,
    NOISE,
    Estimate,
    agrees,
    along_imaginary_axis,
    confirmed,
    derivative,
    derivative_beside,
    quick_derivative,
    smooth_derivative,
)
from tinygrad_xor.testing.rounding import Run, rounded_otherwise
from tinygrad_xor.testing.settings import Settings

#: So often a computation is rounded otherwise; two roundings alike cancel every second time.
SAMPLES = 12
#: So many random lines without `directions`.
RANDOM_LINES = 2


class Function(Neighbours):
    """The function, where it is, and what is known of its derivatives there.

    Attributes:
        at: the point; `inputs` are its coordinates.
        y: the value there; `outputs` are its coordinates.
        symmetric: arguments that are moved as symmetric matrices.
        random: lines along which everything moves.
        known: the derivatives along them.
        quiet: whether the function is taken to have no noise, until a derivative seems wrong.
        continues: whether complex steps give the derivatives.
        holomorphic: whether a derivative along i is i times that along 1.
        weights: what the outputs are weighed by where one number is wanted.
        before: the function whose gradient this is, if it is one.
        forward: makes the function by which forward mode moves the outputs along tangents.
    """

    def __init__(
        self,
        settings: Settings,
        evaluate: Callable[[list[Any]], list[Any]],
        inputs: Sequence[Any],
        names: Sequence[str],
        output_names: Callable[[], list[str]],
        before: Function | None = None,
        forward: Callable[[], Callable[[list[Any]], list[Any]]] | None = None,
    ) -> None:
        self.settings, self.evaluate, self.before = settings, evaluate, before
        self.forward = forward
        self.inputs = Coordinates(inputs, names)
        self.at = self.inputs.flat(inputs)
        outputs = diagnosis.usable_outputs(evaluate, inputs, names)
        settings.report.calls += 2
        self.outputs = Coordinates(outputs, output_names())
        self.y = self.outputs.flat(outputs)
        self.weights = np.ones(self.outputs.size)
        self.symmetric: set[int] = set()
        self.shaken: tuple[np.random.Generator, float] | None = None
        self.single = False
        self.way = self._way()
        self.weight = 1.0 if before is None else float(np.max(np.abs(before.weights), initial=1.0))
        if not self.is_empty:
            self.look_around()

    @property
    def asks_i(self) -> bool:
        """Whether the second random line is the first times i, which shows what is holomorphic."""
        return self.inputs.complex and self.outputs.complex and not self.settings.directions

    def _turns(self, near: Estimate) -> bool:
        """Whether the derivative along the second line is that along the first, times i."""
        along, turned = near.value
        with np.errstate(all="ignore"):
            apart = np.abs(self.outputs.times_i(along) - turned)
            errors = self.outputs.times_i(near.error[0])
            return bool(np.all(apart <= 3 * (np.abs(errors) + near.error[1])))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to differentiate, or to differentiate by."""
        return not (self.at.size and self.outputs.size)

    def __call__(self, x: Any) -> Any:
        """The value at another point."""
        self.settings.report.calls += 1
        return self.outputs.flat(self.run(self.evaluate, self.inputs.split(x)))

    def run(self, computation: Run, arrays: list[Any]) -> Any:
        """What a computation gives for arrays: as it is rounded, or, while `shaken`, otherwise."""
        if self.shaken is None:
            return computation(arrays)
        result, single = rounded_otherwise(computation, arrays, *self.shaken)
        self.single |= single
        return result

    def moved_by_rounding(self, compute: Callable[[], Any], like: Any, eps: float = EPS) -> Any:
        """How far other rounding on the way moves the numbers that `compute` gives.

        ``None`` where it cannot be told, as with other libraries.
        """
        if self.settings.eps != EPS:
            return None
        self.shaken = self.settings.rng.spawn(1)[0], eps
        try:
            moves = [np.abs(compute() - like) for _ in range(SAMPLES)]
        except Exception:  # whatever it is that cannot be done with an array of ours
            return None
        finally:
            self.shaken = None
        return np.nan_to_num(np.max(moves, axis=0), posinf=0.0)

    @cached_property
    def rounding(self) -> Any:
        """How far its own rounding moves each output; ``None`` where it cannot be told."""
        return self.moved_by_rounding(lambda: self(self.at), self.y)

    def along(self, lines: Sequence[Line], at: Any = None) -> Lines:
        """The values along lines through the point, or through another."""
        return Lines(self, self.at if at is None else at, lines, self.outputs.size)

    def size_before(self) -> float:
        """How large the weighed outputs are that this is the gradient of: its terms may be that."""
        if self.before is None:
            return 0.0
        here = float(np.abs(self.before.weights) @ self.before.sizes())
        return max(here, self.before.size_before())

    def look_around(self) -> None:
        """Take the derivatives along random lines, and see whether complex steps give them."""
        s = self.settings
        self.random = self._random_lines()
        self.__dict__.pop("moves", None)  # they were along others
        along, scale = self.along(self.random), np.ones((len(self.random), 1))
        real = self.inputs.real and self.outputs.real and s.eps == EPS
        claim = along_imaginary_axis(along, scale) if real else None
        first = claim is not None or self.forward is not None
        near = self._quick(self.random[:1]) if first else None
        if near and claim is not None and np.all(agrees(claim[:1], near)):
            self.quiet = True
            self.known = Estimate(claim, NOISE * EPS * np.abs(claim), 0)
        elif near and (quick := self._as_claimed(near)):
            self.quiet, self.known = True, (near := quick)
        else:
            near = self._near(along, claim, scale)
            self.known = confirmed(claim, near)
        if along.trouble is not None and not np.any(np.isfinite(near.error)):
            self.ask_for_symmetry(along.trouble)
            self.look_around()
            return
        self.continues = self.known is not near
        self.holomorphic = self.asks_i and self._turns(near)
        #: Of outputs that stay the same where they should move: rounding hides what they do, or
        #: complex steps do, which an absolute value on the way turns into nothing.
        stays = np.all(self.known.value == 0, axis=0) | np.all(near.value == 0, axis=0)
        self.saturated = np.where(stays, np.max(near.error, axis=0, initial=0.0), 0.0)
        self.weights = self._weights(near.value)

    @cached_property
    def moves(self) -> list[Any]:
        """What forward mode claims of the outputs along each random line."""
        assert self.forward is not None
        push = self.forward()
        return [self.outputs.flat(push(self.inputs.split(how))) for _, how in self.random]

    def _quick(self, lines: Sequence[Line]) -> Estimate:
        return quick_derivative(self.along(lines), np.ones((len(lines), 1)), eps=self.settings.eps)

    def _as_claimed(self, first: Estimate) -> Estimate | None:
        """The derivatives along the random lines by a few steps, if forward mode agrees."""
        if self.forward is None or self.settings.noise:
            return None
        try:
            claims = np.array(self.moves)
        except Exception:  # whatever it is will be said when forward mode is checked
            return None
        if not np.all(agrees(claims[:1], first)):
            return None
        rest = self._quick(self.random[1:])
        if not np.all(agrees(claims[1:], rest)):
            return None
        values, errors = (first.value, rest.value), (first.error, rest.error)
        return Estimate(np.concatenate(values), np.concatenate(errors), 8)

    def _near(self, along: Lines, claim: Any, scale: Any) -> Estimate:
        """The derivatives along the random lines by differences, with noise where it shows."""
        eps = self.settings.eps
        near = smooth_derivative(self.along(along.lines), scale, eps=eps)
        self.quiet = self._is_quiet(near)
        if self.quiet:
            return near
        if claim is None:
            return derivative(along, scale, self.noise, eps=eps)
        return derivative_beside(along, claim, scale, self.noise, eps=eps)

    def _is_quiet(self, near: Estimate) -> bool:
        """Whether differences are too good for any noise in the function to have a part in them."""
        if self.settings.noise:
            return False
        with np.errstate(all="ignore"):
            size = np.minimum(np.abs(near.value), np.abs(self.y))
            return bool(np.all((near.error <= GOOD * size) | (near.value == 0)))

    # -- lines -----------------------------------------------------------------------------------

    def coordinate_lines(self) -> list[tuple[int, Line]]:
        """Each coordinate, and the line along which it moves; with it its mirror image, if any."""
        found: list[tuple[int, Line]] = []
        names, notes = self.inputs.elements, self.settings.report.notes
        held = [names[k] for k in np.flatnonzero(~np.isfinite(self.at))]
        note = f"not moved, as it is not finite: {', '.join(held)}"
        if held and note not in notes:
            notes.append(note)
        for k in map(int, np.flatnonzero(np.isfinite(self.at))):
            other = self._mirror(k)
            if other == k:
                found.append((k, (k, 1.0)))
            elif other > k:
                found.append((k, (np.array([k, other]), np.ones(2))))
        return found

    def _mirror(self, k: int) -> int:
        """The coordinate that moves with `k`: its mirror image in a symmetric matrix, or itself."""
        leaf = self.inputs.leaf(k)
        if leaf not in self.symmetric:
            return k
        n, start = self.inputs.shapes[leaf][-1], int(self.inputs.starts[leaf])
        matrix, place = divmod(k - start, n * n)
        return start + matrix * n * n + place % n * n + place // n

    def _random_lines(self) -> list[Line]:
        """Lines along which all coordinates move, none by much more than its size."""
        size = np.where(self.at == 0, 1.0, np.fmin(1.0, np.abs(self.at)))
        size = np.where(np.isfinite(self.at), size, 0.0)
        found: list[Line] = []
        if self.asks_i:
            v = of_few_bits(size * self.settings.rng.standard_normal(self.at.size))
            return [(slice(None), v), (slice(None), self.inputs.times_i(v))]
        for _ in range(self.settings.directions or RANDOM_LINES):
            v = of_few_bits(size * self.settings.rng.standard_normal(self.at.size))
            mirrored = [self._mirror(k) for k in range(v.size)] if self.symmetric else slice(None)
            found.append((slice(None), (v + v[mirrored]) / 2))
        return found

    def ask_for_symmetry(self, trouble: Exception) -> None:
        """Where a matrix is symmetric and the function fails beside it, move it symmetrically."""
        leaves = self.symmetric_leaves()
        if not leaves:
            raise GradientError(
                f"the function raises {type(trouble).__name__}: {trouble}, wherever the arguments "
                f"are moved from {diagnosis.point(self.inputs, self.at)}, however little: it has "
                "no derivative there that could be compared"
            )
        self.symmetric |= leaves

    def symmetric_leaves(self) -> set[int]:
        """Which arguments are symmetric matrices of real numbers, and not yet moved as such."""
        return {
            i
            for i, x in enumerate(self.inputs.split(self.at))
            if i not in self.symmetric
            and np.ndim(x) >= 2
            and np.isrealobj(x)
            and x.shape[-1] == x.shape[-2] > 1
            and np.array_equal(x, np.swapaxes(x, -1, -2))
        }

    # -- derivatives -----------------------------------------------------------------------------

    def _weights(self, moved: Any) -> Any:
        """Random signs and sizes such that no output is drowned by a larger one.

        One output alone has the weight 1.
        """
        n = self.outputs.size
        if n == 1:
            return np.ones(1)
        w = self.settings.rng.uniform(0.5, 1.5, n) * self.settings.signs(n)
        size = np.abs(self.y) + np.max(np.abs(np.nan_to_num(moved)), axis=0, initial=0.0)
        size = np.where(np.isfinite(size), size, 0.0)
        largest = np.max(size) or 1.0
        # One that is next to nothing beside the others may be their rounding.
        size = np.where(size == 0, largest, np.maximum(size, 2.0**-20 * largest))
        return w * 2.0 ** -np.round(np.clip(np.log2(size), -300, 300))

    def by_complex_steps(self, lines: Sequence[Line], at: Any = None) -> Any:
        """The derivative of each output along each line; NaN where the step is none."""
        scale = np.array([[self._imaginary_scale(where, how)] for where, how in lines])
        rows = along_imaginary_axis(self.along(lines, at), scale)
        return np.full((len(lines), self.outputs.size), np.nan) if rows is None else rows

    def _imaginary_scale(self, where: Any, how: Any) -> float:
        """The size of what moves; of zero, so little that its square is nothing."""
        if np.size(how) > 2:
            return 1.0
        return float(np.max(np.abs(self.at[where]))) or 2.0**-500

    def errors_of(self, rows: Any) -> Any:
        """How far off derivatives by complex steps may be."""
        return NOISE * EPS * np.abs(rows) + self.saturated

    def by_differences(
        self,
        lines: Sequence[Line],
        claims: Any,
        scale: Any,
        reach: Any,
        weights: Any,
        known: Estimate | None = None,
    ) -> Estimate | None:
        """The derivatives of weighed outputs along lines, beside what is claimed of them.

        Args:
            lines: along which.
            claims: ``(lines, weighings)``.
            scale: how far each can go.
            reach: how far the pole can be.
            weights: ``(outputs, weighings)``.
            known: what has been found already.

        Returns:
            Values and errors ``(lines, weighings)``; ``None`` if the lines do not keep symmetric
            what the function wants symmetric, so that all begins again.
        """
        along = self.along(lines)
        near = derivative_beside(
            lambda t: along(t) @ weights,
            claims,
            scale,
            0.0 if self.quiet else self.noise @ np.abs(weights),
            reach,
            self.settings.eps,
            known,
        )
        if along.trouble is not None and not np.all(np.isfinite(near.error)):
            self.ask_for_symmetry(along.trouble)
            self.look_around()
            return None
        return near
