"""SciPy's functions on Values, by the names they have there: the bridge for what is no ufunc.

SciPy's ufuncs find their entries by themselves: ``scipy.special.erf(v)`` works. Its other functions
turn their arguments into plain arrays before anybody is asked, and refuse a Value. Import those
from here. They are compositions, so they are differentiated to every order; on plain arrays they
give SciPy's numbers. What a module here does not have of its own it takes from SciPy.

>>> from tinygrad_xor import grad
>>> from tinygrad_xor.scipy import stats
>>> grad(stats.norm.logpdf)(2.0)
-2.0
"""

from tinygrad_xor.scipy import linalg, signal, special, stats

__all__ = ["linalg", "signal", "special", "stats"]
