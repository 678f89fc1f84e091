"""Killed processes."""

import os
import signal
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from victims import run_command, write_again_and_again, write_until
from waiting import LONG, wait_until

from tinygrad_xor import files
from tinygrad_xor.files import write_atomically
from tinygrad_xor.nn import Sequential

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
QUICK = "--skip-check --task or --lr 0.05 --epochs 20".split()


def temporary_files(folder):
    return [path for path in folder.iterdir() if files._TEMPORARY.fullmatch(path.name)]


@pytest.mark.promise("A file that is being written is whole at every moment.", trials=60)
def test_a_file_is_whole_whenever_its_writer_is_killed(trials, processes, tmp_path):
    """A process writes a file of up to 4 MB over and over; it is killed after a random number of
    writes, at a random moment of the next. The file is an old or a new one to the last byte, its
    mode is what it was, and the next process that writes there removes what the killed one left.
    """
    path = tmp_path / "network.npz"
    for rng in trials:
        size = int(2 ** rng.uniform(0, 22))
        path.write_bytes(b"old" * size)
        path.chmod(0o600)
        process = processes(write_again_and_again, path, size)
        for _ in range(rng.randrange(1, 4)):
            before = path.stat().st_mtime_ns
            wait_until(lambda: path.stat().st_mtime_ns != before)
        time.sleep(rng.uniform(0, 0.002))
        process.kill()
        process.join()
        data = path.read_bytes()
        assert data == data[:1] * size
        assert path.stat().st_mode & 0o777 == 0o600
    files._remove_leftovers.cache_clear()  # as in a new process
    write_atomically(path, "new")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.promise("No process disturbs another that writes into the same folder.", trials=20)
def test_a_process_that_is_slow_to_write_keeps_its_temporary_file(trials, processes, tmp_path):
    """A process is stopped in the middle of a write; another one starts, cleans up, and writes into
    the same folder. The temporary file is still there, and the first process finishes its file.
    """
    for number, rng in enumerate(trials):
        folder = tmp_path / str(number)
        folder.mkdir()
        data, told = rng.randbytes(2**20), tmp_path / f"{number}.told"
        process = processes(write_until, folder / "slow", data, told)
        while True:
            wait_until(lambda: temporary_files(folder))
            os.kill(process.pid, signal.SIGSTOP)
            wait_until(lambda: is_stopped(process.pid))
            if temporary_files(folder):
                break
            os.kill(process.pid, signal.SIGCONT)  # the write was over just then
        files._remove_leftovers.cache_clear()  # as in a new process
        write_atomically(folder / "fast", "new")
        assert len(temporary_files(folder)) == 1
        told.touch()
        os.kill(process.pid, signal.SIGCONT)
        process.join(LONG)
        assert process.exitcode == 0
        assert (folder / "slow").read_bytes() == data
        assert temporary_files(folder) == []


def is_stopped(process):
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "T"


@pytest.mark.promise("A command that is killed leaves whole files only.", trials=15)
def test_a_killed_command_leaves_whole_files(trials, processes, tmp_path):
    """The main job is killed when one, two, three or all of its files have appeared. The network
    can be loaded, and the pictures are complete.
    """
    for number, rng in enumerate(trials):
        folder = tmp_path / str(number)
        process = processes(run_command, [*QUICK, "--out", str(folder)])
        wanted = rng.randrange(1, 5)
        wait_until(lambda: len(list(folder.glob("*"))) >= wanted or not process.is_alive())
        process.kill()
        process.join()
        for path in set(folder.iterdir()) - set(temporary_files(folder)):
            assert is_whole(path), path


def is_whole(path):
    data = path.read_bytes()
    if path.suffix == ".npz":
        return Sequential.load(path).count_parameters() > 0
    if path.suffix == ".svg":
        return ET.fromstring(data) is not None
    return data.endswith({".png": b"IEND\xaeB`\x82", ".dot": b"}\n"}[path.suffix])
