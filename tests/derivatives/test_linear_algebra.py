"""Linear algebra: where formulas break down, and what NumPy's functions return."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value, grad, hessian, jvp
from tinygrad_xor.derivatives._matrices import diagonal_matrix, symmetrized
from tinygrad_xor.engine.sampling import symmetric
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


def test_vectors_of_equal_eigenvalues_have_no_derivative_and_do_not_pretend_to_have_one():
    def of_vectors(a, b):
        return np.sum(np.linalg.eigh(a)[1] * b)

    direction = np.array([[0.0, 1.0], [2.0, 0.0]])
    with np.errstate(all="ignore"):
        assert not np.all(np.isfinite(grad(of_vectors)(np.eye(2), direction)))
        nothing = np.zeros((2, 2))
        _, moved = jvp(lambda b: grad(of_vectors)(np.eye(2), b), (nothing,), (direction,))
        assert not np.all(np.isfinite(moved))


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
        lambda x: np.linalg.norm(x, 2.5),
        np.std,
    ):
        assert grad(norm)(np.zeros(3)).tolist() == [0.0, 0.0, 0.0]


def test_the_hessian_of_log_det_is_known():
    inverse = np.linalg.inv(A)
    expected = -np.einsum("ij,kl->jkli", inverse, inverse)
    assert np.allclose(hessian(lambda a: np.linalg.slogdet(a)[1])(A), expected)


# -- every shape -------------------------------------------------------------------------------


def some(*shape):
    """Numbers without a pattern; matrices among them are far from singular."""
    numbers = np.sin(np.arange(1.0, 1 + np.prod(shape)) ** 2).reshape(shape)
    return numbers + 2 * np.eye(*shape[-2:]) if len(shape) > 1 else numbers


def check(call, array):
    """NumPy's numbers, and right gradients."""
    result = call(Value(array))
    assert result.shape == np.shape(call(array))
    assert np.allclose(result.data, call(array))
    check_gradients(call, array, order=1, modes=("reverse",), directions=3)


def symmetric_part(a):
    return (a + np.swapaxes(a, -1, -2)) / 2


OF_SQUARE_MATRICES = {
    "inv": np.linalg.inv,
    "det": np.linalg.det,
    "log det": lambda a: np.linalg.slogdet(a)[1],
    "power": lambda a: np.linalg.matrix_power(a, -3),
    "eigenvalues": np.linalg.eigvals,
    "eigenvectors": lambda a: np.linalg.eig(a)[1],
    "Cholesky": lambda a: np.linalg.cholesky(symmetric_part(a) + 2 * np.eye(a.shape[-1])),
    "upper Cholesky": lambda a: np.linalg.cholesky(
        symmetric_part(a) + 2 * np.eye(a.shape[-1]), upper=True
    ),
    "symmetric eigenvalues of eigh": lambda a: np.linalg.eigh(symmetric_part(a), "U")[0],
    "sign": lambda a: np.linalg.slogdet(a)[0],
    "symmetric eigenvalues": lambda a: np.linalg.eigvalsh(symmetric_part(a)),
    "symmetric eigenvectors": lambda a: np.linalg.eigh(symmetric_part(a))[1],
    "condition": np.linalg.cond,
    "condition by columns": lambda a: np.linalg.cond(a, 1),
    "inverse condition": lambda a: np.linalg.cond(a, -2),
    "transpose": np.linalg.matrix_transpose,
}
OF_ALL_MATRICES = {
    "pinv": np.linalg.pinv,
    "U": lambda a: np.linalg.svd(a, full_matrices=False)[0],
    "V": lambda a: np.linalg.svd(a, full_matrices=False)[2],
    "singular values": lambda a: np.linalg.svd(a, full_matrices=False)[1],
    "singular values alone": np.linalg.svdvals,
    "Q": lambda a: np.linalg.qr(a)[0],
    "R": lambda a: np.linalg.qr(a, mode="r"),
    "nuclear norm": lambda a: np.linalg.norm(a, "nuc", (-2, -1)),
}


@pytest.mark.parametrize(
    ("function", "shape"),
    [(f, s) for f in OF_SQUARE_MATRICES for s in [(3, 3), (2, 1, 2, 2)]]
    + [(f, s) for f in OF_ALL_MATRICES for s in [(3, 2), (2, 3), (2, 1, 3, 2), (2, 1, 2, 3)]],
    ids=str,
)
def test_right_gradients_for_matrices_of_every_shape_and_stacks_of_stacks(function, shape):
    check((OF_SQUARE_MATRICES | OF_ALL_MATRICES)[function], some(*shape))


@pytest.mark.parametrize("n", [-4, -1, 0, 1, 2, 3, 4, 5, 6, 7])
def test_powers_of_matrices(n):
    check(lambda a: np.linalg.matrix_power(a, n), some(2, 1, 3, 3))
    assert np.linalg.matrix_power(Value(np.eye(2, dtype=np.float32)), n).dtype == np.float32


@pytest.mark.parametrize("shape", [(2, 3), (3, 3)])
def test_a_complete_qr_is_the_reduced_one_where_there_are_columns_enough(shape):
    for i in (0, 1):
        check(lambda a, i=i: np.linalg.qr(a, mode="complete")[i], some(*shape))


def test_arrays_are_inverted_as_maps_between_arrays():
    a = some(4, 4)
    check(np.linalg.tensorinv, a.reshape(2, 2, 2, 2))
    check(lambda a: np.linalg.tensorinv(a, ind=1), a.reshape(4, 2, 2))
    check(lambda a: np.linalg.tensorsolve(a, some(2, 2)), a.reshape(2, 2, 4))
    check(lambda b: np.linalg.tensorsolve(a.reshape(2, 2, 2, 2), b), some(2, 2))


@pytest.mark.parametrize(
    ("of_a", "of_b"),
    [
        ((3, 3), (3,)),
        ((2, 3, 3), (3,)),
        ((2, 1, 3, 3), (3,)),
        ((3, 3), (3, 2)),
        ((2, 3, 3), (3, 1)),
        ((3, 3), (2, 3, 2)),
        ((1, 3, 3), (2, 3, 2)),
    ],
)
def test_equations_are_solved_with_right_gradients_for_vectors_matrices_and_stacks(of_a, of_b):
    check_gradients(np.linalg.solve, some(*of_a), some(*of_b), order=1)


@pytest.mark.parametrize(
    "shapes",
    [
        [(2, 3), (3, 2)],
        [(3,), (3, 2)],
        [(2, 3), (3,)],
        [(3,), (3, 2), (2,)],
        [(3,), (3, 2), (2, 1), (1, 2), (2,)],
        [(1, 2), (2, 3), (3, 1), (1, 2)],
    ],
    ids=str,
)
def test_chains_of_matrices_have_right_gradients_with_vectors_at_their_ends(shapes):
    check_gradients(lambda *a: np.linalg.multi_dot(a), *[some(*s) for s in shapes], order=1)


# -- large determinants ------------------------------------------------------------------------


def test_the_gradient_of_a_large_determinant_is_taken_from_the_inverse(monkeypatch):
    monkeypatch.setattr("tinygrad_xor.derivatives.linear_algebra._minors", None)
    a = some(2, 6, 6)
    expected = np.linalg.det(a)[:, None, None] * np.swapaxes(np.linalg.inv(a), -1, -2)
    assert np.allclose(grad(lambda a: np.sum(np.linalg.det(a)))(a), expected, rtol=1e-12)
    check_gradients(np.linalg.det, a[0], order=2, directions=3)


def test_the_gradient_of_a_large_determinant_near_zero_is_taken_from_the_minors():
    dependent, with_zeros = some(5, 5), some(5, 5)
    dependent[4] = dependent[0] + dependent[1]
    with_zeros[4] = 0.0
    for singular in (dependent, with_zeros, np.stack([dependent, some(5, 5)])):
        check_gradients(np.linalg.det, singular, order=2, directions=3)


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


@pytest.mark.parametrize("rows", [4, 3, 2], ids=["tall", "square", "wide"])
@pytest.mark.parametrize("columns", [(), (2,)], ids=str)
def test_least_squares_are_differentiated_by_the_matrix_and_by_the_right_hand_side(rows, columns):
    rng = np.random.default_rng(rows)
    a, b = rng.normal(size=(rows, 3)), rng.normal(size=(rows, *columns))
    ours, numpys = np.linalg.lstsq(Value(a), Value(b)), np.linalg.lstsq(a, b)
    for part, expected in zip(ours, numpys, strict=True):
        assert np.array_equal(getattr(part, "data", part), expected)
    check_gradients(lambda a, b: np.linalg.lstsq(a, b)[0], a, b)
    check_gradients(lambda a, b: np.linalg.lstsq(a, b)[3], a, b, order=1)
    if rows == 4:
        check_gradients(lambda a, b: np.linalg.lstsq(a, b)[1], a, b)


def test_polynomials_are_fitted_to_points_with_weights():
    x, y, w = np.array([0.0, 1.0, 2.5, 4.0]), np.array([1.0, -1.0, 0.5, 2.0]), np.arange(1.0, 5.0)
    for fit in (lambda x, y: np.polyfit(x, y, 2), lambda x, y: np.polyfit(x, y, 1, w=w)):
        np.testing.assert_allclose(fit(Value(x), Value(y)).data, fit(x, y), rtol=1e-13)
        check_gradients(fit, x, y, order=1)
    check_gradients(lambda w: np.polyfit(x, y, 1, w=w), w, order=1)
    two = np.stack([y, y**2], axis=1)
    assert np.polyfit(Value(x), two, 1).shape == (2, 2)
