"""Learn XOR: the gradients are checked, then the network is trained, then its loss is drawn."""

import numpy as np

from tinygrad_xor.datasets import truth_table
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
from tinygrad_xor.optim import Adam
from tinygrad_xor.testing.report import check_network
from tinygrad_xor.training import train
from tinygrad_xor.viz import plot_loss

X, y = truth_table("xor")
model = Sequential([Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")], seed=0)
loss = BinaryCrossentropy()

check = check_network(model, loss, y, n_inputs=2, examples=10, seed=0)
assert check.passed, check.failure
print(
    f"{len(check.comparisons)} gradients agree with numerical ones: worst {check.worst:.2g} of 10"
)

optimizer = Adam(model.parameters(), lr=0.001)
history = train(model, X, y, loss=loss, optimizer=optimizer, epochs=2000, batch_size=1, seed=0)
model.summary()
for x, prediction in zip(X, model.predict(X).ravel(), strict=True):
    print(x.astype(int), np.round(prediction, 3))
print("the loss is drawn in", plot_loss(history.loss, "xor-loss.png"))
