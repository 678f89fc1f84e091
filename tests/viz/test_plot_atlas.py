"""The picture of an atlas shows its numbers, and tells the lines apart."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from tinygrad_xor.atlas import Counts, Setting
from tinygrad_xor.viz import plot_atlas

pytest.importorskip("matplotlib", reason="the extra plot is not installed")


def counts(learned, seeds=100):
    return Counts(
        **dict.fromkeys(Counts.__dataclass_fields__, 0) | {"seeds": seeds, "learned": learned}
    )


def atlas_of(widths=(2, 4, 8), **varied):
    """Settings in every combination of what is varied, each with a number of its own."""
    settings = [
        Setting(width=width, **dict(zip(varied, values, strict=True)))
        for values in itertools.product(*varied.values())
        for width in widths
    ]
    return {setting: counts(10 + 3 * i % 80) for i, setting in enumerate(settings)}


def legend_of(figure):
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_a_line_is_the_share_in_percent_and_its_band_wilsons_interval(tmp_path, figures):
    atlas = {Setting(width=8): counts(90), Setting(width=2): counts(20)}
    plot_atlas(atlas, tmp_path / "atlas.png")
    (ax,) = figures[0].axes
    assert ax.lines[0].get_xydata().tolist() == [[2.0, 20.0], [8.0, 90.0]]
    corners = np.concatenate([path.vertices for path in ax.collections[0].get_paths()])
    for setting, found in atlas.items():
        edges = corners[corners[:, 0] == setting.width, 1]
        assert (edges.min(), edges.max()) == pytest.approx([100 * end for end in found.interval])
    assert legend_of(figures[0]) == []


@pytest.mark.parametrize(
    ("lang", "x", "y", "title", "note"),
    [
        (
            "en",
            "neurons in the hidden layer",
            "networks that learned, %",
            "XOR, relu, glorot_uniform, adam 0.001, epochs: 2000",
            "100 networks for each point",
        ),
        (
            "ru",
            "нейронов в скрытом слое",
            "обучившихся сетей, %",
            "XOR, relu, glorot_uniform, adam 0.001, эпох: 2000",
            "по 100 сетей на точку",
        ),
    ],
)
def test_all_words_are_in_the_language_asked_for(tmp_path, figures, lang, x, y, title, note):
    plot_atlas(atlas_of(), tmp_path / "atlas.png", lang=lang)
    (ax,) = figures[0].axes
    assert (ax.get_xlabel(), ax.get_ylabel()) == (x, y)
    assert figures[0].get_suptitle() == title
    assert figures[0].texts[-1].get_text().startswith(note)


def test_what_is_not_as_usual_is_said_in_the_title(tmp_path, figures):
    plot_atlas(atlas_of(bias=["uniform"], batch_size=[4], epochs=[50]), tmp_path / "atlas.png")
    ending = "adam 0.001, bias starts: uniform, epochs: 50, batch size: 4"
    assert figures[0].get_suptitle().endswith(ending)


def test_one_thing_is_told_apart_by_colours(tmp_path, figures):
    plot_atlas(atlas_of(activation=["relu", "tanh", "sigmoid"]), tmp_path / "atlas.png")
    (ax,) = figures[0].axes
    assert len({line.get_color() for line in ax.lines}) == 3
    assert legend_of(figures[0]) == ["activation:", "relu", "tanh", "sigmoid"]


def test_two_things_by_colours_and_dashes_and_a_third_by_panels(tmp_path, figures):
    atlas = atlas_of(
        activation=["relu", "tanh"], initializer=["he_normal", "he_uniform"], epochs=[5, 9, 10]
    )
    plot_atlas(atlas, tmp_path / "atlas.png")
    panels = [ax for ax in figures[0].axes if ax.get_visible()]
    assert [ax.get_title() for ax in panels] == ["5", "9", "10"]
    for ax in panels:
        assert len({(line.get_color(), line.get_linestyle()) for line in ax.lines}) == 4
    legend = legend_of(figures[0])
    assert legend == [
        *("activation:", "relu", "tanh"),
        *("initialisation:", "he_normal", "he_uniform"),
    ]


def test_each_line_has_the_numbers_of_its_own_setting(tmp_path, figures):
    atlas = atlas_of(activation=["relu", "tanh"], optimizer=["sgd", "adam"], task=["xor", "xnor"])
    plot_atlas(atlas, tmp_path / "atlas.png")
    drawn = [line.get_ydata() for ax in figures[0].axes for line in ax.lines]
    given = {replace(s, width=1): [] for s in atlas}
    for setting, found in atlas.items():
        given[replace(setting, width=1)].append(100 * found.share)
    assert sorted(map(list, drawn)) == sorted(given.values())


def test_numbers_of_seeds_that_differ_are_both_said(tmp_path, figures):
    plot_atlas({Setting(width=2): counts(1), Setting(width=3): counts(1, 7)}, tmp_path / "a.png")
    assert figures[0].texts[-1].get_text().startswith("7–100 networks")


def test_nothing_and_more_than_can_be_told_apart_are_refused(tmp_path):
    with pytest.raises(ValueError, match="nothing to draw"):
        plot_atlas({}, tmp_path / "atlas.png")
    with pytest.raises(ValueError, match="8 values of epochs"):
        plot_atlas(atlas_of(epochs=range(1, 9)), tmp_path / "atlas.png")
    with pytest.raises(ValueError, match="no lang='de'"):
        plot_atlas(atlas_of(), tmp_path / "atlas.png", lang="de")
