"""The pages of the documentation, and the fenced blocks on them with the comments that say how to test them.

A comment `<!-- ... -->` on the line before a block may say, separated by commas: `skip: reason`; `exit: 2`, the exit
code of the block's commands; `file: name`, where the block is saved (a Python block is then not run);
`with: name`, a file that must be there first, loaded as a plugin if it is Python; `expected to fail`, a spec that is
wrong on purpose.
"""

import re
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md"])
PAGES = [page for page in PAGES if "_build" not in page.parts]
BLOCK = re.compile(
    r"(?:^<!-- (?P<wish>[^\n]*?) -->\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


@frozen
class Block:
    """One fenced block; `line` is where its text begins."""

    language: str
    text: str
    line: int
    wishes: dict[str, str]


def wishes(text: str | None) -> dict[str, str]:
    """`exit: 2, file: a.yaml` as a mapping; a skip's reason may hold commas."""
    if not text:
        return {}
    if text.startswith("skip:"):
        return {"skip": text.removeprefix("skip:").strip()}
    parts = (part.partition(":") for part in text.split(", "))
    return {key.strip(): value.strip() for key, _, value in parts}


def blocks(page: Path) -> list[Block]:
    """Every fenced block of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(found["language"], found["text"], text.count("\n", 0, found.start("text")) + 1, wishes(found["wish"]))
        for found in BLOCK.finditer(text)
    ]


def name_of(page: Path) -> str:
    """The page as test reports show it."""
    return str(page.relative_to(ROOT))
