"""What runs in processes that are killed, stopped, interrupted or many at once."""

import os
import pickle
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from tinygrad_xor import Value, detect_anomaly, no_grad
from tinygrad_xor.atlas import Counts, Setting, add_to_atlas
from tinygrad_xor.cli.main import main
from tinygrad_xor.files import write_atomically


def write_again_and_again(path, size):
    for i in range(10**9):
        write_atomically(path, bytes([i % 256]) * size)


def write_until(path, data, told):
    while not told.exists():
        write_atomically(path, data)


def run_command(argv, stdout=os.devnull, stderr=os.devnull):
    """Runs a command that can be interrupted; how it ends is how this process ends."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
    for path, descriptor in ((stdout, 1), (stderr, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), descriptor)
    raise SystemExit(main(argv))


def add_rows(path, widths, seeds):
    """Adds a row for each width, as a command does after each measurement."""
    for width in widths:
        add_to_atlas({Setting(width=width): row_of(seeds)}, path)


def row_of(seeds):
    """A row that could be, and says how many seeds it is of."""
    return Counts(seeds, *[seeds // 2] * 10, float(seeds))


def first_calls_of_special():
    """Exits with 0 if each thread can differentiate what SciPy has just brought along."""
    from scipy import special

    start = threading.Barrier(8)

    def call(function):
        start.wait()
        x = Value(0.5)
        function(x).backward()
        return bool(np.isfinite(x.grad))

    functions = [special.expit, special.erf, special.gammaln, special.digamma] * 2
    with ThreadPoolExecutor(8) as threads:
        raise SystemExit(0 if all(threads.map(call, functions)) else 1)


def fork_while_threads_work(times):
    """Exits with 0 if every child that is forked meanwhile can do the same work, and ends."""
    from scipy import special

    done = threading.Event()

    def work():
        x = Value(0.5)
        with no_grad(), detect_anomaly():
            pickle.loads(pickle.dumps(special.erf(x) * x))

    def again_and_again():
        while not done.is_set():
            work()

    def child():
        work()
        os._exit(0)

    threads = [threading.Thread(target=again_and_again, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    ends = []
    for _ in range(times):
        pid = os.fork()
        if pid == 0:
            signal.alarm(20)  # a child that waits for a lock for ever is ended by the system
            child()
        ends.append(os.waitpid(pid, 0)[1])
    done.set()
    raise SystemExit(0 if not any(ends) else 1)
