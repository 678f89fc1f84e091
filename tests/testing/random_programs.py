"""Right gradients of programs that nobody thought of: how many does the checker refuse?

    python tests/testing/random_programs.py ordinary|special SEED COUNT

`COUNT` programs are drawn from `SEED` on, and each is checked to second order: at any point, or
where value or slope vanish, or where the arguments, the slopes or the values are large. It prints
how many passed, and each that was refused. Refused ones are false alarms, or faults of the table.
"""

import pkgutil
import sys
import time
import warnings
from random import Random

import numpy as np

from tinygrad_xor import derivatives
from tinygrad_xor.program import TraceError
from tinygrad_xor.testing import GradientError, check_gradients
from tinygrad_xor.testing import strategies as gst


def total(y):
    """A number that is made of all outputs, none of them like another."""
    return np.sum(y * np.cos(np.arange(np.size(y))).reshape(np.shape(y)))


def at_zero(program, inputs, source):
    value = program(*inputs)
    return lambda *xs: program(*xs) - value, inputs


def at_a_minimum(program, inputs, source):
    value, power = program(*inputs), source.choice([2, 2, 4])
    return lambda *xs: np.sum((program(*xs) - value) ** power), inputs


def at_a_saddle(program, inputs, source):
    value, middle = total(program(*inputs)), total(inputs[0])
    return lambda *xs: (total(program(*xs)) - value) * (total(xs[0]) - middle), inputs


def at_the_origin(program, inputs, source):
    kept = source.choice([0.0, 0.0, 1.0])  # all arguments are 0, or one of them is
    return program, (0.0 * inputs[0], *[kept * x for x in inputs[1:]])


def far_out(program, inputs, source):
    factor = 10.0 ** source.randint(1, 6)
    return lambda *xs: program(*map(np.sin, xs)), tuple(factor * x for x in inputs)


def saturated(program, inputs, source):
    factor = 10.0 ** source.randint(1, 3)
    return program, tuple(factor * x for x in inputs)


def fast(program, inputs, source):
    factor = 10.0 ** source.randint(1, 5)
    return lambda *xs: np.sin(factor * program(*xs)), inputs


def beside_a_large_number(program, inputs, source):
    offset = 10.0 ** source.randint(2, 8)
    return lambda *xs: offset + program(*xs), inputs


def of_another_size(program, inputs, source):
    factor = 10.0 ** source.choice([-12, -6, 6, 12])
    return lambda *xs: factor * program(*xs), inputs


#: Those of the package, whatever tests have added: a seed is to draw the same program again.
PAGES = {module.name for module in pkgutil.iter_modules(derivatives.__path__)}
ENTRIES = [entry for entry in gst.smooth_entries() if entry.page in PAGES]
#: Where people stand: each makes a function and a point of a program and its inputs.
SPECIAL = [
    at_zero,
    at_a_minimum,
    at_a_saddle,
    at_the_origin,
    far_out,
    saturated,
    fast,
    beside_a_large_number,
    of_another_size,
]


def drawn(kind, seed):
    """A function, a point, and what they are called; ``None`` where nothing can be drawn."""
    source = Random(seed)
    try:
        program, inputs = gst.random_program(source, entries=ENTRIES)
    except TraceError:
        return None
    if kind == "ordinary":
        return program, inputs, f"program {seed}"
    special = source.choice(SPECIAL)
    f, point = special(program, inputs, source)
    return f, point, f"program {seed}, {special.__name__}"


def verdict(kind, seed):
    """Whether the program of this seed is checked, refused or undecided, and why."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = drawn(kind, seed)
        if found is None:
            return "undecided", f"program {seed} is not drawn"
        f, point, name = found
        if not np.all(np.isfinite(f(*point))):
            return "undecided", f"{name} is not finite"
        try:
            check_gradients(f, *point)
        except GradientError as error:
            return "refused", f"{name}\n{error}"
        return "checked", name


def count(kind, seed, how_many):
    """How many programs had each verdict, and what is said of those that did not pass."""
    counted, said = {"checked": 0, "refused": 0, "undecided": 0}, []
    for k in range(seed, seed + how_many):
        of_it, why = verdict(kind, k)
        counted[of_it] += 1
        if of_it == "refused":
            said.append(why)
            print(why, flush=True)
    return counted, said


def main(kind, seed, how_many):
    start = time.process_time()
    counted, _ = count(kind, int(seed), int(how_many))
    words = ", ".join(f"{n} {verdict}" for verdict, n in counted.items())
    print(f"{kind}, from {seed}: {words}; {time.process_time() - start:.0f} s of a processor")


if __name__ == "__main__":
    main(*sys.argv[1:])
