"""What all threads share, in a process that is forked while one of them is at it."""

import multiprocessing
import pickle
import threading
import time

import numpy as np
import pytest
from waiting import LONG

from tinygrad_xor import Value, no_grad
from tinygrad_xor.engine import table
from tinygrad_xor.engine.sharing import SHARED


def enter_a_mode():
    with no_grad():
        assert (Value(2.0) * 3.0).primitive is None


def bring_entries():
    table.LATER["numpy"] = lambda: table.BY_FUNCTION.setdefault(len, "an entry")
    assert table.find(len) == "an entry"


def copy():
    pickle.dumps(Value(2.0) * 3.0)


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="this system cannot fork"
)
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("work", [enter_a_mode, bring_entries, copy])
def test_a_process_that_is_forked_while_a_thread_holds_the_lock_can_work(work):
    held = threading.Event()

    def hold():
        with SHARED:
            held.set()
            time.sleep(0.2)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join(LONG)
    process.kill()
    thread.join()
    assert process.exitcode == 0


def test_the_lock_is_free_after_a_fork():
    assert SHARED.acquire(blocking=False)
    SHARED.release()
    assert np.sum(Value([1.0])) == 1.0
