"""Neurons, layers, networks, and what they are trained on: activations, initialisers, losses."""

from tinygrad_xor.nn.convolution import Conv1D, Conv2D, MaxPooling1D, MaxPooling2D
from tinygrad_xor.nn.crossentropies import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from tinygrad_xor.nn.embedding import Embedding
from tinygrad_xor.nn.layer import Input, Layer
from tinygrad_xor.nn.layers import Activation, Dense, Dropout, Flatten, LeakyReLU, ReLU
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
from tinygrad_xor.nn.normalization import BatchNormalization, LayerNormalization
from tinygrad_xor.nn.sequential import Sequential, load_model, model_from_json

__all__ = [
    "Activation",
    "BatchNormalization",
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Conv1D",
    "Conv2D",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "Hinge",
    "Huber",
    "Input",
    "KLDivergence",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "LogCosh",
    "Loss",
    "MaxPooling1D",
    "MaxPooling2D",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Neuron",
    "ReLU",
    "Sequential",
    "SparseCategoricalCrossentropy",
    "load_model",
    "model_from_json",
]
