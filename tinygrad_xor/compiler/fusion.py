"""A pass over nests: a sum of what an earlier nest computes takes in the computation.

Then ``np.sum((x - y) ** 2)`` is one loop, which reads x and y, and the squares need no memory.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from tinygrad_xor.compiler.elements import Elements
from tinygrad_xor.compiler.nests import OWN, Nest, Sum
from tinygrad_xor.compiler.views import even

#: A sum reads so many arrays at most.
_ARRAYS = 12
#: What is needed elsewhere too is computed twice if it is so few variables.
_TWICE = 4


def fused(nests: list[Nest]) -> list[Nest]:
    """The nests with chains of elementwise computations in the sums of their results.

    A chain is taken in if nothing else reads its result. The order in which terms are added stays,
    and so do all bits.
    """
    nests = [nest.moved() for nest in nests]
    readers = Counter(view.memory for nest in nests for view in nest.reads)
    writers = Counter(view.memory for nest in nests for view in nest.writes)
    own = [(nest, *store) for nest in nests for store in nest.stores if store[1].memory[0] == OWN]
    makers = {view.memory: (nest, x, view) for nest, x, view in own}
    for nest in nests:
        for _, reads in nest.made.values():
            for k, x in enumerate(reads):
                if type(x) is not Sum or x.whole is None:
                    continue
                memory = x.whole.memory
                if memory not in makers or (readers[memory], writers[memory]) != (1, 1):
                    continue
                maker, result, view = makers[memory]
                taken = _taken(x, maker, result) if view == x.whole else None
                if taken is not None:
                    reads[k] = taken
                    maker.stores.remove((result, view))
                    left = maker.needed(i for i, _ in maker.stores)
                    maker.made = {i: maker.made[i] for i in left}
    return [nest for nest in nests if nest.made or nest.call is not None]


def _taken(x: Sum, maker: Nest, result: int) -> Sum | None:
    """The sum with the chain in it that makes its terms; None if that cannot be, or costs more."""
    chain = maker.needed([result])
    twice = {*chain} & {*maker.needed(i for i, _ in maker.stores if i != result)}
    leaves = [read for i in chain for read in maker.made[i][1] if type(read) is not int]
    if len(twice) > _TWICE or len(leaves) > _ARRAYS or any(type(y) is Sum for y in leaves):
        return None
    views, steps = [], []
    for leaf in leaves:
        rest, places = leaf.view.along(x.axes, x.keepdims)
        rest = replace(rest, offset=rest.offset + leaf.extra)
        views.append(rest.broadcast(x.views[0].shape))
        steps.append(even(places))
    if None in steps:
        return None
    made = [(i, *maker.made[i]) for i in chain]

    def term(new: Elements, loaded: list[Any]) -> Any:
        rest = iter(loaded)
        values: dict[int, Any] = {}
        for i, make, reads in made:
            values[i] = make(new, [values[y] if type(y) is int else next(rest) for y in reads])
        return values[result]

    return Sum(x.function, views, steps, x.count, term, x.dtype)  # type: ignore[arg-type]
