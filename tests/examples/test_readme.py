"""The README and its pages: listings as a reader pastes them, one after another, and links."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

from tinygrad_xor import Value
from tinygrad_xor.cli.main import main
from tinygrad_xor.program.trees import flatten

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
READERS = ("beginner", "student", "engineer", "exchange", "studies")
BEGINNER, STUDENT, ENGINEER, EXCHANGE, STUDIES = (
    ROOT / "examples" / f"{page}.md" for page in READERS
)
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
PROMISES = ROOT / "examples" / "promises.md"
PAGES = [README, BEGINNER, STUDENT, ENGINEER, EXCHANGE, STUDIES, CONTRIBUTING]
FROM_THE_TABLE = "# tinygrad_xor/derivatives/"


def listings(page):
    return re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)


def pasted(page):
    """The names that the listings of a page leave behind."""
    names = {}
    for listing in listings(page):
        lines = listing.splitlines(keepends=True)
        if importlib.util.find_spec("torch") is None:
            lines = [line for line in lines if 'backend="torch"' not in line]
        if not listing.startswith(FROM_THE_TABLE):
            exec("".join(lines), names)
    return names


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """The folder in which listings write their files."""
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_listings_of_the_readme_run_one_after_another(elsewhere):
    names = pasted(README)
    assert names["check"].passed
    assert names["model"].predict(names["X"]).round().tolist() == names["y"].tolist()
    assert (elsewhere / "xor-loss.png").exists()


def test_the_listings_for_beginners_run_one_after_another(elsewhere):
    names = pasted(BEGINNER)
    assert names["model"].predict(names["X"]).round().tolist() == names["y"].tolist()
    made = {path.name for path in elsewhere.iterdir()}
    assert made == {"last.npz", "explorer.html", "training.gif", "weights.png"}


def test_the_listings_about_studies_run_one_after_another():
    pytest.importorskip("dask", reason="pip install tinygrad-xor[dask]")
    names = pasted(STUDIES)
    plain = np.asarray(names["X"]), np.asarray(names["t"])
    w, v = Value(names["w"].data), Value(names["v"].data)
    np.mean((np.tanh(plain[0] @ w) @ v - plain[1]) ** 2).backward()
    np.testing.assert_allclose(names["dw"], w.grad, 1e-10)
    assert len(names["records"]) == 6


@pytest.mark.filterwarnings("ignore:no Graphviz was found")
def test_the_listings_for_students_run_one_after_another(elsewhere, capsys):
    names = pasted(STUDENT)
    assert "∂L/∂x += ∂L/∂v2 · w = −0.2002 × 0.5 = −0.1001" in capsys.readouterr().out
    follow_the_number(names["program"], names["weights"])
    assert {path.stem for path in elsewhere.iterdir()} == {"network"}


def follow_the_number(program, weights):
    """Each row of the table on a page has a line of the program, and the numbers it gives."""
    variables = flatten(weights)[0]
    for step in program.steps:
        variables.append(step.run(variables))
    assert f"the {len(program.steps) + len(program.inputs)} lines" in STUDENT.read_text("utf-8")
    rows = re.findall(r"^\| `v(\d+) = (.*?)` \|.*\| (.*?) \|$", STUDENT.read_text("utf-8"), re.M)
    assert len(rows) == 7
    for index, line, numbers in rows:
        assert f"v{index} = {line}  #" in str(program)
        np.testing.assert_allclose(
            np.ravel(variables[int(index)]), [float(x) for x in numbers.split(", ")]
        )


def test_the_listings_for_engineers_run_one_after_another():
    from tinygrad_xor.nn import Dense, Sequential

    names = pasted(ENGINEER)
    model = Sequential([Dense(5, "relu", input_dim=2)], seed=0)
    assert names["stiffness"](model.get_weights()[0].T).shape == (5, 2, 5, 2)


def test_the_listings_on_taking_a_network_along_run_one_after_another(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = pasted(EXCHANGE)
    x, wanted = names["X"], names["model"].predict(names["X"])
    assert {path.name for path in tmp_path.iterdir()} == {
        *("xor.onnx", "xor.safetensors", "xor.pt", "step.onnx")
    }
    for weights in ("xor.safetensors", "xor.pt"):
        names["model"].set_weights([w * 0 for w in names["model"].get_weights()])
        names["model"].load_weights(weights)
        assert np.array_equal(names["model"].predict(x), wanted)


@pytest.mark.skipif(not np.__version__.startswith("2.4."), reason="other versions have others")
def test_the_page_for_engineers_counts_what_of_numpy_is_differentiable(capsys):
    assert main(["--lang", "en", "check", "--list"]) == 0
    counts = dict(re.findall(r"^(\w[\w ]+) \((\d+)\)$", capsys.readouterr().out, re.MULTILINE))
    text = " ".join(ENGINEER.read_text("utf-8").split())
    assert f"(NumPy 2.4): {counts['differentiable']} are differentiable" in text
    assert f"{counts['constant']} are constant by nature" in text
    assert f"{counts['not supported']} are not supported" in text


def test_the_gradients_in_the_second_listing_are_those_of_the_engine():
    names = {}
    exec(listings(README)[1], names)
    assert names["x"].grad == pytest.approx(1.995662288036879e-05, rel=1e-12, abs=0)
    assert isinstance(names["x"].grad, float)
    assert names["w"].grad.tolist() == [[1, 1, 1], [2, 2, 2]]


def test_the_listings_of_the_table_are_of_the_engine():
    import tinygrad_xor.derivatives

    pages = Path(tinygrad_xor.derivatives.__file__).parent
    assert (
        listings(CONTRIBUTING)[0].strip()
        in (pages / "arithmetic.py").read_text("utf-8").splitlines()
    )
    (listing,) = (text for text in listings(STUDENT) if text.startswith(FROM_THE_TABLE))
    where, *entries = listing.splitlines()
    assert len(entries) == 2
    files = [part.split("/")[-1] for part in where.split(", ")]
    for entry, file in zip(entries, files, strict=True):
        assert entry in (pages / file).read_text("utf-8").splitlines()


def anchors(page):
    """What a link may name after the sign #: the headings of a page, as GitHub writes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [*PAGES, PROMISES], ids=lambda page: page.stem)
def test_every_link_to_a_file_or_a_heading_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#:]*)(?:#([^)]+))?\)", page.read_text("utf-8"))
    assert links
    for file, anchor in links:
        target = page.parent / file if file else page
        assert target.exists(), file
        assert not anchor or anchor in anchors(target), f"{file}#{anchor}"


def test_the_readme_is_short_and_leads_to_the_page_of_each_reader():
    text = README.read_text("utf-8")
    assert len(text.splitlines()) <= 150
    for page in PAGES[1:]:
        assert f"({page.relative_to(ROOT).as_posix()})" in text
