"""The rounding of a computation: seen by rounding it otherwise, also where all digits cancel."""

import numpy as np
import pytest

from tinygrad_xor.program import trace
from tinygrad_xor.testing import GradientError, check_gradients
from tinygrad_xor.testing.rounding import rounded_otherwise

X = np.array([0.3, -0.8, 1.2])


def moved(f, *arrays):
    rng = np.random.default_rng(0)
    runs = [rounded_otherwise(lambda xs: f(*xs), arrays, rng)[0] for _ in range(8)]
    return np.max(np.abs(runs - np.asarray(f(*arrays))), axis=0)


def test_what_cancels_moves_by_the_rounding_of_what_it_is_left_of():
    assert np.all(moved(lambda x: 1e6 + x - 1e6, X) > 1e-11)
    assert np.all(moved(lambda x: 1e6 + x - 1e6, X) < 1e-9)
    assert np.all(moved(np.sin, X) < 1e-15)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x[::-1],
        lambda x: np.concatenate([x, -x]),
        lambda x: np.where(x > 0, x, 0.0),
        lambda x: x - x,
        lambda x: np.maximum(x, 0.0).reshape(3, 1),
    ],
)
def test_what_is_copied_or_zero_does_not_move(f):
    assert np.all(moved(f, X) == 0)


def test_real_and_imaginary_parts_move_alone():
    tiny = 1e-30
    found = moved(lambda x: np.imag(np.exp(x + 1j * tiny)), X) / tiny
    assert np.all((found > 0) & (found < 1e-14))


def test_branches_are_taken_as_the_numbers_say():
    assert moved(lambda x: np.sin(x) if x > 0 else np.cos(x), 0.7) > 0


def test_an_array_that_was_written_into_is_not_used_with_its_old_numbers():
    def f(x):
        y = np.sin(x)
        z = y
        y += 1.0
        return y + z

    with pytest.raises(TypeError, match="written into"):
        moved(f, X)


def test_single_precision_on_the_way_is_seen():
    run = lambda xs: xs[0].astype(np.float32).astype(float)
    assert rounded_otherwise(run, [X], np.random.default_rng(0))[1]
    assert not rounded_otherwise(lambda xs: np.sin(xs[0]), [X], np.random.default_rng(0))[1]


#: Values and derivatives that are nothing, or little, but the rounding of larger numbers.
CANCELLING = {
    "the variance of saturated units": (lambda x: np.var(np.tanh(x)), np.array([80.0, 140.0, 24])),
    "the determinant of a singular matrix": (
        lambda x: np.linalg.det(np.sin(x[:, None]) * np.cos(x) + 1e-17 * np.eye(3)),
        X,
    ),
    "sinc where a unit is saturated": (lambda x: np.sinc(2 * np.tanh(x / 2)), 25.8),
    "a fit that is perfect but for rounding": (
        lambda x: np.sum((np.exp(np.log1p(x)) - 1 - x) ** 2),
        X + 1.0,
    ),
    "what is left of a million": (lambda x: (1e6 + np.sin(x) - 1e6) ** 3, X),
}


@pytest.mark.parametrize("traced", [False, True], ids=["complex steps", "differences"])
@pytest.mark.parametrize("name", CANCELLING)
def test_right_gradients_pass_where_digits_cancel(name, traced):
    f, x = CANCELLING[name]
    f = trace(f, x) if traced else f  # a program takes no complex numbers
    with np.errstate(all="ignore"):
        assert check_gradients(f, x)


@pytest.mark.parametrize("seed", [29, 80])
def test_two_roundings_that_cancel_every_second_time_are_seen(seed):
    f, x = CANCELLING["sinc where a unit is saturated"]
    assert check_gradients(trace(f, x), x, seed=seed)


def test_the_report_says_that_nothing_could_be_seen_there():
    f, x = CANCELLING["the variance of saturated units"]
    f = trace(lambda x: 1e20 * f(x), x)
    report = check_gradients(f, x, order=1)
    assert all(c.bound > abs(c.numerical) for c in report.comparisons)


@pytest.mark.parametrize("factor", [-1.0, 2.0, 1 + 1e-4])
def test_faults_are_seen_where_most_digits_cancel(factor):
    f = trace(lambda x: np.sum(1e6 + np.sin(x) - 1e6), X)
    with pytest.raises(GradientError):
        check_gradients(f, X, gradient=lambda x: factor * np.cos(x))


@pytest.mark.parametrize("seed", range(5))
def test_a_small_fault_is_seen_beside_a_large_number(seed):
    wrong = lambda x: (1 + 4e-7) * np.cos(x)
    with pytest.raises(GradientError):
        check_gradients(lambda x: 1e8 + np.sin(x), 0.7, gradient=wrong, order=1, seed=seed)


@pytest.mark.parametrize("other", [np.greater, np.greater_equal])
def test_a_kink_that_rounding_decides_is_not_taken_for_rounding(other):
    a, w = np.array([1.1, 2.3]), np.array([0.5, 0.25])
    margin = np.sum(np.sin(w) * a)
    f = lambda w: np.maximum(0.0, margin - np.sum(np.sin(w) * a))
    g = lambda w: np.where(other(margin - np.sum(np.sin(w) * a), 0), -np.cos(w) * a, 0.0)
    with pytest.raises(GradientError, match="at a kink"):
        check_gradients(f, w, gradient=g)
