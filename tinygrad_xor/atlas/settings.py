"""What is varied: the network, where its weights start, how it is trained."""

from __future__ import annotations

from dataclasses import dataclass

from tinygrad_xor import optim
from tinygrad_xor.atlas.starts import BIASES, KERNELS
from tinygrad_xor.datasets import TRUTH_TABLES
from tinygrad_xor.names import look_up
from tinygrad_xor.nn import Dense, Sequential, activations, losses

#: The learning rates that Keras takes when none is given.
KERAS_LR = {"sgd": 0.01, "momentum": 0.01, "nesterov": 0.01}


@dataclass(frozen=True)
class Setting:
    """One way to learn a truth table with ``2 → width → 1`` neurons; by default the chapter's.

    Attributes:
        width: hidden neurons.
        activation: of the hidden neurons.
        initializer: of both kernels, a name of ``starts.KERNELS``.
        bias: of the hidden neurons, a name of ``starts.BIASES``.
        optimizer: a name of `optim.OPTIMIZERS`.
        lr: the learning rate.
        epochs: passes over the four examples, in a new order each time.
        batch_size: examples in one step.
        task: a truth table.
        output: the activation of the output neuron.
        output_bias: of the output neuron, a name of ``starts.BIASES``.
        loss: a name of `nn.losses`.

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
    output: str = "sigmoid"
    output_bias: str = "zeros"
    loss: str = "binary_crossentropy"

    def __post_init__(self) -> None:
        look_up("activation", self.activation, activations.ACTIVATIONS)
        look_up("activation", self.output, activations.ACTIVATIONS)
        look_up("initializer", self.initializer, KERNELS)
        look_up("bias", self.bias, BIASES)
        look_up("bias", self.output_bias, BIASES)
        losses.get(self.loss)
        look_up("optimizer", self.optimizer, optim.OPTIMIZERS)
        look_up("task", self.task, TRUTH_TABLES)
        for name in ("width", "lr", "epochs", "batch_size"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be greater than zero, not {getattr(self, name)!r}")

    def network(self, seed: int) -> Sequential:
        """The network of one seed, before training."""

        def layer(n_in: int, n_out: int, activation: str, bias: str) -> Dense:
            return Dense(
                n_out,
                activation,
                input_dim=n_in,
                kernel_initializer=KERNELS[self.initializer](n_in, n_out),
                bias_initializer=BIASES[bias](n_in, n_out),
            )

        hidden = layer(2, self.width, self.activation, self.bias)
        output = layer(self.width, 1, self.output, self.output_bias)
        return Sequential([hidden, output], seed=seed)
