"""``scipy.special``: the functions that are no ufuncs, and all others as they are."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_xor.derivatives._arrays import array
from tinygrad_xor.derivatives.activations import log_softmax as _log_softmax
from tinygrad_xor.derivatives.activations import softmax as _softmax
from tinygrad_xor.derivatives.reductions import logsumexp as _logsumexp
from tinygrad_xor.derivatives.special import sc
from tinygrad_xor.derivatives.special import zeta as _zeta
from tinygrad_xor.engine import Value

__all__ = ["log_softmax", "logsumexp", "polygamma", "softmax", "zeta"]


def __getattr__(name: str) -> Any:
    return getattr(sc, name)


def logsumexp(
    a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False
) -> Any:
    """log(sum(b * exp(a))) without overflow, as ``scipy.special.logsumexp``.

    With `return_sign`, a pair: the logarithm of the size of the sum, and its sign.

    >>> logsumexp([1000.0, 1000.0])
    np.float64(1000.6931471805599)
    """
    a = array(a)
    if b is None:
        result = _logsumexp(a, axis=axis, keepdims=keepdims)[()]
        return (result, np.ones_like(result)) if return_sign else result
    plain = a.data if type(a) is Value else a
    largest = np.max(plain, axis=axis, keepdims=True, where=array(b) != 0, initial=-np.inf)
    largest = np.where(np.isfinite(largest), largest, 0.0)
    total = np.sum(b * np.exp(a - largest), axis=axis, keepdims=keepdims)
    shift = largest if keepdims else np.squeeze(largest, axis=axis)
    if return_sign:
        return np.log(np.abs(total)) + shift, np.sign(total)
    return np.log(total) + shift


def softmax(x: Any, axis: Any = None) -> Any:
    """exp(x) / sum(exp(x)), over all elements by default, as ``scipy.special.softmax``.

    >>> softmax([0.0, 0.0])
    array([0.5, 0.5])
    """
    return _softmax(array(x), axis=axis)


def log_softmax(x: Any, axis: Any = None) -> Any:
    """The logarithm of `softmax`, as ``scipy.special.log_softmax``.

    >>> log_softmax([1000.0, 0.0])
    array([    0., -1000.])
    """
    return _log_softmax(array(x), axis=axis)


def zeta(x: Any, q: Any = 1.0) -> Any:
    """Hurwitz's zeta function; differentiated by `q`.

    Raises:
        TypeError: if `x` is a Value: that derivative has no closed form.

    >>> round(float(zeta(2.0)), 6)
    1.644934
    """
    return _zeta(x, q)


def polygamma(n: Any, x: Any) -> Any:
    """The n-th derivative of digamma.

    Raises:
        TypeError: if `n` is a Value.

    >>> round(float(polygamma(1, 1.0)), 6)
    1.644934
    """
    if type(n) is Value:
        raise TypeError(
            "special.polygamma has no derivative by its first argument here: pass plain data, "
            "v.data"
        )
    n = int(n)
    if n == 0:
        return sc.digamma(x)
    return (-1.0) ** (n + 1) * math.factorial(n) * _zeta(n + 1.0, x)
