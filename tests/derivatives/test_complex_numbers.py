"""Complex numbers: JAX's convention, real functions of complex steps, holomorphic derivatives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value, grad, jacobian, jvp, value_and_grad, vjp
from tinygrad_xor.derivatives.complex_numbers import conj, real_part
from tinygrad_xor.engine.sampling import invertible, symmetric
from tinygrad_xor.testing import check_gradients
from tinygrad_xor.testing import strategies as gst

complex_numbers = st.builds(complex, st.floats(-2, 2), st.floats(-2, 2))


def matrices(data, domain, *shape):
    return Value(data.draw(gst.arrays(shape, domain, np.complex128)))


# -- the convention ----------------------------------------------------------------------------


@given(complex_numbers)
def test_the_gradient_is_the_derivative_along_x_minus_i_times_that_along_y(z):
    # L = x² + 3y has ∂L/∂x = 2x and ∂L/∂y = 3
    assert grad(lambda z: np.real(z) ** 2 + 3 * np.imag(z))(z) == 2 * z.real - 3j


def test_it_is_that_of_jax_and_autograd():
    # the value that jax.grad and autograd.grad document for f(z) = |z|² at 1 + 2i: 2 conj(z)
    assert grad(lambda z: np.abs(z) ** 2)(1 + 2j) == pytest.approx(2 - 4j)


@given(complex_numbers)
def test_a_step_along_the_conjugate_goes_down(z):
    g = grad(lambda z: np.real(z * np.conj(z)))(z)
    assert np.allclose(z - 0.5 * np.conj(g), 0.0)


@given(complex_numbers, complex_numbers)
def test_the_gradient_and_the_pushforward_are_paired_by_the_real_part_of_the_product(z, t):
    def loss(z):
        return np.real(np.exp(1j * z)) + np.abs(z - 5) ** 2

    _, moved = jvp(loss, (z,), (t,))
    assert moved == pytest.approx(np.real(grad(loss)(z) * t), rel=1e-9, abs=1e-9)


def test_a_real_input_gets_a_real_gradient_through_complex_steps():
    g = grad(lambda t: np.real(np.exp(1j * t)))(0.5)
    assert type(g) is float
    assert g == pytest.approx(-np.sin(0.5))
    spectrum = grad(lambda x: np.sum(np.abs(np.fft.fft(x)) ** 2))(np.array([1.0, 2.0, 3.0]))
    assert np.allclose(spectrum, 6 * np.array([1.0, 2.0, 3.0]))  # Parseval: n · 2x


def test_at_zero_abs_and_angle_have_the_derivative_zero():
    for function in (np.abs, np.angle):
        assert grad(function)(0j) == 0


def test_conjugates_and_real_parts_of_real_numbers_are_the_very_same_objects():
    for x in (1.5, np.ones(2), Value(1.5), Value(np.ones(2))):
        assert conj(x) is x
        assert real_part(x) is x
    assert conj(1 + 2j) == 1 - 2j
    assert real_part(Value([1 + 2j])).data.tolist() == [1.0]


def test_what_is_real_of_a_complex_matrix_is_of_a_real_dtype():
    a = Value([[2.0, 1j], [-1j, 3.0]])
    for real in (np.linalg.eigh(a)[0], np.linalg.slogdet(a)[1], np.linalg.svd(a)[1]):
        assert real.dtype == np.float64


def test_an_angle_in_degrees_has_its_derivative_in_degrees():
    for deg in (False, True):
        check_gradients(lambda z, deg=deg: np.angle(z, deg), np.array([1 + 2j, -0.5j]), order=2)
    check_gradients(np.angle, np.array([1 + 2j, -0.5j]), order=1)


# -- holomorphic -------------------------------------------------------------------------------


@given(complex_numbers)
def test_a_holomorphic_derivative_is_the_complex_one(z):
    assert grad(lambda z: z**3, holomorphic=True)(z) == pytest.approx(3 * z**2)
    assert grad(grad(np.sin, holomorphic=True), holomorphic=True)(z) == pytest.approx(-np.sin(z))


def test_a_complex_output_needs_a_word_of_consent_and_complex_inputs():
    with pytest.raises(TypeError, match=r"complex: take np\.real.*holomorphic=True"):
        grad(lambda z: z**2)(1j)
    with pytest.raises(TypeError, match="needs complex inputs and a complex output, not"):
        grad(lambda x: x**2, holomorphic=True)(1.0)
    with pytest.raises(ValueError, match=r"starts from a real number: take np\.real"):
        Value(1j).backward()


def test_a_jacobian_of_a_holomorphic_function_is_complex_in_both_modes():
    z = np.array([1 + 1j, 2.0])
    for mode in ("reverse", "forward"):
        assert np.allclose(jacobian(np.square, mode=mode, holomorphic=True)(z), np.diag(2 * z))


def test_a_jacobian_between_real_and_complex_numbers_takes_the_mode_that_exists():
    assert jacobian(lambda x: np.exp(1j * x))(0.3) == pytest.approx(1j * np.exp(0.3j))
    assert jacobian(lambda z: np.abs(z) ** 2)(1 + 2j) == pytest.approx(2 - 4j)
    with pytest.raises(TypeError, match="in reverse mode needs real outputs"):
        jacobian(lambda x: np.exp(1j * x), mode="reverse")(0.3)
    with pytest.raises(TypeError, match="in forward mode needs real inputs"):
        jacobian(np.abs, mode="forward")(1 + 2j)
    with pytest.raises(TypeError, match="holomorphic=True"):
        jacobian(np.square)(1 + 2j)


def test_a_complex_power_of_a_negative_number_has_a_derivative_by_the_exponent():
    z, h = 1 + 1j, 1e-6
    expected = [
        (np.real((-2.0) ** (z + d)) - np.real((-2.0) ** (z - d))) / 2e-6 for d in (h, h * 1j)
    ]
    assert np.allclose(grad(lambda z: np.real((-2.0) ** z))(z), expected[0] - 1j * expected[1])


def test_a_power_and_its_derivative_by_the_exponent_are_on_the_same_side_of_the_cut():
    for below in (complex(-2.0, -0.0), complex(-2.0, 0.0)):
        power, slope = value_and_grad(lambda z, x=below: x**z, holomorphic=True)(0.5 + 1j)
        assert slope == pytest.approx(power * np.log(below))


def test_a_complex_cotangent_of_a_real_output_is_refused():
    _, pullback = vjp(np.abs, 1 + 1j)
    with pytest.raises(TypeError, match="the cotangent must be real, as float64 is, not complex"):
        pullback(1j)


# -- what is refused, and what is kept ---------------------------------------------------------


@pytest.mark.parametrize("name", "relu sigmoid softplus softmax logsumexp max".split())
def test_a_function_of_real_numbers_only_refuses_complex_ones(name):
    with pytest.raises(TypeError, match=r"of complex numbers has no derivative|not supported"):
        getattr(Value([1j, 2.0]), name)()


def test_single_precision_stays_single():
    z = np.array([1 + 1j], np.complex64)
    g = grad(lambda z: np.sum(np.abs(z * 2.0)))(z)
    assert g.dtype == np.complex64


# -- decompositions: their phases are free, so functions that do not depend on them are tested ---


@given(st.data())
def test_a_matrix_put_together_again_from_its_eigenvectors_has_the_identity_as_derivative(data):
    a = matrices(data, symmetric, 3, 3)

    def rebuilt(a):
        w, v = np.linalg.eigh((a + np.conj(a.T)) / 2)
        return (v * np.expand_dims(w**2, -2)) @ np.conj(v.T)

    check_gradients(rebuilt, a.data, order=1)


@given(st.data())
def test_singular_vectors_of_complex_matrices_have_right_derivatives(data):
    a = matrices(data, invertible, *data.draw(st.sampled_from([(2, 2), (3, 2), (2, 3)])))

    def rebuilt(a):
        u, s, vh = np.linalg.svd(a, full_matrices=False)
        return (u * np.sin(s)) @ vh

    check_gradients(rebuilt, a.data, order=1)


@given(st.data())
def test_the_factors_of_qr_have_right_derivatives(data):
    a = matrices(data, invertible, *data.draw(st.sampled_from([(2, 2), (3, 2), (2, 3)])))

    def projector_and_size(a):
        q, r = np.linalg.qr(a)
        return np.concatenate([np.ravel(q @ np.conj(q.T)), np.ravel(np.abs(r))])

    check_gradients(projector_and_size, a.data, order=1)


@pytest.mark.parametrize("size", [1e-300, 1e-200, 1.0, 1e200])
def test_the_slope_of_an_angle_is_right_for_numbers_whose_squares_are_0_or_infinite(size):
    z = (3 + 4j) * size
    expected = -1j * (3 - 4j) / 25 / size
    assert grad(np.angle)(z) == pytest.approx(expected, rel=1e-14, abs=0)
    assert grad(np.angle)(0j) == 0


def test_the_sign_of_a_complex_number_turns_and_does_not_grow():
    z = np.array([3 + 4j, -1j, 2.0])
    _, turned = jvp(np.sign, (z,), (1j * z,))
    np.testing.assert_allclose(turned, 1j * np.sign(z), rtol=1e-15)
    _, grown = jvp(np.sign, (z,), (z,))
    np.testing.assert_allclose(grown, 0, atol=1e-15)
    assert grad(lambda z: np.real(np.sign(z)))(0j) == 0
    assert grad(lambda x: np.sum(np.sign(x)))(np.array([1.0, 0.0, -2.0])).tolist() == [0, 0, 0]
