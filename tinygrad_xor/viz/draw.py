"""The compute graph as a picture: every Value with its operation, its data and its gradient."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tinygrad_xor.engine import Origin, Value
from tinygrad_xor.language import say, speaking
from tinygrad_xor.names import look_up
from tinygrad_xor.nn import Model
from tinygrad_xor.program import Program
from tinygrad_xor.viz.colours import THEMES
from tinygrad_xor.viz.graph import Graph, columns
from tinygrad_xor.viz.levels import collapsed, folded, summarised
from tinygrad_xor.viz.render import warn
from tinygrad_xor.viz.tracing import network, traced
from tinygrad_xor.viz.walk import graph_of, walk

if TYPE_CHECKING:
    from tinygrad_xor.viz.drawing import Drawing

#: More nodes than this take Graphviz minutes, and nobody could read them.
MAX_NODES = 1000
#: An arrow takes as long to lay out as the columns it passes: a weight that each of 100 steps uses
#: takes longer than 1000 nodes with one use each.
COLUMNS_PER_NODE = 6
DIRECTIONS = ("LR", "RL", "TB", "BT")


def draw(
    *what: Any,
    loss: Any = None,
    direction: str | None = None,
    theme: str = "light",
    lang: str = "en",
    legend: bool = True,
    fold: bool = False,
    collapse: bool | str | Collection[str] = False,
    origins: Mapping[Value, Origin] | None = None,
    parameters: Iterable[Value] = (),
    max_nodes: int = MAX_NODES,
) -> Drawing:
    """Draw the graph of Values, of a function at some arguments, or of a model.

    A card shows the label, the operation and the shape, then the data and, after ``backward()``,
    the gradient, coloured blue above zero and orange below, the stronger the larger. An arrow has
    the local derivative of its end by its start: a number between scalars, else a formula. Leaves
    have round corners and a thick frame, parameters a thicker one, constants a dashed frame,
    outputs a double one, layers a frame around all that is in them.

    A graph of more than `max_nodes` nodes is summarised in one box, with a warning that says so.

    Args:
        what: Values; or a function (also ``grad(f)``) and its arguments; or a model, its inputs
            and, with `loss`, its targets; or a model alone, for its layers without numbers; or a
            `Program`, for its steps. A function is called once, and gradients are those of its
            output: no ``grad`` is touched.
        loss: the name of a loss, or a function ``loss(y_true, y_pred)``.
        direction: where the arrows point: ``"LR"``, left to right, ``"TB"``, top to bottom,
            ``"RL"`` or ``"BT"``; by default left to right, if a page has room for that.
        theme: ``"light"`` or ``"dark"``.
        lang: of the legend: ``"en"`` or ``"ru"``.
        legend: whether to explain below what is what.
        fold: whether chains such as ``a + b + c + d`` become one node.
        collapse: layers to show as one box: all of them, or those of these names, or of one name.
        origins: which layer made each of the Values, from `tinygrad_xor.engine.origins`.
        parameters: which leaves of the Values are parameters.
        max_nodes: how many nodes to draw at most; with many more, Graphviz takes minutes.

    Returns:
        A ``graphviz.Digraph``: notebooks show it, and ``.save("graph.svg")`` makes a file of it, in
        the format of its ending. ``.source`` is its DOT text; ``.to_mermaid()`` and ``.to_json()``
        are for other tools.

    Raises:
        TypeError: if there is something that cannot be drawn.
        ValueError: if there is nothing to draw, the direction, the theme, the language or a layer
            is unknown, or a leaf's data was changed after it was used.

    >>> x = Value(2.0, label="x")
    >>> y = x * 3.0
    >>> y.backward()
    >>> drawing = draw(y)
    >>> [(edge.tail.label, edge.number, edge.flow) for edge in drawing.graph.edges]
    [('x', 3.0, 3.0), (None, None, None)]
    >>> draw(lambda a, b: a * b, 2.0, 5.0).graph.nodes[0].gradient
    5.0
    """
    if direction not in (None, *DIRECTIONS):
        raise ValueError(f"unknown direction {direction!r}: there are {', '.join(DIRECTIONS)}")
    colours = look_up("theme", theme, THEMES)
    with speaking(lang):
        graph = graph_of_any(what, loss, origins, parameters)
        if fold:
            graph = folded(graph)
        if collapse is not False:
            graph = collapsed(graph, {collapse} if isinstance(collapse, str) else collapse)
        if message := too_large(graph, max_nodes):
            warn(message)
            graph = summarised(graph, message)

    from tinygrad_xor.viz.drawing import Drawing

    return Drawing.of(graph, direction, colours, lang, legend)


def graph_of_any(
    what: tuple[Any, ...],
    loss: Any = None,
    origins: Mapping[Value, Origin] | None = None,
    parameters: Iterable[Value] = (),
) -> Graph:
    """The picture of Values, of a program, or of a function or a model at some arguments."""
    if loss is not None and (not what or not callable(what[0])):
        raise TypeError("loss= goes with a model, draw(model, x, y, loss='mse'), not with Values")
    if not what or not callable(what[0]):
        return walk(what, origins=origins, parameters=parameters)
    function, *args = what
    if not args and loss is None and isinstance(function, Program):
        return graph_of(function)
    if not args and loss is None and isinstance(function, Model):
        return network(function)
    if not args:
        raise TypeError(
            "a function is drawn at some arguments: draw(f, 0.5), draw(grad(f), 0.5), "
            "draw(model, x, y, loss='mse')"
        )
    return traced(function, args, loss)


def too_large(graph: Graph, max_nodes: int = MAX_NODES) -> str | None:
    """Why this graph should not be given to Graphviz; ``None`` if it may be."""
    if len(graph.nodes) > max_nodes:
        return say("graph.too_many_nodes", n=len(graph.nodes), most=max_nodes)
    column = columns((edge.tail, edge.head) for edge in graph.edges)
    passed = sum(column[edge.head] - column[edge.tail] for edge in graph.edges)
    if passed > (most := COLUMNS_PER_NODE * max_nodes):
        return say("graph.too_many_columns", n=passed, most=most)
    return None
