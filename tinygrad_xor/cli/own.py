"""``tinygrad-xor check module:function``: somebody's own function, at arguments that are drawn."""

from __future__ import annotations

import argparse
import importlib
import inspect
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tinygrad_xor.language import say
from tinygrad_xor.names import look_up

if TYPE_CHECKING:
    from tinygrad_xor.testing.checks import Result


class CannotCallError(Exception):
    """The function does not take what was drawn for it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say where to check the function."""
    add = parser.add_argument_group(say("check.own_group")).add_argument
    add("--shape", action="append", type=_shape, metavar="2,3", help=say("check.shape"))
    add("--domain", default="real", metavar=say("arguments.name"), help=say("check.domain"))
    add("--gradient", metavar=say("arguments.function"), help=say("check.gradient"))


def named(target: str) -> Any:
    """What ``module:name`` stands for; modules of the working folder are found too.

    Raises:
        ValueError: if it is written otherwise, or there is no such name in the module.
        ImportError: if there is no such module.

    >>> named("math:sin")(0.0)
    0.0
    """
    module_name, colon, name = target.partition(":")
    if not (module_name and colon and name):
        raise ValueError(say("check.not_of_the_form", target=target))
    sys.path.insert(0, os.getcwd())  # noqa: PTH109
    try:
        module = importlib.import_module(module_name)
    finally:
        sys.path.pop(0)
    public = {key: thing for key, thing in vars(module).items() if callable(thing)}
    return public[name] if name in public else look_up(f"function in {module_name}", name, public)


def check_of(function: Callable[..., Any], args: argparse.Namespace) -> Callable[[], Result]:
    """A check of `function` at arguments of the shapes and the domain that `args` ask for.

    Raises:
        ValueError: if the number of its arguments cannot be known, or the domain is unknown.
        CannotCallError: when it is run, if the function does not take such arguments.
    """
    from hypothesis import strategies as st

    from tinygrad_xor.engine import sampling
    from tinygrad_xor.testing import strategies as gst
    from tinygrad_xor.testing.checks import check_function

    known = {name: d for name, d in vars(sampling).items() if isinstance(d, sampling.Domain)}
    domain = look_up("domain", args.domain, known)
    shapes = st.just(args.shape) if args.shape else gst.broadcastable_shapes(_arguments(function))
    arguments = shapes.flatmap(lambda drawn: st.tuples(*[gst.arrays(s, domain) for s in drawn]))
    how = {"gradient": named(args.gradient)} if args.gradient else {}
    if not how:
        arguments = gst.away_from_kinks(function, arguments)
    name = args.target.partition(":")[2]

    def check() -> Result:
        try:
            return check_function(
                function, arguments, args.examples, args.seed, name=name, order=args.order, **how
            )
        except (TypeError, ValueError, IndexError) as error:
            said = say("check.cannot_call", target=args.target, why=str(error).rstrip("."))
            raise CannotCallError(said) from error

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
        if min(shape, default=0) < 0:
            raise ValueError
        return shape
    except ValueError:
        raise argparse.ArgumentTypeError(say("check.not_a_shape", text=text)) from None
