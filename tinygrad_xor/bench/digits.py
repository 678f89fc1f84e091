"""A network of ordinary size, 784-256-128-10: batches of 128, Adam, cross-entropy."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_xor.bench.course import started
from tinygrad_xor.bench.runs import Run, Workload
from tinygrad_xor.compiler import Scan
from tinygrad_xor.nn import Dense, Sequential, SparseCategoricalCrossentropy
from tinygrad_xor.optim import Adam
from tinygrad_xor.training.step import Step

STEPS, BATCH, WIDTHS = 20, 128, (784, 256, 128, 10)
RATE, BETA1, BETA2, EPS = 0.001, 0.9, 0.999, 1e-7


def _data(dtype: str) -> tuple[Any, Any, list[Any]]:
    """Images, classes and weights: random ones, which cost as much as true ones."""
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(STEPS, BATCH, WIDTHS[0])).astype(dtype)
    y = rng.integers(0, WIDTHS[-1], (STEPS, BATCH))
    weights = []
    for m, n in itertools.pairwise(WIDTHS):
        weights += [rng.normal(0, m**-0.5, (m, n)).astype(dtype), np.zeros(n, dtype)]
    return x, y, weights


def _layer(kernel: Any, bias: Any) -> Dense:
    """With these weights, in their dtype."""
    inputs, width = kernel.shape
    return Dense(
        width,
        "softmax" if width == WIDTHS[-1] else "relu",
        input_dim=inputs,
        kernel_initializer=lambda rng, shape: kernel,
        bias_initializer=lambda rng, shape: bias,
    )


def _step(weights: list[Any]) -> Step:
    model = Sequential([_layer(w, b) for w, b in zip(weights[::2], weights[1::2], strict=True)])
    return Step(model, SparseCategoricalCrossentropy(), Adam(model.parameters(), lr=RATE))


def _eager(dtype: str) -> Run:
    x, y, weights = _data(dtype)

    def run() -> float:
        step = _step(weights)
        return float([step(a, b)[0].item() for a, b in zip(x, y, strict=True)][-1])

    return run


def _native(dtype: str) -> Run:
    """The loop over the step that `fit` takes, as machine code."""
    x, y, weights = _data(dtype)
    step = _step(weights)

    def with_loss(state: Any, batch: Any) -> tuple[Any, Any]:
        state, (loss, _) = step.pure(state, batch)
        return state, loss

    start, scan = started(step), Scan(with_loss, "native")
    return lambda: float(scan(start, ((x, y), []))[1][-1])


def _products(dtype: str) -> Run:
    """The matrix products only: what every framework leaves to BLAS."""
    x, _, weights = _data(dtype)
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


def _numpy(dtype: str) -> Run:
    """Every derivative written out."""
    x, y, weights = _data(dtype)

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


def _torch(dtype: str, compiled: bool = False) -> Run:
    import torch

    x, y, weights = _data(dtype)
    xs, ys = torch.tensor(x), torch.tensor(y)

    def loss_of(ws: Any, a: Any, classes: Any) -> Any:
        h = torch.relu(torch.relu(a @ ws[0] + ws[1]) @ ws[2] + ws[3])
        return torch.nn.functional.cross_entropy(h @ ws[4] + ws[5], classes)

    called = torch.compile(loss_of) if compiled else loss_of

    def run() -> float:
        ws = [torch.tensor(w, requires_grad=True) for w in weights]
        optimizer = torch.optim.Adam(ws, lr=RATE, eps=EPS)
        for a, classes in zip(xs, ys, strict=True):
            loss = called(ws, a, classes)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return loss.item()

    return run


def _jax(dtype: str) -> Run:
    import jax
    from jax import numpy as jnp

    jax.config.update("jax_enable_x64", True)
    x, y, weights = _data(dtype)

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
            state, loss = step(state, x.dtype.type(t), a, classes)
        return float(loss)

    return run


def _mygrad(dtype: str) -> Run:
    import mygrad
    from mygrad.nnet.activations import relu
    from mygrad.nnet.losses import softmax_crossentropy

    x, y, weights = _data(dtype)

    def run() -> float:
        ws: Any = weights
        ms = [0 * w for w in ws]
        vs = [0 * w for w in ws]
        for t, (a, classes) in enumerate(zip(x, y, strict=True), 1):
            ws = [mygrad.tensor(w) for w in ws]
            h = relu(relu(a @ ws[0] + ws[1]) @ ws[2] + ws[3])
            loss = softmax_crossentropy(h @ ws[4] + ws[5], classes)
            loss.backward()
            rate = RATE * (1 - BETA2**t) ** 0.5 / (1 - BETA1**t)
            gs = [w.grad for w in ws]
            ms = [m + (1 - BETA1) * (g - m) for m, g in zip(ms, gs, strict=True)]
            vs = [v + (1 - BETA2) * (g * g - v) for v, g in zip(vs, gs, strict=True)]
            moved = zip(ws, ms, vs, strict=True)
            ws = [w.data - rate * m / (np.sqrt(v) + EPS) for w, m, v in moved]
        return float(loss.item())

    return run


def workload(name: str) -> Workload:
    """Twenty steps; the answer is the last loss, of which torch adds Adam's epsilon elsewhere."""
    dtype = f"float{name.partition('-')[2]}"
    contestants: dict[str, Callable[[str], Run]] = {
        "eager": _eager,
        "native": _native,
        "products": _products,
        "numpy": _numpy,
        "jax-jit": _jax,
        "torch": _torch,
        "torch-compile": lambda dtype: _torch(dtype, True),
        "mygrad": _mygrad,
    }
    ready: dict[str, Callable[[], Run]] = {
        who: functools.partial(prepare, dtype) for who, prepare in contestants.items()
    }
    return Workload(name, ready, "products", tolerance=1e-2)
