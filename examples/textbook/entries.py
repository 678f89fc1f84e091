"""An entry of the table of derivatives as formulas, each made from the entry's own rule."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from textbook.expression import Expression, symbol
from textbook.latex import NotTypesetError, Writer
from textbook.notation import TEMPLATES
from textbook.recording import recorded_function, recorded_rule
from textbook.simplify import LENGTH, Simplifier
from tinygrad_xor.engine import Primitive, Variadic
from tinygrad_xor.viz.sources import source_of

#: Formulas of more nodes than this are shown as the rule's own words.
MOST_NODES = 42
LONGEST = 150
#: The sides of the matrices that rules are run on.
SIDE = 5
#: Pages whose functions move numbers about: they are called by their names.
WHOLE = {"shape", "moving", "indexing", "joining"}
#: The shapes of the inputs, and the parameters.
Shapes = tuple[tuple[tuple[int, ...], ...], dict[str, Any]]
#: Calls that show more of a rule than the first one drawn.
EXAMPLES: dict[str, Shapes] = {
    "getitem": (((7,),), {"index": [2, 0, 2]}),
    "scatter_add": (((3,),), {"index": [2, 0, 2], "shape": (7,)}),
    "index_set": (((7,), (3,)), {"index": [2, 0, 2]}),
    "index_add": (((7,), (3,)), {"index": [2, 0, 2]}),
    "squeeze": (((7, 1),), {}),
    "expand_dims": (((7,),), {"axis": 1}),
    "broadcast_to": (((7,),), {"shape": (3, 7)}),
    "astype": (((7,),), {"dtype": np.dtype(np.float32)}),
    "einsum": (((4, 5), (5, 3)), {"subscripts": "ij,jk->ik"}),
}


@dataclass(frozen=True)
class Call:
    """One call of an entry: the names of inputs, output and gradient, and the inputs' data."""

    entry: Primitive
    names: tuple[str, ...]
    inputs: tuple[Any, ...]
    params: Mapping[str, Any]

    @property
    def indexed(self) -> bool:
        """Whether vectors are written by their elements."""
        whole = self.entry.elementwise or self.entry.page in WHOLE
        return not whole and all(np.ndim(x) <= 1 for x in self.inputs)

    def output(self) -> Any:
        """What the operation gives."""
        with np.errstate(all="ignore"):
            return np.asarray(self.entry.function(*self.inputs, **self.params))


@dataclass(frozen=True)
class Formula:
    r"""The derivative by one argument.

    Attributes:
        left: what is computed, in LaTeX: ``\frac{\partial y}{\partial x}``, ``\bar x_i``.
        right: the formula in LaTeX.
        tree: the same formula as it can be computed.
        assumed: conditions under which it holds, beside the domain of the entry.
        conditions: the same in LaTeX.
    """

    left: str
    right: str
    tree: Expression
    assumed: tuple[Expression, ...]
    conditions: tuple[str, ...]


def call_of(entry: Primitive, seed: int = 0, length: int = LENGTH, side: int = SIDE) -> Call:
    """A call to show a rule at: vectors if the operation takes them, else matrices."""
    rng = np.random.default_rng(seed)
    for shapes, params in _calls(entry, length, side):
        domains = [*entry.domains, *[entry.domains[-1]] * len(shapes)]
        inputs = tuple(
            d.project(_draw(entry, rng, shape)) for d, shape in zip(domains, shapes, strict=False)
        )
        try:
            with np.errstate(all="ignore"):
                out = np.asarray(entry.function(*inputs, **params))
        except (TypeError, ValueError, LookupError, np.linalg.LinAlgError):
            continue
        return Call(entry, _names(entry, inputs, out), inputs, params)
    raise NotTypesetError(f"{entry.name} has no call to show")


def _draw(entry: Primitive, rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    x = rng.uniform(-2, 2, shape)
    return x + 1j * rng.uniform(-2, 2, shape) if entry.page == "complex_numbers" else x


def _calls(entry: Primitive, length: int, side: int) -> list[Shapes]:
    count = 3 if isinstance(entry.rules, Variadic) else len(entry.rules)
    if entry.calls is None:
        return [(((length,),) * count, {})]
    if entry.name in EXAMPLES:
        return [EXAMPLES[entry.name]]
    drawn = [entry.calls(Random(seed)) for seed in range(20)]
    drawn.sort(key=lambda call: (-len(call[0]), -min(map(math.prod, call[0]))))
    least = min(min((len(s) for s in shapes), default=0) for shapes, _ in drawn)
    vector: Shapes = (((length,),), {})
    matrices: Shapes = (((side, side),) * count, {})
    if count > 1 or (least > 1 and entry.name != "vector_norm") or entry.page == "shape":
        return [matrices, *drawn]
    return [vector, matrices, *drawn]


def _names(entry: Primitive, inputs: tuple[Any, ...], out: Any) -> tuple[str, ...]:
    """As the rule calls them; capitals for matrices; with bars for gradients."""
    rules = [entry.rules.rule] if isinstance(entry.rules, Variadic) else list(entry.rules)
    rule = next(r for r in rules if r is not None)
    if isinstance(entry.rules, Variadic):
        called = [f"x_{i + 1}" for i in range(len(inputs))]
        result = "y"
    else:
        called = list(entry.parameters)[: len(inputs)]
        if rule.__code__.co_flags & inspect.CO_VARARGS:  # one rule that does not look at its inputs
            called = ["x", "y", "z"][: len(inputs)]
        result = rule.__code__.co_varnames[1]
        result = "z" if result in called else result
    result = result if len(result) == 1 else "y"
    arrays = [*inputs, out]
    names = [
        name.upper() if np.ndim(x) >= 2 and not entry.elementwise else name
        for name, x in zip([*called, result], arrays, strict=True)
    ]
    return (*names, f"bar {names[-1]}")


def formula_of(entry: Primitive, position: int, seed: int = 0) -> Formula | None:
    r"""The rule of one argument as a formula; ``None`` where it would be too long to read.

    >>> from tinygrad_xor.engine import TABLE
    >>> tanh = formula_of(TABLE["tanh"], 0)
    >>> tanh.left, tanh.right
    ('\\frac{\\partial y}{\\partial x}', '1 - y^{2}')
    """
    for branches in (False, True):
        try:
            return _formula(call_of(entry, seed), position, branches)
        except NotTypesetError:
            continue
    return None


def _formula(call: Call, position: int, branches: bool) -> Formula:
    entry = call.entry
    local = entry.elementwise and entry.page != "complex_numbers"
    out = call.output()
    gradient: Any = 1.0 if local else np.full(out.shape, 0.7, out.dtype) + out * 0
    try:
        tree, answers = recorded_rule(
            entry, position, call.names, call.inputs, call.params, gradient
        )
    except (TypeError, ValueError, LookupError, AttributeError, np.linalg.LinAlgError) as error:
        raise NotTypesetError(str(error)) from error
    simplify = Simplifier(branches)
    tree = simplify(tree)
    for answer in answers:
        simplify.assume(simplify(answer))
    if tree.size > MOST_NODES:
        raise NotTypesetError(f"{tree.size} nodes")
    name = call.names[position]
    if local:
        left = rf"\frac{{\partial {call.names[-2]}}}{{\partial {name}}}"
    else:
        x = call.inputs[position]
        left = Writer(call.indexed)(symbol(f"bar {name}", x))
    writer = Writer(
        call.indexed, scalar=np.ndim(call.inputs[position]) == 0, known=_known(call, position)
    )
    right = writer(tree)
    if len(right) > LONGEST:
        raise NotTypesetError(f"{len(right)} characters")
    if entry.broadcasts and not local and np.size(tree.data) > np.size(call.inputs[position]):
        right = rf"\sum {right}"  # the engine adds up what was stretched
    conditions = tuple(map(writer.relation, simplify.assumed))
    return Formula(left, right, tree, tuple(simplify.assumed), conditions)


def _known(call: Call, position: int | None = None) -> dict[str, str]:
    """How the parameters of a call are written, and the shape of an argument."""
    known = {repr(v): "k" for name, v in call.params.items() if name == "index"}
    if position is not None:
        shape = np.shape(call.inputs[position])
        known[repr(shape)] = rf"\text{{shape of }} {call.names[position]}"
    return known


def function_of(entry: Primitive) -> str:
    r"""What the entry computes, in LaTeX: ``y = \tanh x``."""
    call = call_of(entry)
    out = call.output()
    inputs = tuple(symbol(n, x) for n, x in zip(call.names, call.inputs, strict=False))
    named = Expression(entry.name, inputs, entry.function, call.params, data=out)
    writer = Writer(call.indexed, scalar=out.ndim == 0, known=_known(call))
    left = Writer(call.indexed)(symbol(call.names[-2], out))
    if entry.page in {*WHOLE, "decompositions"}:
        return f"{left} = {writer(named)}"
    if entry.name not in TEMPLATES and entry.name != "logsumexp" and _own(entry):
        try:
            inner = Simplifier()(recorded_function(entry, call.names, call.inputs, call.params))
            if inner.size <= MOST_NODES:
                return f"{left} = {writer(inner)}"
        except (TypeError, ValueError, LookupError, AttributeError):
            pass  # a function that is not made of NumPy's alone has a name only
    return f"{left} = {writer(Simplifier()(named))}"


def _own(entry: Primitive) -> bool:
    """Whether its function is written here, with those of NumPy."""
    return str(getattr(entry.function, "__module__", "")).startswith("tinygrad_xor")


def arguments(entry: Primitive) -> list[int]:
    """The positions of the arguments that have a rule; of any number, the second."""
    if isinstance(entry.rules, Variadic):
        return [1]
    return [i for i, rule in enumerate(entry.rules) if rule is not None]


def words_of(entry: Primitive, helpers: bool = False) -> str:
    """What the docstrings of the rules say, as one line.

    Args:
        entry: of the table.
        helpers: whether to take those of the functions that the rules call, too.
    """
    found: list[str] = []
    for rule in _rules(entry):
        functions = [rule]
        if helpers:
            functions += [rule.__globals__.get(name) for name in rule.__code__.co_names]
        for function in functions:
            name = getattr(function, "__name__", "")
            private = function is rule or name.startswith("_") or name.endswith("_rule")
            text = (getattr(function, "__doc__", None) or "") if private else ""
            first = " ".join(" ".join(text.split()).split())
            if first and first not in found:
                found.append(first)
    return " ".join(found)


def sources_of(entry: Primitive, positions: list[int]) -> list[str]:
    """These rules as they are written: a function whole, a lambda without what is around it."""
    if isinstance(entry.rules, Variadic):
        rules = [entry.rules.rule for _ in positions]
    else:
        rules = [rule for i in positions if (rule := entry.rules[i]) is not None]
    return list(dict.fromkeys(map(source_of, map(inspect.unwrap, rules))))


def _rules(entry: Primitive) -> list[Any]:
    """The functions that are the rules; where one returns a function, those that this one calls."""
    if not isinstance(entry.rules, Variadic):
        return [inspect.unwrap(rule) for rule in entry.rules if rule is not None]
    rule = inspect.unwrap(entry.rules.rule)
    returned = [code for code in rule.__code__.co_consts if inspect.iscode(code)]
    called = [rule.__globals__.get(name) for code in returned for name in code.co_names]
    parts = [part for part in called if inspect.isfunction(part)]
    return [rule] if rule.__doc__ else [*parts, rule]
