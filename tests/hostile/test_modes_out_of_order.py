"""Blocks that end in another order than they began."""

import pytest

from tinygrad_xor import Value
from tinygrad_xor.engine import modes

RECORDING = modes._recording  # what no_grad() sets to False, and transforms to True


@pytest.mark.promise("Modes hold for their blocks, whatever order these end in.", trials=1000)
def test_the_newest_block_that_is_open_decides_whatever_was_closed(trials, suspended_in):
    """Up to 18 generators are suspended inside `no_grad()` or its opposite, and closed at random.
    At each moment the newest that is open decides; in the end a gradient is right.
    """
    for rng in trials:
        still_open = []
        for _ in range(rng.randint(2, 18)):
            if still_open and rng.random() < 0.5:
                still_open.pop(rng.randrange(len(still_open)))[1].close()
            else:
                records = rng.random() < 0.5
                still_open.append((records, suspended_in(RECORDING.holding(records))))
            assert modes.is_recording() == (still_open[-1][0] if still_open else True)
        rng.shuffle(still_open)
        for _, generator in still_open:
            generator.close()
        x = Value(3.0)
        (x * x).backward()
        assert x.grad == 6.0
