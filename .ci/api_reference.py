"""Write the API reference, made from the docstrings: ``python .ci/api_reference.py FOLDER``.

Fails where a public name has no docstring, or a docstring names something that is not there.
"""

from __future__ import annotations

import builtins
import inspect
import pkgutil
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pdoc.doc
import pdoc.render

PACKAGE = Path(__file__).parent.parent / "tinygrad_xor"
#: What users import nothing from. The derivatives have a table of their own.
INTERNAL = {"__main__", "cli", "derivatives", "files", "names", "progress"}
MODULES = [
    "tinygrad_xor",
    *(
        f"tinygrad_xor.{module.name}"
        for module in pkgutil.iter_modules([str(PACKAGE)])
        if module.name not in INTERNAL
    ),
    *(f"tinygrad_xor.scipy.{m.name}" for m in pkgutil.iter_modules([str(PACKAGE / "scipy")])),
]


def public(namespace: pdoc.doc.Namespace[Any]) -> Iterator[pdoc.doc.Doc[Any]]:
    """What the pages show of a module or class: its own members, and those of its classes."""
    for member in namespace.own_members:
        if member.name.startswith("_") or isinstance(member, pdoc.doc.Module):
            continue
        yield member
        if isinstance(member, pdoc.doc.Class):
            yield from public(member)


def comment_above(name: str, source: str) -> str:
    """The lines ``#: …`` above the first assignment to `name`."""
    found = re.search(rf"((?:^ *#: .*\n)+) *(?:self\.)?{name}\b *[:=]", source, re.MULTILINE)
    return re.sub(r"^ *#: ?", "", found[1], flags=re.MULTILINE).strip() if found else ""


def read_comments(namespace: pdoc.doc.Namespace[Any], sources: str) -> None:
    """Give variables without a docstring the comment above them, which pdoc does not read.

    And take away the second colon of ``::`` before a block of code, which Markdown does not know.
    """
    for member in namespace.own_members:
        if isinstance(member, pdoc.doc.Class):
            read_comments(member, "".join(map(inspect.getsource, own_classes(member.obj))))
        elif isinstance(member, pdoc.doc.Variable) and not member.docstring:
            member.docstring = comment_above(member.name, sources)
        member.docstring = without_double_colons(member.docstring)
    namespace.docstring = without_double_colons(namespace.docstring)


def adopt(namespace: pdoc.doc.Namespace[Any], shown: set[str]) -> None:
    """Show what a class inherits from one that has no page, as `Value` has NumPy's methods."""
    for cls in namespace.own_members:
        for member in cls.members.values() if isinstance(cls, pdoc.doc.Class) else ():
            module, qualname = member.taken_from
            if module.startswith("tinygrad_xor") and qualname.rpartition(".")[0] not in shown:
                member.taken_from = (cls.modulename, f"{cls.qualname}.{member.name}")


def without_double_colons(docstring: str) -> str:
    """A docstring with ``:`` before its blocks of code."""
    return re.sub(r"^::$", "", re.sub(r"(?<=\S)::$", ":", docstring, flags=re.M), flags=re.M)


def own_classes(cls: type) -> list[type]:
    """A class and those it inherits from, as far as they are of this package."""
    return [c for c in cls.__mro__ if c.__module__.startswith("tinygrad_xor")]


def described(member: pdoc.doc.Doc[Any], owner: str) -> bool:
    """Whether a member has a docstring, or a line of its own in the docstring of its class."""
    line = re.search(rf"^ *{member.name}:", owner, re.MULTILINE)
    return bool(member.docstring) or line is not None


def write(modules: dict[str, pdoc.doc.Module], folder: Path) -> None:
    """The pages, an index of them, and what their search needs."""
    pdoc.render.configure(docformat="google", math=True)
    for module in modules.values():
        page = folder / f"{module.fullname.replace('.', '/')}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(pdoc.render.html_module(module, modules), "utf-8")
    (folder / "index.html").write_text(pdoc.render.html_index(modules), "utf-8")
    (folder / "search.js").write_text(pdoc.render.search_index(modules), "utf-8")


def unknown_names(member: pdoc.doc.Doc[Any], known: set[str]) -> Iterator[str]:
    """What a docstring has in single backticks, or in a role, and nobody knows."""
    own = set(known)
    if isinstance(member, pdoc.doc.Function):
        own |= set(member.signature.parameters)
    if isinstance(member, pdoc.doc.Class):
        own |= {m.name for m in member.members.values()}
        made = member.members.get("__init__")
        own |= set(made.signature.parameters) if isinstance(made, pdoc.doc.Function) else set()
    for name in re.findall(r"(?<!`)`([A-Za-z_][\w.]*)(?:\(\))?`(?!`)", member.docstring):
        if name.partition(".")[0] not in own and name not in own:
            yield name


def faults_in(modules: dict[str, pdoc.doc.Module]) -> Iterator[str]:
    """What is missing, and what leads nowhere."""
    members = [(m, module) for module in modules.values() for m in [module, *public(module)]]
    docstrings = {m.fullname: m.docstring for m, _ in members}
    known = {m.name for m, _ in members} | {*dir(builtins), "tinygrad_xor"}
    for member, module in members:
        if not described(member, docstrings.get(member.fullname.rpartition(".")[0], "")):
            yield f"{member.fullname} has no docstring"
        for name in unknown_names(member, known | set(vars(module.obj))):
            yield f"the docstring of {member.fullname} names `{name}`, which is not there"
    listed = {f"{name}.{n}" for name, m in modules.items() for n in getattr(m.obj, "__all__", ())}
    for name in sorted(listed - docstrings.keys() - modules.keys()):
        if not name.endswith("__"):
            yield f"{name} is in __all__ and on no page"


def main(folder: str) -> int:
    """Check the docstrings, then write the pages."""
    warnings.simplefilter("error")  # pdoc warns of annotations that it cannot read
    modules = {name: pdoc.doc.Module.from_name(name) for name in MODULES}
    sources = "".join(p.read_text("utf-8") for p in sorted(PACKAGE.rglob("*.py")))
    shown = {member.name for module in modules.values() for member in module.own_members}
    for module in modules.values():
        adopt(module, shown)
        read_comments(module, sources)
    faults = list(faults_in(modules))
    if not faults:
        write(modules, Path(folder))
    names = sum(len(list(public(module))) for module in modules.values())
    said = "\n".join(faults) or f"{names} public names: {folder}/index.html"
    sys.stdout.write(said + "\n")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
