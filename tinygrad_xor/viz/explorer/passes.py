"""The stepped passes of a network: for each example, before and after training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tinygrad_xor.engine import Origin, Value
from tinygrad_xor.viz.explorer.listing import Listing
from tinygrad_xor.viz.explorer.runs import Run, flat
from tinygrad_xor.viz.explorer.steps import SteppedGraph, rules

#: A graph of more operations than this is stepped through by lines of code only.
MAX_OPERATIONS = 200
#: With more nodes, nobody would follow the steps.
MAX_NODES = 400
#: The page steps through so many examples at most.
MAX_EXAMPLES = 8


def network_passes(run: Run) -> dict[str, Any]:
    """Both passes over the network of `run`: one node for each line, and for each operation.

    Raises:
        ValueError: if the network is too large to be stepped through, or has softmax in it.
    """
    code = Listing(run.model, run.loss)
    lines = {label: i for i, label in enumerate(code.labels[-len(code.lines) :], start=1)}
    _refuse_large(len(code.labels))  # before the lines are run, which takes long then
    snapshots = run.snapshots
    moments = [snapshots[0], snapshots[-1]] if len(snapshots) > 1 else snapshots
    views: dict[str, dict[str, Any]] = {}
    for moment in moments:
        for x, y in zip(run.X[:MAX_EXAMPLES], run.y[:MAX_EXAMPLES], strict=True):
            values = code.run(flat(moment.weights), x, y)
            kinds = [[values[name] for name in names] for names in (code.targets, code.parameters)]
            graphs = {"lines": SteppedGraph(values["L"], True, *kinds)}
            if len(run.y[0]) == 1:
                operations = SteppedGraph(values["L"], False, *kinds)
                if len(operations.groups) <= MAX_OPERATIONS:
                    graphs["operations"] = operations
            for name, graph in graphs.items():
                if name not in views:
                    views[name] = _view(graph)
                    for node, group in zip(views[name]["nodes"], graph.groups, strict=True):
                        node["line"] = lines.get(str(graph.named[group[-1]].label), 0)
                views[name]["passes"].append(_numbers(graph))
    return {
        "views": views,
        "code": code.lines,
        "moments": [moment.epoch for moment in moments],
        "examples": [
            {"x": x.tolist(), "y": y.tolist()}
            for x, y in zip(run.X[:MAX_EXAMPLES], run.y[:MAX_EXAMPLES], strict=True)
        ],
    }


def value_passes(output: Value, made: Mapping[Any, Origin] | None = None) -> dict[str, Any]:
    """Both passes over the graph of one scalar, with one node for each operation."""
    graph = SteppedGraph(output)
    view = _view(graph)
    for node, (inner,) in zip(view["nodes"], graph.groups, strict=True):
        node["code"] = made[inner.value].code if made and inner.value in made else ""
    view["passes"].append(_numbers(graph))
    return {"views": {"operations": view}, "code": [], "moments": [], "examples": []}


def _view(graph: SteppedGraph) -> dict[str, Any]:
    """What is the same for every example: nodes and edges."""
    _refuse_large(len(graph.groups))
    return {
        "nodes": [{**node, "line": 0, "code": ""} for node in graph.nodes()],
        "edges": [{"tail": tail, "head": head} for tail, head in graph.edges],
        "rules": rules(graph),
        "passes": [],
    }


def _refuse_large(nodes: int) -> None:
    if nodes > MAX_NODES:
        raise ValueError(
            f"the graph has {nodes} nodes, more than the {MAX_NODES} that anybody would step "
            "through: explore a smaller network, or an inner value"
        )


def _numbers(graph: SteppedGraph) -> dict[str, Any]:
    return {
        "values": graph.values(),
        "back": [list(step.values()) for step in graph.backward_steps()],
    }
