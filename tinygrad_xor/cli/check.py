"""``tinygrad-xor check``: every derivative against differences; what of NumPy is covered."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tinygrad_xor.cli import text

if TYPE_CHECKING:
    from tinygrad_xor.testing.report import Result

PASSED, FAILED = 0, 1


def build_parser() -> argparse.ArgumentParser:
    """The parser of the arguments after ``check``."""
    parser = argparse.ArgumentParser(
        prog="tinygrad-xor check",
        description="Compare every derivative of the table, and of what is composed of it, with "
        "central differences; or list what of NumPy is differentiable.",
        epilog="Exit codes: 0 all pass, 1 a gradient is wrong, 2 wrong arguments.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--list", action="store_true", help="list every public function of NumPy")
    parser.add_argument("--examples", type=int, default=10, help="examples for each operation")
    parser.add_argument("--seed", type=int, default=0, help="of the examples")
    return parser


def main(argv: Sequence[str]) -> int:
    """Run the command with `argv`, and return its exit code."""
    args = build_parser().parse_args(argv)
    if args.list:
        from tinygrad_xor.derivatives.coverage import coverage

        print(text.coverage_table(coverage()))
        return PASSED
    failures: list[str] = []

    def noted() -> Iterator[Result]:
        for result in _results(args.examples, args.seed):
            if result.failure is not None:
                failures.append(result.failure)
            yield result

    for line in text.check_lines(noted()):
        print(line)
    for failure in failures:
        print(failure, file=sys.stderr)
    return FAILED if failures else PASSED


def _results(examples: int, seed: int) -> Iterator[Result]:
    from tinygrad_xor.engine import COMPOSED, TABLE
    from tinygrad_xor.testing.report import check_entry
    from tinygrad_xor.testing.strategies import Entry

    entries: list[Entry] = [*TABLE.values(), *COMPOSED.values()]
    for entry in sorted(entries, key=lambda entry: entry.page):
        yield check_entry(entry, examples, seed)
