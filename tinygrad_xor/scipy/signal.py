"""``scipy.signal``: convolutions of signals."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import scipy.signal

from tinygrad_xor.derivatives._arrays import array

__all__ = ["convolve"]


def __getattr__(name: str) -> Any:
    return getattr(scipy.signal, name)


def convolve(
    in1: Any,
    in2: Any,
    mode: Literal["full", "same", "valid"] = "full",
    method: str = "auto",
) -> Any:
    """The convolution of two signals of one axis, as ``scipy.signal.convolve``.

    Args:
        in1: ``(m,)``.
        in2: ``(n,)``.
        mode: "full", of length m + n - 1; "same", its middle of length m; "valid", where one lies
            within the other.
        method: taken for SciPy's sake; all give the same.

    Raises:
        ValueError: if a signal has not one axis, or there is no such mode.

    >>> convolve([1.0, 2.0, 3.0], [1.0, 1.0], "same")
    array([1., 3., 5.])
    """
    in1, in2 = array(in1), array(in2)
    if np.ndim(in1) != 1 or np.ndim(in2) != 1:
        raise ValueError(
            f"convolve() takes signals of one axis, not of shapes {np.shape(in1)} and "
            f"{np.shape(in2)}: go along the other axes, and np.stack the results"
        )
    if mode not in ("full", "same", "valid"):
        raise ValueError(f"convolve() has the modes 'full', 'same' and 'valid', not {mode!r}")
    if mode != "same":
        return np.convolve(in1, in2, mode)
    start = (np.shape(in2)[0] - 1) // 2
    return np.convolve(in1, in2)[start : start + np.shape(in1)[0]]
