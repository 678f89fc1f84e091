"""The atlas: how often a small network learns XOR, and what decides it.

Width, activation, initialisation, optimizer and learning rate are varied, a thousand networks are
trained for each setting, and the share of those that learned comes with its confidence interval.
"""

from tinygrad_xor.atlas.csv_file import Atlas, add_to_atlas, measured, read_atlas, write_atlas
from tinygrad_xor.atlas.endings import Endings, endings
from tinygrad_xor.atlas.measure import Counts, measure, wilson
from tinygrad_xor.atlas.settings import LIKE, Setting, like

__all__ = [
    "LIKE",
    "Atlas",
    "Counts",
    "Endings",
    "Setting",
    "add_to_atlas",
    "endings",
    "like",
    "measure",
    "measured",
    "read_atlas",
    "wilson",
    "write_atlas",
]
