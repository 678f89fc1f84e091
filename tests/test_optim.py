"""Optimizers: each against the update formula of its source, written out with plain numbers."""

import math

import numpy as np
import pytest

from tinygrad_xor import Value, optim
from tinygrad_xor.optim import SGD, Adam, AdamW, RMSprop

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
    assert track == pytest.approx(formula, rel=1e-13)


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
    assert track == pytest.approx(expected(step, m=0.0, v=0.0), rel=1e-12)


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
    optimizer = optim.get(name)([p], lr=0.01)
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


@pytest.mark.parametrize("rate", ["0.1", None, [0.1]])
def test_a_learning_rate_is_a_number(rate):
    optimizer = Adam()
    with pytest.raises(TypeError, match="the learning rate is a number"):
        optimizer.learning_rate = rate
    with pytest.raises(ValueError, match="greater than zero, not inf"):
        optimizer.learning_rate = math.inf
