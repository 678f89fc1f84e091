"""Plots: files that open and show what they should."""

import sys

import numpy as np
import pytest

from tinygrad_xor.viz import plot_decision, plot_loss


def pixels(path):
    image = pytest.importorskip("PIL.Image", reason="the extra plot is not installed")
    with image.open(path) as picture:
        assert picture.format == "PNG"
        return np.asarray(picture.convert("RGB")).reshape(-1, 3)


def share_of(path, predicate):
    return np.mean(predicate(*pixels(path).astype(int).T))


def test_the_loss_is_a_blue_line_and_the_accuracy_an_orange_one(tmp_path):
    losses = np.exp(-np.linspace(0, 3, 200))
    alone = plot_loss(losses, tmp_path / "loss.png", title="потери")
    both = plot_loss(losses, tmp_path / "both.png", accuracies=np.linspace(0.5, 1, 200).tolist())

    def blue(r, g, b):
        return (b > 150) & (r < 80)

    def orange(r, g, b):
        return (r > 200) & (b < 80)

    assert share_of(alone, blue) > 0.001
    assert share_of(alone, orange) == 0
    assert share_of(both, blue) > 0.001
    assert share_of(both, orange) > 0.0005


def test_one_epoch_or_none_can_be_drawn(tmp_path):
    for losses in ([], [0.5]):
        assert plot_loss(losses, tmp_path / "loss.png", accuracies=losses).exists()


def test_the_decision_surface_is_blue_where_the_answer_is_1_and_red_where_it_is_0(tmp_path):
    inputs = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])

    def left_half(x):
        return (x[:, 0] < 0.5).astype(float)

    path = plot_decision(left_half, inputs, [1, 1, 0, 0], tmp_path / "decision.png")
    image = pytest.importorskip("PIL.Image", reason="the extra plot is not installed")
    with image.open(path) as picture:
        array = np.asarray(picture.convert("RGB")).astype(int)
    height, width, _ = array.shape
    left, right = array[height // 2, width // 5], array[height // 2, width * 3 // 5]
    assert left[2] > left[0]
    assert right[0] > right[2]


def test_a_surface_of_one_answer_has_no_line_and_can_be_drawn(tmp_path):
    inputs = np.zeros((1, 2))
    path = plot_decision(lambda x: np.ones(len(x)), inputs, [1], tmp_path / "decision.png")
    assert path.exists()


def test_without_matplotlib_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r'pip install "tinygrad-xor\[plot\]"'):
        plot_loss([0.5], tmp_path / "loss.png")
    assert list(tmp_path.iterdir()) == []
