"""What a single number makes of float32 and its kin: NumPy's numbers rule them, Python's do not.

In NumPy, np.float64(1e300) * np.ones(1, "f4") is of float64, and 1e300 * np.ones(1, "f4") of
float32, where it is infinite. Values do as the numbers that they hold.
"""

import operator
import pickle
from copy import deepcopy

import numpy as np
import pytest

from tinygrad_xor import Value, grad
from tinygrad_xor.program import trace

ARRAY = np.array([0.5, 2.0, 1e300])
#: One number of an array, in every way that there is: on a Value and on a plain array.
ONE = {
    "np.sum": np.sum,
    "np.max": np.max,
    "np.min": np.min,
    "np.mean": np.mean,
    "np.prod": np.prod,
    "np.median": np.median,
    "np.var": lambda a: np.var(a[:2]),
    "np.linalg.norm": lambda a: np.linalg.norm(a[:2]),
    "np.dot": lambda a: np.dot(a, a[::-1]),
    "@": lambda a: a @ np.ones(3),
    "np.add.reduce": np.add.reduce,
    "sum": lambda a: a.sum(),
    "mean": lambda a: a.mean(),
    "prod": lambda a: a.prod(),
    "max": lambda a: a.max(),
    "min": lambda a: a.min(),
    "std": lambda a: a[:2].std(),
    "trace": lambda a: a.reshape(1, 3).trace(),
    "element": lambda a: a[2],
    "iteration": lambda a: next(iter(a)),
    "squeeze": lambda a: a[1:2].squeeze(),
    "reshape": lambda a: a[2:].reshape(()),
    "arithmetic": lambda a: 2.0 * a[0] / 3 - 1,
    "power": lambda a: a[1] ** 2,
    "negative": lambda a: -a[1],
    "absolute": lambda a: abs(a[1]),
    "np.exp": lambda a: np.exp(a[0]),
    "np.maximum": lambda a: np.maximum(a[0], 0.0),
    "np.where": lambda a: np.where(True, a[2], 0.0)[()],
    "astype": lambda a: a[0].astype(np.float64),
}
OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv]
PARTNERS = [np.ones(1, dtype) for dtype in ("f2", "f4", "f8", "c8", "c16")] + [
    np.float16(0.5),
    np.float32(0.5),
    np.complex64(0.5),
]


def same(value, plain):
    """Whether a Value has the very number, dtype and shape of a plain result."""
    plain = np.asarray(plain)
    return (
        value.dtype == plain.dtype
        and value.shape == plain.shape
        and value.numpy().tobytes() == plain.tobytes()
    )


def is_strong(x):
    return (x * np.ones(1, np.float32)).dtype == np.float64


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("dtype", ["f8", "f4", "f2"])
@np.errstate(all="ignore")
def test_a_number_out_of_an_array_rules_other_dtypes_as_numpys_does(name, dtype):
    array = ARRAY.astype(dtype)
    value, plain = ONE[name](Value(array)), ONE[name](array)
    assert same(value, plain)
    for partner in PARTNERS:
        for operate in OPERATORS:
            for held in (partner, Value(partner)):
                assert same(operate(value, held), operate(plain, partner))
                assert same(operate(held, value), operate(partner, plain))


def test_a_large_double_does_not_overflow_among_singles():
    assert np.max(Value([1e300])) * np.ones(1, "f4") == [1e300]


@pytest.mark.parametrize("number", [2.0, 2, True])
@np.errstate(divide="ignore")
def test_a_number_of_pythons_takes_on_the_dtype_that_it_meets(number):
    x = Value(number)
    for y in (x, x * 2, 3 - x, x / 3, x**2, -x, abs(x), x.exp(), x.tanh(), x.relu(), x / 0 + 1e300):
        assert not is_strong(y)
    assert not is_strong(x.item())
    assert not is_strong(Value([2.0]).sum().item())
    assert not is_strong(Value([2.0]).sum().data)


@pytest.mark.parametrize("number", [np.float64(2), np.int64(2), np.array(2.0), np.True_])
def test_a_number_of_numpys_rules_in_a_value_too(number):
    assert is_strong(Value(number))
    assert is_strong(Value(2.0) * number)
    assert is_strong(np.exp(Value(2.0)))  # as of np.exp(2.0)


def test_numbers_are_printed_as_pythons_whoever_rules():
    total = Value([1.0, 2.0], label="v").sum()
    total.backward()
    assert repr(total) == str(total) == "Value(data=3.0, grad=1.0)"
    assert [type(x) for x in (total.data, total.grad, total.item(), total.tolist())] == [float] * 4
    assert (f"{total:.2f}", repr(total.numpy())) == ("3.00", "array(3.)")


def test_new_data_of_a_leaf_rule_as_the_old_did():
    for number, strong in ((2.0, False), (np.float64(2.0), True)):
        leaf = Value(number)
        for new in (1.0, np.float64(1.0), np.float32(1.0), np.array(1.0)):
            leaf.data = new
            assert is_strong(leaf) is strong
            leaf.grad = new
            assert type(leaf.grad) is float


def test_gradients_have_the_dtype_of_their_inputs_whoever_rules():
    single, double, weak = Value(np.ones(2, "f4")), Value([1.0, 2.0]), Value(2.0)
    (single * double.sum() * weak).sum().backward()
    assert (single.grad.dtype, double.grad.dtype, type(weak.grad)) == ("f4", "f8", float)
    assert single.grad.tolist() == [6.0, 6.0]
    assert double.grad.tolist() == [4.0, 4.0]
    assert weak.grad == 6.0


def test_copies_and_pickles_rule_as_the_original():
    for x in (Value([1.0]).sum(), Value(1.0), Value(np.float64(1.0)), Value(2.0) * 3):
        for twin in (pickle.loads(pickle.dumps(x)), deepcopy(x), x.detach()):
            assert is_strong(twin) is is_strong(x)


@pytest.mark.parametrize("number", [2.0, np.float64(2.0)])
def test_a_program_has_the_dtypes_of_the_eager_run(number):
    def f(x):
        def cubes(x):
            return np.sum(x * x * x * np.ones(2, np.float32) * np.sum(np.ones(2)))

        return grad(cubes)(x) * np.ones(2, np.float32)

    program = trace(f, number)
    assert program(number).dtype == f(number).dtype
    assert program(number).tobytes() == f(number).tobytes()
