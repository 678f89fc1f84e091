"""Valid calls of an entry of the table, or of what is composed of entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from tinygrad_xor.engine import Composition, Primitive, Value, Variadic
from tinygrad_xor.engine.sampling import Domain
from tinygrad_xor.testing.diagnosis import GradientError
from tinygrad_xor.testing.draws import Shape, random_array, random_shapes

Entry = Primitive | Composition


@dataclass(frozen=True)
class Call:
    """One valid call of an entry: the inputs, the parameters, and an incoming gradient.

    Results of several arrays are taken as one vector.
    """

    entry: Entry
    inputs: tuple[Any, ...]
    params: dict[str, Any]
    g: Any

    @property
    def leaves(self) -> list[Value]:
        """The inputs that have a derivative, as Values; the others are plain arrays."""
        return [x for x in self.inputs if type(x) is Value]

    def __call__(self) -> Any:
        """Compute the output from the data that the leaves have now."""
        return self.on(self.inputs)

    def at(self, *data: Any) -> Any:
        """Compute the output with other data, Values or plain, in the place of the leaves.

        Where the domain is thin, as of symmetric matrices, data beside it are brought back into it.
        """
        left = iter(data)
        inputs = []
        for i, x in enumerate(self.inputs):
            back = domain_of(self.entry, i).back
            new = next(left) if type(x) is Value else x
            inputs.append(new if back is None else back(new))
        return self.on(inputs)

    def on(self, inputs: Sequence[Any]) -> Any:
        """Compute the output from other inputs, Values or plain arrays."""
        return evaluate(self.entry, tuple(inputs), self.params)

    def __repr__(self) -> str:
        params = "".join(f", {name}={value!r}" for name, value in self.params.items())
        return f"{self.entry.name}({', '.join(map(repr, self.inputs))}{params}), g={self.g!r}"


def evaluate(entry: Entry, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """What `entry` gives for drawn inputs and parameters: several results as one vector."""
    if isinstance(entry, Primitive):
        return entry(*inputs, **params)
    args, kwargs = entry.arrange(inputs, params)
    return _one_array(entry.function(*args, **kwargs))


def _one_array(result: Any) -> Any:
    if isinstance(result, (tuple, list)):
        return np.concatenate([np.ravel(part) for part in result])
    return result


def random_call(source: Random, entry: Entry, dtype: Any = np.float64) -> Call:
    """A valid call of `entry`, away from its kinks, drawn by `source`."""
    shapes, params = random_shapes_and_params(source, entry)
    inputs = [
        random_array(source, shape, domain_of(entry, i), dtype) for i, shape in enumerate(shapes)
    ]
    out = np.asarray(evaluate(entry, tuple(inputs), params))
    for i in differentiable(entry, len(inputs)):
        inputs[i] = Value(inputs[i], label=f"argument {i}")
    return Call(entry, tuple(inputs), params, random_array(source, out.shape, dtype=out.dtype))


def random_shapes_and_params(
    source: Random, entry: Entry
) -> tuple[Sequence[Shape], dict[str, Any]]:
    """The shapes of the inputs and the parameters of one valid call of `entry`."""
    if entry.calls is not None:
        return entry.calls(source)
    return random_shapes(source, len(entry.domains)), {}


def domain_of(entry: Entry, i: int) -> Domain:
    """Where input `i` is drawn; inputs after the last that has a domain of its own are like it."""
    return entry.domains[min(i, len(entry.domains) - 1)]


def differentiable(entry: Entry, count: int) -> list[int]:
    """Which of `count` inputs of `entry` have a derivative."""
    if not isinstance(entry, Primitive) or isinstance(entry.rules, Variadic):
        return list(range(count))
    if count != len(entry.rules):
        raise GradientError(
            f"the calls= of {entry.name} draw {count} inputs, for which it has "
            f"{len(entry.rules)} rules: pass one for each, or None where there is no gradient"
        )
    return [i for i, rule in enumerate(entry.rules) if rule is not None]


#: The phases of complex vectors in these are not determined, so differences say nothing of them.
_PHASES = {"eigh", "svd", "qr"}


def takes_complex(entry: Entry) -> bool:
    """Whether the derivatives of `entry` can be compared with differences of complex numbers."""
    if entry.real_only or entry.name in _PHASES:
        return False
    function = entry.implements if isinstance(entry, Primitive) else entry.function
    return not isinstance(function, np.ufunc) or any(
        "D" in t.split("->")[0] for t in function.types
    )
