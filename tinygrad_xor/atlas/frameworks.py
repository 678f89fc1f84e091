"""The textbook network as other frameworks train it when nothing is chosen."""

from __future__ import annotations

from typing import Any

from tinygrad_xor.atlas.settings import Setting
from tinygrad_xor.names import look_up

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
