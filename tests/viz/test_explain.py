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
    assert "  v2 = x × w = 2 × (−3) = −6" in lines
    assert "  h = tanh(v2) = tanh(−6) = −1" in lines
    assert lines.index("Forward") < lines.index("Backward") < lines.index("Gradients")
    (edge,) = [line for line in lines if line.startswith("  ∂h/∂v2 +=")]
    assert edge == "  ∂h/∂v2 += ∂h/∂h · (1 − h²) = 1 × 2.458e−05 = 2.458e−05"
    assert "  ∂h/∂x += ∂h/∂v2 · w = 2.458e−05 × (−3) = −7.373e−05" in lines


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
    assert lines.count("  ∂v1/∂x += ∂v1/∂v1 · x = 1 × 3 = 3") == 2
    assert "  ∂v1/∂x = 6" in lines


def test_arrays_have_formulas_and_shapes():
    x, w = Value(np.ones((4, 2)), "X"), Value(np.ones((2, 3)), "W")
    lines = explain((x @ w).sum()).splitlines()
    assert "  ∂v3/∂W += Xᵀ @ ∂v3/∂v2 = [[4, 4, 4], [4, 4, 4]]" in lines
    assert "  v2 = X @ W = (4, 3): all 2" in lines


def test_an_array_as_result_has_no_backward_pass_and_a_sentence_says_so():
    text = explain(Value([1.0, 2.0], "v") * 2.0)
    assert "No backward pass: v1 has shape (2,)" in text
    assert "∂" not in text


def test_equal_labels_are_told_apart():
    text = explain(Value(1.0, "x") * Value(2.0, "x"))
    assert "v2 = x(v0) × x(v1) = 1 × 2 = 2" in text


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


def test_what_cannot_be_explained_is_refused():
    for what in ([3.0], []):
        with pytest.raises(TypeError, match="explains a Value, a Program, or a function"):
            explain(*what)
    with pytest.raises(TypeError, match=r"a function is drawn at some arguments: draw\(f"):
        explain(np.tanh)


def test_a_negative_base_stands_in_brackets():
    assert "a² = (−3)² = 9" in explain(Value(-3.0, "a") ** 2)


def test_arrays_that_are_no_values_have_a_name_a_line_and_a_place_in_formulas():
    a, b = Value([1.0, 2.0], "a"), Value([3.0, 4.0], "c1")
    lines = explain(
        (np.where(np.array([True, False]), a, b) * np.array([5.0, 6.0])).sum()
    ).splitlines()
    assert lines.index("  c2 = [1, 0] (constant)") < lines.index("  v2 = where(c2, a, c1) = [1, 4]")
    assert "  c3 = [5, 6] (constant)" in lines
    assert "  ∂v4/∂v2 += ∂v4/∂v3 · c3 = [5, 6]" in lines
    assert "  ∂v4/∂a += where(c2, ∂v4/∂v2, 0) = [5, 0]" in lines


def test_no_formula_uses_a_name_that_has_no_line():
    x = Value(np.ones((2, 3)), "the weights of the first layer")
    y = Value(np.ones((2, 3)), "x")
    text = explain((x * y * np.arange(6.0).reshape(2, 3)).sum())
    assert "  v0 = [[1, 1, 1], [1, 1, 1]] (leaf: the weights of the first layer)" in text
    assert "∂v4/∂v0 += ∂v4/∂v2 · x = " in text
    assert "∂v4/∂x += ∂v4/∂v2 · v0 = " in text


def test_einsum_has_its_subscripts_forward_and_backward():
    a = Value(np.ones((2, 3)), "A")
    text = explain(np.einsum("ij,kj->ik", a, np.ones((4, 3))).sum())
    assert "v1 = einsum('ij,kj->ik', A, c1) = (2, 4): all 3" in text
    assert "∂v2/∂A += einsum('ik,kj->ij', ∂v2/∂v1, c1) = [[4, 4, 4], [4, 4, 4]]" in text


def test_complex_numbers_stand_in_brackets_and_have_their_arithmetic():
    text = explain(np.abs(Value(2.0, "x") * (1 + 2j)))
    assert "v1 = x × (1 + 2i) = 2 × (1 + 2i) = 2 + 4i" in text
    assert "∂v2/∂v1 += ∂v2/∂v2 · conjugate(v1 / |v1|) = 0.4472 − 0.8944i" in text
    assert "∂v2/∂x += ∂v2/∂v1 · (1 + 2i) = 2.236" in text


def test_a_complex_result_has_no_backward_pass_and_a_sentence_says_what_to_take():
    z = Value(1 + 2j, "z")
    assert "v1 is complex, and gradients are of one real number. Take np.real(v)" in explain(z * 2)
    assert "комплексное" in explain(z * 2, lang="ru")


def test_a_label_that_is_no_single_word_stands_in_brackets_among_signs():
    x, y = Value(2.0, "x"), Value(3.0, "a // b")
    s = x + y
    s.label = "b+c"
    lines = explain(s * y).splitlines()
    assert "  b+c = x + (a // b) = 2 + 3 = 5" in lines
    assert "  v3 = (b+c) × (a // b) = 5 × 3 = 15" in lines
    assert "  ∂v3/∂(b+c) += ∂v3/∂v3 · (a // b) = 1 × 3 = 3" in lines
    assert "  ∂v3/∂x += ∂v3/∂(b+c) = 3" in lines


def test_signs_and_indices_are_written_as_in_code():
    x = Value(np.arange(6.0).reshape(2, 3), "X")
    text = explain((-np.abs(x[0, 1:])).sum())
    for line in ("v1 = X[0, 1:] = [1, 2]", "v2 = |v1| = [1, 2]", "v3 = −v2 = [−1, −2]"):
        assert line in text
    assert "v1 = −x = −3" in explain(-Value(3.0, "x"))


def test_an_output_and_an_input_of_one_label_are_told_apart_in_the_formula():
    x = Value(0.5, "x")
    y = np.tanh(x)
    y.label = "x"
    assert "∂x(v1)/∂x(v0) += ∂x(v1)/∂x(v1) · (1 − x(v1)²) = " in explain(y)


def test_what_gets_nothing_has_no_arithmetic():
    text = explain(np.where(np.bool_(True), Value(2.0, "x"), Value(3.0, "y")))
    assert "  ∂v2/∂y += 0\n" in text
