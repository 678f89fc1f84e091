"""Plots: files that open and show what they should."""

import sys
from pathlib import Path

import numpy as np
import pytest

from tinygrad_xor.datasets import two_moons
from tinygrad_xor.viz import paint_decision, plot_decision, plot_loss
from tinygrad_xor.viz.figures import DARK_BLUE, DARK_ORANGE

pytest.importorskip("matplotlib", reason="the extra plot is not installed")

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def xor(x):
    return np.abs(x[:, 0] - x[:, 1])


def picture(path):
    """The file's pixels, of shape (height, width, 3)."""
    from PIL import Image

    with Image.open(path) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB")).astype(int)


def share_of(path, predicate):
    return np.mean(predicate(*picture(path).reshape(-1, 3).T))


def test_the_loss_is_a_blue_line_and_the_accuracy_an_orange_one(tmp_path):
    losses = np.exp(-np.linspace(0, 3, 200))
    alone = plot_loss(losses, tmp_path / "loss.png", title="потери")
    both = plot_loss(losses, tmp_path / "both.png", accuracies=np.linspace(0.5, 1, 200))

    def blue(r, g, b):
        return (b > 150) & (r < 80)

    def orange(r, g, b):
        return (r > 200) & (b < 80)

    assert share_of(alone, blue) > 0.001
    assert share_of(alone, orange) == 0
    assert share_of(both, blue) > 0.001
    assert share_of(both, orange) > 0.0005


def test_the_axes_of_the_loss_say_what_they_show(tmp_path, figures):
    plot_loss([0.7, 0.2], tmp_path / "loss.png", accuracies=[0.5, 1.0], title="Потери, $ и σ")
    above, below = figures[0].axes
    assert above.get_title() == "Потери, $ и σ"
    assert (above.get_ylabel(), below.get_ylabel()) == ("mean loss", "accuracy, %")
    assert below.get_xlabel() == "epoch"
    assert above.lines[0].get_xydata().tolist() == [[1.0, 0.7], [2.0, 0.2]]
    assert below.lines[0].get_ydata().tolist() == [50.0, 100.0]


def test_the_axis_of_a_loss_begins_at_zero_unless_the_loss_is_negative(tmp_path, figures):
    plot_loss([2.0, 1.0], tmp_path / "loss.png")
    plot_loss([-1.0, -2.0], tmp_path / "loss.png")
    lowest = [figure.axes[0].get_ylim()[0] for figure in figures]
    assert lowest[0] == 0
    assert lowest[1] < -2


@pytest.mark.parametrize("losses", [[], [0.5], [np.nan, np.nan], [1.0, np.inf, 1e300]])
def test_any_losses_can_be_drawn(losses, tmp_path):
    assert picture(plot_loss(losses, tmp_path / "loss.png", accuracies=losses)).size > 0


def test_the_only_epoch_is_a_dot(tmp_path, figures):
    plot_loss([0.5], tmp_path / "loss.png")
    assert figures[0].axes[0].lines[0].get_marker() == "o"


def test_the_decision_surface_is_blue_where_the_answer_is_1_and_orange_where_it_is_0(tmp_path):
    def left_half(x):
        return (x[:, 0] < 0.5).astype(float)

    array = picture(plot_decision(left_half, CORNERS, [1, 1, 0, 0], tmp_path / "decision.png"))
    height, width, _ = array.shape
    left, right = array[height // 2, width // 5], array[height // 2, width * 3 // 5]
    assert left[2] > left[0]
    assert right[0] > right[2]


def test_examples_are_numbers_in_circles_and_squares_on_equal_axes(tmp_path, figures):
    plot_decision(xor, CORNERS, [0, 1, 1, 0], tmp_path / "decision.png", title="Решение")
    ax, bar = figures[0].axes
    assert [(*text.get_position(), text.get_text()) for text in ax.texts] == [
        (0, 0, "0"),
        (0, 1, "1"),
        (1, 0, "1"),
        (1, 1, "0"),
    ]
    circles, squares = ax.lines
    assert (circles.get_marker(), circles.get_xydata().tolist()) == ("o", [[0, 1], [1, 0]])
    assert (squares.get_marker(), squares.get_xydata().tolist()) == ("s", [[0, 0], [1, 1]])
    assert ax.get_aspect() == 1
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("x₁", "x₂", "Решение")
    assert bar.get_ylabel() == "prediction"


def test_many_examples_are_dots_in_the_colours_of_their_targets_without_numbers(tmp_path, figures):
    X, y = two_moons(200)
    plot_decision(lambda x: x[:, 0], X, y, tmp_path / "decision.png")
    ax = figures[0].axes[0]
    ones, zeros = ax.lines
    assert len(ax.texts) == 0
    assert (ones.get_color(), zeros.get_color()) == (DARK_BLUE, DARK_ORANGE)
    assert np.array_equal(ones.get_xydata(), X[y.ravel() == 1])
    assert np.array_equal(zeros.get_xydata(), X[y.ravel() == 0])
    assert ones.get_markersize() < 6
    assert ax.get_xlim()[0] > X.min() - 0.15 * (X.max() - X.min())


def test_a_line_runs_where_the_answer_changes_and_nowhere_else(tmp_path, figures):
    plot_decision(xor, CORNERS, [0, 1, 1, 0], tmp_path / "decision.png", threshold=0.75)
    (line,) = figures[0].axes[0].collections
    np.testing.assert_allclose(xor(line.get_paths()[0].vertices), 0.75, atol=0.01)
    plot_decision(lambda x: np.ones(len(x)), CORNERS, [0, 1, 1, 0], tmp_path / "decision.png")
    assert len(figures[1].axes[0].collections) == 0


def test_colours_are_centred_on_the_threshold_and_reach_the_largest_prediction(tmp_path, figures):
    predict = {"sure": lambda x: 5 * x[:, 0], "unsure": lambda x: 0.0 * x[:, 0]}
    for f in predict.values():
        plot_decision(f, CORNERS, [-1, 1, 1, -1], tmp_path / "decision.png", threshold=0.0)
    limits = [figure.axes[0].images[0].get_clim() for figure in figures]
    np.testing.assert_allclose(limits, [(-7, 7), (-0.5, 0.5)])


def test_a_surface_can_be_painted_into_each_of_several_panels(tmp_path, figures):
    from matplotlib.figure import Figure

    plot_decision(xor, CORNERS, xor(CORNERS), tmp_path / "alone.png", threshold=0.3)
    alone = figures[0].axes[0]
    for panel in Figure().subplots(1, 2):
        image = paint_decision(panel, xor, CORNERS, xor(CORNERS), threshold=0.3)
        assert image.get_array().tolist() == alone.images[0].get_array().tolist()
        assert image.get_clim() == alone.images[0].get_clim()
        assert len(panel.lines) == len(alone.lines) == 2
        assert [text.get_text() for text in panel.texts] == ["0", "1", "1", "0"]


def test_where_all_answers_are_the_same_all_pixels_are(tmp_path):
    path = plot_decision(lambda x: np.ones(len(x)), CORNERS, xor(CORNERS), tmp_path / "ones.png")
    blue = picture(path)[60:90, 100:150].reshape(-1, 3)
    assert np.unique(blue, axis=0).tolist() == [[0x2B, 0x6C, 0xB0]]


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_predictions_that_are_not_finite_can_be_drawn(broken, tmp_path):
    def predict(x):
        return np.where(x[:, 0] > 0.7, broken, x[:, 1])

    assert plot_decision(predict, CORNERS, [0, 1, 1, 0], tmp_path / "decision.png").exists()


def test_a_single_example_can_be_drawn(tmp_path):
    path = plot_decision(xor, np.zeros((1, 2)), [1], tmp_path / "decision.png")
    assert picture(path).size > 0


def test_a_column_of_targets_or_predictions_is_as_good_as_a_row(tmp_path):
    def column(x):
        return xor(x)[:, None]

    row = plot_decision(xor, CORNERS, [0, 1, 1, 0], tmp_path / "row.png")
    other = plot_decision(column, CORNERS, [[0], [1], [1], [0]], tmp_path / "column.png")
    assert other.read_bytes() == row.read_bytes()


def test_examples_of_other_shapes_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"not \(4, 3\) and \(4,\)"):
        plot_decision(xor, np.zeros((4, 3)), np.zeros(4), tmp_path / "decision.png")
    with pytest.raises(ValueError, match=r"not \(4, 2\) and \(4, 2\)"):
        plot_decision(xor, CORNERS, np.zeros((4, 2)), tmp_path / "decision.png")


def test_a_threshold_that_is_not_finite_is_refused(tmp_path):
    with pytest.raises(ValueError, match="threshold=nan: the answer changes at a finite number"):
        plot_decision(xor, CORNERS, [0, 1, 1, 0], tmp_path / "a.png", threshold=np.nan)


def test_any_title_can_be_written(tmp_path):
    for title in ("\ud800", "\0", "$x", "две\nстроки"):
        plot_loss([0.5, 0.2], tmp_path / "a.png", title=title)


def test_without_matplotlib_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r'pip install "tinygrad-xor\[plot\]"'):
        plot_loss([0.5], tmp_path / "loss.png")
    with pytest.raises(ImportError, match=r'pip install "tinygrad-xor\[plot\]"'):
        plot_decision(xor, CORNERS, [0, 1, 1, 0], tmp_path / "decision.png")
    assert list(tmp_path.iterdir()) == []


def test_a_plot_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    path = plot_loss([0.5, 0.4], tmp_path / "new" / "loss.png")
    before = path.read_bytes()

    def full(*args, **kwargs):
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="no space left"):
        plot_loss([0.1, 0.0], path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_pyplot_is_not_loaded(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)  # importing it would now fail
    plot_loss([0.5, 0.4], tmp_path / "loss.png")
    plot_decision(xor, CORNERS, [0, 1, 1, 0], tmp_path / "decision.png")
