"""How arguments are read: argparse in both languages, the commands, a quick start."""

import argparse
import ast
import inspect
import re
import subprocess
import sys

import pytest

from tinygrad_xor.cli import arguments
from tinygrad_xor.cli.commands import COMMANDS, command_called
from tinygrad_xor.cli.main import main
from tinygrad_xor.language import messages, speaking

#: What argparse says to programmers, or of features that no command uses.
NEVER_SEEN = (
    "not defined|conflict|cannot|required' is|invalid option string|dest= is|mutually|multiple"
    "|subcommand|parser_name|with mode|can't open|not callable|parameters|deprecated|warning"
    "|%\\(heading\\)s:|%\\(prog\\)s %|unknown parser|nargs|program's version"
)


def test_all_that_argparse_says_to_users_is_translated():
    said = set()
    for node in ast.walk(ast.parse(inspect.getsource(argparse))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "ngettext"):
            said |= {a.value for a in node.args[:1] if isinstance(a, ast.Constant)}
    assert len(said) > 20
    known = {
        m["en"] if isinstance(m["en"], str) else m["en"][0] for m in messages("argparse").values()
    }
    assert {text for text in said - known if not re.search(NEVER_SEEN, text)} == set()


def test_argparse_speaks_as_before_afterwards(capsys):

    before = argparse._, argparse.ngettext
    with pytest.raises(SystemExit):
        main(["--help", "--lang", "ru"])
    assert (argparse._, argparse.ngettext) == before
    with pytest.raises(SystemExit):
        argparse.ArgumentParser("other").parse_args(["-h"])
    assert "show this help message" in capsys.readouterr().out


def test_plural_forms_of_argparse_are_chosen():
    def asked(n):
        return argparse.ngettext("expected %s argument", "expected %s arguments", n) % n

    with arguments.argparse_speaking():
        assert [asked(1), asked(2)] == ["expected 1 argument", "expected 2 arguments"]
        assert argparse.ngettext("a thing", "things", 2) == "things"
        with speaking("ru"):
            said = ["нужно 1 значение", "нужно 2 значения", "нужно 5 значений"]
            assert [asked(1), asked(2), asked(5)] == said


def test_what_is_imported_is_what_is_used():
    """The start is quick: no other command, no plots, no hypothesis."""
    heavy = "hypothesis matplotlib tinygrad_xor.cli.check tinygrad_xor.cli.explore".split()
    code = (
        "import sys\nfrom tinygrad_xor.cli.main import main\n"
        "try: main(['--version'])\nexcept SystemExit: pass\n"
        f"print([m for m in {heavy} + ['tinygrad_xor.cli.job'] if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_parser_with_its_name_and_the_language(name):
    parser = command_called(name).build_parser()
    assert parser.prog == f"tinygrad-xor {name}"
    assert "--lang {en,ru}" in parser.format_help()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("chck", "there is no command 'chck': did you mean 'check'? There are check, explore,"),
        ("finetune", "did you mean 'fine-tune'?"),
        ("xyz", "there is no command 'xyz': there are check, explore, predict, fine-tune, atlas"),
    ],
)
def test_an_unknown_command_is_named_with_the_nearest(capsys, typed, said):
    with pytest.raises(SystemExit) as exit_:
        main([typed, "--lr", "1"])
    assert exit_.value.code == 2
    assert said in capsys.readouterr().err


def test_ctrl_c_in_any_command_exits_with_130(capsys, monkeypatch):
    def interrupt(argv):
        raise KeyboardInterrupt

    monkeypatch.setattr("tinygrad_xor.cli.explore.run", interrupt)
    assert main(["explore"]) == 130
    assert capsys.readouterr().err == "\ninterrupted: no files were written\n"


def test_nobody_reads_on(monkeypatch):
    def close(argv):
        raise BrokenPipeError

    monkeypatch.setattr("tinygrad_xor.cli.explore.run", close)
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    assert main(["explore"]) == 141


def test_help_lists_the_commands(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    for name in COMMANDS:
        assert f"\n  {name}  " in out
    assert "(default: None)" not in out
    assert "(default: False)" not in out
    assert "(default: xor)" in out


@pytest.mark.parametrize("columns", ["60", "66", "72", "80", "90"])
@pytest.mark.parametrize("command", COMMANDS)
def test_help_breaks_no_name_at_a_hyphen(command, columns, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert not [x for x in capsys.readouterr().out.splitlines() if re.search(r"\w-$", x)]
