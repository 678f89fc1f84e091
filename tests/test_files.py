"""Files: whole or not at all, and whatever was there stays what it was."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tinygrad_xor import Value, files
from tinygrad_xor.atlas import add_to_atlas, read_atlas
from tinygrad_xor.files import write_atomically
from tinygrad_xor.nn import Dense, Sequential
from tinygrad_xor.viz import draw

on_posix = pytest.mark.skipif(os.name != "posix", reason="this system has no such files")


@pytest.fixture(autouse=True)
def as_in_a_new_process():
    files._remove_leftovers.cache_clear()


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def leftover(folder, process):
    path = folder / f"{files._MACHINE}{process}-{'0' * 16}.tmp"
    path.write_text("half of")
    return path


def ended_process():
    """The number of a process that was there, and is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_text_is_written_as_utf_8_and_bytes_as_they_are(tmp_path):
    assert write_atomically(tmp_path / "a.txt", "нейрон").read_bytes() == "нейрон".encode()
    assert write_atomically(tmp_path / "b", b"\x00\xff").read_bytes() == b"\x00\xff"


def test_missing_folders_are_made(tmp_path):
    assert write_atomically(tmp_path / "a" / "b" / "c.txt", "").exists()


def test_an_old_file_is_replaced_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "a.txt"
    write_atomically(path, "old")
    write_atomically(path, "new")
    assert path.read_text() == "new"
    assert names_in(tmp_path) == ["a.txt"]


def test_others_may_read_the_file_as_they_may_any_new_file(tmp_path):
    (tmp_path / "plain").write_text("")
    path = write_atomically(tmp_path / "atomic", "")
    assert mode_of(path) == mode_of(tmp_path / "plain")


@on_posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o755])
def test_a_file_that_was_there_keeps_its_mode(tmp_path, mode):
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(mode)
    write_atomically(path, "new")
    assert (path.read_text(), mode_of(path)) == ("new", mode)


@on_posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anything")
def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path):
    path = write_atomically(tmp_path / "a.txt", "old")
    path.chmod(0o444)
    with pytest.raises(PermissionError):
        write_atomically(path, "new")
    assert path.read_text() == "old"


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = write_atomically(tmp_path / "a.txt", "old")

    def fail(self, target):
        raise OSError("disk full")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


@on_posix
def test_a_link_stays_a_link_and_what_it_leads_to_is_written(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to("data/real.txt")  # relative, and to nothing yet
    (tmp_path / "link to a link").symlink_to(tmp_path / "link")
    write_atomically(tmp_path / "link", "first")
    assert (tmp_path / "data" / "real.txt").read_text() == "first"
    write_atomically(tmp_path / "link to a link", "second")
    assert (tmp_path / "data" / "real.txt").read_text() == "second"
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "link to a link").is_symlink()
    assert names_in(tmp_path) == ["data", "link", "link to a link"]


@on_posix
def test_links_in_a_circle_are_refused_and_stay(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        write_atomically(tmp_path / "a", "new")
    assert (tmp_path / "a").readlink() == Path("b")


@on_posix
def test_a_pipe_stays_a_pipe_and_its_reader_gets_everything(tmp_path):
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    data = bytes(range(256)) * 1000
    write_atomically(pipe, data)
    reader.join()
    assert got == [data]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert names_in(tmp_path) == ["pipe"]


@on_posix
def test_a_device_stays_a_device_and_a_link_to_it_a_link(tmp_path):
    master, slave = os.openpty()  # a device that nobody misses
    terminal = Path(os.ttyname(slave))
    (tmp_path / "link").symlink_to(terminal)
    for path in (terminal, tmp_path / "link"):
        write_atomically(path, "seen")
        assert os.read(master, 100) == b"seen"
    assert stat.S_ISCHR((tmp_path / "link").stat().st_mode)
    assert (tmp_path / "link").is_symlink()
    os.close(master)
    os.close(slave)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(OSError):  # noqa: PT011  # another one on Windows
        write_atomically(tmp_path, "new")
    assert list(tmp_path.iterdir()) == []


@on_posix
@pytest.mark.parametrize("letter", ["a", "я"])
def test_a_name_may_be_as_long_as_the_system_allows(tmp_path, letter):
    longest = os.pathconf(tmp_path, "PC_NAME_MAX")
    name = letter * (longest // len(letter.encode()))
    assert write_atomically(tmp_path / name, "new").read_text() == "new"
    assert names_in(tmp_path) == [name]
    with pytest.raises(OSError, match="name too long"):
        write_atomically(tmp_path / (letter * (longest + 1)), "new")


@on_posix
def test_temporary_files_of_killed_processes_are_removed_and_nothing_else_is(tmp_path):
    dead = leftover(tmp_path, ended_process())
    others = [
        leftover(tmp_path, os.getpid()),
        leftover(tmp_path, os.getppid()),
        tmp_path / dead.name.replace(files._MACHINE, ".tinygrad-xor-elsewhere-"),
        tmp_path / f"{dead.name}.txt",
    ]
    for path in others:
        path.write_text("not a leftover of this machine's dead")
    write_atomically(tmp_path / "a.txt", "new")
    assert set(tmp_path.iterdir()) == {*others, tmp_path / "a.txt"}


@on_posix
def test_a_process_of_somebody_else_is_alive(tmp_path, monkeypatch):
    def refuse(process, signal):
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    theirs = leftover(tmp_path, 12345)
    write_atomically(tmp_path / "a.txt", "new")
    assert theirs.exists()


@pytest.mark.parametrize(
    ("name", "what"),
    [("a\0b", "a null character"), ("a\ud800b", r"'\\ud800', which is no letter")],
    ids=["null", "half a letter"],
)
def test_a_name_that_no_file_can_have_is_refused_in_one_sentence(tmp_path, name, what):
    model = Sequential([Dense(1, input_dim=2)], seed=0)
    model.compile("sgd", "mse")
    path = tmp_path / name
    for use in (
        lambda: write_atomically(path, "text"),
        lambda: model.save(path),
        lambda: model.save_weights(path),
        lambda: model.load_weights(path),
        lambda: Sequential.load(path),
        lambda: read_atlas(path),
        lambda: add_to_atlas({}, path),
        lambda: draw(Value(1.0) * 2.0).save(path),
    ):
        with pytest.raises(ValueError, match=f"no file can be called .*: there is {what}"):
            use()
    assert not list(tmp_path.iterdir())
