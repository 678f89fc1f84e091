"""Programs: what a function of NumPy's computes, written down step by step.

It imports NumPy and nothing else of this package. Read ``program`` first: a list of calls, and the
loop that runs it. ``functions`` has the calls by name, ``constants`` what else stands in a step,
``trees`` the forms of arguments and results. ``array`` is the array that notes what is done to it,
in a ``recorder``; ``trace`` runs a function on such, and checks what comes out. ``opaque``
is for functions that branch on their numbers; ``refusal`` says in which line of yours something is
that no program can do; ``precedence`` where brackets are needed, for all who write formulas.
"""

from tinygrad_xor.program.array import Traced as Traced
from tinygrad_xor.program.constants import Constant as Constant
from tinygrad_xor.program.constants import Variable as Variable
from tinygrad_xor.program.functions import register
from tinygrad_xor.program.opaque import decision, looked_up, one_step
from tinygrad_xor.program.program import Program
from tinygrad_xor.program.recorder import WITHIN
from tinygrad_xor.program.refusal import TraceError
from tinygrad_xor.program.step import Input, Step
from tinygrad_xor.program.trace import trace

__all__ = [
    "WITHIN",
    "Input",
    "Program",
    "Step",
    "TraceError",
    "decision",
    "looked_up",
    "one_step",
    "register",
    "trace",
]
