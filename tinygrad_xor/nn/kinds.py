"""The layers by their names in files: no file makes layers of other classes."""

from tinygrad_xor.nn.activations import ACTIVATIONS, linear
from tinygrad_xor.nn.convolution import Conv1D, Conv2D, MaxPooling1D, MaxPooling2D
from tinygrad_xor.nn.embedding import Embedding
from tinygrad_xor.nn.layer import InputLayer, Layer
from tinygrad_xor.nn.layers import Activation, Dense, Dropout, Flatten, LeakyReLU, ReLU
from tinygrad_xor.nn.merging import (
    Add,
    Average,
    Concatenate,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
)
from tinygrad_xor.nn.normalization import BatchNormalization, LayerNormalization

LAYERS: dict[str, type[Layer]] = {
    kind.__name__: kind
    for kind in (
        Activation,
        Add,
        Average,
        BatchNormalization,
        Concatenate,
        Conv1D,
        Conv2D,
        Dense,
        Dropout,
        Embedding,
        Flatten,
        InputLayer,
        LayerNormalization,
        LeakyReLU,
        MaxPooling1D,
        MaxPooling2D,
        Maximum,
        Minimum,
        Multiply,
        ReLU,
        Subtract,
    )
}


def has_a_name(layer: Layer) -> bool:
    """Whether files can name it: neither the layer nor its activation is one of your own."""
    activation = getattr(layer, "activation", linear)
    return activation in ACTIVATIONS.values() and type(layer) is LAYERS.get(type(layer).__name__)
