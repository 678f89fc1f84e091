"""Read requirements from pyproject.toml, for what pip cannot do itself.

``requirements.py group NAME`` prints a dependency group: the pip of Python 3.11 has no --group.
``requirements.py floors PYTHON`` prints constraints: for each dependency and extra the oldest
version that pyproject.toml allows and that has a wheel for the interpreter PYTHON.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"


def floors(project: dict[str, Any], python: str) -> list[str]:
    """Lines ``name==version`` for every requirement ``name>=version``."""
    extras = project.get("optional-dependencies", {}).values()
    requirements = [*project["dependencies"], *(r for extra in extras for r in extra)]
    ours = [r for r in requirements if not r.startswith(project["name"])]
    wanted = []
    for requirement in ours:
        match = re.fullmatch(r"([\w.-]+)(?:\[.*\])?>=([\w.]+)(?:\s*;.*)?", requirement)
        if match is None:
            raise SystemExit(f"{requirement!r} in pyproject.toml does not name its floor with >=")
        wanted.append((match[1], match[2]))
    lines = [f"{name}=={floor}" for name, floor in wanted]
    if have_wheels(lines, python):  # asked at once, which is quicker than one by one
        return lines
    return [oldest_wheel(name, floor, python) for name, floor in wanted]


def oldest_wheel(name: str, floor: str, python: str) -> str:
    """``name==version`` of the oldest version from `floor` on that has a wheel for `python`."""
    if have_wheels([f"{name}=={floor}"], python):
        return f"{name}=={floor}"
    from packaging.version import Version

    listed = pip(python, "index", "versions", name).stdout
    found = re.search(r"Available versions: (.*)", listed)
    versions = sorted(Version(v) for v in found[1].split(",")) if found else []
    for version in versions:
        if version >= Version(floor) and have_wheels([f"{name}=={version}"], python):
            return f"{name}=={version}"
    raise SystemExit(f"no version of {name} from {floor} on has a wheel for {python}")


def have_wheels(requirements: list[str], python: str) -> bool:
    """Whether pip would find a wheel for each of `requirements`."""
    options = ["--dry-run", "--ignore-installed", "--no-deps", "--only-binary=:all:"]
    return pip(python, "install", *options, *requirements).returncode == 0


def pip(python: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pip, which says in its output and exit code what we want to know."""
    command = [python, "-m", "pip", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def main(what: str, argument: str) -> None:
    """Print the requirements, one a line."""
    pyproject = tomllib.loads(PYPROJECT.read_text("utf-8"))
    if what == "group":
        lines = pyproject["dependency-groups"][argument]
    else:
        lines = floors(pyproject["project"], argument)
    sys.stdout.write("".join(line + "\n" for line in lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
