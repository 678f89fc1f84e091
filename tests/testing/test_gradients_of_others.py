"""check_gradients on right gradients that others wrote, and on what their libraries hide."""

import numpy as np
import pytest

from tinygrad_xor.testing import GradientError, check_gradients

X = np.array([0.3, -0.8, 1.2])


@pytest.fixture
def jax():
    module = pytest.importorskip("jax")
    module.config.update("jax_enable_x64", True)
    return module


def test_where_jax_has_no_forward_mode_the_report_says_so_and_reverse_is_checked(jax):
    def of(scale):
        f = jax.custom_vjp(jax.numpy.sin)
        f.defvjp(lambda x: (jax.numpy.sin(x), x), lambda x, g: (scale * g * jax.numpy.cos(x),))
        return f

    report = check_gradients(of(1.0), X, backend="jax")
    assert set(report.notes) == {"forward mode was not checked: jax.custom_vjp has no forward mode"}
    assert (1, "forward") not in {(c.order, c.mode) for c in report.comparisons}
    assert any(c.order == 2 for c in report.comparisons)
    with pytest.raises(GradientError):
        check_gradients(of(1.001), X, backend="jax")


def test_functions_of_jax_are_compiled_so_that_python_runs_them_a_few_times_only(jax):
    calls = []

    def f(x):
        calls.append(1)
        return jax.lax.scan(lambda c, _: (jax.numpy.sin(c) * x, None), x, None, length=10)[0]

    report = check_gradients(f, np.tile(X, 3), backend="jax", order=1)
    assert report.calls > 15
    assert len(calls) < report.calls / 2


def test_attention_of_jax_is_seen_to_compute_in_float32_and_is_right_as_that(jax):
    heads = np.random.default_rng(0).standard_normal((3, 1, 4, 2, 3))
    attention = jax.nn.dot_product_attention
    with pytest.raises(GradientError, match="is computed in float32"):
        check_gradients(attention, *heads, backend="jax", order=1)
    how = {"backend": "jax", "order": 1, "modes": ("reverse",)}
    assert check_gradients(attention, *heads, precision="float32", **how)


def test_a_backward_of_torch_that_writes_into_its_gradient_is_found():
    torch = pytest.importorskip("torch")

    class Careless(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        def backward(ctx, g):
            return g.mul_(2)

    with pytest.raises(GradientError, match="writes into the gradient that it is given"):
        check_gradients(Careless.apply, X, backend="torch", order=1)


def test_a_gradient_of_torch_that_is_zero_everywhere_is_taken():
    torch = pytest.importorskip("torch")
    assert check_gradients(torch.nn.functional.l1_loss, X, 2 * X, backend="torch")


def test_one_sixth_in_float32_is_told_from_one_sixth():
    torch = pytest.importorskip("torch")
    with pytest.raises(GradientError, match="the rule computes in single precision"):
        check_gradients(torch.nn.functional.hardsigmoid, X, backend="torch", order=1)


@pytest.mark.parametrize("rtol", [1e-3, 1e-10])
def test_the_tolerance_of_a_solver_is_its_noise(rtol):
    integrate = pytest.importorskip("scipy.integrate")

    def decayed(p):  # y' = -p y from y(0) = p
        rate, start = np.asarray(p, float)
        how = {"rtol": rtol, "atol": rtol / 1000}
        return integrate.solve_ivp(lambda t, y: [-rate * y[0]], (0, 1), [start], **how).y[0, -1]

    gradient = lambda p: np.exp(-p[0]) * np.array([-p[1], 1.0])
    at = np.array([0.7, 1.3])
    assert check_gradients(decayed, at, gradient=gradient, noise=rtol)
    with pytest.raises(GradientError):
        check_gradients(decayed, at, gradient=lambda p: 2 * gradient(p), noise=rtol)
