"""A layer that looks its outputs up."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_xor.engine import Value
from tinygrad_xor.nn import initializers
from tinygrad_xor.nn.initializers import Initializer
from tinygrad_xor.nn.layer import Layer
from tinygrad_xor.nn.loss import refuse
from tinygrad_xor.nn.symbolic import Shape
from tinygrad_xor.program import looked_up
from tinygrad_xor.seeds import generator


class Embedding(Layer):
    """A row of learned numbers for each whole number from 0: words become points.

    Args:
        input_dim: how many numbers there are, from 0.
        output_dim: how many learned numbers each has.
        embeddings_initializer: a name or a function of a random generator and a shape.
        input_shape: of one example, if it is the first layer.
        seed: of the random weights.
        name: how `get_layer` finds it.

    Inputs have shape ``(batch, ...)``, outputs ``(batch, ..., output_dim)``.

    >>> layer = Embedding(3, 2, seed=0)
    >>> layer(np.array([[0, 2]])).shape
    (1, 2, 2)
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: str | Initializer = "uniform",
        *,
        input_shape: int | Shape | None = None,
        seed: int | np.random.Generator | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(input_shape, name=name)
        for n in (input_dim, output_dim):
            if not isinstance(n, (int, np.integer)) or n < 1:
                raise ValueError(f"a table has one row and one column or more, not {n!r}")
        self.input_dim, self.output_dim = int(input_dim), int(output_dim)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.seed = seed
        self._embeddings: Value | None = None

    def build(
        self, input_shape: Shape, rng: np.random.Generator | None = None, number: int | None = None
    ) -> None:
        """Make the table, ``(input_dim, output_dim)``."""
        super().build(input_shape, rng, number)
        if self.seed is not None or rng is None:
            rng = generator(self.seed)
        table = self.embeddings_initializer(rng, self.weight_shapes(input_shape)["embeddings"])
        self._embeddings = Value(table, label="E" if number is None else f"E{number}")

    def weight_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """The table."""
        return {"embeddings": (self.input_dim, self.output_dim)}

    def named_parameters(self) -> dict[str, Value]:
        """The table."""
        return {} if self._embeddings is None else {"embeddings": self._embeddings}

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Another axis, of the learned numbers."""
        return (*input_shape, self.output_dim)

    def call(self, x: Any, training: bool = False) -> Any:
        """The rows of the table.

        Raises:
            ValueError: if something else is among the inputs than whole numbers below `input_dim`.
        """
        assert self._embeddings is not None
        table: Any = self._embeddings if self.trainable else self._embeddings.data
        x = x.data if type(x) is Value else x
        wrong = (x < 0) | (x >= self.input_dim) | (x != np.floor(x))
        refuse(x, wrong, "Embedding", f"whole numbers from 0 to {self.input_dim - 1}")
        places = x.astype(np.intp)
        return table[places] if type(table) is Value else looked_up(table, places)

    def config(self) -> dict[str, Any]:
        """The sizes."""
        return {"input_dim": self.input_dim, "output_dim": self.output_dim}
