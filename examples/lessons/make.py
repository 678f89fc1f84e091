"""Make the notebooks of the lessons from their sources, and execute them.

    python examples/lessons/make.py              all of them
    python examples/lessons/make.py 1 3          these lessons only
    python examples/lessons/make.py --check      execute them, and write nothing

A lesson is ``source/NAME.LANGUAGE.py``, a Python program whose cells begin with ``# %%``. Its
notebook is ``LANGUAGE/NAME.ipynb``: the same cells, behind the first of them one that installs the
package, with what they showed when they ran. Needs the extras `plot` and `lessons`.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

HERE = Path(__file__).parent
SOURCES = HERE / "source"
LANGUAGES = ("en", "ru")

#: Where pip finds the package when there is no clone around the notebook: "git+https://…". The
#: project has no public address yet. This is the one place for it; then make all notebooks again.
ADDRESS = ""

SET_UP = {
    "en": f'''\
# Runs first. It installs the package where it is missing, as in Google Colab.
from importlib.util import find_spec
from pathlib import Path

ADDRESS = "{ADDRESS}"  # "git+https://…" of the repository, or "file:///…" of a wheel or a folder

if find_spec("tinygrad_xor") is None:
    folders = [Path.cwd(), *Path.cwd().parents]
    clones = [folder for folder in folders if (folder / "tinygrad_xor").is_dir()]
    source = clones[0].as_uri() if clones else ADDRESS
    if not source:
        raise ModuleNotFoundError("Write the address of the package into ADDRESS, above")
    %pip install --quiet "tinygrad-xor[plot] @ {{source}}"''',
    "ru": f'''\
# Выполните эту ячейку первой. Она установит пакет, если его ещё нет (как в Google Colab).
from importlib.util import find_spec
from pathlib import Path

ADDRESS = "{ADDRESS}"  # "git+https://…" репозитория пакета или "file:///…" файла .whl или папки

if find_spec("tinygrad_xor") is None:
    folders = [Path.cwd(), *Path.cwd().parents]
    clones = [folder for folder in folders if (folder / "tinygrad_xor").is_dir()]
    source = clones[0].as_uri() if clones else ADDRESS
    if not source:
        raise ModuleNotFoundError("Впишите адрес пакета в ADDRESS (выше)")
    %pip install --quiet "tinygrad-xor[plot] @ {{source}}"''',
}


def sources(numbers=()):
    """The sources of the lessons with these numbers, or of all."""
    found = sorted(SOURCES.glob("*.py"))
    return [path for path in found if not numbers or path.name.partition("_")[0] in numbers]


def language_of(source):
    """``"en"`` or ``"ru"``: what stands before the last dot of the source's name."""
    return source.stem.rpartition(".")[2]


def notebook_path(source):
    """Where the notebook of `source` is."""
    name, _, language = source.stem.rpartition(".")
    return HERE / language / f"{name}.ipynb"


def notebook_of(source):
    """The notebook of `source`, not yet executed."""
    read = jupytext.read(source, fmt="py:percent")
    set_up = SET_UP[language_of(source)]
    if any("import" in cell.source and "digits" in cell.source for cell in read.cells):
        set_up = set_up.replace("[plot]", "[plot,digits]")
    set_up = nbformat.v4.new_code_cell(set_up)
    notebook = nbformat.v4.new_notebook(cells=[read.cells[0], set_up, *read.cells[1:]])
    for number, cell in enumerate(notebook.cells):
        cell.id, cell.metadata = f"cell-{number}", {}  # the same each time
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return notebook


async def execute(notebook):
    """Run the cells in a new kernel and an empty folder; their outputs are kept.

    Raises:
        CellExecutionError: if a cell fails.
    """
    metadata = dict(notebook.metadata)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=120,
            kernel_name="python3",
            record_timing=False,
            extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": folder}},
        )
        await client.async_execute()
    notebook.metadata = metadata  # without the versions of this machine
    for cell in notebook.cells:
        cell.metadata = {}
    return notebook


async def make(source, turn, is_check):
    """Execute one lesson when it is its turn, and write its notebook; whether it went well."""
    notebook = notebook_of(source)
    async with turn:
        start = time.perf_counter()
        try:
            await execute(notebook)
        except CellExecutionError as error:
            print(f"{source.name} FAILED\n{error}", flush=True)
            return False
        seconds = time.perf_counter() - start
    text = nbformat.writes(notebook)
    nbformat.validate(notebook)
    if not is_check:
        notebook_path(source).write_text(text + "\n", "utf-8")
    print(f"{source.name}: {seconds:.1f} s, {len(text.encode()) // 1000} kB", flush=True)
    return True


async def make_all(chosen, is_check, jobs):
    """Make the notebooks of the chosen sources, `jobs` at a time."""
    turn = asyncio.Semaphore(jobs)
    went_well = await asyncio.gather(*(make(source, turn, is_check) for source in chosen))
    return all(went_well)


def main():
    """Read the command line; exit with 1 if a lesson failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("lessons", nargs="*", metavar="N", help="their numbers; all by default")
    parser.add_argument("--check", action="store_true", help="execute them, and write nothing")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (default: 2)")
    options = parser.parse_args()
    chosen = sources(options.lessons)
    if not chosen:
        parser.error(f"there is no lesson {', '.join(options.lessons)}")
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # else the kernel's debugger warns
    if options.jobs > 1:
        os.environ["OPENBLAS_NUM_THREADS"] = "1"  # else they wait for each other
    if not asyncio.run(make_all(chosen, options.check, options.jobs)):
        sys.exit(1)


if __name__ == "__main__":
    main()
