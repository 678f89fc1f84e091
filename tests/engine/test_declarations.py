"""Functions that are computed from entries of the table: declared, and called."""

import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.engine import COMPOSED, composed
from tinygrad_xor.engine.declarations import as_a_list, one_by_one
from tinygrad_xor.engine.sampling import positive, real
from tinygrad_xor.engine.table import BY_FUNCTION, numpy_name


def test_the_parts_of_a_composition_are_in_the_graph():
    v = Value([1.0, 2.0])
    stacked = np.stack([v, [3.0, 4.0]])
    assert stacked.primitive.name == "concatenate"
    assert stacked.inputs[0].primitive.name == "expand_dims"


def test_a_parameter_that_the_composition_does_not_know_is_refused_by_name():
    with pytest.raises(TypeError, match=r"np\.stack of a Value does not take out="):
        np.stack([Value(1.0)], out=np.zeros(1))
    with pytest.raises(TypeError, match=r"np\.linalg\.svd of a Value does not take hermitian=True"):
        np.linalg.svd(Value(np.eye(2)), hermitian=True)


def test_a_composition_may_have_several_names():
    assert BY_FUNCTION[np.linalg.tensordot] is BY_FUNCTION[np.tensordot] is COMPOSED["tensordot"]


def test_declaring_one_makes_numpys_function_work():
    with pytest.raises(TypeError, match=r"np\.geomspace has no entry .*write np\.exp"):
        np.geomspace(Value(1.0), 4.0, 3)

    @composed(np.geomspace, calls=lambda random: (((), ()), {}))
    def geomspace(start, stop, num=50):
        return np.exp(np.linspace(np.log(start), np.log(stop), num))

    try:
        assert np.allclose(np.geomspace(Value(1.0), 4.0, 3).data, [1.0, 2.0, 4.0])
        assert repr(COMPOSED["geomspace"]) == "<composition geomspace>"
    finally:
        del COMPOSED["geomspace"], BY_FUNCTION[np.geomspace]


def test_functions_are_named_as_users_write_them():
    names = [numpy_name(f) for f in (np.exp, np.sum, np.linalg.det, np.fft.rfft)]
    assert names == ["np.exp", "np.sum", "np.linalg.det", "np.fft.rfft"]


@pytest.mark.parametrize("several", [False, True])
def test_a_declaration_is_kept_as_it_was_made(several):
    def calls(random):
        return ((2,),), {}

    def body(x):
        return np.stack([x, x])

    options = {"domain": (positive, real), "arrange": as_a_list, "real_only": True}
    try:
        composed(np.geomspace, calls=calls, **(options if several else {}))(body)
        entry = COMPOSED["geomspace"]
        assert BY_FUNCTION[np.geomspace] is entry
        assert (entry.function, entry.body, entry.calls) == (np.geomspace, body, calls)
        assert entry.page == __name__.rpartition(".")[2]
        expected = ((positive, real), as_a_list, True) if several else ((real,), one_by_one, False)
        assert (entry.domains, entry.arrange, entry.real_only) == expected
    finally:
        del COMPOSED["geomspace"], BY_FUNCTION[np.geomspace]


def test_a_function_that_does_not_know_its_module_is_numpys():
    def f():
        pass

    f.__module__ = None
    assert numpy_name(f) == "np.f"


def test_a_ufunc_that_is_not_numpys_has_no_module_in_its_name():
    def mine(x):
        return x

    assert numpy_name(np.frompyfunc(mine, 1, 1)) == "mine (vectorized)"
