"""How the cost grows with the work: gradients of larger graphs, batches and layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.bench.runs import Run, Workload, repeated
from tinygrad_xor.bench.scalars import each
from tinygrad_xor.compiler import compile
from tinygrad_xor.transforms import value_and_grad

#: About so many nodes, or numbers in hidden layers, are enough to time.
_ENOUGH = 20_000


def _nodes(count: int) -> dict[str, Callable[[], Run]]:
    """A graph of so many nodes between scalars: products, added up in pairs."""
    numbers = np.random.default_rng(0).normal(size=count // 4)
    times = max(1, _ENOUGH // count)

    def by(leaf: Callable[[float], Any], slope: Callable[[Any], float], none: Any) -> Run:
        def once() -> Any:
            leaves = [leaf(x) for x in numbers.tolist()]
            level = [x * x * 0.5 for x in leaves]  # three nodes, and one of the sum
            while len(level) > 1:
                odd = level[len(level) // 2 * 2 :]
                level = [a + b for a, b in zip(level[::2], level[1::2], strict=False)] + odd
            level[0].backward()
            return slope(leaves[0])

        return repeated(once, times)

    return each(by)


def _network(batch: int, width: int) -> dict[str, Callable[[], Run]]:
    """The gradient of a network 16-width-1 for a batch."""
    rng = np.random.default_rng(0)
    shapes = (16, width), (width,), (width, 1)
    given = [rng.normal(0, width**-0.5, shape) for shape in shapes]
    x, y = rng.normal(size=(batch, 16)), rng.normal(size=(batch, 1))
    times = max(1, _ENOUGH // (batch * width))

    def loss(tanh: Any, w1: Any, b1: Any, w2: Any) -> Any:
        error = tanh(x @ w1 + b1) @ w2 - y
        return (error * error).mean()

    def called(slope: Callable[..., Any], *arguments: Any) -> Run:
        return repeated(lambda: np.asarray(slope(*arguments)[1][0]), times)

    ours = value_and_grad(lambda *ws: loss(np.tanh, *ws), (0, 1, 2))

    def autograd() -> Run:
        from autograd import numpy as anp
        from autograd import value_and_grad

        return called(value_and_grad(lambda ws: loss(anp.tanh, *ws)), given)

    def jax() -> Run:
        import jax
        from jax import numpy as jnp

        jax.config.update("jax_enable_x64", True)
        slope = jax.value_and_grad(lambda *ws: loss(jnp.tanh, *ws), (0, 1, 2))
        return called(jax.jit(slope), *map(jnp.asarray, given))

    def torch() -> Run:
        import torch

        leaves = [torch.tensor(w, requires_grad=True) for w in given]
        a, b = torch.tensor(x), torch.tensor(y)

        def once() -> Any:
            w1, b1, w2 = leaves
            error = torch.tanh(a @ w1 + b1) @ w2 - b
            return torch.autograd.grad((error * error).mean(), leaves)[0].numpy()

        return repeated(once, times)

    return {
        "eager": lambda: called(ours, *given),
        "native": lambda: called(compile(ours, "native"), *given),
        "jax-jit": jax,
        "torch": torch,
        "autograd": autograd,
    }


def workload(name: str) -> Workload:
    """One gradient; the answer is its first number."""
    kind, _, size = name.partition("-")
    count = int(size)
    if kind == "nodes":
        return Workload(name, _nodes(count), times=max(1, _ENOUGH // count))
    batch, width = (count, 32) if kind == "batch" else (32, count)
    return Workload(name, _network(batch, width), times=max(1, _ENOUGH // (batch * width)))
