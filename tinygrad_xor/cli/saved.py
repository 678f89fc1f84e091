"""Networks from files, as the commands that take one read them."""

from __future__ import annotations

import argparse
from pathlib import Path

from tinygrad_xor.language import say
from tinygrad_xor.nn import Sequential
from tinygrad_xor.nn.activations import name_of


def add_network(parser: argparse.ArgumentParser) -> None:
    """The argument that names the file."""
    file = say("arguments.file")
    parser.add_argument("network", type=Path, metavar=file, help=say("arguments.network"))


def network_of(parser: argparse.ArgumentParser, path: Path) -> Sequential:
    """The network in a file. If there is none, the command ends with a sentence and code 2."""
    try:
        return Sequential.load(path)
    except FileNotFoundError:
        parser.error(say("arguments.no_file", path=path))
    except (ValueError, KeyError, TypeError):
        parser.error(say("arguments.no_network", path=path))


def output_activation(model: Sequential) -> str:
    """The name of the last layer's activation; empty if it has none."""
    activation = getattr(model.layers[-1], "activation", None)
    return "" if activation is None else name_of(activation)
