"""Where weights and biases start: those of this package, and what other frameworks take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.nn import initializers
from tinygrad_xor.nn.initializers import Initializer

#: From the numbers of a layer's inputs and of its neurons to what draws its weights or biases.
Start = Callable[[int, int], Initializer]


def _within(bound: Callable[[int, int], Any]) -> Start:
    """Uniform between minus the bound and the bound."""

    def start(n_in: int, n_out: int) -> Initializer:
        limit = float(bound(n_in, n_out))
        return lambda rng, shape: rng.uniform(-limit, limit, shape)

    return start


def _truncated(deviation: Callable[[int], float]) -> Start:
    """Normal with this deviation, drawn again beyond two of them."""

    def start(n_in: int, n_out: int) -> Initializer:
        def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
            drawn = rng.normal(size=shape)
            while np.any(far := np.abs(drawn) > 2):
                drawn = np.where(far, rng.normal(size=shape), drawn)
            return deviation(n_in) * drawn

        return draw

    return start


def _same(initializer: Initializer) -> Start:
    return lambda n_in, n_out: initializer


#: What is left of a normal's deviation when it is cut at two deviations.
_CUT = 0.87962566103423978
_BY_INPUTS = _within(lambda n_in, n_out: n_in**-0.5)
_HALF = _within(lambda n_in, n_out: 0.5)

#: Where kernels start: `nn.initializers`, and by name what frameworks take (`settings.LIKE`).
KERNELS: dict[str, Start] = {
    **{name: _same(initializer) for name, initializer in initializers.INITIALIZERS.items()},
    "torch": _BY_INPUTS,
    "flax": _truncated(lambda n_in: n_in**-0.5 / _CUT),
    "haiku": _truncated(lambda n_in: n_in**-0.5),
    "one": _within(lambda n_in, n_out: 1.0),
    "half": _HALF,
}
#: Where biases start: at 0 as in Keras; at 0.1, so that more ReLUs are on; within ±1/√inputs, as
#: PyTorch's Linear has it, so that the folds do not all meet in (0, 0); within Glorot's bound of
#: the weights, as in scikit-learn; within ±0.5.
BIASES: dict[str, Start] = {
    "zeros": _same(initializers.zeros),
    "positive": _same(lambda rng, shape: np.full(shape, 0.1)),
    "uniform": _BY_INPUTS,
    "glorot": _within(lambda n_in, n_out: np.sqrt(6 / (n_in + n_out))),
    "half": _HALF,
}
