"""rivalry evaluate. Mutation caught: numbers without their protocol."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

FEW = "--set=metrics.modes.samples=32"


def test_metrics_are_printed_with_their_protocol_and_kept(command, run):
    done = command("evaluate", run, FEW, "--set=metrics.quality={use: frechet_distance, samples: 64}")
    assert (done.code, done.err) == (0, "")
    head, modes, quality = (line.split() for line in done.out.splitlines())
    assert head == ["name", "metric", "value", "error", "better", "protocol"]
    assert (modes[:2], modes[3]) == (["modes", "mode_coverage"], "higher")
    assert quality[:2] == ["quality", "fd_pixels"]
    assert quality[3:] == ["lower", "pixels,", "64", "fakes,", "64", "reals"]
    kept = json.loads((run / "evaluation.json").read_text())
    assert float(quality[2]) == pytest.approx(kept["quality"]["value"], rel=1e-4)
    assert kept["modes"]["protocol"]["fake"] == 32
    assert kept["modes"]["step"] == 4
    assert kept["quality"]["protocol"]["features"] == "pixels"
    assert kept["quality"]["protocol"]["weights"] == "averaged"


def test_anchors_stand_beside_the_numbers_and_are_kept(command, run):
    done = command("evaluate", run, FEW, "--set=metrics.shape={use: distance, of: [x, x]}", "--anchors")
    assert (done.code, done.err) == (0, "")
    *rows, empty, remark = done.out.splitlines()
    assert (empty, remark[:46]) == ("", "-: the data has less than twice the metric's s")
    head, modes, shape = (line.split("  ") for line in rows)
    head, modes, shape = ([cell.strip() for cell in line if cell] for line in (head, modes, shape))
    assert head == ["name", "metric", "value", "error", "better", "other real", "noise", "protocol"]
    kept = json.loads((run / "evaluation.json").read_text())
    anchors = kept["modes"]["anchors"]
    assert list(anchors) == ["other real", "noise"]
    assert [float(cell) for cell in modes[-3:-1]] == pytest.approx(list(anchors.values()), rel=1e-4)
    assert "anchors" not in kept["shape"]  # tensors of the flow have no others to stand beside
    assert shape[-3:-1] == ["-", "-"]


def test_json_is_what_is_kept(command, run):
    done = command("evaluate", run, FEW, "--json", "--seed", 3)
    assert json.loads(done.out) == json.loads((run / "evaluation.json").read_text())
    assert json.loads(done.out)["modes"]["protocol"]["seed"] == 3


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
        (["--fake=here"], "rivalry: a run is compared with its own data: leave out --fake, or the run"),
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


def test_a_run_without_a_best_checkpoint_says_so(command, run):
    done = command("evaluate", run, "--best")
    assert (done.code, done.out) == (2, "")
    assert "keeps no best checkpoint: its spec has no train.keep_best" in done.err


def test_raw_weights_are_another_protocol(command, run):
    done = command("evaluate", run, FEW, "--raw", "--out", "raw.json")
    assert done.code == 0
    assert not (run / "evaluation.json").exists()
    kept = json.loads(Path("raw.json").read_text())
    assert kept["modes"]["protocol"]["weights"] == "raw"


@pytest.fixture
def folders(tmp_path):
    """Twelve pictures a side, in two classes; the fakes are darker."""
    draw = np.random.default_rng(0)
    for side, bright in (("real", 255), ("fake", 128)):
        for number in range(12):
            place = tmp_path / side / ("cats" if number % 2 else "dogs")
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray((draw.random((8, 8, 3)) * bright).astype(np.uint8)).save(place / f"{number}.png")
    return ["--real", tmp_path / "real", "--fake", tmp_path / "fake", "--features", "pixels"]


def test_two_folders_are_compared_without_a_run(command, folders):
    done = command("evaluate", *folders, "--metrics", "kid,frechet_distance", "--out", "both.json")
    assert (done.code, done.err) == (0, "")
    head, kid, fd = (line.split() for line in done.out.splitlines())
    assert head == ["name", "metric", "value", "error", "better", "protocol"]
    assert (kid[:2], fd[:2]) == (["kid", "kid_pixels"], ["frechet_distance", "fd_pixels"])
    kept = json.loads(Path("both.json").read_text())
    assert kept["kid"]["protocol"]["size"] == "3x8x8"
    assert (kept["kid"]["protocol"]["real"], kept["kid"]["protocol"]["fake"]) == (12, 12)
    assert kept["kid"]["step"] is None


def test_anchors_of_folders_need_twice_as_many_real_pictures(command, folders):
    words = ["evaluate", *folders, "--metrics", "kid", "--json"]
    found = {n: json.loads(command(*words, "--anchors", *n).out)["kid"]["anchors"] for n in ((), ("--samples", "5"))}
    assert {n: list(anchors) for n, anchors in found.items()} == {
        (): ["noise"], ("--samples", "5"): ["other real", "noise"],
    }  # fmt: skip


def test_the_usual_metrics_are_those_that_say_so(command, folders):
    done = command("evaluate", *folders, "--json")
    assert done.code == 0, done.err
    names = {name.partition(".")[0] for name in json.loads(done.out)}
    assert names == {"frechet_distance", "kid", "precision_recall", "density_coverage"}


def test_settings_and_counts_reach_the_metrics(command, folders):
    wish = "--set=metrics.precision_recall.neighbours=1"
    done = command("evaluate", *folders, "--metrics=precision_recall", "--samples=10", wish, "--json")
    protocol = json.loads(done.out)["precision_recall.recall"]["protocol"]
    assert (protocol["settings"]["neighbours"], protocol["real"]) == (1, 10)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--metrics=kdi"], "rivalry: no metric is called 'kdi'; did you mean 'kid'?"),
        (["--metrics=mode_coverage"], "rivalry: 'mode_coverage' measures a game, not folders of pictures: ask for"),
        (["--metrics=psnr"], "rivalry: 'psnr' measures a game, not folders of pictures: ask for another metric"),
        (["--metrics=kid", "--set=metrics.kid.samples=none"], "--set metrics.kid.samples=none: metrics.kid.samples: "),
        (["--fake=gone"], "rivalry: wanted a folder of pictures, but gone is none"),
        (["--held-out=gone"], "rivalry: wanted a folder of pictures, but gone is none"),
    ],
)
def test_a_mistake_about_folders_is_answered_in_words(command, folders, words, message):
    done = command("evaluate", *folders, *words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(message)


def test_pictures_of_several_sizes_need_a_size(command, folders, tmp_path):
    Image.new("RGB", (9, 7)).save(tmp_path / "fake" / "cats" / "wide.png")
    done = command("evaluate", *folders, "--metrics=kid")
    assert done.code == 2
    assert "are of 2 sizes (7 x 9, 8 x 8 ...): give one, as with --size 64" in done.err
    done = command("evaluate", *folders, "--metrics=kid", "--size=4", "--json")
    protocol = json.loads(done.out)["kid"]["protocol"]
    assert (protocol["size"], protocol["fake"]) == ("3x4x4", 13)
    assert protocol["fit"] == "cropped and resampled when the files were read"


def test_a_broken_picture_is_named(command, folders, tmp_path):
    (tmp_path / "fake" / "cats" / "broken.png").write_bytes(b"no picture")
    done = command("evaluate", *folders, "--metrics=kid")
    assert (done.code, "cats/broken.png" in done.err) == (2, True)


def test_classes_must_be_the_same_where_they_count(command, folders, tmp_path):
    (tmp_path / "fake" / "cats").rename(tmp_path / "fake" / "birds")
    done = command("evaluate", *folders, "--metrics=intra_class_frechet")
    assert done.code == 2
    assert "classes are subfolders, and both sides need the same: ['cats', 'dogs'] and ['birds', 'dogs']" in done.err
    assert command("evaluate", *folders, "--metrics=kid").code == 0


def test_without_run_or_folders_it_says_what_it_wants(command):
    done = command("evaluate")
    assert (done.code, done.out) == (2, "")
    assert done.err == "rivalry: say which run, or which folders: rivalry evaluate RUN, or --real DIR --fake DIR\n"
