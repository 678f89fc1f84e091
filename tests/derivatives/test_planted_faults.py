"""The proof that the gradient check can fail: wrong rules are planted, and every one is caught."""

import functools

import hypothesis
import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.engine import TABLE, Primitive
from tinygrad_xor.testing import faults
from tinygrad_xor.testing.faults import FAULTS, drawn_calls, mutants
from tinygrad_xor.testing.report import check_entry


@pytest.fixture
def with_rule(monkeypatch):
    """Replace one rule of one entry, for one test."""

    def replace(entry, i, rule):
        rules = list(entry.rules)
        rules[i] = rule
        monkeypatch.setattr(entry, "rules", tuple(rules))

    return replace


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize("entry", TABLE.values(), ids=TABLE)
def test_every_fault_in_every_rule_is_caught_or_changes_nothing(entry):
    before = entry.rules
    calls = drawn_calls(entry, max(6, hypothesis.settings().max_examples))
    planted = list(mutants(entry, calls))
    assert [m for m in planted if m.verdict == "survived"] == []
    assert {m.fault for m in planted} == {fault.__name__ for fault in FAULTS}
    assert entry.rules is before


@functools.cache
def many_calls(name):
    return drawn_calls(TABLE[name], 40)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_every_fault_changes_something_somewhere(fault, monkeypatch):
    monkeypatch.setattr(faults, "FAULTS", [fault])
    names = "multiply matmul softmax relu power sum reshape cumsum".split()
    verdicts = [m.verdict for n in names for m in mutants(TABLE[n], many_calls(n))]
    assert "caught" in verdicts


def test_what_changes_nothing_is_called_equivalent_and_what_is_not_seen_survives(monkeypatch):
    add = TABLE["add"]
    assert isinstance(add, Primitive)
    calls = drawn_calls(add, 10)
    verdicts = {(m.rule, m.fault): m.verdict for m in mutants(add, calls)}
    assert verdicts[0, "wrong_input"] == "equivalent"  # add's rules do not look at their inputs
    assert verdicts[0, "wrong_sign"] == "caught"
    monkeypatch.setattr(faults, "check_gradients", lambda *args, **how: None)
    verdicts = {(m.rule, m.fault): m.verdict for m in mutants(add, calls)}
    assert verdicts[0, "wrong_sign"] == "survived"


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
