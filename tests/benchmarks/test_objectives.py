"""The runs behind docs/results/objectives.md: every shipped objective has one, and its spec can be read.

`--check` of the program checks all specs in full; here it is those with most parts, and nothing is trained. Mutations
that fail here: to forget a case, to leave a learning rate falling over another number of steps than the run has.
"""

import importlib
import json
from pathlib import Path

import pytest

from rivalry import check
from rivalry.plugins import Plugins

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def objectives():
    """benchmarks/objectives.py; benchmarks is no package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        yield importlib.import_module("objectives")


def test_every_objective_has_a_run(objectives):
    entries = [case.change["losses"]["game"]["objective"] for case in objectives.CASES]
    used = {entry if isinstance(entry, str) else entry["use"] for entry in entries}
    assert used == {name for name, (_, by) in Plugins().load().table()["objective"].items() if by.startswith("rivalry")}


def test_the_ring_under_one_seed_comes_first_and_twelve_games_run_more_often(objectives):
    every = [run.key for run in objectives.runs()]
    assert len(set(every)) == len(every) == len(objectives.CASES) + 12 * 5
    assert {key[1:] for key in every[: len(objectives.CASES)]} == {("ring", 0)}


def test_every_spec_can_be_read_and_its_rates_fall_over_its_own_steps(objectives):
    for run in objectives.runs():
        if run.seed == 0:
            spec = objectives.spec_of(run, 123)
            assert spec.train.steps == 123
            assert "over=6000" not in repr(spec.players).replace(".0", "").replace(" ", "")


@pytest.mark.parametrize("name", ["wgan", "fisher", "magan", "meg"])
def test_the_specs_with_most_parts_are_right(name, objectives):
    (case,) = (case for case in objectives.CASES if case.name == name)
    check(objectives.spec_of(objectives.Run(case, "grid", 0), 10))


def test_the_page_says_plainly_which_runs_fail(objectives, tmp_path, monkeypatch):
    row = {
        "name": "hinge", "data": "ring", "commit": "abc", "command": "", "seed": 0, "threads": 1, "seconds": 5.0,
        "steps": 10, "of": 8, "problem": None,
        "values": {"modes": 8, "strict": 8, "high_quality": 0.5, "reverse_kl": 0.1},
    }  # fmt: skip
    rows = [
        row,
        {**row, "name": "lsgan", "values": {**row["values"], "modes": 5}},
        {**row, "name": "wgan", "values": {**row["values"], "strict": 7}},
        {**row, "name": "mmd", "values": {}, "problem": "failed: not finite"},
    ]
    monkeypatch.setattr(objectives, "RECORDS", tmp_path / "objectives.jsonl")
    objectives.RECORDS.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    text = objectives.page()
    assert "1 of 4 runs cover every mode. These do not: `lsgan` (ring, seed 0), `wgan` (ring, seed 0), `mmd`" in text
    for line in ("| covers all |", "| **misses 3 of 8** |", "| **holds 1 of 8 by a few samples** |", "not finite |"):
        assert line in text
