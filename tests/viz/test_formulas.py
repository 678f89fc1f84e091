"""The rules as formulas: read from the graph that a rule builds of Values."""

import math
from random import Random

import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.engine import TABLE, Variadic
from tinygrad_xor.viz.formulas import MAX_FORMULA, formula
from tinygrad_xor.viz.walk import walk


def example_of(entry):
    """A call of `entry` on unlabelled Values, with shapes and parameters as its tests draw them."""
    rng = np.random.default_rng(0)
    for attempt in range(20):  # until there is a number in each input
        if entry.calls is None:
            count = 2 if isinstance(entry.rules, Variadic) else len(entry.rules)
            shapes, params = ((5,),) * count, {}
        else:
            shapes, params = entry.calls(Random(attempt))
        if min(map(math.prod, shapes)) > 1:
            break
    domains = [*entry.domains, *[entry.domains[-1]] * len(shapes)]
    drawn = [domains[i].project(rng.uniform(-2, 2, shape)) for i, shape in enumerate(shapes)]
    learns = [x.dtype.kind == "f" for x in drawn]
    if entry.name == "special.zeta":
        learns[0] = False  # it refuses to lose a gradient
    with np.errstate(all="ignore"):
        return entry(*[Value(x) if v else x for x, v in zip(drawn, learns, strict=True)], **params)


@pytest.mark.parametrize("entry", TABLE.values(), ids=str)
def test_every_rule_of_the_table_has_a_formula(entry):
    value = example_of(entry)
    for position in range(len(value.inputs)):
        written = formula(value, position)
        assert written.strip()
        assert len(written) <= MAX_FORMULA
        assert written.count("(") == written.count(")")


READABLE = {
    "add": ["1", "1"],
    "subtract": ["1", "−1"],
    "multiply": ["y", "x"],
    "divide": ["1 / y", "−(x / y) / y"],
    "power": ["y · x^(y − 1)", "x^y · log(x)"],
    "exp": ["exp(x)"],
    "log": ["1 / x"],
    "tanh": ["1 − tanh(x)²"],
    "sigmoid": ["σ(x) · (1 − σ(x))"],
    "sqrt": ["1 / (2 · √x)"],
    "square": ["2 · x"],
    "sin": ["cos(x)"],
    "cos": ["−sin(x)"],
    "matmul": ["g @ yᵀ", "xᵀ @ g"],
    "sum": ["g"],
    "softmax": ["softmax(x) · (g − Σ(g · softmax(x)))"],
}


@pytest.mark.parametrize("name", READABLE)
def test_the_main_rules_read_as_in_a_textbook(name):
    value = example_of(TABLE[name])
    assert [formula(value, i) for i in range(len(value.inputs))] == READABLE[name]


def test_inputs_and_output_are_called_by_their_labels():
    x, w = Value(0.5, "x₁"), Value(-2.0, "w₁")
    h = np.tanh(x * w)
    h.label = "h"
    assert formula(h, 0) == "1 − h²"
    assert formula(h.inputs[0], 0) == "w₁"
    assert formula(h.inputs[0], 0, "∂L/∂z") == "∂L/∂z · w₁"


def test_what_a_rule_asks_of_the_numbers_is_answered():
    x, y = Value([1.0, 2.0], "x"), Value([2.0, 1.0], "y")
    assert formula(np.maximum(x, y), 0) == "0 or 1"
    assert formula(np.maximum(Value(3.0), 1.0), 0) == "1"
    assert formula(Value([-1.0, 1.0]).relu(), 0) == "0 or 1"


def test_a_power_with_a_number_above_is_written_with_superscripts():
    x = Value(3.0, "x")
    assert formula(x**2, 0) == "2 · x"
    assert formula(x**3, 0) == "3 · x²"
    assert formula(x**-1, 0) == "−1 · x⁻²".replace("−1 · ", "−")


def test_an_input_that_was_stretched_gets_a_sum():
    x, b = Value(np.ones((4, 3)), "x"), Value(np.ones(3), "b")
    assert formula(x + b, 0) == "1"
    assert formula(x + b, 1) == "Σ g"
    assert formula(x * b, 1) == "Σ g · x"


def test_names_of_inputs_never_collide():
    y = Value(2.0, "y")
    assert formula(Value(3.0) * y, 1) == "x"
    assert formula(y * Value(3.0), 0) == "y′"


def test_a_value_that_is_used_twice_has_one_name():
    h = Value(3.0)
    assert [formula(h * h, i) for i in (0, 1)] == ["x", "x"]


def test_what_has_no_gradient_is_0_and_a_leaf_has_no_formula():
    assert formula(np.where(np.array([True, False]), Value([1.0, 2.0]), 0.0), 0) == "0"
    with pytest.raises(ValueError, match="is a leaf"):
        formula(Value(1.0), 0)


def test_numbers_that_are_not_finite_and_empty_arrays_have_formulas_too():
    x = Value([np.nan, np.inf, 0.0], "x")
    with np.errstate(all="ignore"):
        assert formula(np.log(x), 0) == "1 / x"
    assert formula(Value(np.zeros((0, 3)), "e").sum(), 0) == "g"
    zero = Value(0.0, "x")
    with np.errstate(all="ignore"):
        assert formula(1.0 / zero, 1)


def test_operations_of_the_user_have_formulas():
    from tinygrad_xor.engine import primitive

    try:
        cube = primitive(
            lambda x: x * x * x,
            "x³",
            lambda g, y, x: g * 3 * x * x,
            name="cube",
            elementwise=True,
        )
        assert formula(cube(Value(2.0, "a")), 0) == "3 · a · a"
    finally:
        del TABLE["cube"]


def test_products_of_matrices_and_vectors_are_outer_products_and_sums():
    A, v, u = Value(np.ones((2, 3)), "A"), Value(np.ones(3), "v"), Value(np.ones(2), "u")
    assert [formula(A @ v, i) for i in (0, 1)] == ["outer(g, v)", "Σ g · A"]
    assert [formula(u @ A, i) for i in (0, 1)] == ["g @ Aᵀ", "outer(u, g)"]


def test_an_argument_without_a_label_is_not_called_as_another_value_is():
    x = Value(2.0, "x")
    h = Value(3.0) * Value(4.0)
    assert [edge.formula for edge in walk([h * x, h]).edges] == ["v2", "v1", "x", "v3"]
    assert [formula(h, 1, taken=["x"]), formula(h, 0)] == ["x′", "y"]
    g = Value(np.ones(3), "g")
    assert formula(g.sum(), 0) == "g′"


def test_the_absolute_value_of_real_numbers_has_no_conjugate():
    assert formula(np.abs(Value(-2.0, "x")), 0) == "−1"
    assert formula(np.abs(Value([-2.0, 3.0], "x")), 0) == "−1 or 1"
    assert formula(np.abs(Value(1 + 2j, "z")), 0) == "conjugate(z / |z|)"


def test_complex_constants_are_written_out():
    x = Value(2.0, "x")
    assert formula(x * (1 + 2j), 0, "g") == "g · (1 + 2i)"
    assert formula(np.imag(Value(1 + 2j, "z")), 0, "g") == "−i · g"


def test_a_label_of_several_words_stands_in_brackets():
    s = Value(2.0, "b+c")
    assert formula(s * Value(3.0), 1) == "b+c"
    assert formula(s * Value(3.0), 1, "g") == "g · (b+c)"
    assert formula(1.0 / s, 1) == "−(1 / (b+c)) / (b+c)"


def test_a_gradient_with_a_name_of_its_own_is_moved_as_a_whole():
    v = Value(np.ones((2, 3)), "v")
    assert formula(v.T, 0, "∂L/∂z") == "(∂L/∂z)ᵀ"
