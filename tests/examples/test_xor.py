"""The first listing of the README."""

from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_readme_begins_with_the_example_which_is_short():
    script = (ROOT / "examples" / "xor.py").read_text("utf-8")
    assert len(script.splitlines()) < 30
    code = script[script.index("import numpy") :]
    listing = (ROOT / "README.md").read_text("utf-8").split("```python\n")[1].split("```")[0]
    assert listing == code
