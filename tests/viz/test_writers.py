"""Mermaid, JSON and DOT: whatever the labels and numbers are, other tools can read the text."""

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_xor import Value
from tinygrad_xor.nn import Dense, Sequential
from tinygrad_xor.viz import draw, explain, explore_value
from tinygrad_xor.viz.mermaid import escaped
from tinygrad_xor.viz.numbers import printable

LABELS = [
    '"quoted"',
    "<b>&amp;",
    "two\nlines",
    "🙂",
    "вес",
    "a\\n",
    "`code`",
    "#35;",
    "end",
    "\ud800",
]


def drawing(label="x"):
    x, e = Value([np.nan, -np.inf, 1.0], label), Value(np.zeros((0, 3)), "empty")
    h = x * 2.0
    h.label = label
    return draw(h.sum() + e.sum(), h)


@pytest.mark.parametrize("label", LABELS)
def test_json_holds_any_label(label):
    text = drawing(label).to_json()
    text.encode("utf-8")
    nodes = json.loads(text)["nodes"]
    assert nodes[0]["label"] == label.encode("utf-8", "replace").decode()


def test_json_has_unique_ids_and_edges_between_them():
    read = json.loads(drawing().to_json(indent=2))
    assert (read["format"], read["version"], read["message"]) == ("tinygrad_xor.graph", 1, None)
    ids = [node["id"] for node in read["nodes"]]
    assert len(set(ids)) == len(ids)
    assert {end for edge in read["edges"] for end in (edge["source"], edge["target"])} <= set(ids)


def test_json_shows_what_is_not_finite_empty_complex_or_large():
    first, empty = json.loads(drawing().to_json())["nodes"][:2]
    assert first["data"] == ["nan", "-inf", 1.0]
    assert first["range"] == [1.0, 1.0]
    assert (empty["data"], empty["shape"], empty["range"]) == ([], [0, 3], None)
    large, number = (
        json.loads(draw(Value(x)).to_json())["nodes"][0] for x in (np.arange(2000.0), 1 + 2j)
    )
    assert (large["data"], large["shape"], large["range"]) == (None, [2000], [0.0, 1999.0])
    assert (number["data"], number["dtype"], number["range"]) == ("(1+2j)", "complex128", None)


def test_json_has_the_chain_rule_and_the_layers():
    model = Sequential([Dense(1, "tanh", input_dim=1)], seed=0)
    read = json.loads(draw(model, [[1.0]], [[0.0]], loss="mse").to_json())
    assert {tuple(node["scopes"]) for node in read["nodes"]} == {(), ("dense_1",), ("loss",)}
    x = Value(3.0, "x")
    y = x * x
    y.backward()
    edge = json.loads(draw(y).to_json())["edges"][0]
    assert (edge["derivative"], edge["formula"], edge["flow"]) == (3.0, "x", 3.0)


@given(st.text())
def test_mermaid_labels_hold_nothing_that_mermaid_reads(words):
    safe = escaped(words).replace("<br/>", "")
    assert not re.search(r'["<>`\\\n\r]', safe)
    assert not re.search(r"#(?!quot;|lt;|gt;|amp;|96;|92;|37;|35;)", safe)


@given(st.text(st.characters(exclude_categories=["Cc", "Zl", "Zp", "Cs"])))
def test_mermaid_labels_can_be_read_back(words):
    back = escaped(words).replace("\u2060", "")
    for name, sign in (
        ("quot", '"'),
        ("lt", "<"),
        ("gt", ">"),
        ("96", "`"),
        ("92", "\\"),
        ("37", "%"),
        ("amp", "&"),
    ):
        back = back.replace(f"#{name};", sign)
    assert back.replace("#35;", "#") == printable(words).replace("\u2060", "")


def test_signs_that_mermaid_reads_have_codes():
    assert escaped('`"<&#\\>%') == "#96;#quot;#lt;#amp;#35;#92;#gt;#37;"


def test_what_mermaid_reads_after_the_codes_is_kept_apart_by_a_letter_that_is_not_seen():
    for words in (r"a\n", "$$x$$", "fa:fa-car", "fab:fa-x"):
        shown = escaped(words).replace("#92;", "\\")
        assert not re.search(r"\\n|\$\$|fab?:fa-", shown)
        assert shown.replace("\u2060", "") == words
    assert "\u2060" not in escaped("$5 a:b fa")


def test_a_flowchart_that_mermaid_refuses_is_a_warning_with_what_to_do(tmp_path):
    x = Value(1.0, "x")
    for _ in range(260):
        x = x * 1.01 + x
    drawing = draw(x, max_nodes=2000)
    for write in (drawing.to_mermaid, lambda: drawing.save(tmp_path / "graph.mmd")):
        with pytest.warns(UserWarning, match="mermaid refuses 1040 arrows.*fold=True") as caught:
            write()
        assert caught[0].filename == __file__


def test_mermaid_has_a_line_for_each_node_and_edge_and_a_frame_for_each_layer():
    model = Sequential([Dense(2, "tanh", input_dim=2)], seed=0)
    drawn = draw(model, [[1.0, 2.0]], direction="TB")
    lines = [line.strip() for line in drawn.to_mermaid().splitlines()]
    assert lines[0] == "flowchart TB"
    for node in drawn.graph.nodes:
        assert sum(line.startswith(f"{node.name}{b}") for line in lines for b in "[(>{") == 1
    assert sum("-->" in line or "-.->" in line for line in lines) == len(drawn.graph.edges)
    assert sum(line.startswith("subgraph") for line in lines) == lines.count("end") == 1


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=20))
def test_graphviz_accepts_any_label_and_shows_it(label):
    if not shutil.which("dot"):
        pytest.skip("there is no dot program here")
    source = drawing(label).source
    done = subprocess.run(["dot", "-Tsvg"], input=source.encode(), capture_output=True, check=True)
    shown = {
        "".join(e.text.split())
        for e in ET.fromstring(done.stdout).iter()
        if e.tag.endswith("}text")
    }
    for line in re.split(r"\r\n|\r|\n", printable(label)):
        wanted = "".join(line.split())
        assert not wanted or wanted in shown


def test_dot_text_is_the_source():
    assert drawing().to_dot() == drawing().source


def test_a_drawing_is_a_digraph_that_can_be_copied_and_added_to():
    graphviz = pytest.importorskip("graphviz")
    drawn = drawing()
    assert isinstance(drawn, graphviz.Digraph)
    twin = drawn.copy()
    with twin.subgraph(name="cluster_more") as more:
        more.node("note")
    assert "note" in twin.source
    assert "note" not in drawn.source
    assert twin.graph is drawn.graph


def test_the_legend_says_what_is_there_and_only_that():
    x = Value(2.0, "x")
    plain = draw(x * x).source
    assert "leaf" in plain
    assert "constant</TD>" not in plain
    assert "gradient:" not in plain
    (x * x).backward()
    assert "gradient:" in draw(x * 3.0).source
    assert "лист" in draw(x, lang="ru").source
    assert "leaf</TD>" not in draw(x, legend=False).source


def test_dark_pictures_have_a_dark_paper():
    assert 'bgcolor="#12181f"' in draw(Value(1.0), theme="dark").source


@pytest.mark.parametrize("label", LABELS)
def test_every_writer_makes_text_that_can_be_stored(label, tmp_path):
    x = Value(2.0, label)
    y = x * 3.0
    y.label = label
    drawn = draw(y)
    page = explore_value(y)
    texts = [drawn.to_dot(), drawn.to_mermaid(), drawn.to_json(), explain(y), page.html]
    for text in [*texts, page._repr_html_()]:
        text.encode("utf-8")
    page.save(tmp_path / "page.html")


def test_a_label_cannot_steer_a_terminal():
    assert "\x1b" not in explain(Value(2.0, "\x1b[31mred") * 2.0)
