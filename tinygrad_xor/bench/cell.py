"""One cell of the atlas: the course's training for 1,000 seeds, each with an order of its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_xor.bench import course_peers as peers
from tinygrad_xor.bench.course import network
from tinygrad_xor.bench.course_peers import RATE, X, Y
from tinygrad_xor.bench.runs import Run, Workload
from tinygrad_xor.ensembles import Ensemble, train_together
from tinygrad_xor.nn import BinaryCrossentropy
from tinygrad_xor.optim import Adam
from tinygrad_xor.training.examples import Order

MEMBERS = 1000


def _given() -> tuple[Any, Any]:
    """The flat weights of all members, and the examples of each step, ``(steps, members)``."""
    weights = [network(seed).get_weights() for seed in range(MEMBERS)]
    flat = np.stack([np.concatenate([w.ravel() for w in ws]) for ws in weights])
    draws = [Order(4, np.random.default_rng(seed)) for seed in range(MEMBERS)]
    return flat, np.stack([draw(peers.EPOCHS).ravel() for draw in draws], axis=1)


def _ours() -> Run:
    def run() -> float:
        ensemble = Ensemble([network(seed) for seed in range(MEMBERS)])
        train_together(
            ensemble,
            X,
            Y,
            seeds=range(MEMBERS),
            loss=BinaryCrossentropy(),
            optimizer=Adam(ensemble.parameters(), lr=RATE),
            epochs=peers.EPOCHS,
        )
        return float(np.mean(ensemble.parameters()[-1].data))

    return run


def _jax() -> Run:
    """``vmap`` of a step, in one ``lax.scan``."""
    step = peers.jax_step()
    import jax
    from jax import numpy as jnp

    weights, order = map(jnp.asarray, _given())
    x, y = jnp.asarray(X), jnp.asarray(Y)[:, 0]
    every = jax.vmap(step, (0, 0, 0, None, 0, 0))

    def body(state: Any, chosen: Any) -> Any:
        w, m, v, t = state
        _, moved = every(w, m, v, t + 1, x[chosen][:, None], y[chosen])
        return (*moved, t + 1), None

    loop = jax.jit(lambda w, order: jax.lax.scan(body, (w, 0 * w, 0 * w, 0.0), order)[0][0])
    return lambda: float(loop(weights, order)[:, -1].mean())


def _torch() -> Run:
    """``torch.func.vmap`` of a gradient."""
    import torch

    weights, order = map(torch.tensor, _given())
    x, y = torch.tensor(X), torch.tensor(Y)[:, 0]

    def loss_of(w: Any, x: Any, y: Any) -> Any:
        h = torch.relu(x @ w[:10].reshape(2, 5) + w[10:15])
        loss = torch.nn.functional.binary_cross_entropy_with_logits
        return loss(h @ w[15:20] + w[20], y)

    slopes = torch.func.vmap(torch.func.grad(loss_of))

    def run() -> float:
        w = weights
        m = v = torch.zeros_like(w)
        for t, chosen in enumerate(order, 1):
            time = torch.tensor(float(t), dtype=w.dtype)
            w, m, v = peers.adam(torch, w, m, v, slopes(w, x[chosen], y[chosen]), time)
        return float(w[:, -1].mean())

    return run


def workload(name: str) -> Workload:
    """Training; the answer is the mean of the last biases."""
    return Workload(name, {"together": _ours, "jax-scan": _jax, "torch": _torch})
