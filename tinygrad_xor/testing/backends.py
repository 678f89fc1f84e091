"""Whose gradients are checked: this engine's, or those of another library, or written by hand.

A backend takes functions of a flat list of arrays, which return a flat list of arrays. It is all
that the checker knows of a library, so that a new one is a class of a few lines.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_xor.engine import Value, no_grad
from tinygrad_xor.program import Traced
from tinygrad_xor.transforms import vjp
from tinygrad_xor.transforms.functional import Trace

Arrays = list[Any]
Flat = Callable[..., Sequence[Any]]


class Backend:
    """This engine. Other libraries override what they do differently."""

    name = "tinygrad_xor"

    def evaluator(self, f: Flat, inputs: Arrays) -> Callable[[Arrays], Arrays]:
        """How numbers are had from `f`: on plain arrays, if that gives what it gives on Values.

        All that needs no derivatives goes through here. A gradient makes its own Values of arrays.
        """

        def on_arrays(xs: Arrays) -> Arrays:
            return [_array(y.data if type(y) is Value else y) for y in f(*xs)]

        def on_values(xs: Arrays) -> Arrays:
            with no_grad():
                return on_arrays([Value(x) for x in xs])

        if isinstance(f, Gradient):
            return on_arrays
        wanted = on_values(inputs)
        try:
            found = on_arrays([np.array(x)[()] for x in inputs])
            same = all(
                np.array_equal(a, b)
                or (np.shape(a) == np.shape(b) and np.allclose(a, b, 1e-6, 0, equal_nan=True))
                for a, b in zip(found, wanted, strict=True)
            )
        except Exception:
            same = False
        return on_arrays if same else on_values

    def vjp(self, f: Flat, inputs: Arrays, cotangents: Arrays) -> Arrays:
        """The gradients of the inputs, for gradients of the outputs."""
        _, pullback = vjp(lambda *xs: list(f(*xs)), *inputs)
        return list(pullback(cotangents))

    def pushforward(self, f: Flat, inputs: Arrays) -> Callable[[Arrays], Arrays]:
        """A function of tangents of the inputs, which says how the outputs move along them.

        Raises:
            NoForwardModeError: if there is no forward mode; why, in words. So may the function.
        """
        return Trace(f, inputs).pushforward()[0]

    def gradient(self, f: Flat, cotangents: Arrays) -> Flat:
        """The gradients as a function of the inputs, which can be checked in turn."""
        return Gradient(f, cotangents)


@dataclass
class Gradient:
    """The gradients of the inputs of `f`, as a function of them."""

    f: Flat
    cotangents: Arrays

    def __call__(self, *xs: Any) -> list[Any]:
        """The gradients there."""
        trace = Trace(self.f, xs)
        return trace.pull_back(self.cotangents, trace.nodes)


def _array(y: Any) -> Any:
    return y if type(y) is Traced else np.asarray(y)


class NoForwardModeError(Exception):
    """A function can be differentiated in reverse mode only."""


class Plain(Backend):
    """Functions that take and return arrays, or what becomes one."""

    def evaluator(self, f: Flat, inputs: Arrays) -> Callable[[Arrays], Arrays]:
        """The function itself."""
        return lambda xs: [_array(y) for y in f(*xs)]


class Handwritten(Plain):
    """Derivatives that someone wrote: ``pullback(inputs, cotangents)`` gives the gradients."""

    def __init__(self, pullback: Callable[[Arrays, Arrays], Arrays], name: str) -> None:
        self.name = name
        self.pullback = pullback

    def vjp(self, f: Flat, inputs: Arrays, cotangents: Arrays) -> Arrays:
        """What was written."""
        return list(self.pullback(inputs, cotangents))

    def pushforward(self, f: Flat, inputs: Arrays) -> Callable[[Arrays], Arrays]:
        """There is no forward mode."""
        raise NoForwardModeError

    def gradient(self, f: Flat, cotangents: Arrays) -> Flat:
        """What was written, as a function whose own derivative can be checked."""
        return lambda *inputs: self.pullback(list(inputs), cotangents)


class Torch(Backend):
    """PyTorch: the function takes and returns tensors."""

    name = "torch"

    def __init__(self) -> None:
        self._torch = _imported("torch", "PyTorch")

    def _tensors(self, inputs: Arrays, differentiable: bool) -> Arrays:
        make = self._torch.tensor
        return [make(np.asarray(x)).requires_grad_(differentiable) for x in inputs]

    def evaluator(self, f: Flat, inputs: Arrays) -> Callable[[Arrays], Arrays]:
        """The function on tensors that ask for gradients, as its own backward pass may need."""
        return lambda xs: [y.numpy(force=True) for y in f(*self._tensors(xs, True))]

    def vjp(self, f: Flat, inputs: Arrays, cotangents: Arrays) -> Arrays:
        """``torch.autograd.grad``; complex gradients are conjugated to this engine's convention."""
        gradient = self.gradient(f, cotangents)
        return [g.numpy(force=True) for g in gradient(*self._tensors(inputs, True))]

    def pushforward(self, f: Flat, inputs: Arrays) -> Callable[[Arrays], Arrays]:
        """``torch.autograd.functional.jvp``."""
        functional = self._torch.autograd.functional

        def push(tangents: Arrays) -> Arrays:
            _, moved = functional.jvp(
                lambda *xs: tuple(f(*xs)),
                tuple(self._tensors(inputs, True)),
                tuple(self._tensors(tangents, False)),
                strict=False,
            )
            return [m.numpy(force=True) for m in moved]

        return push

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
                # real ones share their memory, so that it shows who writes into them
                [self._torch.as_tensor(np.conj(g) if np.iscomplexobj(g) else g) for _, g in used],
                create_graph=True,
                allow_unused=True,
            )
            found = [
                self._torch.zeros_like(x) if g is None else g
                for g, x in zip(found, xs, strict=True)
            ]
            return [g.conj() if g.is_complex() else g for g in found]

        return of


class Jax(Backend):
    """JAX: the function takes and returns its arrays. Run it in float64."""

    name = "jax"

    def __init__(self) -> None:
        self._jax = _imported("jax", "JAX")
        if not self._jax.config.jax_enable_x64:
            raise ValueError(
                "JAX computes in float32, which hides small faults: call "
                'jax.config.update("jax_enable_x64", True) first'
            )

    def _compiled(self, f: Callable[..., Any], *like: Any) -> Callable[..., Any]:
        """`f`, compiled if it can be: one that branches on numbers cannot."""
        compiled = self._jax.jit(f)
        try:
            compiled(*like)
        except (self._jax.errors.JAXTypeError, self._jax.errors.JAXIndexError):
            return f
        return compiled

    def evaluator(self, f: Flat, inputs: Arrays) -> Callable[[Arrays], Arrays]:
        """The compiled function."""
        asarray = self._jax.numpy.asarray
        compiled = self._compiled(lambda *xs: list(f(*xs)), *map(asarray, inputs))
        return lambda xs: [np.asarray(y) for y in compiled(*map(asarray, xs))]

    def vjp(self, f: Flat, inputs: Arrays, cotangents: Arrays) -> Arrays:
        """``jax.vjp``."""
        return [np.asarray(g) for g in self.gradient(f, cotangents)(*inputs)]

    def pushforward(self, f: Flat, inputs: Arrays) -> Callable[[Arrays], Arrays]:
        """``jax.jvp``."""
        asarray = self._jax.numpy.asarray

        def push(tangents: Arrays) -> Arrays:
            try:
                _, moved = self._jax.jvp(
                    lambda *xs: list(f(*xs)), [*map(asarray, inputs)], [*map(asarray, tangents)]
                )
            except TypeError as error:
                if "custom_vjp" in str(error):
                    raise NoForwardModeError("jax.custom_vjp has no forward mode") from None
                raise
            return [np.asarray(m) for m in moved]

        return push

    def gradient(self, f: Flat, cotangents: Arrays) -> Flat:
        """The pullback as a function of the inputs."""
        asarray = self._jax.numpy.asarray

        def of(*xs: Any) -> list[Any]:
            ys, pullback = self._jax.vjp(lambda *zs: list(f(*zs)), *map(asarray, xs))
            return list(
                pullback([asarray(g, y.dtype) for g, y in zip(cotangents, ys, strict=True)])
            )

        return of


class Autograd(Plain):
    """HIPS autograd: the function is written with ``autograd.numpy``."""

    name = "autograd"

    def __init__(self) -> None:
        self._core = _imported("autograd.core", "HIPS autograd")
        self._builtins = _imported("autograd.builtins", "HIPS autograd")

    def vjp(self, f: Flat, inputs: Arrays, cotangents: Arrays) -> Arrays:
        """``autograd.core.make_vjp``."""
        return [np.asarray(g) for g in self.gradient(f, cotangents)(*inputs)]

    def pushforward(self, f: Flat, inputs: Arrays) -> Callable[[Arrays], Arrays]:
        """``autograd.core.make_jvp``."""
        make_tuple = self._builtins.tuple
        run = self._core.make_jvp(lambda xs: make_tuple(f(*xs)), tuple(inputs))
        return lambda tangents: [np.asarray(m) for m in run(tuple(tangents))[1]]

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
