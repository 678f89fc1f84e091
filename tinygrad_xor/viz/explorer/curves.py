"""The activation functions and their slopes, point by point, as the engine computes them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_xor.engine import Value
from tinygrad_xor.nn.activations import ACTIVATIONS

#: The curves run from -REACH to REACH; the point of the page moves in steps of 1 / PER_UNIT.
REACH, PER_UNIT = 6, 20


def curves() -> dict[str, Any]:
    """The points ``x``, and for each activation its values ``y`` and its slopes.

    Softmax is not among them: it has no curve, as it looks at all neurons at once.

    >>> curve = curves()["functions"]["relu"]
    >>> curve["y"][-1], curve["slope"][0], curve["slope"][-1]
    (6.0, 0.0, 1.0)
    """
    points = np.arange(-REACH * PER_UNIT, REACH * PER_UNIT + 1) / PER_UNIT
    functions = {}
    for name, function in ACTIVATIONS.items():
        if name == "softmax":
            continue
        x = Value(points)
        y = function(x)
        y.backward(np.ones_like(points))
        functions[name] = {"y": y.data.tolist(), "slope": x.grad.tolist()}
    return {"x": points.tolist(), "functions": functions}
