"""``tinygrad-xor atlas`` as a user runs it."""

import csv
import io
import json
import sys
from dataclasses import replace

import pytest

from tinygrad_xor.atlas import Setting, measured, read_atlas
from tinygrad_xor.cli import atlas as module
from tinygrad_xor.cli.main import main

QUICK = ["atlas", "--widths", "2,3", "--seeds", "6", "--epochs", "3"]


def run(tmp_path, *options):
    return main([*QUICK, "--out", str(tmp_path), *options])


def rows_of(text):
    """The rows of the table: lines that begin with a width and a number of epochs."""
    rows = [line.split() for line in text.splitlines()]
    return [row for row in rows if len(row) > 10 and (row[0] + row[1]).isdigit()]


def test_it_prints_a_row_for_each_width_and_writes_the_table_and_the_picture(tmp_path, capsys):
    assert run(tmp_path) == 0
    out = capsys.readouterr().out
    assert "XOR, 2 → width → 1: relu, glorot_uniform, bias zeros; adam 0.001" in out
    assert [row[:2] for row in rows_of(out)] == [["2", "3"], ["3", "3"]]
    assert f"files: {tmp_path / 'atlas.csv'}, {tmp_path / 'atlas.png'}" in out
    assert (tmp_path / "atlas.png").read_bytes().startswith(b"\x89PNG")
    assert [s.width for s in read_atlas(tmp_path / "atlas.csv")] == [2, 3]
    assert len(list(csv.reader(io.StringIO((tmp_path / "atlas.csv").read_text())))) == 3


def test_every_combination_of_several_values_is_measured(tmp_path, monkeypatch):
    (counts,) = module.measure(Setting(width=2, epochs=1), 6).values()

    def at_once(setting, seeds, also_after, **how):  # trainings are measured in other tests
        return {replace(setting, epochs=n): counts for n in (*also_after, setting.epochs)}

    monkeypatch.setattr(module, "measure", at_once)
    options = ["--activation", "relu,Tanh", "--optimizer", "sgd,adam", "--epochs", "2,4"]
    assert run(tmp_path, *options, "--lr", "0.1,0.2", "--bias=zeros,uniform") == 0
    found = read_atlas(tmp_path / "atlas.csv")
    assert len(found) == 2 * 2 * 2 * 2 * 2 * 2
    assert {(s.activation, s.optimizer, s.epochs, s.lr, s.bias) for s in found} >= {
        ("tanh", "sgd", 2, 0.1, "zeros"),
        ("relu", "adam", 4, 0.2, "uniform"),
    }


def test_the_learning_rate_is_keras_s_for_each_optimizer(tmp_path):
    assert run(tmp_path, "--optimizer", "sgd,momentum,rmsprop,adam") == 0
    rates = {s.optimizer: s.lr for s in read_atlas(tmp_path / "atlas.csv")}
    assert rates == {"sgd": 0.01, "momentum": 0.01, "rmsprop": 0.001, "adam": 0.001}


def test_what_is_measured_is_kept_and_not_measured_again(tmp_path, capsys, monkeypatch):
    assert run(tmp_path) == 0
    before = rows_of(capsys.readouterr().out)
    trained = []
    measure = module.measure

    def watched(setting, *args, **kwargs):
        trained.append(setting)
        return measure(setting, *args, **kwargs)

    monkeypatch.setattr(module, "measure", watched)
    assert run(tmp_path, "--widths", "2-4") == 0
    out = capsys.readouterr().out
    assert "2 of 3 settings were measured before" in out
    assert [s.width for s in trained] == [4]
    assert rows_of(out)[:2] == before
    assert run(tmp_path, "--seeds", "7") == 0  # another number of seeds is another measurement
    assert [s.width for s in trained] == [4, 2, 3]
    assert [s.width for s in read_atlas(tmp_path / "atlas.csv")] == [2, 3, 4]


def test_rows_of_other_numbers_of_seeds_stay(tmp_path, capsys, monkeypatch):
    assert run(tmp_path, "--seeds", "8") == 0
    before = rows_of(capsys.readouterr().out)
    assert run(tmp_path, "--seeds", "2") == 0
    capsys.readouterr()
    monkeypatch.setattr(module, "measure", None)  # nothing is measured again
    assert run(tmp_path, "--seeds", "8") == 0
    assert rows_of(capsys.readouterr().out) == before


def test_a_disk_that_is_full_in_the_middle_ends_in_one_sentence_and_loses_no_row(
    tmp_path, capsys, monkeypatch
):
    add, calls = module.add_to_atlas, []

    def full_at_last(atlas, path):
        calls.append(atlas)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        return add(atlas, path)

    monkeypatch.setattr(module, "add_to_atlas", full_at_last)
    with pytest.raises(SystemExit) as exit_:
        run(tmp_path)
    assert exit_.value.code == 2
    assert f"cannot write to {tmp_path}: No space left on device" in capsys.readouterr().err
    assert [s.width for s in read_atlas(tmp_path / "atlas.csv")] == [2]


def test_ctrl_c_while_a_row_is_written_loses_nothing(tmp_path, capsys, monkeypatch):
    add, calls = module.add_to_atlas, []

    def interrupted(atlas, path):
        calls.append(atlas)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return add(atlas, path)

    monkeypatch.setattr(module, "add_to_atlas", interrupted)
    assert run(tmp_path) == 130
    assert capsys.readouterr().err.startswith("interrupted: 2 of 2 settings are measured, and kept")
    assert [s.width for s in read_atlas(tmp_path / "atlas.csv")] == [2, 3]


def test_use_measured_takes_the_counts_of_the_package(tmp_path, capsys):
    options = ["--use-measured", "--seeds", "1000", "--epochs", "2000", "--widths", "4,6"]
    assert run(tmp_path, *options, "--json") == 0
    for row in json.loads(capsys.readouterr().out):
        assert row["learned"] == measured()[Setting(width=row["width"])].learned


def test_a_blank_line_stands_between_two_tables(tmp_path, capsys):
    assert run(tmp_path, "--activation", "tanh,relu") == 0
    out = capsys.readouterr().out
    assert "\n\nXOR, 2 → width → 1: relu" in out
    assert not out.startswith("\n")


def test_json_is_all_that_is_printed(tmp_path, capsys):
    assert run(tmp_path, "--json", "--task", "and", "--lr", "0.5") == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["width"], second["width"], first["task"], first["seeds"]) == (2, 3, "and", 6)
    assert first["share"] == first["learned"] / 6
    assert first["low"] < first["share"] < first["high"] or first["share"] in (0, 1)


def test_the_second_run_prints_the_same_json(tmp_path, capsys):
    printed = []
    for _ in range(2):
        run(tmp_path, "--json")
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]


def test_settings_that_always_learn_are_named_with_what_that_proves(tmp_path, capsys):
    options = ["--task", "or", "--lr", "0.1", "--epochs", "100", "--activation", "tanh,relu"]
    assert run(tmp_path, *options, "--widths", "8") == 0
    out = capsys.readouterr().out
    assert "learned every time, so in 61.0 % of runs at least:\n  width 8, activation tanh" in out
    assert run(tmp_path) == 0
    assert "in no setting did every network learn" in capsys.readouterr().out


def test_networks_that_diverge_are_mentioned(tmp_path, capsys):
    assert run(tmp_path, "--optimizer", "momentum", "--lr", "1e308", "--epochs", "20") == 0
    assert "networks that diverged, to NaN or infinity: " in capsys.readouterr().out


def test_russian_is_russian_throughout(tmp_path, capsys):
    options = ["--lang", "ru", "--widths", "2"]
    assert run(tmp_path, *options) == 0
    assert run(tmp_path, *options) == 0
    out = capsys.readouterr().out
    assert "XOR, 2 → ширина → 1: relu, glorot_uniform, смещения zeros" in out
    assert "настроек 1 из 1 измерены раньше" in out
    for english in ("width", "learned", "stuck", "files", "setting", "network"):
        assert english not in out.replace(str(tmp_path), "")


@pytest.mark.parametrize(("stop_at", "kept"), [(1, []), (2, [2])])
def test_ctrl_c_keeps_what_is_measured(tmp_path, capsys, monkeypatch, stop_at, kept):
    calls = []
    measure = module.measure

    def interrupted(*args, **kwargs):
        calls.append(args)
        if len(calls) == stop_at:
            raise KeyboardInterrupt
        return measure(*args, **kwargs)

    monkeypatch.setattr(module, "measure", interrupted)
    assert run(tmp_path) == 130
    captured = capsys.readouterr()
    expected = f"interrupted: {len(kept)} of 2 settings are measured, and kept"
    assert captured.err.startswith(expected)
    assert [s.width for s in read_atlas(tmp_path / "atlas.csv")] == kept
    assert (tmp_path / "atlas.png").exists() == bool(kept)


def test_at_a_terminal_a_bar_shows_how_far_it_is(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert run(tmp_path) == 0
    captured = capsys.readouterr()
    assert "relu, width 3" in captured.err
    assert "/36 epochs [" in captured.err  # 2 widths, 6 networks, 3 epochs
    assert len(rows_of(captured.out)) == 2
    assert run(tmp_path, "--epochs", "3,5") == 0
    captured = capsys.readouterr()
    assert "/60 epochs [" in captured.err  # those of 3 epochs are trained again
    assert len(rows_of(captured.out)) == 4
    assert run(tmp_path) == 0
    assert "width" not in capsys.readouterr().err  # nothing to train, so no bar


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--widths", "0"], "must be 1 or more, or such as 2-16, not '0'"),
        (["--widths", "8-2"], "8-2 goes down: write 2-8"),
        (["--widths", "many"], "not 'many'"),
        (["--widths", "1-1000000000"], "numbers are more than the 10000 of one range"),
        (["--widths", "1000000000"], "must be 1 to 1000, not 1000000000"),
        (["--epochs", "1-9999,20000,30000"], "10001 numbers are more than the 10000"),
        (["--widths", "1-1000", "--epochs", "1-11"], "10000 settings at once or fewer, not 11000"),
        (["--activation", "tahn"], "unknown activation 'tahn': did you mean 'tanh'?"),
        (["--lr", "fast"], "argument --lr: 'fast' is not a number"),
        (["--widths", "2-"], "or such as 2-16, not ''"),
        (["--lr", "-1"], "must be a number greater than zero, not -1"),
        (["--lr", "0.1,inf"], "must be a number greater than zero, not inf"),
        (["--bias", "ones"], "unknown bias 'ones'"),
    ],
)
def test_wrong_arguments_are_answered_with_what_is_right(tmp_path, capsys, options, complaint):
    with pytest.raises(SystemExit) as exit_:
        run(tmp_path, *options)
    assert exit_.value.code == 2
    assert complaint in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_named_before_anything_is_trained(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit) as exit_:
        run(tmp_path, "--out", str(tmp_path / "file"))
    assert exit_.value.code == 2
    assert "cannot write to" in capsys.readouterr().err


def test_another_file_called_atlas_csv_is_not_overwritten(tmp_path, capsys):
    (tmp_path / "atlas.csv").write_text("mine\n")
    with pytest.raises(SystemExit):
        run(tmp_path)
    assert "is not an atlas" in capsys.readouterr().err
    assert (tmp_path / "atlas.csv").read_text() == "mine\n"


def test_an_atlas_that_cannot_be_read_is_one_clear_sentence(tmp_path, capsys):
    for damage in (b"\xff\xfe\x00", b"width\n" + b"1" * 140_000, None):
        path = tmp_path / "atlas.csv"
        path.mkdir() if damage is None else path.write_bytes(damage)
        with pytest.raises(SystemExit) as exit_:
            run(tmp_path)
        assert exit_.value.code == 2
        assert str(path if damage else tmp_path) in capsys.readouterr().err
        assert damage is None or path.read_bytes() == damage
        damage is None or path.unlink()
