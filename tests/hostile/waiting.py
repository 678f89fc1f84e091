"""Waiting for other processes, without a guess at how long they take."""

import time

LONG = 120  # seconds: a process that has done nothing by then never will


def wait_until(is_so):
    end = time.monotonic() + LONG
    while not is_so():
        assert time.monotonic() < end, "nothing happens"
        time.sleep(0.0005)
