"""What the steps of a program are part of: a layer, an entry of the table, a derivative rule.

While `trace` records, an entry that takes several of NumPy's calls gives its name to them, and so
does the entry whose rule is running: a drawn program folds back into ``sigmoid`` and ``dense_1``.

>>> import numpy as np
>>> from tinygrad_xor import Value
>>> from tinygrad_xor.program import trace
>>> print(trace(lambda x: Value(x).softmax().data, np.array([1.0, 2.0])))
v0 = input()  # (2,) float64, x
v1 = max(v0, axis=-1, keepdims=True)  # (1,) float64, softmax
v2 = subtract(v0, v1)  # (2,) float64, softmax
v3 = exp(v2)  # (2,) float64, softmax
v4 = sum(v3, axis=-1, keepdims=True)  # (1,) float64, softmax
v5 = divide(v3, v4)  # (2,) float64, softmax
return v5
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from tinygrad_xor.engine import Value, origins
from tinygrad_xor.engine.core import GRADIENT_WATCHERS, RESULT_WATCHERS, Primitive, PullBack
from tinygrad_xor.engine.origins import scopes
from tinygrad_xor.engine.settings import Setting
from tinygrad_xor.program import Traced
from tinygrad_xor.program.constants import found
from tinygrad_xor.program.recorder import WITHIN, Recorder


@contextlib.contextmanager
def named_steps(recorder: Recorder) -> Iterator[None]:
    """A ``with`` block in which the steps of `recorder` learn what they are part of."""
    recorder.scopes = lambda: (*(_pulled_back.get() or scopes()),)
    with origins() as made, _recorder.holding((recorder, made)):
        yield
    for node in made:
        if node.label is not None and type(node._primal) is Traced:
            place = recorder.step_of(node._primal.variable)
            if place >= 0:
                recorder.steps[place] = recorder.steps[place].changed(label=node.label)


def _name_entry(out: Value, primitive: Primitive, inputs: tuple[Any, ...]) -> None:
    """Let the steps between the inputs and the result of an entry have its name."""
    holding = _recorder.get()
    if holding is None or type(out._primal) is not Traced:
        return
    recorder = holding[0]
    given = [x._primal if type(x) is Value else x for x in inputs]
    known = {x.variable for x in found(Traced, (given, out.params or {}))}
    own: set[int] = set()
    waiting = [out._primal.variable]
    while waiting:
        variable = waiting.pop()
        place = recorder.step_of(variable)
        if place >= 0 and variable not in known and place not in own:
            own.add(place)
            waiting += recorder.steps[place].reads
    for place in own:
        step = recorder.steps[place]
        if len(own) > 1 or step.name != primitive.name:
            recorder.steps[place] = step.changed(scopes=(*step.scopes, primitive.name))


def _name_gradient(pull_back: PullBack) -> PullBack:
    """`pull_back`, but the steps in it are part of the derivative of the entry."""

    def named(node: Value, *rule: Any) -> Any:
        holding = _recorder.get()
        if holding is None or node.primitive is None:
            return pull_back(node, *rule)
        origin = holding[1].get(node)
        layers = () if origin is None else origin.scopes
        with _pulled_back.holding((*layers, f"∂{node.primitive.name}")):
            return pull_back(node, *rule)

    return named


#: The recorder that writes here, and the Values made since, with where they come from.
_recorder = Setting(
    "recorder", None, (RESULT_WATCHERS, _name_entry), (GRADIENT_WATCHERS, _name_gradient)
)
#: What the running derivative rule is part of.
_pulled_back = Setting("pulled_back", None)
WITHIN.append(named_steps)
