"""JavaScript's source of a program on numbers: for browsers, and for node.

All numbers are JavaScript's own, which are float64; what NumPy computes in float32 is rounded after
each operation, which gives the same bits (Figueroa, 1995). Of a program of exact operations, such
as those that stand for exp and tanh in `tinygrad_xor.compiler.portable`, each engine gives the bits
that Python and machine code give.
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from tinygrad_xor.compiler.forms import Lowering
from tinygrad_xor.compiler.infix import Infix
from tinygrad_xor.program.program import Program
from tinygrad_xor.program.step import Step

#: What expressions of the table of lowerings call: each that is used stands before the function.
HELPERS = {
    "_powers": "const _powers = new Float64Array(2046).fill(1);\n"
    "for (let n = 1; n <= 1023; n++) _powers[n + 1022] = 2 * _powers[n + 1021];\n"
    "for (let n = -1; n >= -1022; n--) _powers[n + 1022] = _powers[n + 1023] / 2;",
    "_exponent": "const _bits = new DataView(new ArrayBuffer(8));\n"
    "const _exponent = x => (_bits.setFloat64(0, x), (_bits.getUint32(0) >>> 20) - 1023);",
    # 1 to any power is 1 in C and in Python, and -1 to an infinite one
    "_pow": "const _pow = (x, y) => "
    "x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;",
    "_isNegative": "const _isNegative = x => x < 0 || Object.is(x, -0);",
    "_rint": "const _rint = x => {\n"
    "  if (!(Math.abs(x) < 2 ** 52)) return x;\n"
    "  const whole = Math.abs(x) + 2 ** 52 - 2 ** 52;\n"
    "  return x < 0 || Object.is(x, -0) ? -whole : whole;\n"
    "};",
}


class JavaScript(Infix):
    """Statements of JavaScript."""

    indentation = "  "
    comment = "// "
    choice = ("if ({}) {{", "} else {", "}")
    literals = MappingProxyType(
        {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN", "True": "true", "False": "false"}
    )

    def template(self, step: Step, entry: Lowering) -> str:
        """The expression, rounded where it is float32."""
        if step.dtype == np.float32 and not entry.javascript.startswith("Math.fround("):
            return f"Math.fround({entry.javascript})"
        return entry.javascript

    def assigned(self, name: str, text: str) -> str:
        """A statement that gives a name to a number, once."""
        return f"const {name} = {text};"

    def branch(self, condition: str, arms: list[list[str]]) -> list[str]:
        """``if`` and ``else``, of which neither makes the name."""
        name = arms[0][-1].split()[1]
        inner = [[*arm[:-1], arm[-1].removeprefix("const ")] for arm in arms]
        return [f"let {name};", *super().branch(condition, inner)]


def function_source(program: Program, name: str = "f") -> str:
    """A function ``f(given, out)`` of two arrays: what the program takes, and where its results go.

    Where the program may refuse its numbers, the last result is 1 if it does.

    >>> from tinygrad_xor.compiler.scalarize import scalarized
    >>> from tinygrad_xor.program import trace
    >>> print(function_source(scalarized(trace(lambda x, y: np.sqrt(x) / (x - y), 1.0, 2.0))))
    function f(given, out) {
      const x = given[0];
      const y = given[1];
      const v4 = Math.sqrt(x) / (x - y);
      out[0] = v4;
    }
    """
    writer = JavaScript(program)
    lines = [f"const {x} = given[{i}];" for i, x in enumerate(writer.names)]
    lines += writer.body()
    lines += [f"out[{i}] = {writer.value(x)};" for i, x in enumerate(program.outputs)]
    body = "\n".join("  " + line for line in lines)
    helpers = [text for helper, text in HELPERS.items() if helper in body]
    return "\n".join([*helpers, f"function {name}(given, out) {{", body, "}"])
