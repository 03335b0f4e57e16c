"""rivalry dynamics. Mutations caught: an exit code of 0 for what is refused; a traceback without matplotlib."""

import sys

import pytest

from rivalry.dynamics import tables


def test_a_game_is_analysed_printed_and_drawn(command, tmp_path):
    pytest.importorskip("matplotlib")
    done = command(
        "dynamics", "non_saturating", "--penalty", "r1", "--set", "penalty.weight=1", "--optimizer", "sgd",
        "--lr", 0.1, "--order", "simultaneous", "--out", "here",
    )  # fmt: skip
    assert (done.code, done.err) == (0, "")
    assert "Eigenvalues   -0.5, -0.5\n" in done.out
    assert "Verdict       converges exponentially, like exp(-0.5 t)\n" in done.out
    assert "spectral radius 0.95" in done.out
    for name in ("here/non_saturating_r1.png", "here/non_saturating_r1.svg"):
        assert name in done.out.splitlines()
        assert (tmp_path / name).stat().st_size > 1000


def test_without_matplotlib_the_rest_is_still_printed(command, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    done = command("dynamics", "hinge", "--penalty", "r1", "--penalty", "r2")
    assert done.code == 0
    assert "-1, -1" in done.out
    assert done.out.splitlines()[-1] == "no picture: matplotlib is not installed; pip install 'rivalry[figures]'"
    assert not list(tmp_path.iterdir())


def test_facts_are_options(command, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    done = command("dynamics", "lsgan", "--penalty", "r1", "--bias", "--ratio", 2, "--noise", 0.5, "--dimension", 2)
    assert done.code == 0
    assert "theta1 = 0, theta2 = 0, psi1 = 0, psi2 = 0, bias = 0.5" in done.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "rivalry: name an objective, or ask for --all"),
        (["hing"], "no objective is called 'hing'; did you mean 'hinge'?"),
        (["hinge", "--penalty", "r11"], "no penalty is called 'r11'; did you mean 'r1'?"),
        (["hinge", "--set", "objective.margin=2"], "--set objective.margin=2: objective.margin"),
        (["hinge", "--bias", "some"], "rivalry: wanted a number, learned or rest as the bias, got 'some'"),
        (["hinge", "--noise", "-1"], "rivalry: wanted a noise of at least 0, got -1"),
        (["hinge", "--order", "everybody"], "no order is called 'everybody'"),
        (["mmd"], "rivalry: it judges vectors of 16 scores a sample"),
        (["hing", "--all"], "rivalry: no objective is called 'hing'; did you mean 'hinge'?"),
        (["--run", "nowhere"], "rivalry: nowhere is not a run"),
    ],
)
def test_mistakes_and_refusals_are_words_with_exit_code_two(command, words, message):
    done = command("dynamics", *words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(message)


@pytest.mark.parametrize("words", [["hinge", "--lr", "fast"], ["hinge", "--dimension", "3"], ["--all", "--run", "x"]])
def test_malformed_options_are_argparses(command, words):
    assert command("dynamics", *words).code == 2


def test_the_table_is_written(command, monkeypatch, tmp_path):
    monkeypatch.setattr(tables, "everything", lambda only: [tables.row(only, {}, "r1", {})])
    done = command("dynamics", "hinge", "--all", "--out", "table")
    assert (done.code, done.out) == (0, "table/dynamics.md\ntable/dynamics.csv\n")
    assert "| hinge | r1 |" in (tmp_path / "table/dynamics.md").read_text()


def test_the_leading_eigenvalues_of_a_run(command, run):
    done = command("dynamics", "--run", run, "--count", 2)
    assert (done.code, done.err) == (0, "")
    assert "at step 4, on one batch of 8" in done.out
    assert "Verdict" in done.out


def test_a_damaged_run_is_named(command, damaged):
    run, message = damaged
    done = command("dynamics", "--run", run)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
