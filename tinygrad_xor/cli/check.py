"""``tinygrad-xor check``: every derivative against differences; what of NumPy is covered."""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinygrad_xor.cli import check_text, own_function
from tinygrad_xor.cli.arguments import Parser, add_shared
from tinygrad_xor.cli.bars import json_text, progress
from tinygrad_xor.cli.errors import DONE, FAILED, INTERRUPTED, CommandError, try_to_write, writing
from tinygrad_xor.files import write_atomically
from tinygrad_xor.language import say
from tinygrad_xor.names import look_up

if TYPE_CHECKING:
    from tinygrad_xor.testing.calls import Entry
    from tinygrad_xor.testing.mutants import Mutant
    from tinygrad_xor.testing.results import Result


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
    add_shared(parser, "check", order=2, examples=10, seed=0, json=False)
    add("--html", type=Path, metavar=file, help=say("check.html"))
    own_function.add_arguments(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Check what was asked for, and return the exit code."""
    _refuse_what_does_not_go_together(args)
    if args.kinks:
        from tinygrad_xor.testing.kinks import kinks

        print(check_text.kinks_table(kinks()))
        return DONE
    if args.list:
        from tinygrad_xor.derivatives.coverage import coverage

        if args.json:
            print(json_text([row._asdict() for row in coverage()]))
        else:
            print(check_text.coverage_table(coverage()))
        return DONE
    try:
        from tinygrad_xor.testing.checks import check_entry

        entries, function = _asked(args)
        how = {"examples": args.examples, "seed": args.seed, "order": args.order}
        checks: list[Callable[[], Result]] = [
            partial(check_entry, entry, **how) for entry in entries
        ]
        if function is not None:
            checks = [own_function.check_of(function, args)]
    except (ValueError, ImportError) as error:
        raise CommandError(say("check.cannot", why=error)) from error
    try:
        return _mutants(entries, args.examples) if args.mutants else _report(args, checks)
    except KeyboardInterrupt:
        print("\n" + say("check.interrupted"), file=sys.stderr)
        return INTERRUPTED


def _refuse_what_does_not_go_together(args: argparse.Namespace) -> None:
    """Refuse arguments of which one would be left aside in silence."""
    if args.target and args.primitive:
        said = say("check.not_both", target=args.target, primitive=args.primitive)
        raise CommandError(said)
    if not args.target and (args.shape or args.gradient or args.domain != "real"):
        raise CommandError(say("check.name_it"))
    given = {
        **{"--list": args.list, "--kinks": args.kinks, "--mutants": args.mutants},
        **{"--primitive": args.primitive, args.target: args.target},
        **{"--html": args.html, "--json": args.json},
    }
    asked = [name for name, value in given.items() if value]
    goes_with = {"--list": ["--json"], "--kinks": [], "--mutants": ["--primitive", args.target]}
    for one, others in goes_with.items():
        wrong = [other for other in asked if other not in (one, *others)]
        if given[one] and wrong:
            raise CommandError(say("check.not_together", one=one, other=wrong[0]))


def _report(args: argparse.Namespace, checks: Sequence[Callable[[], Result]]) -> int:
    """Run the checks, say how each went, and write the page."""
    from tinygrad_xor.testing.workers import run_all

    if args.html:
        try_to_write(args.html)
    results: list[Result] = []
    several = len(checks) > 1
    start = time.perf_counter()  # those of several processes are not added
    found = run_all(checks)
    with progress(len(checks) * several, say("check.unit"), silent=args.json) as bar:
        bar.write(check_text.report_head())
        for result in found:
            if several and (not results or result.page != results[-1].page):
                bar.write(check_text.page_name(result.page))
            bar.write(check_text.report_line(result))
            bar.move()
            results.append(result)
    seconds = time.perf_counter() - start
    if args.html:
        from tinygrad_xor.cli.check_page import page_of

        with writing(args.html):
            write_atomically(args.html, page_of(results, seconds))
    if args.json:
        print(json_text([result.as_json() for result in results]))
    else:
        print("\n" + check_text.report_end(results, seconds))
        if args.html:
            print(say("check.page_written", path=args.html))
    failures = [result.failure for result in results if result.failure is not None]
    for failure in failures:
        print("\n" + failure, file=sys.stderr)
    return FAILED if failures else DONE


def _asked(args: argparse.Namespace) -> tuple[list[Entry], Callable[..., Any] | None]:
    """The operations to check: all, page by page, or the one that was named; or a function."""
    from tinygrad_xor.engine import COMPOSED, TABLE, Primitive

    if args.target:
        found = own_function.named(args.target)
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


def _mutants(entries: list[Entry], examples: int) -> int:
    """Plant every fault into every rule, and print the score of the checker."""
    import numpy as np

    from tinygrad_xor.engine import Primitive
    from tinygrad_xor.testing.mutants import SURVIVED, mutants

    planted: list[Mutant] = []
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        rules = [entry for entry in entries if isinstance(entry, Primitive)]
        with progress(len(rules), say("check.unit")) as bar:
            for entry in rules:
                planted += mutants(entry, examples)
                bar.move()
    print(check_text.score(planted))
    return FAILED if any(m.verdict == SURVIVED for m in planted) else DONE
