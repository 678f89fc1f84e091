"""The table of derivatives as one Markdown page, in English and in Russian."""

from __future__ import annotations

import importlib
import re

from tinygrad_xor.engine import TABLE, Primitive
from tinygrad_xor.engine.domains import real
from tinygrad_xor.viz.textbook.entries import (
    Formula,
    arguments,
    call_of,
    formula_of,
    function_of,
    source_of,
    words_of,
)

#: The pages of the table in the order of a textbook, and what they are called in Russian.
PAGES = {
    "arithmetic": ("Arithmetic", "Арифметика"),
    "exponential": ("Exponentials and logarithms", "Экспоненты и логарифмы"),
    "trigonometry": ("Trigonometric and hyperbolic functions", "Тригонометрия и гиперболические"),
    "activations": ("Activations", "Функции активации"),
    "losses": ("Losses", "Функции потерь"),
    "selection": ("One of several", "Выбор из нескольких"),
    "rounding": ("Signs, sizes and roundings", "Знаки, модули и округления"),
    "reductions": ("Reductions", "Свёртки: суммы, произведения, экстремумы"),
    "statistics": ("Statistics", "Статистика"),
    "norms": ("Norms", "Нормы"),
    "products": ("Products", "Произведения массивов"),
    "linear_algebra": ("Linear algebra", "Линейная алгебра"),
    "decompositions": ("Decompositions", "Разложения матриц"),
    "shape": ("Shapes", "Форма массива"),
    "indexing": ("Indexing", "Индексация"),
    "joining": ("Joining", "Соединение массивов"),
    "moving": ("Moving", "Перестановки элементов"),
    "signals": ("Signals", "Сигналы"),
    "fourier": ("Fourier transforms", "Преобразования Фурье"),
    "complex_numbers": ("Complex numbers", "Комплексные числа"),
    "special": ("Functions of SciPy", "Функции SciPy"),
}
WORDS = {
    "en": {
        "title": "The table of derivatives",
        "intro": """\
Each line is an entry of `tinygrad_xor.derivatives`: a function, and one rule for each of its
arguments. The formulas are not written by hand: `python examples/make_derivatives.py` runs each
rule, reads the graph that it builds and writes it in LaTeX. A test computes every formula of this
page and compares it with the rule itself.

- $\\frac{\\partial y}{\\partial x}$: of a function that works element by element. The rule
  multiplies the incoming gradient by it. Where an argument was stretched to fit the other, the
  engine adds the gradient up again.
- $\\bar x$: the gradient of the loss with respect to $x$, where a function takes whole arrays.
  Capitals are matrices, $x_i$ an element of a vector of length $n$, $A \\odot B$ the product
  element by element, $I$ the identity matrix, $k$ an index.
- $[x \\gt 0]$: 1 where the condition holds, else 0. $\\sigma(x) = \\frac{1}{1 + e^{-x}}$.
- *Drawn from*: where the gradient tests draw the arguments, if not everywhere. A multiple of 1/2
  plus a number of its own keeps two arguments from being equal, and away from jumps.
- *Where*: a condition under which the rule takes this form; the rule knows what to do elsewhere.
""",
        "header": "| entry | function | derivatives | drawn from |",
        "where": "where",
        "rules": "Rules that are no single formula, as they are written:",
        "below": "below",
    },
    "ru": {
        "title": "Таблица производных",
        "intro": """\
Каждая строка — запись из `tinygrad_xor.derivatives`: функция и по одному правилу на каждый её
аргумент. Формулы не написаны вручную: `python examples/make_derivatives.py` выполняет каждое
правило, читает граф, который оно построило, и записывает его в LaTeX. Тест вычисляет каждую формулу
этой страницы и сравнивает её с самим правилом.

- $\\frac{\\partial y}{\\partial x}$: производная функции, которая работает поэлементно. Правило
  умножает на неё пришедший градиент. Если аргумент был растянут под форму другого, движок
  складывает градиент обратно.
- $\\bar x$: градиент функции потерь по $x$, если функция берёт массив целиком. Заглавные буквы —
  матрицы, $x_i$ — элемент вектора длины $n$, $A \\odot B$ — поэлементное произведение, $I$ —
  единичная матрица, $k$ — индекс.
- $[x \\gt 0]$: 1 там, где условие верно, иначе 0. $\\sigma(x) = \\frac{1}{1 + e^{-x}}$.
- *Аргументы в тестах*: откуда тесты градиентов берут аргументы, если не отовсюду. Кратные 1/2, у
  каждого аргумента со своим сдвигом, никогда не совпадают и лежат вдали от скачков.
- *Где*: условие, при котором правило имеет такой вид; что делать в остальных точках, правило знает.

Пояснения из кода приведены как есть, на английском.
""",
        "header": "| запись | функция | производные | аргументы в тестах |",
        "where": "где",
        "rules": "Правила, которые не записать одной формулой, как они есть в коде:",
        "below": "ниже",
    },
}
#: Domains in Russian; those that are formulas read the same.
DOMAINS_RU = {
    "integers": "целые числа",
    "matrices near diagonal ones": "матрицы, близкие к диагональным",
    "symmetric matrices": "симметричные матрицы",
    "no two elements near each other, none near 0": "все элементы разные и далеко от 0",
    "true or false": "истина или ложь",
    "an invertible map": "обратимое отображение",
}
#: Words inside formulas.
FORMULAS_RU = {
    r"\text{shape of }": r"\text{форма }",
    r"\text{ is finite}": r"\text{ конечно}",
    r"\text{ is a number}": r"\text{ — число}",
    r"\text{not }": r"\text{не }",
}


def derivatives_page(language: str = "en") -> str:
    """The whole table as Markdown with formulas in LaTeX between dollar signs.

    Args:
        language: ``"en"`` or ``"ru"``.

    Raises:
        ValueError: if there is no page in this language.
        ImportError: without SciPy, whose functions the table has too.
    """
    if language not in WORDS:
        raise ValueError(f"the table is written in {' and '.join(WORDS)}, not in {language!r}")
    words = WORDS[language]
    entries: dict[str, list[Primitive]] = {page: [] for page in PAGES}
    try:
        importlib.import_module("tinygrad_xor.derivatives.special")
    except ImportError as error:
        raise ImportError(
            "the table has functions of SciPy in it: pip install 'tinygrad-xor[special]'"
        ) from error
    for entry in TABLE.values():
        if entry.page in entries:
            entries[entry.page].append(entry)
    titles = {page: names[language == "ru"] for page, names in PAGES.items()}
    lines = [f"# {words['title']}", "", words["intro"]]
    for page, listed in entries.items():
        lines += [f"## {titles[page]}", "", f"`tinygrad_xor.derivatives.{page}`", ""]
        lines += [words["header"], "| --- | --- | --- | --- |"]
        lines += [_row(entry, language) for entry in listed]
        sources = dict.fromkeys(text for entry in listed for text in _code(entry))
        if sources:
            lines += ["", words["rules"], "", "```python", "\n\n\n".join(sources), "```"]
        lines.append("")
    written = "\n".join(lines)
    for english, russian in FORMULAS_RU.items() if language == "ru" else ():
        written = written.replace(english, russian)
    return written


def _formulas(entry: Primitive) -> list[Formula | None]:
    return [formula_of(entry, i) for i in arguments(entry)]


def _code(entry: Primitive) -> list[str]:
    """The rules that are shown as code: no formula says them, and no docstring of a lambda."""
    lacking = [i for i, f in zip(arguments(entry), _formulas(entry), strict=True) if f is None]
    texts = source_of(entry, lacking)
    if words_of(entry, helpers=True):
        texts = [text for text in texts if text.startswith("def ")]
    return texts


def _row(entry: Primitive, language: str) -> str:
    words = WORDS[language]
    formulas = _formulas(entry)
    cells = [f"${f.left} = {f.right}$" for f in formulas if f]
    conditions = dict.fromkeys(c for f in formulas if f for c in f.conditions)
    if conditions:
        cells.append(", ".join(f"{words['where']} ${c}$" for c in conditions))
    if _code(entry):
        cells.append(words["below"])
    note = words_of(entry)
    if None in formulas or (conditions and not note):
        note = words_of(entry, helpers=True)
    if note:
        cells.append(f"<sub>{_cell(note)}</sub>")
    symbol = "" if entry.symbol == entry.name else f" {_cell(entry.symbol)}"
    drawn = "<br>".join(_domains(entry, language))
    name = f"`{entry.name}`{symbol}"
    return f"| {name} | ${function_of(entry)}$ | {'<br>'.join(cells)} | {drawn} |"


def _domains(entry: Primitive, language: str) -> list[str]:
    names = [n.lower() for n in call_of(entry).names]
    texts = []
    for name, domain in zip(names, entry.domains, strict=False):
        if domain is real:
            continue
        text = re.sub(r"\bx\b", name, domain.text).removesuffix(" + 0.0")
        if text == domain.text and len(entry.domains) > 1 and "x" not in domain.text:
            text = f"{name}: {text}"
        for english, russian in DOMAINS_RU.items() if language == "ru" else ():
            text = text.replace(english, russian)
        texts.append(_cell(text))
    return list(dict.fromkeys(texts))


def _cell(text: str) -> str:
    """Text that means nothing to Markdown, nor ends a cell of a table."""
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([|*_\[\]])", r"\\\1", text)
