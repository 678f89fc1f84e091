"""Trees of arrays, taken apart and put together."""

from typing import NamedTuple

from tinygrad_xor.program.trees import flatten


class Parameters(NamedTuple):
    weight: float
    bias: list


def test_what_is_put_together_again_is_the_same():
    tree = {"a": (1.0, [2.0, None]), "b": Parameters(3.0, [4.0]), "c": {}}
    leaves, build = flatten(tree)
    assert leaves == [1.0, 2.0, 3.0, 4.0]
    again = build(leaves)
    assert again == tree
    assert type(again["b"]) is Parameters
    assert type(again["a"][1]) is list


def test_a_single_leaf_is_a_tree():
    leaves, build = flatten(5.0)
    assert leaves == [5.0]
    assert build([6.0]) == 6.0
