"""The page itself: one HTML text with its data, style and program inside."""

from __future__ import annotations

import json
import math
import os
import warnings
from collections.abc import Mapping, Sequence
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_xor.engine import Origin, Value, newest_first
from tinygrad_xor.files import write_atomically
from tinygrad_xor.language import checked, messages
from tinygrad_xor.nn import Sequential
from tinygrad_xor.program.constants import mapped
from tinygrad_xor.snapshots import Snapshots
from tinygrad_xor.training import History
from tinygrad_xor.viz.explorer.live import choices, programs
from tinygrad_xor.viz.explorer.passes import network_passes, value_passes
from tinygrad_xor.viz.explorer.runs import Run
from tinygrad_xor.viz.numbers import storable

#: In the order in which they build on each other.
SCRIPTS = """basics network neurons surface chart layout graph steps film training
apart moment seeds live activations main""".split()
#: Numbers keep so many digits in the page.
DIGITS = 7
#: The height of the frame in a notebook, in pixels.
FRAME_HEIGHT = 860


class Explorer:
    """A self-contained page. Notebooks show it; `save` writes it as a file.

    Args:
        data: what the page shows: ``passes``, ``runs``, ``live``, ``title``.
        lang: the language it opens in, ``"en"`` or ``"ru"``; it can be switched in the page.

    Raises:
        ValueError: if the language is another one.
    """

    def __init__(self, data: Mapping[str, Any], lang: str = "en") -> None:
        self.data = dict(data)
        self.lang = checked(lang)

    @property
    def html(self) -> str:
        """The whole page as text. It loads nothing from anywhere."""
        program = "\n".join(_part(f"{name}.js") for name in SCRIPTS)
        fills = {
            "LANG": self.lang,
            "TITLE": escape(str(self.data.get("title", ""))),
            "STYLE": _part("page.css"),
            "FORMULAS": _part("formulas.html"),
            "DATA": as_json(self.data),
            "WORDS": as_json(messages("explorer")),
            "ENGINE": f"{programs()}\n{_part('engine.js')}",
            "PROGRAM": f'(() => {{\n"use strict";\n{program}\n}})();',
        }
        pieces = _part("page.html").split("%%")  # text, name, text, name, …, text
        pieces[1::2] = [fills[name] for name in pieces[1::2]]
        return storable("".join(pieces))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page into a file, whole or not at all.

        Returns:
            The path of the file.
        """
        return write_atomically(path, self.html)

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{escape(self.html)}" width="100%" height="{FRAME_HEIGHT}" '
            'style="border:0" title="tinygrad_xor explorer"></iframe>'
        )


def explore(
    model: Sequential,
    X: Any,  # noqa: N803 (as in the course, and in every book)
    y: Any,
    history: Snapshots | History | None = None,
    *,
    loss: Any = None,
    others: Sequence[Run] = (),
    name: str | None = None,
    lang: str = "en",
) -> Explorer:
    """A page to step through the backward pass of `model` and to scrub through its training.

    Args:
        model: a trained network of dense layers.
        X: the examples, shape ``(n, features)``; with 2 features, decision surfaces are drawn.
        y: their targets, shape ``(n, outputs)``.
        history: the `Snapshots` that were passed to ``fit(callbacks=[...])``; a `History` gives the
            last moment only.
        loss: ``loss(y_true, y_pred)`` or the name of one, as in training; by default the one that
            the network was compiled with, else binary cross-entropy.
        others: more runs, to compare with.
        name: what the page calls this run.
        lang: the language it opens in, ``"en"`` or ``"ru"``.

    Returns:
        An `Explorer`: notebooks show it, ``.save("explorer.html")`` writes a file.

    Raises:
        TypeError: if the network, the history or another run is something else.
        ValueError: if the examples or the snapshots do not fit the network, or it has activations
            that the page does not know.

    Warns:
        UserWarning: if the network cannot be stepped through, because it is too large or has
            softmax in it: the page then has its training only.

    >>> from tinygrad_xor.datasets import truth_table
    >>> from tinygrad_xor.nn import Dense
    >>> model = Sequential([Dense(2, "tanh", input_dim=2), Dense(1, "sigmoid")], seed=0)
    >>> page = explore(model, *truth_table("xor")).html
    >>> page.count("<script"), "http://" in page.replace("http://www.w3.org", "")
    (4, False)
    """
    run = Run("network" if name is None else str(name), model, X, y, history, loss)
    if wrong := [r for r in others if not isinstance(r, Run)]:
        raise TypeError(
            "others= are runs to compare with, Run(name, model, X, y, snapshots), not "
            f"{type(wrong[0]).__name__}"
        )
    try:
        passes = network_passes(run)
    except ValueError as error:
        passes = None
        warnings.warn(f"the page has no steps of the backward pass: {error}", stacklevel=2)
    data = {
        "title": run.name,
        "passes": passes,
        "runs": [r.payload() for r in (run, *others)],
        "live": choices(),
    }
    return Explorer(data, lang)


def explore_value(
    output: Value, made: Mapping[Any, Origin] | None = None, *, lang: str = "en"
) -> Explorer:
    """A page to step through the backward pass of any scalar computed from scalars.

    Args:
        output: the Value to start from.
        made: what a ``with origins() as made`` block gave, for the line of code of each node.
        lang: the language it opens in.

    Raises:
        TypeError: if `output` is not a Value, or something on the way is complex.
        ValueError: if something on the way is an array, or the graph is too large.

    >>> x = Value(2.0, label="x")
    >>> len(explore_value(x * x + x).data["passes"]["views"]["operations"]["nodes"])
    3
    """
    if not isinstance(output, Value):
        raise TypeError(f"explore_value() takes a Value, not {type(output).__name__}: {output!r}")
    if any(np.iscomplexobj(node.data) for node in newest_first(output)):
        raise TypeError("the page shows real numbers, and there are complex ones on the way")
    title = str(output.label or "graph")
    passes = value_passes(output, made)
    return Explorer({"title": title, "passes": passes, "runs": []}, lang)


def as_json(data: Any) -> str:
    r"""`data` as JSON that may stand in a ``<script>``: nothing in it can end the element.

    JSON has no NaN and no infinities: they are written as texts, which JavaScript's ``Number()``
    reads. Other numbers are rounded to 7 digits.

    >>> as_json({"</script>": [1 / 3, float("nan"), float("-inf")]})
    '{"\\u003c/script>":[0.3333333,"NaN","-Infinity"]}'
    """
    text = json.dumps(mapped(_rounded, data), ensure_ascii=False, separators=(",", ":"))
    for character in "<\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _rounded(x: Any) -> Any:
    if not isinstance(x, float):
        return x
    if not math.isfinite(x):
        return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
    short = float(f"{x:.{DIGITS}g}")
    return int(short) if short.is_integer() and abs(short) < 1e6 else short


def _part(name: str) -> str:
    return resources.files(__package__).joinpath("page", name).read_text("utf-8")
