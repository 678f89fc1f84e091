"""Whose gradients are checked: this engine's, or those of another library, or written by hand.

A backend takes functions of a flat list of arrays, which return a flat list of arrays. It is all
that the checker knows of a library, so that a new one is a class of a few lines.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_xor.engine import Value, no_grad
from tinygrad_xor.engine import cotangents as cotangents_of
from tinygrad_xor.transforms import jvp, vjp

Arrays = list[Any]
Flat = Callable[..., Sequence[Any]]


class Backend:
    """This engine. Other libraries override what they do differently."""

    name = "tinygrad_xor"

    def value(self, f: Flat, inputs: Arrays) -> Arrays:
        """The outputs, as plain arrays."""
        with no_grad():
            outputs = f(*[Value(x) for x in inputs])
        return [np.asarray(y.data if type(y) is Value else y) for y in outputs]

    def vjp(self, f: Flat, inputs: Arrays, cotangents: Arrays) -> Arrays:
        """The gradients of the inputs, for gradients of the outputs."""
        _, pullback = vjp(lambda *xs: list(f(*xs)), *inputs)
        return list(pullback(cotangents))

    def jvp(self, f: Flat, inputs: Arrays, tangents: Arrays) -> Arrays | None:
        """How the outputs move along tangents of the inputs; None if there is no forward mode."""
        _, moved = jvp(lambda *xs: list(f(*xs)), inputs, tangents)
        return list(moved)

    def size(self, f: Flat, inputs: Arrays, cotangents: Arrays) -> float:
        """The largest part that any number on the way has in the result: rounding is like it.

        Of a node it is the sum of gradient times data. Where they cancel, the result is small and
        its rounding is not.
        """
        leaves = [Value(x) for x in inputs]
        seeds: dict[Value, Any] = {}
        for y, g in zip(f(*leaves), cotangents, strict=True):
            if type(y) is Value:
                seeds[y] = seeds[y] + g if y in seeds else g
        found = cotangents_of(seeds)
        return max((_size(g, v.data) for v, g in found.items()), default=0.0)

    def gradient(self, f: Flat, cotangents: Arrays) -> Flat | None:
        """The gradients as a function of the inputs, which can be checked in turn."""
        return lambda *xs: list(vjp(lambda *ys: list(f(*ys)), *xs)[1](cotangents))


def _size(g: Any, data: Any) -> float:
    """The sum of gradient times data; infinities, as a comparison holds them, have no rounding."""
    with np.errstate(all="ignore"):
        parts = np.abs(np.asarray(g * data))
    return float(np.sum(parts[np.isfinite(parts)]))


class Foreign(Backend):
    """What is not computed by this engine: nothing is known of the numbers on the way."""

    def size(self, f: Flat, inputs: Arrays, cotangents: Arrays) -> float:
        """The size of the result."""
        outputs = self.value(f, inputs)
        return sum(_size(g, y) for g, y in zip(cotangents, outputs, strict=True))


class Handwritten(Foreign):
    """A gradient that someone wrote: ``gradient(*inputs)`` for a function with one number out."""

    name = "the gradient function"

    def __init__(self, gradient: Callable[..., Any], build: Callable[[Any], Any]) -> None:
        self._gradient = gradient
        self._build = build

    def value(self, f: Flat, inputs: Arrays) -> Arrays:
        """The outputs of a plain function."""
        return [np.asarray(y) for y in f(*inputs)]

    def vjp(self, f: Flat, inputs: Arrays, cotangents: Arrays) -> Arrays:
        """The written gradient times the cotangent, which is one number."""
        from tinygrad_xor.program.trees import flatten

        if len(cotangents) != 1 or np.size(cotangents[0]) != 1:
            raise ValueError("gradient= is for functions whose output is one number")
        primals = self._build(inputs)
        gradients = flatten(self._gradient(*primals))[0]
        return [np.asarray(g) * cotangents[0] for g in gradients]

    def jvp(self, f: Flat, inputs: Arrays, tangents: Arrays) -> Arrays | None:
        """There is no forward mode."""
        return None

    def gradient(self, f: Flat, cotangents: Arrays) -> Flat | None:
        """There is no second order."""
        return None


class Torch(Foreign):
    """PyTorch: the function takes and returns tensors."""

    name = "torch"

    def __init__(self) -> None:
        self._torch = _imported("torch", "PyTorch")

    def _tensors(self, inputs: Arrays, differentiable: bool) -> Arrays:
        make = self._torch.tensor
        return [make(np.asarray(x)).requires_grad_(differentiable) for x in inputs]

    def value(self, f: Flat, inputs: Arrays) -> Arrays:
        """The outputs, as plain arrays."""
        return [y.detach().numpy() for y in f(*self._tensors(inputs, True))]

    def vjp(self, f: Flat, inputs: Arrays, cotangents: Arrays) -> Arrays:
        """``torch.autograd.grad``; complex gradients are conjugated to this engine's convention."""
        gradient = self.gradient(f, cotangents)
        return [g.detach().resolve_conj().numpy() for g in gradient(*self._tensors(inputs, True))]

    def jvp(self, f: Flat, inputs: Arrays, tangents: Arrays) -> Arrays | None:
        """``torch.autograd.functional.jvp``."""
        functional = self._torch.autograd.functional
        _, moved = functional.jvp(
            lambda *xs: tuple(f(*xs)),
            tuple(self._tensors(inputs, True)),
            tuple(self._tensors(tangents, False)),
            strict=False,
        )
        return [m.detach().numpy() for m in moved]

    def gradient(self, f: Flat, cotangents: Arrays) -> Flat:
        """The gradient, with a graph of its own."""

        def of(*xs: Any) -> list[Any]:
            ys = list(f(*xs))
            used = [(y, g) for y, g in zip(ys, cotangents, strict=True) if y.requires_grad]
            if not used:
                return [self._torch.zeros_like(x) for x in xs]
            found = self._torch.autograd.grad(
                [y for y, _ in used],
                list(xs),
                [self._torch.as_tensor(np.conj(g)) for _, g in used],
                create_graph=True,
                allow_unused=True,
            )
            found = [
                self._torch.zeros_like(x) if g is None else g
                for g, x in zip(found, xs, strict=True)
            ]
            return [g.conj() if g.is_complex() else g for g in found]

        return of


class Jax(Foreign):
    """JAX: the function takes and returns its arrays. Run it in float64."""

    name = "jax"

    def __init__(self) -> None:
        self._jax = _imported("jax", "JAX")
        if not self._jax.config.jax_enable_x64:
            raise ValueError(
                "JAX computes in float32, which hides small faults: call "
                'jax.config.update("jax_enable_x64", True) first'
            )

    def value(self, f: Flat, inputs: Arrays) -> Arrays:
        """The outputs, as plain arrays."""
        return [np.asarray(y) for y in f(*map(self._jax.numpy.asarray, inputs))]

    def vjp(self, f: Flat, inputs: Arrays, cotangents: Arrays) -> Arrays:
        """``jax.vjp``."""
        return [np.asarray(g) for g in self.gradient(f, cotangents)(*inputs)]

    def jvp(self, f: Flat, inputs: Arrays, tangents: Arrays) -> Arrays | None:
        """``jax.jvp``."""
        asarray = self._jax.numpy.asarray
        _, moved = self._jax.jvp(
            lambda *xs: list(f(*xs)), [*map(asarray, inputs)], [*map(asarray, tangents)]
        )
        return [np.asarray(m) for m in moved]

    def gradient(self, f: Flat, cotangents: Arrays) -> Flat:
        """The pullback as a function of the inputs."""
        asarray = self._jax.numpy.asarray

        def of(*xs: Any) -> list[Any]:
            ys, pullback = self._jax.vjp(lambda *zs: list(f(*zs)), *map(asarray, xs))
            return list(
                pullback([asarray(g, y.dtype) for g, y in zip(cotangents, ys, strict=True)])
            )

        return of


class Autograd(Foreign):
    """HIPS autograd: the function is written with ``autograd.numpy``."""

    name = "autograd"

    def __init__(self) -> None:
        self._core = _imported("autograd.core", "HIPS autograd")
        self._builtins = _imported("autograd.builtins", "HIPS autograd")

    def value(self, f: Flat, inputs: Arrays) -> Arrays:
        """The outputs, as plain arrays."""
        return [np.asarray(y) for y in f(*inputs)]

    def vjp(self, f: Flat, inputs: Arrays, cotangents: Arrays) -> Arrays:
        """``autograd.core.make_vjp``."""
        return [np.asarray(g) for g in self.gradient(f, cotangents)(*inputs)]

    def jvp(self, f: Flat, inputs: Arrays, tangents: Arrays) -> Arrays | None:
        """``autograd.core.make_jvp``."""
        make_tuple = self._builtins.tuple
        run = self._core.make_jvp(lambda xs: make_tuple(f(*xs)), tuple(inputs))
        return [np.asarray(m) for m in run(tuple(tangents))[1]]

    def gradient(self, f: Flat, cotangents: Arrays) -> Flat:
        """The pullback as a function of the inputs."""
        make_tuple = self._builtins.tuple

        def of(*xs: Any) -> list[Any]:
            pullback, _ = self._core.make_vjp(lambda zs: make_tuple(f(*zs)), make_tuple(xs))
            found = pullback(tuple(cotangents))
            return [found[i] for i in range(len(xs))]

        return of


#: Libraries by the name that ``check_gradients(backend=...)`` takes.
BACKENDS: dict[str, Callable[[], Backend]] = {
    "tinygrad_xor": Backend,
    "torch": Torch,
    "jax": Jax,
    "autograd": Autograd,
}


def _imported(module: str, name: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        package = module.partition(".")[0]
        raise ImportError(f"checking gradients of {name} needs it: pip install {package}") from None
