"""What the tests of files share."""

import os
import sys

import pytest


@pytest.fixture(scope="module")
def keras():
    """The real one, on JAX in float64."""
    pytest.importorskip("jax", reason="Keras computes by it here: pip install jax")
    os.environ["KERAS_BACKEND"] = "jax"
    found = pytest.importorskip("keras", reason="compares with Keras: pip install keras jax")
    if found.backend.backend() != "jax":
        pytest.skip("Keras was imported before, with another backend")
    jax = sys.modules["jax"]
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield found
    jax.config.update("jax_enable_x64", before)
