"""LLVM's language as llvmlite 0.44 reads it, whose pointers say what they point to.

Later ones have one kind of pointer, ``ptr``, as our texts do. Here that is ``i8*``, and another
kind where a number is read or written.
"""

from __future__ import annotations

import re

_WORD = r"(<[^>]*>|\S+)"  # a type or an operand, which may be a vector
_READ = re.compile(rf"^(\s*)(%\S+) = load {_WORD}, ptr ([^,\s]+)(.*)$")
_WRITTEN = re.compile(rf"^(\s*)store {_WORD} {_WORD}, ptr ([^,\s]+)(.*)$")
_OF_WORDS = re.compile(r"^(\s*)(%\S+) = getelementptr i64, ptr ([^,\s]+), (.*)$")
_INDIRECT = re.compile(r"^(\s*)call void (%\S+)\((.*)\)$")
_CONSTANT = re.compile(r"^(@\S+) = private constant (\[[^\]]*\])", re.MULTILINE)


def typed(text: str) -> str:
    """The same text, for the older reader.

    >>> print(typed("  %x = load double, ptr %a"))
      %x.as = bitcast i8* %a to double*
      %x = load double, double* %x.as
    """
    constants = dict(_CONSTANT.findall(text))
    lines: list[str] = []
    for number, line in enumerate(text.splitlines()):
        lines += _line(line, number)
    whole = "\n".join(lines).replace("memcpy.p0.p0", "memcpy.p0i8.p0i8")
    whole = re.sub(r"\bptr\b", "i8*", whole)
    for name, kind in constants.items():
        as_bytes = f"i8* bitcast ({kind}* {name} to i8*)"
        whole = re.sub(rf"i8\* {re.escape(name)}(?![\w.])", lambda _, x=as_bytes: x, whole)  # type: ignore[misc]
    return whole


def _line(line: str, number: int) -> list[str]:
    if found := _READ.match(line):
        space, name, kind, place, rest = found.groups()
        return [
            f"{space}{name}.as = bitcast ptr {place} to {kind}*",
            f"{space}{name} = load {kind}, {kind}* {name}.as{rest}",
        ]
    if found := _WRITTEN.match(line):
        space, kind, what, place, rest = found.groups()
        name = f"%to.{number}"
        return [
            f"{space}{name} = bitcast ptr {place} to {kind}*",
            f"{space}store {kind} {what}, {kind}* {name}{rest}",
        ]
    if found := _OF_WORDS.match(line):
        space, name, place, rest = found.groups()
        return [
            f"{space}{name}.as = bitcast ptr {place} to i64*",
            f"{space}{name}.at = getelementptr i64, i64* {name}.as, {rest}",
            f"{space}{name} = bitcast i64* {name}.at to ptr",
        ]
    if found := _INDIRECT.match(line):
        space, name, given = found.groups()
        kinds = ", ".join(x.split()[0] for x in given.split(", "))
        return [
            f"{space}{name}.call = bitcast ptr {name} to void ({kinds})*",
            f"{space}call void {name}.call({given})",
        ]
    return [line]
