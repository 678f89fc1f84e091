"""``tinygrad-xor check`` as a user runs it."""

import pytest

from tinygrad_xor.cli.main import main
from tinygrad_xor.engine import TABLE


def test_the_list_has_every_column_and_the_reasons(capsys):
    assert main(["check", "--list"]) == 0
    out = capsys.readouterr().out
    for column in ("differentiable (", "constant (", "not supported ("):
        assert column in out
    assert "np.linalg.solve" in out
    assert "it counts, and counts jump:" in out
    assert max(map(len, out.splitlines())) <= 100


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
    assert "tanh, rule 0: wrong_sign" in capsys.readouterr().out
