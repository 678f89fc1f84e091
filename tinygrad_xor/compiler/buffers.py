"""A pass over nests: arrays that are not needed at the same time share memory."""

from __future__ import annotations

from dataclasses import replace

from tinygrad_xor.compiler.nests import OWN, Nest
from tinygrad_xor.compiler.views import View

#: Arrays begin at multiples of so many bytes, the length of a line of the cache.
_LINE = 64


def placed(nests: list[Nest], start: int) -> tuple[list[Nest], int]:
    """The nests with places in one memory, ``tape``, for arrays that only they know.

    Args:
        nests: in their order; such arrays lie in a memory of their own each, ``m0``, ``m1``, ….
        start: so many bytes of the tape are taken already.

    Returns:
        The nests, and how many bytes the tape has.
    """
    sizes: dict[str, int] = {}
    lives: dict[str, tuple[int, int]] = {}
    for i, nest in enumerate(nests):
        for view in (*nest.reads, *nest.writes):
            if view.memory[0] == OWN:
                first, _ = lives.get(view.memory, (i, i))
                lives[view.memory] = first, i
                end = view.offset + sum(view.span) if 0 not in view.shape else view.offset
                sizes[view.memory] = max(end, sizes.get(view.memory, 0))
    offsets: dict[str, int] = {}
    taken: list[tuple[int, int, int]] = []  # from, to, the last nest that needs it
    end = start
    for memory, (first, last) in sorted(lives.items(), key=lambda item: item[1]):
        taken = sorted(part for part in taken if part[2] >= first)
        size, at = -(-sizes[memory] // _LINE) * _LINE, start
        for begin, stop, _ in taken:
            if begin - at >= size:
                break
            at = max(at, stop)
        offsets[memory] = at
        taken.append((at, at + size, last))
        end = max(end, at + size)

    def moved(view: View) -> View:
        if view.memory not in offsets:
            return view
        return replace(view, memory="tape", offset=view.offset + offsets[view.memory])

    return [nest.moved(moved) for nest in nests], end
