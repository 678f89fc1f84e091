"""The random numbers that layers draw while they learn, as inputs of a step."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from tinygrad_xor.training.examples import Examples


class Draws:
    """What the layers of a model draw, as `Dropout` does: by ``self.rng.random(shape)``.

    Args:
        model: its layers may have an ``rng``.
    """

    def __init__(self, model: Any) -> None:
        layers = getattr(model, "flat_layers", getattr(model, "layers", ()))
        self.layers = [x for x in layers if hasattr(x, "rng")]

    def wanted(
        self, forward: Callable[[Any], Any], examples: Examples
    ) -> list[tuple[np.random.Generator, tuple[int, ...]]]:
        """Who is asked for numbers for these examples, and of which shape for one example.

        Raises:
            ValueError: if there is not a number for each example.
        """
        asked: list[tuple[np.random.Generator, tuple[int, ...]]] = []

        def noting(rng: np.random.Generator) -> Any:
            def random(shape: tuple[int, ...]) -> Any:
                if shape[:1] != (len(examples),):
                    raise ValueError(
                        f"a layer draws numbers of shape {shape}, not for each example"
                    )
                asked.append((rng, shape[1:]))
                return np.zeros(shape)

            return random

        with self._from(noting):
            if self.layers:
                forward(examples.inputs)
        return asked

    def given(self, numbers: Sequence[Any]) -> contextlib.AbstractContextManager[None]:
        """Let the layers take these numbers, one array after the other, in the place of draws."""
        rest = iter(numbers)

        def taking(rng: np.random.Generator) -> Any:
            def random(shape: tuple[int, ...]) -> Any:
                drawn = next(rest)
                if drawn.shape != shape:
                    raise ValueError(f"numbers of shape {drawn.shape} where {shape} are drawn")
                return drawn

            return random

        return self._from(taking)

    @contextlib.contextmanager
    def _from(self, source: Callable[[np.random.Generator], Any]) -> Iterator[None]:
        before = [layer.rng for layer in self.layers]
        try:
            for layer, rng in zip(self.layers, before, strict=True):
                layer.rng = SimpleNamespace(random=source(rng))
            yield
        finally:
            for layer, rng in zip(self.layers, before, strict=True):
                layer.rng = rng
