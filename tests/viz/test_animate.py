"""Training as a film: which frames it has, and that both kinds of file play."""

import re
import sys
from io import BytesIO
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest

from tinygrad_xor.datasets import truth_table
from tinygrad_xor.nn import Dense, Sequential
from tinygrad_xor.snapshots import Snapshots
from tinygrad_xor.training import History
from tinygrad_xor.viz import animate, figures, films

pytest.importorskip("matplotlib", reason="the extra plot is not installed")
from PIL import Image

XOR = truth_table("xor")
SVG = "{http://www.w3.org/2000/svg}"


def falling(epoch):
    """A loss that falls from 1 to 0 between the epochs 40 and 50, and stays there otherwise."""
    return float(np.clip((50 - epoch) / 10, 0, 1))


def recorded(epochs, loss=falling, weights=lambda w, epoch: w + 0.1 * epoch):
    model = Sequential([Dense(2, "tanh", input_dim=2), Dense(1, "sigmoid")], seed=0)
    start = model.get_weights()
    snapshots = Snapshots(model)
    for epoch in range(1, epochs + 1):
        model.set_weights([weights(w, epoch) for w in start])
        snapshots.on_epoch_end(epoch - 1, {"loss": loss(epoch), "accuracy": 0.5})
    return snapshots


@pytest.fixture
def film(monkeypatch):
    """The figure, the layers and the durations of the film that was written last."""
    made = {}

    def remember(figure, layers, durations, title=""):
        made.update(figure=figure, layers=layers, durations=durations)
        return ""

    monkeypatch.setattr(films, "as_gif", remember)
    monkeypatch.setattr(films, "as_svg", remember)
    return made


def epochs_of(layers):
    """The epochs that the frames name."""
    return [int(re.match(r"epoch (\d+)", layer[-1].get_text())[1]) for layer in layers]


@pytest.mark.parametrize(("epochs", "frames"), [(1, 2), (9, 10), (9, 60), (100, 2), (190, 30)])
def test_there_are_as_many_frames_as_snapshots_or_as_asked_for(epochs, frames, tmp_path, film):
    animate(recorded(epochs), *XOR, tmp_path / "f.gif", frames=frames)
    shown = epochs_of(film["layers"])
    assert len(shown) == min(frames, epochs + 1)
    assert shown[0] == 0
    assert shown[-1] == epochs
    assert all(a < b for a, b in pairwise(shown))


def test_quick_changes_of_the_loss_get_more_frames(tmp_path, film):
    animate(recorded(100), *XOR, tmp_path / "f.gif", frames=20)
    steps = np.diff(epochs_of(film["layers"]))
    middle = [e for e in epochs_of(film["layers"]) if 40 <= e <= 50]
    assert len(middle) >= 9  # a tenth of the epochs, and half of the way
    assert max(steps) >= 8


def test_a_change_at_the_very_end_leaves_enough_frames_for_each(tmp_path, film):
    late = recorded(100, loss=lambda epoch: float(epoch <= 97))
    animate(late, *XOR, tmp_path / "f.gif", frames=20)
    shown = epochs_of(film["layers"])
    assert len(set(shown)) == 20
    assert shown[-4:] == [97, 98, 99, 100]


@pytest.mark.parametrize("loss", [np.nan, np.inf, 0.0])
def test_without_a_curve_of_the_loss_frames_are_even_over_epochs(loss, tmp_path, film):
    animate(recorded(100, loss=lambda epoch: loss), *XOR, tmp_path / "f.gif", frames=11)
    np.testing.assert_allclose(epochs_of(film["layers"]), np.arange(0, 101, 10), atol=1)


def test_a_frame_shows_its_snapshot_on_the_scale_of_all_frames(tmp_path, film):
    snapshots = recorded(3)
    weights = [w + 7 for w in snapshots.model.get_weights()]
    snapshots.model.set_weights(weights)
    animate(snapshots, *XOR, tmp_path / "f.gif", threshold=0.25)
    assert film["layers"][0][-1].get_text() == "epoch 0"  # where no loss is known
    for snapshot, (image, *_, dot, words) in zip(snapshots.kept, film["layers"], strict=True):
        model = Sequential([Dense(2, "tanh", input_dim=2), Dense(1, "sigmoid")])
        model.set_weights(snapshot.weights)
        alone = model.predict([[1.4, -0.4]])  # in the picture it is one of many in a batch
        np.testing.assert_array_max_ulp(image.get_array()[0, -1:], alone[0], maxulp=8)
        assert image.get_clim() == film["layers"][0][0].get_clim()
        assert sum(image.get_clim()) == pytest.approx(0.5)
        if snapshot.epoch:
            assert dot.get_xydata().tolist() == [[snapshot.epoch, snapshot.loss]]
            assert words.get_text() == f"epoch {snapshot.epoch}, loss {snapshot.loss:#.3g}"
    for before, after in zip(weights, snapshots.model.get_weights(), strict=True):
        assert np.array_equal(before, after)


def test_examples_lie_above_every_frame(tmp_path, film):
    animate(recorded(3), *XOR, tmp_path / "f.gif")
    ax = film["figure"].axes[0]
    marks = [line for line in ax.lines if line.get_marker() in "os"]
    layered = [a for layer in film["layers"] for a in layer if a.axes is ax]
    assert len(marks) == 2
    order = ax.get_children()
    for artist in layered:
        for mark in marks:
            assert (artist.get_zorder(), order.index(artist)) < (
                mark.get_zorder(),
                order.index(mark),
            )


def test_a_gif_plays_again_and_again_and_rests_at_its_end(tmp_path):
    path = animate(recorded(4), *XOR, tmp_path / "film.GIF", fps=10)
    with Image.open(path) as gif:
        assert gif.format == "GIF"
        assert gif.n_frames == 5
        assert gif.info["loop"] == 0
        durations, pictures = [], []
        for i in range(gif.n_frames):
            gif.seek(i)
            durations.append(gif.info["duration"])
            pictures.append(np.asarray(gif.convert("RGB")))
    assert durations == [100, 100, 100, 100, 2100]
    assert all(np.any(a != b) for a, b in pairwise(pictures))
    assert pictures[0][0, 0].tolist() == [255, 255, 255]


def test_a_frame_of_a_gif_shows_its_layer_and_no_other(tmp_path):
    figure = figures.new_figure(3, 1)
    ax = figure.add_axes((0, 0, 1, 1), xlim=(0, 3), ylim=(0, 1))
    ax.axis("off")
    layers = [ax.plot(i + 0.5, 0.5, "s", color="black", markersize=9) for i in range(3)]
    with Image.open(BytesIO(films.as_gif(figure, layers, [0.1] * 3))) as gif:
        for i in range(3):
            gif.seek(i)
            dark = np.asarray(gif.convert("L")) < 128
            assert [part.any() for part in np.split(dark, 3, axis=1)] == [i == j for j in range(3)]


def test_an_svg_shows_one_frame_after_the_other_and_the_last_one_without_animation(tmp_path):
    path = animate(recorded(4), *XOR, tmp_path / "film.svg", fps=10, title="Кадр <&> $x")
    root = ElementTree.fromstring(path.read_bytes())
    assert root.findtext(f"{SVG}title") == "Кадр <&> $x"
    frames = [e for e in root.iter() if e.get("class", "").startswith("frame ")]
    assert {e.get("class") for e in frames} == {f"frame f{i}" for i in range(5)}
    for i in range(5):
        parts = [e for e in frames if e.get("class") == f"frame f{i}"]
        assert [e.tag for e in parts].count(f"{SVG}image") == 1
        assert {e.get("visibility") for e in parts} == {None if i == 4 else "hidden"}
    name = root.get("class")
    style = root.findall(f"{SVG}style")[-1].text
    still, moving = style.split("@media (prefers-reduced-motion:no-preference)")
    turns = re.findall(r"\.(\S+) \.f(\d){animation:(\S+) 2\.500s step-end (\S+)s infinite}", moving)
    assert [(n, int(i), float(start)) for n, i, _, start in turns] == [
        (name, i, i / 10) for i in range(5)
    ]
    ends = dict(re.findall(r"@keyframes (\S+){0%{visibility:visible}([\d.]+)%,to", still))
    assert [float(ends[keyframes]) for _, _, keyframes, _ in turns] == [4, 4, 4, 4, 84]
    assert "<script" not in path.read_text("utf-8")
    assert all(e.get("{http://www.w3.org/1999/xlink}href", "#").startswith(("#", "data:"))
               for e in root.iter())  # fmt: skip


def test_films_on_one_page_have_names_of_their_own(tmp_path):
    names = [
        ElementTree.fromstring(animate(recorded(2), *XOR, path, title=path.stem).read_bytes()).get(
            "class"
        )
        for path in (tmp_path / "a.svg", tmp_path / "b.svg")
    ]
    assert len(set(names)) == 2


@pytest.mark.parametrize("ending", ["gif", "svg"])
@pytest.mark.parametrize("broken", [np.nan, np.inf, 1e300, 0.0])
def test_any_weights_and_losses_make_a_film(ending, broken, tmp_path):
    snapshots = recorded(2, lambda epoch: broken, lambda w, epoch: np.full(w.shape, broken))
    assert animate(snapshots, *XOR, tmp_path / f"f.{ending}").stat().st_size > 1000


@pytest.mark.parametrize("ending", ["gif", "svg"])
def test_a_film_that_fails_leaves_nothing_and_the_old_file_as_it_was(ending, tmp_path, monkeypatch):
    path = tmp_path / f"film.{ending}"
    path.write_text("old")

    def fail(*args):
        raise OSError("no space")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(OSError, match="no space"):
        animate(recorded(1), *XOR, path)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "old"


@pytest.mark.parametrize("name", ["film.mp4", "film", "film.svg.gz"])
def test_other_endings_are_refused(name, tmp_path):
    with pytest.raises(ValueError, match=rf"a film is a \.gif or an \.svg file, and .*{name}'"):
        animate(recorded(1), *XOR, tmp_path / name)


def test_what_makes_no_film_is_refused(tmp_path):
    path = tmp_path / "film.gif"
    with pytest.raises(ValueError, match=r"inputs of shape \(n, 2\)"):
        animate(recorded(1), np.zeros((4, 3)), np.zeros(4), path)
    with pytest.raises(ValueError, match="show no epoch: pass them to fit"):
        animate(recorded(0), *XOR, path)
    two = Snapshots(Sequential([Dense(2, input_dim=2)], seed=0))
    two.on_epoch_end(0, {"loss": 1.0})
    with pytest.raises(ValueError, match=r"network is \(2,\) -> \(2,\), not .* explore"):
        animate(two, *XOR, path)
    for frames in (1, 10.5, "60"):
        with pytest.raises(ValueError, match=r"frames=.*: a film has 2 frames or more"):
            animate(recorded(1), *XOR, path, frames=frames)
    for fps in (0, np.nan, np.inf, 1000, "12"):
        with pytest.raises(ValueError, match=r"fps=.*: a film shows up to 50 frames in a second"):
            animate(recorded(1), *XOR, path, fps=fps)
    for other in (recorded(1).model, History([{"loss": 1.0, "accuracy": 0.5}])):
        with pytest.raises(TypeError, match="needs the Snapshots that fit"):
            animate(other, *XOR, path)
    with pytest.raises(ValueError, match="inputs that are not finite have no place"):
        animate(recorded(1), XOR[0] * np.nan, XOR[1], path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", ["gif", "svg"])
def test_without_matplotlib_one_sentence_says_what_to_install(ending, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r'pip install "tinygrad-xor\[plot\]"'):
        animate(recorded(1), *XOR, tmp_path / f"film.{ending}")
