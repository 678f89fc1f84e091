"""``tinygrad-xor bench`` as a user runs it, and that all contestants do the same work."""

import json
import math
import sys

import numpy as np
import pytest

from tinygrad_xor.bench import (
    WORKLOADS,
    Measured,
    Workload,
    cell,
    course_peers,
    curves,
    measure,
    runs,
    sums,
)
from tinygrad_xor.bench.runs import load
from tinygrad_xor.cli.bench import growth, table
from tinygrad_xor.cli.main import main

PEERS = ("torch", "jax", "keras", "mygrad", "autograd", "micrograd", "micrograd.engine")


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
    monkeypatch.setattr(course_peers, "EPOCHS", 3)
    for slow_to_import in ("torch", "jax", "keras"):
        monkeypatch.setitem(sys.modules, slow_to_import, None)
    result = measure(load("course"), 1)  # raises where a loss is another
    assert {"fit", "native", "python-source", "eager", "python", "numpy"} <= set(result.seconds)


def test_whole_processes_train_the_same_network(monkeypatch, without_peers):
    monkeypatch.setattr(course_peers, "EPOCHS", 3)
    result = measure(load("cold"), 1)
    assert set(result.seconds) == {"fit", "fit-first", "python", "numpy"}
    assert result.missing["keras"] == "keras"


def test_a_thousand_members_learn_what_each_learns_alone(monkeypatch, without_peers):
    monkeypatch.setattr(course_peers, "EPOCHS", 3)
    monkeypatch.setattr(cell, "MEMBERS", 5)
    weights, order = cell._given()
    assert weights.shape == (5, 21)
    ends = []
    for start, rows in zip(weights, order.T, strict=True):
        w, m, v = start, np.zeros(21), np.zeros(21)
        for t, i in enumerate(rows, 1):
            g = gradient_by_hand(w, course_peers.X[i], course_peers.Y[i, 0])
            w, m, v = course_peers.adam(np, w, m, v, g, t)
        ends.append(w[-1])
    answer = load("cell").contestants["together"]()()
    assert answer == pytest.approx(np.mean(ends), rel=1e-12)


def gradient_by_hand(w, x, y):
    h = np.maximum(x @ w[:10].reshape(2, 5) + w[10:15], 0)
    d = 1 / (1 + np.exp(-(h @ w[15:20] + w[20]))) - y
    back = d * w[15:20] * (h > 0)
    return np.concatenate([np.outer(x, back).ravel(), back, d * h, [d]])


def test_who_takes_long_takes_part_in_fewer_rounds(monkeypatch):
    monkeypatch.setattr(runs, "_PATIENCE", 0.0)
    work = Workload("slow", {"ours": lambda: lambda: 1.0, "other": lambda: lambda: 1.0})
    assert [len(times) for times in measure(work, 3).seconds.values()] == [1, 1]


def test_work_of_many_sizes_is_one_table():
    group = [
        Measured(f"nodes-{size}", None, {"eager": [size * 1e-5], "torch": [size * 2e-5]})
        for size in (100, 1000)
    ]
    title, head, _, *rows = growth(group)[1:]
    assert title == "a graph of scalars, one gradient: ms, by nodes"
    assert head.split() == ["contestant", "100", "1,000"]
    assert [row.split()[-2:] for row in rows] == [["1", "10"], ["2", "20"]]


@pytest.mark.parametrize("name", ["sum-1", "sum-4", "nodes-100", "batch-1", "width-2"])
def test_all_who_are_installed_find_the_same_slope(name, monkeypatch):
    monkeypatch.setattr(sums, "PASSES", 100)
    monkeypatch.setattr(curves, "_ENOUGH", 1)
    for slow_to_import in ("torch", "jax"):
        monkeypatch.setitem(sys.modules, slow_to_import, None)
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
    assert work["rounds"] == {"eager": 2, "numpy": 2}
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_an_unknown_workload_is_refused_with_the_known_ones(capsys):
    with pytest.raises(SystemExit):
        main(["bench", "sums"])
    error = capsys.readouterr().err
    assert "there is no workload 'sums'" in error
    assert all(name in error for name in WORKLOADS)
