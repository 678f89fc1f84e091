#!/usr/bin/env bash
# SciPy 1.17.1, scipy.optimize.check_grad, with a real function of complex numbers.
#
# Most people would guess: the right gradient of Σ|z|², 2z, gives a number near 0 and a wrong one a
# large number, as with real input; or complex input is refused.
# What happens: the differences are taken of real parts only (with a ComplexWarning), so the right
# gradient is reported as off by 4.47, and a gradient that is right in its real part only passes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet numpy==2.4.6 scipy==1.17.1

"$folder/env/bin/python" - <<'PYTHON'
import warnings

import numpy as np
from scipy.optimize import check_grad


def squared_length(z):
    return float(np.sum(np.abs(z) ** 2))


z = np.array([1 + 2j, 3 - 1j])
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    right = check_grad(squared_length, lambda z: 2 * z, z)
    real_part_only = check_grad(squared_length, lambda z: 2 * z.real, z)
print(f"2z: off by {right:.6f}; only its real part: off by {real_part_only:.6f}")
# Seen: 2z: off by 4.472136; only its real part: off by 0.000000
assert abs(right - 20**0.5) < 1e-6, right
assert real_part_only < 1e-6, real_part_only
PYTHON
