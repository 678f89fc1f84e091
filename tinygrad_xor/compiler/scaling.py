"""Powers of two: what the bits of a float say of its exponent, as functions of floats.

They are exact, and the same in every language.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_xor.program import one_step

#: A double is 2ⁿ · 1.… with n + 1023 in the bits above the lowest 52.
_PLACES = 52
_BIAS = 1023


@one_step(elementwise=True)
def power_of_two(n: Any) -> Any:
    """2ⁿ as float64, for a whole `n` from -1022 to 1023, itself a float64.

    >>> power_of_two(np.array([-1.0, 0.0, 10.0])).tolist()
    [0.5, 1.0, 1024.0]
    """
    return ((np.asarray(n).astype(np.int64) + _BIAS) << _PLACES).view(np.float64)[()]


@one_step(elementwise=True)
def exponent(x: Any) -> Any:
    """The n with 2ⁿ ≤ x < 2ⁿ⁺¹ as float64, for a normal `x` above 0, a float64.

    >>> exponent(np.array([0.75, 1.0, 1023.0])).tolist()
    [-1.0, 0.0, 9.0]
    """
    return ((np.asarray(x).view(np.int64) >> _PLACES) - _BIAS).astype(np.float64)[()]
