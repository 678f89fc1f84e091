"""What a check of gradients says: a line for each page or operation, the score of the faults."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tinygrad_xor.columns import aligned
from tinygrad_xor.language import say, translated
from tinygrad_xor.testing.comparison import FACTOR

if TYPE_CHECKING:
    from tinygrad_xor.derivatives.coverage import Row
    from tinygrad_xor.testing.kinks import Kink
    from tinygrad_xor.testing.mutants import Mutant
    from tinygrad_xor.testing.results import Result


def check_lines(results: Iterable[Result]) -> Iterator[str]:
    """One line for each page of derivatives, as soon as it is checked, and one for a failure."""
    for page, group in itertools.groupby(results, key=lambda r: r.page):
        examples, worst, count = 0, 0.0, 0
        for result in group:
            if not result.passed:
                yield say("check.page_failed", page=page_name(page), name=result.name)
                return
            examples, worst, count = examples + result.examples, max(worst, result.worst), count + 1
        yield say(
            "check.page_line",
            page=page_name(page) if page else say("check.the_network"),
            operations=say("check.operations", n=count) if page else "",
            examples=say("check.n_examples", n=examples),
            worst=worst,
            limit=FACTOR,
        )


def page_name(page: str) -> str:
    """A page of derivatives, as lists show it."""
    return translated("pages", page.replace("_", " "))


#: Before the line of an operation, which stands below its page.
INDENT = "  "
#: How wide the columns of the long report are at least.
_WIDTHS = (20, 7, 8, 10, 8, 6, 7)


def report_head() -> str:
    """The head of the long report."""
    names = ("orders", "modes", "dtypes", "head_examples", "worst", "seconds")
    return _report_row(["", *(say(f"check.{name}") for name in names)])


def _report_row(cells: Sequence[str]) -> str:
    return INDENT + aligned([cells], left=6, least=_WIDTHS)[0]


def report_line(result: Result) -> str:
    """One operation in the long report: f and r are forward and reverse mode."""
    orders = "1" if result.order == 1 else say("check.up_to", order=result.order)
    short = {"float32": "f4", "float64": "f8", "complex128": "c16"}
    cells = (
        result.name,
        orders,
        " ".join(say(f"check.{mode}") for mode in result.modes),
        " ".join(short.get(name, name) for name in sorted(result.dtypes, key=list(short).index)),
        str(result.examples),
        f"{result.worst:.2g}",
        f"{result.seconds:.2f}",
    )
    return _report_row(cells) + ("" if result.passed else say("check.FAIL"))


def report_end(results: Sequence[Result], seconds: float) -> str:
    """How many derivatives were compared, how, in how many seconds, and the worst error."""
    count = sum(len(r.comparisons) for r in results)
    calls = sum(r.calls for r in results)
    worst = max(results, key=lambda r: r.worst)
    failed = sum(not r.passed for r in results)
    if failed:
        return say("check.failed", failed=failed, of=len(results))
    compared = say(
        "check.compared",
        n=count,
        operations=say("check.of_operations", n=len(results)),
        calls=say("check.calls", n=calls),
        seconds=seconds,
    )
    verdict = say("check.verdict", worst=worst.worst, name=worst.name, limit=FACTOR)
    return f"{compared}\n{verdict}"


def score(planted: Sequence[Mutant]) -> str:
    """How many planted faults were caught: for each fault, and in all."""
    from tinygrad_xor.testing.mutants import SURVIVED, VERDICTS

    by_fault: dict[str, list[Mutant]] = {}
    for m in planted:
        by_fault.setdefault(_fault_name(m.fault), []).append(m)
    rows = [
        [fault, str(len(group)), *(str(sum(m.verdict == v for m in group)) for v in VERDICTS)]
        for fault, group in [*by_fault.items(), (say("check.in_all"), list(planted))]
    ]
    verdicts = [translated("faults", verdict) for verdict in VERDICTS]
    heads = [say("check.fault"), say("check.planted"), *verdicts]
    lines = aligned([heads, None, *rows], left=1)
    survivors = [
        say("check.survivor", entry=m.entry, rule=m.rule, fault=_fault_name(m.fault))
        for m in planted
        if m.verdict == SURVIVED
    ]
    return "\n".join([*lines, *(["", say("check.survived"), *survivors] if survivors else [])])


def _fault_name(fault: str) -> str:
    return translated("faults", fault.replace("_", " "))


def coverage_table(rows: Iterable[Row]) -> str:
    """Every function of NumPy in one of three columns, and why some are not supported."""
    found = list(rows)
    lines = []
    for column in ("differentiable", "constant", "not supported"):
        of_it = [row for row in found if row.column == column]
        lines += [f"{translated('coverage', column)} ({len(of_it)})", ""]
        reasons: dict[str, list[str]] = {}
        for row in of_it:
            reasons.setdefault(row.reason, []).append(row.name)
        for reason, names in reasons.items():
            why = [f"  {translated('coverage', reason)}:"] if reason else []
            lines += [*why, _wrapped(names, "    " if reason else "  "), ""]
    return "\n".join(lines)


def kinks_table(points: Iterable[tuple[str, Kink]]) -> str:
    """What the engine answers at kinks, under the rule that it follows there."""
    from tinygrad_xor.testing.kinks import written

    lines: list[str] = []
    for rule, group in itertools.groupby(points, key=lambda pair: pair[0]):
        lines += ["", translated("kinks", rule)]
        lines += [f"{INDENT}{kink.title:<44}{written(kink.answer())}" for _, kink in group]
    return "\n".join(lines[1:])


def _wrapped(words: list[str], indent: str) -> str:
    how: Any = {"initial_indent": indent, "subsequent_indent": indent}
    how |= {"break_long_words": False, "break_on_hyphens": False}
    return textwrap.fill(" ".join(words), 96, **how)
