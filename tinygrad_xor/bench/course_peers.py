"""The course's job by other engines and by hand; each function prepares what is timed.

Nothing of the package is imported here: ``python course_peers.py NAME WEIGHTS EPOCHS`` is the
whole process of another engine from its start, with the weights as JSON.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

EPOCHS, RATE, BETA1, BETA2, EPS = 2000, 0.01, 0.9, 0.999, 1e-7
X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])

Run = Callable[[], float]


def python(start: list[Any]) -> Run:
    """Lists and floats."""
    exp, log1p, sqrt = math.exp, math.log1p, math.sqrt

    def run() -> float:
        w = np.concatenate([w.ravel() for w in start]).tolist()
        m, v, hidden = [0.0] * 21, [0.0] * 21, range(5)
        examples = [(*x, y) for x, (y,) in zip(X.tolist(), Y.tolist(), strict=True)]
        power1 = power2 = 1.0
        for _ in range(EPOCHS):
            total = 0.0
            for a, b, y in examples:
                h = [max(0.0, a * w[j] + b * w[5 + j] + w[10 + j]) for j in hidden]
                z = w[20] + sum([h[j] * w[15 + j] for j in hidden])
                e = exp(-abs(z))
                d = (e if z < 0 else 1.0) / (1.0 + e) - y
                total += max(z, 0.0) - z * y + log1p(e)
                back = [d * w[15 + j] if h[j] > 0 else 0.0 for j in hidden]
                g = [s * a for s in back] + [s * b for s in back] + back
                g += [d * s for s in h] + [d]
                power1 *= BETA1
                power2 *= BETA2
                rate = RATE * sqrt(1 - power2) / (1 - power1)
                m = [s + (1 - BETA1) * (t - s) for s, t in zip(m, g, strict=True)]
                v = [s + (1 - BETA2) * (t * t - s) for s, t in zip(v, g, strict=True)]
                w = [p - rate * s / (sqrt(t) + EPS) for p, s, t in zip(w, m, v, strict=True)]
        return total / 4

    return run


def adam(functions: Any, w: Any, m: Any, v: Any, g: Any, t: Any) -> tuple[Any, Any, Any]:
    """The weights and the averages after step `t` of Adam, in an engine's functions."""
    m = m + (1 - BETA1) * (g - m)
    v = v + (1 - BETA2) * (g * g - v)
    rate = RATE * functions.sqrt(1 - BETA2**t) / (1 - BETA1**t)
    return w - rate * m / (functions.sqrt(v) + EPS), m, v


def _steps(start: list[Any], step: Callable[..., Any], vector: Any = np.concatenate) -> Run:
    """Call ``step(w, m, v, t, x, y) -> (loss, (w, m, v))`` for each example, with flat weights."""

    def run() -> float:
        w = vector([p.ravel() for p in start])
        m = v = 0 * w
        for epoch in range(EPOCHS):
            total = 0.0
            for i in range(4):
                loss, (w, m, v) = step(w, m, v, 4 * epoch + i + 1, X[i : i + 1], Y[i, 0])
                total += float(loss)
        return total / 4

    return run


def numpy(start: list[Any]) -> Run:
    """Matrices, and every derivative written out."""

    def step(w: Any, m: Any, v: Any, t: int, x: Any, y: float) -> Any:
        w1, b1, w2, b2 = w[:10].reshape(2, 5), w[10:15], w[15:20, None], w[20:]
        h = np.maximum(x @ w1 + b1, 0.0)
        z = (h @ w2 + b2).item()
        e = math.exp(-abs(z))
        d = (e if z < 0 else 1.0) / (1.0 + e) - y
        back = (d * w2.T) * (h > 0)
        g = np.concatenate([(x.T @ back).ravel(), back[0], d * h[0], [d]])
        return max(z, 0.0) - z * y + math.log1p(e), adam(np, w, m, v, g, t)

    return _steps(start, step)


def _loss(functions: Any, w: Any, x: Any, y: Any) -> Any:
    h = x @ w[:10].reshape(2, 5) + w[10:15]
    h = functions.where(h > 0.0, h, 0.0)  # whose slope at 0 is 0, unlike that of maximum
    z = (h @ w[15:20] + w[20])[0]
    return functions.logaddexp(0.0, z) - z * y


def autograd(start: list[Any]) -> Run:
    """HIPS autograd."""
    from autograd import numpy as anp
    from autograd import value_and_grad

    slope = value_and_grad(lambda w, x, y: _loss(anp, w, x, y))

    def step(w: Any, m: Any, v: Any, t: int, x: Any, y: float) -> Any:
        loss, g = slope(w, x, y)
        return loss, adam(np, w, m, v, g, t)

    return _steps(start, step)


def jax_step() -> Any:
    """A step of training, to be transformed."""
    import jax
    from jax import numpy as jnp

    jax.config.update("jax_enable_x64", True)
    slope = jax.value_and_grad(lambda w, x, y: _loss(jnp, w, x, y))

    def step(w: Any, m: Any, v: Any, t: Any, x: Any, y: Any) -> Any:
        loss, g = slope(w, x, y)
        return loss, adam(jnp, w, m, v, g, t)

    return step


def jax_jit(start: list[Any]) -> Run:
    """A compiled step, called from Python."""
    step = jax_step()
    import jax
    from jax import numpy as jnp

    jitted = jax.jit(step)
    return _steps(start, lambda w, m, v, t, x, y: jitted(w, m, v, float(t), x, y), jnp.concatenate)


def jax_scan(start: list[Any]) -> Run:
    """Everything in one ``lax.scan``."""
    step = jax_step()
    import jax
    from jax import numpy as jnp

    def body(state: Any, batch: Any) -> Any:
        w, m, v, t = state
        loss, moved = step(w, m, v, t + 1, batch[0][None], batch[1][0])
        return (*moved, t + 1), loss

    loop = jax.jit(lambda w, x, y: jax.lax.scan(body, (w, 0 * w, 0 * w, 0.0), (x, y))[1])
    x, y = jnp.tile(X, (EPOCHS, 1)), jnp.tile(Y, (EPOCHS, 1))
    w = jnp.concatenate([p.ravel() for p in start])
    return lambda: float(loop(w, x, y)[-4:].mean())


def torch(start: list[Any]) -> Run:
    """Step by step, as it is by itself."""
    import torch

    def run() -> float:
        weights = [torch.tensor(w, requires_grad=True) for w in start]
        w1, b1, w2, b2 = weights
        ms = [torch.zeros_like(w) for w in weights]
        vs = [torch.zeros_like(w) for w in weights]
        x, y = torch.tensor(X), torch.tensor(Y)
        loss_of = torch.nn.functional.binary_cross_entropy_with_logits
        for epoch in range(EPOCHS):
            total = 0.0
            for i in range(4):
                loss = loss_of(torch.relu(x[i : i + 1] @ w1 + b1) @ w2 + b2, y[i : i + 1])
                loss.backward()
                total += loss.item()
                t = 4 * epoch + i + 1
                rate = RATE * math.sqrt(1 - BETA2**t) / (1 - BETA1**t)
                with torch.no_grad():
                    for w, m, v in zip(weights, ms, vs, strict=True):
                        m.lerp_(w.grad, 1 - BETA1)
                        v.lerp_(w.grad * w.grad, 1 - BETA2)
                        w.addcdiv_(m, v.sqrt().add_(EPS), value=-rate)
                        w.grad = None
        return total / 4

    return run


def torch_compile(start: list[Any]) -> Run:
    """``torch.compile`` of a whole step, its gradient and its update."""
    import torch

    def loss_of(w: Any, x: Any, y: Any) -> Any:
        h = torch.relu(x @ w[:10].reshape(2, 5) + w[10:15])
        return torch.nn.functional.binary_cross_entropy_with_logits(h @ w[15:20] + w[20], y)

    slope = torch.func.grad_and_value(loss_of)

    def one(w: Any, m: Any, v: Any, t: Any, x: Any, y: Any) -> Any:
        g, loss = slope(w, x, y)
        return loss, adam(torch, w, m, v, g, t)

    compiled = torch.compile(one)
    xs, ys = torch.tensor(X), torch.tensor(Y)[:, 0]

    def step(w: Any, m: Any, v: Any, t: int, x: Any, y: Any) -> Any:
        i = (t - 1) % 4
        time = torch.tensor(float(t), dtype=torch.float64)
        return compiled(w, m, v, time, xs[i : i + 1], ys[i : i + 1])

    return _steps([torch.tensor(w) for w in start], step, torch.cat)


def mygrad(start: list[Any]) -> Run:
    """MyGrad."""
    import mygrad
    from mygrad.nnet.activations import relu

    def step(w: Any, m: Any, v: Any, t: int, x: Any, y: float) -> Any:
        tensor = mygrad.tensor(w)
        h = relu(x @ tensor[:10].reshape(2, 5) + tensor[10:15])
        z = (h @ tensor[15:20] + tensor[20])[0]
        loss = mygrad.logaddexp(0.0, z) - z * y
        loss.backward()
        return loss.item(), adam(np, w, m, v, tensor.grad, t)

    return _steps(start, step)


def micrograd(start: list[Any]) -> Run:
    """Numbers only."""
    from micrograd.engine import Value as Number

    def run() -> float:
        w = [Number(p) for p in np.concatenate([p.ravel() for p in start]).tolist()]
        m, v = [0.0] * 21, [0.0] * 21
        for epoch in range(EPOCHS):
            total = 0.0
            for i in range(4):
                (a, b), (y,) = X[i].tolist(), Y[i].tolist()
                h = [(w[j] * a + w[5 + j] * b + w[10 + j]).relu() for j in range(5)]
                z = sum((h[j] * w[15 + j] for j in range(5)), w[20])
                e = math.exp(-abs(z.data))  # it has no logarithm: the slope of the loss by hand
                total += max(z.data, 0.0) - z.data * y + math.log1p(e)
                (z * ((e if z.data < 0 else 1.0) / (1.0 + e) - y)).backward()
                for j, p in enumerate(w):
                    p.data, m[j], v[j] = adam(math, p.data, m[j], v[j], p.grad, 4 * epoch + i + 1)
                    p.grad = 0
        return total / 4

    return run


def keras(start: list[Any]) -> Run:
    """``fit``, on JAX."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    keras.config.set_floatx("float64")

    def run() -> float:
        model = keras.Sequential(
            [keras.Input((2,)), keras.layers.Dense(5, "relu"), keras.layers.Dense(1)]
        )
        model.set_weights(start)
        loss = keras.losses.BinaryCrossentropy(from_logits=True)
        model.compile(loss=loss, optimizer=keras.optimizers.Adam(RATE, epsilon=EPS))
        history = model.fit(X, Y, batch_size=1, epochs=EPOCHS, shuffle=False, verbose=0)
        return float(history.history["loss"][-1])

    return run


if __name__ == "__main__":
    weights, EPOCHS = [np.array(w) for w in json.loads(sys.argv[2])], int(sys.argv[3])
    sys.stdout.write(f"{globals()[sys.argv[1]](weights)()}\n")
