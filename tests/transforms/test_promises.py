"""What users may rely on, whatever the function: forms, types, ownership, and clear mistakes."""

import numpy as np
import pytest

from tinygrad_xor import (
    Value,
    detect_anomaly,
    grad,
    hessian,
    hvp,
    jvp,
    no_grad,
    value_and_grad,
    vjp,
)

# -- plain in, plain out -----------------------------------------------------------------------


def test_the_outermost_transform_gives_plain_numbers_whatever_happens_inside():
    def with_a_constant_value(x):
        with no_grad():
            c = x * x
        return x * c * Value(1.0)

    for result in (
        grad(lambda w: grad(lambda x: w * x**2)(3.0))(1.0),
        grad(lambda w: hessian(lambda x: w * x**3)(2.0))(1.0),
        grad(with_a_constant_value)(2.0),
        vjp(with_a_constant_value, 2.0)[0],
    ):
        assert not isinstance(result, Value)
    assert grad(lambda w: grad(lambda x: w * x**2)(3.0))(1.0) == 6.0


@pytest.mark.parametrize(
    "aux_of",
    [
        lambda f, x: grad(f, has_aux=True)(x)[1],
        lambda f, x: value_and_grad(f, has_aux=True)(x)[0][1],
        lambda f, x: vjp(f, x, has_aux=True)[2],
        lambda f, x: jvp(f, (x,), (1.0,), has_aux=True)[2],
    ],
    ids=["grad", "value_and_grad", "vjp", "jvp"],
)
def test_what_a_function_returns_beside_its_output_keeps_its_gradient(aux_of):
    assert grad(lambda w: aux_of(lambda x: (x * x, x * w), 3.0))(2.0) == 3.0


def test_gradients_are_arrays_of_their_own():
    a, b = grad(lambda a, b: np.sum((a + b) ** 2), (0, 1))(np.ones(2), np.ones(2))
    a *= 0.5
    assert b.tolist() == [4.0, 4.0]
    g = np.ones(2)
    assert vjp(lambda x: x + 0, np.ones(2))[1](g)[0] is not g
    assert jvp(lambda x: x, (np.ones(2),), (g,))[1] is not g
    spread = grad(np.sum)(np.ones((2, 2)))
    spread[0, 0] = 5.0  # and can be written into


# -- nested arguments --------------------------------------------------------------------------


def test_dicts_are_matched_by_their_keys():
    _, pullback = vjp(lambda x: {"a": 10 * x, "b": x}, 1.0)
    assert pullback({"b": 1.0, "a": 0.0}) == (1.0,)

    def f(d):
        return d["a"] ** 2 * d["b"]

    primal, tangent = {"a": 1.0, "b": 2.0}, {"b": 1.0, "a": 0.0}
    assert jvp(f, (primal,), (tangent,))[1] == 1.0
    assert hvp(f, (primal,), (tangent,)) == {"a": 2.0, "b": 0.0}


@pytest.mark.parametrize("tangent", [(0.0, 1.0), {"x": 0.0, "y": 1.0}, {"a": 1.0}, 1.0, None])
def test_another_form_is_refused_with_both_forms(tangent):
    with pytest.raises(ValueError, match=r"the tangents must be shaped like .* is wanted"):
        jvp(lambda d: d["a"] * d["b"], ({"a": 1.0, "b": 2.0},), (tangent,))


# -- which arguments ---------------------------------------------------------------------------


def product(a, b):
    return a * b


def test_arguments_may_be_counted_from_the_end_and_by_numpys_integers():
    assert grad(product, -1)(2.0, 3.0) == 2.0
    assert grad(product, np.int64(1))(2.0, 3.0) == 2.0
    assert grad(product, (-1, 0))(2.0, 3.0) == (2.0, 3.0)


def test_arguments_that_are_not_there_are_refused():
    with pytest.raises(ValueError, match="argnums=5, but the function was given 2 arguments"):
        grad(product, 5)(2.0, 3.0)
    with pytest.raises(ValueError, match="by name are not differentiated"):
        grad(product, 1)(2.0, b=3.0)
    with pytest.raises(ValueError, match="names an argument twice"):
        grad(product, (0, -2))(2.0, 3.0)


def test_a_complex_value_as_tangent_of_a_real_number_is_refused():
    with pytest.raises(TypeError, match="the tangents must be real, as float64 is, not complex"):
        jvp(np.sin, (1.0,), (Value(1j),))


# -- anomalies in forward mode -----------------------------------------------------------------


def test_in_forward_mode_too_the_line_of_the_operation_is_named():
    def loss(x):
        y = np.sqrt(x)
        return np.sum(y)

    with (
        pytest.raises(FloatingPointError) as error,
        detect_anomaly(),
        np.errstate(all="ignore"),
    ):
        jvp(loss, (np.array([0.0, 1.0]),), (np.ones(2),))
    assert "in the derivative of sqrt" in str(error.value)
    assert '"y = np.sqrt(x)"' in str(error.value)
