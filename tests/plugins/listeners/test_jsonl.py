"""The log, read back with json. Mutation tried: `<` instead of `<=` in the cut; the resume test fails."""

import json
from math import inf, isnan, nan

import pytest

from fake_run import FakeRun, number
from rivalry_zoo.listeners import jsonl


@pytest.fixture
def run(tmp_path):
    return FakeRun(tmp_path)


def entries(run):
    return [json.loads(line) for line in (run.folder / "log.jsonl").read_text().splitlines()]


def test_a_logged_step_is_one_line_and_an_unlogged_one_none(run):
    run.seconds = 1.23456
    jsonl.rivalry_step_finished(run, 3, {"game.discriminator": 0.5})
    jsonl.rivalry_step_finished(run, 4, {})
    assert entries(run) == [{"step": 3, "images": 48, "seconds": 1.235, "losses": {"game.discriminator": 0.5}}]


def test_an_evaluation_is_a_line_with_errors_where_there_are_any(run):
    jsonl.rivalry_evaluated(run, 7, {"a": number(2.0, 0.1), "b": number(3.0)})
    how = {"better": "lower", "title": "kid_pixels", "protocol": {"metric": "kid"}}
    scores = {"a": {"value": 2.0, "error": 0.1, **how}, "b": {"value": 3.0, "error": None, **how}}
    assert entries(run) == [{"step": 7, "scores": scores}]


def test_numbers_that_are_not_finite_are_strings_that_float_reads(run):
    jsonl.rivalry_step_finished(run, 1, {"a": nan, "b": inf, "c": -inf})
    (entry,) = entries(run)
    assert entry["losses"] == {"a": "nan", "b": "inf", "c": "-inf"}
    assert isnan(float(entry["losses"]["a"]))
    assert float(entry["losses"]["c"]) == -inf


def test_a_resumed_run_drops_what_came_after_its_checkpoint_and_half_a_line(run):
    for step in range(1, 6):
        jsonl.rivalry_step_finished(run, step, {"a": step})
    jsonl.rivalry_evaluated(run, 5, {"m": number(1.0)})
    with (run.folder / "log.jsonl").open("a") as file:
        file.write('{"step": 6, "los')
    run.first_step = 3
    jsonl.rivalry_run_started(run)
    jsonl.rivalry_step_finished(run, 4, {"a": 4.5})
    assert [(entry["step"], entry["losses"]["a"]) for entry in entries(run)] == [(1, 1), (2, 2), (3, 3), (4, 4.5)]


def test_lines_that_are_not_entries_are_passed_over():
    text = '{"step": 1}\n\n[1]\nnull\n{"step": "x"}\n{"step": 2, "scores": {}}\n{"st'
    assert [entry["step"] for entry in jsonl.parse(text)] == [1, 2]


def test_other_ranks_write_nothing(run):
    run.writes = False
    jsonl.rivalry_run_started(run)
    jsonl.rivalry_step_finished(run, 1, {"a": 1.0})
    jsonl.rivalry_evaluated(run, 1, {"a": number(1.0)})
    assert list(run.folder.iterdir()) == []


def test_disk_errors_surface(run):
    (run.folder / "log.jsonl").mkdir()
    with pytest.raises(OSError):
        jsonl.rivalry_step_finished(run, 1, {"a": 1.0})
