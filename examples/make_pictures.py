"""Make the pictures of the README again: train XOR and draw what came of it."""

import shutil
import tempfile
from pathlib import Path

from tinygrad_xor.cli.main import main

here = Path(__file__).parent / "pictures"
with tempfile.TemporaryDirectory() as folder:
    main(["--skip-check", "--quiet", "--out", folder])
    for name in ("decision.png", "graph.svg"):
        print("made", shutil.copy(Path(folder) / name, here / name).name)
