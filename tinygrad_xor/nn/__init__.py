"""Neurons, layers, networks, and what they are trained on: activations, initialisers, losses."""

from tinygrad_xor.nn.layers import Dense, Dropout, Flatten, Input, Layer
from tinygrad_xor.nn.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Hinge,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from tinygrad_xor.nn.neuron import Neuron
from tinygrad_xor.nn.sequential import Sequential

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Dense",
    "Dropout",
    "Flatten",
    "Hinge",
    "Input",
    "Layer",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Neuron",
    "Sequential",
    "SparseCategoricalCrossentropy",
]
