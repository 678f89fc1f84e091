"""Where weights start. Each function draws an array of `shape` from a NumPy random generator.

The weights of a layer with many inputs must start smaller, or its sums would grow from layer to
layer; Glorot and He choose the size so that the variance stays the same, for sigmoid-like functions
and for ReLU.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.names import look_up

Initializer = Callable[[np.random.Generator, tuple[int, ...]], Any]


def zeros(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """All zeros: right for biases, wrong for weights (all neurons would learn the same)."""
    return np.zeros(shape)


def glorot_uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Uniform within ±sqrt(6 / (n_in + n_out)) (Glorot and Bengio, 2010, equation 16)."""
    limit = np.sqrt(6 / sum(_fans(shape)))
    return rng.uniform(-limit, limit, shape)


def glorot_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Normal with variance 2 / (n_in + n_out) (Glorot and Bengio, 2010, equation 12)."""
    return rng.normal(0, np.sqrt(2 / sum(_fans(shape))), shape)


def he_uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Uniform within ±sqrt(6 / n_in), variance 2 / n_in (He et al., 2015, equation 10)."""
    limit = np.sqrt(6 / _fans(shape)[0])
    return rng.uniform(-limit, limit, shape)


def he_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Normal with variance 2 / n_in (He et al., 2015, equation 10)."""
    return rng.normal(0, np.sqrt(2 / _fans(shape)[0]), shape)


def uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Uniform within ±0.05, as Keras's ``random_uniform``."""
    return rng.uniform(-0.05, 0.05, shape)


INITIALIZERS: dict[str, Initializer] = {
    "zeros": zeros,
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "he_uniform": he_uniform,
    "he_normal": he_normal,
    "uniform": uniform,
}


def get(initializer: str | Initializer) -> Initializer:
    """The function for a name, or a function itself."""
    if callable(initializer):
        return initializer
    return look_up("initializer", initializer, INITIALIZERS)


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """How many numbers come into a neuron of this kernel, and how many neurons they go out to."""
    around = math.prod(shape[:-2])  # the places in a window
    return around * shape[-2], around * shape[-1]
