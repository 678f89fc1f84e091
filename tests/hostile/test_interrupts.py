"""Ctrl-C at any moment."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from victims import row_of, run_command
from waiting import LONG, wait_until

import tinygrad_xor
from tinygrad_xor.atlas import Setting, add_to_atlas, read_atlas
from tinygrad_xor.files import write_atomically
from tinygrad_xor.nn import Dense, Sequential

PACKAGE = str(Path(tinygrad_xor.__file__).parent)
X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])


def lines_until(last, function, *args):
    """Call a function with a KeyboardInterrupt before the line of the package of number `last`.

    Returns the number of lines that were begun.
    """
    lines = 0

    def trace(frame, event, arg):
        nonlocal lines
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        if event == "line":
            lines += 1
            if lines == last:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function(*args)
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
    return lines


@pytest.mark.promise("Ctrl-C leaves the old file or the new one, and nothing else.", trials=200)
def test_an_interrupted_write_leaves_a_whole_file_and_nothing_beside_it(trials, tmp_path):
    """A KeyboardInterrupt is raised before a random line of the function that writes files."""
    path = tmp_path / "file"
    write_atomically(path, "old")
    lines = lines_until(0, write_atomically, path, "old")
    seen = set()
    for rng in trials:
        path.write_text("old")
        lines_until(rng.randint(1, lines), write_atomically, path, "new")
        seen.add(path.read_text())
        assert list(tmp_path.iterdir()) == [path]
    assert seen == {"old", "new"}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # closed by itself
@pytest.mark.promise("Ctrl-C loses no row of an atlas and blocks no other command.", trials=200)
def test_an_interrupted_row_is_there_or_not_and_the_next_is_added(trials, tmp_path):
    """A KeyboardInterrupt is raised before a random line of what adds a row to an atlas; then
    another row is added.
    """
    path, first, second, third = tmp_path / "atlas.csv", *(Setting(width=w) for w in (1, 2, 3))
    add_to_atlas({first: row_of(2)}, path)
    lines = lines_until(0, add_to_atlas, {second: row_of(2)}, path)
    for rng in trials:
        path.unlink()
        add_to_atlas({first: row_of(2)}, path)
        lines_until(rng.randint(1, lines), add_to_atlas, {second: row_of(2)}, path)
        add_to_atlas({third: row_of(2)}, path)
        assert set(read_atlas(path)) in ({first, third}, {first, second, third})


def network():
    model = Sequential([Dense(3, "tanh", input_dim=2), Dense(1, "sigmoid")], seed=0)
    model.compile("adam", "mse")
    return model


@pytest.mark.promise("A network whose training is interrupted is kept, and learns on.", trials=400)
def test_an_interrupted_network_can_be_saved_and_trained_on(trials, tmp_path):
    """A KeyboardInterrupt is raised before a random line of `fit`. The network is saved, loaded and
    trained on, and so is the one that was interrupted: both end with the same weights.
    """
    lines = lines_until(0, lambda: network().fit(X, y, epochs=2, verbose=0))
    for rng in trials:
        model = network()
        lines_until(rng.randint(1, lines), lambda: model.fit(X, y, epochs=2, verbose=0))
        again = Sequential.load(model.save(tmp_path / "network.npz", overwrite=True))
        for one in (model, again):
            one.fit(X, y, epochs=1, verbose=0)
        for mine, theirs in zip(model.get_weights(), again.get_weights(), strict=True):
            assert np.all(np.isfinite(mine))
            np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-14)


posix = pytest.mark.skipif(os.name != "posix", reason="this system has no such signals")


@posix
@pytest.mark.promise("Ctrl-C ends a command without a traceback.", trials=15)
def test_a_command_that_is_interrupted_ends_without_a_traceback(trials, processes, tmp_path):
    """The main job gets SIGINT at a random moment after it has made its folder. It ends with the
    exit code of an interrupt, or finishes; its stderr has no traceback.
    """
    for number, rng in enumerate(trials):
        folder, stderr = tmp_path / str(number), tmp_path / f"{number}.err"
        argv = ["--skip-check", "--task", "or", "--epochs", "300", "--out", str(folder)]
        process = processes(run_command, argv, os.devnull, stderr)
        wait_until(lambda: folder.exists() or not process.is_alive())
        time.sleep(rng.uniform(0, 0.3))
        press(process)
        process.join(LONG)
        assert process.exitcode in (0, 1, 130), stderr.read_text("utf-8")
        assert "Traceback" not in stderr.read_text()


@posix
@pytest.mark.promise("One Ctrl-C stops training and saves the network, two as well.", trials=10)
def test_a_training_that_is_interrupted_is_saved(trials, processes, tmp_path):
    """A training that would take hours gets SIGINT at a random moment, every second one once more
    while it saves. It says in which epoch it was interrupted, and its network can be loaded.
    """
    for number, rng in enumerate(trials):
        folder, stdout, stderr = (tmp_path / f"{number}{end}" for end in ("", ".out", ".err"))
        argv = ["--skip-check", "--epochs", "100000000", "--out", str(folder)]
        process = processes(run_command, argv, stdout, stderr)

        def is_interrupted():
            return "interrupted in epoch" in stdout.read_text("utf-8")

        wait_until(lambda: stdout.exists() and "Training XOR" in stdout.read_text("utf-8"))
        time.sleep(rng.uniform(0, 0.2))
        press(process)
        wait_until(lambda: is_interrupted() or not process.is_alive())
        if number % 2:
            press(process)
        process.join(LONG)
        assert process.exitcode == 130
        assert "Traceback" not in stderr.read_text("utf-8")
        # the press may have come before the first step
        assert (folder / "network.npz").exists() == is_interrupted()
        if is_interrupted():
            assert Sequential.load(folder / "network.npz").count_parameters() == 21


@posix
@pytest.mark.promise("Ctrl-C is answered while the command is still imported.", trials=15)
def test_an_interrupt_while_the_command_is_imported_is_answered_in_a_sentence(trials):
    """`python -m tinygrad_xor` gets SIGINT after a random one of the modules that it imports. It
    says that it was interrupted, without a traceback, and ends with the exit code of an interrupt.
    """
    command = [sys.executable, "-X", "importtime", "-m", "tinygrad_xor", "--lang", "en", "explain"]

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
    for rng in trials:
        pressed, said = rng.randint(0, 150), []
        with subprocess.Popen(
            command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        ) as process:
            imported = None
            for line in process.stderr:
                said.append(line)
                if "tinygrad_xor._starting" in line:
                    imported = 0
                elif imported is not None:
                    imported += 1
                if imported == pressed:
                    process.send_signal(signal.SIGINT)
        assert process.returncode == 130
        assert "interrupted: no files were written" in said[-1]
        assert not any("Traceback" in line for line in said)
    signal.signal(signal.SIGINT, before)


def press(process):
    if process.is_alive():
        os.kill(process.pid, signal.SIGINT)
