"""How layers were called on symbolic tensors, as a list of calls."""

from __future__ import annotations

from typing import Any

from tinygrad_xor.nn.layer import InputLayer, Layer
from tinygrad_xor.nn.network import Call
from tinygrad_xor.nn.symbolic import Called, SymbolicTensor


class Wiring:
    """What leads from `inputs` to `outputs`.

    Attributes:
        input_layers: one for each input.
        layers: in Keras's order, so that weights stand in the same order as there.
        calls: in the order in which they were made.
        gives: the numbers of the values that come out.
    """

    def __init__(self, inputs: list[SymbolicTensor], outputs: list[SymbolicTensor]) -> None:
        for what, tensors in (("inputs", inputs), ("outputs", outputs)):
            wrong = [x for x in tensors if not isinstance(x, SymbolicTensor)]
            if wrong or not tensors:
                raise TypeError(
                    f"the {what} of a Model are symbolic tensors, which Input(shape) and layers "
                    f"that are called on them give, not {wrong[0] if wrong else tensors!r}"
                )
        if len({*map(id, inputs)}) != len(inputs):
            raise ValueError(f"an input is there twice: {inputs}")
        self._starts = {id(x): _start(x) for x in inputs}
        self.input_layers: list[InputLayer] = [call.layer for call in self._starts.values()]
        ordered, seen = self._walked(outputs)
        self.layers = self._as_keras(ordered, seen)
        made = sorted((c for c in ordered if c.inputs), key=lambda call: call.number)
        numbers = {x: i for i, x in enumerate(self._starts)}
        later = (x for call in made for x in call.outputs)
        for i, x in enumerate(later, len(inputs)):
            numbers.setdefault(id(x), i)
        self.gives = [numbers[id(x)] for x in outputs]
        takes = [tuple(numbers[id(x)] for x in call.inputs) for call in made]
        last = {n: i for i, several in enumerate(takes) for n in several}
        self.calls = [
            Call(
                call.layer,
                several if call.is_list else several[0],
                tuple(n for n in {*several} if last[n] == i and n not in self.gives),
            )
            for i, (call, several) in enumerate(zip(made, takes, strict=True))
        ]

    def _walked(self, outputs: list[SymbolicTensor]) -> tuple[list[Called], dict[Layer, int]]:
        """The calls, each after those that it takes from; and when each layer was met."""
        ordered: list[Called] = []
        met: set[Called] = set()
        seen: dict[Layer, int] = {}
        waiting: list[Any] = [*reversed(outputs)]
        while waiting:
            x = waiting.pop()
            if isinstance(x, Called):  # all that it takes from is there
                ordered.append(x)
                continue
            call = self._starts.get(id(x), x.made_by)
            if call in met:
                continue
            met.add(call)
            seen.setdefault(call.layer, len(seen))
            if not call.inputs and call not in self._starts.values():
                names = [layer.name for layer in self.input_layers]
                raise ValueError(
                    f"an output is computed from {x!r}, which is not among the inputs of this "
                    f"Model, {names}: put it there, or begin with it"
                )
            waiting += [call, *reversed(call.inputs)]
        return ordered, seen

    def _as_keras(self, ordered: list[Called], seen: dict[Layer, int]) -> list[Layer]:
        """The layers, those first that are the most steps away from an output."""
        depths: dict[Called, int] = {}
        of_layers: dict[Layer, int] = {}
        by_output = {id(x): call for call in ordered for x in call.outputs}
        by_output |= self._starts
        for call in reversed(ordered):
            depth = max(depths.get(call, 0), of_layers.get(call.layer, 0))
            depths[call] = of_layers[call.layer] = depth
            for x in call.inputs:
                before = by_output[id(x)]
                depths[before] = max(depths.get(before, 0), depth + 1)
        for layer in self.input_layers:  # one that nothing is computed from
            of_layers.setdefault(layer, 0)
        return sorted(of_layers, key=lambda layer: (-of_layers[layer], seen.get(layer, -1)))


def _start(x: SymbolicTensor) -> Called:
    """The call that an input comes from: of an `InputLayer`, also where it begins in the middle."""
    if x.made_by is not None and not x.made_by.inputs:
        return x.made_by
    return Called(InputLayer(x.of_one), [], False)
