"""What the rounding of a function is, told from its values at neighbours of a point.

Nobody sees from outside how large the numbers are that a value is made of. Where they are larger
than it, because they cancel or a unit saturates them, it moves by jumps: between near neighbours or
rarely, by all that it is or by next to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from tinygrad_xor.testing.coordinates import Line, Lines, of_few_bits
from tinygrad_xor.testing.diagnosis import GradientError
from tinygrad_xor.testing.numerical import EPS, FIRST_STEP, NEIGHBOURS, noise_of
from tinygrad_xor.testing.settings import Settings

#: Rounding beyond this part of the numbers, and below the other, is that of float32.
SINGLE, COARSE = 2.0**-29, 2.0**-20
#: How far float32 rounds at most.
FLOAT32 = 2.0**-24
#: Numbers below this may be what is left of numbers around 1; of so many bits, they are.
LEFT, FEW_BITS = 2.0**-20, 31
#: Neighbours on the way to twice or none of each argument.
FAR = tuple(2.0**-power for power in (36, 30, 24, 18, 12, 8, 6, 4, 3, 2, 1, 0))
#: The power of epsilon at which the largest of them show, whose jumps are rare.
RARE = 0.35
#: Steps at which such numbers show.
NEARER = (2.0**-12, 2.0**-18, 2.0**-24)


class Neighbours:
    """A function along a line on which all arguments move, each in proportion to its size.

    Attributes:
        settings: of the check.
        at: the point.
        y: the outputs there.
        way: where the neighbours are.
        weight: by which numbers around 1 may have been multiplied.
        rounding: how far it moves each output; ``None`` where that cannot be told.
        single: whether some of it was seen to be in single precision.
    """

    settings: Settings
    at: Any
    y: Any
    way: Any
    weight: float
    rounding: Any
    single: bool

    def along(self, lines: Sequence[Line], at: Any = None) -> Lines:
        """The values along lines through the point."""
        raise NotImplementedError

    def _way(self) -> Any:
        part = self.settings.rng.uniform(0.5, 1.0, self.at.size)
        part *= self.settings.signs(self.at.size)
        ray = part * np.where(self.at == 0, 1.0, np.abs(self.at))
        return np.where(np.isfinite(ray), ray, 0.0)

    @cached_property
    def ray(self) -> Any:
        """The way to the neighbours, in steps that are exact where nobody is to see their rounding.

        Without the rounding of steps, what is left of larger numbers looks like what is not.
        """
        return self.way if self.rounding is None else of_few_bits(self.way)

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
    def rounds_little(self) -> bool:
        """Whether rounding moves outputs by much less than arguments do, so that these are seen."""
        moves = np.fmax.reduce([np.abs(y - self.y) for y in self._beside])
        return self.rounding is not None and bool(np.all(self.rounding <= LEFT * moves))

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
        jumps &= (moves > self.wide / 16) & (self.wide < LEFT * self.weight)
        return np.max(np.where(jumps, moves, 0.0), axis=(0, 1))

    @cached_property
    def noise(self) -> Any:
        """By how much each output jumps between neighbours: on the quieter side of a kink.

        Raises:
            GradientError: if it jumps as float32 does.
        """
        eps, s, of = self.settings.eps, self.settings, self._on_ray
        (before, after), wide, known = self._beside, self.wide, self.rounding
        noise = noise_of(of, wide, eps)
        if known is not None and np.any(noise > 2 * known):
            # What changes fast seems noisy between neighbours that are far apart, not nearer.
            finer = noise_of(of, wide, eps, NEIGHBOURS[:2])
            nearer = noise_of(lambda t: of(t / 4), wide, eps, NEIGHBOURS[2:])
            noise = np.where(nearer > noise / 32, noise, finer)
        if np.any(noise > 64 * eps * wide):
            noise = np.fmin(noise, noise_of(lambda t: of(-t), wide, eps))
            large = wide > 1e-9 * np.max(wide)  # others are what is left when numbers cancel
            single = large & (noise > SINGLE * wide) & (noise < COARSE * wide)
            exact = not (s.by_hand or s.noise or eps != EPS) and (known is None or self.single)
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
        # The arguments are rounded too when they move.
        moved = np.fmax(np.abs(before - self.y), np.abs(after - self.y)) / FIRST_STEP
        at_least = eps * moved + s.noise * np.abs(self.y)
        if known is not None and not self.single:
            return np.nan_to_num(np.fmax(noise, known) + at_least)
        if self.single and s.by_hand:  # steps must not be so small that its jumps hide by chance
            noise = np.fmax(noise, FLOAT32 * wide)
        if np.any(self.y == 0):
            nearer = [of(sign * t) for t in NEARER for sign in (1, -1)]
            noise = np.fmax(noise, _quantum(self.y, before, after, *nearer))
        still = of(NEARER[2]) == self.y
        if np.any(still & (self.y != 0)):  # what moves by jumps only may jump by so much
            noise = np.fmax(noise, still * noise_of(of, wide, eps, (NEIGHBOURS[0], RARE)))
        if np.any((wide > 0) & (wide < LEFT * self.weight)):
            noise = np.fmax(noise, self._large_jumps)
        if np.any(np.where(self.y == 0, still, of(NEARER[0]) == self.y)):
            noise = np.fmax(noise, self._rare_jumps)
        return np.nan_to_num(noise + at_least)


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
