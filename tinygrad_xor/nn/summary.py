"""The table of a network: its layers, their output shapes, how many numbers they learn."""

from __future__ import annotations

from tinygrad_xor.language import say
from tinygrad_xor.nn import activations
from tinygrad_xor.nn.stack import Stack

Row = tuple[str, ...]


def summary_lines(model: Stack, lang: str = "en") -> list[str]:
    """The table, line by line; what is not known before the first input is a question mark.

    Args:
        model: the network.
        lang: of the words, ``"en"`` or ``"ru"``.

    Raises:
        ValueError: if there is no such language.
    """
    names = ("layer", "activation", "output_shape", "parameters")
    heads: Row = tuple(say(f"summary.{name}", lang) for name in names)
    body, shape = [], model.input_shape
    for layer in model.layers:
        shape = None if shape is None else layer.compute_output_shape(shape)
        activation = getattr(layer, "activation", None)
        body.append(
            (
                type(layer).__name__
                + ("" if layer.trainable else f" ({say('summary.frozen', lang)})"),
                "" if activation is None else activations.name_of(activation),
                "?" if shape is None else f"(None, {', '.join(map(str, shape))})",
                str(sum(p.size for p in layer.parameters())) if shape is not None else "?",
            )
        )
    count = "?" if shape is None else str(model.count_parameters())
    totals: list[Row] = [(say("summary.total", lang), "", "", count)]
    if not all(layer.trainable for layer in model.layers):
        learning = sum(p.size for p in model.trainable_parameters())
        totals.append((say("summary.trainable", lang), "", "", str(learning)))
    widths = [max(map(len, column)) for column in zip(heads, *body, *totals, strict=True)]
    rule: Row = tuple("-" * width for width in widths)
    return [_line(row, widths) for row in [heads, rule, *body, rule, *totals]]


def _line(row: Row, widths: list[int]) -> str:
    left = "  ".join(cell.ljust(w) for cell, w in zip(row[:3], widths[:3], strict=True))
    return f"{left}  {row[3].rjust(widths[3])}"
