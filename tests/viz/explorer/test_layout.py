"""Nodes stand from left to right and apart, whoever places them."""

import itertools
import shutil
import sys

import pytest

from tinygrad_xor.viz.explorer.layout import HEIGHT, WIDTH, lay_out

#: Two inputs, three sums of both with a weight each, one sum of them.
EDGES = [(0, 5), (1, 5), (0, 6), (1, 6), (0, 7), (1, 7), (2, 5), (3, 6), (4, 7)]
EDGES += [(5, 8), (6, 8), (7, 8)]


@pytest.fixture(params=["dot", "pygraphviz", "nothing"])
def renderer(request, monkeypatch):
    if request.param == "dot" and not shutil.which("dot"):
        pytest.skip("there is no dot program here")
    if request.param == "pygraphviz":
        pytest.importorskip("pygraphviz", reason="the extra viz is not installed")
    if request.param != "dot":
        monkeypatch.setattr(shutil, "which", lambda name: None)
    if request.param == "nothing":
        monkeypatch.setitem(sys.modules, "pygraphviz", None)


def test_edges_run_to_the_right(renderer):
    layout = lay_out(9, EDGES)
    assert all(layout.centres[tail][0] + WIDTH < layout.centres[head][0] for tail, head in EDGES)


def test_nodes_do_not_overlap_and_lie_inside(renderer):
    layout = lay_out(9, EDGES)
    for (x0, y0), (x1, y1) in itertools.combinations(layout.centres, 2):
        assert abs(x0 - x1) >= WIDTH or abs(y0 - y1) >= HEIGHT
    for x, y in layout.centres:
        assert WIDTH / 2 <= x <= layout.width - WIDTH / 2
        assert HEIGHT / 2 <= y <= layout.height - HEIGHT / 2


def test_curves_begin_and_end_at_their_nodes(renderer):
    layout = lay_out(9, EDGES)
    for (tail, head), curve in zip(EDGES, layout.curves, strict=True):
        assert len(curve) % 6 == 2  # a start, and three points for each piece
        for node, (x, y) in ((tail, curve[:2]), (head, curve[-2:])):
            across, down = layout.centres[node]
            assert abs(x - across) <= WIDTH / 2 + 2
            assert abs(y - down) <= HEIGHT / 2 + 2


def test_an_edge_may_be_there_twice(renderer):
    assert len(lay_out(2, [(0, 1), (0, 1)]).curves) == 2
