"""How long it takes from a function to the first result of its compiled form, with nothing kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np

from tinygrad_xor.bench.course import course_step, started
from tinygrad_xor.bench.course_peers import X, Y
from tinygrad_xor.bench.runs import Run, Workload
from tinygrad_xor.compiler import compile


def _chain(count: int, functions: Any) -> Callable[[Any], Any]:
    """So many operations on one number, of which no two are the same."""

    def chain(x: Any) -> Any:
        y = x
        for i in range(count // 4 - 1):
            y = functions.sqrt(y * y + x) * (1.0 - 1e-6 * i)
        return y

    return chain


def _step() -> tuple[Callable[..., Any], tuple[Any, ...]]:
    step = course_step()
    return step.pure, (started(step), ((X, Y), []))


def _first_loss(result: Any) -> float:
    return float(result[1][0]) if isinstance(result, tuple) else float(result)


def _without_cache(once: Callable[[], float]) -> Run:
    def run() -> float:
        with mock.patch.dict(os.environ, TINYGRAD_XOR_CACHE="off"):
            return once()

    return run


def workload(name: str) -> Workload:
    """Compile and call once: a whole step of training, or so many operations in a row."""
    count = int(name.partition("-")[2] or 0)

    def ours(backend: str) -> Callable[[], Run]:
        def prepare() -> Run:
            function, given = (_chain(count, np), (2.0,)) if count else _step()
            return _without_cache(lambda: _first_loss(compile(function, backend)(*given)))

        return prepare

    def jax() -> Run:
        import jax
        from jax import numpy as jnp

        jax.config.update("jax_enable_x64", True)

        def run() -> float:
            jax.clear_caches()
            return float(jax.jit(_chain(count, jnp))(2.0))

        return run

    contestants = {"native": ours("native"), "python-source": ours("python")}
    if 0 < count <= 2000:  # more take it minutes
        contestants["jax-jit"] = jax
    return Workload(name, contestants)
