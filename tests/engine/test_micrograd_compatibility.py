"""What was written for micrograd runs here with only its import changed, and gives its numbers.

The expressions are those of micrograd's own tests and of its README, the network is that of its
demo. Where micrograd is installed, the same function also runs on its Value; the reference that is
always there is central differences of the same function of plain floats.
"""

import itertools
import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tinygrad_xor import Value

try:
    from micrograd.engine import Value as MicrogradValue
except ImportError:
    MicrogradValue = None


def relu(x):
    """ReLU of one of the Values, or of a plain float."""
    return max(x, 0.0) if isinstance(x, float) else x.relu()


# -- its expressions ---------------------------------------------------------------------------


def sanity_check(x):
    z = 2 * x + 2 + x
    q = relu(z) + z * x
    h = relu(z * z)
    return h + q + q * x


def more_operations(a, b):
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + relu(b + a)
    d += 3 * d + relu(b - a)
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return g


def each_operator_on_both_sides(a, b):
    y = a + b - a * b + a / b
    y = (y + 1) * (1 + y)
    y = (y - 2) * (2 - y)
    y = (y * 3 + 3 * y) / 4
    y = y + 5 / (b * b + 1) + (a**2 + 1) ** -1 + (b**2 + 1) ** 0.5
    y += a
    y -= b
    y *= 0.5
    y /= 2.0
    return -y


def polynomial(a, b):
    return sum((a**n * b for n in range(1, 5)), b - a)


EXPRESSIONS = [
    (sanity_check, (-4.0,)),
    (more_operations, (-4.0, 2.0)),
    (each_operator_on_both_sides, (1.5, -0.75)),
    (polynomial, (0.5, -2.0)),
]
expressions = pytest.mark.parametrize(
    ("expression", "point"), EXPRESSIONS, ids=[e.__name__ for e, _ in EXPRESSIONS]
)


def value_and_gradients(kind, expression, point):
    leaves = [kind(x) for x in point]
    y = expression(*leaves)
    y.backward()
    return y.data, [leaf.grad for leaf in leaves]


def central_differences(function, point, step=1e-5):
    """Of the function of plain floats: no Value of anyone's takes part."""
    gradients = []
    for i, x in enumerate(point):
        ahead, behind = list(point), list(point)
        ahead[i], behind[i] = x + step, x - step
        gradients.append((function(*ahead) - function(*behind)) / (2 * step))
    return gradients


def check_against_micrograd(expression, point):
    """The same numbers from micrograd itself, where it is installed."""
    if MicrogradValue is not None:
        data, gradients = value_and_gradients(MicrogradValue, expression, point)
        ours, our_gradients = value_and_gradients(Value, expression, point)
        assert ours == pytest.approx(data, rel=1e-10, abs=1e-12)
        assert our_gradients == pytest.approx(gradients, rel=1e-10, abs=1e-12)


@expressions
def test_an_expression_of_micrograds_gives_the_value_and_gradients_of_plain_floats(
    expression, point
):
    data, gradients = value_and_gradients(Value, expression, point)
    assert data == pytest.approx(expression(*point), rel=1e-14, abs=0)
    assert gradients == pytest.approx(central_differences(expression, point), rel=1e-7)
    check_against_micrograd(expression, point)


def test_the_sanity_check_gives_the_numbers_that_micrograd_gives():
    assert value_and_gradients(Value, sanity_check, (-4.0,)) == (-20.0, [46.0])


def test_the_example_of_micrograds_readme_gives_the_numbers_printed_there():
    data, gradients = value_and_gradients(Value, more_operations, (-4.0, 2.0))
    assert f"{data:.4f}" == "24.7041"
    assert [f"{g:.4f}" for g in gradients] == ["138.8338", "645.5773"]


@expressions
@given(st.data())
def test_at_any_point_away_from_kinks_and_poles_the_gradient_is_that_of_central_differences(
    expression, point, data
):
    eighths = [data.draw(st.integers(-16, 16)) for _ in point]
    shifted = [n / 8 + 0.04 + 0.007 * i for i, n in enumerate(eighths)]
    value, gradients = value_and_gradients(Value, expression, shifted)
    size = 1 + max(abs(value), *map(abs, gradients))
    assume(size < 1e6)  # differences mean little where 10 / f shoots up
    differences = central_differences(expression, shifted, step=1e-6)
    assert gradients == pytest.approx(differences, rel=1e-5, abs=1e-7 * size)
    check_against_micrograd(expression, shifted)


# -- its attributes ----------------------------------------------------------------------------


def test_data_and_grad_are_plain_numbers_that_can_be_printed_and_assigned():
    x = Value(-4.0)
    assert (x.data, x.grad) == (-4.0, 0)
    (x * x).backward()
    assert f"{x.data:.1f} {x.grad:.1f}" == "-4.0 -8.0"
    x.grad = 0
    x.data -= 0.5 * -8.0
    assert (x.data, x.grad) == (0.0, 0)


def test_an_int_is_taken_as_it_is_there():
    x = Value(3)
    (x * 2).backward()
    assert (x.data, x.grad) == (3.0, 2.0)


def test_repr_begins_as_there():
    assert repr(Value(2.0)) == "Value(data=2.0, grad=0.0)"


def test_tanh_and_exp_are_there_as_in_the_lectures():
    x = Value(0.5)
    e = (2 * x).exp()
    by_parts = (e - 1) / (e + 1)
    by_parts.backward()
    parts, x.grad = x.grad, 0
    whole = x.tanh()
    whole.backward()
    assert by_parts.data == pytest.approx(whole.data, rel=1e-15, abs=0)
    assert parts == pytest.approx(x.grad, rel=1e-14, abs=0)


# -- its demo ----------------------------------------------------------------------------------


class Neuron:
    """A neuron as micrograd's, of any Values: a weighted sum and perhaps ReLU."""

    def __init__(self, kind, source, n_inputs, nonlinear):
        self.w = [kind(source.uniform(-1, 1)) for _ in range(n_inputs)]
        self.b = kind(0)
        self.nonlinear = nonlinear

    def __call__(self, x):
        total = sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b)
        return total.relu() if self.nonlinear else total

    def parameters(self):
        return [*self.w, self.b]


class MLP:
    """Layers of such neurons, the last of them linear."""

    def __init__(self, kind, source, *sizes):
        self.layers = [
            [Neuron(kind, source, n_in, n_out != 1) for _ in range(n_out)]
            for n_in, n_out in itertools.pairwise(sizes)
        ]

    def __call__(self, x):
        for layer in self.layers:
            x = [neuron(x) for neuron in layer]
        return x[0]

    def parameters(self):
        return [p for layer in self.layers for neuron in layer for p in neuron.parameters()]


POINTS = [((0.0, 1.0), 1), ((1.0, -0.5), -1), ((-0.9, 0.4), 1), ((0.1, 0.1), -1)]


def hinge_loss_with_penalty(model):
    losses = [(1 + -label * model(point)).relu() for point, label in POINTS]
    data_loss = sum(losses) * (1.0 / len(losses))
    penalty = 1e-4 * sum(p * p for p in model.parameters())
    return data_loss + penalty


def train(kind, steps):
    """micrograd's demo, step by step: forward, zero, backward, descend with a falling rate."""
    model = MLP(kind, random.Random(1337), 2, 8, 8, 1)
    losses = []
    for k in range(steps):
        total = hinge_loss_with_penalty(model)
        losses.append(total.data)
        for p in model.parameters():
            p.grad = 0
        total.backward()
        rate = 0.2 - 0.18 * k / steps
        for p in model.parameters():
            p.data -= rate * p.grad
    return losses, model


def test_the_demos_network_learns_points_of_two_moons():
    losses, model = train(Value, 60)
    assert losses[-1] < 0.1 * losses[0]
    assert [model(point) > 0 for point, _ in POINTS] == [label > 0 for _, label in POINTS]


def test_every_parameter_of_the_demos_network_has_the_gradient_of_central_differences():
    model = MLP(Value, random.Random(7), 2, 4, 1)
    hinge_loss_with_penalty(model).backward()
    for p in model.parameters():
        kept, step = p.data, 1e-6
        p.data = kept + step
        ahead = hinge_loss_with_penalty(model).data
        p.data = kept - step
        behind = hinge_loss_with_penalty(model).data
        p.data = kept
        assert p.grad == pytest.approx((ahead - behind) / (2 * step), rel=1e-6, abs=1e-8)


def test_the_demo_takes_the_same_steps_as_on_micrograd_itself_where_that_is_installed():
    if MicrogradValue is not None:
        assert train(Value, 10)[0] == pytest.approx(train(MicrogradValue, 10)[0], rel=1e-9, abs=0)
