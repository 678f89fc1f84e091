"""No module of the package needs, directly or through others, a module that needs it."""

import ast
import graphlib
from pathlib import Path

import tinygrad_xor

PACKAGE = Path(tinygrad_xor.__file__).parent
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}


def imported_by(module: str) -> set[str]:
    """The modules of the package that the code of one names, be it in a function or for types."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has an import with dots, line {node.lineno}"
            within = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else str(node.module) for name in within}
    return found & set(MODULES)


def test_imports_form_no_circle():
    graph = {module: imported_by(module) for module in MODULES}
    assert imported_by("tinygrad_xor.atlas") >= {"tinygrad_xor.atlas.measure"}
    list(graphlib.TopologicalSorter(graph).static_order())  # a CycleError names the circle
