"""Every writer of formulas puts brackets where they are needed: its text says what was meant."""

import operator
import re
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from textbook.expression import call, number, symbol
from textbook.latex import Writer
from textbook.notation import LATEX
from textbook.simplify import Simplifier

from tinygrad_xor.viz.explain import WITH_NUMBERS
from tinygrad_xor.viz.infix import PLAIN, SPELLED, word, written

LETTERS = {"x": Fraction(3, 7), "y": Fraction(5, 2), "z": Fraction(-2, 3)}
FUNCTIONS = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": operator.pow,
    "negative": operator.neg,
}
LEAVES = st.sampled_from([*LETTERS, 2, -1])
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.tuples(st.sampled_from(["add", "subtract", "multiply", "divide"]), inner, inner)
        | st.tuples(st.just("power"), inner, st.sampled_from([2, 3, -1]))
        | st.tuples(st.just("negative"), inner)
    ),
    max_leaves=8,
)


def value(tree):
    """What a tree computes, exactly."""
    if type(tree) is tuple:
        return FUNCTIONS[tree[0]](*map(value, tree[1:]))
    return LETTERS.get(tree) or Fraction(tree)


def text(tree, notation):
    """A tree as a writer with these signs has it."""
    if type(tree) is tuple:
        return written(tree[0], [text(x, notation) for x in tree[1:]], notation=notation)
    return word(str(tree).replace("-", notation.minus))


def expression(tree):
    """A tree of the textbook."""
    if type(tree) is not tuple:
        known = type(tree) is str
        return symbol(tree, float(LETTERS[tree])) if known else number(float(tree))
    return call(tree[0], *map(expression, tree[1:]))


def read(formula):
    """What a text computes, as a reader would do it."""
    for sign, python in {"·": "*", "×": "*", r"\cdot": "*", "−": "-", "^": "**"}.items():
        formula = formula.replace(sign, python)
    formula = formula.replace(r"\left(", "(").replace(r"\right)", ")")
    formula = re.sub("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda x: f"**({x[0].translate(DIGITS)})", formula)
    before = ""
    while before != formula:  # what is inside of others first
        before = formula
        formula = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"(\1)/(\2)", formula)
        formula = re.sub(r"\*\*\{([^{}]*)\}", r"**(\1)", formula)
    formula = re.sub(r"(?<=[\w)]) (?=[\w(])", "*", formula)
    return eval(re.sub(r"[\d.]+", r"Fraction('\g<0>')", formula), {"Fraction": Fraction, **LETTERS})


DIGITS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def computed(tree):
    try:
        return value(tree)
    except ZeroDivisionError:
        assume(False)


@pytest.mark.parametrize("notation", [PLAIN, SPELLED, WITH_NUMBERS, LATEX])
@settings(max_examples=100)
@given(tree=TREES)
def test_what_is_written_computes_what_was_meant(notation, tree):
    expected = computed(tree)
    assert read(text(tree, notation)[0]) == expected


@settings(max_examples=200)
@given(TREES)
def test_a_formula_of_the_textbook_computes_what_was_meant(tree):
    expected = computed(tree)
    formula = Writer()(Simplifier()(expression(tree)))
    assert read(formula) == expected


def test_the_test_would_see_brackets_that_are_missing():
    torn = replace(PLAIN, brackets="{}")
    tree = ("multiply", ("add", "x", "y"), "z")
    assert read(text(tree, torn)[0]) != value(tree)
