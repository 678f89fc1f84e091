"""The explorer: one HTML file to step through a backward pass and to scrub through a training.

Read it in this order: ``listing`` (a network as lines of scalar code), ``steps`` (the numbers of
the forward and the backward pass), ``layout`` (where the nodes stand), ``runs`` (a recorded
training), ``curves`` (the activations and their slopes), ``document`` (the page around them).
"""

from tinygrad_xor.viz.explorer.document import Explorer, explore, explore_value
from tinygrad_xor.viz.explorer.runs import Run

__all__ = ["Explorer", "Run", "explore", "explore_value"]
