"""A user's program: it must pass ``mypy --strict`` against the installed package, and run."""

from typing import assert_type

import numpy as np

from tinygrad_xor import Value
from tinygrad_xor.nn import Dense, Sequential
from tinygrad_xor.optim import Adam

x = Value(2.0, label="x")
y = (x * 3.0 + 1.0).tanh() ** 2
y.backward()
assert_type(y, Value)

model = Sequential([Dense(5, input_dim=2, activation="relu"), Dense(1, activation="sigmoid")])
optimizer = Adam(model.parameters(), lr=0.001)
assert_type(model.parameters(), list[Value])
assert_type(model(np.zeros((4, 2))), Value)
