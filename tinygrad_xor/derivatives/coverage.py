"""What this package makes of every public function of NumPy: the coverage table.

Each function is *differentiable* (an entry, or a composition), *constant* (no gradient by nature:
on Values it gives plain results, or it takes no arrays of numbers at all), or *not supported*, with
the reason. The same reasons are in the error that such a function raises on a Value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from tinygrad_xor.engine.table import CONSTANT, UNSUPPORTED, find

MODULES = (np, np.linalg, np.fft)

_REASONS = {
    "it is for integers": """
        bitwise_and bitwise_count bitwise_invert bitwise_left_shift bitwise_not bitwise_or
        bitwise_right_shift bitwise_xor invert left_shift right_shift gcd lcm bincount packbits
        unpackbits""",
    "it counts, and counts jump": "histogram histogram2d histogramdd",
    "write np.linspace(np.min(v), np.max(v), bins + 1)": "histogram_bin_edges",
    "what it keeps, and how much, depends on the numbers: index with v[...] what is wanted": """
        unique unique_all unique_counts unique_inverse unique_values intersect1d setdiff1d setxor1d
        union1d trim_zeros""",
    "it writes into its argument: write v = v.at[index].set(new) or "
    "np.broadcast_to(v, a.shape)": """
        copyto fill_diagonal place put put_along_axis putmask""",
    "it would give a plain array, and lose the gradient: v is an array already": """
        array asanyarray asarray asarray_chkfinite ascontiguousarray asfortranarray asmatrix require
        from_dlpack frombuffer""",
    "it calls a Python function on parts: call it on the parts, and np.stack the results": """
        apply_along_axis apply_over_axes frompyfunc fromfunction piecewise nested_iters""",
    "it is deprecated in NumPy": "fix row_stack trapz in1d",
    "it joins matrix objects: use np.block": "bmat",
    "its derivative, i1, is not in NumPy: scipy.special.i0 has it": "i0",
    "its parts jump where the exponent changes: use np.log2": "frexp",
    "find them with np.linalg.eigvals of the companion matrix": "roots",
    "multiply its factors with np.polymul": "poly",
    "divide with np.convolve and np.linalg.solve": "polydiv",
    "integrate the coefficients: p / np.arange(n, 0, -1)": "polyint",
    "write np.exp(np.linspace(np.log(start), np.log(stop), num))": "geomspace",
    "it fills an array without asking its argument: write value * np.ones(shape)": "full",
}

#: Functions that make, read, write, describe or configure, and take no numbers to differentiate by.
_NOT_OF_NUMBERS = """
    arange bartlett base_repr binary_repr blackman broadcast_shapes busday_count busday_offset
    datetime_as_string datetime_data diag_indices empty eye fftfreq format_float_positional
    format_float_scientific fromfile fromiter fromregex fromstring genfromtxt get_include
    get_printoptions getbufsize geterr geterrcall hamming hanning identity indices info is_busday
    isdtype isfortran isnat isscalar issubdtype iterable ix_ kaiser load loadtxt mask_indices
    mintypecode ones printoptions promote_types ravel_multi_index rfftfreq save savetxt savez
    savez_compressed set_printoptions setbufsize seterr seterrcall show_config show_runtime test tri
    tril_indices triu_indices typename unravel_index zeros
""".split()


class Row(NamedTuple):
    """One function: its name as users write it, its column, and why it is not supported."""

    name: str
    column: str
    reason: str = ""


def coverage() -> Iterator[Row]:
    """A row for every public function of ``numpy``, ``numpy.linalg`` and ``numpy.fft``.

    >>> rows = {row.name: row for row in coverage()}
    >>> rows["np.linalg.solve"].column, rows["np.argmax"].column, rows["np.unique"].column
    ('differentiable', 'constant', 'not supported')
    """
    for module in MODULES:
        for name in sorted(module.__all__):
            function = getattr(module, name)
            if callable(function) and not isinstance(function, type):
                yield _row(f"{module.__name__.replace('numpy', 'np')}.{name}", function)


def _row(name: str, function: Callable[..., Any]) -> Row:
    if find(function) is not None:
        return Row(name, "differentiable")
    if function in CONSTANT or name.rpartition(".")[2] in _NOT_OF_NUMBERS:
        return Row(name, "constant")
    return Row(name, "not supported", UNSUPPORTED.get(function, "it was not looked at yet"))


for _reason, _names in _REASONS.items():
    for _name in _names.split():
        for _module in MODULES:
            if hasattr(_module, _name):
                UNSUPPORTED[getattr(_module, _name)] = _reason
