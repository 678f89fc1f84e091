"""Learn XOR: the gradients are checked, then the network is trained, then its loss is drawn."""

import numpy as np

from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
from tinygrad_xor.testing.checks import check_network
from tinygrad_xor.viz import plot_loss

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([[0], [1], [1], [0]])

model = Sequential(seed=0)
model.add(Dense(5, input_dim=2, activation="relu"))
model.add(Dense(1, activation="sigmoid"))

check = check_network(model, BinaryCrossentropy(), y, n_inputs=2, examples=10, seed=0)
assert check.passed, check.failure
print(f"{len(check.comparisons)} gradients agree with finite differences")

model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
model.summary()
history = model.fit(X, y, batch_size=1, epochs=2000, verbose=0)
for x, p in zip(X, model.predict(X).ravel(), strict=True):
    print(x, round(float(p), 3))
print("the loss is drawn in", plot_loss(history.loss, "xor-loss.png"))
