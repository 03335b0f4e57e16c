"""Two processes on halves of a batch are one process on the whole batch.

Mutations that were tried and fail here: no gathering of scores, the sum in place of the mean of gradients, gates that
ask for one process's loss, numbers that observe one process's part, weights that follow one process's gradients.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import multiprocessing

import ranks
from rivalry import checkpoint
from rivalry.distributed import World
from rivalry.run import Run
from rivalry.training import train
from small import engine_of, narrow, ring_run

SIZE = 2


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranks")
    multiprocessing.spawn(ranks.work, (SIZE, str(folder)), nprocs=SIZE)
    return folder


@pytest.mark.parametrize("case", list(ranks.CASES))
def test_two_processes_have_the_gradients_of_one_with_the_joint_batch(shared, case):
    expected = ranks.gradients(case, World())
    assert any(name.startswith(("generator", "encoder", "autoencoder")) for name in expected)
    for rank in range(SIZE):
        found = load_file(shared / f"{case} {rank}")
        assert set(found) == set(expected)
        for name, tensor in expected.items():
            torch.testing.assert_close(found[name], tensor, rtol=1e-9, atol=1e-12, msg=lambda m, n=name: f"{n}: {m}")


def test_a_batch_that_cannot_be_shared_evenly_is_refused():
    with pytest.raises(ValueError, match="a batch that 3 processes can share evenly, got 8"):
        engine_of("ring", "train.batch=8", world=World(0, 3))


PLAN = [*narrow("ring"), "train.batch=16", "train.log_every=2", "train.checkpoint_every=4", "train.device=cpu",
        "train.sample_every=1000"]  # fmt: skip


def together(out: Path, *settings: str, words: tuple[str, ...] = ("ring",)) -> list[subprocess.Popen]:
    """The command line in two processes, as torchrun starts it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    chosen = [word for pair in settings for word in ("--set", pair)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    return [
        subprocess.Popen(
            [sys.executable, "-m", "rivalry", "train", *words, *chosen, "--out", str(out), "--quiet"],
            env={**environment, "WORLD_SIZE": str(SIZE), "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(SIZE)
    ]


def ended(processes: list[subprocess.Popen]) -> list[tuple[int, str, str]]:
    try:
        said = [process.communicate(timeout=60) for process in processes]
    finally:
        for process in processes:
            process.kill()
    return [(process.returncode, *words) for process, words in zip(processes, said, strict=True)]


def test_a_whole_run_of_two_processes_is_that_of_one(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    train("ring", out=one, settings=[*PLAN, "train.steps=6"], quiet=True)
    (code, said, problem), (other_code, silence, other_problem) = ended(together(two, *PLAN, "train.steps=6"))
    assert (code, other_code) == (0, 0), problem + other_problem
    assert "done at step 6" in said
    assert silence == ""  # the first process alone speaks and writes
    assert sorted(path.relative_to(one) for path in one.rglob("*")) == sorted(
        path.relative_to(two) for path in two.rglob("*")
    )
    (found, _), (expected, _) = checkpoint.newest(two), checkpoint.newest(one)
    for name, tensor in expected.tensors.items():
        torch.testing.assert_close(found.tensors[name], tensor, rtol=1e-3, atol=1e-5, msg=lambda m, n=name: f"{n}: {m}")
    lines, wanted = Run.open(two).history(), Run.open(one).history()
    assert [line["step"] for line in lines] == [line["step"] for line in wanted] == [2, 4, 6]
    for line, want in zip(lines, wanted, strict=True):  # penalties too are means over the joint batch
        assert line["losses"] == pytest.approx(want["losses"], rel=1e-4)
    assert ring_run(two, "train.steps=8", resume=True).step == 8  # one process goes on where two stopped


def test_a_signal_to_one_process_stops_both_after_the_same_step(tmp_path):
    out = tmp_path / "run"
    plan = [pair for pair in PLAN if "every" not in pair]
    processes = together(out, *plan, "train.log_every=1", "train.checkpoint_every=1000000", "train.steps=1000000")
    until = time.monotonic() + 60
    while not (out / "log.jsonl").exists() and time.monotonic() < until and processes[0].poll() is None:
        time.sleep(0.01)
    processes[1].send_signal(signal.SIGTERM)
    (code, _, problem), (other_code, _, other_problem) = ended(processes)
    assert (code, other_code) == (130, 0), problem + other_problem
    found = checkpoint.newest(out)[0]
    assert found.meta["status"] == "interrupted"
    assert Run.open(out).history()[-1]["step"] == found.step
