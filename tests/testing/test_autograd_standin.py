"""A program written for HIPS autograd runs on this package, under autograd's import names."""

import sys

import autograd_standin
import numpy as np
import pytest

PROGRAM = """
import autograd.numpy as np
import autograd.numpy.random as npr
import autograd.scipy.stats.norm as norm
from autograd import elementwise_grad, grad, value_and_grad
from autograd.extend import defvjp, primitive
from autograd.misc import flatten
from autograd.misc.optimizers import adam
from autograd.scipy.special import logsumexp

cube = primitive(lambda x: x**3)
defvjp(cube, lambda out, x: lambda g: 3 * g * x**2)

rs = npr.RandomState(0)
x, y = rs.randn(20, 2), rs.randn(20)
loss = lambda w, i: -np.sum(norm.logpdf(y, np.dot(x, w["slope"]) + w["at 0"]))
fitted = adam(grad(loss), {"at 0": 0.0, "slope": np.zeros(2)}, num_iters=2000, step_size=0.05)
flat, unflatten = flatten(fitted)
third = grad(grad(grad(cube)))(2.0)
both = value_and_grad(lambda a, b: logsumexp(np.array([a, b])), argnum=1)(0.0, 0.0)
slopes = elementwise_grad(elementwise_grad(np.tanh))(np.linspace(-1.0, 1.0, 5))
"""


@pytest.fixture
def named(monkeypatch):
    """The stand-in under autograd's names, whether autograd is installed or not."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "autograd"]:
        monkeypatch.delitem(sys.modules, name)
    modules = autograd_standin.modules()
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    return modules


def test_a_program_of_autograds_kind_runs_and_finds_what_is_known_otherwise(named):
    found = {}
    exec(PROGRAM, found)
    inputs = np.column_stack([np.ones(20), found["x"]])
    best = np.linalg.lstsq(inputs, found["y"])[0]
    np.testing.assert_allclose(found["flat"], best, atol=1e-6)
    assert sorted(found["unflatten"](found["flat"])) == ["at 0", "slope"]
    assert found["third"] == 6.0
    assert found["both"] == pytest.approx((np.log(2), 0.5), rel=1e-15)
    t = np.tanh(np.linspace(-1.0, 1.0, 5))
    np.testing.assert_allclose(found["slopes"], -2 * t * (1 - t * t), atol=1e-15)


def test_a_fixed_point_is_differentiated_by_the_implicit_function(named):
    fixed_point = named["autograd.misc.fixed_points"].fixed_point
    grad = named["autograd"].grad

    def root(a):
        return fixed_point(
            lambda a: lambda x: x - 0.2 * (x * x - a), a, 1.0, lambda x, y: np.abs(x - y), 1e-12
        )

    assert grad(root)(2.0) == pytest.approx(0.5 / np.sqrt(2), rel=1e-9)
    assert grad(grad(root))(2.0) == pytest.approx(-0.25 / 2**1.5, rel=1e-9)


def test_a_differential_equation_is_differentiated_by_its_adjoint(named):
    odeint = named["autograd.scipy.integrate"].odeint
    times = np.array([0.0, 0.5, 1.5])

    def total(y0, rate):
        return np.sum(odeint(lambda y, t, k: -k * y, y0, times, (rate,), rtol=1e-10, atol=1e-12))

    by_y0, by_rate = named["autograd"].grad(total, argnum=(0, 1))(np.array([2.0]), 0.7)
    decay = np.exp(-0.7 * times)
    np.testing.assert_allclose(by_y0, [np.sum(decay)], rtol=1e-7)
    np.testing.assert_allclose(by_rate, -np.sum(2.0 * times * decay), rtol=1e-7)


def test_images_are_convolved_as_scipy_convolves_each(named):
    scipy_signal = pytest.importorskip("scipy.signal")
    images, kernels = np.random.default_rng(0).standard_normal((2, 3, 4, 4))
    images, kernels = images[:2, None], kernels[None, :, :2, :3]
    convolve = named["autograd.scipy.signal"].convolve
    out = convolve(images, kernels, axes=([2, 3], [2, 3]), dot_axes=([1], [0]), mode="valid")
    for i in range(2):
        for k in range(3):
            each = scipy_signal.convolve(images[i, 0], kernels[0, k], mode="valid")
            np.testing.assert_allclose(out[i, k], each, atol=1e-14)
