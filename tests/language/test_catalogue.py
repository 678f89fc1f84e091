"""The catalogue: complete in both languages, with nothing that is not used."""

import ast
import re
import string
from importlib import resources
from pathlib import Path

import pytest

import tinygrad_xor
from tinygrad_xor import language
from tinygrad_xor.course import EXERCISES
from tinygrad_xor.language import LANGUAGES, messages, plural, preferred, say, speaking, translated

SOURCES = Path(tinygrad_xor.__file__).parent
PAGES = sorted(
    file.name.removesuffix(".toml")
    for file in resources.files(language).joinpath("messages").iterdir()
)
MESSAGES = {f"{page}.{name}": message for page in PAGES for name, message in messages(page).items()}
#: Pages whose messages are found by their English texts, and the page of the explorer, which has
#: a test of its own.
FOUND_OTHERWISE = {"argparse", "coverage", "faults", "kinks", "pages", "explorer"}
#: How many plural forms each language has.
FORMS = {"en": 2, "ru": 3}


def forms(text):
    return [text] if isinstance(text, str) else text


def placeholders(text):
    named = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    return named, sorted(re.findall(r"%(?:\(\w+\))?[srd]", text))


def strings_of(source):
    """Texts in a module, and the constant beginnings of f-strings, that are not docstrings."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.fixture(scope="module")
def strings():
    return {text for file in SOURCES.rglob("*.py") for text in strings_of(file.read_text("utf-8"))}


def test_every_message_is_there_in_both_languages_with_the_same_placeholders():
    for key, message in MESSAGES.items():
        assert set(message) == set(LANGUAGES), key
        for lang, text in message.items():
            assert all(form.strip() for form in forms(text)), key
            if not isinstance(text, str):
                assert len(text) == FORMS[lang], key
                assert not isinstance(message["en"], str), key
                assert key.startswith("argparse.") or "n" in placeholders(text[0])[0], key
        every = [placeholders(form) for text in message.values() for form in forms(text)]
        assert all(one == every[0] for one in every), key


def test_russian_is_written_in_russian_letters_and_english_is_not():
    for key, message in MESSAGES.items():
        assert not any(re.search("[а-яё]", form, re.IGNORECASE) for form in forms(message["en"]))
        for form in forms(message["ru"]):
            assert message["ru"] == message["en"] or re.search("[а-яё]", form, re.IGNORECASE), key
            both = r"\b\w*(?:[a-z][а-яё]|[а-яё][a-z])\w*\b"
            assert not re.search(both, form, re.IGNORECASE), f"{key}: letters of both alphabets"


def test_only_names_are_the_same_in_both_languages():
    same = {key for key, message in MESSAGES.items() if message["en"] == message["ru"]}
    assert same == {f"explorer.name_{name}" for name in ("relu", "tanh", "leaky_relu", "softplus")}


def test_every_message_is_used(strings):
    keys = {key for key in MESSAGES if key.partition(".")[0] not in FOUND_OTHERWISE}
    built = {
        *(f"graph.{kind}" for kind in "leaf parameter constant operation layer summary".split()),
        *(f"graph.counted_{kind}" for kind in "leaf parameter constant layer summary".split()),
        *(
            f"summary.{head}"
            for head in "layer activation output_shape parameters connected_to".split()
        ),
        *(f"plots.{what}" for what in ("weights", "gradients")),
        *(f"command.{name}" for name in "check explore predict fine-tune atlas bench".split()),
        *(f"command.{name}_group" for name in "network training check output".split()),
        *(f"arguments.{name}" for name in "task hidden activation loss optimizer lr".split()),
        *(f"arguments.{name}" for name in "batch_size epochs seed out json".split()),
        *(f"explore.{name}" for name in "hidden seed out".split()),
        *(f"check.{name}" for name in "order examples seed json".split()),
        *("fine_tune.seed", "atlas.out", "atlas.json", "predict.json"),
        *(f"atlas.{name}" for name in "activation initializer bias optimizer lr".split()),
        *(f"atlas.{name}" for name in "epochs batch_size task".split()),
        *(f"check.{head}" for head in "orders modes dtypes head_examples worst seconds".split()),
        *(f"check.{mode}" for mode in ("reverse", "forward")),
        *(f"check_page.{mode}" for mode in ("reverse", "forward")),
        *(f"check_page.{head}" for head in "worst examples compared dtypes seconds".split()),
        *(
            f"course.{kind}_{number.replace('.', '_')}"
            for kind in ("near", "look")
            for number in EXERCISES
        ),
        *(f"fine_tune.{head}" for head in "network learning all_right loss tuned scratch".split()),
        *(f"bench.work_{kind}" for kind in "course cold cell graph sum step operations".split()),
        *(f"bench.work_{kind}" for kind in "digits nodes batch width".split()),
        *(
            f"bench.{a}_{kind}"
            for a in ("grow", "axis")
            for kind in "sum nodes batch width".split()
        ),
        *(
            f"bench.who_{name}"
            for name in "fit fit_first native python_source eager together products".split()
        ),
        *(f"bench.{head}" for head in "contestant milliseconds to_ours to_floor".split()),
    }
    assert keys - strings - built == set()
    assert built <= keys


def test_every_key_that_is_used_is_in_the_catalogue():
    used = set()
    for file in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
                key = node.args[0]
                assert isinstance(key, ast.Constant | ast.JoinedStr), ast.unparse(node)
                if isinstance(key, ast.Constant):
                    used.add(key.value)
    assert len(used) > 100
    assert used <= set(MESSAGES)


def test_all_pages_faults_and_reasons_are_translated():
    from tinygrad_xor.derivatives.coverage import coverage
    from tinygrad_xor.engine import COMPOSED, TABLE
    from tinygrad_xor.testing.faults import FAULTS
    from tinygrad_xor.testing.mutants import VERDICTS

    rows = list(coverage())
    needed = {
        "pages": {entry.page.replace("_", " ") for entry in [*TABLE.values(), *COMPOSED.values()]}
        | {"special"},
        "faults": {fault.__name__.replace("_", " ") for fault in FAULTS} | set(VERDICTS),
        "coverage": {row.column for row in rows} | {row.reason for row in rows if row.reason},
    }
    for page, texts in needed.items():
        known = {message["en"] for message in messages(page).values()}
        assert texts - known == set()
        assert known - texts <= {"it was not looked at yet"}


# -- what it says ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (0, "0 эпох"),
        (1, "1 эпоха"),
        (2, "2 эпохи"),
        (4, "4 эпохи"),
        (5, "5 эпох"),
        (11, "11 эпох"),
        (14, "14 эпох"),
        (21, "21 эпоха"),
        (102, "102 эпохи"),
        (112, "112 эпох"),
        (2000, "2000 эпох"),
    ],
)
def test_russian_has_three_plural_forms(n, said):
    assert say("job.epochs", "ru", n=n) == said


def test_english_has_two_plural_forms():
    assert [say("job.epochs", "en", n=n) for n in (0, 1, 2)] == ["0 epochs", "1 epoch", "2 epochs"]


def test_the_plural_form_goes_by_the_last_two_digits():
    assert all(plural("ru", n) == plural("ru", n % 100 + 1000) for n in range(1000))


def test_a_message_is_in_the_language_that_is_spoken_or_in_the_one_that_is_named():
    with speaking("ru"):
        assert say("graph.leaf") == "лист"
        assert say("graph.leaf", "en") == "leaf"
        with speaking("en"):
            assert say("graph.leaf") == "leaf"
        assert translated("pages", "joining") == "соединение"
    assert say("graph.leaf") == "leaf"
    assert translated("pages", "joining") == "joining"


def test_a_text_that_the_catalogue_does_not_know_stays_as_it_is():
    with speaking("ru"):
        assert translated("pages", "a page of your own") == "a page of your own"


def test_another_language_is_refused():
    for wrong in (lambda: say("graph.leaf", "de"), lambda: speaking("de").__enter__()):
        with pytest.raises(ValueError, match="there is no lang='de': there are en, ru"):
            wrong()


@pytest.mark.parametrize("values", [{}, {"epoch": 3}])
def test_a_missing_value_is_an_error_and_not_a_hole(values):
    with pytest.raises(KeyError):
        say("job.interrupted", **values)


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({}, "en"),
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "ru"}, "ru"),
        ({"LANG": "ru_UA.KOI8-U"}, "ru"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "rue_UA"}, "en"),
        ({"LC_MESSAGES": "ru_RU", "LANG": "en_US"}, "ru"),
        ({"LC_ALL": "en_US", "LC_MESSAGES": "ru_RU", "LANG": "ru_RU"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "", "LANG": "ru@latin"}, "ru"),
        ({"LC_ALL": "C", "LANG": "ru_RU"}, "en"),
    ],
)
def test_the_environment_chooses_the_language(environment, lang):
    assert preferred(environment) == lang
