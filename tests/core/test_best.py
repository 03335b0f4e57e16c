"""The checkpoint with the best score is kept apart, and can be sampled and evaluated.

Mutations caught: the last evaluated checkpoint kept instead of the best; the best forgotten by a resumed run.
"""

import pytest
import torch

from rivalry import Score, checkpoint
from rivalry.errors import RunError
from rivalry.measured import Number
from rivalry.run import Run
from small import ring_run

KEEP = ["train.evaluate_every=1", "train.keep_best=modes", "metrics.modes.samples=16", "train.checkpoint_every=2"]


@pytest.fixture
def scored(monkeypatch):
    """Makes evaluations say what a list says, step by step."""

    def fix(values):
        def evaluate(run, *rest):
            return {"modes": Number(Score(values[run.step - 1]), "higher", "modes", {"metric": "modes"})}

        monkeypatch.setattr(Run, "evaluate", evaluate)

    return fix


def best_step(folder):
    found, _ = checkpoint.newest(folder / "best")
    return found.step


def test_the_checkpoint_of_the_highest_score_is_kept(tmp_path, scored):
    scored([1.0, 4.0, 2.0, 4.0, 3.0])
    run = ring_run(tmp_path, *KEEP, "train.steps=5")
    assert run.status == "done", run.problem
    assert best_step(run.folder) == 2
    assert len(checkpoint.folders(run.folder / "best")) == 1
    assert Run.open(run.folder, best=True).step == 2
    assert Run.open(run.folder).step == 5
    assert not torch.equal(Run.open(run.folder, best=True).sample(4), Run.open(run.folder).sample(4))


def test_a_resumed_run_remembers_the_best(tmp_path, scored):
    scored([1.0, 4.0, 2.0, 3.0])
    first = ring_run(tmp_path, *KEEP, "train.steps=3")
    assert first.best == 4.0
    resumed = ring_run(tmp_path, "train.steps=4", resume=True)
    assert (resumed.status, resumed.best) == ("done", 4.0)
    assert best_step(tmp_path) == 2


def test_a_fork_begins_its_own(tmp_path, scored):
    scored([1.0, 4.0, 2.0, 3.0])
    ring_run(tmp_path / "a", *KEEP, "train.steps=2")
    forked = ring_run(tmp_path / "a", "train.steps=4", fork=tmp_path / "b")
    assert forked.best == 3.0
    assert best_step(tmp_path / "b") == 4


def test_scores_in_the_log_carry_their_protocol(tmp_path):
    run = ring_run(tmp_path, "train.evaluate_every=2", "train.steps=2", "metrics.modes.samples=16")
    (line,) = [entry for entry in run.history() if "scores" in entry]
    assert line["scores"]["modes"]["protocol"]["fake"] == 16
    assert run.evaluate()["modes"].plain() == line["scores"]["modes"]


def test_a_run_that_keeps_no_best_has_none_to_open(tmp_path):
    ring_run(tmp_path, "train.steps=2")
    with pytest.raises(RunError, match=r"keeps no best checkpoint: its spec has no train\.keep_best"):
        Run.open(tmp_path, best=True)


def test_what_a_metric_lacks_stops_a_run_before_its_first_step(tmp_path):
    judged = "metrics.q={use: kid, features: judge}"
    run = ring_run(tmp_path, judged, "train.evaluate_every=2", "train.steps=4")
    assert (run.status, run.step) == ("failed", 0)
    assert run.problem.startswith("the judge learns from labels, but ring has none")
