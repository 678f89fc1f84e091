"""``tinygrad-xor check``: every derivative against differences; what of NumPy is covered."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tinygrad_xor.cli import text
from tinygrad_xor.names import look_up

if TYPE_CHECKING:
    from tinygrad_xor.testing.faults import Mutant
    from tinygrad_xor.testing.report import Result
    from tinygrad_xor.testing.strategies import Entry

PASSED, FAILED = 0, 1


def build_parser() -> argparse.ArgumentParser:
    """The parser of the arguments after ``check``."""
    parser = argparse.ArgumentParser(
        prog="tinygrad-xor check",
        description="Compare every derivative of the table, and of what is composed of it, with "
        "central differences; or list what of NumPy is differentiable.",
        epilog="Exit codes: 0 all pass, 1 a gradient is wrong or a fault was not caught, "
        "2 wrong arguments.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--list", action="store_true", help="list every public function of NumPy")
    parser.add_argument(
        "--mutants", action="store_true", help="plant faults into every rule, and count the caught"
    )
    parser.add_argument("--primitive", metavar="NAME", help="only this operation: tanh")
    parser.add_argument("--examples", type=int, default=10, help="examples for each operation")
    parser.add_argument("--seed", type=int, default=0, help="of the examples")
    return parser


def main(argv: Sequence[str]) -> int:
    """Run the command with `argv`, and return its exit code."""
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.list:
        from tinygrad_xor.derivatives.coverage import coverage

        print(text.coverage_table(coverage()))
        return PASSED
    try:
        entries = _entries(args.primitive)
    except ValueError as error:
        parser.error(str(error))
    if args.mutants:
        return _mutants(entries, args.examples)
    failures: list[str] = []

    def noted() -> Iterator[Result]:
        for result in _results(entries, args.examples, args.seed):
            if result.failure is not None:
                failures.append(result.failure)
            yield result

    for line in text.check_lines(noted()):
        print(line)
    for failure in failures:
        print(failure, file=sys.stderr)
    return FAILED if failures else PASSED


def _entries(name: str | None) -> list[Entry]:
    """All operations, page by page, or the one of that name."""
    from tinygrad_xor.engine import COMPOSED, TABLE

    entries: list[Entry] = [*TABLE.values(), *COMPOSED.values()]
    if name is not None:
        look_up("operation", name, {**COMPOSED, **TABLE})
        entries = [entry for entry in entries if entry.name == name]
    return sorted(entries, key=lambda entry: entry.page)


def _results(entries: list[Entry], examples: int, seed: int) -> Iterator[Result]:
    from tinygrad_xor.testing.report import check_entry

    for entry in entries:
        yield check_entry(entry, examples, seed)


def _mutants(entries: list[Entry], examples: int) -> int:
    """Plant every fault into every rule, and print the score of the checker."""
    import numpy as np

    from tinygrad_xor.engine import Primitive
    from tinygrad_xor.testing.faults import drawn_calls, mutants

    planted: list[Mutant] = []
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        for entry in entries:
            if isinstance(entry, Primitive):
                planted += mutants(entry, drawn_calls(entry, examples))
    print(text.score(planted))
    return FAILED if any(m.verdict == "survived" for m in planted) else PASSED
