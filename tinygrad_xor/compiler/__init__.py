"""Programs made fast: the same calls as Python's source, as machine code, in loops.

Read ``compiled`` for `compile`, ``scan`` for loops. ``expand``, ``scalarize`` and ``simplify`` are
passes, from a program to a program; ``lowerings`` is the table of how functions are written, which
``python``, ``javascript`` and ``llvm`` write by. Large arrays go through ``nests`` of loops, which
``nest_steps`` makes and ``arrays`` writes. It stands on ``program`` and NumPy only.
"""

from tinygrad_xor.compiler.compiled import Compiled, compile
from tinygrad_xor.compiler.scan import Interrupted, Scan, scan

__all__ = ["Compiled", "Interrupted", "Scan", "compile", "scan"]
