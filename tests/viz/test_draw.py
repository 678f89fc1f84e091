"""The picture of the compute graph: what is in it, whatever the values are called."""

import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from tinygrad_xor import Value, grad
from tinygrad_xor.derivatives.losses import binary_crossentropy
from tinygrad_xor.engine import origins, scope
from tinygrad_xor.nn import Dense, Sequential
from tinygrad_xor.viz import draw, explain, explore_value, render
from tinygrad_xor.viz.colours import DARK, LIGHT, GradientScale
from tinygrad_xor.viz.numbers import number, spread


def svg(*outputs, tmp_path, **options):
    """The parsed SVG of a drawing: {title of a node: its texts}, and the pairs of its edges."""
    if not shutil.which("dot"):
        pytest.importorskip("pygraphviz", reason="there is no Graphviz here")
    root = ET.parse(render(draw(*outputs, **options).source, tmp_path / "graph.svg")).getroot()
    nodes, edges = {}, []
    for group in root.iter("{http://www.w3.org/2000/svg}g"):
        title = group.findtext("{http://www.w3.org/2000/svg}title")
        texts = [t.text for t in group.iter("{http://www.w3.org/2000/svg}text")]
        if group.get("class") == "node":
            nodes[title] = [shown for t in texts if (shown := t.replace("\xa0", " ").strip())]
        elif group.get("class") == "edge":
            edges.append(tuple(title.split("->")))
    return nodes, sorted(edges)


def test_every_value_is_a_node_and_every_use_an_edge(tmp_path):
    x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    nodes, edges = svg(x * w + x, tmp_path=tmp_path)
    assert nodes == {
        "v0": ["x", "2"],
        "v1": ["w", "−3"],
        "v2": ["v2", "×", "−6"],
        "v3": ["v3", "+", "−4"],
    }
    assert edges == [("v0", "v2"), ("v0", "v3"), ("v1", "v2"), ("v2", "v3")]


def test_a_value_used_twice_by_one_operation_has_two_edges_to_it(tmp_path):
    x = Value(2.0)
    _, edges = svg(x * x, tmp_path=tmp_path)
    assert edges == [("v0", "v1"), ("v0", "v1")]


def test_after_backward_a_node_shows_its_data_and_its_gradient(tmp_path):
    x = Value(3.0, label="x")
    (x * x).backward()
    nodes, _ = svg(x, tmp_path=tmp_path)
    assert nodes["v0"] == ["x", "data", "3", "grad", "6"]


def test_a_value_that_no_gradient_reached_shows_none(tmp_path):
    x, w = Value(3.0, label="x"), Value(2.0, label="w")
    x.backward()
    nodes, _ = svg(x * w, tmp_path=tmp_path)
    assert nodes["v0"] == ["x", "data", "3", "grad", "1"]
    assert nodes["v1"] == ["w", "2"]


def test_the_network_for_xor_is_one_row_from_the_inputs_to_the_loss(tmp_path):
    x = Value([[0.0, 1.0]], label="X")
    w1, b1 = Value(np.ones((2, 5)), label="W1"), Value(np.zeros(5), label="b1")
    w2, b2 = Value(np.ones((5, 1)), label="W2"), Value(np.zeros(1), label="b2")
    p = ((x @ w1 + b1).relu() @ w2 + b2).sigmoid()
    loss = binary_crossentropy(p, np.array([[1.0]])).mean()
    loss.backward()
    nodes, edges = svg(loss, tmp_path=tmp_path)
    assert [nodes[f"v{i}"][0] for i in range(5)] == ["X", "W1", "b1", "W2", "b2"]
    signs = ["@", "+", "ReLU", "@", "+", "σ", "σ cross-entropy", "mean"]
    assert [nodes[f"v{i}"][:2] for i in range(5, 13)] == [
        [f"v{i}", sign] for i, sign in enumerate(signs, start=5)
    ]
    row = [(f"v{i}", f"v{i + 1}") for i in range(5, 12)]
    leaves = [("v0", "v5"), ("v1", "v5"), ("v2", "v6"), ("v3", "v8"), ("v4", "v9")]
    past_the_sigmoid = ("v9", "v11")
    assert edges == sorted([*row, *leaves, ("v11_1", "v11"), past_the_sigmoid])


def test_the_same_graph_gives_the_same_dot_text():
    def graph():
        x = Value(2.0, label="x")
        return draw((x * x).tanh()).source

    assert graph() == graph()


def test_a_constant_is_a_node_with_a_dashed_frame(tmp_path):
    y = Value(2.0) * 0.25
    nodes, edges = svg(y, tmp_path=tmp_path)
    assert nodes["v1_1"] == ["0.25"]
    assert ("v1_1", "v1") in edges
    (line,) = [line for line in draw(y).source.splitlines() if "v1_1 [" in line]
    assert "style=dashed" in line


def test_leaves_and_outputs_look_different_without_colour():
    lines = draw(Value(2.0).tanh().exp()).source.splitlines()
    leaf, inner, output = (
        next(x for x in lines if f"{name} [" in x) for name in ("v0", "v1", "v2")
    )
    assert ["rounded" in line for line in (leaf, inner, output)] == [True, False, False]
    assert ["peripheries=2" in line for line in (leaf, inner, output)] == [False, False, True]


def test_small_arrays_are_grids_and_large_ones_a_shape_and_a_range(tmp_path):
    nodes, _ = svg(Value([[1.0, 2.0], [3.0, 4.5]]), tmp_path=tmp_path)
    assert nodes["v0"] == ["v0", "(2, 2)", "1", "2", "3", "4.5"]
    nodes, _ = svg(Value(np.arange(36.0).reshape(6, 6)), tmp_path=tmp_path)
    assert nodes["v0"] == ["v0", "(6, 6)", *map(str, range(36))]
    nodes, _ = svg(Value(np.linspace(-1, 5, 300).reshape(3, 100)), tmp_path=tmp_path)
    assert nodes["v0"] == ["v0", "(3, 100)", "−1 … 5"]
    nodes, _ = svg(Value(np.zeros((1, 2, 2))), tmp_path=tmp_path)
    assert nodes["v0"] == ["v0", "(1, 2, 2)", "all 0"]


def test_numbers_have_four_significant_digits_in_every_dtype(tmp_path):
    nodes, _ = svg(Value(np.array([2 / 3, -1e-9], dtype=np.float32)) * [True, 7], tmp_path=tmp_path)
    assert nodes["v0"] == ["v0", "(2,)", "0.6667", "−1e−09"]
    assert nodes["v1_1"] == ["c1", "(2,)", "1", "7"]


def test_parameters_of_an_operation_are_shown_as_in_code(tmp_path):
    x = Value(np.ones((4, 3)))
    nodes, _ = svg(x.sum(axis=1), x[1:3, 0], x[..., ::2], x[2], tmp_path=tmp_path)
    assert nodes["v1"] == ["v1", "Σ", "axis=1", "(4,)", "3", "3", "3", "3"]
    assert nodes["v2"][:3] == ["v2", "[ ]", "index=1:3, 0"]
    assert nodes["v3"][:3] == ["v3", "[ ]", "index=..., ::2"]
    assert nodes["v4"][:3] == ["v4", "[ ]", "index=2"]


def test_long_parameters_are_cut(tmp_path):
    x = Value(np.ones(50))
    nodes, _ = svg(x[np.arange(50)], tmp_path=tmp_path)
    assert nodes["v1"][2].startswith("index=[ 0  1  2")
    assert nodes["v1"][2].endswith("…")


def test_nan_infinity_and_emptiness_are_shown(tmp_path):
    assert number(float("nan")) == "nan"
    assert number(float("-inf")) == "−inf"
    assert number(-0.0) == "0"
    assert spread(np.zeros((0, 3))) == "empty"
    assert spread(np.array([np.nan] + [1.0] * 9)) == "all 1, 1 not finite"
    assert spread(np.full(10, np.inf)) == "10 not finite"
    nodes, _ = svg(Value([np.nan, np.inf]), tmp_path=tmp_path)
    assert nodes["v0"] == ["v0", "(2,)", "nan", "inf"]
    nodes, _ = svg(Value(np.zeros((0, 3))), tmp_path=tmp_path)
    assert nodes["v0"] == ["v0", "(0, 3)", "empty"]


LABELS = [
    "<script>alert(1)</script>",
    'a "quoted" & <b>bold</b> name',
    "it's",
    "back\\slash {x|y}",
    "вес нейрона α",
    "🙂",
    "&lt;",
    "\\N",
    "\\",
    "<",
]


@pytest.mark.parametrize("label", LABELS)
def test_any_label_is_shown_as_it_is(label, tmp_path):
    nodes, _ = svg(Value(1.0, label=label), tmp_path=tmp_path)
    assert nodes["v0"][0] == label


@pytest.mark.parametrize("label", LABELS)
def test_any_label_is_shown_as_it_is_by_pygraphviz(label, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    nodes, _ = svg(Value(1.0, label=label), tmp_path=tmp_path)
    assert nodes["v0"][0] == label


def test_a_label_of_two_lines_is_two_texts(tmp_path):
    for label in ("one\ntwo", "one\r\ntwo"):
        nodes, _ = svg(Value(1.0, label=label), tmp_path=tmp_path)
        assert nodes["v0"][:2] == ["one", "two"]


def test_control_characters_in_a_label_are_marked_as_unprintable(tmp_path):
    nodes, _ = svg(Value(1.0, label="a\x00\x1b\ud800b"), tmp_path=tmp_path)
    assert nodes["v0"][0] == "a���b"


@pytest.mark.parametrize("label", ["", " ", "\n"])
def test_a_blank_label_is_no_label(label, tmp_path):
    nodes, _ = svg(Value(1.0, label=label), tmp_path=tmp_path)
    assert nodes["v0"] == ["v0", "1"]


def channels(colour):
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def test_positive_and_negative_gradients_have_different_colours():
    scale = GradientScale.of([np.array([2.0, -1.0]), 0.5])
    red, _, blue = channels(scale.colour(2.0))
    assert blue > red
    red, _, blue = channels(scale.colour(-1.0))
    assert red > blue
    assert scale.colour(float("nan")) not in {scale.colour(x) for x in (-2.0, 0.0, 2.0)}


def test_a_larger_gradient_has_a_stronger_colour():
    scale = GradientScale.of([np.array([-4.0, np.inf]), np.zeros(0)])
    for sign, weakest in ((1, 0), (-1, 2)):
        levels = [channels(scale.colour(sign * size))[weakest] for size in (0.0, 0.01, 1.0, 4.0)]
        assert levels == sorted(set(levels), reverse=True)


def test_text_is_legible_on_every_background_of_both_themes():
    def luminance(colour):
        linear = [(c / 255 + 0.055) ** 2.4 / 1.055**2.4 for c in channels(colour)]
        return np.dot([0.2126, 0.7152, 0.0722], linear)

    for theme in (LIGHT, DARK):
        scale = GradientScale(1.0, theme)
        behind = [scale.colour(x) for x in (1.0, 0.0, -1.0)]
        for colour in (*behind, theme.broken, theme.tile, theme.paper, theme.leaf):
            levels = sorted([luminance(colour), luminance(theme.ink)])
            assert (levels[1] + 0.05) / (levels[0] + 0.05) > 4.5  # WCAG 2.1, level AA
        for words in (theme.faint, theme.rising, theme.falling):
            levels = sorted([luminance(words), luminance(theme.paper)])
            assert (levels[1] + 0.05) / (levels[0] + 0.05) > 4.5


def test_the_scale_of_zero_gradients_has_one_colour():
    scale = GradientScale.of([0.0, np.zeros(3)])
    assert scale.colour(0.0) == GradientScale(1.0).colour(0.0)


def test_a_gradient_that_is_not_finite_can_be_drawn(tmp_path):
    x = Value([1.0, 0.0])
    with np.errstate(divide="ignore"):
        np.log(x).sum().backward()
    nodes, _ = svg(x, tmp_path=tmp_path)
    assert nodes["v0"] == ["v0", "(2,)", "data", "1", "0", "grad", "1", "inf"]


def test_a_shared_node_is_drawn_once(tmp_path):
    h = Value(1.0) * 2.0
    nodes, edges = svg(h + 1.0, h * h, tmp_path=tmp_path)
    assert len(nodes) == 6  # the leaf, h, two results, two constants
    assert ("v1", "v3") in edges


def test_an_output_that_another_one_uses_is_still_marked_as_one():
    h = Value(np.ones(2)) * 2.0
    assert draw(h, h.sum()).source.count("peripheries=2") == 2


def test_the_direction_can_be_chosen_and_an_unknown_one_is_refused():
    assert "rankdir=TB" in draw(Value(1.0), direction="TB").source
    with pytest.raises(ValueError, match="there are LR, RL, TB, BT"):
        draw(Value(1.0), direction="up")


def test_what_is_no_value_is_not_drawn():
    with pytest.raises(TypeError, match="draws Values, not float"):
        draw(1.0)


def test_the_direction_is_down_the_page_where_a_page_has_no_room_for_columns():
    x = Value(2.0, "x")
    assert draw(x * x).direction == "LR"
    wide = Value(np.ones((1, 6)))
    for _ in range(6):
        wide = np.tanh(wide)
    assert draw(wide).direction == "TB"
    assert draw(wide, direction="LR").direction == "LR"


def width_of(drawing, tmp_path):
    """In pixels of 1/96 inch."""
    found = ET.parse(render(drawing, tmp_path / "graph.svg")).getroot().get("width")
    return float(found.removesuffix("pt")) * 96 / 72


def test_the_network_for_xor_can_be_read_at_the_width_of_a_page(tmp_path):
    if not shutil.which("dot"):
        pytest.importorskip("pygraphviz", reason="there is no Graphviz here")
    model = Sequential([Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")], seed=0)
    drawing = draw(model, [[0.0, 1.0]], [[1.0]], loss="binary_crossentropy")
    sizes = {
        float(size) for size in re.findall(r'(?:POINT-SIZE|fontsize)="?([\d.]+)', drawing.source)
    }
    shown = min(1.0, 880 / width_of(drawing, tmp_path))
    assert min(sizes) * 96 / 72 * shown >= 9  # pixels
    assert "…" not in drawing.source  # no label is cut


def test_what_only_one_operation_uses_stands_beside_it_in_a_picture_that_runs_down():
    model = Sequential([Dense(2, "tanh", input_dim=2)], seed=0)
    source = draw(model, [[1.0, 2.0]], direction="TB").source
    assert source.count("rank=same") == 2  # W and b; x stays above
    assert "rank=same" not in draw(model, [[1.0, 2.0]], direction="LR").source


def test_a_power_shows_its_exponent():
    x, y = Value(3.0, "x"), Value(2.0, "y")
    for power, symbol in ((x**2, "( )²"), (x**-1, "( )⁻¹"), (x**0.5, "( )^0.5"), (x**y, "^")):
        assert draw(power).graph.nodes[2 if power.inputs[1] is y else 1].symbol == symbol


def test_nodes_have_the_names_that_explain_gives_them():
    x, w = Value(np.ones(2), "x"), Value(np.ones(2), "x")
    y = (np.tanh(x * np.arange(2.0)) * w).sum()
    graph = draw(y).graph
    words = explain(y)
    for node in graph.nodes:
        assert f"  {node.called} = " in words
    tanh = next(edge for edge in graph.edges if edge.head.operation == "tanh")
    assert tanh.formula == f"1 − tanh({tanh.tail.called})²"


def test_the_legend_tells_local_derivatives_from_what_goes_back():
    x, w = Value(np.ones((1, 2)), "x"), Value(np.ones((2, 1)), "W")
    local, back = "the local derivative", "what goes back along the arrow"
    for value, said in ((np.tanh(x), [True, False]), (x @ w, [False, True])):
        source = draw(value).source
        assert [local in source, back in source] == said


@pytest.mark.parametrize("label", [5, None, ("a", 1), 2.5, b"x"])
def test_a_label_that_is_no_text_is_shown_as_one(label):
    x = Value(2.0)
    x.label = label
    with origins() as made, scope(label):
        y = x * 3.0
    y.label = label
    for drawn in (draw(y, origins=made), draw(y, origins=made, collapse=True)):
        assert drawn.graph.nodes[0].label == (None if label is None else str(label))
        texts = [drawn.source, drawn.to_json(), drawn.to_mermaid()]
        for text in [*texts, explain(y), explore_value(y).html]:
            assert label is None or str(label) in text.replace("&#x27;", "'")


@pytest.mark.parametrize("letter", ["w", "&", "ж", "lo ng\n"])
def test_a_label_of_20000_letters_is_cut_in_pictures_only(letter, tmp_path):
    x = Value(2.0, letter * 20_000)
    with origins() as made, scope(letter * 20_000):
        y = x * 3.0
    y.label = "y"
    nodes, _ = svg(y, tmp_path=tmp_path, origins=made)
    assert nodes["v0"][-2] == "2" or nodes["v0"][-1] == "2"
    assert "…" in "".join(nodes["v0"])
    assert json.loads(draw(y).to_json())["nodes"][0]["label"] == x.label


def test_a_graph_too_large_to_read_is_summarised_with_a_message():
    y = Value(1.0)
    for _ in range(1500):
        y = y + 1.0
    with pytest.warns(UserWarning, match="the graph has 3001 nodes") as caught:
        drawing = draw(y)
    assert caught[0].filename == __file__
    assert [node.kind for node in drawing.graph.nodes] == ["summary", "operation"]
    assert drawing.graph.nodes[0].label == "1500 + · 1 leaf · 1500 constants"
    assert "3001 nodes" in drawing.source


def test_as_many_nodes_as_allowed_are_drawn():
    y = Value(1.0) + 2.0
    assert len(draw(y, max_nodes=3).graph.nodes) == 3
    with pytest.warns(UserWarning, match="the graph has 3 nodes, more than the 2"):
        draw(y, max_nodes=2)


def test_arrows_that_would_keep_graphviz_busy_for_minutes_are_summarised():
    w = Value(0.5)
    y = w
    for _ in range(150):
        y = y * w
    assert len(draw(w * w, y, max_nodes=5000).source) > 0
    with pytest.warns(UserWarning, match="pass 11475 columns of nodes, more than the 6000"):
        draw(y)


def test_a_drawing_needs_something_to_draw():
    with pytest.raises(ValueError, match="needs one Value or more"):
        draw()


def test_importing_viz_imports_no_drawing_package():
    heavy = ("graphviz", "pygraphviz", "matplotlib")
    code = f"import sys, tinygrad_xor.viz; sys.exit(any(m in sys.modules for m in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_function_without_arguments_is_refused_with_how_to_write_it():
    with pytest.raises(TypeError, match=r"draw\(grad\(f\), 0\.5\)"):
        draw(grad(np.sin))
    with pytest.raises(TypeError, match=r"draw\(model, x, y"):
        draw(Sequential([Dense(1, input_dim=2)]), loss="mse")
