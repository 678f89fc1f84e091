"""Graphviz, wherever it comes from: each renderer draws the same graph."""

import os
import shutil
import sys
import threading
import time
import types
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor

import pytest

from tinygrad_xor import Value
from tinygrad_xor.viz import draw, render

XLINK = "{http://www.w3.org/1999/xlink}title"


@pytest.fixture
def dot():
    if not shutil.which("dot"):
        pytest.skip("there is no dot program here")


@pytest.fixture
def no_dot(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("PATH", str(tmp_path_factory.mktemp("no_programs")))


@pytest.fixture
def pygraphviz(no_dot):
    return pytest.importorskip("pygraphviz", reason="the extra viz is not installed")


@pytest.fixture
def no_graphviz(no_dot, monkeypatch):
    monkeypatch.setitem(sys.modules, "pygraphviz", None)


@pytest.fixture(params=["dot", "pygraphviz"])
def renderer(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def graph():
    x = Value(2.0, label="вход x")
    y = x * 3.0
    y.label = "выход"
    y.backward()
    return draw(y, legend=False).source


def texts(path):
    root = ET.parse(path).getroot()
    return [e.text.replace("\xa0", " ").strip() for e in root.iter() if e.tag.endswith("}text")]


def titles(path):
    root = ET.parse(path).getroot()
    return sorted(e.text for e in root.iter() if e.tag.endswith("}title"))


EXPECTED = "вход x data 2 grad 3 3 выход × data 6 grad 1 3".split()


def test_cyrillic_and_numbers_are_drawn_by_each_renderer(renderer, graph, tmp_path):
    drawn = texts(render(graph, tmp_path / "graph.svg"))
    assert sorted(" ".join(drawn).split()) == sorted(EXPECTED)


def test_nodes_edges_and_tooltips_are_the_same_by_each_renderer(renderer, graph, tmp_path):
    path = render(graph, tmp_path / "graph.svg")
    assert titles(path) == sorted(["compute graph", "v0", "v1", "v1_1", "v0->v1", "v1_1->v1"])
    tooltips = {e.get(XLINK) for e in ET.parse(path).getroot().iter() if e.get(XLINK)}
    assert {"вход x: leaf", "выход: multiply", "constant"} <= tooltips


@pytest.mark.parametrize(
    ("ending", "magic"),
    [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("PNG", b"\x89")],
)
def test_the_ending_of_the_path_decides_the_format(renderer, graph, tmp_path, ending, magic):
    path = render(graph, tmp_path / f"graph.{ending}")
    assert path == tmp_path / f"graph.{ending}"
    assert path.read_bytes().startswith(magic)


def test_nothing_is_printed(renderer, graph, tmp_path, capfd):
    for name in ("graph.svg", "graph.png"):
        render(graph, tmp_path / name)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("digraph { a -> ", "syntax error in line"),
        ("digraph { a [label=<<TABLE><TD>x</TABLE>>] }", "in label of node a"),
        ("", "there is no graph in it"),
        ("no graph at all", "syntax error in line 1 near 'no'"),
    ],
)
def test_text_that_cannot_be_drawn_is_refused_and_the_old_picture_stays(
    renderer, source, complaint, tmp_path
):
    path = tmp_path / "graph.svg"
    path.write_text("the old picture", "utf-8")
    with pytest.raises(ValueError, match=f"(?s)Graphviz cannot draw this: .*{complaint}"):
        render(source, path)
    assert path.read_text("utf-8") == "the old picture"
    assert list(tmp_path.iterdir()) == [path]


def test_stderr_works_as_before_after_pygraphviz_has_drawn(pygraphviz, graph, tmp_path, capfd):
    with pytest.raises(ValueError, match="syntax error"):
        render("digraph {", tmp_path / "graph.svg")
    render(graph, tmp_path / "graph.svg")
    print("still here", file=sys.stderr)
    assert capfd.readouterr().err == "still here\n"


def test_threads_draw_at_once_and_the_stderr_of_the_process_stays_its_own(
    pygraphviz, graph, tmp_path, capfd
):
    before, written = os.fstat(2), 0
    paths = [tmp_path / f"{i}.svg" for i in range(6)]
    with ThreadPoolExecutor(3) as threads:
        drawn = [threads.submit(render, graph, path) for path in paths]
        while not all(job.done() for job in drawn):
            written += os.write(2, b".")  # what this thread says meanwhile is not lost
            time.sleep(0.001)
    assert len({path.read_bytes() for path in paths}) == 1
    assert os.path.samestat(os.fstat(2), before)
    assert capfd.readouterr().err == "." * written


def test_the_dot_program_comes_before_pygraphviz(dot, graph, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pygraphviz", types.ModuleType("pygraphviz"))
    assert render(graph, tmp_path / "graph.svg").exists()  # the empty module could draw nothing


def test_without_graphviz_the_dot_text_is_written_and_one_sentence_says_why(
    graph, tmp_path, no_graphviz
):
    with pytest.warns(UserWarning, match=r'pip install "tinygrad-xor\[viz\]"') as caught:
        path = render(graph, tmp_path / "graph.svg")
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert path == tmp_path / "graph.dot"
    assert path.read_text("utf-8") == graph
    assert list(tmp_path.iterdir()) == [path]


def test_dot_text_needs_no_graphviz(graph, tmp_path, no_graphviz):
    path = render(graph, tmp_path / "graph.dot")
    assert path.read_text("utf-8") == graph


def test_missing_folders_are_made(graph, tmp_path, no_graphviz):
    assert render(graph, tmp_path / "new" / "folder" / "graph.dot").exists()


@pytest.mark.parametrize("name", ["graph.xyz", "graph"])
def test_an_unknown_ending_is_refused_with_the_known_ones(graph, tmp_path, name):
    with pytest.raises(ValueError, match=rf"into '{name}': .* \.svg, \.png, \.pdf, \.dot"):
        render(graph, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


SAVED = {
    "svg": b"<?xml",
    "png": b"\x89PNG",
    "pdf": b"%PDF",
    "dot": b"digraph",
    "gv": b"digraph",
    "json": b'{"format"',
    "mmd": b"flowchart",
}


@pytest.fixture
def drawing():
    return draw(Value(2.0, "x") * 3.0)


@pytest.mark.parametrize("ending", SAVED)
def test_a_drawing_is_saved_by_the_ending_of_its_file(renderer, drawing, tmp_path, ending):
    path = tmp_path / f"graph.{ending}"
    assert drawing.save(path) == path
    assert path.read_bytes().startswith(SAVED[ending])
    assert render(drawing, tmp_path / f"again.{ending}").read_bytes().startswith(SAVED[ending])
    assert drawing.save(path.name, tmp_path) == path


def test_a_drawing_cannot_be_saved_as_something_else(drawing, tmp_path):
    known = r"\.svg, \.png, \.pdf, \.dot, \.gv, \.json, \.mmd"
    with pytest.raises(ValueError, match=known):
        drawing.save(tmp_path / "graph.jpg")
    with pytest.raises(TypeError, match=r"not Value: render\(draw\(L\), \"graph.svg\"\)"):
        render(Value(1.0), tmp_path / "graph.svg")
    assert list(tmp_path.iterdir()) == []


def test_graphviz_s_own_methods_find_the_renderer(renderer, drawing, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert drawing.pipe("svg").startswith(b"<?xml")
    assert drawing.pipe(format="svg", encoding="utf-8").startswith("<?xml")
    assert drawing.render("x", format="png") == "x.png"
    assert drawing.render("y", cleanup=True) == "y.pdf"
    assert drawing.render("z.svg") == drawing.render(outfile="z.svg") == "z.svg"
    assert drawing.save("plain") == "plain"
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(made) == {"x", "x.png", "y.pdf", "z.svg", "plain"}
    assert made["x"] == made["plain"]
    assert made["plain"].startswith(b"digraph")
    assert made["x.png"].startswith(SAVED["png"])
    assert made["y.pdf"].startswith(SAVED["pdf"])


def test_graphviz_s_view_opens_what_was_drawn(pygraphviz, drawing, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(drawing, "_view", lambda path, **how: seen.append(str(path)))
    drawing.view(str(tmp_path / "x"))
    assert seen == [str(tmp_path / "x.pdf")]


def test_without_graphviz_a_saved_drawing_is_dot_text_and_a_sentence(
    drawing, tmp_path, no_graphviz
):
    import graphviz

    for save in (drawing.save, drawing.render):
        with pytest.warns(UserWarning, match="no Graphviz was found") as caught:
            path = save(tmp_path / "graph.svg")
        assert str(path) == str(tmp_path / "graph.dot")
        assert caught[0].filename == __file__
    with pytest.raises(graphviz.ExecutableNotFound):
        drawing.pipe("svg")


def test_threads_draw_without_losing_stderr_or_what_others_write_to_it(
    pygraphviz, drawing, tmp_path, capfd
):
    drawn, stop = [], threading.Event()

    def write():
        while not stop.is_set():
            os.write(2, b"mine\n")
            wrote.append(1)

    def save(i):
        drawn.append(drawing.save(tmp_path / f"{i}.svg"))

    wrote = []
    writer = threading.Thread(target=write)
    threads = [threading.Thread(target=save, args=(i,)) for i in range(8)]
    writer.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    writer.join()
    print("still here", file=sys.stderr)
    said = capfd.readouterr().err
    assert len(drawn) == 8
    assert said.count("mine\n") == len(wrote)
    assert said.endswith("still here\n")
