"""The table of a network: its layers, their output shapes, how many numbers they learn."""

from __future__ import annotations

from tinygrad_xor.columns import aligned
from tinygrad_xor.language import say
from tinygrad_xor.nn import activations
from tinygrad_xor.nn.stack import Stack


def summary_lines(model: Stack, lang: str = "en") -> list[str]:
    """The table, line by line; what is not known before the first input is a question mark.

    Args:
        model: the network.
        lang: of the words, ``"en"`` or ``"ru"``.

    Raises:
        ValueError: if there is no such language.
    """
    names = ("layer", "activation", "output_shape", "parameters")
    heads = tuple(say(f"summary.{name}", lang) for name in names)
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
                str(sum(p.size for p in layer.weights)) if shape is not None else "?",
            )
        )
    count = "?" if shape is None else str(model.count_parameters())
    totals = [(say("summary.total", lang), "", "", count)]
    if not all(layer.trainable for layer in model.layers):
        learning = sum(p.size for p in model.trainable_parameters())
        totals.append((say("summary.trainable", lang), "", "", str(learning)))
    return aligned([heads, None, *body, None, *totals], left=3)
