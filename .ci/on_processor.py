"""Run Python as on an older processor: ``on_processor.py KERNEL ARGUMENT...``.

KERNEL is one of OpenBLAS: Nehalem (no AVX), Haswell (AVX2) or SkylakeX (AVX-512). OpenBLAS, NumPy's
own functions and the C library each choose their code by what the processor can do, and the results
differ in the last bits. All three are held to the processor of KERNEL, and it is run
``python ARGUMENT...``; on a processor that is older itself, without such limits.
"""

import os
import platform
import subprocess
import sys

from numpy._core._multiarray_umath import (  # type: ignore[import-not-found]
    __cpu_dispatch__,
    __cpu_features__,
)

#: What NumPy calls the processor of each kernel.
NEEDS = {"Nehalem": "SSE42", "Haswell": "AVX2", "SkylakeX": "AVX512_SKX"}
IN_USE = """if True:
    import numpy, sys
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
    from threadpoolctl import threadpool_info
    found = {i["architecture"] for i in threadpool_info() if i["internal_api"] == "openblas"}
    print("OpenBLAS", *found or ["is not used"], end="; ")
    print("NumPy", numpy.__version__, *[n for n in __cpu_dispatch__ if __cpu_features__[n]])
    if found - set(sys.argv[1:]) and sys.argv[1:]:
        sys.exit(f"OpenBLAS was told to use {sys.argv[1]}")
"""


def limits(kernel: str) -> dict[str, str]:
    """The variables of the environment that make this machine the processor of `kernel`."""
    if platform.machine() not in ("x86_64", "AMD64") or not __cpu_features__[NEEDS[kernel]]:
        return {}
    found = [name for name in __cpu_dispatch__ if __cpu_features__[name]]
    if kernel == "SkylakeX":
        newer = []
    elif kernel == "Haswell":
        newer = [name for name in found if name == "X86_V4" or name.startswith("AVX512")]
    else:
        newer = found
    variables = {"OPENBLAS_CORETYPE": kernel, "NPY_DISABLE_CPU_FEATURES": " ".join(newer)}
    if kernel == "Nehalem":
        variables["GLIBC_TUNABLES"] = "glibc.cpu.hwcaps=-AVX2,-FMA"
    return variables


def main(kernel: str, *arguments: str) -> None:
    """Say what is in use, and become ``python ARGUMENT...``."""
    variables = limits(kernel)
    os.environ |= variables
    subprocess.run([sys.executable, "-c", IN_USE, *([kernel] if variables else [])], check=True)
    os.execv(sys.executable, [sys.executable, *arguments])


if __name__ == "__main__":
    main(*sys.argv[1:])
