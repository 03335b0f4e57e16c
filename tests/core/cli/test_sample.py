"""rivalry sample. Mutation caught: the seed ignored; writing before the name of the file is looked at."""

import shutil

import numpy as np
import pytest
from PIL import Image


def test_a_grid_is_drawn_into_the_run(command, run):
    done = command("sample", run, "-n", 3)
    assert (done.code, done.out, done.err) == (0, f"{run / 'grid.png'}\n", "")
    with Image.open(run / "grid.png") as picture:
        assert picture.width > 0


def test_values_are_the_same_in_every_format_and_follow_the_seed(command, run):
    for out, seed in (("a.npy", 0), ("b.npz", 0), ("c.npy", 1)):
        assert command("sample", run, "-n", 5, "--seed", seed, "--out", out).code == 0
    a, b, c = np.load("a.npy"), np.load("b.npz")["x"], np.load("c.npy")
    assert a.shape == (5, 2)
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_neither_data_nor_the_rest_of_the_run_is_needed(command, run):
    for name in ("samples", "samples.png", "report.html", "log.jsonl"):
        found = run / name
        shutil.rmtree(found) if found.is_dir() else found.unlink()
    assert command("--disable-plugin", "rivalry_zoo.listeners", "sample", run, "--out=a.npy").code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-n", 0], "rivalry: wanted at least one sample, got -n 0\n"),
        (["-n", -3], "rivalry: wanted at least one sample, got -n -3\n"),
        (["--out", "a.gif"], "rivalry: wanted a .png, .npy or .npz file or a folder, got a.gif\n"),
        (["--out", "a"], "rivalry: only pictures can be written one by one: ask for a .npy or .npz file\n"),
        (["--out", "nowhere/a.png"], "rivalry: cannot write nowhere/a.png: No such file or directory\n"),
        (["--out", "nowhere/a.npy"], "rivalry: cannot write nowhere/a.npy: No such file or directory\n"),
        (["--device", "gpu"], "rivalry: there is no device 'gpu' here"),
    ],
)
def test_a_mistake_is_answered_in_words_and_leaves_nothing(command, run, words, message):
    before = sorted(run.rglob("*"))
    done = command("sample", run, *words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(message)
    assert sorted(run.rglob("*")) == before


@pytest.mark.parametrize(("option", "value"), [("-n", "few"), ("--seed", "-1"), ("--seed", "1.5"), ("--seed", 10**30)])
def test_numbers_must_be_whole_and_in_range(command, option, value):
    done = command("sample", "anything", option, value)
    assert done.code == 2
    assert f"argument {option}: " in done.err


def test_a_damaged_run_cannot_be_sampled(command, damaged):
    run, message = damaged
    done = command("sample", run)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_a_component_that_is_gone_is_named(command, run):
    done = command("--disable-plugin", "rivalry_zoo.generators.mlp", "sample", run)
    assert done.code == 2
    assert "no generator is called 'mlp'" in done.err
