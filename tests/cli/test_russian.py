"""The commands in Russian: every message and label, and nothing else changes."""

import json
import re
import shutil

import numpy as np
import pytest

from tinygrad_xor.atlas import LIKE
from tinygrad_xor.atlas.starts import BIASES, KERNELS
from tinygrad_xor.bench import WORKLOADS
from tinygrad_xor.cli.arguments import LOSSES
from tinygrad_xor.cli.commands import COMMANDS, SHELLS
from tinygrad_xor.cli.main import main
from tinygrad_xor.datasets import TRUTH_TABLES
from tinygrad_xor.engine import COMPOSED, TABLE
from tinygrad_xor.nn import Dense, Sequential
from tinygrad_xor.nn.activations import ACTIVATIONS
from tinygrad_xor.optim import OPTIMIZERS
from tinygrad_xor.viz import figures

#: Names that are the same in every language.
NAMES = {
    *ACTIVATIONS,
    *OPTIMIZERS,
    *LOSSES,
    *SHELLS,
    *COMMANDS,
    *TABLE,
    *COMPOSED,
    *TRUTH_TABLES,
    *(task.upper() for task in TRUTH_TABLES),
    *"ReLU Dense None NumPy HTML JSON CSV PNG NaN Python nan tinygrad xor tinygrad-xor".split(),
    *"float32 float64 complex128 f4 f8 c16 positive real save en ru h Ctrl-C XOR".split(),
    *"LC_ALL LC_MESSAGES LANG matrix xor-run tuned-run atlas-run Keras".split(),
    *KERNELS,
    *LIKE,
    *(name.partition("-")[0] for name in WORKLOADS),
    *BIASES,
}


@pytest.fixture
def russian(tmp_path, capsys, monkeypatch):
    """Run a command in Russian, in a folder of its own: its code, and all that it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*argv):
        capsys.readouterr()
        try:
            code = main([*argv, "--lang", "ru"])
        except SystemExit as exit_:
            code = exit_.code
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


def latin(text):
    """Words of two Latin letters or more, without options, files, values and names."""
    for pattern in (
        r"(?<![\w-])--?[a-z][a-z-]*",  # options
        r"\bnp\.[\w.]+(?:\([^)]*\))*|v\[\.\.\.\]|v\.at\S*",  # code
        r"\S+\.(?:npz|png|svg|html|csv|gv)\b",  # files
        r"'[^']*'",  # what was typed, quoted back
    ):
        text = re.sub(pattern, " ", text)
    words = re.findall(r"[A-Za-z][\w-]*[A-Za-z]\w*", text)
    return {word for word in words if word not in NAMES}


@pytest.fixture
def network(tmp_path):
    layers = [Dense(3, "tanh", input_dim=2), Dense(1, "sigmoid")]
    return str(Sequential(layers, seed=0).save(tmp_path / "network.npz"))


def test_words_in_latin_letters_are_found():
    assert latin("обучение XOR: 5 relu, 2000 epochs, файл loss.png, --lr") == {"epochs"}


def test_the_main_job_speaks_russian_within_80_columns(russian):
    code, said = russian("--check-examples", "1")
    assert code == 0
    assert latin(said) == set()
    assert "XOR: научилась с 1 попытки (зерно 0)" in said
    assert "линейная алгебра" in said
    assert max(map(len, said.splitlines())) <= 88  # the last line names four files
    assert sorted(len(line) > 80 for line in said.splitlines())[-2] is False


def test_a_stuck_run_says_why_in_russian(russian):
    code, said = russian("--skip-check", "--hidden", "1", "--epochs", "10")
    assert code == 1
    assert latin(said) == set()
    assert "застряла с зерном 9" in said
    assert (
        "не научилась и после 10 попыток"
        in russian("--skip-check", "--quiet", "--hidden=1", "--epochs=1")[1]
    )


def test_a_wrong_gradient_is_announced_in_russian(russian, monkeypatch):
    monkeypatch.setattr(TABLE["relu"], "rules", (lambda g, y, x: -g * (x > 0),))
    code, said = russian("--check-examples", "3", "--activation", "tanh")
    assert code == 1
    assert "Градиент relu неверен, поэтому обучения не было." in said
    assert "relu НЕВЕРНО" in said


@pytest.mark.parametrize(
    "argv",
    [
        ["check", "--primitive", "exp", "--examples", "2"],
        ["check", "--primitive", "exp", "--examples", "2", "--html", "page.html"],
        ["check", "--primitive", "tanh", "--mutants", "--examples", "2"],
        ["explore", "--epochs", "2"],
        ["predict", "network.npz", "0", "1"],
        ["atlas", "--widths", "2,3", "--seeds", "4", "--epochs", "2", "--activation", "relu,tanh"],
        ["predict", "network.npz", "0,0", "0,1"],
        ["fine-tune", "network.npz", "--epochs", "3"],
        ["fine-tune", "network.npz", "--epochs", "300", "--task", "or", "--lr", "0.05"],
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("network")
def test_commands_speak_russian(russian, argv):
    code, said = russian(*argv)
    assert code in (0, 1)
    assert latin(said) == set()
    assert re.search("[а-я]", said)


def test_the_coverage_table_gives_its_reasons_in_russian(russian):
    _, said = russian("check", "--list")
    assert "не поддерживаются (" in said
    text = "\n".join(line for line in said.splitlines() if ":" in line or "(" in line)
    code = r"np\.exp\(np\.linspace\(.*?num\)\)|np\.linspace\(.*?bins \+ 1\)|\bi1|scipy\.special\.i0"
    assert latin(re.sub(rf"{code}|value \* np\.ones\(shape\)", "", text)) == set()


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_the_help_of_every_command_is_russian_within_80_columns(russian, name):
    code, said = russian(*[name] * bool(name), "--help")
    assert code == 0
    assert said.startswith("использование: tinygrad-xor")
    assert "показать эту справку и выйти" in said
    assert latin(said) == set()
    wide = [line for line in said.splitlines() if len(line) > 80]
    assert not [line for line in wide if "{" not in line]  # a list of names cannot be wrapped


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--hidden", "0"], "аргумент --hidden: нужно не меньше 1, а дано 0"),
        (["--hidden", "two"], "аргумент --hidden: 'two' не целое число"),
        (["--hidden"], "аргумент --hidden: нужно одно значение"),
        (["--lr", "nan"], "аргумент --lr: нужно число больше нуля, а дано nan"),
        (["--lr", "x"], "аргумент --lr: 'x' не число"),
        (["--task", "xro"], "аргумент --task: недопустимое значение: 'xro'"),
        (["--nothing"], "неизвестные аргументы: --nothing"),
        (["--quiet=1"], "аргумент --quiet: лишнее значение '1'"),
        (["--s"], "неоднозначный параметр: --s может означать --seed, --skip-check"),
        (["predict"], "не хватает аргументов: ФАЙЛ, ЧИСЛО"),
        (["predict", "network.npz"], "не хватает аргументов: ЧИСЛО"),
        (["explore", "--hidden", "17"], "нужно от 1 до 16, а дано 17"),
        (["check", "--primitive", "tahn"], "проверить не удалось: unknown operation 'tahn'"),
        (["chekc"], "команды 'chekc' нет: может быть, 'check'? Есть check,"),
        (["--lang", "en", "qqq"], "команды 'qqq' нет: есть check,"),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else None,
)
def test_what_is_wrong_is_said_in_russian_with_code_2(russian, argv, said):
    code, printed = russian(*argv)
    assert code == 2
    assert said in printed
    assert "использование: " in printed
    assert ": ошибка: " in printed


def test_the_locale_chooses_russian_and_the_option_wins(capsys, monkeypatch):
    monkeypatch.setenv("LC_ALL", "ru_RU.UTF-8")
    with pytest.raises(SystemExit):
        main(["--help"])
    assert capsys.readouterr().out.startswith("использование:")
    for argv in (["--help", "--lang", "en"], ["--lang=en", "check", "--help"]):
        with pytest.raises(SystemExit):
            main(argv)
        assert capsys.readouterr().out.startswith("usage:")


def test_another_language_is_refused(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["check", "--lang", "fr"])
    assert exit_.value.code == 2
    assert "argument --lang: invalid choice: 'fr'" in capsys.readouterr().err


@pytest.mark.usefixtures("network")
@pytest.mark.parametrize(
    "argv",
    [
        ["--skip-check", "--epochs", "600"],
        ["check", "--primitive", "exp", "--examples", "2"],
        ["predict", "network.npz", "0,0", "1,0"],
        ["atlas", "--widths", "2", "--seeds", "4", "--epochs", "2"],
        ["fine-tune", "network.npz", "--epochs", "20"],
    ],
    ids=" ".join,
)
def test_json_is_the_same_in_both_languages(russian, capsys, argv):
    _, in_russian = russian(*argv, "--json")
    shutil.rmtree("atlas-run", ignore_errors=True)  # or the counts are read from the file
    main([*argv, "--json"])
    results = [json.loads(text) for text in (in_russian, capsys.readouterr().out)]
    for result in results:
        for part in result if isinstance(result, list) else []:
            part.pop("seconds", None)
    assert results[0] == results[1]


def test_pictures_have_russian_labels(russian, monkeypatch, tmp_path):
    text = pytest.importorskip("matplotlib.text").Text
    seen: set[str] = set()
    save = figures.save

    def look(figure, path):
        seen.update(t.get_text() for t in figure.findobj(text))
        return save(figure, path)

    monkeypatch.setattr(figures, "save", look)
    russian("--skip-check", "--epochs", "600")
    assert latin(" ".join(seen)) == set()
    assert {"средние потери", "верных, %", "эпоха", "предсказание", "XOR, 5 нейронов relu"} <= seen
    graph = next((tmp_path / "xor-run").glob("graph.*")).read_text("utf-8")
    for word in ("предсказание", "потери", "данные", "лист", "у стрелки"):
        assert word in graph


def test_numbers_stay_as_they_are(russian, network):
    _, said = russian("predict", network, "0", "1")
    model = Sequential.load(network)
    assert f"{model.predict(np.array([[0.0, 1.0]])).item():.4f}" in said
