"""What is varied: the network, where its weights start, how it is trained; as frameworks do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
        for name in (self.activation, self.output):
            look_up("activation", name, activations.ACTIVATIONS)
        for name in (self.bias, self.output_bias):
            look_up("bias", name, BIASES)
        look_up("initializer", self.initializer, KERNELS)
        look_up("optimizer", self.optimizer, optim.OPTIMIZERS)
        look_up("task", self.task, TRUTH_TABLES)
        losses.get(self.loss)
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


#: By framework, what is neither as in `Setting` nor all four examples in a step of four neurons. A
#: rate for the sum of squares of four examples is a quarter of that for their mean; for half the
#: sum, a half.
LIKE: dict[str, dict[str, Any]] = {
    # torch.nn.Linear: weights and biases within ±1/√inputs. Equinox does the same.
    "torch": {"initializer": "torch", "bias": "uniform", "output_bias": "uniform"},
    # keras.layers.Dense: Glorot's uniform weights, no biases.
    "keras": {},
    # MLPClassifier: biases within the bound of the weights, at most 200 rounds. Without its small
    # penalty of the weights, and without its rule for stopping earlier.
    "sklearn": {"bias": "glorot", "output_bias": "glorot", "epochs": 200},
    # flax.linen.Dense and haiku.Linear: a normal cut at two deviations, no biases.
    "flax": {"initializer": "flax"},
    "haiku": {"initializer": "haiku"},
    # micrograd's MLP: within ±1, no biases, a linear output, the sum of squares, rate 0.05.
    "micrograd": {
        **{"initializer": "one", "output": "linear"},
        **{"loss": "mse", "optimizer": "sgd", "lr": 0.2},
    },
    # Rumelhart, Hinton and Williams: two sigmoids, half the sum of squares, rate 0.5, momentum 0.9.
    "1986": {
        **{"width": 2, "activation": "sigmoid", "loss": "mse", "epochs": 5000},
        **{"initializer": "half", "bias": "half", "output_bias": "half"},
        **{"optimizer": "momentum", "lr": 1.0},
    },
}


def like(framework: str, **changes: Any) -> Setting:
    """The setting of a framework, with some fields of one's own.

    The weights are drawn from the framework's distribution, not by its generator of random numbers:
    shares agree, single seeds do not. ``examples/frameworks.md`` has them beside each other.

    Args:
        framework: a name of `LIKE`.
        **changes: fields of `Setting`.

    Raises:
        ValueError: for an unknown name, with the nearest right one; for scikit-learn with sigmoids,
            which it starts from a narrower range of its own.

    >>> like("torch", width=8).initializer
    'torch'
    """
    preset = {"width": 4, "batch_size": 4, **look_up("framework", framework, LIKE)}
    setting = Setting(**{**preset, **changes})
    if framework == "sklearn" and setting.activation == "sigmoid":
        raise ValueError("scikit-learn starts sigmoids from a range that no setting here has")
    return setting
