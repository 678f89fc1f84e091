"""The numbers on the edges: the chain rule, edge by edge, adds up to the gradients."""

import math
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value
from tinygrad_xor.viz import draw, walk
from tinygrad_xor.viz.levels import folded

OPERATIONS = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / (b * b + 1.0),
    lambda a, b: np.tanh(a),
    np.maximum,
    lambda a, b: np.exp(-a * a),
    lambda a, b: np.where(np.bool_(True), a, b),
]


@st.composite
def graphs(draw_):
    """The end of a random graph of scalars, after backward()."""
    numbers = draw_(st.lists(st.floats(-2, 2), min_size=2, max_size=4))
    values = [Value(x, label=f"x{i}") for i, x in enumerate(numbers)]
    for _ in range(draw_(st.integers(1, 12))):
        operate = draw_(st.sampled_from(OPERATIONS))
        values.append(operate(*(draw_(st.sampled_from(values)) for _ in range(2))))
    values[-1].backward()
    return values[-1]


def sums(graph):
    total = defaultdict(float)
    for edge in graph.edges:
        if edge.flow is not None:
            total[edge.tail] += edge.flow
    return total


@given(graphs())
def test_what_edges_bring_adds_up_to_the_gradient_of_each_node(end):
    for graph in (walk([end]), folded(walk([end]))):
        total = sums(graph)
        for node in graph.nodes:
            if node.gradient is not None and not node.is_output:
                assert math.isclose(total[node], node.gradient, rel_tol=1e-9, abs_tol=1e-12)


@given(graphs())
def test_the_gradients_of_a_node_are_the_same_in_the_folded_graph(end):
    whole = {node.name: node for node in walk([end]).nodes}
    for node in folded(walk([end])).nodes:
        assert whole[node.name].gradient == node.gradient


def test_an_edge_has_its_number_its_formula_and_what_it_brings():
    x, w = Value(2.0, "x"), Value(-3.0, "w")
    (x * w).backward()
    y = x * w
    y.backward(2.0)
    first, second = walk([y]).edges
    assert (first.number, first.formula, first.flow) == (-3.0, "w", -6.0)
    assert (second.number, second.formula, second.flow) == (2.0, "x", 4.0)


def test_arrays_have_a_formula_and_no_number():
    edge = walk([Value(np.ones((1, 2)), "X") @ Value(np.ones((2, 1)), "W")]).edges[0]
    assert (edge.number, edge.formula, edge.flow) == (None, "g @ Wᵀ", None)


def test_constants_and_arguments_without_a_rule_have_no_derivative():
    edges = walk([np.where(np.array([True, False]), Value([1.0, 2.0]), 0.0)]).edges
    assert [edge.formula for edge in edges] == ["", "where(c1, 1, 0)", ""]


def test_infinite_and_missing_numbers_are_shown_as_such():
    zero = Value(0.0, "x")
    with np.errstate(all="ignore"):
        y = 1.0 / zero
        y.backward()
    (_, edge) = walk([y]).edges
    assert not math.isfinite(edge.number)
    assert "−inf" in draw(y).source


def test_local_derivatives_change_no_gradient_and_no_data():
    x = Value(2.0, "x")
    y = x * x
    y.backward()
    draw(y)
    assert (x.grad, y.grad, y.data) == (4.0, 1.0, 4.0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scalars_of_each_dtype_have_numbers(dtype):
    y = np.sum(Value(np.ones(3, dtype))) * 2
    assert [edge.number for edge in walk([y]).edges] == [None, 2.0, None]


def test_complex_numbers_are_drawn():
    z = Value(1 + 2j, "z")
    y = np.abs(z * z)
    y.backward()
    assert "1 + 2i" in draw(y).source
    assert draw(Value(np.full(20, 1j)) * 2).source
