"""What a function that is differentiated may return, and what is refused by name."""

import datetime
from dataclasses import dataclass

import numpy as np
import pytest

from tinygrad_xor import (
    Value,
    grad,
    hvp,
    jacobian,
    jvp,
    register_pytree_node,
    value_and_grad,
    vjp,
)
from tinygrad_xor.program.trees import flatten, leaves_like


@dataclass
class Line:
    slope: float
    intercept: float


@dataclass
class Wrapped:
    inside: object


class Labelled:
    """An array of another library, which holds whatever it is given."""

    __array_priority__ = 2000.0

    def __init__(self, inside):
        self.inside = inside

    def __mul__(self, other):
        return Labelled(self.inside * other)


TRANSFORMS = {
    "grad": lambda f, x: grad(f)(x),
    "jacobian": lambda f, x: jacobian(f)(x),
    "jacobian forward": lambda f, x: jacobian(f, mode="forward")(x),
    "vjp": vjp,
    "jvp": lambda f, x: jvp(f, (x,), (1.0,)),
    "hvp": lambda f, x: hvp(f, (x,), (1.0,)),
}
LOST = {
    "a set": (lambda x: {x * x}, "returned a set"),
    "a dataclass": (lambda x: Wrapped(x * x), "returned a Wrapped"),
    "a generator": (lambda x: (x * i for i in range(3)), "returned a generator"),
    "text": (lambda x: f"{x * x}", "returned a str"),
    "a function": (lambda x: lambda: x * x, "returned a function"),
    "an array of another library": (lambda x: Labelled(2.0) * x, "returned a Labelled"),
    "an array of objects": (lambda x: np.array([None]), "returned a ndarray"),
    "a boolean": (lambda x: x > 0, "True_?, a bool"),
    "booleans": (lambda x: np.array([x > 0]), "a ndarray that is true or false"),
    "an index": (lambda x: int(np.argmax(x.data)), "0, a int that is"),
    "NumPy's index": (np.argmax, "a int64 that is"),
}


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS.keys())
@pytest.mark.parametrize(("function", "message"), LOST.values(), ids=LOST.keys())
def test_an_output_that_loses_the_gradient_is_refused_by_its_name(transform, function, message):
    with pytest.raises(TypeError, match=message):
        transform(function, 3.0)


@pytest.mark.parametrize(
    "constant", [2.5, np.float64(2.5), np.float32(2.5), np.array(2.5)], ids=repr
)
def test_an_output_that_does_not_depend_on_the_input_has_the_gradient_zero(constant):
    assert grad(lambda x: constant)(3.0) == 0.0


def test_a_class_of_ones_own_is_a_tree_once_it_is_registered():
    register_pytree_node(
        Line,
        lambda line: ((line.slope, line.intercept), "kept"),
        lambda rest, children: Line(*children),
    )
    assert grad(lambda line: line.slope**2 + 3.0 * line.intercept)(Line(2.0, 1.0)) == Line(4.0, 3.0)
    assert jacobian(lambda x: Line(x * x, 2.0 * x))(3.0) == Line(6.0, 2.0)
    assert jvp(lambda line: line, (Line(1.0, 2.0),), (Line(3.0, 4.0),))[1] == Line(3.0, 4.0)
    leaves, form = flatten({"line": Line(1.0, [2.0, 3.0])})
    assert form(leaves) == {"line": Line(1.0, [2.0, 3.0])}
    assert leaves_like(Line(1.0, 2.0), Line(3.0, 4.0)) == [1.0, 2.0]
    for other in (1.0, (1.0, 2.0), Line(1.0, (2.0, 3.0))):
        with pytest.raises(ValueError, match="is wanted"):
            leaves_like(other, Line(3.0, 4.0))


@pytest.mark.parametrize("bare", [np.array([2.0]), 2.0, {"x": 2.0}], ids=repr)
def test_jvp_wants_its_primals_and_tangents_in_a_tuple(bare):
    with pytest.raises(TypeError, match=r"takes the primals in a tuple.*, \(primal,\), not a"):
        jvp(lambda x: x * x, bare, (np.array([1.0]),))
    with pytest.raises(TypeError, match=r"takes the tangents in a tuple"):
        jvp(lambda x: x * x, (np.array([2.0]),), bare)


OUTSIDE = {
    "text": "1.0",
    "dates": datetime.date(2070, 1, 1),
    "dates of NumPy": np.array("2070-01-01", "M8[D]"),
    "a mask": np.ma.array(1.0, mask=True),
    "records": np.array((1.0,), [("a", float)]),
    "nothing": object(),
}


@pytest.mark.parametrize("strange", OUTSIDE.values(), ids=OUTSIDE.keys())
def test_tangents_and_cotangents_that_are_no_numbers_are_refused(strange):
    with pytest.raises(TypeError):
        jvp(lambda x: x * x, (3.0,), (strange,))
    with pytest.raises(TypeError):
        vjp(lambda x: x * x, 3.0)[1](strange)
    with pytest.raises(TypeError):
        (Value(3.0) * 2.0).backward(strange)


OWN = {
    "vjp": lambda f, x: vjp(f, x)[0],
    "jvp": lambda f, x: jvp(f, (x,), (x,))[0],
    "value_and_grad": lambda f, x: value_and_grad(lambda x: (x[0], f(x)), has_aux=True)(x)[0][1],
    "grad": lambda f, x: grad(lambda x: (x[0], f(x)), has_aux=True)(x)[1],
}


@pytest.mark.parametrize("output", OWN.values(), ids=OWN.keys())
@pytest.mark.parametrize("function", [np.exp, lambda x: x], ids=["exp", "the input"])
def test_outputs_are_arrays_of_the_callers_own(output, function):
    out = output(function, np.zeros(3))
    out[out < 2.0] = 7.0
    assert out.tolist() == [7.0, 7.0, 7.0]


def test_writing_into_an_output_changes_no_pullback():
    out, pullback = vjp(np.exp, np.zeros(3))
    out[...] = 7.0
    assert pullback(np.ones(3))[0].tolist() == [1.0, 1.0, 1.0]
