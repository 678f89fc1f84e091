"""The picture of the compute graph: what is in it, whatever the values are called."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.viz import draw, render
from tinygrad_xor.viz.colours import GradientScale
from tinygrad_xor.viz.numbers import number, spread


def svg(*outputs, tmp_path, **options):
    """The parsed SVG of a drawing: {title of a node: its texts}, and the pairs of its edges."""
    root = ET.parse(render(draw(*outputs, **options).source, tmp_path / "graph.svg")).getroot()
    nodes, edges = {}, set()
    for group in root.iter("{http://www.w3.org/2000/svg}g"):
        title = group.findtext("{http://www.w3.org/2000/svg}title")
        texts = [t.text for t in group.iter("{http://www.w3.org/2000/svg}text")]
        if group.get("class") == "node":
            nodes[title] = [shown for t in texts if (shown := t.replace("\xa0", " ").strip())]
        elif group.get("class") == "edge":
            edges.add(tuple(title.split("->")))
    return nodes, edges


def test_every_value_is_a_node_and_every_use_an_edge(tmp_path):
    x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    nodes, edges = svg(x * w + x, tmp_path=tmp_path)
    assert nodes == {
        "v1": ["x", "2"],
        "v2": ["w", "−3"],
        "v3": ["×", "−6"],
        "v4": ["+", "−4"],
    }
    assert edges == {("v1", "v3"), ("v2", "v3"), ("v3", "v4"), ("v1", "v4")}


def test_after_backward_a_node_shows_its_data_and_its_gradient(tmp_path):
    x = Value(3.0, label="x")
    (x * x).backward()
    nodes, _ = svg(x, tmp_path=tmp_path)
    assert nodes["v1"] == ["x", "data", "3", "grad", "6"]


def test_the_same_graph_gives_the_same_dot_text():
    def graph():
        x = Value(2.0, label="x")
        return draw((x * x).tanh()).source

    assert graph() == graph()


def test_a_constant_is_a_node_with_a_dashed_frame(tmp_path):
    y = Value(2.0) * 0.25
    nodes, edges = svg(y, tmp_path=tmp_path)
    assert nodes["v2_1"] == ["0.25"]
    assert ("v2_1", "v2") in edges
    assert "dashed" in draw(y).source


def test_leaves_and_outputs_look_different_without_colour():
    source = draw(Value(2.0, label="leaf") * 2.0).source
    assert "rounded" in source
    assert "peripheries=2" in source


def test_small_arrays_are_grids_and_large_ones_a_shape_and_a_range(tmp_path):
    nodes, _ = svg(Value([[1.0, 2.0], [3.0, 4.5]]), tmp_path=tmp_path)
    assert nodes["v1"] == ["(2, 2)", "1", "2", "3", "4.5"]
    nodes, _ = svg(Value(np.linspace(-1, 5, 300).reshape(3, 100)), tmp_path=tmp_path)
    assert nodes["v1"] == ["(3, 100)", "−1 … 5"]


def test_parameters_of_an_operation_are_shown(tmp_path):
    nodes, _ = svg(Value(np.ones((2, 3))).sum(axis=1), tmp_path=tmp_path)
    assert nodes["v2"] == ["Σ", "axis=1", "(2,)", "3", "3"]


def test_nan_infinity_and_emptiness_are_shown(tmp_path):
    assert number(float("nan")) == "nan"
    assert number(float("-inf")) == "−inf"
    assert number(-0.0) == "0"
    assert spread(np.zeros((0, 3))) == "empty"
    assert spread(np.array([np.nan] + [1.0] * 9)) == "1 … 1, 1 not finite"
    assert spread(np.full(10, np.inf)) == "10 not finite"
    nodes, _ = svg(Value([np.nan, np.inf]), tmp_path=tmp_path)
    assert nodes["v1"] == ["(2,)", "nan", "inf"]
    nodes, _ = svg(Value(np.zeros((0, 3))), tmp_path=tmp_path)
    assert nodes["v1"] == ["(0, 3)", "empty"]


@pytest.mark.parametrize(
    "label",
    [
        "<script>alert(1)</script>",
        'a "quoted" & <b>bold</b> name',
        "back\\slash {x|y}",
        "вес нейрона α",
        "🙂",
        "&lt;",
        "\\N",
    ],
)
def test_any_label_is_shown_as_it_is(label, tmp_path):
    nodes, _ = svg(Value(1.0, label=label), tmp_path=tmp_path)
    assert nodes["v1"][0] == label


def test_a_label_of_two_lines_is_two_texts(tmp_path):
    nodes, _ = svg(Value(1.0, label="one\ntwo"), tmp_path=tmp_path)
    assert nodes["v1"][:2] == ["one", "two"]


def test_positive_and_negative_gradients_have_different_colours():
    scale = GradientScale.of([np.array([2.0, -1.0]), 0.5])
    red, _, blue = (int(scale.colour(2.0)[i : i + 2], 16) for i in (1, 3, 5))
    assert blue > red
    red, _, blue = (int(scale.colour(-1.0)[i : i + 2], 16) for i in (1, 3, 5))
    assert red > blue
    assert scale.colour(float("nan")) not in {scale.colour(x) for x in (-2.0, 0.0, 2.0)}


def test_a_gradient_that_is_not_finite_can_be_drawn(tmp_path):
    x = Value([1.0, 0.0])
    with np.errstate(divide="ignore"):
        np.log(x).sum().backward()
    nodes, _ = svg(x, tmp_path=tmp_path)
    assert nodes["v1"] == ["(2,)", "data", "1", "0", "grad", "1", "inf"]


def test_a_shared_node_is_drawn_once(tmp_path):
    h = Value(1.0) * 2.0
    nodes, edges = svg(h + 1.0, h * h, tmp_path=tmp_path)
    assert len(nodes) == 6  # the leaf, h, two results, two constants
    assert ("v2", "v4") in edges


def test_the_direction_can_be_chosen_and_an_unknown_one_is_refused():
    assert "rankdir=TB" in draw(Value(1.0), direction="TB").source
    with pytest.raises(ValueError, match="there are LR, RL, TB, BT"):
        draw(Value(1.0), direction="up")


def test_what_is_no_value_is_not_drawn():
    with pytest.raises(TypeError, match="draws Values, not float"):
        draw(1.0)


def test_a_graph_too_large_to_read_is_refused_with_its_size():
    y = Value(1.0)
    for _ in range(1500):
        y = y + 1.0
    with pytest.raises(ValueError, match="the graph has 3001 nodes"):
        draw(y)


def test_a_drawing_needs_something_to_draw():
    with pytest.raises(ValueError, match="needs one Value or more"):
        draw()
