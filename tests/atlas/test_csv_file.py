"""An atlas in a file, and the one that comes with the package."""

import itertools
from dataclasses import replace

import pytest

from tinygrad_xor.atlas import (
    Counts,
    Setting,
    add_to_atlas,
    measure,
    measured,
    read_atlas,
    write_atlas,
)

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


def counted(seeds, learned=1):
    return Counts(seeds, learned, *[0] * 9, 0.5)


def test_rows_are_added_and_only_one_of_the_same_seeds_gives_way(tmp_path):
    path = tmp_path / "new" / "atlas.csv"
    other = replace(FEW, width=3)
    for setting, counts in (
        (FEW, counted(40)),
        (other, counted(40)),
        (FEW, counted(5)),
        (FEW, counted(40, learned=2)),
    ):
        add_to_atlas({setting: counts}, path)
    assert read_atlas(path, seeds=40) == {FEW: counted(40, learned=2), other: counted(40)}
    assert read_atlas(path, seeds=5) == {FEW: counted(5)}
    assert read_atlas(path, seeds=6) == {}
    assert read_atlas(path) == read_atlas(path, seeds=40)  # of several, that of the most seeds


def test_nothing_is_added_to_a_file_of_something_else(tmp_path):
    path = tmp_path / "atlas.csv"
    path.write_text("mine\n")
    with pytest.raises(ValueError, match="is not an atlas: line 1: it has other columns"):
        add_to_atlas({FEW: counted(5)}, path)
    assert path.read_text() == "mine\n"


CHOSEN = "2,relu,glorot_uniform,zeros,adam,0.001,3,1,xor"
HEAD, ROW = "<head>", CHOSEN + ",sigmoid,zeros,binary_crossentropy,5,1,0,0,0,0,0,0,0,0,0,0.5"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "line 0: it is empty"),
        (f"{HEAD}\n{ROW}\n{ROW[:40]}", "line 3: 7 columns and 40 letters are no row of an atlas"),
        (f"{HEAD}\n{ROW},1\n", "line 2: 25 columns"),
        (f"{HEAD}\n{ROW.replace('relu', 'x' * 131_073)}\n", "131175 letters are no row"),
        (f"{HEAD}\n{ROW.replace('adam', 'a' * 500)}\n", "unknown optimizer"),
        (f"{HEAD}\n{ROW.replace(',5,1,', ',0,0,')}\n", "0 successes in 0 trials"),
        (f"{HEAD}\n{ROW.replace(',5,1,', ',5,6,')}\n", "6 successes in 5 trials"),
        (f"{HEAD}\n{ROW.replace(',5,1,', ',5,-1,')}\n", "-1 successes in 5 trials"),
        (f"{HEAD}\n{ROW.replace(',5,1,', f',{10**300},1,')}\n", "too large"),
        (f"{HEAD}\n{ROW.replace('0.001', 'nan')}\n", "lr must be greater than zero"),
    ],
)
def test_a_damaged_file_is_refused_in_one_sentence(tmp_path, text, complaint):
    path = tmp_path / "atlas.csv"
    head = write_atlas({}, path).read_text().strip()
    path.write_text(text.replace(HEAD, head))
    with pytest.raises(ValueError, match=rf"atlas\.csv is not an atlas: .*{complaint}") as raised:
        read_atlas(path)
    assert len(str(raised.value)) < 1000


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "atlas.csv"
    path.write_bytes(b"\xff\x00")
    with pytest.raises(ValueError, match=r"atlas\.csv is not an atlas: .* can't decode"):
        read_atlas(path)


def test_a_byte_order_mark_and_other_ends_of_lines_are_no_damage(tmp_path):
    path = write_atlas({FEW: counted(5)}, tmp_path / "atlas.csv")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_atlas(path) == {FEW: counted(5)}


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


def test_a_file_from_before_there_were_other_outputs_and_losses_is_read(tmp_path):
    path = tmp_path / "atlas.csv"
    columns = write_atlas({}, path).read_text().strip().split(",")
    old = [name for name in columns if name not in ("output", "output_bias", "loss")]
    path.write_text(",".join(old) + f"\n{CHOSEN},5,1,0,0,0,0,0,0,0,0,0,0.5\n")
    ((setting, counts),) = read_atlas(path).items()
    assert (setting.output, setting.output_bias, setting.loss) == (
        *("sigmoid", "zeros", "binary_crossentropy"),
    )
    assert (setting.width, setting.epochs, counts.seeds, counts.mean_loss) == (2, 3, 5, 0.5)
