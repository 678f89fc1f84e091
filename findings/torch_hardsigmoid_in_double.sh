#!/usr/bin/env bash
# PyTorch 2.13.0 on the CPU, the gradient of hardsigmoid in float64.
#
# Most people would guess: x/6 + 1/2 has the slope 1/6, in float64 to 16 digits, as its values have.
# What happens: the slope is 1/6 rounded to float32, wrong in the ninth digit, though its dtype is
# float64. gradcheck, whose tolerance is 1e-3, passes it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet numpy==2.4.6 torch==2.13.0

"$folder/env/bin/python" - <<'PYTHON'
import numpy as np
import torch

x = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
y = torch.nn.functional.hardsigmoid(x)
(slope,) = torch.autograd.grad(y, x)
print(slope.dtype, f"{slope.item():.17g}", "where 1/6 is", f"{1 / 6:.17g}")
# Seen: torch.float64 0.1666666716337204 where 1/6 is 0.16666666666666666
assert slope.dtype == torch.float64
assert slope.item() == float(np.float32(1 / 6)) != 1 / 6, slope.item()
assert torch.autograd.gradcheck(torch.nn.functional.hardsigmoid, [x])
PYTHON
