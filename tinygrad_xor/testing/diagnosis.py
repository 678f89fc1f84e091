"""What a wrong gradient looks like, so that its author knows where to look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_xor.testing.numerical import EPS, one_sided

if TYPE_CHECKING:
    from tinygrad_xor.testing.comparison import Comparison

#: Points of more numbers than this are not written out in messages.
SHOWN = 24


class GradientError(AssertionError):
    """A gradient that differences do not confirm; the message says which and by how much."""


def check_repeatable(
    value: Callable[..., Any], f: Any, inputs: list[Any], outputs: list[Any]
) -> None:
    """Raise if the function gives other numbers the second time, or writes into its arguments."""
    before = [x.copy() for x in inputs]
    again = value(f, inputs)
    for i, (x, old) in enumerate(zip(inputs, before, strict=True)):
        if not np.array_equal(x, old, equal_nan=True):
            raise GradientError(
                f"the function writes into argument {i}: nothing can be compared. Copy it first"
            )
    same = len(again) == len(outputs) and all(
        np.array_equal(a, b, equal_nan=True) for a, b in zip(again, outputs, strict=False)
    )
    if not same:
        raise GradientError(
            "the function is not deterministic: called twice with the same arguments, it gives "
            f"{outputs} and {again}. Fix its random seed"
        )
    for y in outputs:
        if not np.all(np.isfinite(y)):
            raise GradientError(f"the function gives numbers that are not finite here: {y}")


def is_single(
    value: Callable[..., Any], f: Any, inputs: list[Any], outputs: list[Any], size: float
) -> bool:
    """Whether something on the way to `outputs` is rounded to float32.

    It does not see a move of the inputs by 2**-34, but one by 2**-20, so that slopes differ. `size`
    is that of the numbers on the way, whose rounding in float64 does little.
    """

    def slopes(step: float) -> list[Any]:
        moved = value(f, [x * (1 + step) for x in inputs])
        return [(a - b) / step for a, b in zip(moved, outputs, strict=True)]

    noise = 64 * EPS * 2.0**34
    return any(
        np.any(np.abs(fine - coarse) > np.abs(coarse) / 8 + noise * (np.abs(y) + size + EPS))
        for y, fine, coarse in zip(outputs, slopes(2.0**-34), slopes(2.0**-20), strict=True)
    )


def check_form(gradients: Sequence[Any], inputs: Sequence[Any], whose: str) -> None:
    """Raise if there are not as many gradients as inputs, or one has another shape."""
    if len(gradients) != len(inputs):
        raise GradientError(f"{whose} gives {len(gradients)} gradients for {len(inputs)} arguments")
    for i, (g, x) in enumerate(zip(gradients, inputs, strict=True)):
        if np.shape(g) != np.shape(x):
            raise GradientError(
                f"{whose} gives a gradient of shape {np.shape(g)} for argument {i} of shape "
                f"{np.shape(x)}{_about_shapes(np.shape(g), np.shape(x))}"
            )


def _about_shapes(found: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    if found == wanted[::-1]:
        return ": it is transposed"
    if len(found) > len(wanted) or np.prod(found) > np.prod(wanted):
        return ": it was not summed over the axes that were broadcast"
    return ""


def explain(
    worst: Comparison,
    compared: Sequence[Comparison],
    phi: Callable[[float], Any],
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    whose: str,
) -> str:
    """The message: where, both values with the error bar, and what it looks like."""
    lines = [
        f"{_ordinal(worst.order)} derivative, {worst.mode} mode, by {worst.what}: {whose} gives "
        f"{_number(worst.analytic)}, differences give {_number(worst.numerical)} ± "
        f"{worst.bound:.1g}, {worst.units:.3g} times the error bound apart"
    ]
    lines += hints(worst, compared, phi, inputs, outputs)
    wrong = [c for c in compared if c.fails]
    if len(compared) > 1:
        lines.append(f"{len(wrong)} of {len(compared)} derivatives are wrong:")
        lines += [
            f"    {c.what:<32}{_number(c.analytic):>22}{_number(c.numerical):>22} ± {c.bound:.0e}"
            f"{'   wrong' if c in wrong else ''}"
            for c in (wrong + [c for c in compared if c not in wrong])[:12]
        ]
    if sum(np.size(x) for x in inputs) <= SHOWN:
        lines.append("at the point")
        lines += [f"    argument {i} = {_array(x)}" for i, x in enumerate(inputs)]
    return "\n".join(lines)


def hints(
    worst: Comparison,
    compared: Sequence[Comparison],
    phi: Callable[[float], Any],
    inputs: Sequence[Any],
    outputs: Sequence[Any],
) -> list[str]:
    """What the numbers look like, most telling first."""
    if _looks_single(worst):
        return ["  the difference is that of float32: the rule computes in single precision"]
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
        found += _about_ratio(worst, compared, inputs, outputs)
    if abs(worst.analytic - worst.numerical) > 1e-4 * abs(worst.numerical) and _permuted(compared):
        found.append("  the right numbers are there in another order: a shape may be transposed")
    return found


def _about_ratio(
    worst: Comparison, compared: Sequence[Comparison], inputs: Sequence[Any], outputs: Sequence[Any]
) -> list[str]:
    ratio = np.real(worst.analytic / worst.numerical)
    wrong = [c for c in compared if c.fails and abs(c.numerical) > 10 * c.bound]
    same = all(abs(c.analytic / c.numerical - ratio) < 1e-4 * abs(ratio) for c in wrong)
    text = (
        f"  the ratio of the two is {ratio:.6g}{', everywhere' if same and len(wrong) > 1 else ''}"
    )
    lengths = {n for x in (*inputs, *outputs) for n in (*np.shape(x), np.size(x)) if n > 1}
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
    return 1e-9 < relative < 2.5e-7


def _array(x: Any) -> str:
    return np.array2string(np.asarray(x), precision=6, separator=", ").replace("\n", "")


def _number(x: Any) -> str:
    x = complex(x)
    return f"{x:.9g}" if x.imag else f"{x.real:.9g}"


def _ordinal(order: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(order, f"{order}th")
