"""When pictures are drawn, and of what. Mutation tried: the seed taken from the step; the seed test fails."""

import logging

import numpy as np
import pytest
from PIL import Image

from fake_run import FakeRun
from rivalry.fields import Field
from rivalry.pictures import make_grid
from rivalry_zoo.listeners import grid


def play(run, steps):
    grid.rivalry_run_started(run)
    for step in range(run.first_step + 1, steps + 1):
        run.step = step
        grid.rivalry_step_finished(run, step)
    run.status = "done"
    grid.rivalry_run_finished(run)


def names(run):
    return sorted(file.name for file in (run.folder / "samples").glob("*"))


def test_pictures_at_the_start_every_so_often_and_at_the_end(tmp_path):
    run = FakeRun(tmp_path)
    play(run, 25)
    assert names(run) == ["00000000.png", "00000010.png", "00000020.png", "00000025.png"]
    assert run.asked == [(64, 0)] * 4
    assert (tmp_path / "samples.png").read_bytes() == (tmp_path / "samples" / "00000025.png").read_bytes()


def test_the_last_step_is_not_drawn_twice(tmp_path):
    run = FakeRun(tmp_path)
    play(run, 20)
    assert names(run) == ["00000000.png", "00000010.png", "00000020.png"]
    assert len(run.asked) == 3


def test_the_picture_is_the_grid_of_the_runs_samples(tmp_path):
    run = FakeRun(tmp_path)
    grid.rivalry_run_started(run)
    assert np.array_equal(np.asarray(Image.open(tmp_path / "samples.png")), np.asarray(make_grid(run.sample(64))))


def test_points_are_drawn_with_the_data_and_without(tmp_path):
    sizes = []
    for has_data in (True, False):
        run = FakeRun(tmp_path / str(has_data), field=Field((2,)), has_data=has_data)
        grid.rivalry_run_started(run)
        sizes.append(len({tuple(pixel) for pixel in np.asarray(Image.open(run.folder / "samples.png")).reshape(-1, 3)}))
    assert sizes[0] > sizes[1]  # the grey circle adds colours


def test_a_resumed_run_forgets_later_pictures(tmp_path):
    run = FakeRun(tmp_path)
    play(run, 30)
    again = FakeRun(tmp_path, first_step=15, step=15)
    play(again, 20)
    assert names(again) == ["00000000.png", "00000010.png", "00000015.png", "00000020.png"]


def test_a_failed_run_is_not_asked_for_samples(tmp_path):
    run = FakeRun(tmp_path, step=3, status="failed")
    grid.rivalry_run_finished(run)
    assert run.asked == []


def test_a_shape_without_picture_is_said_once_and_never_sampled(tmp_path, caplog):
    run = FakeRun(tmp_path, field=Field((3, 4, 8, 8)))
    with caplog.at_level(logging.WARNING):
        play(run, 20)
    assert [record.getMessage() for record in caplog.records] == [
        "samples (3x4x8x8) are not drawn: no picture of such is known"
    ]
    assert run.asked == []
    assert not (tmp_path / "samples").exists()


@pytest.mark.parametrize("change", [{"writes": False}, {"sample_every": 0}])
def test_other_ranks_and_no_cadence_draw_nothing_during_training(tmp_path, change):
    run = FakeRun(tmp_path, writes=change.get("writes", True))
    run.train.sample_every = change.get("sample_every", 10)
    grid.rivalry_step_finished(run, 10)
    assert list(tmp_path.iterdir()) == []


def test_disk_errors_surface(tmp_path):
    (tmp_path / "samples").write_text("in the way")
    with pytest.raises(OSError):
        grid.rivalry_run_started(FakeRun(tmp_path))
