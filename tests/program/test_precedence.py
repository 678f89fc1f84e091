"""Brackets stand where a reader, or a language, would tear apart what belongs together."""

import ast

from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_xor.program.precedence import ATOM, SIGN, between, within

SIGNS = ("+", "-", "*", "/", "//", "%", "@", "<")
#: Pairs of an expression, with the brackets that are needed and with all of them.
LEAVES = st.sampled_from([(("x", ATOM), "x"), (("y", ATOM), "y"), (("-1", SIGN), "(-1)")])


def joined(parts):
    (left, all_left), sign, (right, all_right) = parts
    return between(left, sign, right), f"({all_left} {sign} {all_right})"


EXPRESSIONS = st.recursive(
    LEAVES, lambda inner: st.tuples(inner, st.sampled_from(SIGNS), inner).map(joined)
)


@settings(max_examples=100)
@given(EXPRESSIONS)
def test_python_reads_the_same_with_the_brackets_that_are_needed_as_with_all(expression):
    (text, _), bracketed = expression
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(bracketed))


@settings(max_examples=100)
@given(EXPRESSIONS, st.sampled_from(SIGNS))
def test_no_brackets_stand_where_none_are_needed(expression, sign):
    (text, level), _ = expression
    written, _ = between((text, level), sign, ("z", ATOM))
    if written == f"({text}) {sign} z":
        assert ast.dump(ast.parse(f"{text} {sign} z")) != ast.dump(ast.parse(written))


def test_what_holds_together_gets_no_brackets():
    assert within(("x", ATOM), ATOM) == "x"
    assert within(("-1", SIGN), ATOM) == "(-1)"
