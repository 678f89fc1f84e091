"""What runs in processes that are killed, stopped, interrupted or many at once."""

import os

from tinygrad_xor.atlas import Counts, Setting, add_to_atlas
from tinygrad_xor.cli.main import main
from tinygrad_xor.files import write_atomically


def write_again_and_again(path, size):
    for i in range(10**9):
        write_atomically(path, bytes([i % 256]) * size)


def write_until(path, data, told):
    while not told.exists():
        write_atomically(path, data)


def run_command(argv):
    """What it says goes nowhere; how it ends is how this process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    raise SystemExit(main(argv))


def add_rows(path, widths, seeds):
    """Adds a row for each width, as a command does after each measurement."""
    for width in widths:
        add_to_atlas({Setting(width=width): row_of(seeds)}, path)


def row_of(seeds):
    """A row that could be, and says how many seeds it is of."""
    return Counts(seeds, *[seeds // 2] * 10, float(seeds))
