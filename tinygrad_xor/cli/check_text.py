"""What a check of gradients says: a line for each page or operation, the score of the faults."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from tinygrad_xor.testing.comparison import FACTOR

if TYPE_CHECKING:
    from tinygrad_xor.derivatives.coverage import Row
    from tinygrad_xor.testing.mutants import Mutant
    from tinygrad_xor.testing.report import Result


def check_lines(results: Iterable[Result]) -> Iterator[str]:
    """One line for each page of derivatives, as soon as it is checked, and one for a failure."""
    for page, group in itertools.groupby(results, key=lambda r: r.page):
        examples, worst, count = 0, 0.0, 0
        for result in group:
            if not result.passed:
                yield f"  {page:<18}{result.name} FAIL"
                return
            examples, worst, count = examples + result.examples, max(worst, result.worst), count + 1
        what = f"{count} operation{'s' if count > 1 else ''}" if page else ""
        yield (
            f"  {page.replace('_', ' ') or 'the network':<18}{what:<14}{examples:>6} examples   "
            f"worst error {worst:.1g} of {FACTOR:g}   pass"
        )


#: Before the line of an operation, which stands below its page.
INDENT = "  "
#: The columns of the long report: their heads, and how wide they are.
_COLUMNS = (("", 26), ("orders", 8), ("modes", 9), ("dtypes", 15), ("examples", 9), ("worst", 8))


def report_head() -> str:
    """The head of the long report."""
    heads = "".join(f"{head:<{width}}" for head, width in _COLUMNS)
    return f"{INDENT}{heads}{'seconds':>7}"


def report_line(result: Result) -> str:
    """One operation in the long report: f and r are forward and reverse mode."""
    orders = "1" if result.order == 1 else f"1 to {result.order}"
    short = {"float32": "f4", "float64": "f8", "complex128": "c16"}
    cells = (
        result.name,
        orders,
        " ".join(mode[:3] for mode in result.modes),
        " ".join(short.get(name, name) for name in sorted(result.dtypes, key=list(short).index)),
        str(result.examples),
        f"{result.worst:.2g}",
    )
    row = "".join(f"{cell:<{width}}" for cell, (_, width) in zip(cells, _COLUMNS, strict=True))
    return f"{INDENT}{row}{result.seconds:>7.2f}{'' if result.passed else '  FAIL'}"


def report_end(results: Sequence[Result]) -> str:
    """How many derivatives were compared, how, and the worst error."""
    count = sum(len(r.comparisons) for r in results)
    calls = sum(r.calls for r in results)
    worst = max(results, key=lambda r: r.worst)
    failed = sum(not r.passed for r in results)
    if failed:
        return f"{failed} of {len(results)} FAILED"
    return (
        f"{count} derivatives of {len(results)} operations compared, with {calls} calls, in "
        f"{sum(r.seconds for r in results):.1f} s.\nThe worst error is {worst.worst:.2g} times the "
        f"error bound, of {worst.name}; {FACTOR:g} would fail. All pass."
    )


def score(planted: Sequence[Mutant]) -> str:
    """How many planted faults were caught: for each fault, and in all."""
    from tinygrad_xor.testing.mutants import SURVIVED, VERDICTS

    width = max((len(m.fault) for m in planted), default=0) + 2
    lines = [f"{'fault':<{width}}{'planted':>9}" + "".join(f"{v:>20}" for v in VERDICTS)]
    by_fault: dict[str, list[Mutant]] = {}
    for m in planted:
        by_fault.setdefault(m.fault.replace("_", " "), []).append(m)
    for fault, group in [*by_fault.items(), ("in all", list(planted))]:
        counts = [sum(m.verdict == verdict for m in group) for verdict in VERDICTS]
        lines.append(f"{fault:<{width}}{len(group):>9}" + "".join(f"{n:>20}" for n in counts))
    survivors = [f"  {m.entry}, rule {m.rule}: {m.fault}" for m in planted if m.verdict == SURVIVED]
    return "\n".join([*lines, *(["", "survived:", *survivors] if survivors else [])])


def coverage_table(rows: Iterable[Row]) -> str:
    """Every function of NumPy in one of three columns, and why some are not supported."""
    columns: dict[str, list[Row]] = {}
    for row in rows:
        columns.setdefault(row.column, []).append(row)
    lines = []
    for column in ("differentiable", "constant", "not supported"):
        names = columns.get(column, [])
        lines += [f"{column} ({len(names)})", ""]
        if column == "not supported":
            reasons: dict[str, list[str]] = {}
            for row in names:
                reasons.setdefault(row.reason, []).append(row.name)
            for reason, functions in reasons.items():
                lines += [f"  {reason}:", _wrapped(functions, "    "), ""]
        else:
            lines += [_wrapped([row.name for row in names], "  "), ""]
    return "\n".join(lines)


def _wrapped(words: list[str], indent: str) -> str:
    return textwrap.fill(
        " ".join(words),
        width=96,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
