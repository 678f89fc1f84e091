"""A function of a vector of real numbers at one point, and its numerical derivatives along lines.

All numbers that need no derivative rule come through here. Where the function continues to complex
numbers, tiny imaginary steps give its derivatives, after differences along a few random lines have
confirmed that they do; where not, differences do, with steps as small as it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from tinygrad_xor.testing import diagnosis
from tinygrad_xor.testing.comparison import Report
from tinygrad_xor.testing.coordinates import Coordinates, Line, Lines
from tinygrad_xor.testing.diagnosis import GradientError
from tinygrad_xor.testing.numerical import (
    EPS,
    FIRST_STEP,
    GOOD,
    NEIGHBOURS,
    NOISE,
    Estimate,
    agrees,
    along_imaginary_axis,
    confirmed,
    derivative,
    derivative_beside,
    noise_of,
    quick_derivative,
    smooth_derivative,
)

#: Rounding beyond this part of the numbers, and below the other, is that of float32.
SINGLE, COARSE = 2.0**-29, 2.0**-20
#: Numbers below this may be what is left of numbers around 1; of so many bits, they are.
LEFT, FEW_BITS = 2.0**-20, 31
#: Neighbours on the way to twice or none of each argument.
FAR = tuple(2.0**-power for power in (36, 30, 24, 18, 12, 8, 6, 4, 3, 2, 1, 0))
#: Steps at which such numbers show.
NEARER = (2.0**-12, 2.0**-18, 2.0**-24)
#: Random steps have so many bits.
STEP_BITS = 8
#: So many random lines without `directions`.
RANDOM_LINES = 2


@dataclass
class Settings:
    """What was asked for, and where it is written down."""

    modes: Sequence[str]
    directions: int | None
    rtol: float | None
    atol: float | None
    noise: float
    eps: float
    rng: np.random.Generator
    report: Report

    @property
    def by_hand(self) -> bool:
        """Whether the bounds are given, not found."""
        return self.rtol is not None or self.atol is not None


class Function:
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
    """

    def __init__(
        self,
        settings: Settings,
        evaluate: Callable[[list[Any]], list[Any]],
        inputs: Sequence[Any],
        names: Sequence[str],
        output_names: Callable[[], list[str]],
        before: Function | None = None,
    ) -> None:
        self.settings, self.evaluate, self.before = settings, evaluate, before
        self.inputs = Coordinates(inputs, names)
        self.at = self.inputs.flat(inputs)
        outputs = diagnosis.usable_outputs(evaluate, inputs, names)
        settings.report.calls += 2
        self.outputs = Coordinates(outputs, output_names())
        self.y = self.outputs.flat(outputs)
        self.weights = np.ones(self.outputs.size)
        self.symmetric: set[int] = set()
        #: A way to the neighbours of the point, each coordinate in proportion to its size.
        part = settings.rng.uniform(0.5, 1.0, self.at.size)
        part *= settings.rng.choice([-1.0, 1.0], self.at.size)
        self.ray = part * np.where(self.at == 0, 1.0, np.abs(self.at))
        self.ray = np.where(np.isfinite(self.ray), self.ray, 0.0)
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
        return self.outputs.flat(self.evaluate(self.inputs.split(x)))

    def along(self, lines: Sequence[Line], at: Any = None) -> Lines:
        """The values along lines through the point, or through another."""
        return Lines(self, self.at if at is None else at, lines, self.outputs.size)

    def _on_ray(self, t: float) -> Any:
        """The outputs at a neighbour."""
        return np.real(self.along([(slice(None), self.ray)])(np.array([[t]]))[0])

    @cached_property
    def _beside(self) -> tuple[Any, Any]:
        return self._on_ray(-FIRST_STEP), self._on_ray(FIRST_STEP)

    @cached_property
    def wide(self) -> Any:
        """How large the outputs are around the point."""
        return np.fmax(np.abs(self.y), np.fmax.reduce(np.abs(self._beside)))

    @property
    def rounding_of_squares(self) -> Any:
        """How far the slopes of outputs that are 0 are off, if they are squares of what is left."""
        return np.where(self.y == 0, 4 * EPS * np.sqrt(self.wide) / FIRST_STEP, 0.0)

    @cached_property
    def far(self) -> Any:
        """The outputs on both sides, ``(2, distances, outputs)``, from the nearest to the farthest.

        Rows are NaN where the function cannot go.
        """
        return np.array([[self._on_ray(side * t) for t in FAR] for side in (1.0, -1.0)])

    def sizes(self) -> Any:
        """How large each output is, here or on the way to twice or none of each argument."""
        return np.nan_to_num(np.fmax(self.wide, np.fmax.reduce(np.abs(self.far), axis=(0, 1))))

    def size_before(self) -> float:
        """How large the weighed outputs are that this is the gradient of: its terms may be that."""
        if self.before is None:
            return 0.0
        here = float(np.abs(self.before.weights) @ self.before.sizes())
        return max(here, self.before.size_before())

    @cached_property
    def slopes_of_jumps(self) -> Any:
        """How far off slopes are of outputs that leave 0, and are back at 0 farther out."""
        moves = np.abs(self.far - self.y)
        back = np.logical_or.accumulate(moves > 0, axis=1) & (moves == 0)
        slopes = np.max(np.nan_to_num(moves) / np.reshape(FAR, (-1, 1)), axis=(0, 1))
        return np.where(np.any(back, axis=(0, 1)) & (self.y == 0), slopes, 0.0)

    @property
    def _rare_jumps(self) -> Any:
        """Of outputs that stay the same and then jump by next to nothing, the jump.

        That is what is left of larger numbers that a unit saturates, or that cancel.
        """
        moves, zero = np.abs(self.far - self.y), self.y == 0
        still = np.logical_and.accumulate(moves == 0, axis=1)
        first = np.where(still | ~np.roll(still, 1, axis=1), 0.0, np.nan_to_num(moves))
        one, other = (still[:, FAR.index(t), None] for t in (NEARER[0], NEARER[2]))
        first = np.where(np.where(zero, other, one), first, 0.0)
        small = LEFT * np.where(zero, self.sizes(), np.abs(self.y))
        return np.max(np.where(first <= small, first, 0.0), axis=(0, 1))

    @property
    def _large_jumps(self) -> Any:
        """Of outputs that are nothing but rounding: it is as large as they are.

        They jump by all that they are between near neighbours, though the nearest say they do not.
        """
        near = [t for t in FAR if t <= NEARER[1]]
        moves = np.nan_to_num(np.abs(self.far - self.y))[:, : len(near)]
        slope = np.nan_to_num(np.abs(self._on_ray(EPS**0.85) - self.y)) / EPS**0.85
        jumps = moves > 16 * slope * np.reshape(near, (-1, 1))
        jumps &= (moves > self.wide / 16) & (self.wide < LEFT)
        return np.max(np.where(jumps, moves, 0.0), axis=(0, 1))

    @cached_property
    def noise(self) -> Any:
        """By how much each output jumps between neighbours: on the quieter side of a kink.

        Raises:
            GradientError: if it jumps as float32 does.
        """
        eps, s, of = self.settings.eps, self.settings, self._on_ray
        (before, after), wide = self._beside, self.wide
        noise = noise_of(of, wide, eps)
        if np.any(noise > 64 * eps * wide):
            noise = np.fmin(noise, noise_of(lambda t: of(-t), wide, eps))
            large = wide > 1e-9 * np.max(wide)  # others are what is left when numbers cancel
            single = large & (noise > SINGLE * wide) & (noise < COARSE * wide)
            exact = not (s.by_hand or s.noise or eps != EPS)
            if exact and np.any(single):
                # What is left when numbers cancel jumps at every step, float32 at few of them.
                single &= noise_of(of, wide, eps, NEIGHBOURS[:1]) < noise / 16
                # Where nothing is left, what jumps as seldom by as much may be larger numbers.
                single &= (noise > 256 * EPS) | (np.abs(self.y) > wide / 2)
            if exact and np.any(single):
                raise GradientError(
                    "something in the function is computed in float32, where small faults cannot "
                    f"be seen: between neighbouring inputs it jumps by {np.max(noise):.1g}. "
                    'Compute in float64, or pass precision="float32", or rtol= and atol='
                )
        if np.any(self.y == 0):
            nearer = [of(sign * t) for t in NEARER for sign in (1, -1)]
            noise = np.fmax(noise, _quantum(self.y, before, after, *nearer))
        if np.any((wide > 0) & (wide < LEFT)):
            noise = np.fmax(noise, self._large_jumps)
        if np.any(np.where(self.y == 0, of(NEARER[2]), of(NEARER[0])) == self.y):
            noise = np.fmax(noise, self._rare_jumps)
        # The arguments are rounded too when they move.
        moved = np.fmax(np.abs(before - self.y), np.abs(after - self.y)) / FIRST_STEP
        return np.nan_to_num(noise + eps * moved) + s.noise * np.abs(self.y)

    def look_around(self) -> None:
        """Take the derivatives along random lines, and see whether complex steps give them."""
        s = self.settings
        self.random = self._random_lines()
        along, scale = self.along(self.random), np.ones((len(self.random), 1))
        real = self.inputs.real and self.outputs.real and s.eps == EPS
        claim = along_imaginary_axis(along, scale) if real else None
        first = self.along(self.random[:1])
        if claim is not None and np.all(
            agrees(claim[:1], near := quick_derivative(first, scale[:1]))
        ):
            self.quiet = True
            self.known = Estimate(claim, NOISE * EPS * np.abs(claim), 0)
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
            v = _of_few_bits(size * self.settings.rng.standard_normal(self.at.size))
            return [(slice(None), v), (slice(None), self.inputs.times_i(v))]
        for _ in range(self.settings.directions or RANDOM_LINES):
            v = _of_few_bits(size * self.settings.rng.standard_normal(self.at.size))
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
        w = self.settings.rng.uniform(0.5, 1.5, n) * self.settings.rng.choice([-1.0, 1.0], n)
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


def _of_few_bits(v: Any) -> Any:
    """Numbers near these, such that steps along them are exact, also from large numbers.

    Where ``x + h v`` is rounded, a step is another one than it says.
    """
    mantissas, exponents = np.frexp(v)
    return np.ldexp(np.rint(np.ldexp(mantissas, STEP_BITS)), exponents - STEP_BITS)


def _quantum(y: Any, *beside: Any) -> Any:
    """How large the rounding is where a value is 0 and those beside it are left of larger numbers.

    ``1 - cos(1e-8)`` is a small multiple of the rounding of 1, so it has few bits, whatever the
    slope. Other numbers have more: they end in so many zeros once in four million times.
    """
    mantissas, exponents = np.frexp(np.abs(beside))
    whole = np.ldexp(mantissas, 53).astype(np.int64)
    lowest = np.ldexp((whole & -whole).astype(float), exponents - 53)
    few = (whole != 0) & (np.ldexp(lowest, FEW_BITS) >= np.ldexp(1.0, exponents))
    few &= (y == 0) & (np.abs(beside) < LEFT)
    # A logarithm of 1 + u rounds u, and then is a little less than u.
    units = np.abs(beside) / EPS * 2
    small = (units > 0) & (units < 2.0**30)
    counted = (np.abs(units - np.rint(units)) < 2.0**-10) & (units > 0.5)
    of_one = np.all(~small | counted, axis=0)
    of_one &= (y == 0) & (np.count_nonzero(small, axis=0) > 2)
    return 8 * np.fmax(np.max(np.where(few, lowest, 0.0), axis=0), EPS * of_one)
