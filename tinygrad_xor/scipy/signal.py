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
    """The convolution of two signals, images, …, as ``scipy.signal.convolve``.

    Args:
        in1: of some length m along each axis.
        in2: of as many axes, of length n along each.
        mode: "full", of length m + n - 1; "same", its middle of length m; "valid", where one lies
            within the other.
        method: taken for SciPy's sake; all give the same.

    Raises:
        ValueError: if the signals differ in their number of axes, none lies within the other, or
            there is no such mode.

    >>> convolve([1.0, 2.0, 3.0], [1.0, 1.0], "same")
    array([1., 3., 5.])
    """
    in1, in2 = array(in1), array(in2)
    m, n = np.shape(in1), np.shape(in2)
    if len(m) != len(n) or not m:
        raise ValueError(f"convolve() takes signals of as many axes, not of shapes {m} and {n}")
    if mode not in ("full", "same", "valid"):
        raise ValueError(f"convolve() has the modes 'full', 'same' and 'valid', not {mode!r}")
    if len(m) == 1:
        full = np.convolve(in1, in2)
    else:
        around = np.pad(in1, [(k - 1, k - 1) for k in n])
        windows = np.lib.stride_tricks.sliding_window_view(around, n)
        full = np.tensordot(windows, np.flip(in2), axes=len(n))
    if mode == "full":
        return full
    if mode == "same":
        return full[
            tuple(
                slice((k - 1) // 2, (k - 1) // 2 + length) for length, k in zip(m, n, strict=True)
            )
        ]
    lengths = [*zip(m, n, strict=True)]
    if not (all(a >= b for a, b in lengths) or all(a <= b for a, b in lengths)):
        raise ValueError(f"convolve() of shapes {m} and {n}: none of them lies within the other")
    return full[tuple(slice(min(a, b) - 1, max(a, b)) for a, b in lengths)]
