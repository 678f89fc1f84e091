"""What check_gradients says: numbers that are derivatives, names that people gave, a line each."""

import math

import numpy as np
import pytest

from tinygrad_xor import custom_vjp
from tinygrad_xor.testing import GradientError, check_gradients

X = np.array([0.5, 1.0, -2.0])


def failure(*args, **how):
    report = check_gradients(*args, raise_exception=False, **how)
    assert not report
    assert not report.passed
    return report.failure


# -- numbers -----------------------------------------------------------------------------------


def test_a_scalar_output_has_the_weight_one():
    said = failure(lambda x: np.sum(x**3), np.array([1.0, 2.0]), gradient=lambda x: 2 * x**2)
    assert "gives 2, differences give 3 ±" in said


def test_of_an_array_the_output_element_is_named():
    wrong = custom_vjp(lambda x: x**3)
    wrong.defvjp(lambda x: (x**3, x), lambda x, g: (2 * g * x**2 + g * x**2 * (x < 1),))
    said = failure(wrong, np.array([0.5, 2.0]), order=1)
    assert "by x[1] of output[1]: tinygrad_xor gives 8, differences give 12 ±" in said


def test_where_outputs_are_mixed_wrongly_it_says_that_they_were_weighed():
    wrong = custom_vjp(lambda x: 2 * x)
    wrong.defvjp(lambda x: (2 * x, None), lambda _, g: (2 * g * (1 + (np.count_nonzero(g) > 1)),))
    assert "of all outputs, weighed by random numbers" in failure(wrong, X, order=1)


def test_what_is_not_deterministic_is_shown_with_numbers_that_differ():
    rng = np.random.default_rng(0)
    said = failure(lambda x: x + 1e-12 * rng.random(), X)
    one, other = said.partition("it gives ")[2].partition(". Fix")[0].split(" and ")
    assert float(one) != float(other)


# -- names -------------------------------------------------------------------------------------


def layer(params, x, scale):
    return np.sum(np.tanh(params["W1"] @ x + params["b"]) * scale)


def test_arguments_keep_their_names_with_a_line_for_each_that_is_wrong():
    params = {"W1": np.full((2, 3), 0.1), "b": np.array([0.1, 0.2])}

    def gradient(params, x, scale):
        t = np.tanh(params["W1"] @ x + params["b"])
        d = (1 - t**2) * scale
        return {"W1": np.outer(d, x) + np.eye(2, 3), "b": 2 * d}, params["W1"].T @ d, np.sum(t)

    said = failure(layer, params, X, 1.5, gradient=gradient)
    assert 'by params["W1"][' in said.splitlines()[0]
    assert '  params["W1"]: 2 of 6 derivatives are wrong: the worst by params["W1"][' in said
    assert '  params["b"]: 2 of 2 derivatives are wrong' in said
    assert "  right: x, scale" in said.splitlines()


def test_the_report_is_one_line_as_repr_and_a_table_when_printed():
    report = check_gradients(layer, {"W1": np.eye(2, 3), "b": np.ones(2)}, X, 1.5)
    assert repr(report).startswith("<Report: right, ")
    assert "\n" not in repr(report)
    lines = str(report).splitlines()
    assert lines[0].split() == ["order,", "mode", "by", "compared", "worst", "would", "see"]
    assert lines[1].startswith('1 reverse    params["W1"]')
    assert report.seconds > 0


# -- the function's own trouble ----------------------------------------------------------------


def test_an_error_at_some_steps_means_smaller_ones():
    def guarded(p):
        if p > 1:
            raise ValueError("no probability")
        return math.log(p) if isinstance(p, float) else np.log(p)

    assert check_gradients(guarded, 1.0 - 1e-4, gradient=lambda p: 1 / p)


def test_an_error_at_every_step_is_told_with_the_point():
    def only_at_one(x):
        if x != 1.0:
            raise ArithmeticError("only at one")
        return x

    said = failure(only_at_one, 1.0, gradient=lambda x: 1.0)
    assert "raises ArithmeticError: only at one" in said
    assert "moved from x = 1.0" in said or "moved from x = 1" in said


def test_a_function_that_asks_for_symmetric_matrices_gets_symmetric_steps():
    def careful(a):
        if not np.array_equal(a, a.T):
            raise ValueError("not symmetric")
        return np.sum(np.linalg.inv(a))

    def gradient(a):
        inverse = np.linalg.inv(a)
        return -inverse.T @ np.ones((2, 2)) @ inverse.T

    matrix = np.array([[2.0, 0.3], [0.3, 1.0]])
    report = check_gradients(careful, matrix, gradient=gradient)
    assert len(report.comparisons) == 3
    assert failure(careful, matrix, gradient=lambda a: gradient(a) + np.eye(2))


def test_a_function_that_reads_one_triangle_gets_symmetric_steps():
    def log_determinant(a):
        return 2 * np.sum(np.log(np.diag(np.linalg.cholesky(a))))

    matrix = np.array([[2.0, 0.3], [0.3, 1.0]])
    assert check_gradients(log_determinant, matrix, gradient=np.linalg.inv)
    assert failure(log_determinant, matrix, gradient=lambda a: 2 * np.linalg.inv(a))


def test_whole_numbers_among_the_arguments_are_held_with_a_word():
    report = check_gradients(lambda x, n, flag: x**n if flag else x, 2.0, 3, True)
    assert {c.argument for c in report.comparisons if c.mode == "reverse"} == {"x"}
    assert report.notes == ["held fixed, as whole numbers are: n, flag"]
    asked = check_gradients(lambda x, n: x**n, 2.0, 3, argnums=(0, 1))
    assert {c.argument for c in asked.comparisons if c.mode == "reverse"} == {"x", "n"}
    assert check_gradients(lambda x: x**3, 2).comparisons


def test_a_boolean_output_is_refused_with_a_sentence():
    with pytest.raises(TypeError, match="returns booleans, which have no derivative"):
        check_gradients(lambda x: x > 0, X)


def test_float32_is_checked_where_it_is_asked_for():
    x = X.astype(np.float32)
    f = lambda x: np.sum(np.sin(x) * x)
    assert check_gradients(f, x, precision="float32", order=1)
    assert check_gradients(f, x, rtol=1e-2, atol=1e-2, order=1)
    right = lambda x: np.sin(x) + x * np.cos(x)
    with pytest.raises(GradientError):
        check_gradients(f, x, precision="float32", gradient=lambda x: 1.5 * right(x))


def test_a_nan_among_the_arguments_leaves_the_others_alone():
    x = np.array([1.0, np.nan, 3.0])
    f = lambda x: np.sum(np.where(np.isnan(x), 0.0, x**2))
    said = failure(f, x, gradient=lambda x: np.where(np.isnan(x), 0.0, 2 * x + (x > 2)))
    assert "by x[2]" in said
    assert "1 of 2 derivatives are wrong" in said
    report = check_gradients(f, x, gradient=lambda x: np.where(np.isnan(x), 0.0, 2 * x))
    assert report.notes == ["not moved, as it is not finite: x[1]"]


def test_an_approximate_derivative_gets_a_hint_at_the_tolerance():
    said = failure(np.exp, 0.5, gradient=lambda x: np.exp(x) * 1.0002)
    assert "pass rtol=1e-03" in said


# -- what people hand over -----------------------------------------------------------------------


def test_a_function_that_returns_value_and_gradient_is_checked():
    right = lambda x: (np.sum(x**2), 2 * x)
    wrong = lambda x: (np.sum(x**2), 3 * x)
    assert check_gradients(right, X, gradient=True)
    assert "by x[" in failure(wrong, X, gradient=True)
    with pytest.raises(TypeError, match="a pair of value and gradient"):
        check_gradients(np.sum, X, gradient=True)


def test_a_pair_that_may_be_value_and_gradient_is_asked_about():
    wrong = lambda x: (np.sum(x**2), 3 * x)
    with pytest.raises(ValueError, match="shape of x: pass gradient=True if that is its gradient"):
        check_gradients(wrong, X)
    assert check_gradients(wrong, X, gradient=False)
    of_two = lambda x, y: (np.sum(x**2) * y, [2 * x * y, np.sum(x)])
    with pytest.raises(ValueError, match="arrays of the shape of x, y: pass gradient=True"):
        check_gradients(of_two, X, 2.0)
    for plain in (lambda x: (np.sum(x), x[:2]), lambda x: (x, 2 * x), lambda x: {"a": x, "b": 1.0}):
        assert check_gradients(plain, X, order=1)
    assert check_gradients(lambda x: (np.sin(x), np.cos(x)), 0.3)


def test_a_jacobian_is_checked():
    f = lambda x: np.array([x[0] * x[1], np.sin(x[2]), x[0]])
    right = lambda x: np.array([[x[1], x[0], 0], [0, 0, np.cos(x[2])], [1, 0, 0]])
    assert check_gradients(f, X, jacobian=right)
    said = failure(f, X, jacobian=lambda x: right(x).T)
    assert "jacobian=" in said
    with pytest.raises(ValueError, match="the output's shape before the input's"):
        check_gradients(lambda x: x[:2], X, jacobian=lambda x: np.eye(3, 2))


class Layer:
    def forward(self, x):
        self.x = np.array(x)
        return self.x**2

    def backward(self, dy):
        return 2 * self.x * dy


def test_the_backward_pass_of_a_layer_is_checked():
    one = Layer()
    assert check_gradients(one.forward, X, vjp=lambda x, dy: one.backward(dy))
    assert failure(one.forward, X, vjp=lambda x, dy: one.backward(2 * dy))


def test_a_hessian_and_its_products_are_checked_as_scipy_takes_them():
    optimize = pytest.importorskip("scipy.optimize")
    x = np.array([1.3, 0.7, 0.8, 1.9])
    f, g, h = optimize.rosen, optimize.rosen_der, optimize.rosen_hess
    report = check_gradients(f, x, gradient=g, hessian=h)
    assert {c.order for c in report.comparisons} == {1, 2}
    assert check_gradients(g, x, vjp=optimize.rosen_hess_prod)
    said = failure(f, x, gradient=g, hessian=lambda x: h(x) + np.eye(4))
    assert said.startswith("second derivative")


def test_two_ways_of_writing_a_derivative_are_not_both_taken():
    with pytest.raises(ValueError, match="gradient and vjp say the same"):
        check_gradients(np.sum, X, gradient=np.ones_like, vjp=lambda x, g: g)


def test_a_gradient_that_is_missing_is_told_with_what_is_wanted():
    said = failure(lambda x, y: x * y, 2.0, 3.0, gradient=lambda x, y: y)
    assert "gives 1 gradients for 2 arguments: x, y" in said
    said = failure(lambda x: x**2, 2.0, gradient=lambda x: None)
    assert "gives None for x, where an array of shape () is wanted" in said


def test_the_noise_of_a_solver_widens_the_bound():
    rng = np.random.default_rng(0)
    table = rng.standard_normal(10007)

    def solver(x):  # right to 1e-5, the same each time
        return np.sin(x) * (1 + 1e-5 * table[int(abs(float(x)) * 1e12) % 10007])

    assert check_gradients(solver, 0.7, gradient=np.cos)
    assert check_gradients(solver, 0.7, gradient=np.cos, noise=1e-4)
    with pytest.raises(GradientError):
        check_gradients(solver, 0.7, gradient=lambda x: 2 * np.cos(x))
