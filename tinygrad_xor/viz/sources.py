"""A derivative rule as it stands in the file where it was written."""

from __future__ import annotations

import ast
import inspect
import linecache
import re
import textwrap
from functools import lru_cache
from typing import Any


def source_of(rule: Any) -> str:
    """A function whole; a lambda without what is around it; empty where nobody knows its place.

    >>> from tinygrad_xor.engine import TABLE
    >>> [source_of(rule) for rule in TABLE["subtract"].rules]
    ['lambda g, z, x, y: g', 'lambda g, z, x, y: -g']
    """
    if rule.__name__ != "<lambda>":
        return re.sub(r" +# noqa.*", "", textwrap.dedent(inspect.getsource(rule)).strip())
    code = rule.__code__
    end = max((line or 0, column or 0) for _, line, _, column in code.co_positions())
    return _lambdas(code.co_filename).get((*end, *code.co_varnames), "")


@lru_cache(maxsize=8)
def _lambdas(file: str) -> dict[tuple[Any, ...], str]:
    """All lambdas in a file, by where they end and what they take."""
    text = "".join(linecache.getlines(file))
    found = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Lambda):
            names = [a.arg for a in [*node.args.args, node.args.vararg] if a is not None]
            end = node.body.end_lineno, node.body.end_col_offset
            found[*end, *names] = textwrap.dedent(ast.get_source_segment(text, node) or "")
    return found
