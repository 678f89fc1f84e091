"""The course's job: XOR with 2-5-1, batch size 1, 2,000 epochs, which are 8,000 steps of Adam.

All start from the same weights, take the examples in the same order, and compute the same loss.
"""

from __future__ import annotations

import ctypes
import math
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_xor.bench.runs import AbsentError, Run, Workload
from tinygrad_xor.compiler import Scan
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
from tinygrad_xor.optim import Adam
from tinygrad_xor.training.step import Step

EPOCHS, RATE, BETA1, BETA2, EPS = 2000, 0.01, 0.9, 0.999, 1e-7
X, Y = truth_table("xor")


def _network() -> Sequential:
    return Sequential([Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")], seed=4)


def _start() -> list[Any]:
    return [w.copy() for w in _network().get_weights()]


def _fit() -> Run:
    def run() -> float:
        model = _network()
        model.compile(loss="binary_crossentropy", optimizer=Adam(learning_rate=RATE))
        history = model.fit(X, Y, batch_size=1, epochs=EPOCHS, shuffle=False, verbose=0)
        return float(history.history["loss"][-1])

    return run


def _eager() -> Run:
    def run() -> float:
        model = _network()
        step = Step(model, BinaryCrossentropy(), Adam(model.parameters(), lr=RATE))
        for _ in range(EPOCHS):
            losses = [step(X[i : i + 1], Y[i : i + 1])[0].item() for i in range(4)]
        return float(np.mean(losses))

    return run


def _loop(backend: str) -> Callable[[], Run]:
    """The loop over the step that `fit` takes, compiled."""

    def prepare() -> Run:
        model = _network()
        step = Step(model, BinaryCrossentropy(), Adam(model.parameters(), lr=RATE))
        start = step.state | {"gradients": [np.zeros(p.shape) for p in model.parameters()]}
        order = np.tile(np.arange(4), (EPOCHS, 1))
        scan = Scan(step.pure, backend)
        return lambda: float(scan(start, ((X, Y), []), order, 1)[1][0][-4:].mean())

    return prepare


def _c() -> Run:
    """Compiled by the machine's C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise AbsentError("there is no C compiler", name="cc")
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "course.so"
        flags = ["-O2", "-march=native", "-ffp-contract=off", "-shared", "-fPIC"]
        source = Path(__file__).with_suffix(".c")
        subprocess.run([compiler, *flags, source, "-o", library, "-lm"], check=True)
        course = ctypes.CDLL(str(library)).course
    course.restype = ctypes.c_double
    pointer = np.ctypeslib.ndpointer(np.float64)
    course.argtypes = [pointer, pointer, pointer, ctypes.c_int, ctypes.c_double]

    def run() -> float:
        weights = np.concatenate([w.ravel() for w in _start()])
        return float(course(weights, X, Y, EPOCHS, RATE))

    return run


def _python() -> Run:
    """Lists and floats."""
    exp, log1p, sqrt = math.exp, math.log1p, math.sqrt

    def run() -> float:
        w = np.concatenate([w.ravel() for w in _start()]).tolist()
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


def _adam(functions: Any, w: Any, m: Any, v: Any, g: Any, t: Any) -> tuple[Any, Any, Any]:
    m = m + (1 - BETA1) * (g - m)
    v = v + (1 - BETA2) * (g * g - v)
    rate = RATE * functions.sqrt(1 - BETA2**t) / (1 - BETA1**t)
    return w - rate * m / (functions.sqrt(v) + EPS), m, v


def _numpy() -> Run:
    """Matrices, and every derivative written out."""

    def run() -> float:
        w1, b1, w2, b2 = _start()
        m = v = np.zeros(21)
        for epoch in range(EPOCHS):
            total = 0.0
            for i in range(4):
                x, y = X[i : i + 1], Y[i : i + 1]
                h = np.maximum(x @ w1 + b1, 0.0)
                z = (h @ w2 + b2).item()
                e = math.exp(-abs(z))
                d = (e if z < 0 else 1.0) / (1.0 + e) - y
                total += max(z, 0.0) - z * y.item() + math.log1p(e)
                back = (d @ w2.T) * (h > 0)
                g = np.concatenate([(x.T @ back).ravel(), back[0], (h.T @ d)[:, 0], d[0]])
                w = np.concatenate([w1.ravel(), b1, w2[:, 0], b2])
                w, m, v = _adam(np, w, m, v, g, 4 * epoch + i + 1)
                w1, b1, w2, b2 = w[:10].reshape(2, 5), w[10:15], w[15:20, None], w[20:]
        return total / 4

    return run


def _by_autograd(np_: Any, w: Any, x: Any, y: Any) -> Any:
    h = x @ w[:10].reshape(2, 5) + w[10:15]
    h = np_.where(h > 0.0, h, 0.0)  # whose slope at 0 is 0, unlike that of maximum
    z = (h @ w[15:20] + w[20])[0]
    return np_.logaddexp(0.0, z) - z * y


def _autograd() -> Run:
    from autograd import numpy as anp
    from autograd import value_and_grad

    slope = value_and_grad(lambda w, x, y: _by_autograd(anp, w, x, y))

    def run() -> float:
        w = np.concatenate([p.ravel() for p in _start()])
        m = v = np.zeros(21)
        for epoch in range(EPOCHS):
            total = 0.0
            for i in range(4):
                loss, g = slope(w, X[i : i + 1], Y[i, 0])
                total += float(loss)
                w, m, v = _adam(np, w, m, v, g, 4 * epoch + i + 1)
        return total / 4

    return run


def _jax() -> Run:
    """Everything in one ``lax.scan``, compiled beforehand."""
    import jax
    from jax import numpy as jnp

    jax.config.update("jax_enable_x64", True)
    slope = jax.value_and_grad(lambda w, x, y: _by_autograd(jnp, w, x, y))

    def step(state: Any, batch: Any) -> Any:
        w, m, v, t = state
        loss, g = slope(w, batch[0][None], batch[1][0])
        return (*_adam(jnp, w, m, v, g, t + 1), t + 1), loss

    loop = jax.jit(lambda w, x, y: jax.lax.scan(step, (w, 0 * w, 0 * w, 0.0), (x, y))[1])
    x, y = jnp.tile(X, (EPOCHS, 1)), jnp.tile(Y, (EPOCHS, 1))
    w = jnp.concatenate([p.ravel() for p in _start()])
    return lambda: float(loop(w, x, y)[-4:].mean())


def _torch() -> Run:
    import torch

    def run() -> float:
        weights = [torch.tensor(w, requires_grad=True) for w in _start()]
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


def _mygrad() -> Run:
    import mygrad
    from mygrad.nnet.activations import relu

    def run() -> float:
        weights = [mygrad.tensor(w) for w in _start()]
        moments = [(0.0, 0.0)] * 4
        for epoch in range(EPOCHS):
            total = 0.0
            for i in range(4):
                w1, b1, w2, b2 = weights
                h = relu(X[i : i + 1] @ w1 + b1)
                z = (h @ w2 + b2)[0, 0]
                y = Y[i, 0]
                loss = mygrad.logaddexp(0.0, z) - z * y
                loss.backward()
                total += loss.item()
                t = 4 * epoch + i + 1
                moved = [
                    _adam(np, w.data, *mv, w.grad, t)
                    for w, mv in zip(weights, moments, strict=True)
                ]
                weights = [mygrad.tensor(w) for w, _, _ in moved]
                moments = [(m, v) for _, m, v in moved]
        return total / 4

    return run


def _micrograd() -> Run:
    from micrograd.engine import Value as Number

    def run() -> float:
        w = [Number(p) for p in np.concatenate([p.ravel() for p in _start()]).tolist()]
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
                t = 4 * epoch + i + 1
                for k, p in enumerate(w):
                    p.data, m[k], v[k] = _adam(math, p.data, m[k], v[k], p.grad, t)
                    p.grad = 0
        return total / 4

    return run


def workload(name: str) -> Workload:
    """Training from the weights of one seed; the answer is the mean loss of the last epoch."""
    contestants = {
        "fit": _fit,
        "native": _loop("native"),
        "python-source": _loop("python"),
        "eager": _eager,
        "c": _c,
        "python": _python,
        "numpy": _numpy,
        "jax-scan": _jax,
        "torch": _torch,
        "micrograd": _micrograd,
        "mygrad": _mygrad,
        "autograd": _autograd,
    }
    return Workload(name, contestants, "c")
