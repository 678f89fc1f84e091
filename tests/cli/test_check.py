"""``tinygrad-xor check`` as a user runs it."""

import json
import sys

import pytest

from tinygrad_xor.cli.check_page import page_of
from tinygrad_xor.cli.check_text import report_end
from tinygrad_xor.cli.main import main
from tinygrad_xor.engine import TABLE
from tinygrad_xor.testing.results import Result


def test_the_list_has_every_column_and_the_reasons(capsys):
    assert main(["check", "--list"]) == 0
    out = capsys.readouterr().out
    for column in ("differentiable (", "constant (", "not supported ("):
        assert column in out
    assert "np.linalg.solve" in out
    assert "it counts, and counts jump:" in out
    assert max(map(len, out.splitlines())) <= 100


def test_the_list_in_json_has_a_row_for_every_function(capsys):
    assert main(["check", "--list", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["np.tanh"] == {"name": "np.tanh", "column": "differentiable", "reason": ""}
    assert rows["np.argmax"]["column"] == "constant"
    assert "index with v[...]" in rows["np.unique"]["reason"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--list", "--mutants"], "--list and --mutants do not go together"),
        (["--list", "--primitive", "tanh"], "--list and --primitive do not go together"),
        (["--list", "math:sin"], "--list and math:sin do not go together"),
        (["--list", "--html", "x.html"], "--list and --html do not go together"),
        (["--list", "--kinks"], "--list and --kinks do not go together"),
        (["--kinks", "--json"], "--kinks and --json do not go together"),
        (["--mutants", "--json"], "--mutants and --json do not go together"),
        (["--mutants", "--html", "x.html"], "--mutants and --html do not go together"),
    ],
)
def test_options_that_do_not_go_together_are_refused(capsys, words, said):
    with pytest.raises(SystemExit) as exit_:
        main(["check", *words])
    assert exit_.value.code == 2
    assert said in capsys.readouterr().err


def test_one_operation_may_be_checked(capsys):
    assert main(["check", "--primitive", "tanh", "--examples", "5"]) == 0
    assert "tanh  " in capsys.readouterr().out


def test_a_wrong_gradient_exits_with_1_and_the_smallest_example(capsys, monkeypatch):
    monkeypatch.setattr(TABLE["tanh"], "rules", (lambda g, y, x: g * (1 - y),))
    assert main(["check", "--primitive", "tanh"]) == 1
    printed = capsys.readouterr()
    assert "FAIL" in printed.out
    assert "tanh(): first derivative" in printed.err


def test_an_unknown_operation_is_named_with_the_nearest(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["check", "--primitive", "tahn"])
    assert exit_.value.code == 2
    assert "tanh" in capsys.readouterr().err


def test_planted_faults_are_counted(capsys):
    assert main(["check", "--mutants", "--primitive", "tanh"]) == 0
    last = capsys.readouterr().out.splitlines()[-1].split()
    assert last[:2] == ["in", "all"]
    planted, caught, proved, compared, survived = map(int, last[2:])
    assert planted == caught + proved + compared
    assert survived == 0


def test_a_fault_that_survives_is_named_and_exits_with_1(capsys, monkeypatch):
    monkeypatch.setattr("tinygrad_xor.testing.mutants.check_gradients", lambda *a, **how: None)
    assert main(["check", "--mutants", "--primitive", "tanh"]) == 1
    assert "tanh, rule 0: wrong sign" in capsys.readouterr().out


# -- the report --------------------------------------------------------------------------------


def test_json_has_the_numbers_of_every_operation_and_nothing_else_is_printed(capsys):
    assert main("check --primitive exp --examples 3 --order 1 --json".split()) == 0
    (result,) = json.loads(capsys.readouterr().out)
    assert (result["name"], result["page"], result["orders"]) == ("exp", "exponential", [1])
    assert result["modes"] == ["reverse", "forward"]
    assert result["dtypes"] == ["complex128", "float32", "float64"]
    assert result["examples"] >= 3
    assert 0 < result["worst"] < 10
    assert result["calls"] > 0 < result["comparisons"]


def test_the_seconds_are_those_that_went_by_and_not_those_of_all_processes_added():
    results = [Result(name, seconds=1000.0) for name in ("sin", "cos")]
    assert "in 2.5 s." in report_end(results, 2.5)
    assert "in 2.5 seconds" in page_of(results, 2.5)


def test_the_page_shows_every_derivative_and_loads_nothing(capsys, tmp_path):
    page = tmp_path / "page.html"
    assert main(["check", "--primitive", "exp", "--examples", "3", "--html", str(page)]) == 0
    html = page.read_text("utf-8")
    assert "all pass" in html
    assert html.count("<circle") > 10
    assert "http" not in html.replace("http://www.w3.org", "")
    assert f"Page: {page}" in capsys.readouterr().out


def test_the_page_of_a_wrong_rule_says_so_in_words(tmp_path, monkeypatch):
    monkeypatch.setattr(TABLE["tanh"], "rules", (lambda g, y, x: -g * (1 - y * y),))
    page = tmp_path / "page.html"
    assert main(["check", "--primitive", "tanh", "--html", str(page)]) == 1
    html = page.read_text("utf-8")
    assert "1 of 1 FAILED" in html
    assert "the sign is wrong" in html


# -- a function of one's own -------------------------------------------------------------------


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A module in the working folder, as a user has it."""
    (tmp_path / "own_module.py").write_text(
        "import numpy as np\n"
        "from tinygrad_xor.engine import TABLE\n"
        "def entropy(p): return -np.sum(p * np.log(p))\n"
        "def d_entropy(p): return -np.log(p) - 1\n"
        "def wrong(p): return -np.log(p)\n"
        "def layer(W, x): return np.tanh(W @ x)\n"
        "tanh = TABLE['tanh']\n"
        "number = 3\n",
        "utf-8",
    )
    (tmp_path / "broken.py").write_text("1 / 0\n", "utf-8")
    (tmp_path / "ends.py").write_text("raise SystemExit(3)\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    yield lambda *words: main(["check", *words, "--examples", "4"])
    sys.modules.pop("own_module", None)


def test_a_function_is_drawn_arguments_in_its_domain(own, capsys):
    assert own("own_module:entropy", "--domain", "positive") == 0
    assert "  entropy" in capsys.readouterr().out


def test_a_gradient_written_by_hand_is_checked(own, capsys):
    how = ("own_module:entropy", "--domain", "positive", "--gradient")
    assert own(*how, "own_module:d_entropy") == 0
    assert own(*how, "own_module:wrong") == 1
    assert "the gradient function gives" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["./own_module.py", "{folder}/own_module.py", "own_module"])
def test_a_module_is_named_or_its_file_is(own, tmp_path, place):
    target = f"{place.format(folder=tmp_path)}:entropy"
    assert own(target, "--domain", "positive") == 0


def test_a_file_finds_the_modules_beside_it(own, tmp_path, monkeypatch):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "beside.py").write_text("two = 2.0\n", "utf-8")
    (folder / "twice.py").write_text("from beside import two\ndef f(x): return two * x\n", "utf-8")
    path = list(sys.path)
    assert own("folder/twice.py:f") == 0
    assert sys.path == path
    for name in ("beside", "twice"):
        monkeypatch.delitem(sys.modules, name)


def test_a_bar_shows_how_far_a_search_for_planted_faults_is(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert main(["check", "--mutants", "--primitive", "tanh", "--examples", "4"]) == 0
    assert "/1 operations [" in capsys.readouterr().err


def test_shapes_may_be_given(own):
    assert own("own_module:layer", "--shape", "2,3", "--shape", "3") == 0


def test_a_primitive_of_ones_own_is_checked_as_those_of_the_table(own, capsys):
    assert own("own_module:tanh") == 0
    assert "f4 f8 c16" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    {
        "shapes": (["own_module:layer"], ". Say what it takes with --shape"),
        "name": (["own_module:entrpy"], "did you mean 'entropy'"),
        "number": (["own_module:number"], "unknown function in own_module"),
        "none": (["own_module:zzzz"], "unknown function in own_module 'zzzz': there are "),
        "module": (["no_such_module:f"], "No module named 'no_such_module'"),
        "form": (["own_module"], "not of the form module:function or file.py:function"),
        "relative": ([".own_module:entropy"], "not of the form module:function or file.py"),
        "no file": (["./none.py:f"], "cannot import ./none.py: FileNotFoundError"),
        "broken": (["./broken.py:f"], "cannot import ./broken.py: ZeroDivisionError: division by"),
        "ends": (["ends:f"], "cannot import ends: SystemExit: 3"),
        "domain": (["own_module:entropy", "--domain", "positiv"], "did you mean 'positive'"),
        "shape": (["own_module:entropy", "--shape", "a"], "'a' is not a shape such as 2,3"),
        "negative": (["own_module:entropy", "--shape=-1"], "'-1' is not a shape such as 2,3"),
        "empty": (["own_module:entropy", "--shape", "0,3"], "'0,3' is not a shape"),
        "both": (["own_module:entropy", "--primitive", "tanh"], "not both"),
        "nothing": (["--shape", "2"], "are for a function of your own: name it"),
        "page": (
            ["own_module:entropy", "--domain", "positive", "--html", "own_module.py/page"],
            "cannot write to own_module.py/page",
        ),
        "mutants": (["own_module:entropy", "--mutants"], "is not a primitive"),
    }.values(),
    ids=lambda case: None,
)
def test_what_cannot_be_checked_is_one_clear_sentence(own, capsys, words, said):
    with pytest.raises(SystemExit) as exit_:
        own(*words)
    assert exit_.value.code == 2
    assert said in capsys.readouterr().err
