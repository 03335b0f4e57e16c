"""rivalry train. Mutation caught: exit code 0 for a run that failed; --resume that begins anew."""

import json

import numpy as np
import pytest

NAN = '''
from typing import ClassVar
from attrs import frozen
from rivalry import Objective

@frozen
class Nowhere(Objective):
    """Not a number."""

    name: ClassVar[str] = "nowhere"
    paper: ClassVar[str] = "none: for a test"

    def discriminator(self, real, fake):
        return (real - fake).mean() * float("nan")

    def generator(self, real, fake):
        return fake.mean()
'''
CTRL_C = """
import os, signal, rivalry

@rivalry.hookimpl
def rivalry_step_finished(run, step):
    if step == 2:
        os.kill(os.getpid(), signal.SIGINT)
"""


def checkpoints(folder):
    return sorted(int(path.name) for path in (folder / "checkpoints").iterdir())


def test_a_run_leaves_its_spec_its_lock_and_a_checkpoint(train, tmp_path):
    done = train("--out", "here/a")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("done at step 4 after ")
    folder = tmp_path / "here" / "a"
    assert checkpoints(folder) == [4]
    assert (folder / "spec.yaml").read_text().startswith("rivalry: 1")
    assert json.loads((folder / "lock.json").read_text())["fields"]


def test_runs_without_out_get_folders_of_their_own(train, tmp_path):
    assert train().code == train().code == 0
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["ring", "ring-2"]


def test_a_run_is_never_overwritten(train, run):
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    done = train("--out", run)
    assert done.code == 2
    assert done.err == f"rivalry: {run} already holds a run; go on with it by --resume, or choose another --out\n"
    assert {path: path.stat().st_mtime_ns for path in run.rglob("*")} == before


def test_resuming_goes_on_exactly(train, command, run):
    assert command("train", "--resume", "--out", run, "--set=train.steps=6", "--quiet").code == 0
    assert train("--out", "whole", "--set=train.steps=6").code == 0
    assert command("sample", "whole", "--out=whole.npy").code == command("sample", run, "--out=resumed.npy").code == 0
    assert np.array_equal(np.load("whole.npy"), np.load("resumed.npy"))


def test_what_changes_the_game_needs_a_fork(command, run, tmp_path):
    done = command("train", "--resume", "--out", run, "--set=train.batch=16", "--quiet")
    assert done.code == 2
    assert "train.batch would change; use --fork DIR" in done.err
    words = [
        "train",
        "--fork",
        tmp_path / "fork",
        "--out",
        run,
        "--set=train.batch=16",
        "--set=train.steps=6",
        "--quiet",
    ]
    assert command(*words).code == 0
    assert checkpoints(tmp_path / "fork") == [6]
    assert checkpoints(run) == [4]
    assert (
        command(*words).err == f"rivalry: {tmp_path / 'fork'} already holds a run; choose another folder for --fork\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--resume"],
        ["ring", "--resume", "--out", "a"],
        ["ring", "--fork", "b", "--out", "a"],
        ["--fork", "b"],
        ["--out", "a"],
        [""],
    ],
    ids=" ".join,
)
def test_either_a_spec_or_a_run_to_go_on_with(command, words):
    done = command("train", *words)
    assert (done.code, done.out) == (2, "")
    assert done.err == "rivalry: give a spec to train, or --resume/--fork with --out to go on with a run\n"


def test_resume_and_fork_exclude_each_other(command):
    done = command("train", "--resume", "--fork", "b", "--out", "a")
    assert done.code == 2
    assert "argument --fork: not allowed with argument --resume" in done.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["rnig"], "no spec is called 'rnig'; did you mean 'ring'?"),
        (["rnig.yaml"], "there is no spec file 'rnig.yaml'; did you mean 'ring'?"),
        (
            ["ring", "--set", "train.steps"],
            "--set train.steps: wanted path=value, got 'train.steps'; e.g. --set train.steps=500",
        ),
        (["ring", "--set", "=3"], "--set =3: wanted path=value, got '=3'"),
        (
            ["ring", "--set", "train.stepps=3"],
            "--set train.stepps=3: train.stepps: is not known here; did you mean 'steps'?",
        ),
        (
            ["ring", "--set", "train.steps=many"],
            "--set train.steps=many: train.steps: wanted whole number > 0, got 'many'",
        ),
        (["ring", "--set", "train.order=[a"], "--set train.order=[a: train.order: not valid YAML"),
        (["ring", "--device", "gpu"], "rivalry: there is no device 'gpu' here"),
        (["ring", "--device", "cuda:77"], "rivalry: there is no device 'cuda:77' here"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_answered_in_words_and_leaves_nothing(command, tmp_path, words, message):
    done = command("train", *words, "--quiet")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(message)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("out", ["file", "file/run"])
def test_a_folder_that_cannot_be_made_is_named(train, tmp_path, out):
    (tmp_path / "file").write_text("in the way")
    done = train("--out", out)
    assert done.code == 2
    assert done.err.startswith(f"rivalry: cannot write the run to {out}: ")
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_damaged_run_is_not_resumed(command, damaged):
    run, message = damaged
    done = command("train", "--resume", "--out", run, "--quiet")
    if message == "has no checkpoint that can be read":
        assert done.code == 0  # it was stopped before its first: it starts again
    else:
        assert done.code == 2
        assert message in done.err


def test_a_run_that_fails_says_why(train, command, tmp_path):
    (tmp_path / "nan.py").write_text(NAN)
    words = [
        "ring",
        "--set=losses.game.objective=nowhere",
        "--set=train.steps=4",
        "--set=train.log_every=1",
        "--quiet",
        "--out=a",
    ]
    done = command("--plugin", "nan.py", "train", *words)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("rivalry: the run failed at step 1: the loss 'game.discriminator' became nan")


def test_ctrl_c_saves_and_says_how_to_go_on(train, command, tmp_path):
    (tmp_path / "ctrl_c.py").write_text(CTRL_C)
    done = command(
        "--plugin", "ctrl_c.py", "train", "ring", "--set=train.steps=4", "--set=train.batch=8", "--quiet", "--out=a"
    )
    assert done.code == 130
    assert done.out.startswith("interrupted at step 2 ")
    assert "go on with: rivalry train --resume --out a" in done.out
    assert checkpoints(tmp_path / "a") == [2]
    resumed = command("train", "--resume", "--out=a", "--quiet")
    assert (resumed.code, resumed.out.partition(" after")[0]) == (0, "done at step 4")


def test_the_progress_bar_and_the_notes_go_to_stderr(train, command, run):
    done = command("train", "--resume", "--out", run, "--set=train.steps=6")
    assert done.code == 0
    assert "6/6" in done.err
    assert "6/6" not in done.out
