"""What a wrong gradient looks like, so that its author knows where to look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_xor.testing.comparison import Comparison
from tinygrad_xor.testing.coordinates import Coordinates
from tinygrad_xor.testing.numerical import one_sided

#: Points of more numbers than this are not written out in messages.
SHOWN = 24


class GradientError(AssertionError):
    """A gradient that differences do not confirm; the message says which and by how much."""


def usable_outputs(
    evaluate: Callable[[list[Any]], list[Any]], inputs: Sequence[Any], names: Sequence[str]
) -> list[Any]:
    """The outputs, if they can be compared: numbers, finite, the same the second time.

    Raises:
        TypeError: if they are no numbers.
        GradientError: if the function writes into its arguments, or gives other numbers each time.
    """
    outputs = evaluate([np.array(x)[()] for x in inputs])
    for y in outputs:
        if y.dtype.kind == "b":
            raise TypeError(
                "the function returns booleans, which have no derivative: return the number that "
                "they are made from"
            )
        if y.dtype.kind not in "iufc":
            raise TypeError(f"the function returned {y!r}: it must return numbers or arrays")
    given = [np.array(x)[()] for x in inputs]
    again = evaluate(given)
    for name, x, old in zip(names, given, inputs, strict=True):
        if not np.array_equal(x, old, equal_nan=True):
            raise GradientError(
                f"the function writes into {name}: nothing can be compared. Copy it first"
            )
    check_same(outputs, again)
    for y in outputs:
        if not np.all(np.isfinite(y)):
            raise GradientError(f"the function gives numbers that are not finite here: {y}")
    return outputs


def check_same(first: Sequence[Any], second: Sequence[Any]) -> None:
    """Raise with the numbers that differ most, if two runs do not give the same."""
    why = "the function is not deterministic: called twice with the same arguments, it gives"
    shapes = [[np.shape(y) for y in run] for run in (first, second)]
    if shapes[0] != shapes[1]:
        raise GradientError(f"{why} the shapes {shapes[0]} and {shapes[1]}. Fix its random seed")
    for a, b in zip(first, second, strict=True):
        if not np.array_equal(a, b, equal_nan=True):
            apart = np.abs(np.ravel(a) - np.ravel(b))
            k = int(np.argmax(np.where(np.isnan(apart), np.inf, apart)))
            one, other = (float(np.real(np.ravel(y)[k])) for y in (a, b))
            raise GradientError(f"{why} {one!r} and {other!r}. Fix its random seed")


def check_form(gradients: Sequence[Any], inputs: Coordinates, whose: str) -> None:
    """Raise if there are not as many gradients as inputs, or one has another shape."""
    names, shapes = inputs.names, inputs.shapes
    if len(gradients) != len(shapes):
        raise GradientError(
            f"{whose} gives {len(gradients)} gradients for {len(shapes)} arguments: "
            f"{', '.join(names)}"
        )
    for g, name, shape in zip(gradients, names, shapes, strict=True):
        if np.asarray(g).dtype.kind not in "iufc":
            raise GradientError(
                f"{whose} gives {g!r} for {name}, where an array of shape {shape} is wanted"
            )
        if np.shape(g) != shape:
            raise GradientError(
                f"{whose} gives a gradient of shape {np.shape(g)} for {name} of shape "
                f"{shape}{_about_shapes(np.shape(g), shape)}"
            )


def _about_shapes(found: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    if found == wanted[::-1]:
        return ": it is transposed"
    if len(found) > len(wanted) or np.prod(found) > np.prod(wanted):
        return ": it was not summed over the axes that were broadcast"
    return ""


def explain(
    worst: Comparison,
    worst_of_arguments: Sequence[Comparison],
    compared: Sequence[Comparison],
    phi: Callable[[float], Any],
    inputs: Coordinates,
    at: Any,
    outputs: Sequence[Any],
    whose: str,
) -> str:
    """The message: where, both values with the error bar, what it looks like, who else is wrong."""
    lines = [
        f"{_ordinal(worst.order)} derivative, {worst.mode} mode, by {worst.what}: {whose} gives "
        f"{_number(worst.analytic)}, differences give {_number(worst.numerical)} ± "
        f"{worst.bound:.1g}, {worst.units:.3g} times the error bound apart"
    ]
    lines += hints(worst, compared, phi, [*inputs.split(at), *outputs])
    wrong = {c.argument: c for c in worst_of_arguments}
    for argument, c in wrong.items():
        of_it = [k for k in compared if k.argument == argument]
        if len(of_it) > 1:
            lines.append(
                f"  {argument}: {sum(k.fails for k in of_it)} of {len(of_it)} derivatives are "
                f"wrong: the worst by {c.what} is {_number(c.analytic)} instead of "
                f"{_number(c.numerical)} ± {c.bound:.0e}"
            )
        elif len(compared) > 1:
            lines.append(
                f"  {c.what}: {_number(c.analytic)} instead of {_number(c.numerical)} ± "
                f"{c.bound:.0e}: wrong"
            )
    right = dict.fromkeys(c.argument for c in compared if c.argument not in wrong)
    if right:
        lines.append(f"  right: {', '.join(right)}")
    if inputs.size <= SHOWN:
        lines.append(f"  at {point(inputs, at)}")
    return "\n".join(lines)


def point(inputs: Coordinates, at: Any) -> str:
    """Where it was, in words; of large arguments the shape."""
    return ", ".join(
        f"{name} = {_array(x) if np.size(x) <= SHOWN else f'an array of shape {np.shape(x)}'}"
        for name, x in zip(inputs.names, inputs.split(at), strict=True)
    )


def hints(
    worst: Comparison,
    compared: Sequence[Comparison],
    phi: Callable[[float], Any],
    arrays: Sequence[Any],
) -> list[str]:
    """What the numbers look like, most telling first; `arrays` are the inputs and the outputs."""
    if _looks_single(worst):
        return [
            "  the difference is that of float32: the rule computes in single precision, or with a "
            "constant or an iteration that is no more exact"
        ]
    left, right = (complex(np.real(side)) for side in one_sided(phi))
    if abs(left - right) > 1e-3 * max(abs(left), abs(right), 1e-3):
        return [
            f"  the point is at a kink: the slope is {_number(left)} on one side and "
            f"{_number(right)} on the other, so there is no derivative. Move the point"
        ]
    if not np.isfinite(worst.analytic):
        return [f"  the derivative is {worst.analytic}, where the function is finite"]
    found: list[str] = []
    if worst.analytic == 0:
        found.append("  it is zero: a rule is missing, or the result was detached on the way")
    elif abs(worst.numerical) > 10 * worst.bound:
        found += _about_ratio(worst, compared, arrays)
    if abs(worst.analytic - worst.numerical) > 1e-4 * abs(worst.numerical) and _permuted(compared):
        found.append("  the right numbers are there in another order: a shape may be transposed")
    apart = max(
        abs(c.analytic - c.numerical) / (abs(c.numerical) or 1e-300) for c in compared if c.fails
    )
    if apart < 1e-2:
        found.append(
            f"  the relative difference is at most {apart:.1g}: where a derivative is meant to be "
            f"approximate, pass rtol={10.0 ** np.ceil(np.log10(apart)):.0e}"
        )
    return found


def _about_ratio(
    worst: Comparison, compared: Sequence[Comparison], arrays: Sequence[Any]
) -> list[str]:
    ratio = np.real(worst.analytic / worst.numerical)
    wrong = [c for c in compared if c.fails and abs(c.numerical) > 10 * c.bound]
    same = all(abs(c.analytic / c.numerical - ratio) < 1e-4 * abs(ratio) for c in wrong)
    text = (
        f"  the ratio of the two is {ratio:.6g}{', everywhere' if same and len(wrong) > 1 else ''}"
    )
    lengths = {n for x in arrays for n in (*np.shape(x), np.size(x)) if n > 1}
    meaning = {
        -1.0: "the sign is wrong",
        2.0: "a term is counted twice",
        0.5: "a factor 2 is missing",
    }
    for n in sorted(lengths):
        meaning.setdefault(float(n), f"{n} is a length here: a mean may be taken as a sum")
        meaning.setdefault(
            1.0 / n,
            f"1/{n}, where {n} is a length here: a sum may be taken as a mean, or a gradient not "
            "be summed over an axis that was broadcast",
        )
    if abs(ratio - 1) < 1e-4:
        return []
    for value, words in meaning.items():
        if abs(ratio - value) < 1e-4 * abs(value):
            return [f"{text}: {words}"]
    return [text]


def _permuted(compared: Sequence[Comparison]) -> bool:
    analytic, numerical = (
        np.sort_complex(np.array([complex(v) for v in side]))
        for side in ([c.analytic for c in compared], [c.numerical for c in compared])
    )
    return len(analytic) > 1 and bool(np.allclose(analytic, numerical, rtol=1e-6, atol=1e-9))


def _looks_single(worst: Comparison) -> bool:
    relative = abs(worst.analytic - worst.numerical) / max(abs(worst.numerical), 1e-300)
    return 5e-10 < relative < 2.5e-7


def _array(x: Any) -> str:
    return np.array2string(np.asarray(x), precision=6, separator=", ").replace("\n", "")


def _number(x: Any) -> str:
    x = complex(x)
    return f"{x:.9g}" if x.imag else f"{x.real:.9g}"


def _ordinal(order: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(order, f"{order}th")
