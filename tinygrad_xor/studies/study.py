"""What a study is: a job for each setting and seed, and a record of each."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from os import PathLike
from typing import Any

from tinygrad_xor.studies.executors import results
from tinygrad_xor.studies.records import Record, RecordFile, key_of, plain

#: ``work(make_model, data, setting, seeds)``: for each of the seeds what is found out, by name.
Work = Callable[[Callable[..., Any], Any, Mapping[str, Any], Sequence[int]], Sequence[Record]]

#: Names of a grid that `fitted` hands to ``fit``; all others go to ``make_model``.
OF_FIT = ("epochs", "batch_size")


def study(
    make_model: Callable[..., Any],
    data: Any,
    grid: Mapping[str, Iterable[Any]] | Iterable[Mapping[str, Any]],
    seeds: Iterable[int],
    executor: Executor | None = None,
    *,
    path: str | PathLike[str] | None = None,
    progress: bool = False,
    work: Work | None = None,
    together: int = 1,
) -> list[Record]:
    """Train a network for each setting of a grid and each seed, and record how it ended.

    The same seeds give the same records, whoever runs them, in the order of the grid and the seeds.
    What raises an exception has it in its record, under ``"error"``; the others go on.

    Args:
        make_model: ``make_model(seed=..., **setting)`` makes a compiled network. Pools of processes
            find it by its name, so it is defined with ``def``, not inside another function.
        data: ``(x, y)``, and examples to test on if there are any: ``(x, y, x_test, y_test)``.
        grid: the values of each name, which are combined, ``{"width": [2, 3], "lr": [0.1]}``; or
            the settings themselves, one after the other. ``epochs`` and ``batch_size`` go to
            ``fit``, all other names to `make_model`.
        seeds: whole numbers.
        executor: who runs the jobs, an executor of ``concurrent.futures``; a process for each
            processor by default. A script that starts those needs its
            ``if __name__ == "__main__":``.
        path: a file that gets each record, a line of JSON, as soon as it is there. A study that was
            killed goes on from it, and makes no record twice.
        progress: whether to show a bar.
        work: what to do in place of fitting one network, as of `fitted`.
        together: how many seeds of a setting `work` gets at once.

    Returns:
        For each setting and seed a dict: the setting, ``"seed"``, and the numbers of
        ``evaluate``: ``"loss"``, and those of the metrics; of the examples to test on, with
        ``"val_"`` in front. ``pandas.DataFrame(records)`` makes a table of them.

    Raises:
        TypeError: if names or values cannot be those of a record, or `make_model` cannot go to
            other processes.
        ValueError: if there is nothing to do, something is there twice, or the file is of another
            study, or damaged.
        BlockingIOError: if another process writes into the file.
        RuntimeError: if processes of the pool are killed again and again.

    >>> from tinygrad_xor.datasets import truth_table
    >>> from tinygrad_xor.nn import Dense, Sequential
    >>> from tinygrad_xor.studies import Here
    >>> def network(seed, width):
    ...     model = Sequential([Dense(width, "tanh", input_dim=2), Dense(1, "sigmoid")], seed=seed)
    ...     model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    ...     return model
    >>> grid = {"width": [2, 4], "epochs": [20]}
    >>> records = study(network, truth_table("xor"), grid, range(3), Here())
    >>> [(r["width"], r["seed"]) for r in records]
    [(2, 0), (2, 1), (2, 2), (4, 0), (4, 1), (4, 2)]
    >>> list(records[0])
    ['width', 'epochs', 'seed', 'loss', 'accuracy']
    """
    work = fitted if work is None else work
    settings, seeds = _settings(grid), _seeds(seeds)
    groups = [
        (setting, seeds[i : i + together])
        for setting in settings
        for i in range(0, len(seeds), together)
    ]
    with RecordFile(path, make_model, work, data) as kept:
        left = [group for group in groups if not all(kept.has(group[0], s) for s in group[1])]
        calls = [(_attempt, work, make_model, data, *group) for group in left]
        with _bar(progress, len(settings) * len(seeds), _count(left)) as moved:
            for i, found in results(calls, executor, make_model):
                kept.add(*left[i], found)
                moved(len(left[i][1]))
        return [kept.record(setting, seed) for setting in settings for seed in seeds]


def fitted(
    make_model: Callable[..., Any], data: Any, setting: Mapping[str, Any], seeds: Sequence[int]
) -> list[Record]:
    """Fit a network for each of the seeds, and evaluate it: the work of a study by default."""
    of_fit = {name: value for name, value in setting.items() if name in OF_FIT}
    of_model = {name: value for name, value in setting.items() if name not in OF_FIT}
    x, y, *test = data
    found = []
    for seed in seeds:
        model = make_model(seed=seed, **of_model)
        model.fit(x, y, verbose=0, **of_fit)
        record = model.evaluate(x, y, return_dict=True)
        if test:
            tested = model.evaluate(*test, return_dict=True)
            record |= {f"val_{name}": number for name, number in tested.items()}
        found.append(record)
    return found


def _attempt(
    work: Work, make_model: Any, data: Any, setting: dict[str, Any], seeds: list[int]
) -> list[Record]:
    """The results for some seeds of a setting, or the error: what an executor runs."""
    try:
        found = [plain(result) for result in work(make_model, data, setting, seeds)]
        if len(found) != len(seeds):
            raise ValueError(f"{len(found)} results for {len(seeds)} seeds")
        if twice := {"seed", *setting} & set().union(*found):
            raise ValueError(f"results are called as parts of the setting are: {sorted(twice)}")
    except Exception as error:
        return [{"error": f"{type(error).__name__}: {error}"}] * len(seeds)
    return found


def _settings(grid: Any) -> list[dict[str, Any]]:
    if isinstance(grid, Mapping):
        for name, values in grid.items():
            if isinstance(values, str) or not isinstance(values, Iterable):
                raise TypeError(f"a grid has a list of values for {name!r}, not {values!r}")
        made = [dict(zip(grid, row, strict=True)) for row in itertools.product(*grid.values())]
    else:
        made = [dict(setting) for setting in grid]
    if not made:
        raise ValueError(f"there is no setting in the grid {grid!r}")
    for setting in made:
        for name in setting:
            if not isinstance(name, str) or name in ("seed", "error"):
                raise TypeError(f"{name!r} cannot be the name of a setting")
    return _each_once([plain(setting) for setting in made], "a setting", lambda s: key_of(s, 0))


def _seeds(seeds: Any) -> list[int]:
    found = [plain(seed) for seed in seeds]
    for seed in found:
        if type(seed) is not int:
            raise TypeError(f"seeds are whole numbers, not {seed!r}")
    if not found:
        raise ValueError("a study needs seeds: range(100) are a hundred")
    return _each_once(found, "a seed", str)


def _each_once(things: list[Any], what: str, key: Callable[[Any], str]) -> list[Any]:
    for name, group in itertools.groupby(sorted(things, key=key), key):
        if len(list(group)) > 1:
            raise ValueError(f"{what} is there twice: {name}")
    return things


@contextlib.contextmanager
def _bar(shown: bool, total: int, left: int) -> Iterator[Callable[[int], None]]:
    if not shown:
        yield lambda n: None
        return
    from tqdm.auto import tqdm

    with tqdm(total=total, initial=total - left, unit="network") as bar:
        yield bar.update


def _count(groups: Sequence[tuple[Any, Sequence[int]]]) -> int:
    return sum(len(seeds) for _, seeds in groups)
