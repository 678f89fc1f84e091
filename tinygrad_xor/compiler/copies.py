"""A pass over nests: an array that is copied to its place is computed there."""

from __future__ import annotations

from dataclasses import replace

from tinygrad_xor.compiler.nests import OWN, Nest, Read, itself
from tinygrad_xor.compiler.views import View


def without_copies(nests: list[Nest]) -> list[Nest]:
    """The nests without copies of whole arrays: their memory becomes a part of where they go.

    So the gradients of all weights are written side by side, as optimizers want them.
    """
    nests = [nest.moved() for nest in nests]
    now: dict[str, View] = {}
    for nest in nests:
        for index, place in [*nest.stores]:
            make, reads = nest.made[index]
            if make is not itself or type(reads[0]) is not Read or reads[0].extra:
                continue
            view = reads[0].view
            is_whole = view.memory[0] == OWN and view.memory not in now and view.offset == 0
            if is_whole and view.shape == place.shape and view.is_in_order and place.is_in_order:
                now[view.memory] = place
                nest.stores.remove((index, place))
                if not any(index == i for i, _ in nest.stores):
                    del nest.made[index]

    def moved(view: View) -> View:
        while view.memory in now:
            place = now[view.memory]
            view = replace(view, memory=place.memory, offset=view.offset + place.offset)
        return view

    left = [nest.moved(moved) for nest in nests]
    return [nest for nest in left if nest.made or nest.call is not None]
