"""The explorer: one HTML file to step through a backward pass and to scrub through a training.

Read it in this order: ``listing`` (a network as lines of scalar code), ``steps`` (the numbers of
the forward and the backward pass), ``runs`` (a recorded training), ``live`` (what the page computes
itself), ``document`` (the page around them).
"""

from tinygrad_xor.viz.explorer.document import Explorer, explore, explore_value
from tinygrad_xor.viz.explorer.runs import Run

__all__ = ["Explorer", "Run", "explore", "explore_value"]
