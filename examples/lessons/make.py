"""Make the notebooks of the lessons from their sources, and execute them.

    python examples/lessons/make.py              all of them
    python examples/lessons/make.py 1 3          these lessons only
    python examples/lessons/make.py --lang en    those in English only
    python examples/lessons/make.py --check      execute them, and write nothing

A lesson is ``source/NAME.LANGUAGE.py``, a Python program whose cells begin with ``# %%``. Its
notebook is ``LANGUAGE/NAME.ipynb``: the same cells, behind the first of them one that carries the
package, so that a notebook alone can be uploaded anywhere, with what they showed when they ran.
Needs the extras `plot` and `lessons`.
"""

import argparse
import asyncio
import base64
import functools
import io
import lzma
import os
import re
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from PIL import Image

HERE = Path(__file__).parent
SOURCES = HERE / "source"
LANGUAGES = ("en", "ru")

PACKAGE = HERE.parents[1] / "tinygrad_xor"

#: How Colab and Jupyter are told to hide the source of a cell.
FOLDED = {"cellView": "form", "jupyter": {"source_hidden": True}}

WORDS = {
    "en": (
        "Run this cell first",
        "It takes the package out of this notebook, if it is not installed. You need not read it.",
    ),
    "ru": (
        "Выполните эту ячейку первой",
        "Она достаёт пакет из самого ноутбука, если он не установлен. Читать её не нужно.",
    ),
}
SET_UP = """\
# @title {title} {{ display-mode: "form" }}
# {text}
import base64
import io
import lzma
import sys
import tempfile
import zipfile
from importlib.util import find_spec

PACKAGE = "{package}"

if find_spec("tinygrad_xor") is None:
    sys.path.insert(0, tempfile.mkdtemp())
    packed = io.BytesIO(lzma.decompress(base64.b85decode(PACKAGE)))
    zipfile.ZipFile(packed).extractall(sys.path[0])
missing = " ".join(name for name in {needed} if find_spec(name) is None)
if missing:
    missing = missing.replace("sklearn", "scikit-learn")
    %pip install --quiet {{missing}}"""


@functools.cache
def packed():
    """The package as text: the same for the same files, in letters that no string must escape."""
    folder = io.BytesIO()
    with zipfile.ZipFile(folder, "w") as together:
        for path in sorted(PACKAGE.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                name = path.relative_to(PACKAGE.parent).as_posix()
                together.writestr(zipfile.ZipInfo(name), path.read_bytes())
    return base64.b85encode(lzma.compress(folder.getvalue(), preset=9)).decode()


def set_up(language, code):
    """The first cell of a lesson with this code: it makes the package importable."""
    needed = ["graphviz", "tqdm", "matplotlib"]
    needed += ["hypothesis"] if "import hypothesis" in code or "from hypothesis" in code else []
    uses_sklearn = re.search(r"^from (sklearn|tinygrad_xor.datasets .*digits)", code, re.M)
    needed += ["sklearn"] if uses_sklearn else []
    title, text = WORDS[language]
    return SET_UP.format(title=title, text=text, package=packed(), needed=needed)


def sources(numbers=(), language="*"):
    """The sources of the lessons with these numbers, or of all, in a language, or in both."""
    found = sorted(SOURCES.glob(f"*.{language}.py"))
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
    code = "\n".join(cell.source for cell in read.cells if cell.cell_type == "code")
    first = nbformat.v4.new_code_cell(set_up(language_of(source), code))
    notebook = nbformat.v4.new_notebook(cells=[read.cells[0], first, *read.cells[1:]])
    for number, cell in enumerate(notebook.cells):
        cell.id, cell.metadata = f"cell-{number}", {}  # the same each time
    first.metadata = dict(FOLDED)
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
            timeout=1200,  # seconds for a cell: on a slow machine, with another lesson beside it
            kernel_name="python3",
            record_timing=False,
            extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": folder}},
        )
        await client.async_execute()
    notebook.metadata = metadata  # without the versions of this machine
    for cell in notebook.cells:
        cell.metadata = {}
    notebook.cells[1].metadata = dict(FOLDED)
    return notebook


def with_fewer_colours(notebook):
    """The notebook with pictures of 256 colours: they look the same, in a third of the space."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if "image/png" in output.get("data", {}):
                picture = Image.open(io.BytesIO(base64.b64decode(output["data"]["image/png"])))
                small = io.BytesIO()
                picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
                    small, "png", optimize=True
                )
                output["data"]["image/png"] = base64.b64encode(small.getvalue()).decode()
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
    text = nbformat.writes(with_fewer_colours(notebook))
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
    parser.add_argument("--lang", choices=LANGUAGES, default="*", help="both by default")
    parser.add_argument("--check", action="store_true", help="execute them, and write nothing")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (default: 2)")
    options = parser.parse_args()
    chosen = sources(options.lessons, options.lang)
    if not chosen:
        parser.error(f"there is no lesson {', '.join(options.lessons)}")
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # else the kernel's debugger warns
    if options.jobs > 1:
        os.environ["OPENBLAS_NUM_THREADS"] = "1"  # else they wait for each other
    if not asyncio.run(make_all(chosen, options.check, options.jobs)):
        sys.exit(1)


if __name__ == "__main__":
    main()
