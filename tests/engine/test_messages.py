"""What the engine's errors say, in full: what was wrong, with the shapes, and what to do."""

import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.engine import TABLE, primitive

vector = Value([1.0, 2.0])
matrix = Value(np.ones((2, 3)))
scalar = Value(1.0)


def backward_after_a_change(label=None):
    p = Value([1.0, 2.0], label=label)
    loss = p.sum()
    p.data = [3.0, 4.0]
    loss.backward()


def backward_of_a_wrong_rule():
    wrong = primitive(
        lambda x: x * 2.0, "?", lambda g, y, x: np.ones(5), name="wrong", elementwise=True
    )
    try:
        wrong(Value(np.ones(3))).sum().backward()
    finally:
        del TABLE["wrong"]


MESSAGES = [
    (
        backward_after_a_change,
        "the data of leaf (shape (2,)) was changed after sum used it, so its derivative would be "
        "taken at the wrong point: call backward() and draw() before changing data, or compute the "
        "output again",
    ),
    (
        lambda: backward_after_a_change("p"),
        "the data of leaf 'p' (shape (2,)) was changed after sum used it, so its derivative would "
        "be taken at the wrong point: call backward() and draw() before changing data, or compute "
        "the output again",
    ),
    (
        matrix.backward,
        "backward() of a Value of shape (2, 3) needs to know where to start: reduce it first, "
        "v.sum().backward(), or pass a gradient of shape (2, 3)",
    ),
    (
        Value(1j).backward,
        "backward() starts from a real number: take np.real(v), np.imag(v) or np.abs(v) of this "
        "complex one, or pass a gradient",
    ),
    (
        lambda: vector.backward([1j, 1j]),
        "a gradient of complex numbers, array([0.+1.j, 0.+1.j]), for a Value of dtype float64",
    ),
    (
        lambda: vector.backward([1.0]),
        "backward(gradient) got shape (1,) for a Value of shape (2,)",
    ),
    (
        backward_of_a_wrong_rule,
        "the rule of wrong returned a gradient of shape (5,) for an input of shape (3,)",
    ),
    (
        lambda: vector.__setitem__(0, 1.0),
        "item assignment would change a Value (shape (2,)) that others were computed from: make a "
        "new one with v = v.at[index].set(new), or np.where(mask, new, v)",
    ),
    (lambda: len(scalar), "a scalar Value has no length"),
    (
        lambda: np.array(vector),
        "NumPy was about to turn a Value into a plain array and lose its gradient: for "
        "np.array(nested) or a list of Values write tinygrad_xor.array(nested), for A.dot(v) write "
        "A @ v, for np.full(shape, v) np.broadcast_to(v, shape), for functions of SciPy that are "
        "no ufuncs, such as special.logsumexp, see tinygrad_xor.scipy; if a plain array is meant, "
        "say v.data",
    ),
    (
        lambda: float(scalar),
        "float(v), math.exp(v), and a[0] = v in a plain array, would lose the gradient: use "
        "NumPy's function, np.exp(v); collect Values in a list and make an array of it with "
        "tinygrad_xor.array(values); where the plain number is meant, say v.item()",
    ),
    (
        lambda: setattr(scalar * 2.0, "data", 1.0),
        "Value(data=2.0, grad=0.0) was computed by multiply: only a leaf's data can be assigned. "
        "Make a new Value from the data you want.",
    ),
    (
        lambda: setattr(vector, "data", [1.0]),
        "data of shape (1,) cannot replace data of shape (2,): make a new Value for another shape",
    ),
    (
        lambda: setattr(vector, "grad", [1.0]),
        "a gradient of shape (1,) for data of shape (2,)",
    ),
    (vector.item, "item() needs one element, this Value has shape (2,)"),
    (
        lambda: Value(scalar),
        "already a Value: Value(data=1.0, grad=0.0). Use v.data to make a leaf from its data",
    ),
    (
        lambda: vector + matrix,
        "add cannot take shapes (2,) and (2, 3): operands could not be broadcast together with "
        "shapes (2,) (2,3) . Shapes broadcast when, read from the last axis back, lengths are "
        "equal or 1.",
    ),
    (
        lambda: np.reshape(vector, (3,)),
        "reshape cannot take shapes (2,): cannot reshape array of size 2 into shape (3,). Reshape "
        "or transpose an input.",
    ),
    (
        lambda: np.maximum(Value(1j), 1.0),
        "maximum of complex numbers has no derivative here: take np.real, np.imag or np.abs first",
    ),
    (
        lambda: np.sum(vector, axis=scalar),
        "sum has no derivative by axis=: pass the plain data, v.data",
    ),
    (
        lambda: Value([scalar, scalar]),
        "a list of Values is not an array: make one with tinygrad_xor.array(nested), or take the "
        "plain numbers, [v.data for v in values]",
    ),
    (
        lambda: Value([[1.0], [1.0, 2.0], 3.0]),
        "rows differ in length, so this is no array: [1, 2, 'a number']",
    ),
    (lambda: Value("1"), "a Value holds numbers, not '1': convert it first, float(text)"),
    (
        lambda: Value({1: 2}),
        "a Value holds a number or an array of them, not dict: {1: 2}",
    ),
    (
        lambda: Value(np.ma.array([1.0])),
        "a Value has no mask: fill the masked array first, a.filled(0.0)",
    ),
    (
        lambda: Value(np.asmatrix([1.0])),
        "np.matrix multiplies in its own way: take np.asarray(m) of it",
    ),
    (
        lambda: Value(np.array(["a"])),
        "a Value holds numbers, not an array of dtype <U1",
    ),
    (lambda: TABLE["add"](vector, {}), "a Value holds a number or an array of them, not dict: {}"),
    (
        lambda: np.add(vector, 1.0, out=np.zeros(2)),
        "np.add cannot write a Value into a plain array, as out= and in-place operators do: its "
        "gradient would be lost. Write a = a + v instead of a += v",
    ),
    (
        lambda: np.greater(vector, 1.0, out=np.zeros(2, bool)),
        "np.greater cannot write a Value into a plain array, as out= and in-place operators do: "
        "its gradient would be lost. Write a = a + v instead of a += v",
    ),
    (lambda: np.add.at(vector, 0, 1.0), "np.add.at is not differentiable here"),
    (
        lambda: np.add(vector, 1.0, where=[True, False]),
        "np.add with where= leaves the other elements undefined: write np.where(mask, np.add(...), "
        "other)",
    ),
    (
        lambda: np.bitwise_count(vector),
        "np.bitwise_count has no entry in the table of derivatives (it is for integers): compose "
        "it from functions that have one, or add it with tinygrad_xor.engine.primitive",
    ),
    (
        lambda: np.frompyfunc(abs, 1, 1)(vector),
        "abs (vectorized) has no entry in the table of derivatives: compose it from functions that "
        "have one, or add it with tinygrad_xor.engine.primitive",
    ),
    (
        lambda: np.cumsum(vector, out=np.zeros(2)),
        "np.cumsum of a Value does not take out=",
    ),
    (lambda: np.where(vector), "np.where of a Value needs 3 arguments"),
    (
        lambda: primitive(np.add, "+"),
        "the table already has an operation called 'add': pass another name=, or replace=True to "
        "put this one in its place",
    ),
    (
        lambda: primitive(np.cumsum, "Σ", name="mine"),
        "mine is not elementwise: pass calls= to say how to draw its arguments",
    ),
]


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize(("mistake", "message"), MESSAGES, ids=range(len(MESSAGES)))
def test_an_error_says_what_was_wrong_and_what_to_do(mistake, message):
    with pytest.raises((TypeError, ValueError)) as error:
        mistake()
    assert str(error.value) == message


@pytest.mark.parametrize(
    "place", [lambda a: a, lambda a: a.flat], ids=["a[0] = v", "a.flat[0] = v"]
)
def test_a_value_put_into_a_plain_array_is_told_what_works_though_numpy_hides_the_error(place):
    a = np.zeros(2)
    with (
        pytest.warns(UserWarning, match=r"an array of it with tinygrad_xor.array\(values\)"),
        pytest.raises(ValueError, match=r"[Ss]etting"),
    ):
        place(a)[0] = Value(1.0)
