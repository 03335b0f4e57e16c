"""The table of objectives: every objective is on it, with both losses, its optimum, what it needs and when to use it.

The table is made of docstrings, so what these tests name is to be written there. Mutations of the generator that fail
here: to drop a block's second line, to take a docstring's last block for its formula.
"""

import inspect
import re
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
sys.path.insert(0, str(DOCS / "_ext"))

import rivalry_reference as reference  # noqa: E402 - the line above finds it

sys.path.remove(str(DOCS / "_ext"))

OBJECTIVES = {name: cls for name, (cls, _) in reference.installed()["objective"].items()}


@pytest.fixture(scope="module")
def rows() -> dict[str, list[str]]:
    """Name -> cells."""
    lines = reference.filled((DOCS / "objectives.md").read_text(encoding="utf-8")).splitlines()
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines if line.startswith("| [")]
    return {re.match(r"\[(\w+)\]", row[0])[1]: row[1:] for row in cells}


def test_every_objective_is_on_the_page_once(rows):
    assert list(rows) == sorted(OBJECTIVES)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_an_objective_states_both_losses_its_optimum_its_needs_and_its_use(name, rows):
    heads = ["a line `discriminator ...` in an indented block", "a line `generator ...` in the same block"]
    heads += [f"a paragraph `{word}: ...`" for word in reference.FACTS]
    lacks = [head for head, text in zip(heads, rows[name], strict=True) if not text]
    assert not lacks, f"the docstring of objective '{name}' lacks " + ", ".join(lacks)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_fact_on_the_page_is_short_and_in_the_docstring(name, rows):
    told = re.sub(r"\W+", "", inspect.getdoc(OBJECTIVES[name]))
    for word, text in zip(reference.FACTS, rows[name][2:], strict=True):
        plain = reference.fact(OBJECTIVES[name], word)
        assert re.sub(r"\W+", "", plain) in told
        assert len(plain) < 320, f"the first sentence of `{word}: ...` of '{name}' is too long for a table"
        assert reference.cell(plain) == text.replace(r"\|", "|") or "|" in plain


class Example:
    """What it is.

    In words:

        x               what both use
        discriminator   -E_p[s]
                        + E_q[s]
        generator       |s|
                        if `scores`

    Another block:

        generator       another

    Optimum, of equal laws: s = 0. More of it.

    Needs: nothing.

    Use: for tests, arXiv:1611.04076. Never else.
    """


def test_formulas_come_from_the_first_block_with_their_definitions_and_further_lines():
    assert reference.losses_of(Example) == {
        "discriminator": ["x what both use", "-E_p[s]", "+ E_q[s]"],
        "generator": ["|s|", "if scores"],
    }


def test_facts_are_first_sentences_without_their_word():
    assert [reference.fact(Example, word) for word in (*reference.FACTS, "Raises")] == [
        "of equal laws: s = 0", "nothing", "for tests, arXiv:1611.04076", "",
    ]  # fmt: skip
