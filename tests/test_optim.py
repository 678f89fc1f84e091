"""Optimizers: each against the update formula of its source, written out with plain numbers."""

import functools
import math

import numpy as np
import pytest

from tinygrad_xor import Value, grad, optim
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.nn import Dense, Sequential
from tinygrad_xor.optim import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    Nadam,
    PiecewiseConstantDecay,
    PolynomialDecay,
    RMSprop,
    adam,
)
from tinygrad_xor.optim import optimizer as optimizer_page

GRADIENTS = [0.5, -2.0, 0.25, 1.0]


def run(optimizer, p):
    """Take a step with each of the gradients; the data after every step."""
    track = []
    for g in GRADIENTS:
        p.grad = g
        optimizer.step()
        track.append(p.data)
    return track


def expected(step, p=1.0, **memory):
    """The same, by a formula `step(p, g, t, memory) -> p`."""
    track = []
    for t, g in enumerate(GRADIENTS, start=1):
        p = step(p, g, t, memory)
        track.append(p)
    return track


def test_sgd_goes_down_the_gradient():
    p = Value(1.0)
    assert run(SGD([p], lr=0.1), p) == pytest.approx(expected(lambda p, g, t, m: p - 0.1 * g))


def test_momentum_remembers_earlier_steps():
    def step(p, g, t, m):
        m["v"] = 0.9 * m["v"] - 0.1 * g
        return p + m["v"]

    p = Value(1.0)
    assert run(SGD([p], lr=0.1, momentum=0.9), p) == pytest.approx(expected(step, v=0.0))


def test_nesterov_looks_ahead():
    def step(p, g, t, m):
        m["v"] = 0.9 * m["v"] - 0.1 * g
        return p + 0.9 * m["v"] - 0.1 * g

    p = Value(1.0)
    track = run(SGD([p], lr=0.1, momentum=0.9, nesterov=True), p)
    assert track == pytest.approx(expected(step, v=0.0))


def test_rmsprop_divides_by_the_running_root_mean_square():
    def step(p, g, t, m):
        m["v"] = 0.9 * m["v"] + 0.1 * g**2
        return p - 0.01 * g / math.sqrt(m["v"] + 1e-7)

    p = Value(1.0)
    assert run(RMSprop([p], lr=0.01), p) == pytest.approx(expected(step, v=0.0))


def adam_step(p, g, t, m, eps=1e-7):
    m["m"] = 0.9 * m["m"] + 0.1 * g
    m["v"] = 0.999 * m["v"] + 0.001 * g**2
    rate = 0.01 * math.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    return p - rate * m["m"] / (math.sqrt(m["v"]) + eps)


def test_adam_is_the_form_with_epsilon_on_the_uncorrected_root():
    p = Value(1.0)
    track = run(Adam([p], lr=0.01, eps=1e-2), p)
    formula = expected(lambda p, g, t, m: adam_step(p, g, t, m, eps=1e-2), m=0.0, v=0.0)
    assert track == pytest.approx(formula, rel=1e-13, abs=0)


def test_adam_is_algorithm_1_of_the_paper_where_epsilon_does_not_matter():
    def step(p, g, t, m):
        m["m"] = 0.9 * m["m"] + 0.1 * g
        m["v"] = 0.999 * m["v"] + 0.001 * g**2
        m_hat, v_hat = m["m"] / (1 - 0.9**t), m["v"] / (1 - 0.999**t)
        return p - 0.01 * m_hat / (math.sqrt(v_hat) + 1e-8)

    p = Value(1.0)
    track = run(Adam([p], lr=0.01, eps=1e-12), p)
    assert track == pytest.approx(expected(step, m=0.0, v=0.0), rel=1e-6)


def test_adams_first_step_is_the_learning_rate_whatever_the_gradient():
    for g in (1e-3, 5.0):
        p = Value(0.0)
        p.grad = g
        Adam([p], lr=0.01, eps=1e-12).step()
        assert p.data == pytest.approx(-0.01)


def test_adamw_shrinks_the_parameter_beside_adams_step():
    def step(p, g, t, m):
        return adam_step(p, g, t, m) - 0.01 * 0.1 * p

    p = Value(1.0)
    track = run(AdamW([p], lr=0.01, weight_decay=0.1), p)
    assert track == pytest.approx(expected(step, m=0.0, v=0.0), rel=1e-12, abs=0)


def test_adagrad_divides_by_the_root_of_all_squares_so_far():
    def step(p, g, t, m):
        m["s"] += g**2
        return p - 0.01 * g / math.sqrt(m["s"] + 1e-7)

    p = Value(1.0)
    track = run(Adagrad([p], lr=0.01, initial_accumulator_value=0.3), p)
    assert track == pytest.approx(expected(step, s=0.3), rel=1e-13, abs=0)


def test_adadelta_takes_steps_as_long_as_those_before():
    def step(p, g, t, m):
        m["v"] = 0.95 * m["v"] + 0.05 * g**2
        d = math.sqrt(m["u"] + 1e-7) / math.sqrt(m["v"] + 1e-7) * g
        m["u"] = 0.95 * m["u"] + 0.05 * d**2
        return p - d

    p = Value(1.0)
    assert run(Adadelta([p], lr=1.0), p) == pytest.approx(expected(step, u=0.0, v=0.0), rel=1e-13)


def test_adamax_divides_by_the_largest_gradient():
    def step(p, g, t, m):
        m["m"] = 0.9 * m["m"] + 0.1 * g
        m["u"] = max(0.999 * m["u"], abs(g))
        return p - 0.01 / (1 - 0.9**t) * m["m"] / (m["u"] + 1e-7)

    p = Value(1.0)
    assert run(Adamax([p], lr=0.01), p) == pytest.approx(expected(step, m=0.0, u=0.0), rel=1e-13)


def test_nadam_looks_ahead():
    def mu(t):
        return 0.9 * (1 - 0.5 * 0.96**t)

    def step(p, g, t, m):
        m["m"] = 0.9 * m["m"] + 0.1 * g
        m["v"] = 0.999 * m["v"] + 0.001 * g**2
        so_far = math.prod(mu(i) for i in range(1, t + 1))
        n = mu(t + 1) * m["m"] / (1 - so_far * mu(t + 1)) + (1 - mu(t)) * g / (1 - so_far)
        return p - 0.01 * n / (math.sqrt(m["v"] / (1 - 0.999**t)) + 1e-7)

    p = Value(1.0)
    assert run(Nadam([p], lr=0.01), p) == pytest.approx(expected(step, m=0.0, v=0.0), rel=1e-13)


@pytest.mark.parametrize("name", optim.OPTIMIZERS)
def test_weight_decay_shrinks_the_parameters_before_every_step(name):
    p, q = Value([1.0, -2.0]), Value([1.0, -2.0])
    plain, decaying = (optim.get(name)([x], lr=0.1) for x in (p, q))
    plain.weight_decay, decaying.weight_decay = 0.0, 0.5
    for g in GRADIENTS:
        p.data, p.grad, q.grad = q.data * (1 - 0.1 * 0.5), g * np.ones(2), g * np.ones(2)
        plain.step()
        decaying.step()
        assert p.data.tolist() == q.data.tolist()


@pytest.mark.parametrize(
    ("how", "wanted"),
    [
        ({"clipvalue": 1.5}, [1.5, -1.5, -1.5]),
        ({"clipnorm": 2.5}, [1.5, -2.0, -2.5]),
        ({"global_clipnorm": 6.5}, [1.5, -2.0, -6.0]),
        ({"global_clipnorm": 7.0}, [3.0, -4.0, -12.0]),
    ],
)
def test_gradients_are_clipped_as_in_keras(how, wanted):
    p, q = Value([0.0, 0.0]), Value(0.0)
    p.grad, q.grad = np.array([3.0, -4.0]), -12.0
    if how == {"global_clipnorm": 7.0}:
        p.grad, q.grad = p.grad / 2, q.grad / 2  # of length 6.5, which is short enough
        wanted = [x / 2 for x in wanted]
    SGD([p, q], lr=1.0, **how).step()
    assert [*-p.data, -q.data] == pytest.approx(wanted, rel=1e-15)


def test_gradients_are_clipped_in_one_way():
    with pytest.raises(ValueError, match="clipped in one way"):
        SGD(clipnorm=1.0, clipvalue=1.0)
    with pytest.raises(ValueError, match="clipvalue must be greater than 0, not 0"):
        Adam(clipvalue=0)


# -- schedules -------------------------------------------------------------------------------------


def test_a_schedule_gives_the_learning_rate_of_each_step():
    p = Value(0.0)
    optimizer = SGD([p], learning_rate=PiecewiseConstantDecay([1], [1.0, 0.5]))
    steps = []
    for _ in range(4):
        before, p.grad = p.data, -1.0
        optimizer.step()
        steps.append(p.data - before)
    assert steps == [1.0, 1.0, 0.5, 0.5]
    optimizer.learning_rate = 0.25
    p.grad = -1.0
    optimizer.step()
    assert p.data == 3.25
    assert optimizer.schedule is None


@pytest.mark.parametrize(
    "schedule",
    [
        ExponentialDecay(0.2, 3, 0.5),
        ExponentialDecay(0.2, 3, 0.5, staircase=True),
        InverseTimeDecay(0.2, 3, 0.5),
        PolynomialDecay(0.2, 5, 0.01, 2.0),
        CosineDecay(0.2, 5, 0.1),
        PiecewiseConstantDecay([2, 4], [0.2, 0.1, 0.05]),
    ],
    ids=repr,
)
def test_a_compiled_training_follows_a_schedule(schedule):
    weights = []
    for run_eagerly in (False, True):
        model = Sequential([Dense(3, "tanh", input_dim=2), Dense(1, "sigmoid")], seed=0)
        model.compile(Adam(lr=schedule), "binary_crossentropy", run_eagerly=run_eagerly)
        history = model.fit(*truth_table("xor"), epochs=5, batch_size=2, verbose=0)
        assert history.compiled is not run_eagerly
        assert model.optimizer.lr == schedule(9)
        weights.append(np.concatenate([w.ravel() for w in model.get_weights()]))
    np.testing.assert_allclose(*weights, rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PiecewiseConstantDecay([1], [0.1]), "one learning rate more"),
        (lambda: PiecewiseConstantDecay([2, 1], [0.1] * 3), "increasing order"),
        (lambda: ExponentialDecay(0.1, 0, 0.5), "decay_steps must be greater than 0, not 0"),
        (lambda: CosineDecay(-1, 5), "initial_learning_rate must be greater than 0, not -1"),
    ],
)
def test_a_schedule_with_impossible_settings_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("name", optim.OPTIMIZERS)
def test_every_element_moves_as_a_scalar_would(name):
    array, scalars = Value([[1.0, -2.0], [0.5, 3.0]]), [Value(x) for x in (1.0, -2.0, 0.5, 3.0)]
    for parameters in ([array], scalars):
        optimizer = optim.get(name)(parameters, lr=0.05)
        for _ in range(5):
            optimizer.zero_grad()
            sum((p * p).sum() for p in parameters).backward()
            optimizer.step()
    assert array.data.ravel().tolist() == [p.data for p in scalars]


@pytest.mark.parametrize("name", optim.OPTIMIZERS)
def test_every_optimizer_finds_the_bottom_of_a_bowl(name):
    p = Value([3.0, -2.0])
    optimizer = optim.get(name)([p], lr={"adagrad": 0.3, "adadelta": 5.0}.get(name, 0.01))
    for _ in range(2000):
        optimizer.zero_grad()
        (p * p).sum().backward()
        optimizer.step()
    assert np.abs(p.data).max() < 0.05


@pytest.mark.parametrize("name", optim.OPTIMIZERS)
def test_float32_parameters_stay_float32(name):
    p = Value(np.ones(3, np.float32))
    optimizer = optim.get(name)([p], lr=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        (p * p).sum().backward()
        optimizer.step()
    assert p.data.dtype == np.float32


def test_zero_grad_forgets_the_gradients():
    p = Value([1.0, 2.0])
    (p * p).sum().backward()
    SGD([p]).zero_grad()
    assert p.grad.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("lr", [0.0, -0.1, float("nan")])
def test_a_learning_rate_must_be_greater_than_zero(lr):
    with pytest.raises(ValueError, match="learning rate"):
        SGD([Value(1.0)], lr=lr)


def test_an_optimizer_needs_parameters_that_are_leaves():
    with pytest.raises(ValueError, match="needs parameters"):
        Adam([])
    with pytest.raises(TypeError, match="leaf Values"):
        Adam([Value(1.0) * 2])
    with pytest.raises(TypeError, match="leaf Values"):
        Adam([np.ones(3)])


def test_bad_betas_and_momentum_are_refused():
    with pytest.raises(ValueError, match="betas"):
        Adam([Value(1.0)], betas=(0.9, 1.0))
    with pytest.raises(ValueError, match="momentum"):
        SGD([Value(1.0)], momentum=1.0)


def test_an_unknown_optimizer_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'adam'"):
        optim.get("addam")


@pytest.mark.parametrize(
    ("kind", "own", "keras"),
    [
        (Adam, {"betas": (0.5, 0.7), "eps": 0.1}, {"beta_1": 0.5, "beta_2": 0.7, "epsilon": 0.1}),
        (Adam, {"betas": (0.9, 0.7)}, {"beta_2": 0.7}),
        (AdamW, {"betas": (0.0, 0.999), "eps": 0.1}, {"beta_1": 0.0, "epsilon": 0.1}),
        (RMSprop, {"eps": 0.1}, {"epsilon": 0.1}),
    ],
)
def test_the_settings_have_keras_names_too(kind, own, keras):
    values = []
    for settings in (own, keras):
        x = Value(1.0)
        optimizer = kind([x], lr=0.1, **settings)
        for _ in range(3):
            optimizer.zero_grad()
            (x * x).backward()
            optimizer.step()
        values.append(x.data)
    assert values[0] == values[1]


@pytest.mark.parametrize("rate", ["0.1", None, [0.1], np.array([0.1, 0.2]), Value(0.1)], ids=repr)
def test_a_learning_rate_is_a_number(rate):
    optimizer = Adam()
    with pytest.raises(TypeError, match="the learning rate is a number"):
        optimizer.learning_rate = rate
    with pytest.raises(ValueError, match="greater than zero, not inf"):
        optimizer.learning_rate = math.inf


# -- what is refused -------------------------------------------------------------------------------


def test_a_parameter_that_is_there_twice_would_move_twice():
    p, q = Value(1.0, label="p"), Value(1.0)
    with pytest.raises(ValueError, match="is there twice, and would move twice"):
        SGD([p, q, p])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RMSprop(rho=2), "rho must be at least 0 and below 1, not 2"),
        (lambda: RMSprop(rho=-0.1), "rho must be at least 0 and below 1"),
        (lambda: Adam(betas=(0.9, 1.0)), "betas must be at least 0 and below 1, not 1.0"),
        (lambda: SGD(momentum=1.0), "momentum must be at least 0 and below 1"),
        (lambda: AdamW(weight_decay=-1), "weight_decay must be 0 or more, not -1"),
        (lambda: AdamW(weight_decay=math.nan), "weight_decay must be 0 or more"),
        (lambda: Adam(eps=-1e-7), "eps must be 0 or more"),
    ],
)
def test_settings_out_of_their_range_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# -- complex parameters ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [SGD, RMSprop, Adam, AdamW])
def test_a_complex_parameter_moves_as_its_two_parts_would(kind):
    def away(re, im):
        return (re - 1.0) ** 2 + 2.0 * (im + 2.0) ** 2

    z = Value(np.array([0.5 + 0.25j, -1.0 + 0j]))
    parts = [Value(z.data.real.copy()), Value(z.data.imag.copy())]
    one, two = kind([z, Value(3.0)], lr=0.05), kind(parts, lr=0.05)
    for _ in range(20):
        one.zero_grad()
        two.zero_grad()
        away(np.real(z), np.imag(z)).sum().backward()
        away(*parts).sum().backward()
        one.step()
        two.step()
    np.testing.assert_allclose(z.data, parts[0].data + 1j * parts[1].data, rtol=1e-13)
    assert away(z.data.real, z.data.imag).sum() < 20


def test_gradient_descent_on_a_complex_number_comes_to_its_goal():
    z = Value(3.0 + 4.0j)
    optimizer = SGD([z], lr=0.1)
    for _ in range(200):
        optimizer.zero_grad()
        (np.abs(z - (1.0 - 2.0j)) ** 2).backward()
        optimizer.step()
    assert z.data == pytest.approx(1.0 - 2.0j, abs=1e-6)


# -- functions -------------------------------------------------------------------------------------


def test_adam_of_a_function_is_algorithm_1_of_its_paper():
    x, m, v = np.array([1.0, -3.0]), 0.0, 0.0
    for t in range(1, 8):
        g = np.array([2 * x[0], x[1] ** 2])
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
        x = x - 0.05 * m_hat / (np.sqrt(v_hat) + 1e-8)
    found = adam(
        lambda x, i: np.array([2 * x[0], x[1] ** 2]),
        np.array([1.0, -3.0]),
        num_iters=7,
        step_size=0.05,
    )
    np.testing.assert_allclose(found, x, rtol=1e-13)


def test_adam_gives_the_numbers_of_hips_autograd():
    optimizers = pytest.importorskip("autograd.misc.optimizers")

    def slope(x, i):
        return 2 * x + i / 10

    start = np.array([1.0, -2.0, 0.5])
    ours = adam(slope, start, None, 50, 0.1, 0.8, 0.99, 1e-6)
    theirs = optimizers.adam(slope, start, None, 50, 0.1, 0.8, 0.99, 1e-6)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_adam_takes_nested_arguments_calls_back_before_each_step_and_leaves_the_start():
    start = {"W": np.ones((2, 2)), "b": (3.0, [np.zeros(3)])}
    seen = []

    def loss(x, i):
        return np.sum(x["W"] ** 2) + x["b"][0] ** 2 + np.sum((x["b"][1][0] - 2.0) ** 2)

    def callback(x, i, g):
        seen.append((i, loss(x, i)))
        assert g["W"].shape == (2, 2)

    end = adam(grad(loss), start, callback=callback, num_iters=300, step_size=0.05)
    assert [i for i, _ in seen] == list(range(300))
    assert seen[0][1] == 4 + 9 + 12
    assert loss(end, 0) < 1e-3
    assert type(end["b"]) is tuple
    assert np.array_equal(start["W"], np.ones((2, 2)))


def test_adam_of_a_number_gives_a_number_and_no_steps_give_the_start():
    assert adam(grad(lambda x, i: (x - 1.0) ** 2), 0.0, num_iters=400, step_size=0.1) == (
        pytest.approx(1.0, abs=1e-4)
    )
    assert adam(None, np.array([1.0]), num_iters=0).tolist() == [1.0]


@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        ({"num_iters": -1}, ValueError, "num_iters=-1"),
        ({"b1": 1.0}, ValueError, "betas"),
        ({"step_size": 0}, ValueError, "greater than zero"),
        ({"start": np.ones(2, complex)}, TypeError, "real numbers"),
        ({"grad": lambda x, i: {"x": x}}, ValueError, "is wanted"),
        ({"grad": lambda x, i: np.ones(3)}, ValueError, r"shape \(3,\) for an argument of \(2,\)"),
    ],
)
def test_adam_refuses_what_it_cannot_take(how, error, message):
    arguments = {"grad": lambda x, i: x, "start": np.ones(2), **how}
    with pytest.raises(error, match=message):
        adam(**arguments)


@pytest.mark.parametrize("start", [2.0, np.float32(2.0), [1.0, 2.0], [1.0 + 2.0j]], ids=str)
def test_a_step_between_forward_and_backward_is_refused(start):
    p = Value(start)
    seen = p.data  # which may be looked at, and is watched
    loss = np.abs(p * p).sum()
    loss.backward()
    SGD([p], lr=0.1).step()
    with pytest.raises(ValueError, match="was changed after multiply used it"):
        loss.backward()
    np.abs(p * p).sum().backward()
    assert np.shape(seen) == p.shape


# -- large parameters are moved a piece at a time ------------------------------------------------

MAKE = {
    "sgd": lambda p: SGD(p, lr=0.1),
    "momentum": lambda p: SGD(p, lr=0.1, momentum=0.9),
    "nesterov": lambda p: SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "rmsprop": lambda p: RMSprop(p, lr=0.1),
    "adam": lambda p: Adam(p, lr=0.1),
    "adamw": lambda p: AdamW(p, lr=0.1),
}


def after_steps(make, dtype, monkeypatch, small, piece=7, kind="C"):
    """The parameters, the state and the pieces after three steps."""
    monkeypatch.setattr(optimizer_page, "SMALL", small)
    monkeypatch.setattr(optimizer_page, "PIECE", piece)
    rng = np.random.default_rng(0)
    parameters = [Value(np.asarray(rng.normal(size=n), dtype, order=kind)) for n in ((4, 5), 3, 1)]
    optimizer = make(parameters)
    pieces = counted(optimizer, monkeypatch)
    for _ in range(3):
        for p in parameters:
            p.grad = rng.normal(size=p.shape)
        optimizer.step()
    return [p.data.tobytes() for p in parameters], optimizer.state, pieces


def counted(optimizer, monkeypatch):
    """The sizes of the gradients that the formula is given."""
    sizes = []
    kind = next(k for k in type(optimizer).__mro__ if "delta" in vars(k))
    formula = kind.delta

    @functools.wraps(formula)
    def delta(self, g):
        sizes.append(g.size)
        return formula(self, g)

    monkeypatch.setattr(kind, "delta", delta)
    return sizes


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", MAKE)
def test_pieces_move_as_the_whole_to_the_last_bit(name, dtype, monkeypatch):
    with monkeypatch.context() as patch:
        whole, state, sizes = after_steps(MAKE[name], dtype, patch, small=10**6)
    assert sizes == [24] * 3
    with monkeypatch.context() as patch:
        moved, own, sizes = after_steps(MAKE[name], dtype, patch, small=0)
    assert sizes == [7, 7, 6, 3, 1] * 3
    assert moved == whole
    assert own.keys() == state.keys()
    assert all(own[part].tobytes() == state[part].tobytes() for part in state)


def test_a_formula_that_looks_at_all_numbers_together_gets_them_together(monkeypatch):
    class Normalized(Adam):
        def delta(self, g):
            return super().delta(g / np.linalg.norm(g))

    make = lambda p: Normalized(p, lr=0.1)
    with monkeypatch.context() as patch:
        whole, _, _ = after_steps(make, float, patch, small=10**6)
    with monkeypatch.context() as patch:
        moved, _, sizes = after_steps(make, float, patch, small=0)
    assert sizes == [24] * 3
    assert moved == whole


@pytest.mark.parametrize(
    "parameters",
    [
        [Value(np.ones((3, 4), order="F"))],
        [Value(np.ones(9) + 1j)],
        [Value(np.ones(9)), Value(np.ones(9, np.float32))],
        [Value(np.ones(9)), Value(1.0)],
    ],
    ids=["columns first", "complex", "two dtypes", "a number"],
)
def test_other_parameters_are_moved_at_once(parameters, monkeypatch):
    monkeypatch.setattr(optimizer_page, "SMALL", 0)
    optimizer = SGD(parameters, lr=0.5)
    sizes = counted(optimizer, monkeypatch)
    for p in parameters:
        p.grad = np.ones(p.shape)
    before = [np.array(p.data) for p in parameters]
    optimizer.step()
    assert len(sizes) == 1
    assert all(np.array_equal(p.data, b - 0.5) for p, b in zip(parameters, before, strict=True))


def test_a_step_that_is_interrupted_between_pieces_leaves_the_whole_state(monkeypatch):
    monkeypatch.setattr(optimizer_page, "SMALL", 0)
    monkeypatch.setattr(optimizer_page, "PIECE", 4)
    p = Value(np.ones(12))
    optimizer = Adam([p])
    p.grad = np.ones(12)
    optimizer.step()
    root = np.sqrt
    calls = []

    def interrupted(x):
        calls.append(np.size(x))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return root(x)

    monkeypatch.setattr(np, "sqrt", interrupted)
    with pytest.raises(KeyboardInterrupt):
        optimizer.step()
    assert {name: x.shape for name, x in optimizer.state.items()} == {
        "mean": (12,),
        "mean_square": (12,),
    }


def test_what_is_used_before_large_parameters_move_is_refused_after(monkeypatch):
    monkeypatch.setattr(optimizer_page, "SMALL", 0)
    p = Value(np.ones(12))
    y = (p * p).sum()
    y.backward()
    SGD([p], lr=0.1).step()
    with pytest.raises(ValueError, match="was changed after"):
        y.backward()
