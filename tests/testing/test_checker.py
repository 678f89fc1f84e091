"""check_gradients: what passes, what fails, and what the message of a failure says."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tinygrad_xor import custom_vjp, stop_gradient
from tinygrad_xor.engine import TABLE
from tinygrad_xor.testing import FACTOR, GradientError, check_gradients
from tinygrad_xor.testing import strategies as gst
from tinygrad_xor.testing.checks import check_function
from tinygrad_xor.testing.strategies import programs

X = np.array([0.5, 1.0, -2.0])
M = np.arange(9.0).reshape(3, 3)


def with_derivative(function, backward):
    """A function that claims this derivative."""
    custom = custom_vjp(function)
    custom.defvjp(lambda *args: (function(*args), args), backward)
    return custom


# -- what passes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "primals"),
    {
        "a number": (lambda x: x**3, (2.0,)),
        "an array": (lambda x: np.sin(x) * x, (X,)),
        "a dict": (lambda p: np.tanh(p["W"] @ X + p["b"]), ({"W": M / 9, "b": X},)),
        "several outputs": (lambda x, y: {"sum": x + y, "product": (x * y, x)}, (X, 2.0)),
        "complex": (lambda z: np.abs(np.fft.fft(z)), (np.array([1 + 1j, 2.0, 3j]),)),
        "large numbers": (lambda x: 1e12 * np.exp(x), (X,)),
        "small numbers": (lambda x: 1e-12 * np.exp(x), (X,)),
        "beside a pole": (lambda x: 1 / x, (np.array([1e-6, 1.0]),)),
        "beside the end of a domain": (np.sqrt, (np.array([1e-3, 1e3]),)),
        "ill conditioned": (np.linalg.inv, (np.array([[1.0, 2.0], [2.0, 4.001]]),)),
        "constant": (lambda x: 0.0 * x, (X,)),
        "beside a pole, not at zero": (np.tan, (np.array([np.pi / 2 - 1e-4]),)),
        "far beside a pole": (lambda x: 1 / x, (np.array([1e-9]),)),
        "at the very end of a domain": (np.log, (np.array([1e-9]),)),
    }.values(),
    ids=lambda case: None,
)
def test_right_gradients_pass_to_second_order_in_both_modes(f, primals):
    report = check_gradients(f, *primals)
    assert report.worst < FACTOR
    assert {c.mode for c in report.comparisons} <= {"reverse", "forward"}


def test_a_third_order_can_be_asked_for():
    report = check_gradients(lambda x: np.sum(x**4), X, order=3)
    assert {c.order for c in report.comparisons} == {1, 2, 3}


@settings(max_examples=15)
@given(programs())
def test_random_programs_over_the_table_pass(drawn):
    program, inputs = drawn
    with np.errstate(all="ignore"):
        assert check_gradients(program, *inputs, directions=2).worst < FACTOR


def test_infinities_on_the_way_do_not_disturb():
    assert check_gradients(np.nanmax, np.array([1.0, 3.0, 2.0])).worst < FACTOR
    x = np.array([1.0, np.nan, 3.0])
    assert check_gradients(lambda y: np.nanmax(np.where(np.isnan(x), x, y)), np.ones(3)).worst < 10


@pytest.mark.parametrize("result", [None, {}, "text"])
def test_a_function_that_returns_no_numbers_is_refused(result):
    with pytest.raises(
        TypeError, match=f"the function returned {result!r}: it must return numbers"
    ):
        check_gradients(lambda x: result, np.ones(2))


# -- what fails, and what is said --------------------------------------------------------------

FAULTS = {
    "sign": (
        np.sin,
        lambda k, g: (-g * np.cos(k[0]),),
        "the ratio of the two is -1, everywhere: the sign",
    ),
    "twice": (lambda x: x * x, lambda k, g: (4 * g * k[0],), "ratio .* is 2, .*counted twice"),
    "mean": (
        lambda x: np.mean(x**2),
        lambda k, g: (2 * g * k[0],),
        "3 is a length here: a mean may",
    ),
    "sum": (lambda x: np.sum(x**2), lambda k, g: (2 * g * k[0] / 3,), "1/3, where 3 is a length"),
    "zero": (np.exp, lambda k, g: (0 * g,), "it is zero: a rule is missing"),
    "nan": (np.exp, lambda k, g: (g * np.nan,), "derivative is .*nan"),
    "order": (lambda x: x * X, lambda k, g: (g[::-1] * X[::-1],), "in another order"),
    "a little": (np.exp, lambda k, g: (g * np.exp(k[0]) * (1 + 1e-9),), "single precision"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_wrong_gradient_is_rejected_with_what_it_looks_like(name):
    function, backward, message = FAULTS[name]
    with pytest.raises(GradientError, match=message):
        check_gradients(with_derivative(function, backward), X, order=1)


def test_the_message_has_the_element_both_values_and_the_error_bar():
    wrong = with_derivative(lambda x: x @ M, lambda k, g: (g @ M,))
    with pytest.raises(GradientError) as error:
        check_gradients(wrong, np.ones((3, 3)), order=1)
    message = str(error.value)
    assert "first derivative, reverse mode, by x[" in message
    assert "tinygrad_xor gives" in message
    assert "±" in message
    assert "of 9 derivatives are wrong:" in message


def test_what_is_wrong_only_at_second_order_is_found():
    wrong = with_derivative(lambda x: x**3, lambda k, g: (3 * g * k[0] * stop_gradient(k[0]),))
    assert check_gradients(wrong, X, order=1).worst < FACTOR
    with pytest.raises(GradientError, match="second derivative"):
        check_gradients(wrong, X)


def test_a_wrong_gradient_shows_in_random_directions_too():
    wrong = with_derivative(lambda x: x * x, lambda k, g: (2 * g * k[0] + np.eye(100)[7] * 1e-6,))
    with pytest.raises(GradientError, match="random direction"):
        check_gradients(wrong, np.linspace(1, 2, 100), order=1, directions=1)


def test_at_a_kink_both_slopes_are_named():
    with pytest.raises(GradientError, match=r"at a kink: the slope is .* on one side and"):
        check_gradients(lambda x: x.relu(), np.array([0.0, 1.0]))


@pytest.mark.parametrize("seed", [0, 2, 12, 30])
def test_float32_inside_is_found(seed):
    def f(x):
        return (x * 3.1).astype(np.float32).astype(float) * x

    with pytest.raises(GradientError, match="is computed in float32"):
        check_gradients(f, X, seed=seed)
    assert check_gradients(f, X, rtol=1e-3, order=1, seed=seed).worst < FACTOR
    with pytest.raises(GradientError, match="differences give"):
        check_gradients(f, X, rtol=1e-9, order=1, seed=seed)


def test_a_rule_that_rounds_to_float32_is_found():
    rounds = with_derivative(np.exp, lambda k, g: (np.float64(np.float32(g * np.exp(k[0]))),))
    with pytest.raises(GradientError, match="that of float32"):
        check_gradients(rounds, 0.3, order=1, modes=("reverse",))


def test_a_function_with_steps_is_not_taken_for_one_in_float32():
    check_gradients(lambda x: np.round(x, 1) + x, X + 0.23)


def test_a_function_that_cannot_be_tested_says_why():
    with pytest.raises(GradientError, match="not deterministic"):
        check_gradients(lambda x: x * np.random.default_rng().random(), X)
    with pytest.raises(GradientError, match="not finite here"):
        check_gradients(lambda x: x * np.inf, X)
    with pytest.raises(TypeError, match="float64 or complex128, not in float32"):
        check_gradients(np.sin, np.ones(2, np.float32))
    with pytest.raises(ValueError, match="reverse"):
        check_gradients(np.sin, X, modes=("backward",))


def test_tolerances_by_hand_replace_the_bound():
    nearly = with_derivative(np.exp, lambda k, g: (g * np.exp(k[0]) * (1 + 1e-6),))
    with pytest.raises(GradientError):
        check_gradients(nearly, X, order=1)
    assert check_gradients(nearly, X, order=1, rtol=1e-5, modes=("reverse",)).worst < FACTOR


@pytest.mark.parametrize("size", [1.0, 1e6, 1e12])
def test_a_small_derivative_by_a_large_input_is_checked_as_well(size):
    point = np.array([1.0, size])
    with pytest.raises(GradientError):
        check_gradients(lambda x: np.sum(np.log(x)), point, gradient=lambda x: (1 + 1e-6) / x)
    check_gradients(lambda x: np.sum(np.log(x)), point, gradient=lambda x: 1 / x)


# -- other people's gradients ------------------------------------------------------------------


def test_a_gradient_written_by_hand_is_checked():
    def f(x, y):
        return np.sum(x**2 * y)

    assert (
        check_gradients(f, X, 3.0, gradient=lambda x, y: (2 * x * y, np.sum(x**2))).worst < FACTOR
    )
    with pytest.raises(GradientError, match="the gradient function gives"):
        check_gradients(f, X, 3.0, gradient=lambda x, y: (2 * x * y, np.sum(x)))
    with pytest.raises(GradientError, match=r"shape \(3, 1\) for x of shape \(3,\)"):
        check_gradients(f, X, 3.0, gradient=lambda x, y: (x[:, None], 1.0))
    with pytest.raises(ValueError, match="whose output is one number"):
        check_gradients(np.sin, X, gradient=np.cos)


def test_a_pair_of_function_and_jacobian_as_scipy_takes_it_is_checked():
    optimize = pytest.importorskip("scipy.optimize")
    point = np.array([1.3, 0.7, 0.8, 1.9])
    jac = optimize.rosen_der
    assert check_gradients(optimize.rosen, point, gradient=jac).worst < FACTOR
    with pytest.raises(GradientError):
        check_gradients(optimize.rosen, point, gradient=lambda x: jac(x) * [1, 1, 1, 1.001])


def test_a_plain_function_may_write_into_nothing():
    def careless(x):
        x *= 2
        return np.sum(x)

    with pytest.raises(GradientError, match="writes into x"):
        check_gradients(careless, X.copy(), gradient=lambda x: 2 * np.ones(3))


def test_an_unknown_backend_is_named_with_the_nearest():
    with pytest.raises(ValueError, match="torch"):
        check_gradients(np.sin, X, backend="torsh")


# -- what it costs -----------------------------------------------------------------------------


def test_the_number_of_calls_is_a_small_multiple_of_the_elements():
    x = np.linspace(0.1, 1.0, 20)
    report = check_gradients(lambda x: np.sum(np.sin(x) * x), x, order=1, modes=("reverse",))
    assert report.calls <= 20 * 20
    directed = check_gradients(
        lambda x: np.sum(np.sin(x) * x), x, order=1, modes=("reverse",), directions=4
    )
    assert directed.calls <= 4 * 20


@pytest.mark.parametrize("name", ["tanh", "matmul", "cumprod", "inv", "softmax", "sort"])
@settings(max_examples=3)
@given(st.data())
def test_the_rules_of_the_table_pass_it(name, data):
    call = data.draw(gst.calls(TABLE[name]))
    primals = [x.data for x in call.inputs]
    assume(any(np.size(x) for x in primals))
    assert check_gradients(lambda *xs: call.on(xs), *primals).worst < FACTOR


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"order": 0}, "order=0 compares nothing: it is 1 or more"),
        ({"order": -1}, "order=-1 compares nothing"),
        ({"directions": 0}, "directions=0 compares nothing: it is 1 or more"),
        ({"directions": -1}, "directions=-1 compares nothing"),
        ({"modes": ()}, "without modes nothing is compared: there are reverse and forward"),
        ({"rtol": np.inf}, "rtol=inf is no tolerance: it is 0 or more, and finite"),
        ({"atol": np.inf}, "atol=inf is no tolerance"),
        ({"rtol": np.nan}, "rtol=nan is no tolerance"),
        ({"rtol": -1.0}, "rtol=-1.0 is no tolerance"),
        ({"noise": np.inf}, "noise=inf is no tolerance"),
    ],
)
def test_a_check_that_would_compare_nothing_is_refused(how, message):
    with pytest.raises(ValueError, match=message):
        check_gradients(np.sin, 1.0, **how)


@pytest.mark.parametrize("primals", [(np.ones(0),), (np.ones((0, 3)), []), ({},)])
def test_a_check_of_arguments_without_numbers_is_refused(primals):
    with pytest.raises(ValueError, match="nothing was compared: the arguments have no element"):
        check_gradients(lambda *x: 0.0, *primals)


def test_one_empty_argument_among_others_is_checked_with_them():
    assert check_gradients(lambda x, y: np.sum(x) * y, np.ones(0), 2.0).passed


def test_a_check_whose_examples_are_all_empty_fails():
    empty = st.tuples(st.just(np.ones(0)))
    assert "nothing was compared" in check_function(np.sin, empty, examples=3, seed=0).failure
    mixed = st.tuples(st.sampled_from([np.ones(0), np.ones(2)]))
    assert check_function(np.sin, mixed, examples=3, seed=0).passed
