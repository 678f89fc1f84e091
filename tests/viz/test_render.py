"""Graphviz, wherever it comes from: each renderer draws the same graph."""

import shutil
import sys
import xml.etree.ElementTree as ET

import pytest

from tinygrad_xor import Value
from tinygrad_xor.viz import draw, render

has_dot = pytest.mark.skipif(not shutil.which("dot"), reason="there is no dot program here")


@pytest.fixture
def no_dot(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)


@pytest.fixture
def no_graphviz(no_dot, monkeypatch):
    monkeypatch.setitem(sys.modules, "pygraphviz", None)


@pytest.fixture
def graph():
    x = Value(2.0, label="вход x")
    y = x * 3.0
    y.label = "выход"
    y.backward()
    return draw(y).source


def texts(path):
    root = ET.parse(path).getroot()
    return [e.text.replace("\xa0", " ").strip() for e in root.iter() if e.tag.endswith("}text")]


def structure(path):
    root = ET.parse(path).getroot()
    return sorted(e.text for e in root.iter() if e.tag.endswith("}title"))


EXPECTED = ["вход", "x", "data", "2", "grad", "3", "выход", "×", "data", "6", "grad", "1", "3"]


@has_dot
def test_the_dot_program_draws_cyrillic_and_numbers(graph, tmp_path):
    drawn = texts(render(graph, tmp_path / "graph.svg"))
    assert sorted(" ".join(drawn).split()) == sorted(EXPECTED)


def test_pygraphviz_draws_it_where_there_is_no_dot_program(graph, tmp_path, no_dot):
    pytest.importorskip("pygraphviz", reason="the extra viz is not installed")
    drawn = texts(render(graph, tmp_path / "graph.svg"))
    assert sorted(" ".join(drawn).split()) == sorted(EXPECTED)


@has_dot
def test_both_renderers_draw_the_same_graph(graph, tmp_path, monkeypatch):
    pytest.importorskip("pygraphviz", reason="the extra viz is not installed")
    with_dot = render(graph, tmp_path / "one.svg")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    in_process = render(graph, tmp_path / "two.svg")
    assert structure(with_dot) == structure(in_process)


@pytest.mark.parametrize(("ending", "magic"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_the_ending_of_the_path_decides_the_format(graph, tmp_path, ending, magic):
    if not shutil.which("dot"):
        pytest.importorskip("pygraphviz", reason="there is no Graphviz here")
    assert render(graph, tmp_path / f"graph.{ending}").read_bytes().startswith(magic)


def test_without_graphviz_the_dot_text_is_written_and_one_sentence_says_why(
    graph, tmp_path, no_graphviz
):
    with pytest.warns(UserWarning, match=r'pip install "tinygrad-xor\[viz\]"') as caught:
        path = render(graph, tmp_path / "graph.svg")
    assert len(caught) == 1
    assert path == tmp_path / "graph.dot"
    assert path.read_text("utf-8") == graph
    assert not (tmp_path / "graph.svg").exists()


@has_dot
def test_text_that_is_not_dot_is_refused_by_the_dot_program(tmp_path):
    with pytest.raises(ValueError, match="Graphviz cannot draw this as svg"):
        render("digraph { a -> ", tmp_path / "graph.svg")
    assert list(tmp_path.iterdir()) == []


def test_text_that_is_not_dot_is_refused_by_pygraphviz(tmp_path, no_dot):
    pytest.importorskip("pygraphviz", reason="the extra viz is not installed")
    with pytest.raises(ValueError, match="Graphviz cannot draw this as svg"):
        render("digraph { a -> ", tmp_path / "graph.svg")


@has_dot
def test_an_unknown_format_is_refused(graph, tmp_path):
    with pytest.raises(ValueError, match="cannot draw this as xyz"):
        render(graph, tmp_path / "graph.xyz")
