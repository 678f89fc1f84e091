"""How single operations and numbers are written in LaTeX, and how tightly their signs bind."""

from __future__ import annotations

import math

from tinygrad_xor.program.precedence import ATOM, POWER, PRODUCT, SUM, WORDS
from tinygrad_xor.viz.infix import Around, Notation

#: Numbers that have a name, exactly these.
CONSTANTS = {
    math.log(2): r"\ln 2",
    math.log(10): r"\ln 10",
    math.pi: r"\pi",
    math.pi / 180: r"\frac{\pi}{180}",
    180 / math.pi: r"\frac{180}{\pi}",
    2 / math.sqrt(math.pi): r"\frac{2}{\sqrt{\pi}}",
    1 / (2 / math.sqrt(math.pi)): r"\frac{\sqrt{\pi}}{2}",
    math.sqrt(2 * math.pi): r"\sqrt{2\pi}",
    math.exp(-100): "e^{-100}",
    math.inf: r"\infty",
}
#: Functions that are written before their argument: brackets only where they are needed.
PREFIX = {
    **{name: "\\" + name for name in "sin cos tan sinh cosh tanh arcsin arccos arctan det".split()},
    "arcsinh": r"\operatorname{arsinh}",
    "arccosh": r"\operatorname{arcosh}",
    "arctanh": r"\operatorname{artanh}",
    "log": r"\ln",
    "log2": r"\log_2",
    "log10": r"\log_{10}",
}
#: Comparisons are 1 where they hold, else 0 (Iverson's brackets).
RELATIONS = {
    "equal": "=",
    "not_equal": r"\neq",
    "less": r"\lt",
    "less_equal": r"\le",
    "greater": r"\gt",
    "greater_equal": r"\ge",
}
#: What stands between inputs; nothing between factors, but between matrices by elements a sign.
BETWEEN = {
    **RELATIONS,
    **{"add": "+", "subtract": "-", "multiply": "", "matmul": "", "remainder": r"\bmod"},
    **{"multiply numbers": r"\cdot", "multiply matrices": r"\odot"},
}
#: What is around inputs: as in `tinygrad_xor.viz.infix.Around`.
TEMPLATES: dict[str, Around] = {
    "divide": (r"\frac{#1}{#2}", PRODUCT),
    "power": ("#1^{#2}", POWER, ATOM, WORDS),
    "isfinite": (r"#1 \text{ is finite}", WORDS, SUM),
    "isnan": (r"#1 \text{ is NaN}", WORDS, SUM),
    "exp": ("e^{#1}", POWER),
    "exp2": ("2^{#1}", POWER),
    "sqrt": (r"\sqrt{#1}", ATOM),
    "cbrt": (r"\sqrt[3]{#1}", ATOM),
    "absolute": (r"\lvert #1\rvert", ATOM),
    "fabs": (r"\lvert #1\rvert", ATOM),
    "floor": (r"\lfloor #1\rfloor", ATOM),
    "ceil": (r"\lceil #1\rceil", ATOM),
    "maximum": (r"\max(#1, #2)", ATOM),
    "minimum": (r"\min(#1, #2)", ATOM),
    "logaddexp": (r"\ln\left(e^{#1} + e^{#2}\right)", PRODUCT),
    "logaddexp2": (r"\log_2\left(2^{#1} + 2^{#2}\right)", PRODUCT),
    "special.xlogy": (r"#1 \ln #2", PRODUCT, ATOM),
    "special.xlog1py": (r"#1 \ln\left(1 + #2\right)", PRODUCT, ATOM, SUM),
    "special.rel_entr": (r"#1 \ln\frac{#1}{#2}", PRODUCT, ATOM),
    "special.entr": (r"-#1 \ln #1", PRODUCT, ATOM),
    "sigmoid": (r"\sigma(#1)", ATOM),
    "special.expit": (r"\sigma(#1)", ATOM),
    "conjugate": (r"\overline{#1}", ATOM),
    "real": (r"\operatorname{Re}(#1)", ATOM),
    "imag": (r"\operatorname{Im}(#1)", ATOM),
    "floor_divide": (r"\left\lfloor\frac{#1}{#2}\right\rfloor", ATOM),
    "hypot": (r"\sqrt{#1^2 + #2^2}", ATOM, ATOM),
    "special.gamma": (r"\Gamma(#1)", ATOM),
    "special.gammaln": (r"\ln \Gamma(#1)", PRODUCT),
    **dict.fromkeys(("special.digamma", "special.psi"), (r"\psi(#1)", ATOM)),
    "special.zeta": (r"\zeta(#1, #2)", ATOM),
    "special.betaln": (r"\ln \mathrm{B}(#1, #2)", PRODUCT),
    "special.ndtr": (r"\Phi(#1)", ATOM),
    "special.ndtri": (r"\Phi^{-1}(#1)", ATOM),
    "special.log_ndtr": (r"\ln \Phi(#1)", PRODUCT),
    "special.log_expit": (r"\ln \sigma(#1)", PRODUCT),
    "special.logit": (r"\sigma^{-1}(#1)", ATOM),
    "special.erfinv": (r"\operatorname{erf}^{-1}(#1)", ATOM),
    **{f"special.{b}{k}": (f"{b.upper()}_{k}(#1)", ATOM) for b in "ij" for k in (0, 1)},
    "inv": ("#1^{-1}", POWER, ATOM),
    "pinv": ("#1^{+}", POWER, ATOM),
    "transposed": (r"#1^\top", POWER, ATOM),
}
LATEX = Notation(BETWEEN, TEMPLATES, "-", r"\left({}\right)")
#: Each condition, and the one that holds where it does not.
OPPOSITES = {
    "equal": "not_equal",
    "not_equal": "equal",
    "less": "greater_equal",
    "less_equal": "greater",
    "greater": "less_equal",
    "greater_equal": "less",
}
NOT = ("logical_not", "invert")
#: What a letter as an index of elements is called, and of the sums inside.
INDICES = "ijk"
