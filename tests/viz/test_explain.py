"""The chain rule in words: every operation, every edge, with its arithmetic."""

import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.viz import explain


def example():
    x, w = Value(2.0, "x"), Value(-3.0, "w")
    h = np.tanh(x * w)
    h.label = "h"
    return x, w, h


def test_each_operation_and_each_edge_has_a_line_with_the_arithmetic():
    lines = explain(example()[2]).splitlines()
    assert "  v3 = x × w = 2 × (−3) = −6" in lines
    assert "  h = tanh(v3) = tanh(−6) = −1" in lines
    assert lines.index("Forward") < lines.index("Backward") < lines.index("Gradients")
    (edge,) = [line for line in lines if line.startswith("  ∂h/∂v3 +=")]
    assert edge == "  ∂h/∂v3 += ∂h/∂h · (1 − h²) = 1 × 2.458e−05 = 2.458e−05"
    assert "  ∂h/∂x += ∂h/∂v3 · w = 2.458e−05 × (−3) = −7.373e−05" in lines


def test_it_speaks_russian():
    text = explain(example()[2], lang="ru")
    for word in ("Прямой проход", "Обратный проход", "Градиенты", "(лист)"):
        assert word in text
    assert "leaf" not in text
    with pytest.raises(ValueError, match="there is no lang='de'"):
        explain(example()[2], lang="de")


def test_no_gradient_is_read_or_changed():
    x, _, h = example()
    x.grad = 7.0
    before = explain(h)
    assert x.grad == 7.0
    h.backward()
    assert explain(h) == before


def test_a_prompt_shows_lines():
    assert repr(explain(Value(1.0, "x"))) == str(explain(Value(1.0, "x")))


def test_a_value_used_twice_has_two_lines():
    x = Value(3.0, "x")
    lines = explain(x * x).splitlines()
    assert lines.count("  ∂v2/∂x += ∂v2/∂v2 · x = 1 × 3 = 3") == 2
    assert "  ∂v2/∂x = 6" in lines


def test_arrays_have_formulas_and_shapes():
    x, w = Value(np.ones((4, 2)), "X"), Value(np.ones((2, 3)), "W")
    lines = explain((x @ w).sum()).splitlines()
    assert "  ∂v4/∂W += Xᵀ @ ∂v4/∂v3, (2, 3)" in lines
    assert "  v3 = X @ W = (4, 3): all 2" in lines


def test_an_array_as_result_has_no_backward_pass_and_a_sentence_says_so():
    text = explain(Value([1.0, 2.0], "v") * 2.0)
    assert "No backward pass: v2 has shape (2,)" in text
    assert "∂" not in text


def test_equal_labels_are_told_apart():
    text = explain(Value(1.0, "x") * Value(2.0, "x"))
    assert "v3 = x(v1) × x(v2) = 1 × 2 = 2" in text


def test_infinities_and_empty_arrays_are_explained():
    with np.errstate(all="ignore"):
        assert "inf" in explain(1.0 / Value(0.0, "x"))
    assert "(0, 3): empty" in explain(Value(np.zeros((0, 3)), "e").sum())


def test_leaves_without_a_gradient_say_so():
    assert "= no gradient" in explain(np.floor(Value(1.5, "x")) * 2.0) or "= 0" in explain(
        np.floor(Value(1.5, "x")) * 2.0
    )


def test_a_graph_too_long_to_explain_is_counted():
    y = Value(1.0)
    for _ in range(1000):
        y = y * 2.0
    assert explain(y).startswith("1000 operations are too many to explain one by one: 1000 ×")


def test_what_is_no_value_is_refused():
    with pytest.raises(TypeError, match="not float"):
        explain(3.0)


def test_a_negative_base_stands_in_brackets():
    assert "a ^ 2 = (−3) ^ 2 = 9" in explain(Value(-3.0, "a") ** 2)
