"""Neurons, layers, networks, and what they are trained on: activations, initialisers, losses."""

from tinygrad_xor.nn.crossentropies import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from tinygrad_xor.nn.layer import Input, Layer
from tinygrad_xor.nn.layers import Activation, Dense, Dropout, Flatten
from tinygrad_xor.nn.loss import Loss
from tinygrad_xor.nn.losses import (
    Hinge,
    Huber,
    KLDivergence,
    LogCosh,
    MeanAbsoluteError,
    MeanSquaredError,
)
from tinygrad_xor.nn.neuron import Neuron
from tinygrad_xor.nn.sequential import Sequential, load_model

__all__ = [
    "Activation",
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Dense",
    "Dropout",
    "Flatten",
    "Hinge",
    "Huber",
    "Input",
    "KLDivergence",
    "Layer",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Neuron",
    "Sequential",
    "SparseCategoricalCrossentropy",
    "load_model",
]
