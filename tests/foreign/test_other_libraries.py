"""CuPy, pint and sparse: they work, or are refused at the first operation."""

import numpy as np
import pytest

from tinygrad_xor import Value


def test_a_network_learns_on_a_gpu_as_on_the_processor():
    cupy = pytest.importorskip("cupy", reason="CuPy is not installed: pip install cupy-cuda13x")
    try:
        cupy.zeros(1)
    except Exception as error:  # its own kinds of errors, by what is missing
        pytest.skip(f"CuPy finds no GPU here: {error}")
    rng = np.random.default_rng(0)
    x, t, w, v = (rng.normal(size=shape) for shape in ((8, 3), (8, 1), (3, 4), (4, 1)))
    gradients = []
    for put in (cupy.asarray, np.asarray):
        parameters = [Value(put(w)), Value(put(v))]
        loss = np.mean((np.tanh(put(x) @ parameters[0]) @ parameters[1] - put(t)) ** 2)
        loss.backward()
        gradients.append([p.grad for p in parameters])
    for on_gpu, expected in zip(*gradients, strict=True):
        assert isinstance(on_gpu, cupy.ndarray)
        np.testing.assert_allclose(cupy.asnumpy(on_gpu), expected, 1e-10)


@pytest.fixture
def ureg():
    return pytest.importorskip("pint", reason="pint is not installed").UnitRegistry()


def test_a_unit_stands_around_a_value_and_goes_with_its_results(ureg):
    w = Value(np.array([1.0, 2.0]))
    length = ureg.Quantity(w, "m")
    area = np.sum(length * ureg.Quantity(np.array([3.0, 4.0]), "m"))
    assert str(area.units) == "meter ** 2"
    area.magnitude.backward()
    assert w.grad.tolist() == [3.0, 4.0]


def test_a_value_and_a_quantity_make_a_quantity_from_either_side(ureg):
    speed = ureg.Quantity(np.array([3.0, 4.0]), "m/s")
    for meet in (lambda v: v * speed, lambda v: speed * v):
        v = Value(np.array([1.0, 2.0]))
        product = meet(v)
        assert str(product.units) == "meter / second"
        np.sum(product).magnitude.backward()
        assert v.grad.tolist() == [3.0, 4.0]


def test_a_value_holds_no_unit(ureg):
    with pytest.raises(TypeError, match=r"put the unit around the Value, ureg\.Quantity\(Value"):
        Value(ureg.Quantity(np.ones(2), "m"))
    with pytest.raises(TypeError, match="put the unit around the Value"):
        np.multiply(Value(np.ones(2)), ureg.Quantity(np.ones(2), "m"))


@pytest.fixture
def some():
    return pytest.importorskip("sparse", reason="sparse is not installed").COO(np.eye(3)[:2])


def test_a_sparse_constant_stands_to_the_right_of_a_product(some):
    v, dense = Value(np.ones((4, 2))), Value(np.ones((4, 2)))
    np.sum(np.tanh(v @ some) ** 2).backward()
    np.sum(np.tanh(dense @ some.todense()) ** 2).backward()
    assert type(v.grad) is np.ndarray
    np.testing.assert_allclose(v.grad, dense.grad, 1e-12)


def test_a_gradient_is_never_asked_for_a_sparse_array(some):
    with pytest.raises(TypeError, match=r"holds no sparse COO.* x\.todense\(\)"):
        Value(some)
    with pytest.raises(TypeError, match=r"gives another COO, whose gradient the Value cannot take"):
        Value(np.ones((2, 3))) * some
