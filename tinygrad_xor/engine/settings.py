"""What holds for a ``with`` block, in the thread or task that entered it."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from types import TracebackType
from typing import Any

from tinygrad_xor.engine.sharing import SHARED


class Setting:
    """Something that holds for a ``with`` block, in the thread or task that entered it.

    Blocks may end in any order, as those of generators do, and in another context than they began
    in: a block that has ended holds nowhere.

    Args:
        name: for messages.
        default: what holds outside of all blocks.
        watchers: for each list of watchers, the one that is in it while any block is open.

    >>> colour = Setting("colour", "red")
    >>> with colour.holding("blue"):
    ...     colour.get()
    'blue'
    >>> colour.get()
    'red'
    """

    def __init__(
        self, name: str, default: Any, *watchers: tuple[list[Any], Callable[..., Any]]
    ) -> None:
        self._default = default
        self._watchers = watchers
        self._blocks: ContextVar[tuple[_Block, ...]] = ContextVar(name, default=())
        self._open = 0

    def get(self) -> Any:
        """What holds here: the value of the innermost block that is still open."""
        blocks = self._blocks.get()
        if blocks:
            block = blocks[-1]  # the usual case, at once
            if block.open:
                return block.value
            for block in reversed(blocks):
                if block.open:
                    return block.value
        return self._default

    def holding(self, value: Any) -> Holding:
        """A ``with`` block in which `value` holds; the same object may be entered again."""
        return Holding(self, value)

    def enter(self, block: _Block) -> None:
        """Let a block begin here."""
        self._blocks.set((*[b for b in self._blocks.get() if b.open], block))
        with SHARED:
            self._open += 1
            if self._open == 1:
                for watchers, watcher in self._watchers:
                    watchers.append(watcher)

    def leave(self, block: _Block) -> None:
        """Let a block end, wherever it began."""
        with SHARED:
            block.open = False
            self._open -= 1
            if self._open == 0:
                for watchers, watcher in self._watchers:
                    watchers.remove(watcher)

    def innermost(self, owner: Holding) -> _Block | None:
        """The last open block of `owner` that began here."""
        blocks = [b for b in self._blocks.get() if b.open and b.owner is owner]
        return blocks[-1] if blocks else None


class _Block:
    """One ``with`` block: what holds in it, and whether it is still running."""

    __slots__ = ("open", "owner", "value")

    def __init__(self, owner: Holding, value: Any) -> None:
        self.owner = owner
        self.value = value
        self.open = True


class Holding(contextlib.ContextDecorator):
    """What `Setting.holding` gives: a ``with`` block, or a decorator of a function.

    A generator or a coroutine function that is decorated runs in the block too, and whoever waits
    for it does not.
    """

    def __init__(self, setting: Setting, value: Any) -> None:
        self._setting = setting
        self._value = value
        self._entered: list[_Block] = []

    def __call__(self, function: Any) -> Any:
        """`function`, but it runs in the block.

        Raises:
            TypeError: if it is an asynchronous generator.
        """
        if inspect.isasyncgenfunction(function):
            raise TypeError(
                f"{function.__name__} is an asynchronous generator, which a decorator cannot keep "
                "in the block: write the with block inside it"
            )
        if inspect.isgeneratorfunction(function):
            return functools.wraps(function)(lambda *args, **kw: self._steps(function(*args, **kw)))
        if not inspect.iscoroutinefunction(function):
            return super().__call__(function)

        @functools.wraps(function)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            with self:
                return await function(*args, **kwargs)

        return awaited

    def _steps(self, generator: Any) -> Iterator[Any]:
        """The generator, each step of it in a block of its own."""
        step, given = generator.send, None
        while True:
            with self:
                try:
                    found = step(given)
                except StopIteration as end:
                    return end.value
            try:
                step, given = generator.send, (yield found)
            except GeneratorExit:
                with self:
                    generator.close()
                raise
            except BaseException as error:  # thrown into it: for the generator to catch
                step, given = generator.throw, error

    def __enter__(self) -> None:
        block = _Block(self, self._value)
        self._entered.append(block)
        self._setting.enter(block)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # A block that is left in another context than it began in is not known there.
        block = self._setting.innermost(self) or self._entered[-1]
        self._entered.remove(block)
        self._setting.leave(block)
