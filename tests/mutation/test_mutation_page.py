"""The page of mutation testing is what its figures and its reasons give."""

import json

import measure
import pytest


def test_the_committed_page_is_what_the_figures_and_the_reasons_give():
    page = measure.PAGE.read_text("utf-8")
    assert page == measure.page(), "run python tests/mutation/measure.py page"


def test_reasons_that_do_not_add_up_to_the_survivors_are_refused(tmp_path, monkeypatch):
    figures = json.loads(measure.FIGURES.read_text("utf-8"))
    figures["engine"]["files"]["new"] = {"functions": 5, "functions killed": 4}
    changed = tmp_path / "figures.json"
    changed.write_text(measure.written(figures), "utf-8")
    assert json.loads(changed.read_text("utf-8")) == figures
    monkeypatch.setattr(measure, "FIGURES", changed)
    with pytest.raises(
        SystemExit, match=r"engine: 32 mutants survive, equivalent\.toml explains 31"
    ):
        measure.page()


def test_a_composition_is_written_as_a_call_after_its_function(tmp_path):
    source = (
        "@composed(\n    np.cov,\n    domain=real,\n)\ndef cov(m):\n    return m @ m.T\n\n\n"
        "@cache\ndef f():\n    pass\n"
    )
    file = tmp_path / "page.py"
    file.write_text(source, "utf-8")
    assert measure.undecorated(file) == {"cov"}
    assert file.read_text("utf-8") == (
        "def cov(m):\n    return m @ m.T\ncov = composed(np.cov, domain=real)(cov)\n\n\n"
        "@cache\ndef f():\n    pass\n"
    )


def test_mutants_of_functions_and_of_compositions_are_counted_by_themselves():
    ends = {
        "p.x_f__mutmut_1": "killed",
        "p.x_f__mutmut_2": "survived",
        "p.x_cov__mutmut_1": "timeout",
    }
    assert measure.counted(ends, {"cov"}) == {
        "functions": 2,
        "functions killed": 1,
        "compositions": 1,
        "compositions killed": 1,
    }


def test_a_run_that_is_not_complete_is_refused():
    printed = "    tinygrad_xor.engine.modes.x_quiet__mutmut_1: not checked\n"
    with pytest.raises(SystemExit, match=r"not complete: \{'not checked'\}"):
        measure.results(printed, "engine", "modes")
    with pytest.raises(SystemExit, match="no mutants"):
        measure.results("", "engine", "modes")
