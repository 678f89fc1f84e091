"""An atlas in a file, and the one that comes with the package."""

import itertools

import pytest

from tinygrad_xor.atlas import Counts, Setting, measure, measured, read_atlas, write_atlas

FEW = Setting(width=2, optimizer="sgd", lr=0.5, epochs=3, bias="uniform", task="and")


def test_what_is_written_is_read_back(tmp_path):
    atlas = measure(FEW, seeds=5, also_after=[1, 2])
    path = write_atlas(atlas, tmp_path / "new" / "atlas.csv")
    again = read_atlas(path)
    assert list(again) == list(atlas)
    assert again == atlas  # to the last digit


def test_an_empty_atlas_is_a_file_too(tmp_path):
    assert read_atlas(write_atlas({}, tmp_path / "atlas.csv")) == {}


def test_a_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"other\.csv is not an atlas"):
        read_atlas(path)


def test_a_line_that_makes_no_sense_is_named(tmp_path):
    path = write_atlas(measure(FEW, seeds=2), tmp_path / "atlas.csv")
    path.write_text(path.read_text().replace("uniform,sgd", "uniform,sdg"))
    with pytest.raises(ValueError, match=r"line 2: unknown optimizer 'sdg': did you mean 'sgd'"):
        read_atlas(path)


def test_the_atlas_of_the_package_varies_each_thing_from_the_chapters_setting_at_every_width():
    atlas = measured()
    for width in range(2, 17):
        for activation in ("relu", "tanh", "sigmoid", "leaky_relu"):
            assert Setting(width=width, activation=activation) in atlas
        for initializer in ("glorot_uniform", "glorot_normal", "he_uniform", "he_normal"):
            assert Setting(width=width, initializer=initializer) in atlas
        for optimizer, lr in (("sgd", 0.01), ("momentum", 0.01), ("rmsprop", 0.001)):
            assert Setting(width=width, optimizer=optimizer, lr=lr) in atlas
    assert all(counts.seeds >= 1000 for counts in atlas.values())


def test_the_atlas_of_the_package_has_every_combination_at_4_and_at_8_neurons():
    atlas = measured()
    for width, activation, initializer, (optimizer, lr) in itertools.product(
        (4, 8),
        ("relu", "tanh", "sigmoid", "leaky_relu"),
        ("glorot_uniform", "glorot_normal", "he_uniform", "he_normal"),
        (("sgd", 0.01), ("momentum", 0.01), ("rmsprop", 0.001), ("adam", 0.001)),
    ):
        assert Setting(width, activation, initializer, optimizer=optimizer, lr=lr) in atlas


def test_the_counts_of_the_package_add_up():
    for counts in measured().values():
        stuck = counts.seeds - counts.learned
        assert counts.sure <= counts.learned
        assert counts.three_right + counts.diverged <= stuck
        for name in ("blind", "with_dead", "with_duplicates", "with_saturated"):
            assert 0 <= getattr(counts, name) <= stuck - counts.diverged


def test_a_row_of_the_package_can_be_measured_again():
    setting = Setting(width=2, optimizer="sgd", lr=0.01)
    again: Counts = measure(setting, 1000)[setting]
    # another library for matrices rounds otherwise, which may turn a network that is on the edge
    assert again.learned == pytest.approx(measured()[setting].learned, abs=5)
