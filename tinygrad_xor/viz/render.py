"""From a graph to a file: a picture, with whatever Graphviz this machine has, or a text."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tinygrad_xor.files import write_atomically

FORMATS = ("svg", "png", "pdf")
_PACKAGE = __file__.rpartition("viz")[0]

_INSTALL = (
    "no Graphviz was found, so the graph was written as DOT text to {path}: "
    'pip install "tinygrad-xor[viz]", or Graphviz from your system, to have it drawn'
)

#: DOT text on stdin becomes a picture on stdout.
_DRAW = """
import sys, pygraphviz
try:
    graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
    sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog="dot"))
except ValueError:
    pass  # Graphviz has said on stderr why
"""


def render(graph: Any, path: str | os.PathLike[str]) -> Path:
    """Write a drawing, or DOT text, into a file, in the format of its ending.

    For ``.svg``, ``.png`` and ``.pdf`` the ``dot`` program is used if it is on the PATH, else
    pygraphviz. Without both, the DOT text is written instead, with the ending ``.dot``, and a
    warning says what to install. ``.dot``, ``.gv``, ``.json`` and ``.mmd`` are texts that need no
    Graphviz; the last two are of drawings only. The file is written whole or not at all.

    Args:
        graph: what `draw` made, another graph of the package graphviz, or DOT text.
        path: the file.

    Returns:
        The path of the file that was written.

    Raises:
        TypeError: if `graph` is something else.
        ValueError: if the text is not DOT, with what Graphviz says, or the ending is another one.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     render("digraph { a -> b }", Path(folder) / "graph.dot").name
    'graph.dot'
    """
    source = getattr(graph, "source", graph)
    if not isinstance(source, str):
        raise TypeError(
            f"render() takes what draw() made, or DOT text, not {type(graph).__name__}: "
            'render(draw(L), "graph.svg")'
        )
    path = Path(path)
    ending = path.suffix.lstrip(".").lower()
    texts: dict[str, Callable[[], str]] = {"dot": lambda: source, "gv": lambda: source}
    if hasattr(graph, "to_json"):
        texts |= {"json": graph.to_json, "mmd": graph.to_mermaid}
    if ending in texts:
        return write_atomically(path, texts[ending]())
    if ending not in FORMATS:
        known = ", ".join(f".{name}" for name in (*FORMATS, *texts))
        raise ValueError(f"cannot draw a graph into {path.name!r}: give it an ending of {known}")
    drawn = picture(source, ending)
    if drawn is None:
        path = write_atomically(path.with_suffix(".dot"), source)
        warn(_INSTALL.format(path=path))
        return path
    return write_atomically(path, drawn)


def warn(message: str) -> None:
    """Warn, and point at the user's line, however many calls of this package are in between."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)


def picture(source: str, ending: str) -> bytes | None:
    """DOT text drawn in a format; ``None`` if there is no Graphviz.

    Raises:
        ValueError: if the text is not DOT, with what Graphviz says.
    """
    if (command := _command(ending)) is None:
        return None
    paths = os.pathsep.join(filter(None, sys.path))
    env = {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run(command, input=source.encode(), capture_output=True, check=False, env=env)
    said = done.stderr.decode(errors="replace").strip()
    # pygraphviz raises nothing for a broken label: the picture comes back without it.
    if done.returncode or not done.stdout or "Error:" in said:
        raise ValueError(f"Graphviz cannot draw this: {said or 'there is no graph in it'}")
    return done.stdout


def _command(ending: str) -> list[str] | None:
    """What draws: ``dot``, or pygraphviz in a process of its own.

    Inside this one, Graphviz and fontconfig write their complaints into the descriptor of stderr,
    which belongs to every thread.
    """
    if shutil.which("dot"):
        return ["dot", f"-T{ending}"]
    try:
        import pygraphviz  # noqa: F401
    except ImportError:
        return None
    return [sys.executable, "-P", "-c", _DRAW, ending]
