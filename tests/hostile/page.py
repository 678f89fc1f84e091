"""The page of promises for users: ``python tests/hostile/page.py`` writes the table into it."""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "examples" / "promises.md"
TABLE = re.compile(r"(?<=<!-- the table -->\n).*(?=<!-- its end -->)", re.DOTALL)


def promises(path):
    """The promise, how it is tried, and how often, of each test in a file."""
    for node in ast.parse(path.read_text("utf-8")).body:
        for mark in getattr(node, "decorator_list", []):
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.promise":
                (promise,), (trials,) = mark.args, mark.keywords
                how = " ".join(ast.get_docstring(node).split())
                yield promise.value, how, trials.value.value


def table():
    """The lines of the table, with a heading for each file."""
    lines = []
    for path in sorted(HERE.glob("test_*.py")):
        if rows := list(promises(path)):
            heading = ast.get_docstring(ast.parse(path.read_text("utf-8"))).splitlines()[0]
            link = f"../{path.relative_to(PAGE.parents[1]).as_posix()}"
            lines += ["", f"### [{heading.rstrip('.')}]({link})", ""]
            lines += ["| promised | how it is tried | trials |", "| --- | --- | ---: |"]
            lines += [f"| {promise} | {how} | {trials:,} |" for promise, how, trials in rows]
    return "\n".join(lines).lstrip("\n") + "\n"


def written(text):
    """The text of the page with the table of the tests as they are."""
    return TABLE.sub(lambda _: "\n" + table() + "\n", text)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
