"""Trees as vectors and back, on arrays and on Values."""

import numpy as np
import pytest

from tinygrad_xor import Value, grad, ravel_pytree, value_and_grad

TREE = {"w": np.arange(6.0).reshape(2, 3), "b": [0.5, (np.array([7.0, 8.0]),)], "none": None}


def test_a_tree_comes_back_from_its_vector():
    vector, unravel = ravel_pytree(TREE)
    assert vector.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 0.5, 7.0, 8.0]
    again = unravel(vector)
    assert list(again) == ["w", "b", "none"]
    assert np.array_equal(again["w"], TREE["w"])
    assert again["b"][0] == 0.5
    assert type(again["b"][0]) is float
    assert np.array_equal(again["b"][1][0], [7.0, 8.0])
    assert again["none"] is None


def test_a_tree_of_nothing_is_a_vector_of_nothing():
    vector, unravel = ravel_pytree([])
    assert vector.shape == (0,)
    assert unravel(vector) == []


def test_a_vector_of_another_length_is_refused_with_both():
    _, unravel = ravel_pytree(TREE)
    for wrong in (np.zeros(8), np.zeros((9, 1)), 1.0):
        with pytest.raises(ValueError, match=r"this tree has 9 numbers: .* of shape \(9,\), not"):
            unravel(wrong)


def test_leaves_keep_their_dtype_and_the_vector_holds_all():
    tree = [np.ones(2, np.float32), np.ones(1), np.arange(2)]
    vector, unravel = ravel_pytree(tree)
    assert vector.dtype == np.float64
    assert [x.dtype for x in unravel(vector)] == [np.float32, np.float64, np.float64]
    single, unravel = ravel_pytree([np.ones(2, np.float32), np.float32(3)])
    assert single.dtype == np.float32
    assert unravel(single)[1].dtype == np.float32
    mixed, unravel = ravel_pytree([1j, 2.0])
    assert mixed.tolist() == [1j, 2.0]
    assert unravel(mixed) == [1j, 2.0]


def test_both_directions_are_differentiated():
    def loss(tree):
        return np.sum(tree["w"] ** 2) * tree["b"][0] + np.sum(tree["b"][1][0])

    vector, unravel = ravel_pytree(TREE)
    expected, _ = ravel_pytree(grad(loss)(TREE))
    assert np.array_equal(grad(lambda v: loss(unravel(v)))(vector), expected)
    down = grad(lambda w: np.sum(ravel_pytree([w, 2.0 * w])[0] * np.arange(4.0)))
    assert down(np.array([1.0, 1.0])).tolist() == [4.0, 7.0]
    leaf = Value(vector)
    loss(unravel(leaf)).backward()
    assert np.array_equal(leaf.grad, expected)


def test_a_vector_is_what_the_optimizers_of_scipy_take():
    optimize = pytest.importorskip("scipy.optimize")
    start, unravel = ravel_pytree({"a": 3.0, "b": np.array([-1.0, 2.0])})

    def loss(vector):
        tree = unravel(vector)
        return (tree["a"] - 1.0) ** 2 + np.sum((tree["b"] - tree["a"]) ** 2)

    found = optimize.minimize(value_and_grad(loss), start, jac=True, method="BFGS")
    np.testing.assert_allclose(found.x, [1.0, 1.0, 1.0], atol=1e-5)
