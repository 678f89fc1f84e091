#!/usr/bin/env bash
# statsmodels 0.15.0, NegativeBinomial: score and hessian of a model that was not fitted yet.
#
# Most people would guess: hessian is the derivative of score at the same parameters.
# What happens: before a fit both take the logarithm of the dispersion as their last parameter, and
# only score is a derivative by it; the last row and column of hessian are derivatives by the
# dispersion itself. After fit() both take the dispersion, and agree.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet numpy==2.4.6 scipy==1.17.1 pandas==2.3.3 statsmodels==0.15.0

"$folder/env/bin/python" - <<'PYTHON'
import warnings

import numpy as np
import statsmodels.api as sm

warnings.simplefilter("ignore")
rng = np.random.default_rng(0)
x = sm.add_constant(rng.standard_normal(60))
y = rng.negative_binomial(2, 0.4, size=60)
model = sm.NegativeBinomial(y, x)
at, h = np.array([0.3, -0.2, 0.7]), 1e-6


def compared():
    rows = [(model.score(at + e) - model.score(at - e)) / (2 * h) for e in h * np.eye(3)]
    print("hessian", model.hessian(at)[2].round(4), "differences of score", rows[2].round(4))
    return np.max(np.abs(model.hessian(at) - rows))


before = compared()
model.fit(disp=False)
after = compared()
# Seen: hessian [-12.151   -1.7225  -3.4683] differences of score [-24.4691  -3.4688 -20.7789]
assert before > 1, before
assert after < 1e-4, after
PYTHON
