"""The one lock around what all threads of a process share: the table, open blocks, tapes.

A process that is forked while another thread holds a lock would wait for it for ever: that thread
is not in the child. So a fork waits for this one first.
"""

import os
import threading

#: Held for a moment by whoever changes what is shared; its owner may take it again.
SHARED = threading.RLock()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=SHARED.acquire, after_in_parent=SHARED.release, after_in_child=SHARED.release
    )
