"""The formulas of the page of derivatives are right, and say what a textbook says."""

import importlib

import numpy as np
import pytest
from textbook.entries import (
    LENGTH,
    SIDE,
    arguments,
    call_of,
    formula_of,
    function_of,
    sources_of,
    words_of,
)
from textbook.page import PAGES

from tinygrad_xor.engine import TABLE, primitive

pytest.importorskip("scipy.special")
importlib.import_module("tinygrad_xor.derivatives.special")

RULES = [
    (entry, position)
    for entry in TABLE.values()
    if entry.page in PAGES
    for position in arguments(entry)
]


def computed_and_expected(entry, position, formula, seed):
    """The formula and the rule at a fresh point; and where the formula is said to hold."""
    # of another size than where the formula was read, unless the size is a parameter in it
    fixed = {"reshape", "pad"} & {part.name for part in formula.tree.walk()}
    length, side = (LENGTH, SIDE) if fixed else (LENGTH - 3, SIDE + 1)
    call = call_of(entry, seed, length, side)
    rng = np.random.default_rng(seed)
    out = call.output()
    g = rng.uniform(0.5, 1.5, out.shape).astype(out.dtype)
    if np.iscomplexobj(out):
        g = g + 1j * rng.uniform(0.5, 1.5, out.shape)
    names = dict(zip(call.names, [*call.inputs, out, g], strict=True))
    names |= {"n": length, "I": np.eye(side)}
    rule = next(r for i, r in enumerate(entry.rules) if i == position)
    with np.errstate(all="ignore"):
        expected = np.asarray(rule(g, out, *call.inputs, **call.params))
        computed = formula.tree.evaluate(names)
        if formula.left.startswith(r"\frac{\partial"):
            computed = g * computed
        holds = np.all([np.ones(expected.shape, bool)], axis=0)
        for condition in formula.assumed:
            holds = holds & np.asarray(condition.evaluate(names), bool)
    return np.broadcast_to(computed, expected.shape)[holds], expected[holds]


@pytest.mark.parametrize(("entry", "position"), RULES, ids=[f"{e.name}-{i}" for e, i in RULES])
def test_every_formula_computes_what_its_rule_computes_at_fresh_points(entry, position):
    formula = formula_of(entry, position)
    if formula is None:
        assert words_of(entry, helpers=True) or sources_of(entry, [position])
        return
    for seed in (1, 2, 3):
        computed, expected = computed_and_expected(entry, position, formula, seed)
        assert expected.size > 0
        np.testing.assert_allclose(computed, expected, rtol=1e-9, atol=1e-12)


def test_most_rules_are_formulas():
    without = {entry.name for entry, position in RULES if formula_of(entry, position) is None}
    of_no_page = {name for name in without if TABLE[name].page not in ("moving", "decompositions")}
    assert of_no_page == {
        *("concatenate", "index_set", "irfft", "lstsq"),
        *("recurrence", "prod", "cummax", "cummin"),
        *("median", "percentile", "quantile", "nanmedian", "nanpercentile", "nanquantile"),
        *("special.i1", "special.j1", "special.i1e", "special.log_ndtr", "special.stdtr"),
        *("special.jv", "special.yv", "special.iv", "special.kv"),
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tanh", r"1 - y^{2}"),
        ("exp", "y"),
        ("sqrt", r"\frac{1}{2 y}"),
        ("sigmoid", r"y \left(1 - y\right)"),
        ("softmax", r"y_i \left(\bar y_i - \sum_{j} \bar y_j y_j\right)"),
        ("mean", r"\frac{\bar y}{n}"),
        ("cumsum", r"\sum_{j \ge i} \bar y_j"),
        ("inv", r"-Y^\top \bar Y Y^\top"),
        ("transpose", r"\bar Y^\top"),
        ("deg2rad", r"\frac{\pi}{180}"),
    ],
)
def test_a_formula_reads_as_in_a_textbook(name, expected):
    formula = formula_of(TABLE[name], 0)
    assert formula is not None
    assert formula.right == expected


def test_a_product_of_matrices_has_its_two_transposes():
    matmul = TABLE["matmul"]
    left, right = formula_of(matmul, 0), formula_of(matmul, 1)
    assert left is not None
    assert right is not None
    assert f"{left.left} = {left.right}" == r"\bar X = \bar Z Y^\top"
    assert f"{right.left} = {right.right}" == r"\bar Y = X^\top \bar Z"


def test_what_a_rule_asks_is_said_with_its_formula():
    formula = formula_of(TABLE["sinc"], 0)
    assert formula is not None
    assert formula.conditions == (r"\lvert x\rvert \ge 0.25",)


def test_a_function_that_is_made_of_others_is_written_out():
    assert function_of(TABLE["relu"]) == r"y = \max(x, 0)"
    assert function_of(TABLE["softplus"]) == r"y = \ln\left(1 + e^{x}\right)"


def test_a_wrong_rule_gives_its_own_wrong_formula():
    try:
        cube = primitive(
            lambda x: x * x * x,
            "x³",
            lambda g, y, x: g * 2 * x * x,
            name="cube of a test",
            elementwise=True,
        )
        formula = formula_of(cube, 0)
        assert formula is not None
        assert formula.right == "2 x^{2}"
    finally:
        TABLE.pop("cube of a test", None)


def test_the_sources_of_a_lambda_has_nothing_of_what_is_around_it():
    assert sources_of(TABLE["sin"], [0]) == ["lambda g, y, x: g * np.cos(x)"]


def test_the_sources_of_no_rule_is_empty():
    assert sources_of(TABLE["multi_dot"], []) == sources_of(TABLE["sin"], []) == []
