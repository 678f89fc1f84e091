"""``tinygrad-xor fine-tune`` as a user runs it."""

import json
import sys

import numpy as np
import pytest

from tinygrad_xor.cli import training
from tinygrad_xor.cli.main import main
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.nn import Dense, Dropout, Sequential

# XOR: the hidden neurons say "x1 without x2" and "x2 without x1".
XOR = [
    np.array([[4.0, -4.0], [-4.0, 4.0]]),
    np.array([-2.0, -2.0]),
    np.array([[6.0], [6.0]]),
    np.array([-5.0]),
]


@pytest.fixture
def network(tmp_path):
    model = Sequential([Dense(2, "sigmoid", input_dim=2), Dense(1, "sigmoid")])
    model.set_weights(XOR)
    assert np.round(model.predict(truth_table("xor")[0])).ravel().tolist() == [0, 1, 1, 0]
    return str(model.save(tmp_path / "network.npz"))


@pytest.fixture
def run(network, tmp_path, capsys):
    def run(*argv):
        code = main(["fine-tune", network, "--out", str(tmp_path / "out"), *argv])
        printed = capsys.readouterr()
        return code, printed.out, printed.err, tmp_path / "out"

    return run


def test_the_head_learns_the_new_task_on_frozen_features(run):
    code, out, _, folder = run("--task", "xnor", "--freeze", "1", "--lr", "0.05")
    assert code == 0
    assert "Fine-tuning for XNOR: 3 of 9 parameters learn;" in out
    assert out.count("right\n") == 4
    assert {path.name for path in folder.iterdir()} == {"network.npz", "loss.png"}
    tuned = Sequential.load(folder / "network.npz")
    for before, after in zip(XOR[:2], tuned.get_weights()[:2], strict=True):
        np.testing.assert_array_equal(before, after)
    assert np.round(tuned.predict(truth_table("xnor")[0])).ravel().tolist() == [1, 0, 0, 1]
    assert [layer.trainable for layer in tuned.layers] == [False, True]


def test_the_comparison_counts_the_epochs_of_both(run):
    options = ("--task", "xnor", "--freeze", "1", "--lr", "0.05", "--epochs", "600")
    code, out, _, _ = run(*options, "--json")
    result = json.loads(out)
    assert code == 0
    assert result["learned"]
    assert result["fine_tuned"]["parameters"] == 3
    assert result["from_scratch"]["parameters"] == 9
    when = result["fine_tuned"]["right_after"]
    assert 1 < when < 600
    for more, right in ((-1, False), (0, True)):  # it is the first such epoch
        options = (*options[:-1], str(when + more))
        assert json.loads(run(*options, "--json")[1])["learned"] is right


def test_a_task_that_it_can_do_already_is_right_from_the_start(run):
    code, out, _, _ = run("--task", "xor", "--epochs", "5")
    assert code == 0
    assert "from the start" in out
    assert "not after 5 epochs" in out  # the one from scratch


def test_all_layers_but_the_last_are_frozen_unless_told(run):
    _, out, _, folder = run("--epochs", "3", "--lr", "0.1")
    assert "3 of 9 parameters learn" in out
    after = Sequential.load(folder / "network.npz").get_weights()
    same = [np.array_equal(a, b) for a, b in zip(XOR, after, strict=True)]
    assert same == [True, True, False, False]


def test_without_frozen_layers_all_learn(run):
    _, out, _, folder = run("--epochs", "3", "--lr", "0.1", "--freeze", "0")
    assert "9 of 9 parameters learn" in out
    after = Sequential.load(folder / "network.npz").get_weights()
    assert all(np.any(a != b) for a, b in zip(XOR, after, strict=True))


def test_what_is_not_learned_exits_with_1_and_a_hint(run):
    code, out, _, _ = run("--epochs", "1")
    assert code == 1
    assert "not after 1 epoch" in out
    assert "try another --freeze, --lr or more --epochs" in out


def test_the_same_seed_gives_the_same_digits(run):
    results = [json.loads(run("--epochs", "20", "--seed", "3", "--json")[1]) for _ in range(2)]
    assert results[0] == results[1]


def test_ctrl_c_keeps_the_network_and_leaves_the_comparison_out(run, monkeypatch):
    steps = []
    right = training.Training.right

    def interrupt(self):
        steps.append(self)
        if len(steps) == 8:
            raise KeyboardInterrupt
        return right(self)

    monkeypatch.setattr(training.Training, "right", interrupt)
    code, out, err, folder = run("--epochs", "1000", "--lr", "0.1", "--freeze", "0")
    assert code == 130
    assert "interrupted in epoch 8 of 1000" in err
    assert "from scratch" not in out
    assert [path.name for path in folder.iterdir()] == ["network.npz"]
    assert not np.array_equal(Sequential.load(folder / "network.npz").get_weights()[0], XOR[0])


def test_ctrl_c_in_the_comparison_keeps_the_network(run, monkeypatch):
    train = training.train
    calls = []

    def interrupt(*args, **how):
        calls.append(how)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return train(*args, **how)

    monkeypatch.setattr(training, "train", interrupt)
    code, out, err, folder = run("--epochs", "5", "--json")
    assert code == 130
    assert json.loads(out)["from_scratch"] is None
    assert "the fine-tuned network is kept" in err
    assert (folder / "network.npz").exists()


def test_at_a_terminal_a_bar_shows_how_far_each_training_is(run, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    _, out, err, _ = run("--epochs", "4", "--json")
    assert err.count("0/4 epochs [") >= 2
    assert "fine-tuned: " in err
    assert "from scratch: " in err
    assert json.loads(out)["fine_tuned"]["epochs"] == 4


def test_a_network_with_tanh_at_its_end_learns_by_hinge(tmp_path, capsys):
    model = Sequential([Dense(4, "tanh", input_dim=2), Dropout(0.0), Dense(1, "tanh")], seed=0)
    path = str(model.save(tmp_path / "n.npz"))
    options = ["--task", "and", "--lr", "0.05", "--epochs", "200", "--out", str(tmp_path / "out")]
    assert main(["fine-tune", path, *options]) == 0
    assert "hinge" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("layers", "argv", "said"),
    [
        ([Dense(1, "sigmoid", input_dim=3)], [], "takes (3,) and gives (1,)"),
        ([Dense(2, "sigmoid", input_dim=2)], [], "takes (2,) and gives (2,)"),
        ([Dense(1, "relu", input_dim=2)], [], "is relu: a truth table needs sigmoid or tanh"),
        ([Dense(1, "sigmoid", input_dim=2)], ["--freeze", "1"], "the network has 1 layer"),
        ([Dense(1, "sigmoid", input_dim=2)], ["--out", "."], "would be overwritten"),
        ([Dense(1, "sigmoid", input_dim=2)], ["--freeze", "-1"], "must be 0 or more, not -1"),
        ([Dense(1, "sigmoid", input_dim=2)], ["--out", "network.npz/x"], "cannot write to"),
        ([Dense(1, "sigmoid", input_dim=2)], ["--task", "nxor"], "invalid choice: 'nxor'"),
    ],
)
def test_what_cannot_be_tuned_is_one_clear_sentence_with_code_2(
    tmp_path, capsys, monkeypatch, layers, argv, said
):
    monkeypatch.chdir(tmp_path)
    Sequential(layers, seed=0).save("network.npz")
    with pytest.raises(SystemExit) as exit_:
        main(["fine-tune", "network.npz", *argv])
    assert exit_.value.code == 2
    assert said in capsys.readouterr().err


def test_a_training_that_diverges_is_one_clear_sentence(run, capsys, monkeypatch):
    def diverge(*args, **how):
        raise ValueError("training diverged: the loss of epoch 3 is nan")

    monkeypatch.setattr(training, "train", diverge)
    with pytest.raises(SystemExit) as exit_:
        run("--lr", "1000")
    assert exit_.value.code == 2
    assert "error: training diverged: the loss of epoch 3" in capsys.readouterr().err


def test_without_matplotlib_it_says_what_to_install(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    code, _, err, folder = run("--epochs", "2")
    assert code == 1
    assert 'pip install "tinygrad-xor[plot]"' in err
    assert [path.name for path in folder.iterdir()] == ["network.npz"]


def test_a_relu_network_that_does_not_learn_says_how_many_neurons_are_dead(tmp_path, capsys):
    model = Sequential([Dense(2, "relu", input_dim=2), Dense(1, "sigmoid")], seed=0)
    model.set_weights([np.array([[-1.0, 1.0], [-1.0, 1.0]]), np.zeros(2), *XOR[2:]])
    path = str(model.save(tmp_path / "n.npz"))
    assert main(["fine-tune", path, "--epochs", "1", "--out", str(tmp_path / "out")]) == 1
    assert "1 of 2 ReLU neurons is dead" in capsys.readouterr().out
