#!/usr/bin/env bash
# Keras 3.15.1 on JAX 0.10.2 with 64-bit numbers switched on: activations of a layer of float64.
#
# Most people would guess: a layer made with dtype="float64" gives float64, whatever its activation.
# What happens: sigmoid, relu, softplus and softmax do, and tanh gives float32, wrong in the eighth
# digit, without a warning; the layers behind it go on with these numbers in float64.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet numpy==2.4.6 jax==0.10.2 keras==3.15.1

KERAS_BACKEND=jax "$folder/env/bin/python" - <<'PYTHON'
import jax

jax.config.update("jax_enable_x64", True)
import keras
import numpy as np

x = np.linspace(-2, 2, 9).reshape(1, 9)
dtypes = {
    name: str(keras.layers.Activation(name, dtype="float64")(x).dtype)
    for name in ("sigmoid", "relu", "softplus", "softmax", "tanh")
}
print(dtypes)
# Seen: {'sigmoid': 'float64', ..., 'softmax': 'float64', 'tanh': 'float32'}
assert dtypes.pop("tanh") == "float32"
assert set(dtypes.values()) == {"float64"}
error = np.abs(np.asarray(keras.layers.Activation("tanh", dtype="float64")(x)) - np.tanh(x)).max()
print(f"tanh is off by {error:.0e}")
assert 1e-9 < error < 1e-6
PYTHON
