"""Powers of 2 that are taken out of factors, so that no product is out of range in between."""

import math
from typing import Any

import numpy as np

from tinygrad_xor.derivatives._arrays import seen


def exponents(x: Any) -> Any:
    """Whole k, with which all running products of x·2⁻ᵏ are near 1, if they are not 0.

    So a product of many is not too small or too large in between, where all of it is not.
    """
    logs = log2(x)
    up_to = np.rint(np.cumsum(np.where(np.isfinite(logs), logs, 0.0), axis=0))
    return np.diff(up_to, axis=0, prepend=np.zeros_like(up_to[:1]))


def log2(x: Any) -> Any:
    numbers = seen(x)
    x = x if numbers is None else numbers
    with np.errstate(divide="ignore"):
        return np.log2(np.abs(x), dtype=np.float64)


def scaled(x: Any, k: Any) -> Any:
    """x·2ᵏ for whole k, also where the power itself is out of range."""
    most = np.finfo(x.dtype).maxexp - 2
    third = np.trunc(np.clip(k / 3, -most, most))
    for part in (third, third, np.clip(k - 2 * third, -most, most)):
        x = x * np.exp2(part).astype(x.dtype)
    return x


def may_leave_range(x: Any) -> bool:
    """Whether products of some of the elements may be too small to be exact, or too large."""
    if not x.size:
        return False
    size, kind = np.abs(x), np.finfo(x.dtype)
    most, least = size.item(size.argmax()), size.item(size.argmin())  # quicker than np.max
    if least == 0:
        least = np.min(size, initial=1.0, where=size > 0)
    most, least = (len(x) * math.log2(end) for end in (max(most, 1.0), min(least, 1.0)))
    return not (most < kind.maxexp - 1 and least > kind.minexp)
