"""Event files, read back by TensorBoard itself. Mutation tried: no purge on resume; the resume test fails."""

import sys
import warnings

import pytest

from fake_run import FakeRun, number
from rivalry.errors import RunError
from rivalry_zoo.listeners import grid, tensorboard


@pytest.fixture
def reader():
    """Folder -> what TensorBoard would show of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
        pytest.importorskip("torch.utils.tensorboard")

    def read(folder):
        events = module.EventAccumulator(str(folder / "tensorboard"), size_guidance={"scalars": 0, "images": 0})
        return events.Reload()

    return read


def play(run, steps, value=1.0):
    run.step = run.first_step
    tensorboard.rivalry_run_started(run)
    for step in range(run.first_step + 1, steps + 1):
        run.step = step
        tensorboard.rivalry_step_finished(run, step, {"game.generator": value})
    tensorboard.rivalry_evaluated(run, steps, {"quality": number(3.0)})
    tensorboard.rivalry_run_finished(run)


def test_losses_scores_and_pictures_arrive(tmp_path, reader):
    run = FakeRun(tmp_path)
    grid.rivalry_run_started(run)
    play(run, 5)
    seen = reader(tmp_path)
    assert [event.step for event in seen.Scalars("losses/game.generator")] == [1, 2, 3, 4, 5]
    assert seen.Scalars("scores/quality")[0].value == 3.0
    assert [event.step for event in seen.Images("samples")] == [0]


def test_a_resumed_run_purges_what_it_makes_again(tmp_path, reader):
    play(FakeRun(tmp_path), 6, value=1.0)
    play(FakeRun(tmp_path, first_step=3), 5, value=2.0)
    seen = [(event.step, event.value) for event in reader(tmp_path).Scalars("losses/game.generator")]
    assert seen == [(1, 1.0), (2, 1.0), (3, 1.0), (4, 2.0), (5, 2.0)]


def test_it_must_be_asked_for_by_name():
    assert tensorboard.OPT_IN


def test_a_missing_package_is_named_with_the_fix(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(RunError, match=r"pip install 'rivalry\[tensorboard\]'"):
        tensorboard.rivalry_run_started(FakeRun(tmp_path))


def test_other_ranks_write_nothing(tmp_path):
    play(FakeRun(tmp_path, writes=False), 2)
    assert list(tmp_path.iterdir()) == []
