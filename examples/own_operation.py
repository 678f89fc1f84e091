"""Add operations of your own to the table of derivatives, and have them checked like all others.

    python examples/own_operation.py

An entry is a function, a symbol for pictures, and a derivative rule for each argument: a rule takes
the gradient ``g`` that comes in, the output, and the inputs. It is written in plain NumPy, so that
it can be differentiated again. The domain says where gradient tests may draw inputs.
"""

import numpy as np

from tinygrad_xor import Value, grad
from tinygrad_xor.engine import primitive
from tinygrad_xor.engine.sampling import nonzero
from tinygrad_xor.testing.checks import check_entry

# -- an operation on each element -----------------------------------------------------------------

# The derivative of x / (1 + |x|) is 1 / (1 + |x|)². At 0 the second derivative jumps.
softsign = primitive(
    lambda x: x / (1 + np.abs(x)),
    "softsign",
    lambda g, y, x: g / (1 + np.abs(x)) ** 2,
    name="softsign",
    elementwise=True,
    domain=nonzero,
    distance_to_kink=lambda x: x,
    real_only=True,
)

# -- an operation on whole arrays, with a parameter -----------------------------------------------


def a_matrix_and_a_power(random):
    """One valid call for gradient tests: the shapes of the inputs, and the parameters."""
    return ((random.randint(1, 3), 2),), {"power": random.choice([2, 3])}


# The sum over rows of x**power: its derivative is power · x**(power - 1), for each row.
power_sum = primitive(
    lambda x, power: np.sum(x**power, axis=0),
    "Σxⁿ",
    lambda g, y, x, power: g * power * x ** (power - 1),
    name="power_sum",
    calls=a_matrix_and_a_power,
)

if __name__ == "__main__":
    for entry in (softsign, power_sum):
        result = check_entry(entry, examples=50, seed=0)
        verdict = f"wrong: {result.failure}" if result.failure else "right"
        print(
            f"{entry.name}: {result.examples} examples, worst error {result.worst:.0e}, {verdict}"
        )
    x = Value([-2.0, 0.5], label="x")
    softsign(x).sum().backward()
    print("softsign at", x.data, "has the derivative", x.grad)
    print("and at 1.0 the second derivative", grad(grad(softsign))(1.0))
