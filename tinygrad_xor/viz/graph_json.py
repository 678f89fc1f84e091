"""The picture as JSON, for other tools.

Version 1 is an object with

- ``format``: always ``"tinygrad_xor.graph"``; ``version``: ``1``;
- ``message``: a sentence, if this is a summary of a larger graph, else ``null``;
- ``nodes``: a list, inputs before what was computed from them. Each has ``id``, unique; ``kind``,
  one of leaf, parameter, constant, operation, layer, summary; ``label`` or ``null``; ``symbol``;
  ``operation``, its name in the table of derivatives, or ``null``; ``params``, a text for each
  parameter; ``shape`` and ``dtype``; ``data`` and ``gradient``, a number or nested lists, ``null``
  where there is none or the array has more than 1000 elements; ``range``, the least and the
  greatest finite number of the data, or ``null``; ``output``, true or false; ``scopes``, the layers
  around it, outermost first;
- ``edges``: a list. Each has ``source`` and ``target``, ids; ``position``, which argument it is;
  ``derivative``, the local derivative if both ends are scalars, else ``null``; ``formula``, the
  same as text; ``flow``, what it adds to the gradient of its source, or ``null``.

JSON has no infinities: numbers that are not finite are the texts ``"nan"``, ``"inf"`` and
``"-inf"``. A complex number is a text such as ``"(1+2j)"``. Readers should ignore members that they
do not know: later versions may add some under the same number.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from tinygrad_xor.program.constants import mapped
from tinygrad_xor.viz.card import parameters
from tinygrad_xor.viz.graph import Edge, Graph, Node
from tinygrad_xor.viz.numbers import storable

FORMAT, VERSION = "tinygrad_xor.graph", 1
#: Larger arrays are written as their shape and range only.
MAX_ELEMENTS = 1000


def to_json(graph: Graph, indent: int | None = None) -> str:
    """The JSON text of a picture, as this module's description says.

    >>> from tinygrad_xor import Value
    >>> from tinygrad_xor.viz.walk import walk
    >>> x = Value(2.0, label="x")
    >>> json.loads(to_json(walk([x * x])))["edges"][0]
    {'source': 'v0', 'target': 'v1', 'position': 0, 'derivative': 2.0, 'formula': 'x', 'flow': None}
    """
    whole = {
        "format": FORMAT,
        "version": VERSION,
        "message": graph.message,
        "nodes": [_node(node) for node in graph.nodes],
        "edges": [_edge(edge) for edge in graph.edges],
    }
    return json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=indent)


def _node(node: Node) -> dict[str, Any]:
    array = None if node.data is None else np.asarray(node.data)
    return {
        "id": node.name,
        "kind": node.kind,
        "label": _text(node.label),
        "symbol": _text(node.symbol),
        "operation": node.operation,
        "params": {key: _text(parameters({key: x})) for key, x in (node.params or {}).items()},
        "shape": None if node.shape is None else list(node.shape),
        "dtype": node.dtype,
        "data": _numbers(node.data),
        "gradient": _numbers(node.gradient),
        "range": _range(array),
        "output": node.is_output,
        "scopes": [_text(name) for name in node.scopes],
    }


def _edge(edge: Edge) -> dict[str, Any]:
    return {
        "source": edge.tail.name,
        "target": edge.head.name,
        "position": edge.position,
        "derivative": _numbers(edge.number),
        "formula": _text(edge.formula),
        "flow": _numbers(edge.flow),
    }


def _text(words: str | None) -> str | None:
    return words and storable(words)


def _numbers(x: Any) -> Any:
    if x is None or np.size(x) > MAX_ELEMENTS:
        return None
    return mapped(_storable, np.asarray(x).tolist())


def _storable(x: Any) -> Any:
    is_text = isinstance(x, complex) or (isinstance(x, float) and not np.isfinite(x))
    return str(x) if is_text else x


def _range(array: Any) -> list[float] | None:
    if array is None or array.size == 0 or np.iscomplexobj(array):
        return None
    finite = array[np.isfinite(array)]
    return [float(finite.min()), float(finite.max())] if finite.size else None
