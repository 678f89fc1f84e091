"""The proof that the gradient check can fail: wrong rules are planted, and every one is caught."""

import functools

import hypothesis
import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.engine import TABLE
from tinygrad_xor.testing import GradientError, compare
from tinygrad_xor.testing import strategies as gst
from tinygrad_xor.testing.report import check_entry


def wrong_sign(rule):
    return lambda g, z, *xs, **p: -rule(g, z, *xs, **p)


def factor_of_two(rule):
    return lambda g, z, *xs, **p: 2 * rule(g, z, *xs, **p)


def missing_term(rule):
    """The first element of the incoming gradient is forgotten."""

    def wrong(g, z, *xs, **p):
        g = np.array(g)
        if g.size:
            g.flat[0] = 0
        return rule(g, z, *xs, **p)

    return wrong


def missing_gradient(rule):
    return lambda g, z, *xs, **p: 0 * rule(g, z, *xs, **p)


def inputs_swapped(rule):
    """The next input in place of each; the output in place of a single input."""

    def wrong(g, z, *xs, **p):
        swapped = (*xs[1:], xs[0]) if len(xs) > 1 else (z,)
        return rule(g, xs[0] if len(xs) == 1 else z, *swapped, **p)

    return wrong


FAULTS = [wrong_sign, factor_of_two, missing_term, missing_gradient, inputs_swapped]

CASES = [
    (name, i, fault)
    for name, entry in TABLE.items()
    if isinstance(entry.rules, tuple)
    for i, rule in enumerate(entry.rules)
    if rule is not None
    for fault in FAULTS
]


@pytest.fixture
def with_rule(monkeypatch):
    """Replace one rule of one entry, for one test."""

    def replace(entry, i, rule):
        rules = list(entry.rules)
        rules[i] = rule
        monkeypatch.setattr(entry, "rules", tuple(rules))

    return replace


@functools.cache
def examples_of(entry):
    """Calls of the entry, as the check draws them."""
    calls = []
    for dtype in [np.float64, np.complex128] if gst.takes_complex(entry) else [np.float64]:

        @hypothesis.settings(max_examples=30, phases=[hypothesis.Phase.generate])
        @hypothesis.given(gst.calls(entry, dtype))
        def draw(call):
            calls.append(call)

        draw()
    return calls


def result_of(rule, call, i):
    """What a rule gives for a call, as its input takes it; None where it raises."""
    raw = [x.data if type(x) is Value else x for x in call.inputs]
    try:
        g = rule(call.g, call.entry.function(*raw, **call.params), *raw, **call.params)
    except (ValueError, IndexError, TypeError):
        return None
    return g if np.iscomplexobj(raw[i]) else np.real(g)


def same(a, b):
    """Whether two gradients are one, up to leading axes of length 1, which the engine drops."""
    return b is not None and np.size(a) == np.size(b) and np.allclose(np.ravel(a), np.ravel(b))


@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")
@pytest.mark.parametrize(
    ("name", "i", "fault"), CASES, ids=[f"{n}-{i}-{f.__name__}" for n, i, f in CASES]
)
def test_a_wrong_rule_is_rejected_or_changes_nothing(name, i, fault, with_rule):
    entry = TABLE[name]
    right, wrong = entry.rules[i], fault(entry.rules[i])
    calls = examples_of(entry)
    with_rule(entry, i, wrong)
    rejected = False
    for call in calls:
        try:
            compare(call, call.leaves, call.g)
        except (GradientError, ValueError, IndexError, TypeError):
            rejected = True  # a gradient of a wrong shape is an error at once
            break
    assert rejected or all(same(result_of(right, c, i), result_of(wrong, c, i)) for c in calls)


def test_the_message_has_the_smallest_example(with_rule):
    entry = TABLE["multiply"]
    with_rule(entry, 0, wrong_sign(entry.rules[0]))
    failure = check_entry(entry, examples=30, seed=0).failure
    assert "multiply: the derivative by argument 0" in failure
    assert "by the rule" in failure
    assert "by central differences" in failure


def test_a_missing_sum_over_broadcasting_is_an_error_with_both_shapes(with_rule):
    entry = TABLE["reshape"]
    with_rule(entry, 0, lambda g, y, x, shape, order="C": g)
    with pytest.raises(ValueError, match=r"rule of reshape returned .*\(2, 2\) for .*\(4,\)"):
        Value(np.ones(4)).reshape(2, 2).sum().backward()
