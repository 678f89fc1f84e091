"""What layers and networks share: parameters as a list, and as plain arrays in and out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tinygrad_xor.arrays import real_array
from tinygrad_xor.engine import Value


class HasWeights:
    """What has parameters: a layer, or a network of them. The names are Keras's."""

    def parameters(self) -> list[Value]:
        """The leaf Values that can learn."""
        return []

    @property
    def weights(self) -> list[Value]:
        """The parameters, and what else training changes: `BatchNormalization`'s running means."""
        return self.parameters()

    def count_parameters(self) -> int:
        """How many numbers there are in all weights."""
        return sum(p.size for p in self.weights)

    def count_params(self) -> int:
        """The same as `count_parameters`."""
        return self.count_parameters()

    def get_weights(self) -> list[Any]:
        """Copies of all weights as plain arrays: kernel, bias, and so on."""
        return [p.numpy() for p in self.weights]

    def set_weights(self, weights: Iterable[Any]) -> None:
        """Replace all weights, in the order of `get_weights`.

        Raises:
            TypeError: if they are no real numbers, or masked.
            ValueError: if their number or one of their shapes is wrong; then nothing is changed.
        """
        new = [real_array("weights", w) for w in weights]
        shapes, wanted = [w.shape for w in new], [p.shape for p in self.weights]
        if shapes != wanted:
            kind = type(self).__name__
            raise ValueError(f"weights of shapes {shapes} do not fit a {kind} of {wanted}")
        for p, w in zip(self.weights, new, strict=True):
            p.data = w
