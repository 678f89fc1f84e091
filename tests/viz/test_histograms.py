"""Weights and gradients over epochs: a line each, or a histogram for each epoch."""

import sys

import numpy as np
import pytest

from tinygrad_xor.nn import Dense, Sequential
from tinygrad_xor.snapshots import Snapshots
from tinygrad_xor.viz import plot_histograms

pytest.importorskip("matplotlib", reason="the extra plot is not installed")


def recorded(hidden=5, epochs=3, broken=None):
    """Snapshots whose weights after epoch e are e times those of the start, gradients -e."""
    model = Sequential([Dense(hidden, "relu", input_dim=2), Dense(1)], seed=0)
    start = model.get_weights()
    snapshots = Snapshots(model)
    for epoch in range(1, epochs + 1):
        model.set_weights(
            [epoch * w if broken is None else np.full(w.shape, broken) for w in start]
        )
        for p in model.parameters():
            p.grad = np.full(p.shape, -float(epoch))
        snapshots.on_epoch_end(epoch - 1, {"loss": 1.0, "accuracy": 0.5})
    return snapshots


def test_each_weight_of_a_small_network_is_a_line(tmp_path, figures):
    snapshots = recorded()
    plot_histograms(snapshots, tmp_path / "w.png", title="Веса $")
    panels = figures[0].axes
    assert [ax.get_title(loc="left") for ax in panels] == [
        "W1  2 × 5",
        "b1  5",
        "W2  5 × 1",
        "b2  1",
    ]
    assert figures[0].get_suptitle() == "Веса $"
    _, *lines = panels[0].lines  # after the line at zero
    kernels = [s.weights[0].ravel() for s in snapshots.kept]
    np.testing.assert_array_equal([line.get_ydata() for line in lines], np.transpose(kernels))
    assert lines[0].get_xdata().tolist() == [0, 1, 2, 3]


def test_lines_of_one_neuron_have_one_colour_and_its_number(tmp_path, figures):
    plot_histograms(recorded(), tmp_path / "w.png")
    first, _, second, bias = figures[0].axes
    colours = [line.get_color() for line in first.lines[1:]]
    assert colours[:5] == colours[5:]
    assert len(set(colours)) == 5
    assert [text.get_text() for text in first.texts] == list("1234512345")
    assert [text.get_text() for text in second.texts] == list("12345")
    assert [line.get_color() for line in second.lines[1:]] == colours[:5]
    assert len(bias.texts) == 0


def test_gradients_begin_after_the_first_epoch(tmp_path, figures):
    plot_histograms(recorded(), tmp_path / "g.png", what="gradients")
    for ax in figures[0].axes:
        assert ax.lines[1].get_xydata().tolist() == [[1, -1], [2, -2], [3, -3]]


@pytest.mark.parametrize("hidden", [5, 16])
def test_the_numbers_at_the_ends_of_lines_stand_apart(hidden, tmp_path, figures):
    snapshots = recorded(hidden)
    plot_histograms(snapshots, tmp_path / "w.png")
    for ax in figures[0].axes[:3]:
        boxes = sorted([t.get_window_extent().y0, t.get_text()] for t in ax.texts)
        points = np.array([y for y, _ in boxes]) * 72 / 110
        assert {text for _, text in boxes} == {str(i + 1) for i in range(hidden)}
        assert np.diff(points).min() > 7


def test_many_weights_are_a_histogram_for_each_epoch(tmp_path, figures):
    snapshots = recorded(hidden=100)
    plot_histograms(snapshots, tmp_path / "w.png")
    ax = figures[0].axes[0]
    assert len(ax.lines) == 1
    medians = [np.median(s.weights[0]) for s in snapshots.kept]
    np.testing.assert_allclose(ax.lines[0].get_ydata(), medians)
    shares = ax.collections[0].get_array() ** 2
    assert shares.shape == (48, 4)
    assert np.array_equal(shares.max(axis=0), np.ones(4))
    # the spread grows with the epochs, and so does the number of bins that have something in them
    assert np.all(np.diff((shares > 0).sum(axis=0)[1:]) > 0)


@pytest.mark.parametrize("hidden", [5, 100])
@pytest.mark.parametrize("broken", [np.nan, np.inf, 1e300, 0.0])
@pytest.mark.parametrize("what", ["weights", "gradients"])
def test_any_numbers_can_be_drawn(hidden, broken, what, tmp_path):
    snapshots = recorded(hidden, broken=broken)
    for snapshot in snapshots.kept[1:]:
        snapshot.gradients[:] = snapshot.weights
    assert plot_histograms(snapshots, tmp_path / "w.png", what=what).stat().st_size > 1000


def test_other_words_and_snapshots_of_no_epoch_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"what='losses': it is \"weights\" or \"gradients\""):
        plot_histograms(recorded(), tmp_path / "w.png", what="losses")
    for what in ("weights", "gradients"):
        with pytest.raises(ValueError, match="show no epoch: pass them to fit"):
            plot_histograms(recorded(epochs=0), tmp_path / "w.png", what=what)


@pytest.mark.parametrize("name", ["w.svg", "w.jpg", "w"])
def test_a_plot_is_a_png_file_and_no_other(name, tmp_path):
    with pytest.raises(ValueError, match=rf"a plot is a \.png file, and '.*{name}' is none"):
        plot_histograms(recorded(), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_any_label_of_a_parameter_is_a_title(tmp_path, figures):
    snapshots = recorded()
    labels = ["$x_{", "a\ud800", None, "вес"]
    for p, label in zip(snapshots.model.parameters(), labels, strict=True):
        p.label = label
    plot_histograms(snapshots, tmp_path / "w.png", title="$y^")
    titles = [ax.get_title(loc="left").split("  ")[0] for ax in figures[0].axes]
    assert titles == ["$x_{", "a�", "parameter 3", "вес"]


def test_without_matplotlib_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r'pip install "tinygrad-xor\[plot\]"'):
        plot_histograms(recorded(), tmp_path / "w.png")
