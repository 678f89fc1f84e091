"""The steps have the engine's own numbers."""

import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.engine import TABLE
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
from tinygrad_xor.viz.explorer.listing import Listing
from tinygrad_xor.viz.explorer.runs import flat
from tinygrad_xor.viz.explorer.steps import SteppedGraph, rules


@pytest.fixture(params=["lines", "operations"])
def passed(request):
    """A graph of the XOR network, after the engine's own backward pass."""
    model = Sequential([Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")], seed=4)
    code = Listing(model, BinaryCrossentropy())
    values = code.run(flat(model.get_weights()), [1.0, 0.7], [1.0])
    values["L"].backward()
    return SteppedGraph(values["L"], request.param == "lines", [values["y"]])


def test_the_last_sum_at_each_node_is_the_engines_gradient(passed):
    sums = {}
    for step in passed.backward_steps():
        sums[passed.edges[step["edge"]][0]] = step["sum"]
    labels = [node["label"] for node in passed.nodes()]
    assert {labels[i] for i in sums} >= {"x₁", "w₂₅", "v₃", "c", "s", "h₁", "z₅"}
    assert {"y", "p"}.isdisjoint(labels[i] for i in sums)  # the slope of s is p - y, past p
    for i, total in sums.items():
        assert total == pytest.approx(passed.groups[i][-1].value.grad, rel=1e-12, abs=1e-300)


def test_each_contribution_is_the_product_of_the_chain_rule(passed):
    for step in passed.backward_steps():
        product = step["incoming"] * step["local"]
        assert step["contribution"] == pytest.approx(product, rel=1e-12, abs=1e-300)


def test_a_node_is_passed_back_from_only_when_all_its_paths_have_arrived(passed):
    finished = set()
    for step in passed.backward_steps():
        tail, head = passed.edges[step["edge"]]
        finished.add(head)
        assert tail not in finished


def test_a_network_of_two_outputs_is_stepped_through_line_by_line():
    model = Sequential([Dense(3, "tanh", input_dim=2), Dense(2, "sigmoid")], seed=1)
    code = Listing(model, BinaryCrossentropy())
    values = code.run(flat(model.get_weights()), [1.0, 0.5], [1.0, 0.0])
    values["L"].backward()
    graph = SteppedGraph(values["L"], True, [values["y₁"], values["y₂"]])
    sums = {graph.edges[step["edge"]][0]: step["sum"] for step in graph.backward_steps()}
    assert len(sums) == len(graph.groups) - 2 - 1 - 2  # no step to a target, p, or from the end
    for i, total in sums.items():
        assert total == pytest.approx(graph.groups[i][-1].value.grad, rel=1e-12, abs=0)


def test_the_rules_are_the_tables(monkeypatch):
    monkeypatch.setattr(TABLE["tanh"], "rules", (lambda g, y, x: g * 42.0,))
    graph = SteppedGraph(np.tanh(Value(0.5, label="x")))
    assert [step["local"] for step in graph.backward_steps()] == [42.0]


def test_a_node_used_twice_gets_both_shares():
    x = Value(3.0, label="x")
    assert [s["sum"] for s in SteppedGraph(x * x).backward_steps()] == [3.0, 6.0]


def test_formulas_have_brackets_where_they_are_needed():
    x, y = Value(2.0, label="x"), Value(5.0, label="y")
    assert SteppedGraph((x + y) * 3.0).nodes()[-1]["formula"] == [2, " · 3"]
    z = (x + y) * (x - (y - x)) - 4.0 * x
    z.label = "z"
    names = {0: "x", 1: "y"}
    parts = SteppedGraph(z, by_name=True).nodes()[-1]["formula"]
    text = "".join(names.get(part, part) for part in parts)
    assert text == "(x + y) · (x − (y − x)) − 4 · x"


def test_infinities_and_nan_go_through_as_in_the_engine():
    x = Value(0.0, label="x")
    with np.errstate(all="ignore"):
        y = 1.0 / x
        z = y - y
        z.backward()
        steps = SteppedGraph(z).backward_steps()
    assert np.isnan(SteppedGraph(z).values()[-1])
    assert np.isnan(steps[-1]["sum"]) == np.isnan(x.grad)


def test_arrays_are_refused_with_their_shape():
    v = Value([1.0, 2.0], label="v")
    with pytest.raises(ValueError, match=r"single numbers, but v has shape \(2,\)"):
        SteppedGraph(v.sum())


def test_the_lines_of_the_rules_are_found():
    found = rules(SteppedGraph(np.tanh(Value(1.0)) * 2.0))
    assert found["tanh"][0].startswith("tinygrad_xor/derivatives/trigonometry.py:")
    assert "return g * (1 - square" in found["tanh"][0]  # a rule of several lines
    assert "g * y" in found["multiply"][0]


def test_a_rule_that_is_an_expression_of_several_lines_is_whole():
    (found,) = rules(SteppedGraph(np.mean(Value([1.0]))))["mean"]
    assert found.endswith("spread(over(g, count(y, x, where, axis, keepdims)), x, axis, where)")


@pytest.mark.parametrize(
    ("name", "inputs"),
    [("nansum", 1), ("categorical_crossentropy", 2), ("log_power", 2), ("multiply", 2)],
)
def test_the_brackets_of_a_rule_match(name, inputs):
    graph = SteppedGraph(TABLE[name](*[Value(0.5)] * inputs))
    for found in rules(graph)[name]:
        assert "lambda" in found
        assert found.count("(") == found.count(")") > 0
