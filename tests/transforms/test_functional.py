"""Derivatives of functions: values, nesting, trees, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value
from tinygrad_xor.derivatives.losses import sigmoid_crossentropy
from tinygrad_xor.engine import newest_first
from tinygrad_xor.transforms import (
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    stop_gradient,
    value_and_grad,
    vjp,
)

points = st.floats(-2, 2)
vectors = st.lists(points, min_size=3, max_size=3).map(np.array)


def banana(x):
    """Rosenbrock's function of three numbers."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


@given(points)
def test_derivatives_of_every_order_of_the_sine(x):
    expected = [np.sin(x), np.cos(x), -np.sin(x), -np.cos(x)]
    f = np.sin
    for order in range(1, 6):
        f = grad(f)
        assert f(x) == pytest.approx(expected[order % 4], abs=1e-12)


@given(points, points)
def test_the_gradient_of_plain_numpy_code_is_plain_arrays(a, b):
    gradient = grad(lambda x: np.sum(np.exp(x) * x))(np.array([a, b]))
    assert type(gradient) is np.ndarray
    assert np.allclose(gradient, [np.exp(a) * (1 + a), np.exp(b) * (1 + b)])
    assert type(grad(np.tanh)(a)) is float


def test_argnums_chooses_the_arguments():
    def f(x, y, z):
        return x * y * y * z

    assert grad(f)(2.0, 3.0, 5.0) == 45.0
    assert grad(f, 1)(2.0, 3.0, 5.0) == 60.0
    assert grad(f, (2, 0))(2.0, 3.0, 5.0) == (18.0, 45.0)
    assert grad(f, argnums=-1)(2.0, 3.0, 5.0) == 18.0


def test_the_gradient_of_a_tree_is_a_tree_of_the_same_form():
    def loss(parameters, x):
        return np.sum((x @ parameters["W"] + parameters["b"][0]) ** 2)

    parameters = {"W": np.ones((2, 3)), "b": (np.zeros(3), None)}
    gradient = grad(loss)(parameters, np.array([[1.0, 2.0]]))
    assert gradient["W"].tolist() == [[6.0] * 3, [12.0] * 3]
    assert gradient["b"][0].tolist() == [6.0] * 3
    assert gradient["b"][1] is None


def test_aux_is_returned_beside_the_gradient():
    def f(x):
        y = np.sin(x)
        return y * y, {"sine": y}

    gradient, aux = grad(f, has_aux=True)(1.0)
    assert gradient == pytest.approx(np.sin(2.0))
    assert aux == {"sine": np.sin(1.0)}
    assert type(aux["sine"]) is float
    (value, aux), _ = value_and_grad(f, has_aux=True)(1.0)
    assert value == aux["sine"] ** 2


def test_aux_must_come_in_a_pair():
    with pytest.raises(TypeError, match="returns a pair"):
        grad(lambda x: x, has_aux=True)(1.0)


@given(vectors, vectors)
def test_a_hessian_is_symmetric_and_hvp_is_its_product(x, v):
    h = hessian(banana)(x)
    assert np.allclose(h, h.T, rtol=1e-12, atol=1e-9)
    assert np.allclose(hvp(banana, (x,), (v,)), h @ v, rtol=1e-9, atol=1e-9)


@given(vectors, vectors, vectors)
def test_forward_and_reverse_mode_agree_to_rounding(x, u, v):
    def f(x):
        return np.tanh(x) * np.exp(x[::-1]) - x[0]

    _, pushed = jvp(f, (x,), (u,))
    _, pullback = vjp(f, x)
    assert np.dot(v, pushed) == pytest.approx(np.dot(pullback(v)[0], u), rel=1e-12, abs=1e-12)
    assert np.allclose(jacobian(f)(x) @ u, pushed, rtol=1e-12, atol=1e-12)


def test_vjp_of_several_inputs_and_outputs():
    out, pullback = vjp(lambda x, y: (x * y, {"sum": x + y}), 3.0, 4.0)
    assert out == (12.0, {"sum": 7.0})
    assert pullback((1.0, {"sum": 10.0})) == (14.0, 13.0)


def test_a_pullback_is_differentiated_by_its_gradient_and_plain_numbers_come_out():
    _, pullback = vjp(lambda x: x * x, 3.0)
    assert repr(grad(lambda g: pullback(g)[0])(1.0)) == "6.0"
    _, pullback = vjp(np.tanh, np.zeros(2))
    slope = jacobian(lambda g: pullback(g)[0])(np.ones(2))
    assert type(slope) is np.ndarray
    assert slope.tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_hvp_takes_several_arguments_and_is_differentiated_by_either_tuple():
    def f(x, y):
        return np.sum(x**3) * y

    x, y, u = np.array([1.0, 2.0]), 3.0, np.array([1.0, 0.0])
    by_x, by_y = hvp(f, (x, y), (u, 10.0))
    assert by_x.tolist() == [18.0 + 30.0, 120.0]
    assert by_y == 3.0
    assert grad(lambda y: hvp(f, (x, y), (u, 0.0))[0][0])(y) == 6.0
    assert grad(lambda v: hvp(f, (x, y), (u, v))[0][0])(0.0) == 3.0


@pytest.mark.parametrize("transform", [jvp, hvp])
def test_tangents_out_of_a_tuple_are_refused(transform):
    with pytest.raises(TypeError, match=rf"{transform.__name__}\(\) takes the tangents in a tuple"):
        transform(np.sum, (np.ones(2),), np.ones(2))


def test_jvp_of_several_inputs_and_outputs():
    out, tangent = jvp(lambda x, y: [x * y, x + y, 1.0], (3.0, 4.0), (1.0, 10.0))
    assert out == [12.0, 7.0, 1.0]
    assert tangent == [34.0, 11.0, 0.0]


def test_an_output_that_is_the_input_and_an_input_that_is_not_used():
    assert vjp(lambda x, y: x, 3.0, np.ones(2))[1](5.0)[0] == 5.0
    assert vjp(lambda x, y: x, 3.0, np.ones(2))[1](5.0)[1].tolist() == [0.0, 0.0]
    assert jvp(lambda x: x, (3.0,), (2.0,)) == (3.0, 2.0)
    assert grad(lambda x: 7.0)(3.0) == 0.0


def test_perturbations_are_not_confused_when_functions_close_over_each_other():
    # Siskind and Pearlmutter, 2005: the right answer is 1, a confused one is 2
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert jvp(lambda x: x * jvp(lambda y: x + y, (1.0,), (1.0,))[1], (1.0,), (1.0,))[1] == 1.0
    # the inner derivative depends on the outer variable: d/dx x·(2xy) at y = x
    assert grad(lambda x: x * grad(lambda y: x * y * y)(x))(3.0) == 6 * 3.0**2
    assert grad(lambda x: grad(lambda y: grad(lambda z: x * y * z * z)(y))(x))(2.0) == 16.0


@given(points)
def test_transforms_compose_in_any_order(x):
    def f(x):
        return np.sin(x) * x

    second = 2 * np.cos(x) - x * np.sin(x)
    assert grad(grad(f))(x) == pytest.approx(second, abs=1e-12)
    assert jvp(grad(f), (x,), (1.0,))[1] == pytest.approx(second, abs=1e-12)
    assert grad(lambda x: jvp(f, (x,), (1.0,))[1])(x) == pytest.approx(second, abs=1e-12)
    assert grad(lambda x: vjp(f, x)[1](1.0)[0])(x) == pytest.approx(second, abs=1e-12)
    inner = jvp(lambda y: jvp(f, (y,), (1.0,))[1], (x,), (1.0,))[1]
    assert inner == pytest.approx(second, abs=1e-12)


def test_a_gradient_by_values_from_outside_is_a_value_that_can_be_differentiated():
    w = Value(2.0, label="w")
    slope = grad(lambda x: w * x * x)(3.0)
    slope.backward()
    assert slope.data == 12.0
    assert w.grad == 6.0


def test_an_inner_gradient_does_not_walk_the_graph_around_it(monkeypatch):
    from tinygrad_xor.transforms import functional

    walked = []

    def counting(*roots, since=0):
        nodes = newest_first(*roots, since=since)
        walked.append(len(nodes))
        return nodes

    monkeypatch.setattr(functional, "newest_first", counting)

    def outer(x):
        for _ in range(500):
            x = x + 1.0
        return grad(lambda y: x * y * y)(3.0)

    assert grad(outer)(1.0) == 6.0
    assert walked[0] < 10  # the inner call comes first
    assert walked[1] > 500


def test_stop_gradient_makes_a_constant_of_a_tree():
    assert grad(lambda x: x * stop_gradient({"a": [x]})["a"][0])(3.0) == 3.0


def test_the_hessian_of_a_networks_loss_is_symmetric():
    x, y = np.array([[0.5, -1.0], [1.0, 0.25]]), np.array([[1.0], [0.0]])

    def loss(kernel):
        out = np.tanh(x @ kernel) @ np.array([[1.0], [-2.0], [0.5]])
        return np.mean(sigmoid_crossentropy(out, y))

    kernel = np.array([[0.1, -0.2, 0.3], [0.4, 0.5, -0.6]])
    h = hessian(loss)(kernel)
    assert h.shape == (2, 3, 2, 3)
    h = h.reshape(6, 6)
    assert np.allclose(h, h.T, rtol=1e-12, atol=1e-15)
    assert np.abs(h).max() > 0.01


@pytest.mark.parametrize("transform", [grad, value_and_grad])
def test_the_gradient_of_several_numbers_is_refused_with_their_shape(transform):
    with pytest.raises(ValueError, match=r"one number, not of shape \[\(3,\)\]"):
        transform(np.sin)(np.ones(3))


def test_cotangents_and_tangents_of_a_wrong_shape_are_refused():
    with pytest.raises(ValueError, match=r"the cotangent of shapes \[\(3,\)\]"):
        vjp(np.sin, np.ones(2))[1](np.ones(3))
    with pytest.raises(ValueError, match=r"the tangents of shapes \[\(3,\)\]"):
        jvp(np.sin, (np.ones(2),), (np.ones(3),))


@pytest.mark.parametrize("argnums", ["x", ("x", "y"), 1.0, np.array([0, 1]), None], ids=repr)
@pytest.mark.parametrize("transform", [grad, jacobian, hessian])
def test_arguments_are_chosen_by_whole_numbers(transform, argnums):
    with pytest.raises(TypeError, match="arguments are chosen by their places, 0 for the first"):
        transform(lambda x, y: x * y, argnums)(1.0, 2.0)
