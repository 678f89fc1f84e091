"""What is varied: the network, where its weights start, how it is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_xor import optim
from tinygrad_xor.datasets import TRUTH_TABLES
from tinygrad_xor.names import look_up
from tinygrad_xor.nn import Dense, Sequential, activations, initializers
from tinygrad_xor.nn.initializers import Initializer


def _uniform_bias(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return rng.uniform(-np.sqrt(0.5), np.sqrt(0.5), shape)


#: Where the hidden biases start: at 0 as in Keras; at 0.1, so that more ReLUs are on; within
#: ±1/sqrt(inputs), as PyTorch's Linear has it, so that the folds do not all meet in (0, 0).
BIASES: dict[str, Initializer] = {
    "zeros": initializers.zeros,
    "positive": lambda rng, shape: np.full(shape, 0.1),
    "uniform": _uniform_bias,
}
#: The learning rates that Keras takes when none is given.
KERAS_LR = {"sgd": 0.01, "momentum": 0.01, "nesterov": 0.01}


@dataclass(frozen=True)
class Setting:
    """One way to learn a truth table with ``2 → width → 1`` neurons; by default the chapter's.

    The output neuron is a sigmoid, the loss binary cross-entropy, the output's bias starts at 0.

    Attributes:
        width: hidden neurons.
        activation: of the hidden neurons.
        initializer: of both kernels.
        bias: of the hidden neurons, a name of ``BIASES``.
        optimizer: a name of `optim.OPTIMIZERS`.
        lr: the learning rate.
        epochs: passes over the four examples, in a new order each time.
        batch_size: examples in one step.
        task: a truth table.

    Raises:
        ValueError: for an unknown name, with the nearest right one, or a number that cannot be.

    >>> Setting(width=4).network(seed=0).count_parameters()
    17
    """

    width: int = 5
    activation: str = "relu"
    initializer: str = "glorot_uniform"
    bias: str = "zeros"
    optimizer: str = "adam"
    lr: float = 0.001
    epochs: int = 2000
    batch_size: int = 1
    task: str = "xor"

    def __post_init__(self) -> None:
        look_up("activation", self.activation, activations.ACTIVATIONS)
        look_up("initializer", self.initializer, initializers.INITIALIZERS)
        look_up("bias", self.bias, BIASES)
        look_up("optimizer", self.optimizer, optim.OPTIMIZERS)
        look_up("task", self.task, TRUTH_TABLES)
        for name in ("width", "lr", "epochs", "batch_size"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be greater than zero, not {getattr(self, name)!r}")

    def network(self, seed: int) -> Sequential:
        """The network of one seed, before training."""
        hidden = Dense(
            self.width,
            self.activation,
            input_dim=2,
            kernel_initializer=self.initializer,
            bias_initializer=BIASES[self.bias],
        )
        output = Dense(1, "sigmoid", kernel_initializer=self.initializer)
        return Sequential([hidden, output], seed=seed)
