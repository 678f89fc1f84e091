"""What the rounding of a computation does to its results: it is run with other rounding.

Every result on the way is moved by a unit in its last place, up or down at random, unless it is
copied. How far what comes out moves is the error that rounding may have made of it, however many
digits cancel on the way (Parker, "Monte Carlo arithmetic: exploiting randomness in floating-point
arithmetic", 1997; Vignes, "A stochastic arithmetic for reliable scientific computation", 1993).

A computation that is written in NumPy is seen in this way, as `trace` sees it. Others are not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_xor.program.array import PYTHONS, Traced, plain
from tinygrad_xor.program.constants import Variable, found
from tinygrad_xor.program.functions import item
from tinygrad_xor.program.recorder import Recorder
from tinygrad_xor.program.refusal import RAISED
from tinygrad_xor.testing.numerical import EPS

Run = Callable[[list[Any]], Any]
_ANY = Variable(-1)


def rounded_otherwise(
    run: Run, arrays: Sequence[Any], rng: np.random.Generator, eps: float = EPS
) -> tuple[Any, bool]:
    """What ``run(arrays)`` gives with other rounding, which is `eps` of each result.

    Raises:
        Exception: where it does what no array of ours can, such as ``float(x)``.

    Returns:
        What it gives, and whether something on the way was computed in single precision.

    >>> one, _ = rounded_otherwise(lambda xs: 1 + xs[0] - 1, [1e-9], np.random.default_rng(0))
    >>> bool(1e-17 < abs(one - 1e-9) < 1e-15)
    True
    """
    shaken = _Shaken(rng, eps)
    try:
        with shaken:
            return plain(run([shaken.input(x, "") for x in arrays])), shaken.single
    finally:
        RAISED.clear()


class _Shaken(Recorder):
    """Notes nothing, and rounds what it computes in another way."""

    def __init__(self, rng: np.random.Generator, eps: float) -> None:
        super().__init__()
        self.rng, self.eps = rng, eps
        self.single = False

    def branch(self, array: Traced) -> bool:
        """What the numbers say."""
        return bool(array.computed)

    def call(
        self,
        function: Callable[..., Any],
        inputs: tuple[Any, ...],
        parameters: dict[str, Any],
        weak: bool = False,
    ) -> Any:
        """The result of a call, moved by its rounding."""
        parameters = {k: x for k, x in plain(parameters).items() if x is not np._NoValue}
        inputs = plain(inputs)
        data = function(*inputs, **parameters)
        return self._moved(item(data) if weak else data, _numbers(inputs))

    def _moved(self, data: Any, copied: Any) -> Any:
        if isinstance(data, (tuple, list)):
            parts = [self._moved(part, copied) for part in data]
            kind: Any = type(data)
            return kind(*parts) if hasattr(kind, "_fields") else kind(parts)
        dtype = np.result_type(data)
        self.single |= dtype in (np.float32, np.complex64)
        if dtype in (np.float64, np.complex128):
            for part, i in ((np.real(data), 1), (np.imag(data), 1j))[: 1 + np.iscomplexobj(data)]:
                units = self.eps * self.rng.choice([-1.0, 1.0], np.shape(data))
                size = np.abs(part)
                units = np.where(copied[np.searchsorted(copied, size)] == size, 0.0, units)
                moved = units * part * i
                data = data + (moved.item() if type(data) in PYTHONS else moved)
        return self.traced(_ANY, data)


def _numbers(inputs: Any) -> Any:
    """The sizes of all numbers that a function is called with, in order, and behind them a NaN.

    What is one of these is exact; what is larger than all of them is compared with the NaN.
    """
    arrays = [*found(np.ndarray, inputs), *found(np.float64, inputs), *found(float, inputs)]
    arrays += found(np.complex128, inputs)
    parts = [np.ravel(np.abs(part)) for x in arrays for part in (np.real(x), np.imag(x))]
    return np.sort(np.concatenate([*parts, [np.nan]]))
