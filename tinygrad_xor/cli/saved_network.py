"""Networks from files, as the commands that take one read them."""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np

from tinygrad_xor.cli.errors import CommandError
from tinygrad_xor.language import say
from tinygrad_xor.nn import Sequential
from tinygrad_xor.nn.activations import name_of


def add_network(parser: argparse.ArgumentParser) -> None:
    """The argument that names the file."""
    file = say("arguments.file")
    parser.add_argument("network", type=Path, metavar=file, help=say("arguments.network"))


def network_in(path: Path) -> Sequential:
    """The network in a file.

    Raises:
        CommandError: if there is none, or its training has diverged.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # of weights that are no numbers
            model = Sequential.load(path)
    except FileNotFoundError as error:
        raise CommandError(say("arguments.no_file", path=path)) from error
    except PermissionError as error:
        why = error.strerror or error
        raise CommandError(say("arguments.cannot_read", path=path, why=why)) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(say("arguments.no_network", path=path)) from error
    if not all(np.all(np.isfinite(weights)) for weights in model.get_weights()):
        raise CommandError(say("arguments.not_finite", path=path))
    return model


def output_activation(model: Sequential) -> str:
    """The name of the last layer's activation; empty if it has none."""
    activation = getattr(model.layers[-1], "activation", None)
    return "" if activation is None else name_of(activation)
