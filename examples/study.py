"""How often does a network of 2 to 5 neurons learn XOR? A study of 80 networks, on all processors.

Kill it, and start it again: it goes on where it was.
"""

from collections import Counter

from tinygrad_xor import study
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.nn import Dense, Sequential


def network(seed, width):
    model = Sequential(seed=seed)
    model.add(Dense(width, input_dim=2, activation="tanh"))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


if __name__ == "__main__":
    records = study(
        network,
        truth_table("xor"),
        {"width": [2, 3, 4, 5], "epochs": [1000], "batch_size": [1]},
        seeds=range(20),
        path="study.jsonl",
        progress=True,
    )
    learned = Counter(r["width"] for r in records if r["accuracy"] == 1)
    for width in (2, 3, 4, 5):
        print(f"{width} neurons: {learned[width]} of 20 learn XOR")
