"""Pictures: the compute graph, the chain rule in words, the loss, the decision surface.

Graphviz, pygraphviz and matplotlib are imported where a picture is drawn, not here.
"""

from tinygrad_xor.viz.explain import explain
from tinygrad_xor.viz.formulas import formula
from tinygrad_xor.viz.graph import draw
from tinygrad_xor.viz.plots import plot_decision, plot_loss
from tinygrad_xor.viz.render import render
from tinygrad_xor.viz.walk import walk

__all__ = ["draw", "explain", "formula", "plot_decision", "plot_loss", "render", "walk"]
