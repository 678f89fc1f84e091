"""The decision surface as text: every cell, mark and number at its place."""

import re
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor.viz import decision_text
from tinygrad_xor.viz.surface import extent

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = [[0], [1], [1], [0]]


def xor(x):
    return np.abs(x[:, 0] - x[:, 1])


def plain(words):
    return re.sub("\x1b\\[[0-9;]*m", "", words)


def cells(words):
    """What is inside the frame, row by row."""
    return [re.split("[│┤]", line)[1] for line in words.splitlines()[1:] if line[-1] == "│"]


@given(
    st.integers(46, 120),
    st.lists(st.tuples(*[st.floats(-50, 50, width=32)] * 2), min_size=1, max_size=5, unique=True),
)
def test_every_example_is_marked_at_its_cell(width, places):
    inputs = np.array(places)
    low, high = extent(inputs)
    for i in range(len(inputs)):
        # the example to look for is the last one, which no other hides
        order = [*range(i), *range(i + 1, len(inputs)), i]
        rows = cells(decision_text(xor, inputs[order], np.arange(len(inputs)) % 2, width=width))
        x, y = (inputs[i] - low) / (high - low)
        row, column = (1 - y) * (len(rows) - 1), x * (len(rows[0]) - 1)
        mark = "[0]" if (len(inputs) - 1) % 2 == 0 else "(1)"
        near = [rows[r] for r in {int(np.floor(row + 0.5)), int(np.ceil(row - 0.5))}]
        starts = [m.start() for line in near for m in re.finditer(re.escape(mark), line)]
        assert any(abs(start + 1 - column) <= 0.5 for start in starts)


def test_marks_say_the_target_and_its_side_of_the_threshold():
    rows = cells(decision_text(xor, CORNERS, [-1, 1, 0.5, 2], threshold=0.5))
    assert [mark for row in rows for mark in re.findall(r"[(\[].+?[)\]]", row)] == [
        "(1)",
        "(2)",
        "[−1]",
        "[0.5]",
    ]


def test_the_shade_grows_with_the_prediction_and_changes_at_the_threshold():
    def steps(x):
        return np.select([x[:, 0] < 0, x[:, 0] < 0.48, x[:, 0] < 1], [0.1, 0.5, 0.6], 1.0)

    row = cells(decision_text(steps, CORNERS, XOR))[0]
    assert row == "".join(sorted(row, key=" ░▓█".index))
    assert set(row) == set(" ░▓█")
    assert row.index("▓") == len(row) // 2


def test_the_plane_is_the_right_way_up():
    upper = cells(decision_text(lambda x: x[:, 1] > 0.5, CORNERS, XOR))
    right = cells(decision_text(lambda x: x[:, 0] > 0.5, CORNERS, XOR))
    assert (upper[0][0], upper[0][-1], upper[-1][0], upper[-1][-1]) == ("█", "█", " ", " ")
    assert (right[0][0], right[0][-1], right[-1][0], right[-1][-1]) == (" ", "█", " ", "█")


def test_the_numbers_on_the_axes_stand_beside_the_examples():
    lines = decision_text(xor, CORNERS, XOR).splitlines()
    for line in lines:
        if line.startswith((" 0 ┤", " 1 ┤")):
            assert len(re.findall(r"[(\[]\d", line)) == 2
    numbers = next(line for line in lines if line.endswith("x₁"))
    row = next(line for line in lines if line.startswith(" 1 ┤"))
    assert (numbers.index("0"), numbers.index("1")) == (row.index("(1)") + 1, row.index("[0]") + 1)


@given(st.integers(46, 120), st.booleans())
def test_the_picture_is_as_wide_as_asked_for(width, colour):
    *picture, _, _, _ = plain(decision_text(xor, CORNERS, XOR, width=width, colour=colour)).split(
        "\n"
    )
    assert {len(line) for line in picture} == {width}


@given(st.floats(-3, 3), st.integers(46, 80))
def test_colours_add_nothing_that_cannot_be_read_without_them(threshold, width):
    options = {"threshold": threshold, "width": width}
    coloured = decision_text(xor, CORNERS, XOR, **options, colour=True)
    assert plain(coloured) == decision_text(xor, CORNERS, XOR, **options)
    assert coloured.count("\x1b[0m") * 2 == coloured.count("\x1b[")
    assert all(line.count("\x1b[") % 2 == 0 for line in coloured.splitlines())


def test_orange_is_below_the_threshold_and_blue_above_it():
    coloured = decision_text(lambda x: x[:, 0] > 0.5, CORNERS, XOR, colour=True).splitlines()[1]
    assert re.findall(";48;5;(\\d+)m(.)", coloured) == [("208", " "), ("26", "█")]


def test_what_is_not_a_number_is_a_question_mark_and_infinity_is_not():
    def predict(x):
        return np.select([x[:, 0] > 0.9, x[:, 0] > 0.5, x[:, 0] > 0], [np.nan, np.inf, -np.inf], 1)

    row = cells(decision_text(predict, CORNERS, XOR, colour=False))[0]
    assert "".join(dict.fromkeys(row)) == "█ ?"
    assert row.rstrip("?")[-1] == "█"
    assert "?" in decision_text(lambda x: np.full(len(x), np.nan), CORNERS, XOR, colour=True)


def test_the_legend_has_the_numbers_of_the_scale():
    assert "prediction 0│   │0.25│░░░│0.5│▓▓▓│0.75│███│1" in decision_text(
        lambda x: x[:, 0] > 1, CORNERS, XOR
    )
    wide = decision_text(lambda x: 2 * x[:, 0] - 1, CORNERS, XOR, threshold=0)
    assert "prediction −1.8│   │−0.9│░░░│0│▓▓▓│0.9│███│1.8" in wide


def test_too_small_a_width_and_other_shapes_are_refused():
    with pytest.raises(ValueError, match=r"width=20: .* at least 46 columns"):
        decision_text(xor, CORNERS, XOR, width=20)
    with pytest.raises(ValueError, match=r"not \(0, 2\) and \(0,\)"):
        decision_text(xor, np.zeros((0, 2)), [])


@pytest.mark.parametrize("threshold", [np.nan, np.inf, None, "high"])
def test_a_threshold_that_is_no_finite_number_is_refused(threshold):
    with pytest.raises(ValueError, match="the answer changes at a finite number"):
        decision_text(xor, CORNERS, [0, 1, 1, 0], threshold=threshold)


@pytest.mark.parametrize("width", [60.0, "60", None])
def test_a_width_that_is_no_whole_number_is_refused(width):
    with pytest.raises(TypeError, match="a whole number of columns, as 46"):
        decision_text(xor, CORNERS, [0, 1, 1, 0], width=width)
    assert decision_text(xor, CORNERS, [0, 1, 1, 0], width=np.int64(60))


def test_it_needs_no_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert "█" in decision_text(xor, CORNERS, XOR)
