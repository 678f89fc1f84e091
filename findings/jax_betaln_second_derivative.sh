#!/usr/bin/env bash
# JAX 0.10.2, jax.scipy.special.betaln, second derivatives where both arguments are equal.
#
# Most people would guess: they are ψ'(a) − ψ'(a + b) and −ψ'(a + b), as they are beside that line.
# What happens: the function takes the minimum and the maximum of its arguments first. At a == b the
# gradient is right, but each second derivative is the mean of the four; so the Fisher information
# of a Beta(2, 2), or of the uniform Beta(1, 1), comes out singular.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet numpy==2.4.6 scipy==1.17.1 jax==0.10.2

"$folder/env/bin/python" - <<'PYTHON'
import jax
import numpy as np
from jax.scipy.special import betaln
from scipy.special import polygamma

jax.config.update("jax_enable_x64", True)
hessian = jax.hessian(lambda v: betaln(v[0], v[1]))
at, beside = (np.asarray(hessian(np.array([2.0, b]))) for b in (2.0, 2.0000001))
right = np.diag([polygamma(1, 2.0)] * 2) - polygamma(1, 4.0)
print("at (2, 2):", at.round(4).tolist(), "beside it:", beside.round(4).tolist())
# Seen: at (2, 2): [[0.0386, 0.0386], [0.0386, 0.0386]] beside it: [[0.3611, -0.2838], [-0.2838, 0.3611]]
assert np.allclose(beside, right, atol=1e-6), beside
assert np.allclose(at, np.mean(right)), at
PYTHON
