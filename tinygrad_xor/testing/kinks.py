"""What this engine answers where there is no derivative, or several: at kinks, ties and borders.

A convention is a choice, and a model that moves from one library to another meets it. Each group
has its rule in one sentence, and points with the functions that show it; the answers are computed,
not written down. ``examples/kinks.md`` has those of other libraries beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_xor.derivatives.reductions import logsumexp
from tinygrad_xor.program.trees import flatten
from tinygrad_xor.transforms import vjp

_INF, _NAN = np.inf, np.nan
_WEIGHTS = np.array([1.0, 10.0, 100.0])


@dataclass(frozen=True)
class Kink:
    """A function at a point where its derivative is a matter of convention."""

    item: str
    title: str
    function: Callable[..., Any]
    at: tuple[Any, ...]

    def answer(self) -> Any:
        """The gradient in reverse mode; the name of the error where there is none."""
        arguments = [np.array(x, float)[()] for x in self.at]
        try:
            with np.errstate(all="ignore"):
                out, pullback = vjp(self.function, *arguments)
                gradients = flatten(pullback(np.ones(np.shape(out))[()]))[0]
        except Exception as error:
            return f"{type(error).__name__}!"
        return gradients[0] if len(gradients) == 1 else gradients


def written(answer: Any) -> str:
    """An answer as the page writes it.

    >>> written([np.float64(0.5), np.array([1.0, -0.0])])
    '[0.5, [1, 0]]'
    """
    if isinstance(answer, str):
        return answer
    if isinstance(answer, list) or np.ndim(answer):
        return f"[{', '.join(written(x) for x in answer)}]"
    return f"{float(answer) + 0.0:g}"


def _norm(order: Any) -> Callable[[Any], Any]:
    return lambda x: np.linalg.norm(x, order)


def _log_sum_exp(x: Any) -> Any:
    return np.log(np.sum(np.exp(x)))


#: The rule of each group, and its points: item, title, function, arguments.
GROUPS: dict[str, list[tuple[str, str, Callable[..., Any], tuple[Any, ...]]]] = {
    "absolute values and norms: the subgradient of least norm, which is 0": [
        ("1a", "abs at 0", np.abs, (0.0,)),
        ("1b", "abs at -0.0", np.abs, (-0.0,)),
        ("17", "hypot at (0, 0)", np.hypot, (0.0, 0.0)),
        ("18a", "Euclidean norm of zeros", np.linalg.norm, ([0.0, 0.0, 0.0],)),
        ("18f", "Frobenius norm of zeros", np.linalg.norm, ([[0.0, 0.0], [0.0, 0.0]],)),
        ("18g", "norm(x - y) at x = y", lambda x, y: np.linalg.norm(x - y), ([1.0, 2.0],) * 2),
        ("19a", "1-norm of zeros", _norm(1), ([0.0, 0.0, 0.0],)),
        ("19c", "inf-norm of zeros", _norm(_INF), ([0.0, 0.0, 0.0],)),
        ("19e", "3-norm of zeros", _norm(3), ([0.0, 0.0, 0.0],)),
        ("19f", "0.5-norm of [0, 1]", _norm(0.5), ([0.0, 1.0],)),
        ("18c", "norms of rows of zeros", lambda x: np.linalg.norm(x, axis=1), (np.zeros((2, 3)),)),
        ("18e", "Euclidean norm of [1e200, 0]", np.linalg.norm, ([1e200, 0.0],)),
        ("19g", "3-norm of [0, 1, -2]", _norm(3), ([0.0, 1.0, -2.0],)),
        ("19h", "0-norm of [0, 1]", _norm(0), ([0.0, 1.0],)),
        ("19i", "1.5-norm of [0, 1]", _norm(1.5), ([0.0, 1.0],)),
        ("17c", "hypot at (1, 0)", np.hypot, (1.0, 0.0)),
        ("20a", "std of [2, 2, 2]", np.std, ([2.0, 2.0, 2.0],)),
        ("20b", "var of [2, 2, 2]", np.var, ([2.0, 2.0, 2.0],)),
        ("35f", "matrix 1-norm at I", _norm(1), (np.eye(2),)),
    ],
    "ties of a maximum, a minimum, a sort: equal shares for max, order for sort": [
        ("4a", "maximum(x, y) at (1, 1)", np.maximum, (1.0, 1.0)),
        ("4b", "maximum(x, x) at 1", lambda x: np.maximum(x, x), (1.0,)),
        ("4c", "maximum(x, 1) at 1", lambda x: np.maximum(x, 1.0), (1.0,)),
        ("7a", "minimum(x, y) at (1, 1)", np.minimum, (1.0, 1.0)),
        ("42d", "fmax(1, 1)", np.fmax, (1.0, 1.0)),
        ("5a", "max of [1, 3, 3]", np.max, ([1.0, 3.0, 3.0],)),
        ("5c", "min of [3, 1, 1]", np.min, ([3.0, 1.0, 1.0],)),
        ("5e", "max of [inf, inf, 1]", np.max, ([_INF, _INF, 1.0],)),
        ("5f", "max of [0.0, -0.0]", np.max, ([0.0, -0.0],)),
        (
            "5b",
            "max along the rows of [[1, 3, 3]]",
            lambda x: np.max(x, axis=1),
            ([[1.0, 3.0, 3.0]],),
        ),
        ("19b", "inf-norm of [2, -2, 1]", _norm(_INF), ([2.0, -2.0, 1.0],)),
        ("19d", "-inf-norm of [2, -1, 1]", _norm(-_INF), ([2.0, -1.0, 1.0],)),
        ("29a", "sort of [3, 1, 3], weighed", lambda x: np.sort(x) @ _WEIGHTS, ([3.0, 1.0, 3.0],)),
        ("30a", "median of [1, 2, 3, 4]", np.median, ([1.0, 2.0, 3.0, 4.0],)),
        ("30e", "median of [1, 2, 2, 3]", np.median, ([1.0, 2.0, 2.0, 3.0],)),
        ("30f", "median of [2, 2, 2]", np.median, ([2.0, 2.0, 2.0],)),
        ("30b", "quantile 0.5 of [1, 2, 3]", lambda x: np.quantile(x, 0.5), ([1.0, 2.0, 3.0],)),
        ("30c", "quantile 0.25 of 1 to 5", lambda x: np.quantile(x, 0.25), (np.arange(1.0, 6.0),)),
        ("39e", "logaddexp at (1, 1)", np.logaddexp, (1.0, 1.0)),
    ],
    "clip: a corner is a tie with the bound; relu: 0 at its corner": [
        ("8a", "clip(x, 0, 1) at 0", lambda x: np.clip(x, 0, 1), (0.0,)),
        ("8b", "clip(x, 0, 1) at 1", lambda x: np.clip(x, 0, 1), (1.0,)),
        ("8c", "clip(x, 1, 1) at 1", lambda x: np.clip(x, 1, 1), (1.0,)),
        ("8d", "clip(x, 0, 1) at nan", lambda x: np.clip(x, 0, 1), (_NAN,)),
        ("9a", "clip(x, 1, 0) at 0.5", lambda x: np.clip(x, 1, 0), (0.5,)),
        ("9b", "clip(x, 1, 0) at 2", lambda x: np.clip(x, 1, 0), (2.0,)),
        ("9d", "clip(0.5, lo, hi) at (1, 0)", lambda a, b: np.clip(0.5, a, b), (1.0, 0.0)),
        ("9e", "clip(1, lo, 2) at lo = 1, by lo, hi", lambda a, b: np.clip(1.0, a, b), (1.0, 2.0)),
        ("10a", "relu at 0", lambda x: x.relu(), (0.0,)),
        ("10b", "relu at -0.0", lambda x: x.relu(), (-0.0,)),
        ("10c", "relu at nan", lambda x: x.relu(), (_NAN,)),
    ],
    "steps: 0, also where they jump; remainders as if their quotient were fixed": [
        ("14a", "sign at 0", np.sign, (0.0,)),
        ("14b", "floor at 1", np.floor, (1.0,)),
        ("14c", "round at 0.5", np.round, (0.5,)),
        ("14d", "ceil at 1", np.ceil, (1.0,)),
        ("15a", "x % 3 at 3", lambda x: x % 3, (3.0,)),
        ("15b", "3 % y at 3", lambda y: 3 % y, (3.0,)),
        ("44a", "trunc at -2.5", np.trunc, (-2.5,)),
        ("51f", "heaviside(x, 0.5) at 0", lambda x: np.heaviside(x, 0.5), (0.0,)),
        ("15c", "x % y at (3, 3)", np.remainder, (3.0, 3.0)),
        ("15d", "x // y at (7, 2)", np.floor_divide, (7.0, 2.0)),
        ("44b", "fmod(-5.5, 2)", np.fmod, (-5.5, 2.0)),
        ("44c", "remainder(-5.5, 2)", np.remainder, (-5.5, 2.0)),
        ("44d", "remainder(5.5, -2)", np.remainder, (5.5, -2.0)),
        ("44e", "fmod(5.5, -2)", np.fmod, (5.5, -2.0)),
        ("44f", "remainder(1, 0)", np.remainder, (1.0, 0.0)),
        ("44g", "remainder(1, inf)", np.remainder, (1.0, _INF)),
        ("46a", "copysign(0, 1)", np.copysign, (0.0, 1.0)),
        ("46b", "copysign(0, -1)", np.copysign, (0.0, -1.0)),
        ("46c", "copysign(-0.0, 1)", np.copysign, (-0.0, 1.0)),
        ("46d", "copysign(-2, 0)", np.copysign, (-2.0, 0.0)),
    ],
    "powers and products at zero: the limit where there is one": [
        ("3a", "x**0 at 0", lambda x: x**0, (0.0,)),
        ("3b", "x**1 at 0", lambda x: x**1, (0.0,)),
        ("3c", "x**0.5 at 0", lambda x: x**0.5, (0.0,)),
        ("3d", "x**y at (0, 0)", np.power, (0.0, 0.0)),
        ("3e", "x**y at (0, 1)", np.power, (0.0, 1.0)),
        ("3f", "x**y at (0, 2)", np.power, (0.0, 2.0)),
        ("3g", "x**y at (-2, 2)", np.power, (-2.0, 2.0)),
        ("3j", "x**y at (0, -1)", np.power, (0.0, -1.0)),
        ("3k", "x**y at (0, 0.5)", np.power, (0.0, 0.5)),
        ("3m", "x**[0] at 0", lambda x: x ** np.array(0.0), (0.0,)),
        ("3n", "2**x at -inf", lambda x: 2.0**x, (-_INF,)),
        ("3o", "0**x at 0", lambda x: 0.0**x, (0.0,)),
        ("3p", "0**x at 1", lambda x: 0.0**x, (1.0,)),
        ("21a", "prod of [0, 2, 3]", np.prod, ([0.0, 2.0, 3.0],)),
        ("21b", "prod of [0, 0, 3]", np.prod, ([0.0, 0.0, 3.0],)),
        ("21c", "prod of [inf, 2, 0]", np.prod, ([_INF, 2.0, 0.0],)),
        (
            "22a",
            "cumprod of [2, 0, 3], summed",
            lambda x: np.sum(np.cumprod(x)),
            ([2.0, 0.0, 3.0],),
        ),
        (
            "22b",
            "cumprod of [0, 0, 3], summed",
            lambda x: np.sum(np.cumprod(x)),
            ([0.0, 0.0, 3.0],),
        ),
        ("31a", "det of [[1, 2], [2, 4]]", np.linalg.det, ([[1.0, 2.0], [2.0, 4.0]],)),
        ("31b", "det of zeros", np.linalg.det, (np.zeros((2, 2)),)),
        ("31c", "det of diag(1, 2, 0)", np.linalg.det, (np.diag([1.0, 2.0, 0.0]),)),
        ("31h", "sum of pinv of zeros", lambda a: np.sum(np.linalg.pinv(a)), (np.zeros((2, 2)),)),
        ("31i", "det of diag(1, 0, 0)", np.linalg.det, (np.diag([1.0, 0.0, 0.0]),)),
        ("31f", "inv of [[1, 2], [2, 4]]", np.linalg.inv, ([[1.0, 2.0], [2.0, 4.0]],)),
    ],
    "ends of domains: infinite where the slope is, nan outside": [
        ("2a", "sqrt at 0", np.sqrt, (0.0,)),
        ("2b", "sqrt at -0.0", np.sqrt, (-0.0,)),
        ("2c", "sqrt(x)**2 at 0", lambda x: np.sqrt(x) ** 2, (0.0,)),
        ("2d", "sqrt(x**2) at 0", lambda x: np.sqrt(x**2), (0.0,)),
        ("2e", "0 * sqrt(x) at 0", lambda x: 0.0 * np.sqrt(x), (0.0,)),
        ("18b", "sqrt(sum(x*x)) of zeros", lambda x: np.sqrt(np.sum(x * x)), ([0.0, 0.0, 0.0],)),
        ("16", "arctan2(y, x) at (0, 0)", np.arctan2, (0.0, 0.0)),
        ("25a", "sinc at 0", np.sinc, (0.0,)),
        ("25c", "sinc at 1e-9", np.sinc, (1e-9,)),
        ("26a", "arcsin at 1", np.arcsin, (1.0,)),
        ("26b", "arccos at 1", np.arccos, (1.0,)),
        ("26c", "arccosh at 1", np.arccosh, (1.0,)),
        ("26d", "arctanh at 1", np.arctanh, (1.0,)),
        ("26e", "arcsin at 2", np.arcsin, (2.0,)),
        ("27a", "x log(x) at 0", lambda x: x * np.log(x), (0.0,)),
        ("27d", "-sum(p log(p)) at [0, 1]", lambda p: -np.sum(p * np.log(p)), ([0.0, 1.0],)),
        ("27g", "0 * log(x) at 0", lambda x: 0.0 * np.log(x), (0.0,)),
        ("28a", "where(x>0, sqrt(x), 0) at 0", lambda x: np.where(x > 0, np.sqrt(x), 0.0), (0.0,)),
        (
            "28b",
            "where(x>0, sqrt(x), 0) at -1",
            lambda x: np.where(x > 0, np.sqrt(x), 0.0),
            (-1.0,),
        ),
        ("28c", "where(x>0, 1/x, 0) at 0", lambda x: np.where(x > 0, 1 / x, 0.0), (0.0,)),
        (
            "28d",
            "where(x<1, exp(x), x) at 1000",
            lambda x: np.where(x < 1, np.exp(x), x),
            (1000.0,),
        ),
        ("51a", "cbrt at 0", np.cbrt, (0.0,)),
        ("51b", "1/x at 0", lambda x: 1 / x, (0.0,)),
        ("51c", "log at 0", np.log, (0.0,)),
        ("51d", "log1p at -1", np.log1p, (-1.0,)),
        ("51k", "arctan2(y, x) at (0, -1)", np.arctan2, (0.0, -1.0)),
        ("51e", "log at -1", np.log, (-1.0,)),
        ("51h", "x/y at (0, 0)", np.divide, (0.0, 0.0)),
    ],
    "infinities and nan: maximum chooses a nan, fmax the number; what is not chosen gets 0": [
        ("5d", "max of [nan, 1, 1]", np.max, ([_NAN, 1.0, 1.0],)),
        ("42a", "maximum(x, nan) at 1", np.maximum, (1.0, _NAN)),
        ("42b", "minimum(x, nan) at 1", np.minimum, (1.0, _NAN)),
        ("42g", "maximum(nan, 1)", np.maximum, (_NAN, 1.0)),
        ("42h", "fmax(nan, 1)", np.fmax, (_NAN, 1.0)),
        ("42c", "fmax(x, nan) at 1", np.fmax, (1.0, _NAN)),
        ("42e", "fmax(nan, nan)", np.fmax, (_NAN, _NAN)),
        ("42f", "nansum of [nan, 1]", np.nansum, ([_NAN, 1.0],)),
        ("41a", "nan_to_num at nan", np.nan_to_num, (_NAN,)),
        ("41b", "nan_to_num at inf", np.nan_to_num, (_INF,)),
        ("39a", "logaddexp(-inf, -inf)", np.logaddexp, (-_INF, -_INF)),
        ("39b", "logaddexp(inf, inf)", np.logaddexp, (_INF, _INF)),
        ("23a", "logsumexp of [-inf, -inf]", logsumexp, ([-_INF, -_INF],)),
        ("23b", "logsumexp of [inf, 0]", logsumexp, ([_INF, 0.0],)),
        ("23c", "logsumexp of [-inf, 0]", logsumexp, ([-_INF, 0.0],)),
        ("23d", "logsumexp of [inf, inf]", logsumexp, ([_INF, _INF],)),
        ("13o", "sigmoid at -1000", lambda x: x.sigmoid(), (-1000.0,)),
        ("13D", "tanh at inf", np.tanh, (_INF,)),
        ("51o", "log(sum(exp(x))) of [1000, 0]", _log_sum_exp, ([1000.0, 0.0],)),
        ("51p", "log(1 + exp(x)) at 1000", lambda x: np.log(1 + np.exp(x)), (1000.0,)),
        ("51q", "1/(1 + exp(-x)) at -1000", lambda x: 1 / (1 + np.exp(-x)), (-1000.0,)),
        ("51i", "exp at 1000", np.exp, (1000.0,)),
        ("39c", "logaddexp(-inf, 0)", np.logaddexp, (-_INF, 0.0)),
        ("39d", "logaddexp(inf, 0)", np.logaddexp, (_INF, 0.0)),
        ("51s", "hypot at (inf, 1)", np.hypot, (_INF, 1.0)),
        ("51u", "hypot at (1e200, 1e200)", np.hypot, (1e200, 1e200)),
        ("51t", "hypot at (1e-200, 1e-200)", np.hypot, (1e-200, 1e-200)),
    ],
    "knots and repeated places": [
        ("50a", "interp at a knot", lambda x: np.interp(x, [0, 1, 2], [0, 10, 5]), (1.0,)),
        ("50b", "interp at the left end", lambda x: np.interp(x, [0, 1, 2], [0, 10, 5]), (0.0,)),
        ("50c", "interp at the right end", lambda x: np.interp(x, [0, 1, 2], [0, 10, 5]), (2.0,)),
        ("50d", "interp outside", lambda x: np.interp(x, [0, 1, 2], [0, 10, 5]), (3.0,)),
        ("40a", "x[[0, 0, 1]] of [1, 2]", lambda x: np.sum(x[np.array([0, 0, 1])]), ([1.0, 2.0],)),
        ("35a", "nuclear norm at I", _norm("nuc"), (np.eye(2),)),
        ("35b", "nuclear norm of zeros", _norm("nuc"), (np.zeros((2, 2)),)),
        ("35d", "spectral norm at I", _norm(2), (np.eye(2),)),
        ("35e", "spectral norm of zeros", _norm(2), (np.zeros((2, 2)),)),
        ("32a", "sum of eigvalsh of I", lambda a: np.sum(np.linalg.eigvalsh(a)), (np.eye(2),)),
        (
            "33d",
            "sum of svdvals of zeros",
            lambda a: np.sum(np.linalg.svdvals(a)),
            (np.zeros((2, 2)),),
        ),
    ],
}


def kinks() -> Iterator[tuple[str, Kink]]:
    """Each point, with the rule that it stands under.

    >>> {kink.title: written(kink.answer()) for _, kink in kinks()}["max of [1, 3, 3]"]
    '[0, 0.5, 0.5]'
    """
    for rule, points in GROUPS.items():
        for point in points:
            yield rule, Kink(*point)
