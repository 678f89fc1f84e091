"""NumPy's functions called as users call them: lists beside Values, defaults written out, edges.

What the samplers of calls draw is tested for every function elsewhere. Here is what they do not.
"""

import numpy as np
import pytest

from tinygrad_xor import Value, grad
from tinygrad_xor.testing import check_gradients

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])
V3 = np.array([1.0, 3.0, 2.0])
MASK = np.array([[True, False, True], [True, True, False]])


def check(call, *arrays):
    """The Values in the place of the arrays give NumPy's numbers and right gradients."""
    values = [Value(a) for a in arrays]
    result, expected = call(*values), call(*map(np.asarray, arrays))
    assert type(result) is Value
    assert result.dtype == np.asarray(expected).dtype
    assert np.array_equal(result.data, expected, equal_nan=True)
    if np.size(expected):
        check_gradients(call, *arrays, order=1)


@pytest.mark.parametrize("shapes", [(4, 3), (3, 2), (2, 4), (3, 3), (1, 1), (1, 3)], ids=str)
@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_convolutions_of_all_lengths_have_right_gradients(mode, shapes):
    x, y = (np.cos(np.arange(n) ** 2.0) for n in shapes)
    check(lambda v, w: np.convolve(v, w, mode), x, y)


@pytest.mark.parametrize(
    ("call", "arrays"),
    {
        "stack": (lambda v: np.stack([v, [1.0, 2.0, 3.0]]), [V3]),
        "concatenate in one row": (lambda v: np.concatenate([v, X], axis=None), [V3]),
        "where": (lambda v: np.where(v > 0, v, 0), [X]),
        "linspace from a list": (lambda v: np.linspace([0.0, 1.0, 2.0], v, 3), [V3]),
        "linspace with an equal end": (lambda v: np.linspace(1.0, v, 7), [V3]),
        "trapezoid of a list": (lambda v: np.trapezoid([1.0, 2.0, 4.0], v), [np.sort(V3)]),
        "interp at a list": (lambda v: np.interp([0.5, 1.5], [0.0, 1.0, 2.0], v), [V3]),
        "interp between moved points": (
            lambda v: np.interp(1.25, v, [1.0, 5.0, 2.0]),
            [np.sort(V3)],
        ),
        "interp between two heights": (lambda v: np.interp(v, [1.0], [2.0]), [np.array(1.5)]),
        "polyval at a list": (lambda v: np.polyval(v, [1.0, 2.0]), [V3]),
        "polyval of a poly1d": (lambda v: np.polyval(np.poly1d([1, 2]), v), [V3]),
        "polymul by zeros": (lambda v: np.polymul(v, [0.0, 0.0, 0.0]), [V3]),
        "polymul trims": (lambda v: np.polymul(v, [0.0, 1.0, 1.0]), [V3]),
        "atleast_1d of a list": (lambda v: np.stack(np.atleast_1d([1.0], v)), [np.array(2.0)]),
        "average over an axis": (lambda v, w: np.average(v, axis=(1,), weights=w), [X, V3]),
        "average over two axes": (
            lambda v, w: np.average(v, axis=(1, 0), weights=w),
            [X[..., None] * V3[:2], 3 + X.T],
        ),
        "average over the first two axes": (
            lambda v, w: np.average(v, axis=(0, 1), weights=w),
            [X[..., None] * V3[:2], 3 + X],
        ),
        "insert rows": (lambda v, w: np.insert(v, 1, w, axis=1), [X, X.T[:, :2]]),
        "insert from the end": (lambda v: np.insert(v, -1, 5.0), [V3]),
        "clip between arrays": (lambda v, lo: np.clip(v, lo, 1.75), [X, np.full(3, -0.5)]),
        "sum of a number": (lambda v: np.sum(v, axis=0), [np.array(1.5)]),
        "cumsum of a number": (lambda v: np.cumsum(v, axis=0), [np.array(1.5)]),
        "cumprod of a number": (lambda v: np.cumprod(v, axis=0), [np.array(1.5)]),
        "reduce of a number": (np.add.reduce, [np.array(1.5)]),
        "outer": (lambda v: np.multiply.outer(v, [1.0, 2.0]), [V3]),
        "subtract outer": (np.subtract.outer, [V3, X]),
        "accumulate": (np.add.accumulate, [X]),
        "accumulate products": (lambda v: np.multiply.accumulate(v, axis=1), [X]),
        "maximum.reduce": (lambda v: np.maximum.reduce(v, axis=1), [X]),
        "convolve by number": (lambda v: np.convolve(v, [1.0, 2.0], mode=1), [V3]),
        "convolve of a number": (lambda v: np.convolve(v, [1.0, 2.0]), [np.array(1.5)]),
        "polyadd of a number": (lambda v: np.polyadd(v, [1.0, 2.0]), [np.array(1.5)]),
        "gradient with spacings": (lambda v: np.gradient(v, 0.5, 2.0)[1], [X]),
        "gradient by numpy's axis": (lambda v: np.gradient(v, axis=np.int64(1)), [X]),
        "pad each side": (lambda v: np.pad(v, ((1, 0), (0, 2)), "edge"), [X]),
        "pad with a number": (lambda v: np.pad(v, 1, constant_values=7.0), [X]),
        "roll two axes": (lambda v: np.roll(v, (1, -1), (0, 1)), [X]),
        "repeat by array": (lambda v: np.repeat(v, [1, 0, 2], axis=1), [X]),
        "take and wrap": (lambda v: np.take(v, [-4, 7], mode="wrap"), [V3]),
        "quantiles of none": (lambda v: np.quantile(v, []), [V3]),
        "full_like": (lambda v: np.full_like(np.ones(3), 2.0) * v, [V3]),
        "fftshift by numpy's axis": (lambda v: np.fft.fftshift(v, np.int64(1)), [X]),
        "norm by numpy's axis": (lambda v: np.linalg.norm(v, axis=np.int64(0)), [X]),
        "inner with a number": (lambda v: np.inner(2.0, v), [X]),
        "tensordot from the end": (lambda v: np.tensordot(v, X, ((-1,), (-1,))), [X]),
        "mean of some": (lambda v: np.mean(v, axis=1, where=MASK), [X]),
        "var of some": (lambda v: np.var(v, axis=1, where=MASK, ddof=0.5, keepdims=True), [X]),
        "var": (np.var, [X]),
        "std": (np.std, [X]),
        "var of some in each row": (lambda v: np.var(v, axis=1, where=MASK), [X]),
        "std of some": (lambda v: np.std(v, where=MASK), [X]),
        "product of some": (lambda v: np.prod(v, axis=0, where=MASK, initial=2.0), [X]),
        "product with zeros": (lambda v: np.prod(v, axis=1), [X * [1.0, 0.0, 1.0]]),
        "product with two zeros": (np.prod, [X * [1.0, 0.0, 1.0]]),
        "running product with zeros": (lambda v: np.cumprod(v, axis=1), [X * [1.0, 0.0, 1.0]]),
        "largest of some": (lambda v: np.max(v, axis=1, where=MASK, initial=-9.0), [X]),
        "smallest of some, or another": (lambda v: np.min(v, 1, where=MASK, initial=-0.5), [X]),
        "sum with all defaults": (lambda v: np.sum(v, 0, None, None, True), [X]),
        "sum of no dtype": (lambda v: np.sum(v, dtype=None), [X]),
        "std with all defaults": (lambda v: np.std(v, 0, None, None, 1), [X]),
        "median with all defaults": (lambda v: np.median(v, 0, None, False, True), [X]),
        "take with all defaults": (lambda v: np.take(v, [0], 0, None, "wrap"), [X]),
        "clip with all defaults": (lambda v: np.clip(v, 0.1, 1.75, None), [X]),
        "exp everywhere": (lambda v: np.exp(v, where=True), [X]),
        "vander of no columns": (lambda v: np.vander(v, 0), [V3]),
        "transpose from the end": (lambda v: np.transpose(v, (0, -1)), [X]),
        "compress columns": (lambda v: np.compress([True, False, True], v, axis=1), [X]),
        "block in one row": (lambda v, w: np.block([v, w, 1.0]), [V3, V3[:2]]),
        "block of blocks": (lambda v, w: np.block([[v, w], [w, v]]), [X, X * 2]),
        "block of a row over a matrix": (lambda v, w: np.block([[v], [w]]), [V3, X]),
        "block of stacks": (lambda v: np.block([[[v], [v]], [[v * 2], [v]]]), [X]),
        "block of a stack and a matrix": (lambda v, w: np.block([v, w]), [X[None], X]),
        "select the first that is true": (
            lambda v, w: np.select([X > 0, X > 1, MASK], [v, w, 2 * w], default=0.5),
            [X, X[::-1]],
        ),
        "choose and wrap": (
            lambda v, w: np.choose([-1, 0, 4], [v, w, v * w], mode="wrap"),
            [V3, V3[::-1]],
        ),
        "choose and clip": (
            lambda v, w: np.choose([-1, 1, 4], [v, w, v * w], mode="clip"),
            [V3, V3[::-1]],
        ),
        "select with numpy's default": (lambda v: np.select([X > 0], [v]), [X]),
        "clip by names": (lambda v: np.clip(v, min=-0.5, max=1.75), [X]),
        "clip above": (lambda v: np.clip(v, None, 1.75), [X]),
        "clip below": (lambda v: np.clip(v, -0.5, None), [X]),
        "ptp": (np.ptp, [X]),
        "ptp of each row": (lambda v: np.ptp(v, axis=1), [X]),
        "ptp of each row, kept": (lambda v: np.ptp(v, 1, keepdims=True), [X]),
        "ptp of each column": (lambda v: np.ptp(v, 0, keepdims=True), [X]),
        "trace": (np.trace, [X]),
        "trace of stacks": (np.trace, [X[..., None] * V3]),
        "linalg.trace": (np.linalg.trace, [X]),
        "linalg.trace above": (lambda v: np.linalg.trace(v, offset=1), [X[None]]),
        "linalg.diagonal": (np.linalg.diagonal, [X]),
        "polyder": (np.polyder, [V3]),
        "vander": (np.vander, [V3]),
        "vander of fewer columns": (lambda v: np.vander(v, 2, increasing=True), [V3]),
        "modf": (lambda v: np.modf(v)[0], [X * 1.1]),
        "real if close": (np.real_if_close, [X]),
        "block of one": (np.block, [X]),
    }.values(),
    ids=lambda case: None,
)
def test_numpys_numbers_and_right_gradients_for(call, arrays):
    check(call, *arrays)


def test_a_number_that_fills_an_array_has_the_gradient_of_all_its_copies():
    assert grad(lambda x: np.sum(np.full_like(x, np.sum(x))))(np.ones(3)).tolist() == [
        3.0,
        3.0,
        3.0,
    ]


def test_the_fractional_part_of_infinity_is_zero():
    fraction, whole = np.modf(Value([np.inf, -np.inf, -2.5]))
    assert fraction.data.tolist() == [0.0, 0.0, -0.5]
    assert whole.data.tolist() == [np.inf, -np.inf, -2.0]


def test_negligible_imaginary_parts_are_taken_off_and_others_are_not():
    for imaginary, tol, dtype in (
        (1e-15, 100, np.float64),
        (1e-3, 100, np.complex128),
        (1e-3, 1e15, np.float64),
        (99.5 * 2**-52, 100, np.float64),
        (100.5 * 2**-52, 100, np.complex128),
    ):
        z = np.array([1 + 1j * imaginary, 2.0])
        result = np.real_if_close(Value(z), tol)
        assert result.dtype == np.real_if_close(z, tol).dtype == dtype
        if tol == 100:
            assert np.real_if_close(Value(z)).dtype == dtype
    in_order = np.sort_complex(Value([2j, 1.0]))
    assert in_order.data.tolist() == [2j, 1.0]
    single = Value(np.array([2j, 1.0], np.complex64))
    assert np.sort_complex(single).dtype == np.complex64


def test_where_all_is_nan_so_is_the_result():
    v = Value([[np.nan, 1.0], [np.nan, 2.0]])
    for function in (np.nanmax, np.nanmin):
        assert np.isnan(function(v, axis=0).data[0])
    with np.errstate(invalid="ignore"):
        assert np.isnan(np.nanvar(v, axis=0, ddof=1).data[0])


def test_a_scalar_can_be_set_and_added_to():
    v, new = Value(1.5), Value(2.0)
    (v.at[()].set(new) + v.at[...].add(new)).backward()
    assert (v.grad, new.grad) == (1.0, 2.0)


def test_what_is_put_may_have_leading_axes_of_length_1_as_in_an_array():
    new = Value(np.ones((1, 3)))
    Value(np.zeros((2, 3))).at[0].set(new).sum().backward()
    assert new.grad.tolist() == [[1.0, 1.0, 1.0]]


def test_what_is_put_takes_the_dtype_of_what_was_there():
    single = Value(np.ones(2, np.float32))
    for number in (2.0, np.float64(2.0), np.array(2.0)):
        assert single.at[0].set(number).dtype == np.float32
    assert Value(np.ones(2)).at[0].set(1j).data.tolist() == [1j, 1.0]
    for change in (single.at[0].set, single.at[0].add):
        assert change(np.complex64(1j)).dtype == np.complex64
    assert Value(np.ones(2)).at[0].add(np.complex64(1j)).dtype == np.complex128


def test_a_value_may_be_compared_with_a_list():
    assert (Value(1.0) < [0.0, 2.0]).tolist() == [False, True]
    assert (Value([1.0, 2.0]) == [1.0, 3.0]).tolist() == [True, False]


# -- clear mistakes ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (TypeError, "depends on how an array lies in memory", lambda v: np.ravel(v, order="K")),
        (TypeError, "depends on how an array lies", lambda v: np.reshape(v, 6, order="A")),
        (TypeError, "dtype int64 would have no gradient.*v[.]data", lambda v: v.astype(int)),
        (TypeError, "np.matrix multiplies in its own way", lambda v: v * np.matrix([[1.0]])),
        (TypeError, "np.pad of a Value has the modes", lambda v: np.pad(v, 1, "empty")),
        (TypeError, "lose its gradient", lambda v: np.repeat([1.0], Value(2.0))),
        (TypeError, "leaves the other elements undefined", lambda v: np.exp(v, where=v > 0)),
        (IndexError, "no place 9 along axis 0", lambda v: np.insert(v, 9, 1.0, axis=0)),
        (np.exceptions.AxisError, "axis 5 is out of bounds", lambda v: np.diff(v, axis=5)),
        (np.exceptions.AxisError, "axis 5 is out of bounds", lambda v: np.rollaxis(v, 5)),
        (ValueError, "interp[(][)] needs a height", lambda v: np.interp(0.5, [0.0, 1.0], v[0])),
        (ValueError, "needs two elements along axis 0", lambda v: np.gradient(v[:1])),
        (ValueError, "hsplit needs an array of 1 axes", lambda v: np.hsplit(v[0, 0], 1)),
        (ZeroDivisionError, "weights sum to zero", lambda v: np.average(v, 0, weights=[1.0, -1.0])),
        (ValueError, r"name the axis of an array of shape \(2, 3\)", np.cumulative_sum),
        (ValueError, "does not split into 2 equal parts", lambda v: np.split(v, 2, axis=1)),
    ],
    ids=lambda case: case if isinstance(case, str) else None,
)
@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_a_mistake_is_named(error, message, call):
    with pytest.raises(error, match=message):
        call(Value(X))


@pytest.mark.parametrize("kind", ["csr_matrix", "csr_array"])
def test_sparse_matrices_are_refused_as_operands_and_as_leaves(kind):
    sparse = getattr(pytest.importorskip("scipy.sparse"), kind)(np.eye(3))
    for call in (lambda v: v * sparse, lambda v: np.add(v, sparse), lambda v: Value(sparse)):
        with pytest.raises(TypeError):
            call(Value(X))


def test_covariances_of_too_few_observations_are_what_numpy_says_with_its_warning():
    with (
        pytest.warns(RuntimeWarning, match="^Degrees of freedom <= 0 for slice$"),
        np.errstate(divide="ignore", invalid="ignore"),
    ):
        assert np.isnan(np.cov(Value([[1.0], [3.0]])).data).all()
