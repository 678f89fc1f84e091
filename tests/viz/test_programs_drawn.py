"""A picture is one of a program: traced, or the one that computed a Value."""

import functools
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value, grad
from tinygrad_xor.engine import TABLE
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
from tinygrad_xor.optim import SGD
from tinygrad_xor.program import trace
from tinygrad_xor.viz import draw, explain, explore_value, walk

X, Y = np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([[1.0], [0.0]])


def step_of_training():
    """One step, forward, backward and the update, as a program."""
    net = Sequential([Dense(3, "tanh", input_dim=2), Dense(1, "sigmoid")], seed=0)

    def step(weights, x, y):
        for p, w in zip(net.parameters(), weights, strict=True):
            p.data = w
        optimizer = SGD(net.parameters(), lr=0.5)
        loss = BinaryCrossentropy()(y, net(x))
        loss.backward()
        optimizer.step()
        new = [p.data for p in net.parameters()]
        for p in net.parameters():
            p.grad = None
        return loss.data, new

    return trace(step, net.get_weights(), X, Y)


def test_a_traced_step_folds_back_into_the_layers_and_what_goes_back_through_them():
    program = step_of_training()
    graph = draw(program, collapse=True).graph
    boxes = [node.label for node in graph.nodes if node.kind == "layer"]
    assert boxes == ["dense_1", "dense_2", "loss", "∂loss", "∂dense_2", "∂dense_1"]
    pairs = Counter((edge.tail.label, edge.head.label) for edge in graph.edges)
    for before, after in (("dense_1", "dense_2"), ("dense_2", "loss"), ("∂loss", "∂dense_2")):
        assert pairs[before, after] == 1


def test_the_nodes_of_a_program_are_called_and_shaped_as_it_prints_them():
    program = step_of_training()
    printed = str(program).splitlines()
    nodes = [node for node in draw(program).graph.nodes if node.kind != "constant"]
    assert len(nodes) == len(program.inputs) + len(program.steps) == len(printed) - 1
    for node, line in zip(nodes, printed, strict=False):
        assert line.startswith(f"{node.name} = ")
        assert f"# {node.shape} " in line
    words = explain(program).splitlines()
    assert words[0] == "weights[0]  # (2, 3) float64"
    assert "v6 = x @ weights[0]  # (2, 3) float64, dense_1" in words
    assert len(words) == len(nodes)


def test_lists_axes_and_masks_of_a_program_are_drawn():
    def f(x, y):
        joined = np.concatenate([x, y])
        return np.sum(np.where(joined > 1.0, joined, 0.0), axis=0) + joined[1]

    text = explain(trace(f, np.array([0.5, 2.0]), np.array([3.0, 4.0])))
    for line in (
        "v2 = concatenate(x, y)  # (4,) float64",
        "v3 = v2 > 1  # (4,) bool",
        "v4 = where(v3, v2, 0)  # (4,) float64",
        "v5 = Σ(v4, axis=0)  # () float64",
        "v6 = v2[1]  # () float64",
    ):
        assert line in text


OPERATIONS = [
    lambda a, b: a + b,
    lambda a, b: a * b,
    lambda a, b: np.tanh(a) - b,
    np.maximum,
    lambda a, b: np.where(np.bool_(True), a, b),
    lambda a, b: (np.array([1.0, 2.0]) * a).sum(axis=0) ** 2,
]


@st.composite
def graphs(draw_):
    numbers = draw_(st.lists(st.floats(-2, 2), min_size=2, max_size=3))
    values = [Value(x, f"x{i}") for i, x in enumerate(numbers)]
    for _ in range(draw_(st.integers(1, 9))):
        operate = draw_(st.sampled_from(OPERATIONS))
        values.append(operate(*(draw_(st.sampled_from(values)) for _ in range(2))))
    return values[-1]


@given(graphs())
def test_the_program_that_is_drawn_computes_the_value(end):
    graph = walk([end])
    leaves = [node.data for node in graph.nodes if node.kind == "leaf"]
    np.testing.assert_allclose(graph.program(*leaves), end.data, rtol=1e-12)
    assert replace(graph.program) == graph.program


def test_one_value_has_one_name_everywhere():
    x, w = Value(2.0, "x"), Value(3.0, "w")
    y = np.tanh(x * w) + 1.0
    names = {node.name for node in draw(y).graph.nodes if node.kind == "operation"}
    assert names == {"v2", "v3", "v4"}
    page = explore_value(y).data["passes"]["views"]["operations"]
    assert {node["label"] for node in page["nodes"]} == {"x", "w", *names}
    for name in names:
        assert f"  {name} = " in explain(y)
        assert f"{name} = " in str(walk([y]).program)


@pytest.fixture
def called(monkeypatch):
    """How often each rule of the table was called: on numbers, and on Values for the formulas."""
    calls = Counter()

    def counted(entry, position, rule):
        @functools.wraps(rule)
        def called(g, *given, **params):
            calls[entry.name, position, any(type(x) is Value for x in (g, *given))] += 1
            return rule(g, *given, **params)

        return called

    for name in ("add", "multiply", "tanh", "sum", "divide"):
        rules = [counted(TABLE[name], i, rule) for i, rule in enumerate(TABLE[name].rules)]
        monkeypatch.setattr(TABLE[name], "rules", tuple(rules))
    return calls


def test_a_drawing_is_one_backward_pass(called):
    x, w = Value(2.0, "x"), Value(3.0, "w")
    y = np.tanh(x * w + 1.0) * x / (x + w)
    drawing = draw(y)
    assert drawing.to_json()
    assert drawing.to_mermaid()
    uses = Counter((e.head.operation, e.position) for e in drawing.graph.edges if e.uses)
    numbers = {key[:2]: n for key, n in called.items() if not key[2]}
    assert numbers == uses  # each rule once for each arrow, whatever is read of the drawing


def test_words_take_the_gradients_and_one_more_pass(called):
    x, w = Value([2.0, 1.0], "x"), Value(3.0, "w")
    end = (np.tanh(x * w) + 1.0).sum() * w
    explain(end)
    numbers = {key[:2]: n for key, n in called.items() if not key[2]}
    assert numbers == {
        ("multiply", 0): 4,
        ("multiply", 1): 4,
        ("sum", 0): 2,
        ("add", 0): 2,
        ("tanh", 0): 2,
    }


def test_a_function_at_some_arguments_is_explained():
    assert "  v1 = x² = 0.5² = 0.25" in explain(lambda x: x**2, 0.5)
    assert "v1 = 3 × x" in explain(trace(lambda x: 3.0 * x, 0.5), 2.0)
    assert "  ∂v3/∂x" in explain(grad(lambda x: x**3), 0.5)
    with pytest.raises(TypeError, match="one result, and here are several"):
        explain(lambda x: (x, 2 * x), 0.5)
    with pytest.raises(TypeError, match=r"at some inputs: explain\(model, x\)"):
        explain(Sequential([Dense(1, input_dim=2)]))
