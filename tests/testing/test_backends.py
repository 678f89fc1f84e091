"""Gradients of other libraries, each tested against the real one where it is installed."""

import importlib

import numpy as np
import pytest

from tinygrad_xor.testing import FACTOR, GradientError, check_gradients

X = np.array([0.5, 1.0, -2.0])
Z = np.array([1 + 1j, 2.0, 0.5 - 2j])


def torch_case():
    torch = pytest.importorskip("torch")

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**2

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 3 * g * x

    return torch, lambda t: t.tanh(), Wrong.apply, torch.abs


def jax_case():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)

    @jax.custom_vjp
    def wrong(x):
        return x**2

    wrong.defvjp(lambda x: (x**2, x), lambda x, g: (3 * g * x,))
    return jax.numpy, jax.numpy.tanh, wrong, jax.numpy.abs


def autograd_case():
    anp = pytest.importorskip("autograd.numpy")
    extend = importlib.import_module("autograd.extend")
    wrong = extend.primitive(lambda x: x**2)
    extend.defvjp(wrong, lambda y, x: lambda g: 3 * g * x)
    extend.defjvp(wrong, lambda g, y, x: 3 * g * x)
    return anp, anp.tanh, wrong, anp.abs


CASES = {"torch": torch_case, "jax": jax_case, "autograd": autograd_case}


@pytest.mark.parametrize("backend", CASES)
def test_right_gradients_of_another_library_pass_to_second_order(backend):
    _, tanh, _, _ = CASES[backend]()

    def f(params, x):
        return {"y": tanh(params["w"] * x), "sum": (params["w"] * x).sum()}

    report = check_gradients(f, {"w": X}, 2 * X, backend=backend)
    assert report.worst < FACTOR
    assert {(c.order, c.mode) for c in report.comparisons} == {
        (1, "reverse"),
        (1, "forward"),
        (2, "reverse"),
        (2, "forward"),
    }


@pytest.mark.parametrize("backend", CASES)
def test_a_wrong_gradient_of_another_library_is_found(backend):
    _, _, wrong, _ = CASES[backend]()
    with pytest.raises(GradientError, match=rf"{backend} gives .*(\n.*)*ratio of the two is 1\.5"):
        check_gradients(wrong, X, backend=backend, order=1, modes=("reverse",))


@pytest.mark.parametrize("backend", CASES)
def test_complex_gradients_of_another_library_are_taken_in_its_convention(backend):
    absolute = CASES[backend]()[3]
    report = check_gradients(
        lambda z: absolute(z * z), Z, backend=backend, order=1, modes=("reverse",)
    )
    assert report.worst < FACTOR


def test_a_library_that_is_not_there_is_named_with_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(ImportError, match="PyTorch needs it: pip install torch"):
        check_gradients(np.sin, X, backend="torch")
