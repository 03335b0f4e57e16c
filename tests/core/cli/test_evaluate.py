"""rivalry evaluate. Mutation caught: numbers without their protocol."""

import json

import pytest

FEW = "--set=metrics.modes.samples=32"


def test_metrics_are_printed_with_their_protocol_and_kept(command, run):
    done = command("evaluate", run, FEW, "--set=metrics.quality={use: frechet_distance, samples: 64}")
    assert (done.code, done.err) == (0, "")
    head, modes, quality = (line.split() for line in done.out.splitlines())
    assert head == ["metric", "value", "error", "better", "protocol"]
    assert (modes[0], modes[2]) == ("modes", "higher")
    assert (quality[0], quality[2:]) == (
        "quality",
        ["lower", "frechet_distance,", "pixels,", "64", "fakes,", "64", "reals"],
    )
    kept = json.loads((run / "evaluation.json").read_text())
    assert float(quality[1]) == pytest.approx(kept["quality"]["value"], rel=1e-4)
    assert kept["modes"]["fake"] == 32
    assert kept["modes"]["step"] == 4
    assert kept["quality"]["features"] == "pixels"


def test_json_is_what_is_kept(command, run):
    done = command("evaluate", run, FEW, "--json", "--seed", 3)
    assert json.loads(done.out) == json.loads((run / "evaluation.json").read_text())
    assert json.loads(done.out)["modes"]["seed"] == 3


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set=metrics.modes=null"], "rivalry: this run's spec has no metrics; add one: --set metrics.quality=kid\n"),
        (
            ["--set=metrics.q=kdi"],
            "--set metrics.q=kdi: metrics.q.use: no metric is called 'kdi'; did you mean 'kid'?\n",
        ),
        (["--set=metrics.q={use: kid, features: judge}"], "rivalry: the judge learns from labels, but ring has none"),
        (["--set=metrics"], "--set metrics: wanted path=value, got 'metrics'"),
        (["--device=gpu"], "rivalry: there is no device 'gpu' here"),
    ],
)
def test_a_mistake_is_answered_in_words_and_nothing_is_kept(command, run, words, message):
    done = command("evaluate", run, *words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(message)
    assert not (run / "evaluation.json").exists()


def test_the_data_must_be_there(command, run, tmp_path):
    spec = (run / "spec.yaml").read_text()
    assert "use: ring" in spec
    done = command("evaluate", run, "--set=data={use: array, path: gone.npy}", FEW)
    assert (done.code, done.out) == (2, "")
    assert "gone.npy" in done.err


def test_a_damaged_run_cannot_be_evaluated(command, damaged):
    run, message = damaged
    done = command("evaluate", run)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_a_place_that_cannot_be_written_is_named(command, run):
    (run / "evaluation.json").mkdir()
    done = command("evaluate", run, FEW)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"rivalry: cannot write to {run}: ")
