"""Nested arguments as one vector of real numbers, each of which has a name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np


class Coordinates:
    """The real numbers that a list of arrays is made of; a complex number counts as two.

    >>> c = Coordinates([np.ones((1, 2)), np.array(3 + 4j)], ["W", "z"])
    >>> c.flat([np.ones((1, 2)), np.array(3 + 4j)])
    array([1., 1., 3., 4.])
    >>> c.elements[1], c.elements[3]
    ('W[0, 1]', 'z (imaginary part)')
    """

    def __init__(self, arrays: Sequence[Any], names: Sequence[str]) -> None:
        self.names = names
        self.shapes = [np.shape(x) for x in arrays]
        self.is_complex = [np.iscomplexobj(x) for x in arrays]
        sizes = [np.size(x) << c for x, c in zip(arrays, self.is_complex, strict=True)]
        self.stops = np.cumsum([0, *sizes])[1:]
        self.starts = self.stops - sizes
        self.size = int(sum(sizes))
        self.real = not any(self.is_complex)
        self._places = list(
            zip(
                self.starts.tolist(), self.stops.tolist(), self.shapes, self.is_complex, strict=True
            )
        )
        #: Whether all numbers are complex.
        self.complex = bool(self.is_complex) and all(self.is_complex)

    def flat(self, arrays: Sequence[Any]) -> Any:
        """The coordinates of other arrays of the same shapes."""
        if len(arrays) == 1 and not self.is_complex[0]:
            return np.asarray(arrays[0]).reshape(-1)
        pieces: list[Any] = []
        for array, two in zip(arrays, self.is_complex, strict=True):
            x = np.ravel(array)
            pieces += [np.real(x), np.imag(x)] if two else [x]
        return np.concatenate(pieces) if pieces else np.zeros(0)

    def split(self, vector: Any) -> list[Any]:
        """The arrays that have these coordinates; 0-d ones as numbers."""
        found = []
        for start, stop, shape, two in self._places:
            x = vector[start:stop]
            if two:
                middle = (stop - start) // 2
                x = x[:middle] + 1j * x[middle:]
            found.append(x.reshape(shape) if shape else x[0])
        return found

    def flat_gradient(self, gradients: Sequence[Any]) -> Any:
        """Derivatives by the coordinates, from gradients: ∂/∂x − i ∂/∂y of a complex number."""
        conjugate = [
            np.conj(g) if two else g for g, two in zip(gradients, self.is_complex, strict=True)
        ]
        return np.real(self.flat(conjugate))

    def split_gradient(self, vector: Any) -> list[Any]:
        """Gradients, from derivatives by the coordinates."""
        return [np.conj(g) for g in self.split(vector)]

    @cached_property
    def real_parts(self) -> Any:
        """Where the real parts are, of arrays that are all complex."""
        halves = zip(self.starts, (self.starts + self.stops) // 2, strict=True)
        return np.concatenate([np.arange(start, middle) for start, middle in halves])

    @cached_property
    def imaginary_parts(self) -> Any:
        """Where the imaginary parts are, in the same order."""
        halves = zip((self.starts + self.stops) // 2, self.stops, strict=True)
        return np.concatenate([np.arange(middle, stop) for middle, stop in halves])

    def times_i(self, vector: Any) -> Any:
        """The coordinates of the arrays that have these, times the imaginary unit.

        >>> c = Coordinates([np.array(3 + 4j)], ["z"])
        >>> c.times_i(np.array([3.0, 4.0]))
        array([-4.,  3.])
        """
        turned = np.empty_like(vector)
        turned[..., self.real_parts] = -vector[..., self.imaginary_parts]
        turned[..., self.imaginary_parts] = vector[..., self.real_parts]
        return turned

    def leaf(self, k: int) -> int:
        """Which array coordinate `k` is in."""
        return int(np.searchsorted(self.stops, k, side="right"))

    @cached_property
    def elements(self) -> list[str]:
        """The name of each coordinate: of its array, with the index of the element."""
        found: list[str] = []
        for name, shape, two in zip(self.names, self.shapes, self.is_complex, strict=True):
            places = [", ".join(map(str, index)) for index in np.ndindex(shape)]
            named = [f"{name}[{place}]" if place else name for place in places]
            found += named + [f"{element} (imaginary part)" for element in named if two]
        return found


def leaf_names(tree: Any, name: str) -> list[str]:
    """What to write to get each leaf of a tree.

    >>> leaf_names({"W": [1.0, 2.0], "b": 3.0}, "params")
    ['params["W"][0]', 'params["W"][1]', 'params["b"]']
    """
    if tree is None:
        return []
    if isinstance(tree, dict):
        pairs = [(branch, f"{name}[{_quoted(key)}]") for key, branch in tree.items()]
    elif hasattr(tree, "_fields"):
        pairs = [
            (branch, f"{name}.{field}") for field, branch in zip(tree._fields, tree, strict=True)
        ]
    elif isinstance(tree, (list, tuple)):
        pairs = [(branch, f"{name}[{i}]") for i, branch in enumerate(tree)]
    else:
        return [name]
    return [leaf for branch, path in pairs for leaf in leaf_names(branch, path)]


def _quoted(key: Any) -> str:
    return f'"{key}"' if isinstance(key, str) else repr(key)


#: Steps have so many bits.
STEP_BITS = 8
#: A line through a point: which coordinates move along it, and by how much.
Line = tuple[Any, Any]


class Lines:
    """A vector function of points along lines: row i is what it gives at ``t[i]`` along line i.

    Where the function fails, a row is NaN, and `trouble` says why.
    """

    def __init__(self, function: Callable[[Any], Any], at: Any, lines: Sequence[Line], size: int):
        self.function, self.at, self.lines, self.size = function, at, lines, size
        self.trouble: Exception | None = None

    def __call__(self, t: Any) -> Any:
        """The rows, NaN where t is 0."""
        t = np.asarray(t)
        rows = np.full((len(self.lines), self.size), np.nan, t.dtype)
        start, real = self.at.astype(t.dtype, copy=False), t.dtype.kind == "f"
        for i, step in enumerate(t[:, 0].tolist()):
            if step == 0:
                continue
            where, how = self.lines[i]
            old = start[where]
            new = old + step * how
            if real and (new == old).all():
                continue  # so small a step that it is none
            moved = start.copy()
            moved[where] = new
            try:
                row = self.function(moved)
            except Exception as error:
                if not real:
                    raise
                self.trouble = error
            else:
                if row.dtype.kind == "c" and rows.dtype.kind != "c":
                    rows = rows.astype(complex)
                rows[i] = row
        return rows


def of_few_bits(v: Any) -> Any:
    """Numbers near these, such that steps along them are exact, also from large numbers.

    Where ``x + h v`` is rounded, a step is another one than it says.
    """
    mantissas, exponents = np.frexp(v)
    return np.ldexp(np.rint(np.ldexp(mantissas, STEP_BITS)), exponents - STEP_BITS)
