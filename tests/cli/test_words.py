"""What the commands print comes from the catalogue: no sentence stands in their code."""

import ast
import re
from pathlib import Path

import pytest

from tinygrad_xor import cli

FILES = sorted(Path(cli.__file__).parent.glob("*.py"))
#: Calls whose texts a reader sees.
SHOWN = ("print", "write", "error", "fill")
#: Keyword arguments that argparse shows.
HELP = ("help", "description", "epilog", "title", "metavar", "desc", "unit")
#: Calls that take keys of the catalogue, or English texts to be looked up there.
CATALOGUE = ("say", "translated")
#: Names and signs that are the same in every language.
NAMES = ("N", "X", "2,3", "x", "W", "float32", "None")
#: Compared, or part of an error of the library.
NOT_SHOWN = ("not supported", "function in ")
LETTERS = re.compile(r"[^\W\d_]")
TAG = re.compile(r"<[^>]*>|<[^>]*$|^[^<]*>")


def name_of(call):
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def literals_of(node):
    """Literals with letters below `node`, that no call of the catalogue takes."""
    if isinstance(node, ast.Call) and name_of(node) in CATALOGUE:
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = TAG.sub("", node.value)
        if LETTERS.search(text) and text not in NAMES:
            yield node
    if isinstance(node, ast.Subscript):  # a key, not a text
        yield from literals_of(node.value)
        return
    if isinstance(node, ast.Dict):
        return
    for child in ast.iter_child_nodes(node):
        yield from literals_of(child)


def sentences_in(source):
    """The literals of a module that a reader would see."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        shown = []
        if isinstance(node, ast.Call) and name_of(node) in SHOWN:
            shown = [*node.args]
        if isinstance(node, ast.Call):
            shown += [k.value for k in node.keywords if k.arg in HELP]
        for argument in shown:
            yield from literals_of(argument)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = re.search(r"[a-z]{2,}[,;:]? (?:[a-z]{2,}|$)", TAG.sub("", node.value))
            is_style = node.value.startswith("\n:root")
            if words and not (id(node) in docstrings or is_style or node.value in NOT_SHOWN):
                yield node


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_sentence_stands_in_the_code_of_a_command(file):
    found = [f"{file.name}:{n.lineno}: {n.value!r}" for n in sentences_in(file.read_text("utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "print('done')",
        "print(f'{n} epochs')",
        "write('right' if ok else say('job.WRONG'))",
        "parser.error(f'no {path}')",
        "parser.add_argument('--lr', help='the learning rate')",
        "parser.add_argument('--out', metavar='FOLDER')",
        "line = 'the gradient of ' + name",
        "return f'{n} of {m} were wrong'",
        "return f'{n} epochs in {m} tries'",
        "page = f'<p>every derivative of {name}</p>'",
    ],
)
def test_the_check_finds_a_sentence(source):
    wrapped = "def f():\n    " + source
    assert list(sentences_in(wrapped))


@pytest.mark.parametrize(
    "source",
    [
        "print(say('job.check'))",
        "print(failed['name'])",
        "parser.add_argument('--epochs', metavar='N', help=say('arguments.epochs'))",
        "page = f'<th scope=row>{escape(name)}</th>'",
        "print('\\n' + text.weights(model))",
    ],
)
def test_the_check_lets_names_and_keys_pass(source):
    assert not list(sentences_in("def f():\n    " + source))
