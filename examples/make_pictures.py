"""Make the pictures of the README and its pages again: draw, train XOR, draw what came of it."""

import shutil
import tempfile
from pathlib import Path

import numpy as np

from tinygrad_xor import Value
from tinygrad_xor.atlas import Setting, measured
from tinygrad_xor.cli.main import main
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
from tinygrad_xor.optim import Adam
from tinygrad_xor.snapshots import Snapshots
from tinygrad_xor.training import train
from tinygrad_xor.viz import animate, draw, plot_atlas, plot_histograms

here = Path(__file__).parent / "pictures"

# The graphs of two listings: that of student.md, and that of the Russian page.
x, w = Value(2.0, label="x"), Value(0.5, label="w")
loss = (1 - np.tanh(x * w)) ** 2
loss.label = "L"
loss.backward()
print("made", draw(loss).save(here / "chain_rule.svg").name)

x = Value(2.0, label="x")
z = np.tanh(x * 3.0 + 1.0) ** 2
z.backward()
print("made", draw(z, lang="ru").save(here / "value.ru.svg").name)

# What the main job writes.
with tempfile.TemporaryDirectory() as folder:
    main(["--skip-check", "--quiet", "--out", folder])
    for name in ("decision.png", "graph.svg"):
        print("made", shutil.copy(Path(folder) / name, here / name).name)

# The same training once more, with snapshots.
X, y = truth_table("xor")
model = Sequential([Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")], seed=0)
snapshots = Snapshots(model)
train(
    model,
    X,
    y,
    loss=BinaryCrossentropy(),
    optimizer=Adam(model.parameters(), lr=0.001),
    epochs=2000,
    batch_size=1,
    seed=0,
    on_epoch=snapshots,
)
title = "A 2-5-1 network learns XOR"
print("made", plot_histograms(snapshots, here / "weights.png", title=title).name)
print("made", animate(snapshots, X, y, here / "training.gif", title=title).name)

# The atlas, from the counts that come with the package: a thousand networks for each point.
chapter = {
    setting: counts
    for setting, counts in measured().items()
    if setting == Setting(width=setting.width, activation=setting.activation)
}
title = "How often a network with one hidden layer learns XOR"
print("made", plot_atlas(chapter, here / "atlas.png", title=title).name)
