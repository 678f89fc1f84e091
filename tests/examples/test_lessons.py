"""The lessons say the same in both languages, and their notebooks are up to date.

`examples/lessons/make.py --check` executes them.
"""

import ast
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

LESSONS = Path(__file__).parents[2] / "examples" / "lessons"
SOURCES = sorted((LESSONS / "source").glob("*.py"))
NOTEBOOKS = sorted(LESSONS.glob("*/*.ipynb"))
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
A_PLACE_ON_SOMEONES_MACHINE = re.compile(
    r"/(home|root|tmp|usr|opt|Users|var|content)/|[A-Z]:\\\\|site-packages|0x[0-9a-f]{6}"
)


def name_of(path: Path) -> str:
    return path.stem if path.suffix == ".py" else f"{path.stem}.{path.parent.name}"


def language_of(source: Path) -> str:
    return source.stem.rpartition(".")[2]


def cells_of(notebook: Path) -> list[dict]:
    return json.loads(notebook.read_text("utf-8"))["cells"]


@pytest.fixture(scope="module")
def make():
    """The script that makes the notebooks: it packs the package once."""
    for package in ("jupytext", "nbclient"):
        pytest.importorskip(package, reason="it needs the extra lessons")
    spec = importlib.util.spec_from_file_location("make", LESSONS / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_lesson_is_there_in_both_languages_as_source_and_as_notebook():
    lessons = {source.name.partition(".")[0] for source in SOURCES}
    assert {s.name for s in SOURCES} == {f"{n}.{lang}.py" for n in lessons for lang in ("en", "ru")}
    assert {name_of(n) for n in NOTEBOOKS} == {source.stem for source in SOURCES}


@pytest.mark.parametrize("english", sorted((LESSONS / "en").glob("*.ipynb")), ids=name_of)
def test_both_languages_have_the_same_code(english):
    russian = LESSONS / "ru" / english.name
    pairs = list(zip(cells_of(english), cells_of(russian), strict=True))
    for a, b in pairs:
        assert a["cell_type"] == b["cell_type"]
        in_english, in_russian = "".join(a["source"]), "".join(b["source"])
        if a["cell_type"] == "code":
            assert translated(in_english, in_russian)
        else:
            assert headings(in_english) == headings(in_russian)
            assert CYRILLIC.search(in_russian)
            assert not CYRILLIC.search(in_english)


def translated(english: str, russian: str) -> bool:
    """Whether two pieces of code differ by the language of their comments and strings only."""
    one, other = (
        list(ast.walk(WithoutWords().visit(ast.parse(without_magics(code)))))
        for code in (english, russian)
    )
    if len(one) != len(other):
        return False
    for a, b in zip(one, other, strict=True):
        if isinstance(a, ast.Constant) and isinstance(b, ast.Constant):
            same = a.value == b.value or (a.value, b.value) == ("en", "ru")
            if not same and not (isinstance(b.value, str) and CYRILLIC.search(b.value)):
                return False
        elif type(a) is not type(b) or names(a) != names(b):
            return False
    return True


class WithoutWords(ast.NodeTransformer):
    """Takes the words out of f-strings: in another language they stand in other places."""

    def visit_JoinedStr(self, node):
        node.values = [self.visit(x) for x in node.values if isinstance(x, ast.FormattedValue)]
        return node

    def visit_FormattedValue(self, node):
        node.value = self.visit(node.value)  # and the format as it is
        return node


def without_magics(code: str) -> str:
    """Python, where ``%pip install …`` is a text."""
    return re.sub(r"^(\s*)(%.*)$", r"\1'''\2'''", code, flags=re.MULTILINE)


def names(node: ast.AST) -> list[object]:
    """What a node of the syntax tree holds besides other nodes."""
    return [x for _, x in ast.iter_fields(node) if not isinstance(x, (ast.AST, list))]


def headings(markdown: str) -> list[str]:
    return re.findall("^#+ ", markdown, flags=re.MULTILINE)


def test_a_change_of_the_code_in_one_language_is_noticed():
    assert translated('draw(x, lang="en")  # x', 'draw(x, lang="ru")  # икс')
    assert translated('print(f"of 3: {x:.2f} left")', 'print(f"из 3 осталось {x:.2f}")')
    assert not translated("f(0.5)", "f(0.6)")
    assert not translated("a + b", "a - b")
    assert not translated("f(x)", "g(x)")
    assert not translated('Dense(1, "relu")', 'Dense(1, "tanh")')
    assert not translated('print(f"{x:.2f} is it")', 'print(f"{y:.2f} это")')
    assert not translated('print(f"{x:.2f} is it")', 'print(f"{x:.3f} это")')
    assert not translated("f(x)", "f(x, y)")


def without_package(cell: str) -> str:
    """A notebook carries the package of the day on which it was made."""
    return re.sub('PACKAGE = "[^"]*"', "PACKAGE", cell)


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_a_notebook_is_up_to_date_with_its_source(source, make):
    fresh = make.notebook_of(source)
    kept = cells_of(make.notebook_path(source))
    same = [(c.cell_type, without_package(c.source)) for c in fresh.cells] == [
        (c["cell_type"], without_package("".join(c["source"]))) for c in kept
    ]
    assert same, "run: python examples/lessons/make.py"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=name_of)
def test_a_notebook_shows_what_its_cells_gave(notebook):
    code = [cell for cell in cells_of(notebook) if cell["cell_type"] == "code"]
    outputs = [output for cell in code for output in cell["outputs"]]
    pictures = [o for o in outputs if {"image/png", "image/svg+xml"} & set(o.get("data", {}))]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert len(pictures) >= 3
    assert {output["output_type"] for output in outputs} <= {
        "stream",
        "display_data",
        "execute_result",
    }
    assert {output["name"] for output in outputs if "name" in output} <= {"stdout"}


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=name_of)
def test_a_notebook_is_small_and_names_no_place_on_the_machine_that_made_it(notebook):
    text = notebook.read_text("utf-8")
    without_pictures = re.sub(r'"image/png": "[^"]*"|PACKAGE = [^,]*,', "", text)
    assert len(text.encode()) < 800_000
    assert not A_PLACE_ON_SOMEONES_MACHINE.search(without_pictures)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=name_of)
def test_a_lesson_asks_a_question_with_its_answer_folded_and_names_its_sources(notebook):
    text = "\n".join("".join(c["source"]) for c in cells_of(notebook) if c["cell_type"] != "code")
    is_russian = notebook.parent.name == "ru"
    for heading in (
        ("Вопрос", "Попробуйте", "Источники") if is_russian else ("A question", "Try", "Sources")
    ):
        assert re.search(f"^## {heading}", text, flags=re.MULTILINE)
    assert "<details><summary>" in text


def first_cell(notebook: Path) -> str:
    return next("".join(c["source"]) for c in cells_of(notebook) if c["cell_type"] == "code")


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=name_of)
def test_a_notebook_alone_brings_the_package_and_asks_for_what_is_missing(notebook):
    transformer = pytest.importorskip("IPython.core.inputtransformer2").TransformerManager()
    cell = first_cell(notebook).replace(
        "from importlib.util import find_spec", "find_spec = lambda name: None"
    )
    program = f"""
asked = []
class Shell:
    def run_line_magic(self, name, line):
        asked.append(line.format(**globals()))
get_ipython = Shell
exec({transformer.transform_cell(cell)!r})
import tinygrad_xor
print(tinygrad_xor.__file__.startswith(sys.path[0]), *asked)
"""
    ran = subprocess.run(
        [sys.executable, "-"], input=program, capture_output=True, text=True, check=True
    )
    code = "\n".join("".join(c["source"]) for c in cells_of(notebook))
    wanted = "True install --quiet graphviz tqdm matplotlib"
    wanted += " hypothesis" * ("from hypothesis" in code)
    wanted += " scikit-learn" * ("import circles, digits" in code or "from sklearn" in code)
    assert ran.stdout.strip() == wanted


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_whoever_is_told_to_try_a_change_is_told_what_to_expect(source):
    is_russian = language_of(source) == "ru"
    text = source.read_text("utf-8").replace("\n#  ", "")
    section = re.search(r"\n# ## (?:Попробуйте|Try).*?\n# ## ", text, flags=re.DOTALL).group()
    changes = section.split("\n# - ")[1:]
    assert len(changes) >= 3
    for change in changes:
        words = " ".join(change.split())
        assert ("Чего ждать:" if is_russian else "To expect:") in words, words


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=name_of)
def test_the_first_cell_is_folded(notebook):
    (metadata,) = [c["metadata"] for c in cells_of(notebook) if c["metadata"]]
    assert metadata == {"cellView": "form", "jupyter": {"source_hidden": True}}


def blocks_of(readme: Path, language: str) -> list[str]:
    return re.findall(f"```{language}\n(.*?)```", readme.read_text("utf-8"), flags=re.DOTALL)


@pytest.mark.filterwarnings("ignore:no Graphviz was found")
def test_the_russian_readme_has_the_command_of_the_english_one_and_its_code_runs(
    monkeypatch, tmp_path, capsys
):
    russian, english = LESSONS / "README.ru.md", LESSONS.parents[1] / "README.md"
    assert blocks_of(russian, "sh")[0] == blocks_of(LESSONS / "README.md", "sh")[0]
    assert blocks_of(russian, "sh")[1] in blocks_of(english, "sh")
    ten_lines, see = blocks_of(russian, "python")
    shown = {}
    exec(ten_lines.replace("epochs=2000", "epochs=3"), shown)
    assert shown["history"].epochs == 3
    monkeypatch.chdir(tmp_path)
    exec(see, {})
    assert "Обратный проход" in capsys.readouterr().out
    assert list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["README.md", "README.ru.md"])
def test_a_readme_of_the_lessons_links_to_all_of_them_and_to_nothing_that_is_not_there(name):
    text = (LESSONS / name).read_text("utf-8")
    links = set(re.findall(r"\]\(([^)#:]+)\)", text))
    language = "ru" if "ru" in name else "en"
    assert {f"{language}/{n.name}" for n in (LESSONS / language).glob("*.ipynb")} <= links
    assert all((LESSONS / link).exists() for link in links)
