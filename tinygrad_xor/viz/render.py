"""From DOT text to a picture, with whatever Graphviz this machine has."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

from tinygrad_xor.files import write_atomically

INSTALL = (
    "no Graphviz was found, so the graph was written as DOT text to {path}: "
    'pip install "tinygrad-xor[viz]", or Graphviz from your system, to have it drawn'
)


def render(source: str, path: str | os.PathLike[str]) -> Path:
    """Draw DOT text into a file, in the format of its ending: ``.svg``, ``.png`` or ``.pdf``.

    The ``dot`` program is used if it is on the PATH, else pygraphviz. Without both, the DOT text is
    written instead, with the ending ``.dot``, and a warning says what to install.

    Returns:
        The path of the file that was written.

    Raises:
        ValueError: if the text is not DOT.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     render("digraph { a -> b }", Path(folder) / "graph.dot").name
    'graph.dot'
    """
    path = Path(path)
    kind = path.suffix.lstrip(".").lower()
    if kind in ("dot", "gv"):
        return write_atomically(path, source)
    picture = _draw(source, kind)
    if picture is None:
        path = write_atomically(path.with_suffix(".dot"), source)
        warnings.warn(INSTALL.format(path=path), stacklevel=2)
        return path
    return write_atomically(path, picture)


def _draw(source: str, kind: str) -> bytes | None:
    if shutil.which("dot"):
        return _with_dot(source, kind)
    try:
        import pygraphviz
    except ImportError:
        return None
    try:
        with _silent_stderr():  # fontconfig complains there when it has no configuration
            drawn: bytes = pygraphviz.AGraph(string=source).draw(format=kind, prog="dot")
    except (OSError, ValueError) as error:
        raise ValueError(f"Graphviz cannot draw this as {kind}: {error}") from error
    return drawn


def _with_dot(source: str, kind: str) -> bytes:
    import graphviz

    try:
        return graphviz.Source(source).pipe(format=kind)
    except (graphviz.CalledProcessError, ValueError) as error:
        detail = getattr(error, "stderr", b"") or str(error).encode()
        message = detail.decode(errors="replace").strip()
        raise ValueError(f"Graphviz cannot draw this as {kind}: {message}") from error


@contextlib.contextmanager
def _silent_stderr() -> Iterator[None]:
    """Send the process's stderr, that of C libraries too, nowhere for a moment."""
    sys.stderr.flush()
    saved = os.dup(2)
    try:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
