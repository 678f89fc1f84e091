"""Completion by the shell, in a real bash."""

import shutil
import subprocess
import sys

import pytest

from tinygrad_xor.cli.commands import COMMANDS, SHELLS
from tinygrad_xor.cli.main import main


def test_without_shtab_it_says_what_to_install(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "shtab", None)
    with pytest.raises(SystemExit) as exit_:
        main(["--print-completion", "bash"])
    assert exit_.value.code == 2
    assert 'pip install "tinygrad-xor[completion]"' in capsys.readouterr().err


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_gets_a_script_with_all_commands(shell, capsys):
    pytest.importorskip("shtab")
    assert main(["--print-completion", shell]) == 0
    script = capsys.readouterr().out
    for name in COMMANDS:
        assert name in script


@pytest.fixture
def completed(tmp_path, capsys):
    """What bash offers for a line that is being typed, its last word unfinished."""
    pytest.importorskip("shtab")
    if sys.platform == "win32" or not shutil.which("bash"):
        pytest.skip("there is no bash here")
    main(["--print-completion", "bash"])
    (tmp_path / "script").write_text(capsys.readouterr().out, "utf-8")
    (tmp_path / "network.npz").touch()

    def completed(line):
        words = line.split(" ")
        asked = (
            "source ./script; function=$(complete -p tinygrad-xor | grep -o _shtab[a-z_]*); "
            f"COMP_WORDS=({' '.join(w or repr('') for w in words)}); COMP_CWORD={len(words) - 1}; "
            f"$function tinygrad-xor {words[-1]!r} {words[-2]!r}; "
            "printf '%s\\n' \"${COMPREPLY[@]}\""
        )
        run = subprocess.run(
            ["bash", "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return set(run.stdout.split())

    return completed


def test_bash_completes_commands_options_choices_and_files(completed):
    assert completed("tinygrad-xor ") >= set(COMMANDS)
    assert completed("tinygrad-xor fi") == {"fine-tune"}
    assert completed("tinygrad-xor --bat") == {"--batch-size"}
    assert completed("tinygrad-xor --task x") == {"xor", "xnor"}
    assert completed("tinygrad-xor --lang ") == {"en", "ru"}
    assert completed("tinygrad-xor fine-tune --fr") == {"--freeze"}
    assert completed("tinygrad-xor predict netw") == {"network.npz"}
    assert completed("tinygrad-xor explore --activation leaky") == {"leaky_relu"}
    assert completed("tinygrad-xor check --primitive tan") == {"tan", "tanh"}
    assert completed("tinygrad-xor check --domain posi") == {"positive"}
    assert completed("tinygrad-xor atlas --activation leaky") == {"leaky_relu"}
    assert completed("tinygrad-xor atlas --initializer glorot_n") == {"glorot_normal"}
