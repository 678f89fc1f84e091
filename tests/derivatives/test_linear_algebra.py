"""Linear algebra: where formulas break down, and what NumPy's functions return."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value, grad, hessian
from tinygrad_xor.derivatives._matrices import diagonal_matrix, symmetrized
from tinygrad_xor.engine.domains import symmetric
from tinygrad_xor.testing import check_gradients
from tinygrad_xor.testing import strategies as gst

A = np.array([[2.0, 1.0], [1.0, 3.0]])


@pytest.mark.parametrize(
    "singular", [np.array([[1.0, 2.0], [2.0, 4.0]]), np.diag([1.0, 2.0, 0.0]), np.zeros((2, 2))]
)
def test_the_determinant_of_a_singular_matrix_has_its_cofactors_as_gradient(singular):
    check_gradients(np.linalg.det, singular, order=1)
    check_gradients(np.linalg.det, np.stack([singular, np.eye(len(singular))]), order=1)


@given(st.data())
def test_functions_of_symmetric_matrices_have_symmetric_gradients(data):
    a = data.draw(gst.arrays((3, 3), symmetric))
    for function in (
        lambda a: np.sum(np.linalg.eigvalsh(a) ** 2),
        lambda a: np.linalg.eigh(a)[1][0, 0],
        lambda a: np.linalg.cholesky(a)[2, 0],
    ):
        g = grad(function)(a)
        assert np.allclose(g, g.T)


def test_the_gradient_of_an_eigenvalue_is_the_product_of_its_vector_with_itself():
    vector = np.linalg.eigh(A)[1][:, 0]
    assert np.allclose(grad(lambda a: np.linalg.eigvalsh(a)[0])(A), np.outer(vector, vector))


def test_results_of_several_arrays_are_numpys_named_tuples():
    v = Value(A)
    assert np.linalg.eigh(v)._fields == ("eigenvalues", "eigenvectors")
    assert np.linalg.svd(v)._fields == ("U", "S", "Vh")
    assert np.linalg.qr(v)._fields == ("Q", "R")
    assert np.linalg.slogdet(v)._fields == ("sign", "logabsdet")


@pytest.mark.parametrize("function", [np.linalg.eigh, np.linalg.svd, np.linalg.qr, np.linalg.eig])
def test_what_only_one_of_the_results_is_used_for_is_right(function):
    def used(a, i):
        return np.sin(function((a + a.T) / 2 if function is np.linalg.eigh else a)[i]).sum()

    for i in (0, 1):
        check_gradients(lambda a, i=i: used(a, i), np.array([[2.0, 1.0], [0.5, 3.0]]))


@pytest.mark.parametrize("function", [np.linalg.eigh, np.linalg.eigvalsh, np.linalg.cholesky])
def test_a_matrix_of_which_numpy_would_read_one_triangle_is_refused(function):
    with pytest.raises(np.linalg.LinAlgError, match=r"triangles differ by 0\.5.*\(a \+ a\.T\) / 2"):
        function(Value([[2.0, 1.0], [0.5, 3.0]]))


def test_values_that_are_well_defined_have_gradients_where_vectors_have_none():
    assert np.allclose(grad(lambda a: np.sum(np.linalg.eigh(a)[0]))(np.eye(2)), np.eye(2))
    assert np.allclose(
        grad(lambda a: np.linalg.svd(a)[1][0])(np.diag([2.0, 0.0])), [[1, 0], [0, 0]]
    )


def test_a_stack_of_matrices_is_solved_for_one_vector():
    a = np.stack([np.eye(2), 2 * np.eye(2)])
    g = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert np.allclose(grad(lambda b: np.sum(np.linalg.solve(a, b) * g))(np.ones(2)), [2.5, 4.0])


@given(st.data())
def test_the_determinant_of_a_singular_matrix_has_right_second_derivatives_too(data):
    column, row = (data.draw(gst.arrays(shape)) for shape in ((3, 1), (1, 3)))
    entries = [(0, 0), (1, 2)]
    exact = hessian(np.linalg.det)(column @ row)
    assert np.allclose(exact[0, 0, 1, 1], (column @ row)[2, 2])
    assert np.allclose(exact[0, 0, 0, :], 0.0)
    assert np.allclose(exact[entries[0] + entries[1]], -(column @ row)[2, 1])


def test_singular_vectors_that_have_no_derivative_are_refused():
    with pytest.raises(ValueError, match=r"shape \(3, 2\).*pass full_matrices=False"):
        np.linalg.svd(Value(np.ones((3, 2))))
    with pytest.raises(ValueError, match="the modes 'reduced' and 'r', not 'complete'"):
        np.linalg.qr(Value(np.ones((3, 2))), mode="complete")


def test_a_singular_matrix_is_what_numpy_says_it_is():
    with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
        np.linalg.inv(Value(np.zeros((2, 2))))


def test_norms_of_zero_have_the_derivative_zero():
    for norm in (
        np.linalg.norm,
        lambda x: np.linalg.norm(x, 3),
        lambda x: np.linalg.norm(x, 1),
        np.std,
    ):
        assert grad(norm)(np.zeros(3)).tolist() == [0.0, 0.0, 0.0]


def test_the_hessian_of_log_det_is_known():
    inverse = np.linalg.inv(A)
    expected = -np.einsum("ij,kl->jkli", inverse, inverse)
    assert np.allclose(hessian(lambda a: np.linalg.slogdet(a)[1])(A), expected)


# -- what the formulas share -------------------------------------------------------------------


def test_a_matrix_counts_as_symmetric_by_its_own_scale_also_when_it_is_zero_or_empty():
    for matrix in (np.zeros((0, 0)), np.zeros((2, 2)), np.array([[1.0, 2.0], [2.0001, 3.0]])):
        assert np.array_equal(symmetrized(matrix), (matrix + matrix.T) / 2)
    for scale in (1e-6, 1.0, 1e6):
        with pytest.raises(np.linalg.LinAlgError) as error:
            symmetrized(scale * np.array([[0.0, 1.0], [0.0, 0.0]]))
        assert str(error.value) == (
            f"the matrix is not symmetric: its triangles differ by {scale:.3g}. Pass "
            "(a + a.T) / 2, or np.tril(a) + np.tril(a, -1).T to read the lower one"
        )


def test_a_stack_of_diagonals_becomes_a_stack_of_matrices():
    d = np.arange(24.0).reshape(2, 3, 4)
    matrices = diagonal_matrix(d)
    assert np.array_equal(np.diagonal(matrices, axis1=-2, axis2=-1), d)
    assert np.count_nonzero(matrices) == 23
