"""``tinygrad-xor check``: every derivative against differences; what of NumPy is covered."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tinygrad_xor.cli import check_text, own
from tinygrad_xor.cli.main import count
from tinygrad_xor.names import look_up

if TYPE_CHECKING:
    from tinygrad_xor.testing.mutants import Mutant
    from tinygrad_xor.testing.report import Result
    from tinygrad_xor.testing.strategies import Entry

PASSED, FAILED, INTERRUPTED = 0, 1, 130


def build_parser() -> argparse.ArgumentParser:
    """The parser of the arguments after ``check``."""
    parser = argparse.ArgumentParser(
        prog="tinygrad-xor check",
        description="Compare every derivative of the table, and of what is composed of it, with "
        "numerical ones; or those of a function of your own; or list what of NumPy is "
        "differentiable.",
        epilog="Exit codes: 0 all pass, 1 a gradient is wrong or a fault was not caught, "
        "2 wrong arguments, 130 interrupted.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("target", nargs="?", metavar="module:function", help="a function or primitive of your own")
    add("--list", action="store_true", help="list every public function of NumPy")
    add("--mutants", action="store_true", help="plant faults into every rule; count the caught")
    add("--primitive", metavar="NAME", help="only this operation: tanh")
    add("--order", type=count, default=2, help="the highest order of derivative")
    add("--examples", type=count, default=10, help="examples for each operation")
    add("--seed", type=int, default=0, help="of the examples")
    add("--json", action="store_true", help="print the results as JSON only")
    add("--html", type=Path, metavar="FILE", help="write a page with plots of the errors")
    own.add_arguments(parser)
    return parser


def main(argv: Sequence[str]) -> int:
    """Run the command with `argv`, and return its exit code."""
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.target and args.primitive:
        parser.error(f"check {args.target} or --primitive {args.primitive}, not both")
    if not args.target and (args.shape or args.gradient or args.domain != "real"):
        parser.error("--shape, --domain and --gradient are for a function of your own: name it")
    if args.list:
        from tinygrad_xor.derivatives.coverage import coverage

        print(check_text.coverage_table(coverage()))
        return PASSED
    try:
        entries = _entries(args) if args.mutants else []
        checks = [] if args.mutants else _checks(args)
    except (ValueError, ImportError) as error:
        parser.error(str(error))
    try:
        return _mutants(entries, args.examples) if args.mutants else _report(args, checks)
    except own.CannotCallError as error:
        parser.error(str(error))
    except OSError as error:
        parser.error(f"cannot write {args.html}: {error.strerror or error}")
    except KeyboardInterrupt:
        print("\ninterrupted: the rest was not checked", file=sys.stderr)
        return INTERRUPTED


def _report(args: argparse.Namespace, checks: Sequence[Callable[[], Result]]) -> int:
    """Run the checks, say how each went, and write the page."""
    results: list[Result] = []
    with _lines_above_a_bar(len(checks), args.json) as say:
        say(check_text.report_head())
        for check in checks:
            result = check()
            if len(checks) > 1 and (not results or result.page != results[-1].page):
                say(result.page.replace("_", " "))
            say(check_text.report_line(result))
            results.append(result)
    if args.html:
        from tinygrad_xor.cli.check_page import page_of
        from tinygrad_xor.files import write_atomically

        write_atomically(args.html, page_of(results))
    if args.json:
        print(json.dumps([result.as_json() for result in results], indent=2))
    else:
        print("\n" + check_text.report_end(results))
        if args.html:
            print(f"Page: {args.html}")
    failures = [result.failure for result in results if result.failure is not None]
    for failure in failures:
        print("\n" + failure, file=sys.stderr)
    return FAILED if failures else PASSED


@contextlib.contextmanager
def _lines_above_a_bar(count: int, silent: bool) -> Iterator[Callable[[str], None]]:
    """Says a line; at a terminal, a bar below moves on with each that is the line of a result."""
    if silent:
        yield lambda line: None
    elif count == 1 or not (sys.stderr.isatty() and sys.stdout.isatty()):
        yield print
    else:
        from tqdm import tqdm

        with tqdm(total=count, unit="operation", leave=False) as bar:

            def say(line: str) -> None:
                bar.write(line)
                bar.update(line.startswith(check_text.INDENT))

            yield say


def _checks(args: argparse.Namespace) -> list[Callable[[], Result]]:
    """What to run: a check for each operation, or one for the function that was named."""
    from tinygrad_xor.engine import Primitive
    from tinygrad_xor.testing.report import check_entry

    if args.target:
        found = own.named(args.target)
        if not isinstance(found, Primitive):
            return [own.check_of(found, args)]

    def check(entry: Entry) -> Callable[[], Result]:
        return lambda: check_entry(entry, args.examples, args.seed, order=args.order)

    return [check(entry) for entry in _entries(args)]


def _entries(args: argparse.Namespace) -> list[Entry]:
    """All operations, page by page, or the one that was named."""
    from tinygrad_xor.engine import COMPOSED, TABLE, Primitive

    if args.target:
        found = own.named(args.target)
        if not isinstance(found, Primitive):
            raise ValueError(f"{args.target} is not a primitive, so it has no rules to change")
        return [found]
    entries: list[Entry] = [*TABLE.values(), *COMPOSED.values()]
    if args.primitive is not None:
        look_up("operation", args.primitive, {**COMPOSED, **TABLE})
        entries = [entry for entry in entries if entry.name == args.primitive]
    return sorted(entries, key=lambda entry: entry.page)


def _mutants(entries: list[Entry], examples: int) -> int:
    """Plant every fault into every rule, and print the score of the checker."""
    import numpy as np

    from tinygrad_xor.engine import Primitive
    from tinygrad_xor.testing.mutants import SURVIVED, mutants

    planted: list[Mutant] = []
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        for entry in entries:
            if isinstance(entry, Primitive):
                planted += mutants(entry, examples)
    print(check_text.score(planted))
    return FAILED if any(m.verdict == SURVIVED for m in planted) else PASSED
