"""Waiting for other processes, without a guess at how long they take."""

import time

LONG = 600  # seconds: a process that has done nothing by then never will


def wait_until(is_so, every=0.0005):
    """Ask again and again, with a pause of `every` seconds, until it is so."""
    end = time.monotonic() + LONG
    while not is_so():
        assert time.monotonic() < end, "nothing happens"
        time.sleep(every)
