"""Second derivatives where first ones are given by convention: at lengths of 0, at ties, at poles.

Where a function is smooth the value is right, by every way to compute it; where it has no second
derivative, it is infinite or nan, never a number that is wrong.
"""

import numpy as np
import pytest

from tinygrad_xor import grad, hessian, hvp, jacobian, jvp
from tinygrad_xor.testing import check_gradients

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy warns of poles

norm = np.linalg.norm
ZEROS = np.zeros(2)
EYE = np.eye(2)


def by_every_way(f, x):
    """The Hessian, by reverse and forward mode over reverse mode, and row by row."""
    yield hessian(f)(x)
    yield jacobian(grad(f), mode="forward")(x)
    yield jacobian(grad(f), mode="reverse")(x)
    yield np.stack([hvp(f, (x,), (e,)) for e in np.eye(np.size(x)).reshape(-1, *np.shape(x))])


def rows(order=None):
    return lambda v: norm(np.reshape(v, (2, 1)), order, axis=1)


SMOOTH = {
    "‖x‖²": (lambda v: norm(v) ** 2, 2 * EYE),
    "‖x‖⁴": (lambda v: norm(v) ** 4, 0 * EYE),
    "exp(-‖x‖²)": (lambda v: np.exp(-(norm(v) ** 2)), -2 * EYE),
    "cos ‖x‖": (lambda v: np.cos(norm(v)), -EYE),
    "log cosh ‖x‖": (lambda v: np.log(np.cosh(norm(v))), EYE),
    "√(1+‖x‖²)": (lambda v: np.sqrt(1 + norm(v) ** 2), EYE),
    "Frobenius norm": (lambda v: norm(np.reshape(v, (1, 2)), "fro") ** 2, 2 * EYE),
    "vector_norm": (lambda v: np.linalg.vector_norm(v) ** 2, 2 * EYE),
    "norms of rows": (lambda v: np.sum(rows()(v) ** 2), 2 * EYE),
    "cubes of 3-norms of rows": (lambda v: np.sum(rows(3)(v) ** 3), 0 * EYE),
    "‖x‖₃³": (lambda v: norm(v, 3) ** 3, 0 * EYE),
    "‖x‖₁³": (lambda v: norm(v, 1) ** 3, 0 * EYE),
    "hypot²": (lambda v: np.hypot(v[0], v[1]) ** 2, 2 * EYE),
    "|x|²": (lambda v: np.sum(np.abs(v) ** 2), 2 * EYE),
    "fabs²": (lambda v: np.sum(np.fabs(v) ** 2), 2 * EYE),
    "|z|²": (lambda v: np.abs(v[0] + 1j * v[1]) ** 2, 2 * EYE),
    "std²": (lambda v: np.std(v) ** 2, np.array([[0.5, -0.5], [-0.5, 0.5]])),
    "nanstd²": (lambda v: np.nanstd(v) ** 2, np.array([[0.5, -0.5], [-0.5, 0.5]])),
    "‖x‖ ‖x‖": (lambda v: norm(v) * norm(v), 2 * EYE),
    "‖x‖ sin ‖x‖": (lambda v: norm(v) * np.sin(norm(v)), 2 * EYE),
    "√(1+‖x‖ ‖x‖)": (lambda v: np.sqrt(1 + norm(v) * norm(v)), EYE),
    "norms of rows by themselves": (lambda v: rows()(v) @ rows()(v), 2 * EYE),
    "|x| |x|": (lambda v: np.sum(np.abs(v) * np.abs(v)), 2 * EYE),
    "|z| |z|": (lambda v: np.abs(v[0] + 1j * v[1]) * np.abs(v[0] + 1j * v[1]), 2 * EYE),
    "std std": (lambda v: np.std(v) * np.std(v), np.array([[0.5, -0.5], [-0.5, 0.5]])),
    "a norm of norms": (lambda v: norm(rows()(v)) ** 2, 2 * EYE),
    "a hypot of norms": (lambda v: np.hypot(norm(v), norm(2 * v)) ** 2, 10 * EYE),
    "a hypot of a hypot": (lambda v: np.hypot(np.hypot(*v), v[0]) ** 2, np.diag([4.0, 2.0])),
    "a norm of stds": (lambda v: norm(np.std(v) * np.ones(2)) ** 2, EYE - np.flip(EYE, 0)),
}


@pytest.mark.parametrize(("f", "expected"), SMOOTH.values(), ids=SMOOTH)
def test_what_is_smooth_at_a_length_of_0_has_its_second_derivatives(f, expected):
    for found in by_every_way(f, ZEROS):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-15)


def test_a_penalty_of_lengths_has_its_curvature_at_zero_and_beside_it():
    def penalty(v):
        return np.sum(norm(np.reshape(v, (3, 2)), axis=1) ** 2)

    for found in by_every_way(penalty, np.array([0.0, 0.0, 1.0, -2.0, 0.0, 0.0])):
        np.testing.assert_allclose(found, 2 * np.eye(6), rtol=0, atol=1e-15)


def test_the_std_of_a_constant_that_rounds_has_that_curvature_too():
    expected = 2 / 3 * (np.eye(3) - 1 / 3)
    for found in by_every_way(lambda v: np.std(v) ** 2, np.full(3, 0.1)):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-15)


ROUGH = {
    "‖x‖": norm,
    "‖x‖³ᐟ²": lambda v: norm(v) ** 1.5,
    "‖x‖₃": lambda v: norm(v, 3),
    "‖x‖₃²": lambda v: norm(v, 3) ** 2,
    "‖x‖₁²": lambda v: norm(v, 1) ** 2,
    "hypot": lambda v: np.hypot(v[0], v[1]),
    "std": np.std,
    "(|x|+|y|)²": lambda v: np.sum(rows()(v)) ** 2,
    "|x| |y|": lambda v: np.prod(rows()(v)),
}


@pytest.mark.parametrize("f", ROUGH.values(), ids=ROUGH)
def test_what_has_no_second_derivative_at_a_length_of_0_has_a_gradient_of_0_and_no_number(f):
    assert grad(f)(ZEROS).tolist() == [0.0, 0.0]
    for found in by_every_way(f, ZEROS):
        assert not np.isfinite(np.diag(found)).any()


def test_a_norm_of_the_vector_and_one_of_its_double_are_not_known_to_belong_together():
    for found in by_every_way(lambda v: norm(v) * norm(2 * v), ZEROS):  # 2 ‖x‖²
        assert not np.isfinite(np.diag(found)).any()


def test_beside_a_kink_in_two_directions_the_mixed_derivative_is_the_mean_of_the_four_sides():
    def f(v):
        return (np.abs(v[0]) + np.abs(v[1])) ** 2

    sides = [hessian(f)(np.array([x, y]))[0, 1] for x in (1.0, -1.0) for y in (1.0, -1.0)]
    for found in by_every_way(f, ZEROS):
        assert found[0, 1] == found[1, 0] == np.mean(sides) == 0.0


CUBIC = {
    "‖x‖²": (lambda v: norm(v) ** 2, lambda i, j, k: 0.0),
    "‖x‖⁴": (lambda v: norm(v) ** 4, lambda i, j, k: 0.0),
    "exp(-‖x‖²)": (lambda v: np.exp(-(norm(v) ** 2)), lambda i, j, k: 0.0),
    "x₀ ‖x‖²": (
        lambda v: v[0] * norm(v) ** 2,
        lambda i, j, k: 2.0 * ((i == 0) * (j == k) + (j == 0) * (i == k) + (k == 0) * (i == j)),
    ),
}


@pytest.mark.parametrize(("f", "expected"), CUBIC.values(), ids=CUBIC)
def test_a_third_derivative_at_a_length_of_0_is_right_or_no_number(f, expected):
    third = jacobian(jacobian(grad(f)))(ZEROS)
    for place in np.ndindex(third.shape):
        assert third[place] == expected(*place) or not np.isfinite(third[place])


def matrix_norm(order):
    return lambda v: norm(np.reshape(v, (2, 2)), order)


def test_the_nuclear_norm_has_second_derivatives_also_at_equal_singular_values():
    antisymmetric = np.zeros((4, 4))
    antisymmetric[1:3, 1:3] = [[0.5, -0.5], [-0.5, 0.5]]
    for found in by_every_way(matrix_norm("nuc"), np.eye(2).ravel()):
        np.testing.assert_allclose(found, antisymmetric, rtol=0, atol=1e-15)
    check_gradients(matrix_norm("nuc"), np.array([1.0, 1e-9, 0.0, 1.0]))


def test_a_single_singular_value_among_equal_ones_has_none():
    for order in (2, -2):
        for found in by_every_way(matrix_norm(order), np.eye(2).ravel()):
            assert np.isnan(found).all()


def test_a_power_is_symmetric_in_its_second_derivatives_at_a_base_of_0():
    def power(v):
        return v[0] ** v[1]

    for found in by_every_way(power, np.array([0.0, 2.0])):
        assert found.tolist() == [[2.0, 0.0], [0.0, 0.0]]
    for found in by_every_way(power, np.array([0.0, 1.0])):  # x^(y-1) (1 + y log x)
        assert found[0, 1] == found[1, 0] == -np.inf
        assert not np.isfinite(found).any() or found[1, 1] == 0.0


POLES = {
    "arccosh at 1": (np.arccosh, 1.0, -np.inf),
    "arcsin at 1": (np.arcsin, 1.0, np.inf),
    "arccos at 1": (np.arccos, 1.0, -np.inf),
    "arctanh at 1": (np.arctanh, 1.0, np.inf),
}


@pytest.mark.parametrize(("f", "x", "expected"), POLES.values(), ids=POLES)
def test_the_second_derivative_at_a_pole_is_infinite_by_every_way(f, x, expected):
    assert grad(grad(f))(x) == expected
    for mode in ("forward", "reverse"):
        assert jacobian(grad(f), mode=mode)(x) == expected


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("f", [norm, lambda v: 3 * norm(v, 3), np.std, lambda v: np.hypot(*v)])
def test_in_forward_mode_a_length_of_0_does_not_move_and_nothing_warns(f):
    assert jvp(f, (ZEROS,), (np.array([1.0, 2.0]),)) == (0.0, 0.0)
