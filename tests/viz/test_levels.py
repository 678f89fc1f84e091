"""Levels of detail: folded chains, layers as frames or boxes, the summary."""

import sys
from collections import namedtuple

import numpy as np
import pytest

from tinygrad_xor import Value, detect_anomaly, grad
from tinygrad_xor.engine import origins, scope
from tinygrad_xor.nn import Dense, Neuron, Sequential
from tinygrad_xor.viz import draw, explain, walk
from tinygrad_xor.viz.levels import folded

X, Y = np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([[1.0], [0.0]])


def model():
    return Sequential([Dense(3, "tanh", input_dim=2), Dense(1, "sigmoid")], seed=0)


def kinds(graph):
    return {node.label or node.symbol: node.kind for node in graph.nodes}


def test_a_sum_of_twelve_is_one_node():
    out = Neuron(12, seed=0)([1.0] * 12)
    graph = draw(out, fold=True).graph
    sums = [node for node in graph.nodes if node.operation == "add"]
    assert len(sums) == 1
    incoming = [edge for edge in graph.edges if edge.head is sums[0]]
    assert [edge.position for edge in incoming] == list(range(13))
    assert incoming[0].tail.label == "b"
    assert {edge.number for edge in incoming} == {1.0}


def test_a_folded_product_has_the_product_of_the_others_on_each_edge():
    a, b, c = Value(2.0, "a"), Value(3.0, "b"), Value(5.0, "c")
    assert [edge.number for edge in folded(walk([a * b * c])).edges] == [15.0, 10.0, 6.0]


def test_what_is_used_twice_labelled_or_asked_for_is_not_folded():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    twice = a + b
    assert len(folded(walk([twice + twice])).nodes) == 4
    named = a + b
    named.label = "sum"
    assert len(folded(walk([named + b])).nodes) == 4
    asked = a + b
    assert len(folded(walk([asked, asked + b])).nodes) == 4


def test_a_chain_of_ten_thousand_is_folded_without_recursion():
    y = Value(1.0)
    for _ in range(10_000):
        y = y + Value(1.0)
    graph = folded(walk([y]))
    assert len(graph.edges) == 10_001


def test_a_model_is_drawn_with_its_layers_as_frames():
    drawing = draw(model(), X, Y, loss="binary_crossentropy")
    scopes = {node.label: node.scopes for node in drawing.graph.nodes if node.label}
    assert scopes == {
        "x": (),
        "W1": ("dense_1",),
        "b1": ("dense_1",),
        "W2": ("dense_2",),
        "b2": ("dense_2",),
        "prediction": ("dense_2",),
        "loss": ("loss",),
    }
    assert drawing.source.count("subgraph cluster_") == 3
    assert kinds(drawing.graph)["W1"] == "parameter"
    assert kinds(drawing.graph)["x"] == "leaf"


def test_a_model_is_drawn_with_gradients_and_keeps_its_own():
    net = model()
    drawing = draw(net, X, Y, loss="mse")
    assert not any(p.has_grad for p in net.parameters())
    shown = {node.label: node.gradient for node in drawing.graph.nodes}
    from tinygrad_xor.nn import MeanSquaredError

    MeanSquaredError()(Y, net(X)).backward()
    for p in net.parameters():
        np.testing.assert_allclose(shown[p.label], p.grad)


def test_layers_can_be_boxes():
    graph = draw(model(), X, Y, loss="mse", collapse=True).graph
    assert kinds(graph) == {"x": "leaf", "dense_1": "layer", "dense_2": "layer", "loss": "layer"}
    pairs = [(edge.tail.label, edge.head.label) for edge in graph.edges]
    assert pairs == [("x", "dense_1"), ("dense_1", "dense_2"), ("dense_2", "loss")]
    assert [node.label for node in graph.nodes] == ["x", "dense_1", "dense_2", "loss"]
    assert graph.nodes[1].params == {"parameters": 9}


def test_one_layer_can_be_a_box_and_another_a_frame():
    graph = draw(model(), X, collapse={"dense_1"}).graph
    assert kinds(graph)["dense_1"] == "layer"
    assert kinds(graph)["W2"] == "parameter"
    with pytest.raises(ValueError, match="no layer is called dense_7: there are dense_1, dense_2"):
        draw(model(), X, collapse={"dense_7"})


def test_layers_inside_layers_are_frames_inside_frames():
    x = Value(1.0, "x")
    with origins() as made, scope("outer <a>"), scope('inner "b"'):
        y = x * 2.0
    source = draw(y, origins=made).source
    assert source.count("subgraph cluster_") == 2
    assert "outer &lt;a&gt;" in source


def test_a_function_is_drawn_with_its_arguments_by_name():
    graph = draw(lambda rate, time: rate * time, 2.0, 3.0).graph
    assert [(n.label, n.data, n.gradient) for n in graph.nodes[:2]] == [
        ("rate", 2.0, 3.0),
        ("time", 3.0, 2.0),
    ]


def test_derivatives_of_any_order_are_drawn():
    f = lambda x: x**4
    for order, value in enumerate((0.0625, 0.5, 3.0, 12.0)):
        graph = draw(f, 0.5).graph
        (end,) = [node for node in graph.nodes if node.is_output]
        assert end.data == value
        assert "positive" not in {node.operation for node in graph.nodes}, order
        f = grad(f)


def test_what_cannot_be_traced_is_refused():
    with pytest.raises(TypeError, match="not computed from its arguments"):
        draw(lambda x: 3.0, 1.0)
    with pytest.raises(ValueError, match="needs inputs and targets"):
        draw(model(), X, loss="mse")
    with pytest.raises(ValueError, match="unknown theme 'blue': there are light, dark"):
        draw(Value(1.0), theme="blue")
    with pytest.raises(ValueError, match="there is no lang='fr': there are en, ru"):
        draw(Value(1.0), lang="fr")


def test_a_graph_of_ten_thousand_nodes_is_summarised_without_a_backward_pass(monkeypatch):
    y = Value(1.0)
    for _ in range(5_000):
        y = (y * 0.5).tanh()
    passes = []
    module = sys.modules["tinygrad_xor.viz.walk"]  # beside the function of its name
    monkeypatch.setattr(module, "local_numbers", lambda values: passes.append(values) or {})
    with pytest.warns(UserWarning, match="the graph has 15001 nodes"):
        drawn = draw(y)
    assert len(drawn.graph.nodes) == 2
    assert len(drawn.source) < 5_000
    assert "5000 ×" in drawn.source
    assert passes == []
    draw(Value(3.0) * 2.0)  # which asks for one
    assert len(passes) == 1


def test_a_folded_chain_keeps_factors_that_come_twice():
    x = Value(2.0, label="x")
    edge = draw(x * x * x * 2.0, fold=True).graph.edges[0]
    assert (edge.formula, edge.number) == ("x · x · 2", 8.0)


def test_one_layer_may_be_named_and_layers_without_input_dim_stay_apart():
    model = Sequential([Dense(3, "relu"), Dense(1, "tanh")])
    labels = [n.label for n in draw(model, np.ones((1, 2)), collapse=True).graph.nodes]
    assert labels == ["x", "dense_1", "dense_2"]
    one = draw(model, np.ones((1, 2)), collapse="dense_1").graph
    assert [n.label for n in one.nodes].count("dense_1") == 1


def test_arguments_may_be_dicts_lists_and_tuples_and_are_named_by_their_place():
    def f(p, pair):
        return (p["w"] * pair[0]).sum() + p["more"][1] * pair[1]

    p = {"w": np.ones(2), "more": [np.ones(3), 2.0]}
    drawn = draw(f, p, (Value(3.0, "mine"), 4.0))
    labels = {node.label for node in drawn.graph.nodes if node.kind == "leaf"}
    assert labels == {"p['w']", "mine", "p['more'][1]", "pair[1]"}
    twice = draw(grad(lambda p: p["w"] ** 2 * p["b"]), {"w": 3.0, "b": 5.0}).graph
    assert {n.data for n in twice.nodes if n.is_output} == {30.0, 9.0}
    with pytest.raises(TypeError, match="holds numbers, not 'a'"):
        draw(lambda p: p["w"], {"w": "a"})


def test_named_tuples_keep_their_type():
    Pair = namedtuple("Pair", "w b")
    assert draw(lambda p: p.w * p.b, Pair(2.0, 3.0)).graph.nodes[0].label == "p[0]"


def test_a_wrong_number_of_arguments_is_said_with_what_to_do():
    def f(x, y):
        return x * y

    model = Sequential([Dense(1, input_dim=1)], seed=0)
    with pytest.raises(TypeError, match=r"does not take 2 arguments.*draw\(model, x, y, loss="):
        draw(model, [[1.0]], [[1.0]])
    with pytest.raises(TypeError, match="f does not take 1 argument: missing a required argument"):
        draw(f, 1.0)
    with pytest.raises(TypeError, match="loss= goes with a model"):
        draw(Value(1.0), loss="mse")


def test_pictures_are_drawn_while_anomalies_are_looked_for_and_origins_remembered():
    with np.errstate(all="ignore"):
        y = 1.0 / Value(0.0, "x")
        with detect_anomaly(), origins() as made:
            for drawn in (draw(y), draw(lambda x: 1.0 / x, 0.0)):
                assert "inf" in drawn.source
                assert "inf" in drawn.to_json()
            assert "inf" in explain(y)
            y._repr_mimebundle_()
    assert made == {}


def test_each_call_of_a_layer_is_a_box_of_its_own_and_its_weights_are_beside():
    layer = Dense(2, "tanh", input_dim=2)
    drawn = draw(lambda x: layer(layer(x)).sum(), np.ones((1, 2)), collapse="dense")
    boxes = [node.label for node in drawn.graph.nodes if node.kind == "layer"]
    assert boxes == ["dense", "dense#2"]
    assert sum(node.label == "W" for node in drawn.graph.nodes) == 1
    only = draw(lambda x: layer(layer(x)).sum(), np.ones((1, 2)), collapse="dense#2")
    assert [node.label for node in only.graph.nodes if node.kind == "layer"] == ["dense#2"]
