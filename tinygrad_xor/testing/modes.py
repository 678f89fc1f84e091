"""The two sides of a comparison, in reverse mode and in forward mode.

Each mode claims derivatives, at the point and at others, and has its numerical ones beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_xor.testing import diagnosis
from tinygrad_xor.testing.backends import Arrays, Backend, Flat
from tinygrad_xor.testing.comparison import FACTOR, Comparison
from tinygrad_xor.testing.coordinates import Line
from tinygrad_xor.testing.diagnosis import GradientError
from tinygrad_xor.testing.function import Function
from tinygrad_xor.testing.numerical import EPS, Estimate

#: An analytic derivative is taken to be right to this many units in the last place of its terms.
ROUNDED = 128.0
#: Numbers below this have fewer bits than others.
TINY = float(np.finfo(float).tiny)
#: What moves where everything does.
ALL = "all of them"


class Mode:
    """What both modes have in common.

    Attributes:
        claims: the derivatives by the rules.
        numbers: the numerical ones.
        errors: how far off these may be.
        terms: how large the terms are that the derivatives are sums of.
        names: which derivatives.
        arguments: by which arguments.
        lines: along which each is taken.
        assumed: whether the numerical ones rely on there being no noise, or on multiples of i.
    """

    mode = ""
    claims: Any
    numbers: Any
    errors: Any
    terms: Any
    names: list[str]
    arguments: list[str]
    lines: Sequence[Line]
    assumed: bool

    def __init__(self, function: Function, backend: Backend, f: Flat) -> None:
        self.function, self.backend, self.f = function, backend, f

    def compared(self, order: int) -> list[Comparison]:
        """Both sides, with the bounds that are there at once."""
        s = self.function.settings
        rounded = (ROUNDED * s.eps + s.noise) * np.fmax(self.terms, np.abs(self.numbers))
        bounds = self.errors + rounded + TINY
        if s.by_hand:
            bounds = ((s.atol or 0.0) + (s.rtol or 0.0) * np.abs(self.numbers)) / FACTOR
        sides = [x.tolist() for x in (self.claims, self.numbers, bounds, rounded)]
        return [
            Comparison(order, self.mode, name, a, n, bound, part, argument)
            for name, argument, a, n, bound, part in zip(
                self.names, self.arguments, *sides, strict=True
            )
        ]

    def compute(self) -> bool:
        """Both sides; false if the lines were wrong, so that all must begin again."""
        raise NotImplementedError

    def claimed_at(self, at: Any) -> Any:
        """The derivatives by the rules at another point."""
        raise NotImplementedError

    def numbers_at(self, at: Any, some: list[int]) -> Any:
        """Some of the derivatives by complex steps at another point."""
        raise NotImplementedError

    def differences(self, some: list[int]) -> tuple[Any, Any]:
        """Some of the derivatives by differences, and their errors."""
        raise NotImplementedError

    def slopes_from_zero(self, some: list[int]) -> Any:
        """How much each of some coordinates has done to the outputs on its way from zero."""
        raise NotImplementedError

    def rounding_over_move(self, at: Any) -> Any:
        """How large the rounding of the outputs is beside their moves on the way to a point.

        For each derivative, of the outputs that it is of.
        """
        y, noise = self.function.y, self.function.noise
        try:
            with np.errstate(all="ignore"):
                ratios = np.fmax(EPS * np.abs(y), noise) / np.abs(self.function(at) - y)
        except Exception:
            return np.nan
        return self.of_outputs(np.where(np.isfinite(ratios), ratios, 0.0))

    def size_of_outputs(self) -> float:
        """How large the outputs are, weighed as they are here, or those before; 1 at most."""
        function, sizes = self.function, self.function.sizes()
        before = min(1.0, function.size_before())
        if self.mode != "reverse":
            return max(min(1.0, float(np.max(sizes))), before)
        weights = np.abs(function.weights)
        return max(min(1.0, float(weights @ sizes)), before * float(np.sum(weights)))

    def weighed(self, of_outputs: Any) -> Any:
        """What the outputs have, as each derivative has it."""
        if self.mode == "reverse":
            of_outputs = of_outputs @ np.abs(self.function.weights)
        return of_outputs * np.ones(len(self.lines))

    def rounding_of_outputs(self) -> Any:
        """How large the rounding of the outputs is beside the coordinates that move them."""
        function = self.function
        return 4 * self._beside_coordinates(EPS * np.abs(function.y) + function.noise)

    def slopes_of_jumps(self) -> Any:
        """How far off derivatives are of outputs that move by rare jumps."""
        return 4 * self._beside_coordinates(self.function.slopes_of_jumps)

    def _beside_coordinates(self, of_outputs: Any) -> Any:
        """What outputs do when everything moves in proportion, by a unit of each coordinate."""
        sizes = [np.min(np.abs(self.function.at[where])) or 1.0 for where, _ in self.lines]
        return self.weighed(of_outputs) / np.fmin(1.0, sizes)

    def of_outputs(self, ratios: Any) -> Any:
        """For each derivative, the mean over the outputs that it is of."""
        raise NotImplementedError


class Reverse(Mode):
    """The gradient of the weighed outputs, coordinate by coordinate, or along random lines."""

    mode = "reverse"

    def __init__(self, function: Function, backend: Backend, f: Flat) -> None:
        super().__init__(function, backend, f)
        self.rows: Any = None
        if function.settings.directions is None:
            coordinates = function.coordinate_lines()
            self.lines = [line for _, line in coordinates]
            places = [k for k, _ in coordinates]
            self.names = [function.inputs.elements[k] for k in places]
            self.arguments = [function.inputs.names[function.inputs.leaf(k)] for k in places]
            size = np.abs(function.at[places]).reshape(-1, 1)
            # Powers of two make steps exact: where ``x + h`` is rounded, h is another one.
            self.scale = 2.0 ** np.ceil(np.log2(np.maximum(1.0, size)))
            self.reach = np.where(size == 0, np.inf, size / 32)
        else:
            self.lines = function.random
            self.names = [f"random direction {k}" for k in range(len(self.lines))]
            self.arguments = [ALL] * len(self.lines)
            self.scale = np.ones((len(self.lines), 1))
            self.reach = np.full((len(self.lines), 1), np.inf)

    def compute(self) -> bool:
        """Both sides; false if the lines were wrong, so that all must begin again."""
        self.assumed = self.function.quiet or self.function.holomorphic
        gradient = pull(self.function, self.backend, self.f, self.function.at)
        flat = self.function.inputs.flat_gradient(gradient)
        self.claims = dots(flat, self.lines)
        self.terms = dots(np.abs(flat), [(where, np.abs(how)) for where, how in self.lines])
        count, weights = len(self.lines), self.function.weights
        self.numbers, self.errors = np.full(count, np.nan), np.full(count, np.nan)
        if self.function.continues:
            random = self.function.settings.directions is not None
            known = self.function.known.value
            rows = known if random else self.function.by_complex_steps(self.lines)
            self.numbers, self.errors = (
                rows @ weights,
                self.function.errors_of(rows) @ np.abs(weights),
            )
            self.terms = np.fmax(self.terms, np.abs(rows) @ np.abs(weights))
        unknown = [int(i) for i in np.flatnonzero(np.isnan(self.numbers))]
        if self.function.holomorphic and len(unknown) == self.function.at.size:
            self._by_half_the_differences()
        elif unknown:
            found = self._by_differences(unknown)
            if found is None:
                return False
            self.numbers[unknown], self.errors[unknown] = found
        return True

    def _by_half_the_differences(self) -> None:
        """All elements of the gradient of a holomorphic function, from moves of real parts."""
        function, inputs = self.function, self.function.inputs
        real, imaginary = inputs.real_parts, inputs.imaginary_parts
        turned = -function.outputs.times_i(function.weights)  # weighs i times what moves
        near = function.by_differences(
            [self.lines[i] for i in real],
            np.stack([self.claims[real], self.claims[imaginary]], axis=1),
            self.scale[real],
            self.reach[real],
            np.stack([function.weights, turned], axis=1),
        )
        assert near is not None  # only real matrices are moved as symmetric ones
        for k, places in enumerate((real, imaginary)):
            self.numbers[places], self.errors[places] = near.value[:, k], near.error[:, k]

    def claimed_at(self, at: Any) -> Any:
        """The gradient at another point."""
        gradient = pull(self.function, self.backend, self.f, at)
        return dots(self.function.inputs.flat_gradient(gradient), self.lines)

    def numbers_at(self, at: Any, some: list[int]) -> Any:
        """Some elements of it by complex steps."""
        lines = [self.lines[i] for i in some]
        return self.function.by_complex_steps(lines, at) @ self.function.weights

    def differences(self, some: list[int]) -> tuple[Any, Any]:
        """Some elements of it by differences."""
        return self._by_differences(some) or (self.numbers[some], self.errors[some])

    def _by_differences(self, some: list[int]) -> tuple[Any, Any] | None:
        near = self.function.by_differences(
            [self.lines[i] for i in some],
            self.claims[some].reshape(-1, 1),
            self.scale[some],
            self.reach[some],
            self.function.weights.reshape(-1, 1),
        )
        return None if near is None else (np.real(near.value[:, 0]), near.error[:, 0])

    def slopes_from_zero(self, some: list[int]) -> Any:
        """Of the weighed outputs."""
        function = self.function
        found = []
        for where, how in (self.lines[i] for i in some):
            zeroed = function.at.copy()
            zeroed[where] = 0.0
            size = np.max(np.abs(function.at[where])) or 1.0
            try:
                change = np.abs(function(zeroed) - function.y)
            except Exception:
                change = np.zeros(1)
            change = np.where(np.isfinite(change), change, 0.0)
            found.append(np.sum(np.abs(function.weights) * change) * np.max(np.abs(how)) / size)
        return np.array(found)

    def of_outputs(self, ratios: Any) -> Any:
        """By the parts that the outputs have in each derivative, where they are known."""
        parts = np.abs(self.function.weights) * np.ones((len(self.lines), 1))
        if self.rows is not None:
            parts = parts * np.abs(self.rows)
        total = np.sum(parts, axis=1)
        return parts @ ratios / np.where(total == 0, 1.0, total)

    def reads_one_triangle(self) -> bool:
        """Whether the function reads one half of a symmetric matrix, as Cholesky's does."""
        inputs = self.function.inputs
        if self.function.settings.directions is not None:
            return False
        for leaf in self.function.symmetric_leaves():
            n = inputs.shapes[leaf][-1]
            slopes = np.abs(self.numbers[inputs.starts[leaf] : inputs.stops[leaf]])
            upper, lower = (
                np.max(half(slopes.reshape(-1, n, n), side))
                for half, side in ((np.triu, 1), (np.tril, -1))
            )
            if min(upper, lower) <= 1e-9 * max(upper, lower):
                return True
        return False


class Forward(Mode):
    """How each output moves along one random line."""

    mode = "forward"

    def __init__(self, function: Function, backend: Backend, f: Flat, k: int) -> None:
        super().__init__(function, backend, f)
        self.k, self.line = k, function.random[k]
        self.lines = [self.line] * function.outputs.size
        self.names = [f"{name} along random tangents {k}" for name in function.outputs.elements]
        self.arguments = [ALL] * len(self.names)
        self.claims = function.moves[k]
        self.terms = np.abs(self.claims)
        self.compute()

    def compute(self) -> bool:
        """The numerical side; the lines were confirmed when they were drawn."""
        function = self.function
        self.assumed = function.quiet or function.holomorphic
        if function.continues:
            self.numbers = function.known.value[self.k]
            self.errors = function.errors_of(self.numbers)
        else:
            rows = slice(self.k, self.k + 1)
            known = Estimate(function.known.value[rows], function.known.error[rows], 0)
            everything = list(range(len(self.names)))
            self.numbers, self.errors = self.differences(everything, known)
        return True

    def claimed_at(self, at: Any) -> Any:
        """The tangents of the outputs at another point."""
        tangents = self.function.inputs.split(self.line[1])
        push = lambda xs: self.backend.pushforward(self.f, xs)(tangents)
        return self.function.outputs.flat(self.function.run(push, self.function.inputs.split(at)))

    def numbers_at(self, at: Any, some: list[int]) -> Any:
        """Some of them by complex steps."""
        return self.function.by_complex_steps([self.line], at)[0][some]

    def differences(self, some: list[int], known: Estimate | None = None) -> tuple[Any, Any]:
        """Some of them by differences."""
        near = self.function.by_differences(
            [self.line],
            self.claims,
            np.ones((1, 1)),
            np.full((1, 1), np.inf),
            np.eye(self.function.outputs.size),
            known,
        )
        assert near is not None  # random lines were moved before
        return np.real(near.value[0])[some], near.error[0][some]

    def slopes_from_zero(self, some: list[int]) -> Any:
        """Of the largest output of each array: everything moves, and elements are made together."""
        outputs = self.function.outputs
        size = np.max(np.abs(self.line[1]) / np.fmax(1.0, np.abs(self.function.at)))
        both = np.abs(self.function.y) * size + np.abs(self.claims)
        leaves = [outputs.leaf(j) for j in some]
        return np.array([np.max(both[outputs.starts[i] : outputs.stops[i]]) for i in leaves])

    def of_outputs(self, ratios: Any) -> Any:
        """Each is of one."""
        return ratios


def pull(function: Function, backend: Backend, f: Flat, at: Any) -> Arrays:
    """The gradients for the weights of the outputs, which must be left as they are."""
    cotangents = function.outputs.split_gradient(function.weights)
    before = [np.array(g) for g in cotangents]
    found = function.run(lambda xs: backend.vjp(f, xs, cotangents), function.inputs.split(at))
    if not all(np.array_equal(a, b) for a, b in zip(cotangents, before, strict=True)):
        raise GradientError(
            f"{backend.name} writes into the gradient that it is given, which others read "
            "too: a rule must return a new array"
        )
    diagnosis.check_form(found, function.inputs, backend.name)
    return found


def dots(flat: Any, lines: Sequence[Line]) -> Any:
    """The derivative along each line, from those by the coordinates."""
    return np.array([np.dot(flat[where], how) for where, how in lines]).reshape(len(lines))
