"""``tinygrad-xor bench`` as a user runs it, and that all contestants do the same work."""

import json
import math
import sys

import pytest

from tinygrad_xor.bench import WORKLOADS, Measured, Workload, course, measure, sums
from tinygrad_xor.bench.runs import load
from tinygrad_xor.cli.bench import table
from tinygrad_xor.cli.main import main

PEERS = ("torch", "jax", "mygrad", "autograd", "micrograd", "micrograd.engine")


@pytest.fixture
def without_peers(monkeypatch):
    """No other engine is installed, as far as imports can tell."""
    monkeypatch.setattr(sums, "PASSES", 100)
    for name in PEERS:
        monkeypatch.setitem(sys.modules, name, None)


def test_contestants_take_turns_in_every_round():
    turns = []

    def contestant(name):
        def run():
            turns.append(name)
            return 1.0

        return lambda: run

    work = Workload("turns", {name: contestant(name) for name in "ab"}, "b")
    result = measure(work, 2)
    assert turns == ["a", "b", "a", "b", "a", "b"]  # the first round is not timed
    assert [len(times) for times in result.seconds.values()] == [2, 2]


def test_another_answer_is_refused_with_both():
    work = Workload("sum", {"ours": lambda: lambda: 1.0, "other": lambda: lambda: 1.1})
    with pytest.raises(ValueError, match=r"other answers 1\.1, and ours 1\.0"):
        measure(work, 1)


def test_the_median_is_compared_and_not_the_mean():
    result = Measured("sum-1", "numpy", {"eager": [1.0, 2.0, 90.0], "numpy": [1.0, 1.0, 1.0]})
    assert result.ratio("eager", "numpy") == 2.0
    assert result.ratio("eager", "torch") is None
    assert [line.split()[-3:] for line in table(result)[-2:]] == [
        ["1e+03", "0.5", "1"],
        ["2e+03", "1", "2"],
    ]


def test_all_who_are_installed_train_the_same_network(monkeypatch):
    monkeypatch.setattr(course, "EPOCHS", 3)
    for slow_to_import in ("torch", "jax"):
        monkeypatch.setitem(sys.modules, slow_to_import, None)
    result = measure(load("course"), 1)  # raises where a loss is another
    assert {"fit", "native", "python-source", "eager", "python", "numpy"} <= set(result.seconds)


@pytest.mark.parametrize("name", ["sum-1", "sum-4"])
def test_all_who_are_installed_find_the_same_slope(name, monkeypatch):
    monkeypatch.setattr(sums, "PASSES", 100)
    monkeypatch.setitem(sys.modules, "torch", None)
    assert math.isfinite(measure(load(name), 1).median("eager"))


def test_what_is_not_installed_is_named(without_peers, capsys):
    assert main(["bench", "sum-4", "--rounds", "1"]) == 0
    out = capsys.readouterr().out
    assert "left out, as it is not installed: PyTorch, MyGrad, HIPS autograd" in out
    assert "NumPy by hand" in out


def test_figures_are_json_and_a_picture(without_peers, tmp_path, capsys):
    picture = tmp_path / "bench.png"
    assert main(["bench", "sum-1", "--rounds", "2", "--json", "--plot", str(picture)]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert set(figures) == {"date", "machine", "versions", "rounds", "workloads"}
    (work,) = figures["workloads"]
    assert set(work["seconds"]) == {"eager", "numpy"}
    assert set(work["missing"]) == {"torch", "mygrad", "autograd", "micrograd"}
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_an_unknown_workload_is_refused_with_the_known_ones(capsys):
    with pytest.raises(SystemExit):
        main(["bench", "sums"])
    error = capsys.readouterr().err
    assert "there is no workload 'sums'" in error
    assert all(name in error for name in WORKLOADS)
