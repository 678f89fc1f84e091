"""``(a * b + c).sum()``, forward and backward: what an operation costs by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.bench.runs import Run, Workload, repeated
from tinygrad_xor.engine import Value

#: So many passes of one element are timed together; of more elements fewer.
PASSES = 20_000


def workload(name: str) -> Workload:
    """Of so many elements; of one, with numbers of Python's where an engine has them."""
    size = int(name.partition("-")[2])
    times = max(1, PASSES // max(size, 20))
    a, b, c = np.random.default_rng(0).normal(size=(3, size))

    def by(make: Callable[[Any], Any], total: Callable[[Any], Any], slope: Any) -> Run:
        def once() -> Any:
            x, y, z = make(a), make(b), make(c)
            total(x * y + z).backward()
            return slope(x)

        return repeated(once, times)

    def ours() -> Run:
        if size == 1:
            return by(lambda x: Value(float(x[0])), lambda x: x, lambda x: x.grad)
        return by(Value, lambda x: x.sum(), lambda x: x.grad)

    def micrograd() -> Run:
        from micrograd.engine import Value as Number

        return by(lambda x: Number(float(x[0])), lambda x: x, lambda x: x.grad)

    def torch() -> Run:
        import torch

        return by(
            lambda x: torch.tensor(x, requires_grad=True),
            lambda x: x.sum(),
            lambda x: x.grad.numpy(),
        )

    def mygrad() -> Run:
        import mygrad

        return by(mygrad.tensor, lambda x: x.sum(), lambda x: x.grad)

    def autograd() -> Run:
        from autograd import grad
        from autograd import numpy as anp

        slope = grad(lambda x, y, z: anp.sum(x * y + z), (0, 1, 2))
        return repeated(lambda: slope(a, b, c)[0], times)

    def by_hand() -> Run:
        def once() -> Any:
            (a * b + c).sum()
            g = np.ones(size)
            return g * b, g * a, g

        return repeated(lambda: once()[0], times)

    contestants = {"eager": ours, "torch": torch, "mygrad": mygrad, "autograd": autograd}
    if size == 1:
        contestants["micrograd"] = micrograd
    return Workload(name, contestants | {"numpy": by_hand}, "numpy", times=times)
