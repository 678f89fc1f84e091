"""Print the command that README.md gives for a job, to the letter.

It is the fenced block that follows the comment ``<!-- ci: NAME -->``.
"""

import re
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def command(readme: str, name: str) -> str:
    """The text of the one block that is marked with `name`."""
    mark = rf"^<!-- ci: {re.escape(name)} -->\n+```(?:sh|bash|console)?\n(.*?)^```$"
    blocks = re.findall(mark, readme, re.MULTILINE | re.DOTALL)
    if len(blocks) != 1:
        raise SystemExit(
            f"README.md has {len(blocks)} fenced blocks right after the line <!-- ci: {name} -->, "
            "and should have one"
        )
    return str(blocks[0]).strip()


if __name__ == "__main__":
    sys.stdout.write(command(README.read_text("utf-8"), sys.argv[1]) + "\n")
