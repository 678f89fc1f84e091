"""The table of a network: its layers, their output shapes, how many numbers they learn."""

from __future__ import annotations

from tinygrad_xor.columns import aligned
from tinygrad_xor.language import say
from tinygrad_xor.nn import activations
from tinygrad_xor.nn.network import Network


def summary_lines(model: Network, lang: str = "en") -> list[str]:
    """The table, line by line; what is not known before the first input is a question mark.

    Args:
        model: the network.
        lang: of the words, ``"en"`` or ``"ru"``.

    Raises:
        ValueError: if there is no such language.
    """
    more = ["connected_to"] if model.input_layers else []
    names = ["layer", "activation", "output_shape", *more, "parameters"]
    makers = model.makers()
    shapes = None if model.input_shape is None else model.shapes(model.input_shape)
    body = []
    for layer in model.layers:
        kind, activation = type(layer).__name__, getattr(layer, "activation", None)
        own = [] if shapes is None else [shapes[i] for i, x in enumerate(makers) if x is layer]
        of_one_call = len(layer.gives) if isinstance(layer, Network) else 1
        frozen = "" if layer.trainable else f" ({say('summary.frozen', lang)})"
        row = [
            (f"{layer.name} ({kind})" if model.input_layers else kind) + frozen,
            "" if activation is None else activations.name_of(activation),
            ", ".join(f"(None, {', '.join(map(str, shape))})" for shape in own[:of_one_call])
            or "?",
        ]
        if model.input_layers:
            takes = [call.takes for call in model.calls if call.layer is layer]
            numbers = [i for x in takes for i in (x if isinstance(x, tuple) else (x,))]
            sources = [source.name for i in numbers if (source := makers[i]) is not None]
            row.append(", ".join(dict.fromkeys(sources)))
        row.append("?" if shapes is None else str(sum(p.size for p in layer.weights)))
        body.append(tuple(row))
    count = "?" if shapes is None else str(model.count_parameters())
    totals = [(say("summary.total", lang), count)]
    if not all(layer.trainable for layer in model.flat_layers):
        learning = sum(p.size for p in model.trainable_parameters())
        totals.append((say("summary.trainable", lang), str(learning)))
    heads = tuple(say(f"summary.{name}", lang) for name in names)
    between = ("",) * (len(names) - 2)
    ends = [(name, *between, number) for name, number in totals]
    return aligned([heads, None, *body, None, *ends], left=len(names) - 1)
