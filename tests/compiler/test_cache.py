"""Machine code on disk: found again, and never believed."""

import os

import numpy as np
import pytest
from waiting import LONG

from tinygrad_xor import compile
from tinygrad_xor.compiler import cache, facts, lowered, machine
from tinygrad_xor.program import one_step, register, trace


def compile_exp(folder, factor, times, said):
    """Compile a program and run it; write how often machine code was made."""
    os.environ["TINYGRAD_XOR_CACHE"] = str(folder)
    made, whole = [], machine._compiled
    machine._compiled = lambda *text: made.append(1) or whole(*text)
    f = compile(lambda x: np.exp(x) * factor, "native")
    for _ in range(times):
        assert f(np.zeros(2)).tolist() == [factor, factor]
    said.write_text(str(len(made)))


@pytest.fixture
def run(processes, tmp_path_factory):
    """Compiles in another process; the function that it gives waits, and says how often."""

    def begin(folder, factor=2.0, times=1):
        said = tmp_path_factory.mktemp("said") / "made"
        process = processes(compile_exp, folder, factor, times, said)

        def made():
            process.join(LONG)
            assert process.exitcode == 0
            return int(said.read_text())

        return made

    return begin


@pytest.fixture
def compiled(run):
    """How often machine code was made in another process."""
    return lambda folder, **more: run(folder, **more)()


def files(folder):
    """What is known of programs, and their code, which is larger."""
    return sorted(folder.iterdir(), key=lambda file: file.stat().st_size)


def test_code_is_made_once_for_all_processes(tmp_path, compiled):
    assert compiled(tmp_path) == 1
    assert compiled(tmp_path) == 0
    assert compiled(tmp_path, factor=3.0) == 1
    assert len(files(tmp_path)) == 4


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("damage", ["flipped", "of another"])
def test_a_file_that_is_not_what_was_written_is_ignored_and_written_again(
    tmp_path, damage, which, compiled
):
    compiled(tmp_path)
    first = files(tmp_path)
    file = first[which]
    good = content = file.read_bytes()
    if damage == "of another":
        compiled(tmp_path, factor=3.0)
        content = [f for f in files(tmp_path) if f not in first][which].read_bytes()
    else:
        at = len(content) // 2
        content = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
    file.write_bytes(content)
    assert compiled(tmp_path) == which
    assert file.read_bytes() == good
    assert compiled(tmp_path) == 0


def test_processes_that_compile_at_once_do_not_disturb_each_other(tmp_path, run, compiled):
    running = [run(tmp_path, times=3) for _ in range(4)]
    assert max([made() for made in running]) == 1
    assert len(files(tmp_path)) == 2
    assert compiled(tmp_path) == 0


def test_a_program_that_is_known_is_not_written_again(tmp_path, monkeypatch):
    monkeypatch.setenv("TINYGRAD_XOR_CACHE", str(tmp_path))

    def f(x):
        return np.exp(x) * 3.5

    assert compile(f, "native")(0.0) == 3.5
    monkeypatch.setattr(lowered, "scalarized", None)
    assert compile(f, "native")(0.0) == 3.5
    with pytest.raises(TypeError):
        compile(lambda x: np.exp(x) * 4.5, "native")(0.0)


def test_a_program_with_functions_of_the_user_s_has_no_name(tmp_path, monkeypatch):
    monkeypatch.setenv("TINYGRAD_XOR_CACHE", str(tmp_path))

    @one_step(in_steps=lambda x: x * 2.0)
    def mine(x):
        return x * 2.0

    double = np.frompyfunc(lambda x: x * 2.0, 1, 1)
    register("test_cache.double", double, again=True, elementwise=True)
    assert facts.name_of(trace(lambda x: np.add.reduce(np.exp(x)), np.ones(2)), "library")
    for of_users in (mine, double):
        program = trace(lambda x, f=of_users: f(x) + 1.0, 1.0)
        assert facts.name_of(program, "library") is None


def test_programs_that_differ_have_different_names(tmp_path, monkeypatch):
    monkeypatch.setenv("TINYGRAD_XOR_CACHE", str(tmp_path))
    examples = (1.0, np.float64(1.0), np.float32(1.0), np.ones(1))
    functions = [np.exp, np.sin, lambda x: x * 2.0, lambda x: x * 3.0, lambda x: (x * 2.0, x)]
    programs = [trace(f, x) for f in functions for x in examples]
    names = {facts.name_of(p, digits) for p in programs for digits in ("library", "everywhere")}
    assert len(names) == 2 * len(programs)
    assert facts.name_of(trace(lambda y: y * 2.0, 1.0), "library") in names  # labels do not matter


def test_another_version_of_the_sources_gives_other_names(tmp_path, monkeypatch):
    monkeypatch.setenv("TINYGRAD_XOR_CACHE", str(tmp_path))
    program = trace(np.exp, 1.0)
    name = facts.name_of(program, "library")
    monkeypatch.setattr(facts, "_sources", lambda: "another")
    assert facts.name_of(program, "library") != name


def test_a_file_of_another_form_is_as_if_it_were_not_there(tmp_path, monkeypatch):
    monkeypatch.setenv("TINYGRAD_XOR_CACHE", str(tmp_path))
    cache.write("name", b"code" * 100)
    (file,) = files(tmp_path)
    good = file.read_bytes()
    assert cache.read("name") == b"code" * 100
    for bad in (good[:-1], good + b"x", b"", b"\x7fELF" + good, good[:20], b"x" + good[1:]):
        file.write_bytes(bad)
        assert cache.read("name") is None


@pytest.mark.parametrize("word", ["off", "0", ""])
def test_it_is_turned_off_by_a_word(word, monkeypatch):
    monkeypatch.setenv("TINYGRAD_XOR_CACHE", word)
    assert cache.folder() is None
    cache.write("name", b"code")
    assert cache.read("name") is None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("TINYGRAD_XOR_CACHE", str(tmp_path / "file" / "inside"))
    assert compile(lambda x: x * 2.0, "native")(1.5) == 3.0


def test_other_processors_and_versions_have_other_names(monkeypatch):
    names = {cache.key("text", machine._versions()), cache.key("text", "another")}
    assert len(names) == 2
    assert cache.key("a", "b") != cache.key("ab", "") != cache.key("a\0b")


def test_the_folder_is_the_user_s(monkeypatch, tmp_path):
    monkeypatch.delenv("TINYGRAD_XOR_CACHE", raising=False)
    monkeypatch.setenv("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME", str(tmp_path))
    assert cache.folder() == tmp_path / "tinygrad_xor"
    monkeypatch.setenv("TINYGRAD_XOR_CACHE", str(tmp_path / "mine"))
    cache.write("name", b"code")
    assert cache.read("name") == b"code"
    assert np.all([f.name == "name" for f in files(tmp_path / "mine")])
