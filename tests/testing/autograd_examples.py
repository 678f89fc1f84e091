"""HIPS autograd's own examples, by autograd and by this package under autograd's import names.

    python tests/testing/autograd_examples.py FOLDER [--rounds N] [--only NAME ...]

FOLDER is ``examples/`` of autograd's source distribution. Each example runs in a process of its
own, the two engines in turns, on one thread. Nothing is drawn: ``matplotlib.pyplot`` is a stand-in
too, for pictures would take most of the time. Instead of MNIST there are 256 random images. An
example ends as it calls for a derivative once more than autograd came to in `SECONDS`; one that
ends before runs again. What it printed until then is compared. Compared is the processor time
from its first line on, when NumPy, SciPy and the engine are imported, and that within calls of
derivatives, without what an example computes for its pictures; the least of all rounds counts.
"""

import argparse
import contextlib
import importlib
import io
import json
import math
import os
import re
import runpy
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType

import numpy as np

#: How long autograd computes before the calls are counted.
SECONDS = 1.0
#: Helpers of the others.
NOT_EXAMPLES = ("__init__", "data", "data_mnist")
DERIVATIVES = ("grad", "value_and_grad", "elementwise_grad", "hessian_vector_product")
NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|nan|inf)(?![\w.])")


# -- in the child: one example, once


class Enough(BaseException):
    """The example has called for derivatives often enough."""


class Mute(ModuleType):
    """Whatever is asked of it, it gives itself, and does nothing."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args, **kwargs):
        return self

    def __iter__(self):
        return iter(())


class Seeded(np.random.RandomState):
    """The same numbers in both engines, also where the example asks for any."""

    def __init__(self, seed=0):
        super().__init__(seed)


class Counted:
    """Counts the calls of derivatives, and ends the example after `limit`, or after `SECONDS`."""

    def __init__(self, limit):
        self.limit, self.calls, self.start = limit, 0, time.process_time()
        self.within, self.seconds = False, 0.0

    def __call__(self, transform):
        def transformed(*args, **kwargs):
            derivative = transform(*args, **kwargs)

            def called(*inputs):
                begun = time.process_time()
                if self.calls >= self.limit if self.limit else begun - self.start > SECONDS:
                    raise Enough
                self.calls += 1
                if self.within:  # a derivative of a derivative
                    return derivative(*inputs)
                self.within = True
                try:
                    return derivative(*inputs)
                finally:
                    self.within = False
                    self.seconds += time.process_time() - begun

            return called

        return transformed


def random_images():
    rng = np.random.RandomState(0)
    train, test = (rng.randint(0, 256, (n, 28, 28), dtype=np.uint8) for n in (256, 32))
    return train, rng.randint(0, 10, 256), test, rng.randint(0, 10, 32)


def child(engine, file, limit):
    np.random.RandomState = Seeded
    if engine == "ours":
        sys.modules.update(importlib.import_module("autograd_standin").modules())
    for name in ("scipy.optimize", "scipy.integrate", "matplotlib.image"):
        importlib.import_module(name)
    names = ("", ".numpy", ".scipy.signal", ".scipy.special", ".scipy.stats", ".misc.optimizers")
    for name in (*names, ".test_util", ".scipy.integrate"):
        importlib.import_module(f"autograd{name}")
    mute = sys.modules["matplotlib.pyplot"] = Mute("matplotlib.pyplot")
    mute.imread = sys.modules["matplotlib.image"].imread
    sys.path[:0] = [str(file.parent)]
    with contextlib.suppress(ImportError):
        importlib.import_module("data_mnist").mnist = random_images
    os.chdir(tempfile.mkdtemp())
    os.system = lambda command: 0
    printed, error = io.StringIO(), None
    counted = Counted(limit)
    for name in DERIVATIVES:
        setattr(sys.modules["autograd"], name, counted(getattr(sys.modules["autograd"], name)))
    counted.start = start = time.process_time()
    with contextlib.redirect_stdout(printed):
        try:
            before = -1
            while counted.calls > before:  # an example without derivatives runs once
                before = counted.calls
                np.random.seed(0)  # noqa: NPY002 (the examples draw from it)
                runpy.run_path(str(file), run_name="__main__")
        except Enough:
            pass
        except Exception as failed:
            error = f"{type(failed).__name__}: {str(failed).splitlines()[0]}"
    seconds = time.process_time() - start
    numbers = [float(x) for x in NUMBER.findall(printed.getvalue())]
    print(json.dumps([[seconds, counted.seconds], counted.calls, numbers, error]))


# -- the comparison


def run(engine, file, limit):
    """Seconds in all and in derivatives, calls of those, numbers printed, and the error."""
    command = [sys.executable, __file__, str(file), "--child", engine, "--limit", str(limit)]
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    settings = {**os.environ, **threads, "MPLBACKEND": "Agg", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    if done.returncode:
        return [0.0, 0.0], 0, [], done.stderr.strip().splitlines()[-1]
    return json.loads(done.stdout)


def difference(ours, theirs):
    """The largest difference of two printouts, relative to numbers above 1."""
    if len(ours) != len(theirs):
        return f"{len(ours)} and {len(theirs)} numbers"
    if not ours:
        return "nothing printed"
    a, b = np.array(ours), np.array(theirs)
    with np.errstate(invalid="ignore"):
        away = np.abs(a - b) / np.maximum(1.0, np.abs(b))
    away[(a == b) | (np.isnan(a) & np.isnan(b))] = 0.0
    return f"{np.max(away):.0e}"


def compared(file, rounds):
    """Of an example: the least seconds of both engines, calls, difference; or a sentence."""
    _, limit, _, error = run("autograd", file, 0)
    if error:
        return f"autograd itself: {error}"
    least, printed = {}, {}
    for engine in ("autograd", "ours") * rounds:
        seconds, _, printed[engine], error = run(engine, file, limit)
        if error:
            return f"{engine}: {error}"
        least[engine] = np.minimum(least.get(engine, math.inf), seconds)
    return least["ours"], least["autograd"], limit, difference(printed["ours"], printed["autograd"])


def told(ratios, what):
    mean, least, most = np.exp(np.mean(np.log(ratios))), np.min(ratios), np.max(ratios)
    return f"{what}: geometric mean {mean:.2f}, from {least:.2f} to {most:.2f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", default=())
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--limit", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        child(args.child, args.folder.resolve(), args.limit)
        return
    files = sorted(p for p in args.folder.rglob("*.py") if p.stem not in NOT_EXAMPLES)
    ratios, left_out = [], []
    print(f"{'':<38}{'whole':>20}{'derivatives alone':>28}")
    half = f"{'ours, s':>9}{'autograd':>9}{'ratio':>7}"
    print(f"{'example':<32}{'calls':>6}{half}{half}  difference")
    for file in files:
        if args.only and file.stem not in args.only:
            continue
        row = compared(file, args.rounds)
        if isinstance(row, str):
            left_out.append(f"{file.stem}: {row}")
            continue
        ours, theirs, calls, away = row
        ratios.append(ours / theirs)
        columns = zip(ours, theirs, ratios[-1], strict=True)
        halves = "".join(f"{a:>9.3f}{b:>9.3f}{c:>7.2f}" for a, b, c in columns)
        print(f"{file.stem:<32}{calls:>6}{halves}  {away}", flush=True)
    if ratios:
        whole, derivatives = np.transpose(ratios)
        print(told(whole, f"{len(ratios)} examples, whole"))
        print(told(derivatives, "their derivatives alone"))
    for line in left_out:
        print(f"not compared: {line}")


if __name__ == "__main__":
    main()
