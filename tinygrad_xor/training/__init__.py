"""Training: batches, epochs, and the history of what happened.

``loop`` has the one loop that all trainings run in, ``step`` what a step is: also as a function of
the parameters alone, which can be written down as a program. ``examples`` has what is learned from.
"""

from tinygrad_xor.training.history import History
from tinygrad_xor.training.loop import Model, train
from tinygrad_xor.training.step import Step

__all__ = ["History", "Model", "Step", "train"]
