"""The mutation tool, on a component of eight lines: what it changes, what it leaves alone, how it judges and resumes.

Ground truth is a source whose mutants can be counted by hand. Mutations of the tool that fail here: to mutate a
default, to let a timeout count as a survivor, to keep the verdicts of a test that was edited.
"""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "mutate.py"

COMPONENT = '''"""A component that needs nothing."""

from typing import ClassVar
from attrs import frozen

SLACK = 0


@frozen
class Tiny:
    """1 + 1."""

    name: ClassVar[str] = "tiny" + "1"
    start: float = 1 + 1

    def at(self, time: float = 2 - 1) -> float:
        if self.start < 0:
            raise ValueError(f"wanted {0 + 1}")
        while time < 0:
            pass
        return self.start + time


def rivalry_components():
    return [Tiny][0 + 1]
'''
TEST = """from rivalry_zoo.schedules.tiny import Tiny


def test_it_adds():
    assert Tiny(3.0).at(2.0) == 5.0
"""


@pytest.fixture(scope="module")
def mutants():
    """tools/mutation/mutants.py's function; tools is no package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(TOOL.parent))
        yield importlib.import_module("mutation.mutants").mutants


def changes(mutants, source: str) -> set[str]:
    return {mutant.after for mutant in mutants(source)}


def test_defaults_annotations_metadata_refusals_strings_and_registration_are_left_alone(mutants):
    assert {mutant.before for mutant in mutants(COMPONENT)} == {
        "SLACK = 0", "if self.start < 0:", "while time < 0:", "return self.start + time",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("y = a + b", {"y = a - b"}),
        ("y = a / b", {"y = a * b"}),
        ("y = -a", {"y = a"}),
        ("y = a == b", {"y = a != b"}),
        ("y = a < b", {"y = a <= b", "y = a > b"}),
        ("y = a and b", {"y = a or b"}),
        ("y = True", {"y = False"}),
        ("y = 0.5", {"y = 1.5", "y = -0.5"}),
        ("y = f(a, b)", {"y = (a)"}),
        ("y = a.f(b)", {"y = a"}),
        ("y = torch.f(a, b)", {"y = (a)"}),
        ("y = torch.nn.f(a)", {"y = (a)"}),
        ("y = self.f(a)", {"y = (a)"}),
        ("y = self.a.f()", {"y = self.a"}),
        ("y = relu(a).mean()", {"y = (a).mean()", "y = relu(a)"}),
        ("y = f()", set()),
        ("f(a)", {"pass"}),
        ("if a == b: y = a", {"if a != b: y = a"}),
        ("y = a if not b else c", {"y = a if b else c"}),
        ("def f(a, *, b=1): return a", set()),
        ("y: int | None = a", set()),
        ("y = lambda a=1: a", set()),
        ("y = f'{a + b}'", set()),
    ],
)
def test_an_operator_does_what_it_says(mutants, line, expected):
    found = changes(mutants, f"import torch\nfrom torch import relu\n{line}\n")
    assert {" ".join(change.split()) for change in found} == expected


def test_mutants_come_in_the_order_of_the_source_and_tell_their_line(mutants):
    found = mutants("a = 1\n\nb = (2 +\n     c)\n")
    assert [mutant.line for mutant in found] == [1, 1, 3, 3, 3]
    assert (found[-1].before, found[-1].after) == ("b = (2 +", "b = (2 -")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of one component and its test."""
    for name, text in {
        "plugins/rivalry_zoo/schedules/tiny.py": COMPONENT, "tests/plugins/schedules/test_tiny.py": TEST,
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def run(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(TOOL), "--root", str(checkout), *words], capture_output=True, text=True, check=False
    )


def record(checkout: Path) -> dict:
    (line,) = (checkout / "docs/results/data/mutation.jsonl").read_text(encoding="utf-8").splitlines()
    return json.loads(line)


def test_a_run_judges_resumes_and_tells_what_it_did_not_reach(checkout):
    page = checkout / "docs/results/mutation.md"
    done = run(checkout, "--budget", "0")
    assert done.returncode == 0, done.stderr
    count = len(record(checkout)["verdicts"])
    assert f"not reached: {count} mutants, of schedules/tiny" in done.stdout
    assert f"Not reached are {count} mutants, of `schedules/tiny` ({count})." in page.read_text(encoding="utf-8")

    done = run(checkout, "--budget", "5m", "--patience", "0.5")
    first = record(checkout)
    assert len(first["verdicts"]) == count
    # By hand: SLACK is not used, and from 3 and 2 it is far to either boundary; 2 > 0 goes round for ever.
    survivors = {"SLACK = 1", "SLACK = -1", *(f"if self.start {end}:" for end in ("<= 0", "< 1", "< -1"))}
    survivors |= {f"while time {end}:" for end in ("<= 0", "< 1", "< -1")}
    assert {" ".join(one["after"].split()) for one in first["survivors"]} == survivors
    assert first["values"] == {"killed": count - 10, "timeout": 2, "survived": 8}
    assert done.returncode == 1, "the score is below 90 %"
    assert "`if self.start <= 0:` | **no reason yet** |" in page.read_text(encoding="utf-8")

    reasons = checkout / "docs/results/data/mutation_reasons.json"
    reasons.write_text(json.dumps({"schedules/tiny": {"if self.start <= 0:": "nobody starts at 0"}}), encoding="utf-8")
    run(checkout, "--budget", "5m")
    assert record(checkout) == first, "nothing was judged twice"
    assert "`if self.start <= 0:` | nobody starts at 0 |" in page.read_text(encoding="utf-8")

    test = checkout / "tests/plugins/schedules/test_tiny.py"
    test.write_text(TEST + "\n", encoding="utf-8")
    run(checkout, "--budget", "0")
    assert record(checkout)["verdicts"] == "." * count
    assert not list(checkout.rglob("*.pyc"))
