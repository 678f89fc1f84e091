"""``tinygrad-xor check``: every derivative against differences; what of NumPy is covered."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinygrad_xor.cli import check_text, own
from tinygrad_xor.cli.arguments import Parser, whole
from tinygrad_xor.language import say
from tinygrad_xor.names import look_up

if TYPE_CHECKING:
    from tinygrad_xor.testing.checks import Result
    from tinygrad_xor.testing.mutants import Mutant
    from tinygrad_xor.testing.strategies import Entry

PASSED, FAILED, INTERRUPTED = 0, 1, 130


def build_parser() -> argparse.ArgumentParser:
    """The parser of the arguments after ``check``."""
    parser = Parser("check", say("check.description"), say("check.codes"))
    add, name, file = parser.add_argument, say("arguments.name"), say("arguments.file")
    function = say("arguments.function")
    add("target", nargs="?", metavar=function, help=say("check.target"))
    add("--list", action="store_true", help=say("check.list"))
    add("--mutants", action="store_true", help=say("check.mutants"))
    add("--kinks", action="store_true", help=say("check.kinks"))
    add("--primitive", metavar=name, help=say("check.primitive"))
    add("--order", type=whole(1), default=2, metavar="N", help=say("check.order"))
    add("--examples", type=whole(1), default=10, metavar="N", help=say("check.examples"))
    add("--seed", type=whole(0), default=0, metavar="N", help=say("check.seed"))
    add("--json", action="store_true", help=say("check.json"))
    add("--html", type=Path, metavar=file, help=say("check.html"))
    own.add_arguments(parser)
    return parser


def main(argv: Sequence[str]) -> int:
    """Run the command with `argv`, and return its exit code."""
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.target and args.primitive:
        parser.error(say("check.not_both", target=args.target, primitive=args.primitive))
    if not args.target and (args.shape or args.gradient or args.domain != "real"):
        parser.error(say("check.name_it"))
    if pair := _not_together(args):
        parser.error(say("check.not_together", one=pair[0], other=pair[1]))
    if args.kinks:
        from tinygrad_xor.testing.kinks import kinks

        print(check_text.kinks_table(kinks()))
        return PASSED
    if args.list:
        from tinygrad_xor.derivatives.coverage import coverage

        if args.json:
            print(json.dumps([asdict(row) for row in coverage()], indent=2))
        else:
            print(check_text.coverage_table(coverage()))
        return PASSED
    try:
        entries, function = _asked(args)
        checks = [_check_of(entry, args) for entry in entries]
        if function is not None:
            checks = [own.check_of(function, args)]
    except (ValueError, ImportError) as error:
        parser.error(say("check.cannot", why=error))
    try:
        return _mutants(entries, args.examples) if args.mutants else _report(args, checks)
    except own.CannotCallError as error:
        parser.error(str(error))
    except BrokenPipeError:
        raise
    except OSError as error:
        why = error.strerror or error
        parser.error(say("command.cannot_write", path=args.html, why=why))
    except KeyboardInterrupt:
        print("\n" + say("check.interrupted"), file=sys.stderr)
        return INTERRUPTED


def _not_together(args: argparse.Namespace) -> tuple[str, str] | None:
    """Two arguments of which one would be left aside in silence, if there are such."""
    given = {
        "--mutants": args.mutants,
        "--primitive": args.primitive,
        args.target: args.target,
        "--html": args.html,
        "--json": args.json,
    }
    if args.list:
        clashes = [("--list", other) for other in given if other != "--json"]
    elif args.kinks:
        clashes = [("--kinks", other) for other in given]
    elif args.mutants:
        clashes = [("--mutants", "--html"), ("--mutants", "--json")]
    else:
        clashes = []
    return next((pair for pair in clashes if given[pair[1]]), None)


def _report(args: argparse.Namespace, checks: Sequence[Callable[[], Result]]) -> int:
    """Run the checks, say how each went, and write the page."""
    from tinygrad_xor.testing.checks import run_all

    results: list[Result] = []
    with _lines_above_a_bar(len(checks), args.json) as write:
        write(check_text.report_head())
        for result in run_all(checks):
            if len(checks) > 1 and (not results or result.page != results[-1].page):
                write(check_text.page_name(result.page))
            write(check_text.report_line(result))
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
            print(say("check.page_written", path=args.html))
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

        with tqdm(total=count, unit=say("check.unit"), leave=False) as bar:

            def write(line: str) -> None:
                bar.write(line)
                bar.update(line.startswith(check_text.INDENT))

            yield write


def _asked(args: argparse.Namespace) -> tuple[list[Entry], Callable[..., Any] | None]:
    """The operations to check: all, page by page, or the one that was named; or a function."""
    from tinygrad_xor.engine import COMPOSED, TABLE, Primitive

    if args.target:
        found = own.named(args.target)
        if isinstance(found, Primitive):
            return [found], None
        if args.mutants:
            raise ValueError(say("check.no_rules", target=args.target))
        return [], found
    entries: list[Entry] = [*TABLE.values(), *COMPOSED.values()]
    if args.primitive is not None:
        look_up("operation", args.primitive, {**COMPOSED, **TABLE})
        entries = [entry for entry in entries if entry.name == args.primitive]
    return sorted(entries, key=lambda entry: entry.page), None


def _check_of(entry: Entry, args: argparse.Namespace) -> Callable[[], Result]:
    from tinygrad_xor.testing.checks import check_entry

    return lambda: check_entry(entry, args.examples, args.seed, order=args.order)


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
