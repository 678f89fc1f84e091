"""The listings of the README, as a reader pastes them: one after another."""

import importlib.util
import re
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"
LISTINGS = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)


def test_the_listings_run_one_after_another(tmp_path, monkeypatch, capsys):
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    names = {}
    for listing in LISTINGS[:-1]:
        lines = listing.splitlines(keepends=True)
        if importlib.util.find_spec("torch") is None:
            lines = [line for line in lines if 'backend="torch"' not in line]
        exec("".join(lines), names)
    assert names["stiffness"](names["model"].get_weights()[0].T).shape == (5, 2, 5, 2)
    assert "∂L/∂x += ∂L/∂v3 · w = −0.2002 × 0.5 = −0.1001" in capsys.readouterr().out


def test_the_gradients_in_the_second_listing_are_those_of_the_engine():
    names = {}
    exec(LISTINGS[1], names)
    assert names["x"].grad == pytest.approx(1.9956622879982364e-05, rel=1e-12)
    assert isinstance(names["x"].grad, float)
    assert names["w"].grad.tolist() == [[1, 1, 1], [2, 2, 2]]


def test_the_last_listing_is_of_the_engine():
    import tinygrad_xor.derivatives

    pages = Path(tinygrad_xor.derivatives.__file__).parent
    where, *entries = LISTINGS[-1].splitlines()
    assert len(entries) == 2
    files = [part.split("/")[-1] for part in where.split(", ")]
    for entry, file in zip(entries, files, strict=True):
        assert entry in (pages / file).read_text("utf-8").splitlines()


@pytest.mark.parametrize(
    "link", sorted(set(re.findall(r"\]\(([^)#:]+)(?=[)#])", README.read_text("utf-8"))))
)
def test_every_link_to_a_file_leads_somewhere(link):
    assert (README.parent / link).exists()
