"""Numbers and arrays side by side in one piece of memory, as machine code reads and writes them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_xor.compiler.llvm import Place


@dataclass(frozen=True)
class Kind:
    """What a leaf of a tree is: a number of Python's if it is weak, else a scalar or an array."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    weak: bool = False

    @property
    def size(self) -> int:
        """How many numbers it is."""
        return math.prod(self.shape)

    def made(self, x: Any) -> Any:
        """A leaf of this kind, of an array of its own, or of a number."""
        if self.shape:
            return x
        return self.dtype.type(x).item() if self.weak else self.dtype.type(x)


class Record:
    """Where each leaf lies.

    Args:
        kinds: of the leaves, in their order.
    """

    def __init__(self, kinds: Sequence[Kind]) -> None:
        self.kinds = list(kinds)
        self.offsets: list[int] = []
        end = 0
        for kind in kinds:
            self.offsets.append(end)
            end += -(-kind.size * kind.dtype.itemsize // 8) * 8
        #: How many bytes there are.
        self.size = end

    def places(self, memory: str) -> list[Place]:
        """Where each number lies."""
        return [
            Place(memory, offset + i * kind.dtype.itemsize)
            for kind, offset in zip(self.kinds, self.offsets, strict=True)
            for i in range(kind.size)
        ]

    def starts(self, memory: str) -> list[Place]:
        """Where each leaf begins."""
        return [Place(memory, offset) for offset in self.offsets]

    def views(self, memory: Any, count: int | None = None) -> list[Any]:
        """The leaves in an array of bytes; of so many records in a row, with one more axis."""
        lead, strides = ((), ()) if count is None else ((count,), (self.size,))
        views = []
        for kind, offset in zip(self.kinds, self.offsets, strict=True):
            inner = np.empty(kind.shape, kind.dtype).strides
            views.append(
                np.ndarray((*lead, *kind.shape), kind.dtype, memory, offset, (*strides, *inner))
            )
        return views

    def lanes(self, memory: Any, count: int) -> list[Any]:
        """The leaves of so many members in an array of bytes, their numbers side by side."""
        views = []
        for kind, offset in zip(self.kinds, self.offsets, strict=True):
            size = kind.dtype.itemsize
            inner = [count * size * math.prod(kind.shape[k + 1 :]) for k in range(len(kind.shape))]
            shape, strides = (count, *kind.shape), (size, *inner)
            views.append(np.ndarray(shape, kind.dtype, memory, count * offset, strides))
        return views

    def packed(self, leaves: Iterable[Any]) -> Any:
        """An array of bytes with these leaves."""
        memory = np.empty(max(1, self.size), np.uint8)
        for view, leaf in zip(self.views(memory), leaves, strict=True):
            view[...] = leaf
        return memory

    def unpacked(self, memory: Any) -> list[Any]:
        """The leaves in an array of bytes, in memory of their own."""
        views = zip(self.kinds, self.views(memory), strict=True)
        return [kind.made(view.copy() if kind.shape else view[()]) for kind, view in views]


class Pointers(Record):
    """Where pointers to the leaves lie, which stay where they are: large ones are not copied.

    Args:
        kinds: of the leaves, in their order.
    """

    def __init__(self, kinds: Sequence[Kind]) -> None:
        super().__init__([Kind((), np.dtype(np.uintp)) for _ in kinds])
        self.leaves = list(kinds)

    def starts(self, memory: str) -> list[Place]:
        """Where each leaf begins: where its pointer leads to."""
        return [Place(f"{memory}[{offset}]", 0) for offset in self.offsets]

    def to(self, arrays: list[Any]) -> Any:
        """The pointers to arrays."""
        return self.packed([x.ctypes.data for x in arrays])

    def arrays(self, leaves: Iterable[Any] | None = None) -> list[Any]:
        """Arrays of the leaves, as machine code wants them; new ones if there are no leaves."""
        if leaves is None:
            return [np.empty(kind.shape, kind.dtype) for kind in self.leaves]
        given = zip(leaves, self.leaves, strict=True)
        return [np.require(x, kind.dtype, ("C", "A")) for x, kind in given]
