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
from tinygrad_xor.nn.merging import (
    Add,
    Average,
    Concatenate,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
    add,
    average,
    concatenate,
    maximum,
    minimum,
    multiply,
    subtract,
)
from tinygrad_xor.nn.model import Model, load_model, model_from_json
from tinygrad_xor.nn.neuron import Neuron
from tinygrad_xor.nn.normalization import BatchNormalization, LayerNormalization
from tinygrad_xor.nn.sequential import Sequential
from tinygrad_xor.nn.symbolic import SymbolicTensor

__all__ = [
    "Activation",
    "Add",
    "Average",
    "BatchNormalization",
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Concatenate",
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
    "Maximum",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Minimum",
    "Model",
    "Multiply",
    "Neuron",
    "ReLU",
    "Sequential",
    "SparseCategoricalCrossentropy",
    "Subtract",
    "SymbolicTensor",
    "add",
    "average",
    "concatenate",
    "load_model",
    "maximum",
    "minimum",
    "model_from_json",
    "multiply",
    "subtract",
]
