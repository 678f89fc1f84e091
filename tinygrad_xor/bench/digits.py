"""A network of ordinary size, 784-256-128-10, in float32: batches of 128, Adam, cross-entropy."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tinygrad_xor.bench.runs import Run, Workload
from tinygrad_xor.nn import Dense, Sequential, SparseCategoricalCrossentropy
from tinygrad_xor.optim import Adam
from tinygrad_xor.training.step import Step

STEPS, BATCH, WIDTHS = 20, 128, (784, 256, 128, 10)
RATE, BETA1, BETA2, EPS = 0.001, 0.9, 0.999, 1e-7


def _data() -> tuple[Any, Any, list[Any]]:
    """Images, classes and weights: random ones, which cost as much as true ones."""
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(STEPS, BATCH, WIDTHS[0])).astype(np.float32)
    y = rng.integers(0, WIDTHS[-1], (STEPS, BATCH))
    weights = []
    for m, n in itertools.pairwise(WIDTHS):
        weights += [rng.normal(0, m**-0.5, (m, n)).astype(np.float32), np.zeros(n, np.float32)]
    return x, y, weights


def _eager() -> Run:
    x, y, weights = _data()

    def run() -> float:
        activations = ["relu"] * (len(WIDTHS) - 2) + ["softmax"]
        model = Sequential([*map(_layer, activations, WIDTHS, weights[::2], weights[1::2])])
        loss = SparseCategoricalCrossentropy()
        step = Step(model, loss, Adam(model.parameters(), lr=RATE))
        return float([step(a, b)[0].item() for a, b in zip(x, y, strict=True)][-1])

    return run


def _layer(activation: str, inputs: int, kernel: Any, bias: Any) -> Dense:
    """A layer with these weights, in their dtype."""
    return Dense(
        len(bias),
        activation,
        input_dim=inputs,
        kernel_initializer=lambda *_: kernel,
        bias_initializer=lambda *_: bias,
    )


def _products() -> Run:
    """The matrix products only: what every framework leaves to BLAS."""
    x, _, weights = _data()
    w1, w2, w3 = weights[::2]

    def run() -> float:
        for a in x:
            h1 = a @ w1
            h2 = h1 @ w2
            z = h2 @ w3
            d2 = z @ w3.T
            d1 = d2 @ w2.T
            _ = h2.T @ z, h1.T @ d2, a.T @ d1
        return float("nan")

    return run


def _numpy() -> Run:
    """Every derivative written out."""
    x, y, weights = _data()

    def run() -> float:
        ws = [w.copy() for w in weights]
        ms, vs = [np.zeros_like(w) for w in ws], [np.zeros_like(w) for w in ws]
        rows = np.arange(BATCH)
        for t, (a, classes) in enumerate(zip(x, y, strict=True), 1):
            h1 = np.maximum(a @ ws[0] + ws[1], 0)
            h2 = np.maximum(h1 @ ws[2] + ws[3], 0)
            z = h2 @ ws[4] + ws[5]
            z -= z.max(axis=1, keepdims=True)
            e = np.exp(z)
            total = e.sum(axis=1, keepdims=True)
            loss = (np.log(total[:, 0]) - z[rows, classes]).mean()
            d = e / total
            d[rows, classes] -= 1
            d /= BATCH
            d2 = (d @ ws[4].T) * (h2 > 0)
            d1 = (d2 @ ws[2].T) * (h1 > 0)
            gs = [a.T @ d1, d1.sum(0), h1.T @ d2, d2.sum(0), h2.T @ d, d.sum(0)]
            rate = np.float32(RATE * (1 - BETA2**t) ** 0.5 / (1 - BETA1**t))
            for w, m, v, g in zip(ws, ms, vs, gs, strict=True):
                m[...] += np.float32(1 - BETA1) * (g - m)
                v[...] += np.float32(1 - BETA2) * (g * g - v)
                w[...] -= rate * m / (np.sqrt(v) + np.float32(EPS))
        return float(loss)

    return run


def _torch() -> Run:
    import torch

    x, y, weights = _data()
    xs, ys = torch.tensor(x), torch.tensor(y)

    def run() -> float:
        ws = [torch.tensor(w, requires_grad=True) for w in weights]
        optimizer = torch.optim.Adam(ws, lr=RATE, eps=EPS)
        for a, classes in zip(xs, ys, strict=True):
            h = torch.relu(a @ ws[0] + ws[1])
            z = torch.relu(h @ ws[2] + ws[3]) @ ws[4] + ws[5]
            loss = torch.nn.functional.cross_entropy(z, classes)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return loss.item()

    return run


def _jax() -> Run:
    import jax
    from jax import numpy as jnp

    x, y, weights = _data()

    def loss_of(ws: Any, a: Any, classes: Any) -> Any:
        h = jax.nn.relu(a @ ws[0] + ws[1])
        z = jax.nn.relu(h @ ws[2] + ws[3]) @ ws[4] + ws[5]
        return -jax.nn.log_softmax(z)[jnp.arange(BATCH), classes].mean()

    def one(state: Any, t: Any, a: Any, classes: Any) -> Any:
        ws, ms, vs = state
        loss, gs = jax.value_and_grad(loss_of)(ws, a, classes)
        ms = [m + (1 - BETA1) * (g - m) for m, g in zip(ms, gs, strict=True)]
        vs = [v + (1 - BETA2) * (g * g - v) for v, g in zip(vs, gs, strict=True)]
        rate = RATE * jnp.sqrt(1 - BETA2**t) / (1 - BETA1**t)
        moved = zip(ws, ms, vs, strict=True)
        return ([w - rate * m / (jnp.sqrt(v) + EPS) for w, m, v in moved], ms, vs), loss

    step = jax.jit(one)

    def run() -> float:
        ws = [jnp.asarray(w) for w in weights]
        state: Any = (ws, [0 * w for w in ws], [0 * w for w in ws])
        for t, (a, classes) in enumerate(zip(x, y, strict=True), 1):
            state, loss = step(state, np.float32(t), a, classes)
        return float(loss)

    return run


def workload(name: str) -> Workload:
    """Twenty steps; the answer is the last loss, which frameworks round in float32."""
    contestants = {"eager": _eager, "products": _products, "numpy": _numpy}
    contestants |= {"jax-jit": _jax, "torch": _torch}
    return Workload(name, contestants, "products", tolerance=1e-2)
