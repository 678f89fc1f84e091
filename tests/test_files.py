"""Files: whole or not at all."""

import stat

import pytest

from tinygrad_xor.files import write_atomically


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
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_others_may_read_the_file_as_they_may_any_new_file(tmp_path):
    (tmp_path / "plain").write_text("")
    path = write_atomically(tmp_path / "atomic", "")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = write_atomically(tmp_path / "a.txt", "old")

    def fail(self, target):
        raise OSError("disk full")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1
