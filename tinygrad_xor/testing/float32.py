"""float32: gradients stay float32, and are those of float64 but for rounding."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_xor.engine import Value
from tinygrad_xor.testing.calls import Call
from tinygrad_xor.testing.comparison import Comparison
from tinygrad_xor.testing.diagnosis import GradientError
from tinygrad_xor.testing.modes import ROUNDED

EPS = float(np.finfo(np.float32).eps)


def check_single_precision(call: Call) -> list[Comparison]:
    """Compare the gradients of a call in float32 with those of the same numbers in float64.

    The bound is some units in the last place of the largest number in the call, and how far the
    gradient moves when the inputs move by as much.

    Raises:
        GradientError: if a gradient has another dtype.
    """
    rounded = [np.asarray(leaf.data, np.float32) for leaf in call.leaves]
    wide = [x.astype(np.float64) for x in rounded]
    nudged = [x * (1 + 8 * EPS * (-1.0) ** np.arange(x.size).reshape(x.shape)) for x in wide]
    single, double, beside = (_gradients(call, data) for data in (rounded, wide, nudged))
    compared: list[Comparison] = []
    for i, (g, exact, near) in enumerate(zip(single, double, beside, strict=True)):
        if g.dtype != np.float32:
            raise GradientError(f"the gradient of a float32 input is {g.dtype}, by argument {i}")
        size = max(
            float(np.max(np.abs(a), initial=0.0)) for a in (exact, *wide, np.asarray(call.g))
        )
        bound = ROUNDED * EPS * max(1.0, size) ** 2 + np.abs(near - exact)
        for index in np.ndindex(g.shape):
            what = f"argument {i}{list(index) if index else ''} in float32"
            comparison = Comparison(1, "float32", what, g[index], exact[index], bound[index])
            compared.append(comparison)
            if comparison.fails:
                raise GradientError(
                    f"first derivative by {what} is {g[index]}, and {exact[index]} in float64, "
                    f"{comparison.units:.3g} times the error bound apart"
                )
    return compared


def _gradients(call: Call, data: list[Any]) -> list[Any]:
    leaves = [Value(x) for x in data]
    out = call.at(*leaves)
    out.backward(np.asarray(call.g).astype(out.dtype))
    return [np.asarray(leaf.grad) for leaf in leaves]
