"""micrograd's demonstration: a network of scalars, 2-16-16-1, 100 points, one step's gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.bench.runs import Run, Workload
from tinygrad_xor.engine import Value

#: How a leaf is made, how its gradient is read, and what that is at first.
Engine = tuple[Callable[[float], Any], Callable[[Any], float], Any]


def workload(name: str) -> Workload:
    """The gradient of the loss, with a graph of about 100,000 nodes."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(100, 2))
    labels = np.where(points[:, 0] * points[:, 1] > 0, 1.0, -1.0)
    layers = [rng.uniform(-1, 1, (n, m + 1)) for m, n in ((2, 16), (16, 16), (16, 1))]

    def by(number: Callable[[float], Any], slope: Callable[[Any], float], none: Any) -> Run:
        weights = [[[number(float(w)) for w in row] for row in layer] for layer in layers]

        def run() -> float:
            for p in (p for layer in weights for row in layer for p in row):
                p.grad = none
            loss: Any = 0.0
            for point, label in zip(points.tolist(), labels.tolist(), strict=True):
                x: list[Any] = point
                for depth, layer in enumerate(weights):
                    x = [
                        sum((w * a for w, a in zip(row, x, strict=False)), row[-1]) for row in layer
                    ]
                    x = [a.relu() for a in x] if depth < 2 else x
                loss = loss + (1.0 - label * x[0]).relu()
            (loss * 0.01).backward()
            return slope(weights[0][0][0])

        return run

    return Workload(name, each(by))


def _ours() -> Engine:
    return Value, lambda p: float(p.grad), None


def _micrograd() -> Engine:
    from micrograd.engine import Value as Number

    return Number, lambda p: p.grad, 0


def _torch() -> Engine:
    import torch

    double = torch.float64
    leaf = lambda w: torch.tensor(w, requires_grad=True, dtype=double)
    return leaf, lambda p: p.grad.item(), None


def each(by: Callable[..., Run]) -> dict[str, Callable[[], Run]]:
    """A contestant for each engine of numbers: what `by` makes of it."""

    def ready(engine: Callable[[], Engine]) -> Callable[[], Run]:
        return lambda: by(*engine())

    return {"eager": ready(_ours), "micrograd": ready(_micrograd), "torch": ready(_torch)}
