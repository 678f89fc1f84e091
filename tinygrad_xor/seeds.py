"""Random numbers from seeds."""

from __future__ import annotations

from typing import Any

import numpy as np


def generator(seed: Any) -> np.random.Generator:
    """The random generator for a seed; a generator itself stays what it is.

    Args:
        seed: a whole number of 0 or more, a ``numpy.random.Generator``, whatever else NumPy makes
            a generator of, or ``None`` for other numbers each time.

    Raises:
        TypeError: if it is neither.
        ValueError: if it is below 0.

    >>> generator(0).integers(100), generator(0).integers(100)
    (np.int64(85), np.int64(85))
    >>> generator(1.5)
    Traceback (most recent call last):
    ...
    TypeError: a seed is a whole number of 0 or more, or a numpy.random.Generator, not 1.5
    """
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError, OverflowError) as error:
        kind = ValueError if isinstance(error, ValueError) else TypeError
        raise kind(
            f"a seed is a whole number of 0 or more, or a numpy.random.Generator, not {seed!r}"
        ) from None
