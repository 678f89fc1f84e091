"""Ctrl-C while the command is still being imported: it waits until the command can answer it.

Without this it would be answered by a traceback of whatever was being imported.
"""

import os
import signal
import sys


def _is_command() -> bool:
    """Whether this process is ``tinygrad-xor`` or ``python -m tinygrad_xor``."""
    called = getattr(sys, "argv", None) or [""]
    if called[0] == "-m":  # what sys.argv has while the package of a -m is imported
        return " -m tinygrad_xor " in f"{' '.join(sys.orig_argv)} "
    return os.path.basename(called[0]) == "tinygrad-xor"  # noqa: PTH119 (pathlib takes long to import)


_is_waiting = _is_command() and hasattr(signal, "pthread_sigmask")
if _is_waiting:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def let_interrupts_through() -> None:
    """From here on Ctrl-C is a KeyboardInterrupt, and so is one that waits."""
    if _is_waiting:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
