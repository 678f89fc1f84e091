"""What the package says of itself, and what importing it costs."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points, metadata, version
from importlib.resources import files
from pathlib import Path

import pytest

import tinygrad_xor
from tinygrad_xor.cli.main import main

ROOT = Path(__file__).parents[2]
COLAB = {
    "numpy": (2, 1, 3),
    "graphviz": (0, 21),
    "matplotlib": (3, 10, 0),
    "tqdm": (4, 67),
    "llvmlite": (0, 44),
    "pytest": (8, 4),
}


def requirements() -> list[str]:
    return metadata("tinygrad-xor").get_all("Requires-Dist") or []


def modules_after(code: str) -> set[str]:
    """The modules that a new interpreter has loaded after `code`."""
    code += "\nimport json, sys\nprint(json.dumps(list(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(json.loads(run.stdout.splitlines()[-1]))


def test_the_installed_version_is_the_one_in_the_source() -> None:
    assert version("tinygrad-xor") == tinygrad_xor.__version__


def test_the_marker_of_a_typed_package_is_inside() -> None:
    assert files("tinygrad_xor").joinpath("py.typed").is_file()


def test_the_licence_and_the_oldest_python_are_stated() -> None:
    about = metadata("tinygrad-xor")
    assert about["License-Expression"] == "MIT"
    assert about["Requires-Python"] == ">=3.11"


def test_the_extras_that_the_readme_names_exist() -> None:
    extras = metadata("tinygrad-xor").get_all("Provides-Extra") or []
    assert {"viz", "plot", "test", "all"} <= set(extras)


def test_a_plain_install_brings_four_packages() -> None:
    plain = {re.split(r"[^\w.-]", r)[0] for r in requirements() if "extra ==" not in r}
    assert plain == {"numpy", "graphviz", "hypothesis", "tqdm"}


def test_no_requirement_would_make_colab_reinstall_its_packages() -> None:
    seen = set()
    for requirement in requirements():
        match = re.match(r"([\w.-]+)(?:\[\w+\])?>=([\d.]+)(?=$|;| )", requirement)
        if match is None:
            assert requirement.startswith("tinygrad-xor["), f"{requirement} has more than a floor"
            continue
        name, floor = match[1], tuple(int(part) for part in match[2].split("."))
        seen.add(name)
        assert floor <= COLAB.get(name, floor), f"Colab has {COLAB[name]}, not {requirement}"
    assert seen >= {"numpy", "graphviz", "matplotlib", "tqdm", "pytest"}


def test_the_console_command_is_the_main_function() -> None:
    (command,) = entry_points(group="console_scripts", name="tinygrad-xor")
    assert command.load() is main


def test_the_package_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "tinygrad_xor", "--version"]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    assert run.stdout == f"tinygrad-xor {tinygrad_xor.__version__}\n"


@pytest.mark.skipif(not (ROOT / ".gitignore").exists(), reason="not in a clone")
def test_a_clone_gets_every_extra_by_itself_and_uv_brings_no_lock_file() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert pyproject["dependency-groups"]["dev"] == ["tinygrad-xor[all]"]
    assert "uv.lock" in (ROOT / ".gitignore").read_text("utf-8").split()


def test_importing_the_package_loads_no_package_but_numpy() -> None:
    before = modules_after("import numpy")
    after = modules_after("import tinygrad_xor")
    loaded = {name.partition(".")[0] for name in after - before}
    assert loaded - sys.stdlib_module_names == {"tinygrad_xor", "numpy"}  # numpy.fft comes late
    late = {name for name in after - before if name.startswith("numpy")}
    assert all(name.startswith("numpy.fft") for name in late)


def test_importing_the_package_loads_nothing_heavy_of_the_standard_library() -> None:
    loaded = modules_after("import tinygrad_xor") - modules_after("import numpy")
    assert not loaded & {"argparse", "asyncio", "subprocess", "tempfile", "unittest", "urllib"}


def test_importing_the_command_loads_neither_hypothesis_nor_what_draws() -> None:
    loaded = modules_after("import tinygrad_xor.cli.main")
    assert not loaded & {"graphviz", "hypothesis", "matplotlib", "pygraphviz"}
