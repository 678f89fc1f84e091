#!/usr/bin/env bash
# statsmodels 0.15.0, ZeroInflatedPoisson.hessian, and the standard errors that come from it.
#
# Most people would guess: it is the second derivative of the log-likelihood, of all parameters.
# What happens: the mixed second derivatives of the inflation's and the counts' parameters are 0. They
# are computed, and then the empty half of the matrix is copied over them. The standard errors of a
# fit, from the inverse of this matrix, are those of two models that know nothing of each other.
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
x = sm.add_constant(rng.standard_normal(500))
y = np.where(rng.uniform(size=500) < 0.3, 0, rng.poisson(np.exp(0.2 + 0.3 * x[:, 1])))
model = sm.ZeroInflatedPoisson(y, x, exog_infl=x)
fit = model.fit(method="bfgs", maxiter=500, gtol=1e-8, disp=False)
at, h = fit.params, 1e-5
differences = np.array([(model.score(at + e) - model.score(at - e)) / (2 * h) for e in h * np.eye(4)])
hessian = model.hessian(at)
print("hessian:\n", hessian.round(2), "\ndifferences of score:\n", differences.round(2))
right = np.sqrt(np.diag(np.linalg.inv(-differences)))
print("standard errors:", fit.bse.round(4), "and from the differences:", right.round(4))
# Seen: standard errors: [0.1594 0.1662 0.0578 0.0561] and from the differences: [0.2141 0.2235 0.0785 0.0762]
assert np.all(hessian[:2, 2:] == 0), hessian
assert np.min(np.abs(differences[:2, 2:])) > 1, differences
assert np.max(right / fit.bse) > 1.2, (right, fit.bse)
PYTHON
