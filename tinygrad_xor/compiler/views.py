"""Where the elements of an array lie in memory; what only moves them is another look at the same.

NumPy itself says how an array looks after ``swapaxes`` or a slice: the function is called on an
array that lies in memory as ours will, and whose numbers nobody reads.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np


@dataclass(frozen=True)
class View:
    """An array in memory.

    Attributes:
        memory: the name of the memory; ``given[8]`` is where the pointer there leads to.
        offset: of the first element, in bytes.
        shape: of the array.
        strides: in bytes.
        dtype: of the elements.
    """

    memory: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: np.dtype[Any]

    @staticmethod
    def rows(memory: str, offset: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> View:
        """An array in C's order."""
        ends = itertools.accumulate(reversed(shape[1:]), lambda n, m: n * m, initial=dtype.itemsize)
        strides = (*reversed([*ends]),) if shape else ()
        return View(memory, offset, shape, strides, dtype)

    @property
    def is_in_order(self) -> bool:
        """Whether the elements lie side by side, as C has them."""
        wanted = self.dtype.itemsize
        for n, stride in zip(reversed(self.shape), reversed(self.strides), strict=True):
            if n != 1 and stride != wanted:
                return False
            wanted *= n
        return True

    @property
    def span(self) -> tuple[int, int]:
        """Where its bytes begin, counted from the first element, and how many there are."""
        steps = [s * (n - 1) for n, s in zip(self.shape, self.strides, strict=True) if n]
        low, high = sum(s for s in steps if s < 0), sum(s for s in steps if s > 0)
        return low, high - low + self.dtype.itemsize

    def broadcast(self, shape: tuple[int, ...]) -> View:
        """The same for each element of a larger shape."""
        lead = len(shape) - len(self.shape)
        pairs = zip(self.shape, self.strides, strict=True)
        strides = (0,) * lead + tuple(0 if n == 1 else s for n, s in pairs)
        return replace(self, shape=shape, strides=strides)

    def seen(self, function: Callable[[Any], Any]) -> View | None:
        """What a function of NumPy's makes of it, if that is in the same memory."""
        low, size = self.span
        memory = np.empty(size, np.uint8)
        array: Any = np.ndarray(self.shape, self.dtype, memory, -low, self.strides)
        result = np.asarray(function(array))
        if not array.shape and not result.shape:  # a scalar is no array any more
            return self
        start, end = (x.__array_interface__["data"][0] for x in (array, result))
        if result.size and not np.may_share_memory(result, memory):
            return None
        offset = self.offset + end - start if result.size else self.offset
        return View(self.memory, offset, result.shape, result.strides, self.dtype)

    def along(self, axes: tuple[int, ...], keepdims: bool = False) -> tuple[View, list[int]]:
        """Without these axes, and how far each element along them is from the first, in order."""
        pairs = enumerate(zip(self.shape, self.strides, strict=True))
        kept = [(1, 0) if i in axes else pair for i, pair in pairs if keepdims or i not in axes]
        rest = replace(self, shape=tuple([n for n, _ in kept]), strides=tuple([s for _, s in kept]))
        places = np.zeros((), np.int64)
        for i in sorted(axes):
            places = np.add.outer(places, np.arange(self.shape[i]) * self.strides[i])
        return rest, places.reshape(-1).tolist()


def collapsed(
    shape: tuple[int, ...], strides: list[tuple[int, ...]]
) -> tuple[list[int], list[list[int]]]:
    """Fewer axes for loops over arrays of one shape with these strides.

    >>> collapsed((2, 1, 3), [(24, 0, 8), (0, 0, 0)])
    ([6], [[8], [0]])
    """
    sizes: list[int] = []
    kept: list[list[int]] = [[] for _ in strides]
    for i, n in enumerate(shape):
        if n == 1:
            continue
        if sizes and all(k[-1] == s[i] * n for k, s in zip(kept, strides, strict=True)):
            sizes[-1] *= n
            for k, s in zip(kept, strides, strict=True):
                k[-1] = s[i]
            continue
        sizes.append(n)
        for k, s in zip(kept, strides, strict=True):
            k.append(s[i])
    return sizes, kept


def even(places: list[int]) -> int | None:
    """The step by which places follow each other; None if it is not always the same."""
    if len(places) < 2:
        return 0
    step = places[1] - places[0]
    return step if places == [i * step for i in range(len(places))] else None
