"""Brackets are where they are needed, and what a rule asks is not lost."""

import numpy as np
import pytest
from textbook.expression import number
from textbook.latex import NotTypesetError, Writer, number_text
from textbook.recording import Notes, expression_of
from textbook.simplify import LENGTH, Simplifier

from tinygrad_xor import Value


def leaf(name, shape=(LENGTH,), seed=0):
    data = np.random.default_rng(seed).uniform(0.5, 1.5, shape)
    return Value(Notes().array(data, name), name)


def simplified(value):
    simplify = Simplifier()
    return simplify(expression_of(value)), simplify


def latex(value, **how):
    return Writer(**how)(simplified(value)[0])


A, B, C = leaf("a"), leaf("b"), leaf("c")
M, W = leaf("M", (5, 5)), leaf("W", (5, 5))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((A + B) * C, r"c \left(a + b\right)"),
        (A - (B + C), r"a - \left(b + c\right)"),
        (-(A + B), r"-\left(a + b\right)"),
        (A * A * A, "a^{3}"),
        (A / B / C, r"\frac{a}{b c}"),
        (A / (B / C), r"\frac{a c}{b}"),
        ((A / B) ** 0.5, r"\left(\frac{a}{b}\right)^{0.5}"),
        (np.exp(A) ** 2, r"\left(e^{a}\right)^{2}"),
        (A ** (B + C), "a^{b + c}"),
        (np.sin(A) * B, r"b \sin a"),
        (np.sin(A) * np.cos(B), r"\sin\left(a\right) \cos b"),
        (np.sin(A * B), r"\sin\left(a b\right)"),
        (-A * -B, "a b"),
        (A * 0 + B, "b"),
        (-A + B, "b - a"),
        (A / 2, r"\frac{a}{2}"),
        (2 * A * 3, "6 a"),
        (A * 0.1, r"\frac{a}{10}"),
        (M @ W.T, r"M W^\top"),
        ((M + W) @ M, r"\left(M + W\right) M"),
        ((M * W) @ M, r"\left(M \odot W\right) M"),
        ((M @ W).T, r"\left(M W\right)^\top"),
        (M.T.T, "M"),
    ],
)
def test_a_formula_has_the_brackets_it_needs_and_no_others(value, expected):
    assert latex(value) == expected


def test_sums_over_elements_have_an_index_of_their_own():
    assert latex(np.sum(A * B), index=True, scalar=True) == r"\sum_{i} a_i b_i"
    assert latex(A * np.sum(A * B), index=True) == r"a_i \sum_{j} a_j b_j"


def test_the_length_of_a_vector_is_called_n():
    assert latex(A / (1.0 * LENGTH)) == r"\frac{a}{n}"


def test_a_question_about_the_numbers_is_in_the_formula():
    assert latex(np.where(A > 0, B, 0.0)) == r"b [a \gt 0]"
    assert latex(np.where(A > 0, B, C)) == r"b [a \gt 0] + c [a \le 0]"


def test_a_guard_against_division_by_zero_is_left_out_and_said():
    formula, simplify = simplified(B / (A + (A == 0)))
    assert Writer()(formula) == r"\frac{b}{a}"
    assert [Writer().relation(a) for a in simplify.assumed] == [r"a \neq 0"]


def test_an_answer_that_a_rule_relied_on_is_remembered():
    notes = Notes()
    assert not np.any(notes.array(np.ones(3), "a") > 1)
    simplify = Simplifier()
    for answer in notes.answers:
        simplify.assume(simplify(answer))
    assert notes.answers
    assert len(simplify.assumed) == 1


def test_numbers_with_a_name_are_written_by_it_and_no_others():
    assert number_text(np.pi)[0] == r"\pi"
    assert number_text(1e-12)[0] == "10^{-12}"
    assert number_text(0.25)[0] == "0.25"
    with pytest.raises(NotTypesetError):
        number_text(3.14159265)


def test_an_array_of_different_numbers_is_no_formula():
    with pytest.raises(NotTypesetError):
        Writer()(number(np.array([1.0, 2.0])))
