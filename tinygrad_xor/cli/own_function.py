"""``tinygrad-xor check module:function``: somebody's own function, at arguments that are drawn."""

from __future__ import annotations

import argparse
import importlib.util
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinygrad_xor.cli.errors import CommandError
from tinygrad_xor.language import say
from tinygrad_xor.names import look_up

if TYPE_CHECKING:
    from tinygrad_xor.testing.results import Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say where to check the function."""
    add = parser.add_argument_group(say("check.own_group")).add_argument
    add("--shape", action="append", type=_shape, metavar="2,3", help=say("check.shape"))
    add("--domain", default="real", metavar=say("arguments.name"), help=say("check.domain"))
    add("--gradient", metavar=say("arguments.function"), help=say("check.gradient"))


def named(target: str) -> Any:
    """What ``module:name`` or ``file.py:name`` stands for.

    Modules of the working folder are found too, and a file finds the modules beside it.

    Raises:
        CommandError: if it is written otherwise, or what is named cannot be imported.
        ValueError: if there is no such name in the module.

    >>> named("math:sin")(0.0)
    0.0
    """
    place, _, name = target.rpartition(":")
    if not (place and name) or (place.startswith(".") and not place.endswith(".py")):
        raise CommandError(say("check.not_of_the_form", target=target))
    file = Path(place) if place.endswith(".py") else None
    sys.path.insert(0, str(file.parent) if file else "")
    try:
        module = _module_of(file) if file else importlib.import_module(place)
    except (Exception, SystemExit) as error:  # whatever the code of the module does
        why = f"{type(error).__name__}: {error}"
        raise CommandError(say("check.cannot_import", place=place, why=why)) from error
    finally:
        sys.path.pop(0)
    public = {key: thing for key, thing in vars(module).items() if callable(thing)}
    return public[name] if name in public else look_up(f"function in {place}", name, public)


def _module_of(file: Path) -> Any:
    """The module that a file holds, whatever other module has its name."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(file.stem, module)  # where dataclasses and pickles look for it
    spec.loader.exec_module(module)
    return module


def domains() -> dict[str, Any]:
    """Where numbers can be drawn, by the names that ``--domain`` takes."""
    from tinygrad_xor.engine import sampling

    return {name: d for name, d in vars(sampling).items() if isinstance(d, sampling.Domain)}


def check_of(function: Callable[..., Any], args: argparse.Namespace) -> Callable[[], Result]:
    """A check of `function` at arguments of the shapes and the domain that `args` ask for.

    Raises:
        ValueError: if the number of its arguments cannot be known, or the domain is unknown.
        CommandError: when it is run, if the function does not take such arguments.
    """
    from hypothesis import strategies as st

    from tinygrad_xor.testing import strategies as gst
    from tinygrad_xor.testing.checks import check_function

    domain = look_up("domain", args.domain, domains())
    shapes = st.just(args.shape) if args.shape else gst.broadcastable_shapes(_arguments(function))
    arguments = shapes.flatmap(lambda drawn: st.tuples(*[gst.arrays(s, domain) for s in drawn]))
    how = {"gradient": named(args.gradient)} if args.gradient else {}
    if not how:
        arguments = gst.away_from_kinks(function, arguments)
    name = args.target.rpartition(":")[2]

    def check() -> Result:
        try:
            return check_function(
                function, arguments, args.examples, args.seed, name=name, order=args.order, **how
            )
        except Exception as error:  # whatever somebody's function does
            said = say("check.cannot_call", target=args.target, why=str(error).rstrip("."))
            raise CommandError(said) from error

    return check


def _arguments(function: Callable[..., Any]) -> int:
    """How many arguments it needs."""
    if isinstance(nin := getattr(function, "nin", None), int):  # a ufunc
        return nin
    needed = [
        p
        for p in inspect.signature(function).parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty
    ]
    return max(1, len(needed))


def _shape(text: str) -> tuple[int, ...]:
    try:
        shape = tuple(int(side) for side in text.strip("() ").split(",") if side.strip())
        if min(shape, default=1) < 1:  # nothing to differentiate by
            raise ValueError
        return shape
    except ValueError:
        raise argparse.ArgumentTypeError(say("check.not_a_shape", text=text)) from None
