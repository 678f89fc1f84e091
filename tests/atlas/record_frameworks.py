"""Record what frameworks make of XOR, for ``test_frameworks.py`` to compare with. No test itself.

    pip install torch micrograd && python tests/atlas/record_frameworks.py

writes ``frameworks.json`` beside this file: for a few seeds, the weights that the framework starts
from, and the four predictions at the end of its own training. The tests need no framework.
"""

import json
import random
from importlib.metadata import version
from pathlib import Path

import numpy as np

XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
SEEDS = range(6)
EPOCHS = 2000


def of_torch(seed):
    """Linear(2, 4), ReLU, Linear(4, 1), sigmoid; cross-entropy, Adam, all four rows in a batch."""
    import torch

    torch.manual_seed(seed)
    first, last = torch.nn.Linear(2, 4), torch.nn.Linear(4, 1)
    model = torch.nn.Sequential(first, torch.nn.ReLU(), last, torch.nn.Sigmoid()).double()
    start = [p.detach().numpy().T.copy() for p in model.parameters()]
    inputs, targets = torch.tensor(XOR[0]).double(), torch.tensor(XOR[1]).double()[:, None]
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(EPOCHS):
        optimizer.zero_grad()
        torch.nn.functional.binary_cross_entropy(model(inputs), targets).backward()
        optimizer.step()
    return start, model(inputs).detach().numpy().ravel()


def of_micrograd(seed):
    """MLP(2, [4, 1]); the sum of squares, p.data -= 0.05 p.grad."""
    from micrograd.nn import MLP

    random.seed(seed)
    model = MLP(2, [4, 1])
    start = []
    for layer in model.layers:
        start.append(np.array([[w.data for w in neuron.w] for neuron in layer.neurons]).T)
        start.append(np.array([neuron.b.data for neuron in layer.neurons], dtype=float))
    for _ in range(EPOCHS):
        loss = sum((model(x) - y) ** 2 for x, y in zip(*XOR, strict=True))
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.05 * p.grad
    return start, np.array([model(x).data for x in XOR[0]])


def main():
    """Write the file."""
    runs = []
    for name, train in (("torch", of_torch), ("micrograd", of_micrograd)):
        for seed in SEEDS:
            start, predictions = train(seed)
            weights = [array.tolist() for array in start]
            runs.append(
                {"like": name, "seed": seed, "weights": weights, "ends": predictions.tolist()}
            )
    versions = {name: version(name).partition("+")[0] for name in ("torch", "micrograd")}
    text = json.dumps({"versions": versions, "runs": runs}, indent=1)
    Path(__file__).with_name("frameworks.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
