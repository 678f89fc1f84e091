"""Neurons, layers, networks, and what they are trained on: activations, initialisers, losses."""

from tinygrad_xor.nn.layers import Dense, Neuron
from tinygrad_xor.nn.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Hinge,
    Loss,
    MeanSquaredError,
)
from tinygrad_xor.nn.sequential import Sequential

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Dense",
    "Hinge",
    "Loss",
    "MeanSquaredError",
    "Neuron",
    "Sequential",
]
