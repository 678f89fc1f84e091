"""``tinygrad-xor explore`` as a user runs it."""

import json
import re
import sys

import pytest

from tinygrad_xor.cli import explore
from tinygrad_xor.cli.main import main

LIMIT = 1_500_000


def data_of(path):
    html = path.read_text("utf-8")
    return json.loads(re.search(r'id="data">(.*?)</script>', html, re.DOTALL)[1])


def test_the_default_page_is_small_and_has_runs_that_learn_and_that_are_stuck(tmp_path, capsys):
    path = tmp_path / "explorer.html"
    assert main(["explore", "--out", str(path)]) == 0
    said = capsys.readouterr()
    assert said.out.startswith(f"{path}: open it in a browser (")
    assert said.err == "training 8 networks, 2000 epochs each\n"
    assert path.stat().st_size < LIMIT
    runs = {run["name"]: run for run in data_of(path)["runs"]}
    assert runs["xor, relu, seed 0"]["accuracy"][-1] == 1
    assert runs["xor, relu, seed 4"]["accuracy"][-1] == 1
    assert runs["xor, relu, seed 7"]["accuracy"][-1] < 1
    activations = {run["layers"][0]["activation"] for run in runs.values()}
    assert activations == {"relu", "tanh", "sigmoid", "linear", "leaky_relu", "softplus"}


def test_options_choose_the_network_and_the_language(tmp_path):
    path = tmp_path / "page.html"
    options = ["--task", "and", "--hidden", "3", "--activation", "tanh", "--seed", "4"]
    assert main(["explore", *options, "--epochs", "5", "--lang", "ru", "--out", str(path)]) == 0
    run = data_of(path)["runs"][0]
    assert run["name"] == "and, tanh, зерно 4"
    assert run["layers"][0]["units"] == 3
    assert run["epochs"] == [0, 1, 2, 3, 4, 5]
    assert '<html lang="ru"' in path.read_text("utf-8")


@pytest.mark.parametrize("option", ["--hidden=0", "--hidden=17", "--epochs=0", "--seed=-1"])
def test_numbers_out_of_range_are_refused(option, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["explore", option])
    assert exit_.value.code == 2
    assert "must be" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["file/page.html", "folder"])
def test_a_path_that_cannot_be_written_is_named_before_the_work(
    tmp_path, capsys, monkeypatch, name
):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    monkeypatch.setattr(explore, "_recorded", None)  # nothing is trained
    with pytest.raises(SystemExit) as exit_:
        main(["explore", "--epochs", "1", "--out", str(tmp_path / name)])
    assert exit_.value.code == 2
    assert "cannot write to" in capsys.readouterr().err


def test_at_a_terminal_a_bar_shows_how_far_it_is(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert main(["explore", "--epochs", "3", "--out", str(tmp_path / "page.html")]) == 0
    said = capsys.readouterr().err
    assert "xor, tanh, seed 0" in said
    assert "/24 epochs [" in said  # 8 networks, 3 epochs
