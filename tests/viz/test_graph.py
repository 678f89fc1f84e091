"""The picture of the compute graph: what is in it, whatever the values are called."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.viz import draw, render
from tinygrad_xor.viz.numbers import cells, number


def svg(*outputs, tmp_path, **options):
    """The parsed SVG of a drawing: {title of a node: its texts}, and the pairs of its edges."""
    root = ET.parse(render(draw(*outputs, **options).source, tmp_path / "graph.svg")).getroot()
    nodes, edges = {}, set()
    for group in root.iter("{http://www.w3.org/2000/svg}g"):
        title = group.findtext("{http://www.w3.org/2000/svg}title")
        texts = [t.text for t in group.iter("{http://www.w3.org/2000/svg}text")]
        if group.get("class") == "node":
            nodes[title] = [t.replace("\xa0", " ").strip() for t in texts]
        elif group.get("class") == "edge":
            edges.add(tuple(title.split("->")))
    return nodes, edges


def test_every_value_is_a_node_and_every_use_an_edge(tmp_path):
    x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    y = x * w + x
    nodes, edges = svg(y, tmp_path=tmp_path)
    names = {v: f"v{v.order}" for v in (x, w, y, y.inputs[0])}
    assert set(nodes) == set(names.values())
    product = y.inputs[0]
    assert edges == {
        (names[x], names[product]),
        (names[w], names[product]),
        (names[product], names[y]),
        (names[x], names[y]),
    }
    assert nodes[names[x]] == ["x", "2"]
    assert nodes[names[product]] == ["×", "−6"]


def test_after_backward_a_node_shows_its_gradient(tmp_path):
    x = Value(3.0, label="x")
    (x * x).backward()
    nodes, _ = svg(x, tmp_path=tmp_path)
    assert nodes[f"v{x.order}"] == ["x", "3", "∂", "6"]


def test_a_constant_is_a_node_with_a_dashed_frame(tmp_path):
    y = Value(2.0) * 0.25
    nodes, edges = svg(y, tmp_path=tmp_path)
    assert nodes[f"v{y.order}_1"] == ["0.25"]
    assert (f"v{y.order}_1", f"v{y.order}") in edges
    assert "dashed" in draw(y).source


def test_leaves_and_outputs_look_different_without_colour():
    x = Value(2.0, label="leaf")
    source = draw(x * 2.0).source
    assert "rounded" in source
    assert "peripheries=2" in source


def test_small_arrays_are_grids_and_large_ones_a_shape_and_a_range(tmp_path):
    nodes, _ = svg(Value([[1.0, 2.0], [3.0, 4.5]]), tmp_path=tmp_path)
    assert next(iter(nodes.values())) == ["1", "2", "3", "4.5"]
    nodes, _ = svg(Value(np.linspace(-1, 5, 300).reshape(3, 100)), tmp_path=tmp_path)
    assert next(iter(nodes.values())) == ["shape (3, 100)", "−1 … 5"]


def test_nan_infinity_and_emptiness_are_shown():
    assert number(float("nan")) == "nan"
    assert number(float("-inf")) == "−∞"
    assert number(-0.0) == "0"
    assert cells(np.zeros((0, 3))) == "shape (0, 3), empty"
    assert cells(np.array([np.nan] + [1.0] * 9)).endswith("1 not finite")
    assert "no number" in cells(np.full(10, np.inf))


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
    x = Value(1.0, label=label)
    nodes, _ = svg(x, tmp_path=tmp_path)
    assert nodes[f"v{x.order}"][0] == label


def test_a_label_of_two_lines_is_two_texts(tmp_path):
    x = Value(1.0, label="one\ntwo")
    nodes, _ = svg(x, tmp_path=tmp_path)
    assert nodes[f"v{x.order}"][:2] == ["one", "two"]


def test_positive_and_negative_gradients_have_different_colours():
    x, w = Value(2.0), Value(-3.0)
    (x * w).backward()
    fills = [line for line in draw(x, w).source.splitlines() if "fillcolor" in line]
    colours = {part for line in fills for part in line.split() if part.startswith("fillcolor=")}
    assert len(colours) == 3  # the default white, a blue and an orange


def test_a_gradient_that_is_not_finite_can_be_drawn(tmp_path):
    x = Value([1.0, 0.0])
    with np.errstate(divide="ignore"):
        np.log(x).sum().backward()
    nodes, _ = svg(x, tmp_path=tmp_path)
    assert nodes[f"v{x.order}"] == ["1", "0", "∂", "1", "∞"]


def test_a_shared_node_is_drawn_once(tmp_path):
    x = Value(1.0)
    h = x * 2.0
    nodes, _ = svg(h + 1.0, h * h, tmp_path=tmp_path)
    assert sum(title == f"v{h.order}" for title in nodes) == 1


def test_a_graph_too_large_to_read_is_refused_with_its_size():
    y = Value(1.0)
    for _ in range(1500):
        y = y + 1.0
    with pytest.raises(ValueError, match="1501 values"):
        draw(y)


def test_a_drawing_needs_something_to_draw():
    with pytest.raises(ValueError, match="needs a Value"):
        draw()
