"""``tinygrad-xor`` as a user runs it: what it says, what it writes, how it exits."""

import argparse
import io
import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from waiting import LONG

from tinygrad_xor.cli import job
from tinygrad_xor.cli.bars import presses
from tinygrad_xor.cli.main import main
from tinygrad_xor.cli.training import Training
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.engine import TABLE
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
from tinygrad_xor.training import History

FILES = {"network.npz", "loss.png", "decision.png"}  # and the graph, in SVG or DOT


@pytest.fixture
def run(tmp_path, capsys):
    """Run the command in this process: its exit code, what it printed, its folder."""

    def run(*arguments):
        code = main([*arguments, "--out", str(tmp_path / "out")])
        printed = capsys.readouterr()
        return code, printed.out, printed.err, tmp_path / "out"

    return run


def trained(model, history=None):
    """A training on XOR that ended with this network."""
    how = argparse.Namespace(task="xor")
    return Training(how, BinaryCrossentropy(), model, 3, history=history or History())


@pytest.fixture
def network_only(monkeypatch):
    """Check the network alone, and not every entry of the table before it."""
    monkeypatch.setattr(
        "tinygrad_xor.testing.checks.check_table",
        lambda examples, seed, beside: (check() for check in beside),
    )


def test_the_whole_job_checks_trains_shows_and_writes_files(run):
    code, out, _, folder = run("--check-examples", "3")
    assert code == 0
    for page in {entry.page for entry in TABLE.values()} | {"the network"}:
        assert f"  {page.replace('_', ' ')} " in out
    assert f"  {len(TABLE) + 1} gradients checked" in out
    assert "learned XOR in 1 try (seed 0)" in out
    assert out.count("right") == 4
    assert " 0 ┤" in out
    assert "Total                                    21" in out
    assert "W1 = [[" in out
    assert {path.name for path in folder.iterdir()} > FILES
    with np.load(folder / "network.npz", allow_pickle=False) as file:
        assert file["0.kernel"].shape == (2, 5)
    inputs, targets = truth_table("xor")
    predictions = Sequential.load(folder / "network.npz").predict(inputs)
    assert ((predictions > 0.5) == (targets > 0.5)).all()


def test_a_wrong_gradient_stops_the_run_with_the_smallest_example(run, monkeypatch):
    monkeypatch.setattr(TABLE["relu"], "rules", (lambda g, y, x: -g * (x > 0),))
    code, out, err, folder = run("--check-examples", "2", "--activation", "tanh")
    assert code == 1
    assert "relu" in out
    assert "FAIL" in out
    assert "Training" not in out
    assert "The gradient of relu is wrong, so nothing was trained" in err
    assert "the sign is wrong" in err
    assert list(folder.iterdir()) == []


def test_a_wrong_gradient_in_json_says_which(run, monkeypatch):
    monkeypatch.setattr(TABLE["sigmoid"], "rules", (lambda g, y, x: g * (1 - y),))
    code, out, _, _ = run("--json", "--check-examples", "20")
    assert code == 1
    last = json.loads(out)["check"][-1]
    assert (last["name"], last["passed"]) == ("sigmoid", False)
    assert "differences give" in last["failure"]


@pytest.mark.parametrize(
    ("encoding", "is_terminal", "no_colour", "shown"),
    [
        ("utf-8", False, "", "plain"),
        ("utf-8", True, "", "coloured"),
        ("utf-8", True, "1", "plain"),
        ("cp1252", True, "", "nothing"),
    ],
)
def test_the_surface_is_shown_as_the_terminal_can(
    monkeypatch, encoding, is_terminal, no_colour, shown
):
    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    monkeypatch.setattr(stream, "isatty", lambda: is_terminal)
    monkeypatch.setenv("NO_COLOR", no_colour)
    model = Sequential([Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")], seed=0)
    words = trained(model).surface(stream)
    looks = "nothing" if not words else "coloured" if "\x1b[" in words else "plain"
    assert looks == shown


def test_json_is_the_only_thing_on_stdout(run):
    code, out, _, folder = run("--skip-check", "--json", "--epochs", "2000")
    result = json.loads(out)
    assert code == 0
    assert result["learned"] is True
    assert result["parameters"] == 21
    assert result["epochs"] == 2000
    assert [p["target"] for p in result["predictions"]] == [0, 1, 1, 0]
    assert [round(p["prediction"]) for p in result["predictions"]] == [0, 1, 1, 0]
    assert [np.shape(w) for w in result["weights"]] == [(2, 5), (5,), (5, 1), (1,)]
    assert f"{folder / 'network.npz'}" in result["files"]


@pytest.mark.usefixtures("network_only")
def test_the_same_seed_gives_the_same_digits(run):
    arguments = ["--json", "--epochs", "20", "--seed", "5", "--check-examples", "2"]
    results = [json.loads(run(*arguments)[1]) for _ in range(2)]
    assert results[0] == results[1]
    assert results[0]["check"][-1]["name"] == "network"


def test_a_stuck_run_says_why_and_tries_the_next_seed(run):
    # one hidden ReLU neuron cannot learn XOR, whatever the seed
    code, out, _, folder = run("--skip-check", "--hidden", "1", "--epochs", "10")
    assert code == 1
    assert out.count("stuck with seed") == job.MAX_TRIES
    assert out.count("trying again with seed") == job.MAX_TRIES - 1
    assert "of 1 ReLU neurons is dead" in out or "none of its 1 ReLU neurons is dead" in out
    assert (folder / "network.npz").exists()


@pytest.mark.parametrize(
    ("activation", "last", "said"),
    [
        ("sigmoid", 0.5, "slow with seed 3, not stuck: it predicts 0.50 for (0, 0), which is 0"),
        ("sigmoid", 0.7, "stuck with seed 3: it predicts"),  # its loss does not fall
        ("relu", 0.5, "of 4 ReLU neurons are dead"),
    ],
)
def test_a_slow_run_is_told_from_one_that_is_stuck_for_good(activation, last, said):
    model = Sequential([Dense(4, activation, input_dim=2), Dense(1, "sigmoid")], seed=0)
    model.set_weights([np.full((2, 4), -0.1), np.full(4, -0.1), np.zeros((4, 1)), np.zeros(1)])
    history = History([{"loss": loss} for loss in np.linspace(0.7, last, 100)])
    words = trained(model, history).why_stuck()
    assert said in words
    assert ("larger steps help (--lr 0.01)" in words) == said.startswith("slow")
    assert ("by 3.8% in the last tenth" in words) == said.startswith("slow")


def test_a_run_that_succeeds_later_says_how_many_tries_it_took(run):
    # with so few epochs the first seeds are not there yet
    code, out, _, _ = run("--skip-check", "--epochs", "600", "--json")
    result = json.loads(out)
    assert code == 0
    assert result["tries"] > 1
    assert result["seed"] == result["tries"] - 1


def test_dead_neurons_are_counted():
    model = Sequential([Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")], seed=0)
    kernel = model.layers[0].kernel
    kernel.data = np.array([[-1.0, -1.0, 1.0, 1.0, 0.0], [-1.0, -1.0, 1.0, -1.0, 0.0]])
    (line,) = trained(model).dead_or_alive()
    assert line.startswith("  3 of 5 ReLU neurons are dead")


@pytest.mark.parametrize("task", ["and", "or", "nand", "nor", "xnor"])
def test_other_truth_tables_are_learned(run, task):
    options = ("--skip-check", "--json", "--lr", "0.02", "--batch-size", "4", "--epochs", "500")
    code, out, _, _ = run("--task", task, *options)
    assert code == 0
    targets = truth_table(task)[1].ravel()
    predictions = [row["prediction"] for row in json.loads(out)["predictions"]]
    assert np.round(predictions).tolist() == targets.tolist()


@pytest.mark.parametrize(
    "options",
    [
        ("--activation", "tanh"),
        ("--activation", "leaky_relu", "--hidden", "8"),
        ("--loss", "mse"),
        ("--loss", "hinge"),
        ("--optimizer", "rmsprop"),
        ("--optimizer", "nesterov"),
    ],
)
def test_other_networks_losses_and_optimizers_learn_xor(run, options):
    code, out, _, _ = run("--skip-check", "--json", "--lr", "0.02", "--epochs", "800", *options)
    result = json.loads(out)
    assert code == 0
    assert result["learned"]


@pytest.mark.usefixtures("network_only")
@pytest.mark.parametrize("loss", ["binary_crossentropy", "mse", "hinge"])
@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", "leaky_relu", "softplus"])
def test_the_network_about_to_be_trained_is_checked(run, loss, activation):
    options = ["--loss", loss, "--activation", activation, "--epochs", "1", "--check-examples", "2"]
    _, out, _, _ = run("--json", *options)
    network = json.loads(out)["check"][-1]
    assert network["name"] == "network"
    assert network["passed"]
    assert network["examples"] == 6


def test_quiet_says_one_line(run):
    _, out, _, _ = run("--skip-check", "--quiet")
    assert out == "learned XOR in 1 try (seed 0)\n"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--task", "xnore"),
        ("--hidden", "0"),
        ("--hidden", "1000000000"),
        ("--lr", "0"),
        ("--lr", "nan"),
        ("--lr", "inf"),
        ("--epochs", "-5"),
        ("--seed", "-1"),
        ("--batch-size", "two"),
    ],
)
def test_wrong_arguments_exit_with_2_and_the_value(run, capsys, option, value):
    with pytest.raises(SystemExit) as exit_:
        run(option, value)
    assert exit_.value.code == 2
    assert value in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_a_run_that_diverges_is_one_clear_sentence(run, capsys):
    with pytest.raises(SystemExit) as exit_:
        run("--skip-check", "--lr", "1e308", "--epochs", "5")
    assert exit_.value.code == 2
    said = capsys.readouterr().err
    assert "error: training diverged: the loss of epoch " in said
    assert "Lower the learning rate" in said


def test_a_folder_that_cannot_be_made_is_said_before_the_work(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit) as exit_:
        main(["--out", str(tmp_path / "file")])
    assert exit_.value.code == 2
    printed = capsys.readouterr()
    assert "cannot write to" in printed.err
    assert printed.out == ""


def test_without_matplotlib_it_says_what_to_install_and_writes_the_rest(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    code, _, err, folder = run("--skip-check", "--quiet")
    assert code == 0
    assert 'pip install "tinygrad-xor[plot]"' in err
    names = {path.name for path in folder.iterdir()}
    assert "network.npz" in names
    assert "loss.png" not in names


def interrupted(folder, presses):
    """A long training that Ctrl-C ends: its exit code, and what it said."""
    command = [sys.executable, "-m", "tinygrad_xor", "--skip-check", "--epochs", "10000000"]
    process = subprocess.Popen(
        [*command, "--out", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # a job in the background inherits that it ignores Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    assert process.stdout is not None
    line = process.stdout.readline()  # "Training XOR: …", said just before training begins
    assert line.startswith("Training XOR")
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    if presses == 2:
        assert "interrupted in epoch" in process.stdout.readline()  # said just before it saves
        process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=LONG)
    return process.returncode, out, err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send to a process")
def test_ctrl_c_keeps_the_network_and_exits_with_130(tmp_path):
    code, out, err = interrupted(tmp_path, presses=1)
    assert code == 130, err
    assert "interrupted in epoch" in out
    assert "of 10000000" in out
    assert "prediction" in out
    assert {path.name for path in tmp_path.iterdir()} > FILES
    assert Sequential.load(tmp_path / "network.npz").count_parameters() == 21


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send to a process")
def test_a_second_ctrl_c_waits_until_all_is_saved_and_says_so(tmp_path):
    code, out, err = interrupted(tmp_path, presses=2)
    assert code == 130, err
    assert "saving: please wait" in err
    assert "prediction" in out
    assert {path.name for path in tmp_path.iterdir()} > FILES


@pytest.mark.filterwarnings("default:the first epoch moved no weight:UserWarning")
@pytest.mark.parametrize(("lang", "said"), [("en", "warning: the"), ("ru", "предупреждение: the")])
def test_what_python_warns_of_is_said_without_the_place_in_the_code(tmp_path, capsys, lang, said):
    how = "--skip-check --optimizer sgd --lr 1e-20 --epochs 1 --seed 4 --out".split()
    main(["--lang", lang, *how, str(tmp_path)])
    err = capsys.readouterr().err
    assert f"{said} first epoch moved no weight" in err
    assert ".py" not in err
    assert "UserWarning" not in err


@pytest.mark.usefixtures("interruptible")
def test_the_third_ctrl_c_ends_it():
    heard = []
    with presses() as done:
        done()
        signal.raise_signal(signal.SIGINT)
        heard.append("waited")
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert heard == ["waited"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


class Full(io.StringIO):
    """A stream on a full disk."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def write(self, text):
        raise self.error


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(28, "No space left on device")])
@pytest.mark.parametrize("options", [[], ["--quiet"], ["--json"]])
def test_the_network_is_kept_when_nothing_can_be_printed(
    tmp_path, capsys, monkeypatch, error, options
):
    monkeypatch.setattr(sys, "stdout", Full(error))
    is_pipe = isinstance(error, BrokenPipeError)
    options = ["--skip-check", "--epochs", "500", "--lr", "0.02", *options]
    assert main([*options, "--out", str(tmp_path)]) == (141 if is_pipe else 2)
    assert (tmp_path / "network.npz").exists()
    said = "" if is_pipe else "the output cannot be written: No space left on device\n"
    assert capsys.readouterr().err.endswith(said)


def test_the_network_is_kept_when_stdout_and_stderr_are_closed(tmp_path, monkeypatch):
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    assert main(["--skip-check", "--epochs", "500", "--lr", "0.02", "--out", str(tmp_path)]) == 0
    assert (tmp_path / "network.npz").exists()


def test_ctrl_c_during_the_check_exits_with_130(run, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(job, "_check", interrupt)
    code, _, err, _ = run()
    assert code == 130
    assert "interrupted" in err
