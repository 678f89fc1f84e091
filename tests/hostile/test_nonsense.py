"""Arguments that make no sense."""

import pytest

from tinygrad_xor.cli.commands import COMMANDS, build_parser, command_called
from tinygrad_xor.cli.main import main
from tinygrad_xor.nn import Dense, Sequential

#: What makes each command quick; the arguments of a trial come after it.
QUICK = {
    "": ["--skip-check", "--epochs", "1", "--hidden", "1", "--task", "or"],
    "check": ["--primitive", "tanh", "--examples", "1"],
    "explore": ["--epochs", "1", "--hidden", "1"],
    "predict": ["network.npz", "0,1"],
    "fine-tune": ["network.npz", "data.csv", "--epochs", "1"],
    "atlas": ["--epochs", "1", "--seeds", "1", "--widths", "1"],
    "bench": ["no-such-work"],  # measuring takes long
}
#: Texts that are no number, no name, no file, or too much of one.
NONSENSE = [
    *("", " ", "-", "--", "-1", "0", "nan", "inf", "1e999", "1.5", "٣", "9" * 5000, "x" * 20_000),
    *("1-", "-1,-2", "1-1000000000", "1000000000", "2,,3", "tahn", "я", "\udcff", "a\nb", "%s"),
    *("{0}", "..", "data.csv", "network.npz", "data.csv/x", "none/x.npz", "/proc/version/x", "~"),
]
#: Of these options only what writes nothing elsewhere, and is not long at work.
HARMLESS = {
    "--out": [text for text in NONSENSE if text != ".."],
    "--html": [text for text in NONSENSE if text != ".."],
    "--epochs": [text for text in NONSENSE if not text.startswith(("9", "1"))],
}


def options_of(command):
    parser = command_called(command).build_parser() if command else build_parser()
    names = [name for action in parser._actions for name in action.option_strings]
    return sorted(set(names) - {"-h", "--help", "--version"})


@pytest.mark.filterwarnings("ignore")  # of networks that are trained with nonsense
@pytest.mark.promise("Whatever its arguments, a command ends with its exit code.", trials=500)
def test_arguments_that_make_no_sense_are_answered(trials, tmp_path, monkeypatch, capsys):
    """A command gets one or two options with nonsense for a value, or in place of a file: signs,
    huge numbers, 20,000 letters, folders, other files. It works (0 or 1) or is refused (2).
    """
    monkeypatch.chdir(tmp_path)
    layers = [Dense(2, "relu", input_dim=2), Dense(1, "sigmoid")]
    Sequential(layers, seed=0).save("network.npz")
    (tmp_path / "data.csv").write_text("0,0,0\n0,1,1\n1,0,1\n1,1,0\n")
    codes = []
    for rng in trials:
        command = rng.choice(["", *COMMANDS])
        argv = list(QUICK[command])
        if command in ("predict", "fine-tune") and rng.random() < 0.4:
            argv[rng.randrange(2)] = rng.choice(NONSENSE)
        for _ in range(rng.randint(1, 2)):
            option = rng.choice(options_of(command))
            argv += [option, rng.choice(HARMLESS.get(option, NONSENSE))][: rng.choice((1, 2, 2, 2))]
        try:
            codes.append(main([command, *argv] if command else argv))
        except SystemExit as exit_:
            codes.append(exit_.code)
    assert set(codes) <= {0, 1, 2}
    assert codes.count(2) > len(trials) / 2
    assert "Traceback" not in capsys.readouterr().err
