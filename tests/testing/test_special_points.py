"""check_gradients where people stand most often: at minima, zeros, kinks, and large arguments.

The test functions of optimization are those of Moré, Garbow and Hillstrom, "Testing unconstrained
optimization software" (1981), and of the usual collections since.
"""

import numpy as np
import pytest

from tinygrad_xor import grad
from tinygrad_xor.testing import GradientError, check_gradients

RNG = np.random.default_rng(3)
A = RNG.standard_normal((6, 3))
SOLUTION = RNG.standard_normal(3)
B = A @ SOLUTION
ROTATION = np.linalg.qr(RNG.standard_normal((3, 3)))[0]
CENTRED = np.array([0.3, -1.2, 0.7, 0.2]) - np.mean([0.3, -1.2, 0.7, 0.2])
NEARLY_SINGULAR = np.vander([1.0, 1.1, 1.2, 1.3, 1.4])  # of condition 6e6


def rosen(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def wood(x):
    return (
        100 * (x[1] - x[0] ** 2) ** 2
        + (1 - x[0]) ** 2
        + 90 * (x[3] - x[2] ** 2) ** 2
        + (1 - x[2]) ** 2
        + 10.1 * ((x[1] - 1) ** 2 + (x[3] - 1) ** 2)
        + 19.8 * (x[1] - 1) * (x[3] - 1)
    )


def goldstein_price(x):
    a, b = x[0], x[1]
    one = 19 - 14 * a + 3 * a**2 - 14 * b + 6 * a * b + 3 * b**2
    other = 18 - 32 * a + 12 * a**2 + 48 * b - 36 * a * b + 27 * b**2
    return (1 + (a + b + 1) ** 2 * one) * (30 + (2 * a - 3 * b) ** 2 * other)


def logistic_map(x):
    for _ in range(60):
        x = 3.9 * x * (1 - x)
    return x


#: name: the function, where people start, and where it has its minimum.
OPTIMIZATION = {
    "Rosenbrock": (rosen, [[-1.2, 1.0, -1.2, 1.0], [1.0, 1.0, 1.0, 1.0]]),
    "Himmelblau": (
        lambda x: (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2,
        [[0.0, 0.0], [3.0, 2.0], [-2.805118, 3.131312]],
    ),
    "Beale": (
        lambda x: sum(
            (a - x[0] * (1 - x[1] ** k)) ** 2 for a, k in ((1.5, 1), (2.25, 2), (2.625, 3))
        ),
        [[1.0, 1.0], [3.0, 0.5]],
    ),
    "Powell": (
        lambda x: (
            (x[0] + 10 * x[1]) ** 2
            + 5 * (x[2] - x[3]) ** 2
            + (x[1] - 2 * x[2]) ** 4
            + 10 * (x[0] - x[3]) ** 4
        ),
        [[3.0, -1.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0]],
    ),
    "Wood": (wood, [[-3.0, -1.0, -3.0, -1.0], [1.0, 1.0, 1.0, 1.0]]),
    "Booth": (
        lambda x: (x[0] + 2 * x[1] - 7) ** 2 + (2 * x[0] + x[1] - 5) ** 2,
        [[0.0, 0.0], [1.0, 3.0]],
    ),
    "Matyas": (
        lambda x: 0.26 * (x[0] ** 2 + x[1] ** 2) - 0.48 * x[0] * x[1],
        [[5.0, 5.0], [0.0, 0.0]],
    ),
    "Rastrigin": (
        lambda x: 20 + np.sum(x**2 - 10 * np.cos(2 * np.pi * x)),
        [[0.5, 0.5], [0.0, 0.0]],
    ),
    "Griewank": (
        lambda x: 1 + np.sum(x**2) / 4000 - np.cos(x[0]) * np.cos(x[1] / np.sqrt(2)),
        [[100.0, -200.0], [0.0, 0.0]],
    ),
    "Goldstein and Price": (goldstein_price, [[1.0, 1.0], [0.0, -1.0]]),
    "McCormick": (
        lambda x: np.sin(x[0] + x[1]) + (x[0] - x[1]) ** 2 - 1.5 * x[0] + 2.5 * x[1] + 1,
        [[0.0, 0.0], [-0.54719, -1.54719]],
    ),
    "Easom": (
        lambda x: -np.cos(x[0]) * np.cos(x[1]) * np.exp(-np.sum((x - np.pi) ** 2)),
        [[1.0, 1.0], [np.pi, np.pi]],
    ),
    "helical valley": (
        lambda x: (
            100 * (x[2] - 10 * np.arctan2(x[1], x[0]) / (2 * np.pi)) ** 2
            + 100 * (np.sqrt(x[0] ** 2 + x[1] ** 2) - 1) ** 2
            + x[2] ** 2
        ),
        [[-1.0, 0.1, 0.1], [1.0, 0.0, 0.0]],
    ),
    "Brown, badly scaled": (
        lambda x: (x[0] - 1e6) ** 2 + (x[1] - 2e-6) ** 2 + (x[0] * x[1] - 2) ** 2,
        [[1.0, 1.0], [1e6, 2e-6]],
    ),
    "Branin": (
        lambda x: (
            (x[1] - 5.1 / (4 * np.pi**2) * x[0] ** 2 + 5 / np.pi * x[0] - 6) ** 2
            + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x[0])
            + 10
        ),
        [[1.0, 1.0], [np.pi, 2.275], [-np.pi, 12.275]],
    ),
}

SPECIAL = {
    "a square at its minimum": (lambda x: (x - 1) ** 2, 1.0),
    "a fourth power at its minimum": (lambda x: (x - 1) ** 4, 1.0),
    "log cosh at its minimum": (lambda x: np.log(np.cosh(x - 1)), 1.0),
    "1 - cos at its minimum": (lambda x: 1 - np.cos(x - 1), 1.0),
    "least squares at the solution": (lambda x: np.sum((A @ x - B) ** 2), SOLUTION),
    "least squares, residual 1e-9": (lambda x: np.sum((A @ x - B - 1e-9) ** 2), SOLUTION),
    "mean squared error at a perfect fit": (lambda w: np.mean((A @ w - B) ** 2), SOLUTION),
    "‖AAᵀ − I‖² at I": (lambda m: np.sum((m @ m.T - np.eye(3)) ** 2), np.eye(3)),
    "‖AAᵀ − I‖² at a rotation": (lambda m: np.sum((m @ m.T - np.eye(3)) ** 2), ROTATION),
    "a sum that is zero": (np.sum, np.array([-1, -0.3, 0.3, 1])),
    "the mean of centred data": (np.mean, CENTRED),
    "a sum of sines that cancel": (lambda x: np.sum(np.sin(x)), np.linspace(-1, 1, 11)),
    "a saddle": (lambda x: x[0] ** 2 - x[1] ** 2, np.zeros(2)),
    "sin, far out": (np.sin, 1e6),
    "the time of day in seconds since 1970": (lambda t: np.sin(2 * np.pi * t / 3600), 1.7e9),
    "sin, fast": (lambda x: np.sin(1e7 * x), 1.0),
    "beside a pole": (lambda x: 1 / (1 - x), 1 - 1e-7),
    "(1 - cos x)/x²": (lambda x: (1 - np.cos(x)) / x**2, 1e-3),
    "(eˣ - 1)/x": (lambda x: (np.exp(x) - 1) / x, 1e-7),
    "solve, of condition 6e6": (
        lambda m: np.sum(np.linalg.solve(m, np.ones(5))),
        NEARLY_SINGULAR,
    ),
    "two numbers 1e-9 apart": (lambda x: np.maximum(x[0], x[1]), np.array([1.0, 1.0 + 1e-9])),
    "|x| at 1e-12": (np.abs, 1e-12),
    "a large offset": (lambda x: 1e8 + np.sin(x), 0.7),
    "a saturated unit": (lambda x: np.sum(np.tanh(x)), np.array([20.0, -30.0, 0.0])),
    "a unit that is nearly saturated": (
        lambda w: np.sum(np.tanh(w @ np.array([2.5, 0.0, 0.01]))),
        np.array([[2.07, 0.0, 0.0], [0.0, 0.0, 0.0]]),
    ),
    "mixed scales": (lambda x: np.sum(x**3), np.array([1e-6, 1.0, 1e5])),
    "60 steps of the logistic map": (logistic_map, 0.3),
}
AT = [(name, f, np.array(x)) for name, (f, points) in OPTIMIZATION.items() for x in points]
AT += [(name, f, x) for name, (f, x) in SPECIAL.items()]


@pytest.mark.parametrize(("name", "f", "x"), AT)
def test_right_gradients_pass_where_value_and_slope_vanish_or_numbers_are_large(name, f, x):
    assert check_gradients(f, x, order=1)
    assert check_gradients(f, x, directions=2, order=1)
    assert check_gradients(f, x, gradient=grad(f))


@pytest.mark.parametrize("name", ["Rosenbrock", "Powell", "helical valley"])
def test_they_pass_to_second_order_at_the_minimum(name):
    f, points = OPTIMIZATION[name]
    assert check_gradients(f, np.array(points[-1]))


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: np.abs(x - 1), 1.0),
        (lambda x: np.sum(np.maximum(0, 1 - x)), np.ones(3)),
        (lambda x: np.sum(np.clip(x, 0, 1)), np.array([0.0, 1.0, 0.5])),
        (np.linalg.norm, np.zeros(3)),
        (lambda x: np.sum(x.relu()), np.zeros(2)),
    ],
)
def test_a_kink_is_not_taken_for_float32(f, x):
    said = check_gradients(f, x, order=1, raise_exception=False).failure
    assert said is None or "at a kink" in said


@pytest.mark.parametrize("name", SPECIAL)
def test_faults_are_seen_there_too(name):
    f, x = SPECIAL[name]
    right = grad(f)(x)
    if name.startswith(("60 steps", "(1 - cos", "(eˣ", "solve")):
        return  # the number itself is known to a few digits
    size = max(1e-3, np.max(np.abs(right)))
    with pytest.raises(GradientError):
        check_gradients(f, x, gradient=lambda x: grad(f)(x) + 1e-6 * size)


def test_a_bound_belongs_to_an_element():
    x = np.array([1e-6, 1.0, 1e5])
    with pytest.raises(GradientError, match=r"by x\[0\]"):
        check_gradients(
            lambda x: np.sum(x**3), x, gradient=lambda x: 3 * x**2 + np.array([1e-5, 0.0, 0.0])
        )


def test_a_large_offset_does_not_hide_a_factor_of_a_millionth():
    with pytest.raises(GradientError):
        check_gradients(lambda x: 1e8 + np.sin(x), 0.7, gradient=lambda x: np.cos(x) * (1 + 1e-6))


def test_the_report_says_how_far_it_could_see():
    plain = lambda x: 1e8 + float(np.sin(np.real(x)))  # no complex step helps
    report = check_gradients(plain, 0.7, gradient=np.cos)
    assert report.comparisons[0].sight > 1e-9
    assert "a factor 1 + " in str(report)


def test_a_logarithm_at_the_smallest_numbers_passes():
    assert check_gradients(np.log, 1e-300, order=1)


@pytest.mark.parametrize("slope", [1e-3, 1e-5, 1e-7, 3e-8, 1e-8, 3e-9, 1e-9, 1e-11])
@pytest.mark.parametrize(
    "f",
    [
        lambda d: d,
        lambda d: d**2,
        lambda d: d**4,
        lambda d: np.log(np.cosh(d)),
        lambda d: 1 - np.cos(d),
    ],
)
def test_what_is_left_of_larger_numbers_is_neither_float32_nor_a_slope(f, slope):
    at = 0.3 + slope * np.sin(0.7)
    assert check_gradients(lambda x: f(0.3 + slope * np.sin(x) - at), 0.7, order=1)


@pytest.mark.parametrize("slope", [1e-3, 1e-6, 1e-12, 1e-20])
def test_small_slopes_of_a_function_that_is_zero_there_are_checked(slope):
    f = lambda x: slope * np.sin(x)
    assert check_gradients(f, 0.0, gradient=lambda x: slope * np.cos(x))
    with pytest.raises(GradientError):
        check_gradients(f, 0.0, gradient=lambda x: slope * np.cos(x) * (1 + 1e-6))


@pytest.mark.parametrize("slope", [1e3, 1.0, 1e-3, 1e-6])
def test_what_is_added_to_a_slope_at_a_minimum_is_seen(slope):
    f = lambda x: slope * np.sin(x) ** 2
    with pytest.raises(GradientError):
        check_gradients(f, 0.0, gradient=lambda x: slope * (np.sin(2 * x) + 1e-6))


@pytest.mark.parametrize("x", [0.7, -1.3])
@pytest.mark.parametrize("seed", range(4))
def test_an_absolute_value_beside_a_large_number_passes(x, seed):
    assert check_gradients(lambda x: 1e8 + 1e-5 * np.abs(x), x, order=1, seed=seed)


def test_of_a_derivative_that_is_zero_the_report_says_what_is_seen_beside_it():
    assert "more than 2e-11 beside 0" in str(check_gradients(lambda x: 0.0 * x + 1.0, 0.3, order=1))


def test_float32_inside_is_told_from_the_jumps_of_the_function():
    for f in (
        lambda x: np.sum(np.float32(x) ** 2),
        lambda x: np.sum(np.sin(x.astype(np.float32)).astype(float) * x),
    ):
        with pytest.raises(GradientError, match="is computed in float32"):
            check_gradients(f, np.array([0.5, 1.1]), gradient=lambda x: 2 * x, order=1)
