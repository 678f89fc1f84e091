"""Programs on numbers as statements of a language that writes infix: Python, JavaScript.

A number that is used once stands where it is used, as far as lines stay readable; others get a
name.
"""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from tinygrad_xor.compiler.forms import Lowering
from tinygrad_xor.compiler.layout import Block, blocks
from tinygrad_xor.compiler.lowerings import lowering_of
from tinygrad_xor.program.constants import Constant, Variable, found
from tinygrad_xor.program.precedence import ATOM, SIGN, WORDS, between, within
from tinygrad_xor.program.program import Program
from tinygrad_xor.program.step import Step

#: Up to so many operations stand in one line.
_LONGEST = 6


class Text(NamedTuple):
    """An expression.

    Attributes:
        text: it.
        level: how tightly its outermost sign binds.
        size: how many operations are in it.
    """

    text: str
    level: int = ATOM
    size: int = 0


class Infix:
    """The statements of a program on numbers; a subclass for each language.

    Args:
        program: on numbers.
    """

    indentation = "    "
    comment = "# "
    #: What stands before, between and behind the two arms of a choice.
    choice: tuple[str, ...] = ("if {}:", "else:")
    #: How numbers are written that are not written as in Python.
    literals: Mapping[str, str] = {}

    def __init__(self, program: Program) -> None:
        self.program = program
        self.start = len(program.inputs)
        self.names = names_of(program)
        self.texts: dict[int, Text] = {i: Text(n) for i, n in enumerate(self.names)}
        self.uses = Counter(v.index for step in program.steps for v in step.reads)
        self.uses.update(v.index for v in found(Variable, program.outputs))
        self.outputs = {v.index for v in found(Variable, program.outputs)}
        self.users: dict[int, tuple[int, int]] = {}
        for i, step in enumerate(program.steps):
            for k, x in enumerate(step.inputs):
                if type(x) is Variable:
                    self.users[x.index] = i, k
        self.dtypes: list[Any] = [x.dtype for x in program.lines]
        self.scopes: tuple[str, ...] = ()

    def template(self, step: Step, entry: Lowering) -> str:
        """The expression of an entry in this language."""
        raise NotImplementedError

    def literal(self, x: Any) -> Text:
        """A number or a truth value."""
        text = repr(x.data.item() if type(x) is Constant else x)
        return Text(self.literals.get(text, text), SIGN if text[0] == "-" else ATOM)

    def assigned(self, name: str, text: str) -> str:
        """A statement that gives a name to a number."""
        return f"{name} = {text}"

    def branch(self, condition: str, arms: list[list[str]]) -> list[str]:
        """The statements of a choice, both of which end with a value for the same name."""
        first, second = [[self.indentation + line for line in arm] for arm in arms]
        begin, middle, *end = self.choice
        return [begin.format(condition), *first, middle, *second, *end]

    def body(self) -> list[str]:
        """All statements, in lines."""
        return self._lines(blocks(self.program))

    def value(self, x: Any) -> str:
        """What stands for an operand, after `body`."""
        return self._operand(x).text

    def _lines(self, block: Block, result: Any = None) -> list[str]:
        """The statements of a block; what is its result may stand where that is assigned."""
        lines: list[str] = []
        here = set(block.steps)
        for i in block.steps:
            step, index = self.program.steps[i], self.start + i
            name = f"v{index}"
            if i in block.arms:
                condition = self._operand(step.inputs[0]).text
                arms = []
                for arm, x in zip(block.arms[i], step.inputs[1:], strict=True):
                    inside = self._lines(arm, x)
                    arms.append([*inside, self.assigned(name, self._operand(x).text)])
                self.texts[index] = Text(name)
                lines += self._heading(step) + self.branch(condition, arms)
                continue
            text = self._expression(step)
            wanted = type(result) is Variable and result.index == index and self.uses[index] == 1
            if wanted or self._stands_where_used(index, text, here):
                self.texts[index] = text
                continue
            self.texts[index] = Text(name)
            lines += [*self._heading(step), self.assigned(name, text.text)]
        return lines

    def _heading(self, step: Step) -> list[str]:
        """A comment where another part of the network begins."""
        if step.scopes == self.scopes:
            return []
        self.scopes = step.scopes
        return [self.comment + "/".join(step.scopes)] if step.scopes else []

    def _stands_where_used(self, index: int, text: Text, here: set[int]) -> bool:
        if self.uses[index] != 1 or index in self.outputs or text.size > _LONGEST:
            return False
        user, place = self.users[index]
        if user not in here:
            return False
        template, _ = self._template(self.program.steps[user])
        return template.count(f"{{{place}}}") == 1

    def _template(self, step: Step) -> tuple[str, tuple[Any, ...]]:
        """An expression with gaps, and the operands that go there."""
        entry, _, operands = lowering_of(step, self.dtypes)
        assert entry is not None, step
        return self.template(step, entry), operands

    def _operand(self, x: Any) -> Text:
        return self.texts[x.index] if type(x) is Variable else self.literal(x)

    def _expression(self, step: Step) -> Text:
        template, given = self._template(step)
        operands = [self._operand(x) for x in given]
        size = 1 + sum(x.size for x in operands)
        parts = [(x.text, x.level) for x in operands]
        if infix := re.fullmatch(r"\{0\} (\S+) \{1\}", template):
            return Text(*between(parts[0], infix[1], parts[1]), size)
        level, wanted = WORDS, ATOM
        if re.fullmatch(r"[-!]\{0\}", template):
            level = SIGN
        elif re.fullmatch(r"[\w.]*\(.*\)", template):
            level = ATOM
            if re.fullmatch(r"[\w.]+\((\{\d\}|\w+|, )*\)", template):  # commas tear nothing apart
                wanted = WORDS
        return Text(template.format(*[within(x, wanted) for x in parts]), level, size)


def names_of(program: Program) -> list[str]:
    """A name for each input of a program on numbers: its label, as far as names have such letters.

    >>> import numpy as np
    >>> from tinygrad_xor.compiler.scalarize import scalarized
    >>> from tinygrad_xor.program import trace
    >>> names_of(scalarized(trace(lambda x, w: x[0] * w["a"], np.ones(1), {"a": 2.0})))
    ['x_0', 'w_a']
    """
    names: list[str] = []
    taken: set[str] = set()
    for x in program.inputs:
        name = re.sub(r"\W+", "_", x.label or "x", flags=re.ASCII).strip("_") or "x"
        name = f"x_{name}" if name[0].isdigit() or re.fullmatch(r"v\d+", name) else name
        name = f"{name}_" if name in _KEYWORDS else name
        while name in taken:
            name += "_"
        taken.add(name)
        names.append(name)
    return names


#: Words that no language of ours takes as a name, and names that expressions use.
_KEYWORDS = {
    *keyword.kwlist,
    *"case catch const debugger default delete do enum export extends function".split(),
    *"instanceof let new null static super switch this throw try typeof var void".split(),
    *"true false undefined NaN Infinity Math Number Object".split(),
    *"abs float int round inf nan float32 state rows order record done".split(),
}
