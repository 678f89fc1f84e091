"""A network whose layers stand in a row."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_xor.engine import Value
from tinygrad_xor.engine.display import mimebundle
from tinygrad_xor.files import write_atomically
from tinygrad_xor.nn import activations
from tinygrad_xor.nn.layers import Dense


class Sequential:
    """Layers in a row: the output of each is the input of the next.

    Args:
        layers: the layers, first to last.
        seed: of the random weights of all layers.

    >>> model = Sequential([Dense(5, input_dim=2, activation="relu"), Dense(1)], seed=0)
    >>> model(np.array([[0.0, 1.0]])).shape
    (1, 1)
    >>> model.count_parameters()
    21
    """

    def __init__(
        self, layers: Iterable[Dense] = (), *, seed: int | np.random.Generator | None = None
    ) -> None:
        self.layers: list[Dense] = []
        self._rng = np.random.default_rng(seed)
        for layer in layers:
            self.add(layer)

    def add(self, layer: Dense) -> None:
        """Put `layer` at the end. Its weights are made as soon as its number of inputs is known."""
        input_dim = self.layers[-1].units if self.layers else layer.input_dim
        self.layers.append(layer)
        layer.name = f"dense_{len(self.layers)}"
        if input_dim is not None and (len(self.layers) == 1 or self.layers[0].input_dim):
            layer.build(input_dim, self._rng, number=len(self.layers))

    def __call__(self, x: Any) -> Value:
        """The network's output for inputs of shape ``(batch, features)``.

        Raises:
            ValueError: if there are no layers, or `x` does not fit the first one.
        """
        if not self.layers:
            raise ValueError("a network needs a layer: add(Dense(1)) puts one in")
        for layer in self.layers:
            x = layer(x)
        out: Value = x
        return out

    def predict(self, x: Any) -> Any:
        """The network's output for inputs of shape ``(batch, features)``, as a plain array."""
        return self(np.asarray(x)).data

    def parameters(self) -> list[Value]:
        """The parameters of all layers, first to last."""
        return [p for layer in self.layers for p in layer.parameters()]

    def count_parameters(self) -> int:
        """How many numbers there are to learn."""
        return sum(p.size for p in self.parameters())

    def get_weights(self) -> list[Any]:
        """Copies of all parameters as plain arrays: kernel, bias, and so on."""
        return [np.array(p.data) for p in self.parameters()]

    def set_weights(self, weights: Iterable[Any]) -> None:
        """Replace all parameters, in the order of `get_weights`.

        Raises:
            ValueError: if their number or one of their shapes is wrong; then nothing is changed.
        """
        new = [np.asarray(w) for w in weights]
        shapes, wanted = [w.shape for w in new], [p.shape for p in self.parameters()]
        if shapes != wanted:
            raise ValueError(f"weights of shapes {shapes} do not fit a network of {wanted}")
        for p, w in zip(self.parameters(), new, strict=True):
            p.data = w

    def summary(self, print_fn: Callable[[str], Any] = print) -> None:
        """Print a table of the layers, their output shapes and numbers of parameters.

        >>> Sequential([Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")]).summary()
        Layer  Activation  Output shape  Parameters
        -----  ----------  ------------  ----------
        Dense  relu        (None, 5)             15
        Dense  sigmoid     (None, 1)              6
        -----  ----------  ------------  ----------
        Total                                    21
        """
        rows = [("Layer", "Activation", "Output shape", "Parameters")]
        for layer in self.layers:
            count = str(sum(p.size for p in layer.parameters()))
            activation = activations.name_of(layer.activation)
            rows.append((type(layer).__name__, activation, f"(None, {layer.units})", count))
        rows.append(("Total", "", "", str(self.count_parameters())))
        widths = [max(len(row[i]) for row in rows) for i in range(4)]
        rule = tuple("-" * width for width in widths)
        for row in [rows[0], rule, *rows[1:-1], rule, rows[-1]]:
            left = "  ".join(cell.ljust(w) for cell, w in zip(row[:3], widths[:3], strict=True))
            print_fn(f"{left}  {row[3].rjust(widths[3])}")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What notebooks show: the layers in a row, where something draws them, and the text."""
        return mimebundle(self)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the network into one ``.npz`` file, whole or not at all. `load` reads it back."""
        config = [
            {
                "class": type(layer).__name__,
                "units": layer.units,
                "activation": activations.name_of(layer.activation),
                "input_dim": layer.input_dim,
                "use_bias": layer.use_bias,
            }
            for layer in self.layers
        ]
        arrays: dict[str, Any] = {}
        for i, layer in enumerate(self.layers):
            arrays[f"{i}.kernel"] = layer.kernel.data
            if layer.bias is not None:
                arrays[f"{i}.bias"] = layer.bias.data
        buffer = io.BytesIO()
        np.savez(buffer, config=np.array(json.dumps(config)), **arrays)
        return write_atomically(path, buffer.getvalue())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Sequential:
        """The network that `save` wrote. No code from the file is run (no pickle).

        Raises:
            ValueError: if the file is not a network.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                config = json.loads(str(file["config"]))
                arrays = {name: file[name] for name in file.files if name != "config"}
        except (KeyError, ValueError, EOFError, OSError) as error:
            if isinstance(error, FileNotFoundError):
                raise
            raise ValueError(f"{os.fspath(path)} is not a network that save() wrote") from error
        model = cls()
        for entry in config:
            model.add(
                Dense(
                    entry["units"],
                    entry["activation"],
                    entry["input_dim"],
                    use_bias=entry["use_bias"],
                )
            )
        model.set_weights(arrays.values())
        return model
