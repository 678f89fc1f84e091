"""A derivative of one's own: used in every transform, checked when it is called."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value, custom_vjp, grad, hessian, jvp, value_and_grad, vjp


def cube_with(backward):
    @custom_vjp
    def cube(x):
        return x**3

    cube.defvjp(lambda x: (x**3, x), backward)
    return cube


def right(x, g):
    return (3 * g * x**2,)


@given(st.floats(-3, 3))
def test_the_derivative_given_is_the_one_that_is_used(x):
    wrong_on_purpose = cube_with(lambda kept, g: (7 * g,))
    assert value_and_grad(wrong_on_purpose)(x) == (x**3, 7.0)
    assert grad(lambda v: 2 * wrong_on_purpose(v))(x) == 14.0


@given(st.floats(-3, 3))
def test_higher_orders_differentiate_what_was_given(x):
    cube = cube_with(right)
    for order, expected in ((1, 3 * x**2), (2, 6 * x), (3, 6.0)):
        f = cube
        for _ in range(order):
            f = grad(f)
        assert f(x) == pytest.approx(expected, abs=1e-12)
    assert jvp(cube, (x,), (2.0,))[1] == pytest.approx(6 * x**2)
    assert hessian(cube)(x) == pytest.approx(6 * x)


def test_the_forward_function_runs_once_for_a_gradient():
    calls = []

    @custom_vjp
    def double(x):
        return 2 * x

    def forward(x):
        calls.append(x)
        return 2 * x, None

    double.defvjp(forward, lambda kept, g: (2 * g,))
    assert grad(double)(1.0) == 2.0
    assert calls == [1.0]


def test_what_forward_keeps_may_be_anything():
    scaled_by_name = custom_vjp(lambda x, how: x * 3.0, nondiff_argnums=(1,))
    scaled_by_name.defvjp(
        lambda x, how: (x * 3.0, {"name": how, "shape": x.shape}),
        lambda how, kept, g: (g * (3.0 if kept["name"] == how else 0.0),),
    )
    x = Value([1.0, 2.0])
    scaled_by_name(x, "three").sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_arguments_and_results_may_be_nested():
    @custom_vjp
    def affine(params, x):
        return {"y": params["W"] @ x + params["b"], "norm": np.sum(x * x)}

    def forward(params, x):
        return affine(params, x), (params, x)

    def backward(kept, g):
        params, x = kept
        by_params = {"W": np.outer(g["y"], x), "b": g["y"]}
        return by_params, params["W"].T @ g["y"] + 2 * x * g["norm"]

    affine.defvjp(forward, backward)

    def plain(params, x):
        return {"y": params["W"] @ x + params["b"], "norm": np.sum(x * x)}

    params = {"W": np.arange(6.0).reshape(2, 3), "b": np.ones(2)}
    x = np.array([1.0, -1.0, 2.0])
    g = {"y": np.array([1.0, 10.0]), "norm": 3.0}
    for function in (affine, plain):
        out, pullback = vjp(function, params, x)
        by_params, by_x = pullback(g)
        assert out["y"].tolist() == [4.0, 10.0]
        assert out["norm"] == 6.0
        assert by_params["W"].tolist() == [[1, -1, 2], [10, -10, 20]]
        assert by_params["b"].tolist() == [1.0, 10.0]
        assert np.allclose(by_x, params["W"].T @ g["y"] + 6 * x)


def test_an_argument_without_a_gradient_may_be_none_in_the_answer():
    @custom_vjp
    def first(x, y):
        return 1.0 * x

    first.defvjp(lambda x, y: (1.0 * x, None), lambda kept, g: (g, None))
    assert grad(first, argnums=(0, 1))(2.0, np.ones(3))[1].tolist() == [0.0, 0.0, 0.0]


def test_what_is_no_value_reaches_the_functions_as_it_was_given():
    @custom_vjp
    def pick(x, i, how):
        return x[i], {"how": how}

    pick.defvjp(
        lambda x, i, how: ((x[i], {"how": how}), (np.shape(x), i)),
        lambda kept, g: (np.zeros(kept[0]) + np.eye(kept[0][0])[kept[1]] * g[0], None, None),
    )
    y, said = pick(Value(np.arange(3.0)), 1, "by name")
    assert (y.data, said) == (1.0, {"how": "by name"})
    assert grad(lambda x: pick(x, 1, how="by name")[0])(np.arange(3.0)).tolist() == [0, 1, 0]


def test_every_argument_keeps_its_dtype():
    seen = []

    @custom_vjp
    def product(x, y, z):
        return np.real(x * y * z)

    def forward(x, y, z):
        seen.extend(np.asarray(a).dtype for a in (x, y, z))
        return np.real(x * y * z), (x, y, z)

    product.defvjp(
        forward, lambda k, g: (np.real(g * k[1] * k[2]), g * k[0] * k[2], g * k[0] * k[1])
    )
    gradients = grad(product, (0, 1, 2))(np.float32(2.0), 3.0, 1 + 1j)
    assert seen == [np.float32, np.float64, np.complex128]
    assert [np.asarray(g).dtype for g in gradients] == [np.float32, np.float64, np.complex128]


def test_arguments_may_be_given_by_name_or_left_out():
    power = custom_vjp(lambda x, n=2: x**n, nondiff_argnums=(1,))
    power.defvjp(lambda x, n: (x**n, x), lambda n, x, g: (g * n * x ** (n - 1),))
    assert (power(3.0), power(3.0, n=3)) == (9.0, 27.0)
    assert (grad(power)(3.0), grad(lambda x: power(x, n=3))(3.0)) == (6.0, 27.0)
    with pytest.raises(TypeError, match=r"is not differentiated by its arguments \(1,\)"):
        power(3.0, Value(2.0))


def test_a_derivative_that_is_not_linear_has_no_forward_mode():
    clipped = custom_vjp(lambda x: 1.0 * x)
    clipped.defvjp(lambda x: (1.0 * x, None), lambda kept, g: (np.clip(g, -1, 1),))
    assert grad(lambda x: 5 * clipped(x))(2.0) == 1.0
    with pytest.raises(TypeError, match=r"is not linear in the gradient.*use reverse mode"):
        jvp(clipped, (2.0,), (1.0,))


def test_without_values_it_is_the_plain_function():
    cube = cube_with(right)
    assert type(cube(2.0)) is float
    assert cube.__name__ == "cube"


def test_the_mistakes_of_a_derivative_are_told_apart():
    @custom_vjp
    def nothing_yet(x):
        return x

    with pytest.raises(TypeError, match=r"nothing_yet has no derivative yet.*defvjp"):
        nothing_yet(1.0)
    with pytest.raises(
        TypeError, match=r"backward function of cube must return a tuple of 1 .*not 2"
    ):
        grad(cube_with(lambda x, g: (g, g)))(1.0)
    no_pair = custom_vjp(lambda x: x)
    no_pair.defvjp(lambda x: x, lambda kept, g: (g,))
    with pytest.raises(TypeError, match=r"must return a pair, the output and .*, not float"):
        grad(no_pair)(1.0)
    with pytest.raises(TypeError, match=r"must return a tuple of 1 gradients.*not float"):
        grad(cube_with(lambda x, g: g))(1.0)
    with pytest.raises(
        ValueError, match=r"a gradient of shape \(2,\) for an argument of shape \(\)"
    ):
        grad(cube_with(lambda x, g: (np.ones(2),)))(1.0)
