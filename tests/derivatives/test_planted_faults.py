"""The proof that the gradient check can fail: wrong rules are planted, and every one is caught."""

import hypothesis
import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.engine import TABLE
from tinygrad_xor.testing import GradientError, faults
from tinygrad_xor.testing.checks import check_entry
from tinygrad_xor.testing.faults import FAULTS
from tinygrad_xor.testing.mutants import CAUGHT, COMPARED, PROVED, SURVIVED, mutants

#: With the thorough profile every entry of the table, else every twelfth of them, to be quick.
ENTRIES = list(TABLE.values())[:: 1 if hypothesis.settings().max_examples >= 12 else 12]


@pytest.fixture
def with_rule(monkeypatch):
    """Replace one rule of one entry, for one test."""

    def replace(entry, i, rule):
        rules = list(entry.rules)
        rules[i] = rule
        monkeypatch.setattr(entry, "rules", tuple(rules))

    return replace


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_fault_in_every_rule_is_caught_or_changes_nothing(entry):
    before = entry.rules
    planted = list(mutants(entry, examples=6, times=1))
    assert [m for m in planted if m.verdict == SURVIVED] == []
    assert {m.fault for m in planted} == {fault.__name__ for fault in FAULTS}
    assert entry.rules is before


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_every_fault_is_caught_somewhere(fault, monkeypatch):
    monkeypatch.setattr(faults, "FAULTS", [fault])
    names = "multiply matmul relu power sum cumsum".split()
    verdicts = {m.verdict for name in names for m in mutants(TABLE[name], 10, times=1)}
    assert CAUGHT in verdicts


def verdicts(name, **how):
    return {(m.rule, m.fault): m.verdict for m in mutants(TABLE[name], 10, **how)}


def test_a_fault_in_what_a_rule_does_not_read_is_proved_to_change_nothing():
    found = verdicts("add")
    for fault in ("wrong_input", "wrong_axis", "wrong_branch"):
        assert found[0, fault] == PROVED
    assert found[0, "wrong_sign"] == CAUGHT


def test_what_cannot_be_proved_is_compared():
    assert verdicts("floor")[0, "wrong_sign"] == COMPARED  # the derivative is zero
    assert verdicts("exp")[0, "wrong_branch"] == COMPARED  # the rule reads the output only
    assert verdicts("multiply")[0, "output_for_input"] == COMPARED  # it reads the other input


def test_what_the_checker_lets_pass_survives(monkeypatch):
    monkeypatch.setattr("tinygrad_xor.testing.mutants.check_gradients", lambda *a, **how: None)
    assert verdicts("add", times=1)[0, "wrong_sign"] == SURVIVED


def test_a_right_rule_that_the_checker_rejects_is_an_error(monkeypatch):
    monkeypatch.setattr(TABLE["tanh"], "rules", (lambda g, y, x: g * (1 - y),))
    with pytest.raises(GradientError):
        list(mutants(TABLE["tanh"], 20))


def test_the_message_has_the_smallest_example(with_rule):
    entry = TABLE["multiply"]
    with_rule(entry, 0, faults.wrong_sign(entry.rules[0]))
    failure = check_entry(entry, examples=30, seed=0).failure
    assert failure.startswith("multiply(): first derivative, reverse mode, by argument 0: ")
    assert "the sign is wrong" in failure
    assert "argument 0 = 0." in failure
    assert "argument 1 = 0.01" in failure


def test_a_missing_sum_over_broadcasting_is_an_error_with_both_shapes(with_rule):
    entry = TABLE["reshape"]
    with_rule(entry, 0, lambda g, y, x, shape, order="C": g)
    with pytest.raises(ValueError, match=r"rule of reshape returned .*\(2, 2\) for .*\(4,\)"):
        Value(np.ones(4)).reshape(2, 2).sum().backward()
