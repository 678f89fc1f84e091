"""Arrays of another library that let nothing pass but NumPy's protocols, as CuPy's.

The whole table goes over them, forward and backward: an entry gives NumPy's very numbers, in the
other library's arrays, or refuses in a sentence. Here it stands which do what.
"""

import random
import re

import numpy as np
import pytest
from strict import Strict, inside

from tinygrad_xor import Value, grad
from tinygrad_xor.engine import COMPOSED, TABLE
from tinygrad_xor.testing.calls import random_call

#: They look at numbers, or meet arrays of NumPy's own, or need what only NumPy has.
REFUSED = {
    *"cholesky eigh eigvalsh eig eigvals svd qr det pinv".split(),
    *"linalg.cholesky linalg.eigh linalg.eigvalsh linalg.eig linalg.svd linalg.qr".split(),
    *"sort partition sort_complex take_along_axis".split(),
    *"quantile percentile median nanquantile nanpercentile nanmedian".split(),
    *"irfft fft.hfft fft.irfft2 fft.irfftn".split(),
    *"cumprod nancumprod cumulative_prod cummax cummin".split(),
    *"select choose interp average linspace logspace polymul polyder".split(),
}
#: Some of their calls are of the kind above: other modes, a 1 or a 0 in front, an index twice.
SOMETIMES = {"einsum", "pad", "cumulative_sum"}
SENTENCE = re.compile(r".+ does not work with arrays of strict \(Strict\): .*\S", re.DOTALL)


def strict_of(x):
    return Strict(x) if isinstance(x, np.ndarray) else x


def both(entry, seed):
    """The result and the gradients of one call on NumPy's arrays, and on strict ones."""
    call = random_call(random.Random(seed), entry)
    out = call()
    out.backward(call.g)
    yield out.data, [leaf.grad for leaf in call.leaves]
    inputs = [Value(Strict(x.data)) if type(x) is Value else strict_of(x) for x in call.inputs]
    params = {k: strict_of(v) if k == "where" else v for k, v in call.params.items()}
    out = type(call)(call.entry, tuple(inputs), params, call.g)()
    out.backward(Strict(call.g))
    arrays = [out._primal, *(x._grad for x in inputs if type(x) is Value and x.has_grad)]
    assert all(isinstance(x, Strict) for x in arrays)
    yield inside(out.data), [inside(x.grad) for x in inputs if type(x) is Value]


def is_the_same(entry, seed):
    """Whether a call gave NumPy's numbers; not, if it was refused in a sentence."""
    try:
        plain, strict = both(entry, seed)
    except TypeError as refused:
        said = str(refused)
    else:
        said = None
    if said is not None:
        assert SENTENCE.match(said), said
        return False
    np.testing.assert_allclose(strict[0], plain[0], 1e-12, 1e-12)
    for a, b in zip(strict[1], plain[1], strict=True):
        np.testing.assert_allclose(a, b, 1e-9, 1e-11)
    return True


@pytest.mark.parametrize("entry", [*TABLE.values(), *COMPOSED.values()], ids=repr)
def test_an_entry_gives_numpys_numbers_on_strict_arrays_or_refuses_in_a_sentence(entry):
    same = [is_the_same(entry, seed) for seed in range(4)]
    if entry.name not in SOMETIMES:
        assert all(same) is (entry.name not in REFUSED), "does it stand in REFUSED rightly?"
        assert len(set(same)) == 1


def test_four_entries_in_five_and_more_work_always():
    assert len(REFUSED | SOMETIMES) < len({*TABLE, *COMPOSED}) / 5


def test_a_value_with_a_numpy_array_does_not_meet_a_strict_one():
    for meet in (lambda v, a: v * a, lambda v, a: a @ v, np.arctan2):
        with pytest.raises(TypeError, match=r"does not work with arrays of strict \(Strict\)"):
            meet(Value(np.ones(2)), Strict(np.ones(2)))


def test_a_network_on_strict_arrays_learns_as_on_numpys():
    rng = np.random.default_rng(0)
    x, t, w, v = (rng.normal(size=shape) for shape in ((8, 3), (8, 1), (3, 4), (4, 1)))

    def loss(w, v, x, t):
        return np.mean((np.tanh(x @ w) @ v - t) ** 2)

    strict = [Value(Strict(a)) for a in (w, v)]
    plain = [Value(a) for a in (w, v)]
    for _ in range(3):
        for parameters, data in ((strict, (Strict(x), Strict(t))), (plain, (x, t))):
            loss(*parameters, *data).backward()
            for p in parameters:
                p.data = p.data - 0.1 * p.grad
                p.grad = None
    for a, b in zip(strict, plain, strict=True):
        np.testing.assert_allclose(inside(a.data), b.data, 1e-12)


def test_derivatives_of_derivatives_stay_in_the_other_library():
    x = Strict(np.array([0.5, 1.0]))
    curvature = grad(lambda x: np.sum(grad(lambda y: np.sum(np.sin(y) ** 3))(x)))(x)
    expected = 6 * np.sin(inside(x)) * np.cos(inside(x)) ** 2 - 3 * np.sin(inside(x)) ** 3
    np.testing.assert_allclose(inside(curvature), expected, 1e-12)
