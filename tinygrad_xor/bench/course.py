"""The course's job: XOR with 2-5-1, batch size 1, 2,000 epochs, which are 8,000 steps of Adam.

All start from the same weights, take the examples in the same order, and compute the same loss.
Once it is timed in a process that has everything ready, and once as a whole process from its start.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_xor.bench import course_peers as peers
from tinygrad_xor.bench.course_peers import RATE, X, Y
from tinygrad_xor.bench.runs import AbsentError, Run, Workload
from tinygrad_xor.compiler import Scan
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
from tinygrad_xor.optim import Adam
from tinygrad_xor.training.step import Step

#: What others have to be installed for.
PEERS = {
    "python": "",
    "numpy": "",
    "jax-scan": "jax",
    "jax-jit": "jax",
    "torch": "torch",
    "torch-compile": "torch",
    "keras": "keras",
    "micrograd": "micrograd",
    "mygrad": "mygrad",
    "autograd": "autograd",
}
#: What a user writes; it predicts, too.
_COLD = """
from tinygrad_xor.nn import Dense, Sequential
from tinygrad_xor.optim import Adam
X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
model = Sequential([Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")], seed=4)
model.compile(loss="binary_crossentropy", optimizer=Adam(learning_rate={rate}))
history = model.fit(X, y, batch_size=1, epochs={epochs}, shuffle=False, verbose=0)
model.predict(X)
print(history.history["loss"][-1])
"""


def network(seed: int = 4) -> Sequential:
    """The network of the course."""
    return Sequential([Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")], seed=seed)


def _start() -> list[Any]:
    return [w.copy() for w in network().get_weights()]


def _fit() -> Run:
    def run() -> float:
        model = network()
        model.compile(loss="binary_crossentropy", optimizer=Adam(learning_rate=RATE))
        history = model.fit(X, Y, batch_size=1, epochs=peers.EPOCHS, shuffle=False, verbose=0)
        return float(history.history["loss"][-1])

    return run


def course_step() -> Step:
    """A step of its training."""
    model = network()
    return Step(model, BinaryCrossentropy(), Adam(model.parameters(), lr=RATE))


def started(step: Step) -> dict[str, Any]:
    """The state to begin with, of a form that stays what it is: with gradients."""
    return step.state | {"gradients": [np.zeros_like(p.data) for p in step.optimizer.parameters]}


def _eager() -> Run:
    def run() -> float:
        step = course_step()
        for _ in range(peers.EPOCHS):
            losses = [step(X[i : i + 1], Y[i : i + 1])[0].item() for i in range(4)]
        return float(np.mean(losses))

    return run


def _loop(backend: str) -> Run:
    """The loop over the step that `fit` takes, compiled."""
    step = course_step()
    start, order = started(step), np.tile(np.arange(4), (peers.EPOCHS, 1))
    scan = Scan(step.pure, backend)
    return lambda: float(scan(start, ((X, Y), []), order, 1)[1][0][-4:].mean())


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
        return float(course(weights, X, Y, peers.EPOCHS, RATE))

    return run


def _process(*arguments: str, needs: str = "", **variables: str) -> Run:
    """A process of Python's, which prints its loss."""
    if needs and (sys.modules.get(needs, 0) is None or importlib.util.find_spec(needs) is None):
        raise AbsentError(f"{needs} is not installed", name=needs)
    command = [sys.executable, "-W", "ignore", *arguments]

    def run() -> float:
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, env=os.environ | variables
        )
        return float(done.stdout.split()[-1])

    return run


def _cold() -> dict[str, Callable[[], Run]]:
    """Whole processes: ours with its machine code kept from before, and without; the peers."""
    ours = _COLD.format(rate=RATE, epochs=peers.EPOCHS)
    weights = json.dumps([w.tolist() for w in _start()])
    contestants: dict[str, Callable[[], Run]] = {
        "fit": lambda: _process("-c", ours),
        "fit-first": lambda: _process("-c", ours, TINYGRAD_XOR_CACHE="off"),
    }
    for name, needs in PEERS.items():
        called = name.replace("-", "_"), weights, str(peers.EPOCHS)
        contestants[name] = functools.partial(_process, peers.__file__, *called, needs=needs)
    return contestants


def workload(name: str) -> Workload:
    """Training from the weights of one seed; the answer is the mean loss of the last epoch."""
    if name == "cold":
        return Workload(name, _cold(), tolerance=1e-3)  # Keras rounds otherwise, 8,000 times

    def by(peer: str) -> Callable[[], Run]:
        return lambda: getattr(peers, peer.replace("-", "_"))(_start())

    contestants: dict[str, Callable[[], Run]] = {
        "fit": _fit,
        "native": lambda: _loop("native"),
        "python-source": lambda: _loop("python"),
        "eager": _eager,
        "c": _c,
        **{peer: by(peer) for peer in PEERS},
    }
    return Workload(name, contestants, "c")
