"""A run that was stopped, killed or forked goes on exactly, or says why it cannot.

Mutations that were tried and fail here: losses since the last log line not carried over, the step not restored, weights
unchecked before they are saved, signal handlers set off the main thread, a fork's lock that loses its origin on resume.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from rivalry import checkpoint
from rivalry.cli import main
from rivalry.errors import RunError
from rivalry.run import Run
from rivalry.training import train
from small import digest, narrow, ring_run, without_times


def final(folder: Path) -> tuple[int, str]:
    found, complaints = checkpoint.newest(folder)
    assert not complaints
    return found.step, digest(found.tensors)


def same_end(one: Path, other: Path) -> None:
    assert final(one) == final(other)
    assert without_times(Run.open(one).history()) == without_times(Run.open(other).history())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Fourteen steps in one go: logged at 2, 4 ..., saved at 4, 8, 12 and 14."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    assert ring_run(folder, "train.steps=14").status == "done"
    return folder


@pytest.mark.parametrize("half", [4, 7])
def test_half_a_run_resumed_is_the_whole_run(whole, tmp_path, half):
    """Also from between two log lines, where the line that ended the half is made again with all its steps."""
    out = tmp_path / "run"
    assert ring_run(out, f"train.steps={half}").step == half
    resumed = ring_run(out, "train.steps=14", resume=True)
    assert resumed.first_step == half
    same_end(whole, out)


def test_resuming_from_an_earlier_checkpoint_rewrites_the_log(whole, tmp_path):
    out = tmp_path / "run"
    shutil.copytree(whole, out)
    newest = checkpoint.folders(out)[-1]
    (newest / "tensors.safetensors").write_bytes(b"")
    resumed = ring_run(out, resume=True)
    assert resumed.first_step == 12
    assert any("is damaged" in note for note in resumed.notes)
    same_end(whole, out)


def test_resuming_a_finished_run_changes_nothing(whole, tmp_path):
    out = tmp_path / "run"
    shutil.copytree(whole, out)
    assert ring_run(out, resume=True).status == "done"
    same_end(whole, out)


def test_a_run_that_was_killed_before_its_first_checkpoint_starts_again(whole, tmp_path):
    out = tmp_path / "run"
    shutil.copytree(whole, out)
    shutil.rmtree(out / "checkpoints")
    assert ring_run(out, resume=True).first_step == 0
    same_end(whole, out)


def test_a_run_whose_checkpoints_are_all_damaged_is_not_started_again_unasked(whole, tmp_path):
    out = tmp_path / "run"
    shutil.copytree(whole, out)
    for folder in checkpoint.folders(out):
        (folder / "state.json").write_text("{}")
    with pytest.raises(RunError, match=r"no checkpoint that can be read; .*is damaged"):
        ring_run(out, resume=True)


# Killed and interrupted processes

STARTS = {
    "ring": [*narrow("ring"), "train.batch=16"],
    "dcgan": [*narrow("dcgan", 4), "train.batch=4"],
    "wgan_gp": [*narrow("wgan_gp", 4), "train.batch=2"],
}
CADENCE = [
    "train.log_every=3",
    "train.checkpoint_every=4",
    "train.sample_every=1000",
    "train.device=cpu",
    "train.threads=1",
]


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "rivalry", *map(str, words), "--quiet"]


def settings(*pairs: str) -> list[str]:
    return [word for pair in pairs for word in ("--set", pair)]


def started(words: list[str]) -> subprocess.Popen:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment)


def wait_for(path: Path, process: subprocess.Popen, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not path.exists() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.005)


@pytest.mark.parametrize("name", list(STARTS))
def test_a_run_killed_at_random_moments_ends_as_if_nothing_had_happened(name, tmp_path):
    steps = {"ring": 160, "dcgan": 40, "wgan_gp": 24}[name]
    whole, out = tmp_path / "whole", tmp_path / "run"
    plan = [*STARTS[name], *CADENCE, f"train.steps={steps}"]
    assert train(name, out=whole, settings=plan, quiet=True).status == "done"
    chance = random.Random(name)
    words = command("train", name, *settings(*plan), "--out", out)
    for _ in range(2 if name == "ring" else 1):
        process = started(words)
        wait_for(out / "log.jsonl", process)
        time.sleep(chance.uniform(0, 0.3))
        process.kill()
        process.communicate()
        words = command("train", "--resume", "--out", out)
    assert (out / "lock.json").exists()
    assert train(out=out, resume=True, quiet=True).status == "done"
    same_end(whole, out)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["interrupt", "terminate"])
def test_a_signal_finishes_the_step_saves_and_exits_with_130(whole, tmp_path, number):
    out = tmp_path / "run"
    plan = [*narrow("ring"), "train.batch=16", "train.log_every=2", "train.checkpoint_every=100000",
            "train.steps=100000", "train.sample_every=1000000", "train.device=cpu"]  # fmt: skip
    process = started(command("train", "ring", *settings(*plan), "--out", out))
    wait_for(out / "log.jsonl", process)
    process.send_signal(number)
    errors = process.communicate(timeout=60)[1]
    assert process.returncode == 130, errors
    found = checkpoint.newest(out)[0]
    assert found.meta["status"] == "interrupted"
    done = Run.open(out).history()
    assert done[-1]["step"] == found.step // 2 * 2
    target = found.step + 3
    assert ring_run(out, f"train.steps={target}", resume=True).step == target
    straight = tmp_path / "straight"
    train("ring", out=straight, settings=[*plan, f"train.steps={target}"], quiet=True)
    same_end(straight, out)


def test_a_run_off_the_main_thread_touches_no_signal_handler(tmp_path, monkeypatch):
    touched = []
    monkeypatch.setattr(signal, "signal", lambda *arguments: touched.append(arguments))
    found = []
    thread = threading.Thread(target=lambda: found.append(ring_run(tmp_path / "run", "train.steps=2")))
    thread.start()
    thread.join()
    assert found[0].status == "done"
    assert touched == []


def test_handlers_are_as_they_were_after_a_run(tmp_path):
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    ring_run(tmp_path / "run", "train.steps=1")
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_the_callers_randomness_is_untouched(tmp_path):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    ring_run(tmp_path / "run", "train.steps=2")
    assert torch.equal(torch.rand(3), expected)


# What may change, and what may not


def test_a_second_run_in_the_same_folder_is_refused(whole, capsys):
    with pytest.raises(RunError, match="already holds a run"):
        ring_run(whole, "train.steps=2")
    assert main(["train", "ring", "--out", str(whole), "--quiet"]) == 2
    assert "already holds a run" in capsys.readouterr().err


@pytest.mark.parametrize("setting", [
    "players.generator.optimizer.lr=1e-4", "train.batch=8", "train.seed=1", "train.ema=0.9", "losses.penalty.weight=1",
    "generators.G.width=16", "train.fakes=fresh", "train.order=[discriminator * 2, generator]",
])  # fmt: skip
def test_another_game_is_refused_on_resume_with_its_path(whole, setting):
    path = setting.partition("=")[0]
    with pytest.raises(RunError, match=rf"{path.replace('.', '[.]')}.* would change; use --fork"):
        ring_run(whole, setting, resume=True)


def test_cadence_and_length_may_change_and_the_game_stays_exact(whole, tmp_path):
    out = tmp_path / "run"
    ring_run(out, "train.steps=6")
    changed = [
        "train.log_every=5",
        "train.checkpoint_every=7",
        "train.keep=1",
        "train.sample_every=3",
        "train.steps=14",
    ]
    assert ring_run(out, *changed, resume=True).status == "done"
    assert final(out) == final(whole)
    assert [line["step"] for line in Run.open(out).history()] == [2, 4, 6, 10, 14]
    assert len(checkpoint.folders(out)) == 1


def test_a_fork_records_the_difference_and_keeps_it_when_resumed(whole, tmp_path):
    fork = tmp_path / "fork"
    before = {path: path.read_bytes() for path in whole.rglob("*") if path.is_file()}
    forked = train(out=whole, fork=fork, settings=["losses.penalty.weight=1", "train.steps=16"], quiet=True)
    assert (forked.first_step, forked.step) == (14, 16)
    assert {path: path.read_bytes() for path in whole.rglob("*") if path.is_file()} == before
    for _ in range(2):
        lock = json.loads((fork / "lock.json").read_text())
        assert lock["forked_from"] == str(whole)
        assert lock["changed"] == ["losses.penalty.weight", "train.steps"]
        ring_run(fork, "train.steps=17", resume=True)
    with pytest.raises(RunError, match="already holds a run"):
        train(out=whole, fork=fork, quiet=True)


def test_a_fork_that_changes_the_networks_says_that_the_checkpoint_does_not_fit(whole, tmp_path):
    with pytest.raises(RunError, match="does not fit"):
        train(out=whole, fork=tmp_path / "fork", settings=["generators.G.width=16"], quiet=True)
    assert not (tmp_path / "fork").exists()


@pytest.mark.parametrize("content", ["", "{}", "[]", "{", "[" * 100_000], ids=list("abcde"))
def test_a_damaged_lock_is_reported_in_words(tmp_path, content):
    (tmp_path / "lock.json").write_text(content)
    with pytest.raises(RunError, match=r"lock\.json cannot be read"):
        Run.open(tmp_path)


def test_a_folder_that_is_no_run_is_reported_in_words(tmp_path):
    with pytest.raises(RunError, match="is not a run"):
        ring_run(tmp_path, resume=True)


def test_other_versions_and_other_data_are_noted(whole, tmp_path):
    out = tmp_path / "run"
    shutil.copytree(whole, out)
    lock = json.loads((out / "lock.json").read_text())
    lock["versions"]["torch"], lock["data"] = "1.0", {"": "other"}
    (out / "lock.json").write_text(json.dumps(lock))
    notes = "\n".join(ring_run(out, resume=True).notes)
    assert "torch was 1.0 and is now" in notes
    assert "the data 'data' is not what the run began with" in notes


# Failures on the way


def nan_from(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from rivalry.engine import Now

    record = Now.record

    def spoil(self: Now, label: str, loss: torch.Tensor) -> None:
        record(self, label, loss * float("nan") if self.step >= step and label == "game.generator" else loss)

    monkeypatch.setattr(Now, "record", spoil)


def test_a_loss_that_is_no_number_stops_the_run_and_names_step_and_causes(tmp_path, monkeypatch):
    nan_from(9, monkeypatch)
    run = ring_run(tmp_path / "run", "train.steps=20", "train.log_every=6")
    assert run.status == "failed"
    assert "the loss 'game.generator' became nan at step 10" in run.problem
    assert "usual causes" in run.problem
    assert final(tmp_path / "run")[0] == 8
    assert checkpoint.newest(tmp_path / "run")[0].meta["status"] == "running"


def test_failure_is_exit_code_1_on_the_command_line(tmp_path, monkeypatch, capsys):
    nan_from(1, monkeypatch)
    words = [
        *settings(*narrow("ring"), "train.batch=8", "train.steps=4", "train.device=cpu"),
        "--out",
        str(tmp_path / "run"),
    ]
    assert main(["train", "ring", *words, "--quiet"]) == 1
    assert "the run failed at step 4: the loss 'game.generator' became nan at step 2" in capsys.readouterr().err


def test_weights_that_are_no_numbers_are_never_saved(tmp_path, monkeypatch):
    """The losses of the step that spoils the last mover's weights are still finite."""
    from rivalry.players import Player

    move = Player.move

    def spoil(self: Player, now: object) -> None:
        move(self, now)
        if self.name == "generator" and now.step == 7:
            with torch.no_grad():
                self.parameters[0].fill_(float("inf"))

    monkeypatch.setattr(Player, "move", spoil)
    run = ring_run(tmp_path / "run", "train.steps=8")
    assert run.status == "failed"
    assert "'networks.G." in run.problem
    assert "is not finite any more after step 7" in run.problem
    assert final(tmp_path / "run")[0] == 4


# Elsewhere


def test_a_copied_run_samples_where_its_data_is_not(tmp_path, capsys):
    data = tmp_path / "pictures"
    data.mkdir()
    rng = np.random.default_rng(0)
    for index in range(6):
        Image.fromarray(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(data / f"{index}.png")
    spec = {"rivalry": 1, "data": {"use": "folder", "path": str(data), "size": 16}, "latents": {"z": "normal"},
            "generators": {"G": {"use": "mlp", "width": 8}}, "discriminators": {"D": {"use": "mlp", "width": 8}},
            "flow": {"fake": "G(z)"},
            "losses": {"game": {"objective": "hinge", "judge": "D", "real": "x", "fake": "fake"}},
            "train": {"steps": 2, "batch": 4, "device": "cpu"}}  # fmt: skip
    out, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    run = train(spec, out=out, quiet=True)
    assert run.status == "done"
    expected = run.sample(5)
    shutil.move(out, elsewhere)
    shutil.rmtree(data)
    assert torch.equal(Run.open(elsewhere).sample(5), expected)
    assert main(["sample", str(elsewhere), "-n", "4"]) == 0
    with pytest.raises(LookupError):
        Run.open(elsewhere).real(2)


def test_live_data_stands_in_for_the_specs_own_and_can_be_handed_in_again(tmp_path):
    points = torch.rand(32, 2, generator=torch.Generator().manual_seed(0))
    plan = [*narrow("ring"), "train.batch=8", "train.device=cpu", "train.checkpoint_every=2"]
    spec = {"rivalry": 1, "extends": "ring", "data": "array"}
    whole = train(spec, out=tmp_path / "whole", data=points, settings=[*plan, "train.steps=4"], quiet=True)
    assert whole.status == "done"
    out = tmp_path / "run"
    train(spec, out=out, data=points, settings=[*plan, "train.steps=2"], quiet=True)
    assert Run.open(out).sample(3).shape == (3, 2)
    with pytest.raises(RunError, match="hand it in again"):
        ring_run(out, resume=True)
    train(out=out, resume=True, data=points, settings=["train.steps=4"], quiet=True)
    assert final(out) == final(tmp_path / "whole")


def test_a_game_without_averages_resumes_without_them(tmp_path):
    spec = {"rivalry": 1, "data": "ring", "latents": {"z": "normal"}, "generators": {"G": {"use": "mlp", "width": 8}},
            "discriminators": {"D": {"use": "mlp", "width": 8}}, "flow": {"fake": "G(z)"},
            "losses": {"game": {"objective": "hinge", "judge": "D", "real": "x", "fake": "fake"}},
            "train": {"ema": None, "steps": 2, "batch": 8, "device": "cpu"}}  # fmt: skip
    train(spec, out=tmp_path, quiet=True)
    assert train(out=tmp_path, resume=True, settings=["train.steps=4"], quiet=True).status == "done"
