"""Sums of many terms in LLVM's language: loops of their own, which nests call."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_xor.compiler.lowerings import lowering


def text_of(name: str, function: Any, kind: str, term: str, arrays: int) -> str:
    """A loop over terms that are joined by a function: ``(pointers, first, count)``.

    Args:
        name: of the loop.
        function: which joins two terms.
        kind: LLVM's name of what they are.
        term: the name of a function that gives one: ``(pointers, number)``.
        arrays: how many pointers there are.
    """
    pointers = "".join(f"ptr %a{i}, " for i in range(arrays))

    def term_at(result: str, place: str) -> str:
        return f"  %{result} = call {kind} @{term}({pointers}i64 {place})"

    kinds = {"double": "f", "float": "f", "i64": "i", "i1": "b"}
    entry = lowering(function, kinds[kind])
    assert entry is not None
    joined = entry.llvm.format("%z", "%u", r="%z.1", t=kind, f="f64" if kind == "double" else "f32")
    if function is np.add:
        start, before, first = "whole", "joined", _eights(name, kind, pointers, term_at)
    else:
        start, before = "second", "entry"
        first = [term_at("w", "%first"), "  %second = add i64 %first, 1"]
    return "\n".join(
        [
            f"define internal {kind} @{name}({pointers}i64 %first, i64 %n) {{",
            "entry:",
            "  %end.at = add i64 %first, %n",
            *first,
            # the rest, one term after the other
            "  br label %rest",
            "rest:",
            f"  %i = phi i64 [ %{start}, %{before} ], [ %i.1, %one ]",
            f"  %z = phi {kind} [ %w, %{before} ], [ %z.1, %one ]",
            "  %done = icmp uge i64 %i, %end.at",
            "  br i1 %done, label %end, label %one",
            "one:",
            term_at("u", "%i"),
            *["  " + line for line in joined.split("; ")],
            "  %i.1 = add i64 %i, 1",
            "  br label %rest",
            "end:",
            f"  ret {kind} %z",
            "}",
        ]
    )


def _eights(name: str, kind: str, pointers: str, term_at: Any) -> list[str]:
    """The sum of as many of 8 terms or more as are whole eights, as `contractions.total` adds them.

    More than 128 are two calls of the loop itself.
    """
    add = "fadd" if kind in ("double", "float") else "add"
    first, more = [], []
    for j in range(8):
        first += [f"  %g{j} = add i64 %first, {j}", term_at(f"f{j}", f"%g{j}")]
        more += [f"  %k{j} = add i64 %k, {j}", term_at(f"t{j}", f"%k{j}")]
        more.append(f"  %n{j} = {add} {kind} %r{j}, %t{j}")
    pairs = [("q0", "e0", "e1"), ("q1", "e2", "e3"), ("q2", "e4", "e5"), ("q3", "e6", "e7")]
    pairs += [("h0", "q0", "q1"), ("h1", "q2", "q3"), ("w", "h0", "h1")]
    return [
        "  %long = icmp ugt i64 %n, 128",
        "  br i1 %long, label %halves, label %short",
        "halves:",
        "  %n.2 = lshr i64 %n, 1",
        "  %n1.half = and i64 %n.2, -8",
        "  %n2.half = sub i64 %n, %n1.half",
        "  %middle = add i64 %first, %n1.half",
        f"  %x = call {kind} @{name}({pointers}i64 %first, i64 %n1.half)",
        f"  %y = call {kind} @{name}({pointers}i64 %middle, i64 %n2.half)",
        f"  %xy = {add} {kind} %x, %y",
        f"  ret {kind} %xy",
        "short:",
        "  %whole.n = and i64 %n, -8",
        "  %whole = add i64 %first, %whole.n",
        *first,
        "  %k.0 = add i64 %first, 8",
        "  %only = icmp eq i64 %whole.n, 8",
        "  br i1 %only, label %joined, label %eights",
        "eights:",
        "  %k = phi i64 [ %k.0, %short ], [ %k.1, %eights ]",
        *[f"  %r{j} = phi {kind} [ %f{j}, %short ], [ %n{j}, %eights ]" for j in range(8)],
        *more,
        "  %k.1 = add i64 %k, 8",
        "  %again = icmp ult i64 %k.1, %whole",
        "  br i1 %again, label %eights, label %joined",
        "joined:",
        *[f"  %e{j} = phi {kind} [ %f{j}, %short ], [ %n{j}, %eights ]" for j in range(8)],
        *[f"  %{r} = {add} {kind} %{x}, %{y}" for r, x, y in pairs],
    ]
