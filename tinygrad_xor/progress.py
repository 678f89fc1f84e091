"""What ``verbose`` shows while a network learns."""

from __future__ import annotations

import sys
from typing import Any

from tinygrad_xor.callbacks import Callback, Logs, say


class EpochLines(Callback):
    """``verbose=2``: a line for each epoch."""

    looks_at_model = False

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Say how the epoch went."""
        say(f"Epoch {epoch + 1}/{self.params['epochs']} - {_as_text(logs)}")


class ProgressBar(Callback):
    """``verbose=1``: one bar for the whole training, with the latest numbers."""

    looks_at_model = False

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Open the bar."""
        from tqdm import tqdm

        self._bar = tqdm(total=self.params["epochs"], unit="epoch", file=sys.stdout)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Move the bar."""
        self._bar.set_postfix_str(_as_text(logs), refresh=False)
        self._bar.update(epoch + 1 - self._bar.n)

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Leave the bar as it stands."""
        self._bar.close()


#: What ``verbose`` adds.
VERBOSE: dict[Any, type[Callback] | None] = {
    0: None,
    1: ProgressBar,
    2: EpochLines,
    "auto": ProgressBar,
}


def _as_text(logs: Logs | None) -> str:
    return " - ".join(f"{name}: {value:.4f}" for name, value in (logs or {}).items())
