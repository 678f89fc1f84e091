"""Where the steps of a program on numbers are computed: at once, or where a choice needs them.

Of ``where(condition, x, y)`` only one is needed. What only x needs is computed only if the
condition holds, where that saves a call of a function; else a choice is cheaper than a branch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from tinygrad_xor.compiler.lowerings import lowering
from tinygrad_xor.program.constants import Variable, found
from tinygrad_xor.program.program import Program


@dataclass(eq=False)
class Block:
    """Steps that are computed together, in their order.

    Attributes:
        parent: the block in which this one is an arm of a choice; None for the program itself.
        steps: the places of the steps in the program.
        arms: for a step of these that is a branch, what is computed if its condition holds, or not.
    """

    parent: Block | None = None
    depth: int = 0
    steps: list[int] = field(default_factory=list)
    arms: dict[int, tuple[Block, Block]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[int]:
        return iter(self.steps)


def blocks(program: Program) -> Block:
    """The steps of a program on numbers in blocks."""
    steps, start = program.steps, len(program.inputs)
    root = Block()
    home: list[Block | None] = [None] * len(steps)
    for v in found(Variable, program.outputs):
        if v.index >= start:
            home[v.index - start] = root
    for i in reversed(range(len(steps))):
        block, step = home[i], steps[i]
        if block is None:  # nobody needs it
            continue
        if step.function is np.where:
            block.arms[i] = tuple(Block(block, block.depth + 1) for _ in range(2))  # type: ignore[assignment]
        for k, x in enumerate(step.inputs):
            if type(x) is Variable and x.index >= start:
                used_in = block.arms[i][k - 1] if step.function is np.where and k else block
                before = home[x.index - start]
                home[x.index - start] = used_in if before is None else _common(before, used_in)
    calls = [_is_call(program, i) for i in range(len(steps))]
    for i in range(len(steps)):
        block = home[i]
        if block is not None:
            block.steps.append(i)
    _settle(root, calls)
    return root


def _common(a: Block, b: Block) -> Block:
    """The innermost block that both are in."""
    while a is not b:
        if a.depth < b.depth:
            a, b = b, a
        assert a.parent is not None
        a = a.parent
    return a


def _is_call(program: Program, i: int) -> bool:
    step = program.steps[i]
    entry = lowering(step.function, "f")
    return entry is not None and entry.is_call


def _settle(block: Block, calls: list[bool]) -> bool:
    """Take the steps of arms that save no call into their block; whether calls remain in it."""
    has_calls = any(calls[i] for i in block.steps)
    for i, arms in [*block.arms.items()]:
        answers = [_settle(arm, calls) for arm in arms]
        if any(answers):
            has_calls = True
        else:
            del block.arms[i]
            block.steps += [j for arm in arms for j in arm.steps]
    block.steps.sort()
    return has_calls
