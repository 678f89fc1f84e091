"""What the tests of several pictures share."""

import pytest

from tinygrad_xor.viz import figures as module


@pytest.fixture
def figures(monkeypatch):
    """The figures that are drawn, beside their files."""
    drawn = []
    save = module.save

    def keep(figure, path):
        drawn.append(figure)
        return save(figure, path)

    monkeypatch.setattr(module, "save", keep)
    return drawn
