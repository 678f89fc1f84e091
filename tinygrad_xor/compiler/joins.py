"""Sums of many terms in LLVM's language: loops of their own, which nests call."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_xor.compiler.lowerings import lowering


def name_of(function: Any, kind: str, arrays: int) -> str:
    """What the loop is called that joins terms by a function: of one array, or products of two."""
    return f"join.{function.__name__}.{kind}.{arrays}"


def text_of(function: Any, kind: str, arrays: int) -> str:
    """The loop: ``(pointer, step in bytes, …, count)``."""
    name = name_of(function, kind, arrays)
    given = ", ".join(f"ptr %a{i}, i64 %s{i}" for i in range(arrays))
    if function is np.add:
        return _pairwise(name, kind, arrays, given)
    return _chain(name, kind, given, function)


def _term(kind: str, arrays: int, at: str, name: str) -> list[str]:
    """One term: the element at a place, or the product of two."""
    lines = []
    for i in range(arrays):
        lines += [
            f"  %{name}.m{i} = mul nsw i64 {at}, %s{i}",
            f"  %{name}.p{i} = getelementptr i8, ptr %a{i}, i64 %{name}.m{i}",
            f"  %{name}.{i} = load {kind}, ptr %{name}.p{i}"
            if kind != "i1"
            else f"  %{name}.b{i} = load i8, ptr %{name}.p{i}\n"
            f"  %{name}.{i} = icmp ne i8 %{name}.b{i}, 0",
        ]
    multiply = "fmul" if kind in ("double", "float") else "mul"
    last = f"  %{name} = {multiply} {kind} %{name}.0, %{name}.1"
    return [
        *lines,
        last if arrays == 2 else f"  %{name} = select i1 true, {kind} %{name}.0, {kind} %{name}.0",
    ]


def _pairwise(name: str, kind: str, arrays: int, given: str) -> str:
    """The sum of 8 terms or more, as `contractions.total` adds them."""
    add = "fadd" if kind in ("double", "float") else "add"
    sums = [f"  %r{j} = phi {kind} [ %f{j}, %short ], [ %n{j}, %eights ]" for j in range(8)]
    first = [line for j in range(8) for line in _term(kind, arrays, str(j), f"f{j}")]
    more = []
    for j in range(8):
        more.append(f"  %k{j} = add i64 %k, {j}")
        more += _term(kind, arrays, f"%k{j}", f"t{j}")
        more.append(f"  %n{j} = {add} {kind} %r{j}, %t{j}")
    pairs = [("q0", "e0", "e1"), ("q1", "e2", "e3"), ("q2", "e4", "e5"), ("q3", "e6", "e7")]
    pairs += [("h0", "q0", "q1"), ("h1", "q2", "q3"), ("w", "h0", "h1")]
    moved = []
    for i in range(arrays):
        moved += [
            f"  %o{i} = mul nsw i64 %n1.half, %s{i}",
            f"  %b{i} = getelementptr i8, ptr %a{i}, i64 %o{i}",
        ]
    second = ", ".join(f"ptr %b{i}, i64 %s{i}" for i in range(arrays))
    return "\n".join(
        [
            f"define internal {kind} @{name}({given}, i64 %n) {{",
            "entry:",
            "  %long = icmp ugt i64 %n, 128",
            "  br i1 %long, label %halves, label %short",
            "halves:",
            "  %n.2 = lshr i64 %n, 1",
            "  %n1.half = and i64 %n.2, -8",
            "  %n2.half = sub i64 %n, %n1.half",
            f"  %x = call {kind} @{name}({given}, i64 %n1.half)",
            *moved,
            f"  %y = call {kind} @{name}({second}, i64 %n2.half)",
            f"  %xy = {add} {kind} %x, %y",
            f"  ret {kind} %xy",
            "short:",
            "  %whole = and i64 %n, -8",
            *first,
            "  %only = icmp eq i64 %whole, 8",
            "  br i1 %only, label %joined, label %eights",
            "eights:",
            "  %k = phi i64 [ 8, %short ], [ %k.1, %eights ]",
            *sums,
            *more,
            "  %k.1 = add i64 %k, 8",
            "  %again = icmp ult i64 %k.1, %whole",
            "  br i1 %again, label %eights, label %joined",
            "joined:",
            *[f"  %e{j} = phi {kind} [ %f{j}, %short ], [ %n{j}, %eights ]" for j in range(8)],
            *[f"  %{r} = {add} {kind} %{x}, %{y}" for r, x, y in pairs],
            "  br label %rest",
            "rest:",
            "  %i = phi i64 [ %whole, %joined ], [ %i.1, %one ]",
            f"  %z = phi {kind} [ %w, %joined ], [ %z.1, %one ]",
            "  %done = icmp uge i64 %i, %n",
            "  br i1 %done, label %end, label %one",
            "one:",
            *_term(kind, arrays, "%i", "u"),
            f"  %z.1 = {add} {kind} %z, %u",
            "  %i.1 = add i64 %i, 1",
            "  br label %rest",
            "end:",
            f"  ret {kind} %z",
            "}",
        ]
    )


def _chain(name: str, kind: str, given: str, function: Any) -> str:
    """Terms joined from left to right."""
    kinds = {"double": "f", "float": "f", "i64": "i", "i1": "b"}
    entry = lowering(function, kinds[kind])
    assert entry is not None
    text = entry.llvm.format("%z", "%u", r="%z.1", t=kind, f="f64" if kind == "double" else "f32")
    return "\n".join(
        [
            f"define internal {kind} @{name}({given}, i64 %n) {{",
            "entry:",
            *_term(kind, 1, "0", "w"),
            "  br label %rest",
            "rest:",
            "  %i = phi i64 [ 1, %entry ], [ %i.1, %one ]",
            f"  %z = phi {kind} [ %w, %entry ], [ %z.1, %one ]",
            "  %done = icmp uge i64 %i, %n",
            "  br i1 %done, label %end, label %one",
            "one:",
            *_term(kind, 1, "%i", "u"),
            *["  " + line for line in text.split("; ")],
            "  %i.1 = add i64 %i, 1",
            "  br label %rest",
            "end:",
            f"  ret {kind} %z",
            "}",
        ]
    )
