#!/usr/bin/env bash
# PyTorch 2.13.0 on the CPU, the second derivative of binary_cross_entropy in float64.
#
# Most people would guess: where the first derivative is right in every bit, the second, which
# `create_graph=True` gives, is right to about as many digits.
# What happens: the second is computed with 1e-12 added to the probability. At p = 0.3 it is wrong
# in the eleventh digit, at 1e-10 by 2 %, at 1e-12 by 75 %, for targets of 0 and of 1.
# gradgradcheck, whose tolerance is 1e-3, passes it at 0.3.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet numpy==2.4.6 torch==2.13.0

"$folder/env/bin/python" - <<'PYTHON'
import torch

entropy = torch.nn.functional.binary_cross_entropy
wrong = {}
for p in (0.3, 1e-6, 1e-10, 1e-12):
    for target in (1.0, 0.0):
        x = torch.tensor(p, dtype=torch.float64, requires_grad=True)
        t = torch.tensor(target, dtype=torch.float64)
        (first,) = torch.autograd.grad(entropy(x, t), x, create_graph=True)
        (second,) = torch.autograd.grad(first, x)
        wrong[p, target] = second.item() / (target / p**2 + (1 - target) / (1 - p) ** 2) - 1
        print(f"p = {p:g}, target {target:g}: second derivative off by {wrong[p, target]:.1e}")
        assert abs(first.item() / ((1 - target) / (1 - p) - target / p) - 1) < 1e-15
# Seen: -9.5e-12, -2.0e-06, -2.0e-02 and -7.5e-01, for both targets
for p, off in ((0.3, -9.5e-12), (1e-6, -2.0e-6), (1e-10, -1.97e-2), (1e-12, -0.75)):
    for target in (1.0, 0.0):
        assert abs(wrong[p, target] / off - 1) < 0.02, wrong
x = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
assert torch.autograd.gradgradcheck(lambda x: entropy(x, t), [x])
PYTHON
