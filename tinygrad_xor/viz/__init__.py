"""Pictures: the graph and its chain rule, the explorer, losses, surfaces, weights, films.

Graphviz, pygraphviz and matplotlib are imported where a picture is drawn, not here.
"""

from tinygrad_xor.viz.animate import animate
from tinygrad_xor.viz.decision_text import decision_text
from tinygrad_xor.viz.draw import draw
from tinygrad_xor.viz.explain import explain
from tinygrad_xor.viz.explorer import Explorer, explore, explore_value
from tinygrad_xor.viz.formulas import formula
from tinygrad_xor.viz.histograms import plot_histograms
from tinygrad_xor.viz.plot_atlas import plot_atlas
from tinygrad_xor.viz.plots import paint_decision, plot_decision, plot_loss
from tinygrad_xor.viz.render import render
from tinygrad_xor.viz.walk import walk

__all__ = [
    "Explorer",
    "animate",
    "decision_text",
    "draw",
    "explain",
    "explore",
    "explore_value",
    "formula",
    "paint_decision",
    "plot_atlas",
    "plot_decision",
    "plot_histograms",
    "plot_loss",
    "render",
    "walk",
]
