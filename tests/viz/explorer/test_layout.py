"""Nodes stand from left to right and apart, and no edge runs behind one."""

import itertools

from tinygrad_xor.viz.explorer.layout import HEIGHT, WIDTH, lay_out

#: Two inputs, three sums of both with a weight each, one sum of them.
EDGES = [(0, 5), (1, 5), (0, 6), (1, 6), (0, 7), (1, 7), (2, 5), (3, 6), (4, 7)]
EDGES += [(5, 8), (6, 8), (7, 8)]


def test_edges_run_to_the_right():
    layout = lay_out(9, EDGES)
    assert all(layout.centres[tail][0] + WIDTH < layout.centres[head][0] for tail, head in EDGES)


def test_nodes_do_not_overlap_and_lie_inside():
    layout = lay_out(9, EDGES)
    for (x0, y0), (x1, y1) in itertools.combinations(layout.centres, 2):
        assert abs(x0 - x1) >= WIDTH or abs(y0 - y1) >= HEIGHT
    for x, y in layout.centres:
        assert WIDTH / 2 <= x <= layout.width - WIDTH / 2
        assert HEIGHT / 2 <= y <= layout.height - HEIGHT / 2


def test_curves_begin_and_end_at_their_nodes():
    layout = lay_out(9, EDGES)
    for (tail, head), curve in zip(EDGES, layout.curves, strict=True):
        assert len(curve) % 6 == 2  # a start, and three points for each piece
        for node, (x, y) in ((tail, curve[:2]), (head, curve[-2:])):
            across, down = layout.centres[node]
            assert abs(x - across) <= WIDTH / 2 + 2
            assert abs(y - down) <= HEIGHT / 2 + 2


def test_an_edge_may_be_there_twice():
    assert len(lay_out(2, [(0, 1), (0, 1)]).curves) == 2


def test_an_edge_passes_the_columns_between_its_ends_beside_their_nodes():
    edges = [(0, 1), (1, 2), (2, 3), (0, 3), (4, 1), (4, 2), (4, 3)]
    layout = lay_out(5, edges)
    for ends, curve in zip(edges, layout.curves, strict=True):
        points = list(zip(curve[::2], curve[1::2], strict=True))
        for i in {0, 1, 2, 3, 4} - {*ends}:
            across, down = layout.centres[i]
            for (x0, y0), (x1, _) in itertools.pairwise(points[::3]):  # the ends of its pieces
                if x0 < across < x1:
                    assert abs(y0 - down) > HEIGHT / 2


def test_all_uses_of_a_weight_share_a_lane():
    chain = [(i, i + 1) for i in range(1, 100)]
    layout = lay_out(101, [*chain, *[(0, i) for i in range(2, 101)]])
    assert layout.height < 3 * HEIGHT
