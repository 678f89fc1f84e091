"""Who else holds the array of a leaf, and may write into it when nobody looks?

An array that `Value.data` gave away is watched; when the leaf gets new numbers, that ends, so that
nothing is paid for arrays that nobody holds any more. Whether somebody does, Python's count of
references tells, compared with the count where nobody does. Without such a count nobody is assumed.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np


def holders(leaf: Any) -> int:
    """How many hold the array of a leaf; views of it count too."""
    return sys.getrefcount(leaf._primal) if hasattr(sys, "getrefcount") else 0


class _Probe:
    """A leaf whose array nobody else holds."""

    def __init__(self) -> None:
        self._primal = np.zeros(1)
        self.counted = 0

    @property
    def data(self) -> Any:
        return self._primal

    @data.setter
    def data(self, new: Any) -> None:
        self.counted = holders(self)


def _in_a_statement(probe: _Probe) -> int:
    probe.data -= 1.0
    return probe.counted


def _alone(probe: _Probe) -> int:
    data = probe._primal
    return holders(probe) if data is not None else 0


#: The holders inside of ``v.data -= step``, and where a function has the array of a leaf at hand.
IN_A_STATEMENT, ALONE = _in_a_statement(_Probe()), _alone(_Probe())
