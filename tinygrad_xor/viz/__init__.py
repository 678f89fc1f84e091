"""Pictures: the compute graph, the loss, the decision surface, the weights over epochs, a film.

Graphviz, pygraphviz and matplotlib are imported where a picture is drawn, not here.
"""

from tinygrad_xor.viz.animate import animate
from tinygrad_xor.viz.graph import draw
from tinygrad_xor.viz.histograms import plot_histograms
from tinygrad_xor.viz.plots import plot_decision, plot_loss
from tinygrad_xor.viz.render import render
from tinygrad_xor.viz.terminal import decision_text

__all__ = [
    "animate",
    "decision_text",
    "draw",
    "plot_decision",
    "plot_histograms",
    "plot_loss",
    "render",
]
