"""Nodes stand from left to right and apart, and no edge runs behind one."""

import itertools
from importlib import resources

import pytest

WIDTH, HEIGHT = 112, 34
SOURCE = resources.files("tinygrad_xor.viz.explorer").joinpath("page", "layout.js")
#: Two inputs, three sums of both with a weight each, one sum of them.
EDGES = [(0, 5), (1, 5), (0, 6), (1, 6), (0, 7), (1, 7), (2, 5), (3, 6), (4, 7)]
EDGES += [(5, 8), (6, 8), (7, 8)]


@pytest.fixture
def lay_out(browser):
    """Lay out a graph as the page does: its size, the centres of nodes, the curves of edges."""

    def run(count, edges, label="x"):
        return browser.execute_script(
            "const indices = (n) => Array.from({ length: n }, (_, k) => k);"
            + SOURCE.read_text("utf-8")
            + """
            const nodes = indices(arguments[0]).map(() => ({ label: arguments[2] }));
            const edges = arguments[1].map(([tail, head]) => ({ tail, head }));
            const { size, node } = layOut({ nodes, edges });
            return [size, node, nodes.map((n) => n.centre), edges.map((e) => e.curve)]""",
            count,
            edges,
            label,
        )

    return run


def test_edges_run_to_the_right(lay_out):
    _, node, centres, _ = lay_out(9, EDGES)
    assert node == [WIDTH, HEIGHT]
    assert all(centres[tail][0] + WIDTH < centres[head][0] for tail, head in EDGES)


def test_an_input_stands_beside_the_first_operation_that_uses_it(lay_out):
    _, _, centres, _ = lay_out(5, [(0, 1), (1, 2), (3, 2), (3, 4), (2, 4)])
    assert centres[3][0] == centres[1][0]


def test_nodes_do_not_overlap_and_lie_inside(lay_out):
    (width, height), _, centres, _ = lay_out(9, EDGES)
    for (x0, y0), (x1, y1) in itertools.combinations(centres, 2):
        assert abs(x0 - x1) >= WIDTH or abs(y0 - y1) >= HEIGHT
    for x, y in centres:
        assert WIDTH / 2 <= x <= width - WIDTH / 2
        assert HEIGHT / 2 <= y <= height - HEIGHT / 2


def test_nodes_are_wide_where_a_label_is_long(lay_out):
    assert lay_out(9, EDGES, "a long label")[1] == [186, HEIGHT]


def test_curves_begin_and_end_at_their_nodes(lay_out):
    _, _, centres, curves = lay_out(9, EDGES)
    for (tail, head), curve in zip(EDGES, curves, strict=True):
        assert len(curve) % 6 == 2  # a start, and three points for each piece
        for node, (x, y) in ((tail, curve[:2]), (head, curve[-2:])):
            across, down = centres[node]
            assert abs(x - across) <= WIDTH / 2 + 2
            assert abs(y - down) <= HEIGHT / 2 + 2


def test_an_edge_may_be_there_twice_and_a_node_alone(lay_out):
    assert len(lay_out(2, [(0, 1), (0, 1)])[3]) == 2
    assert lay_out(1, [])[2] == [[6 + WIDTH / 2, 6 + HEIGHT / 2]]


def test_an_edge_passes_the_columns_between_its_ends_beside_their_nodes(lay_out):
    edges = [(0, 1), (1, 2), (2, 3), (0, 3), (4, 1), (4, 2), (4, 3)]
    _, _, centres, curves = lay_out(5, edges)
    for ends, curve in zip(edges, curves, strict=True):
        points = list(zip(curve[::2], curve[1::2], strict=True))
        for i in {0, 1, 2, 3, 4} - {*ends}:
            across, down = centres[i]
            for (x0, y0), (x1, _) in itertools.pairwise(points[::3]):  # the ends of its pieces
                if x0 < across < x1:
                    assert abs(y0 - down) > HEIGHT / 2


def test_all_uses_of_a_weight_share_a_lane(lay_out):
    chain = [(i, i + 1) for i in range(1, 100)]
    (_, height), _, _, _ = lay_out(101, [*chain, *[(0, i) for i in range(2, 101)]])
    assert height < 3 * HEIGHT
