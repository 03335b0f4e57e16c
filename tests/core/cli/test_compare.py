"""rivalry compare, with figures. Mutations caught: output before a fault; a traceback without matplotlib."""

import csv
import json
import subprocess
import sys

import pytest

from rivalry.comparing import compare
from rivalry.figures import curves, points

PROTOCOL = {"metric": "kid", "settings": {}, "features": "judge-1f", "real": 9, "fake": 9}


def entry(value, error=0.01, better="lower", **protocol):
    return {"value": value, "error": error, "better": better, "title": "kid", "protocol": {**PROTOCOL, **protocol}}


@pytest.fixture
def runs(tmp_path):
    """Three runs of two games; one has a number of its own, and one a protocol of its own."""
    names = []
    for name, seed, game, value in (("a", 0, "ring", 0.1), ("b", 1, "ring", 0.2), ("c", 0, "grid", 0.3)):
        folder = tmp_path / name
        folder.mkdir()
        body = {"kid": entry(value), "modes": entry(8, None, "higher", features=name[:1] if name == "c" else "f")}
        (folder / "evaluation.json").write_text(json.dumps(body | ({"own": entry("nan")} if name == "c" else {})))
        (folder / "spec.yaml").write_text(f"data: {game}\ntrain: {{seed: {seed}}}\n")
        scores = [{"step": step, "scores": {"kid": {"value": value / step, "error": 0.01}}} for step in (1, 2)]
        (folder / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in scores))
        names.append(name)
    return names


def test_the_table_is_printed_with_what_it_cannot_say(command, runs):
    done = command("compare", *runs)
    assert (done.code, done.err) == (0, "")
    lines = [line.split() for line in done.out.splitlines()]
    assert lines[0] == ["run", "kid", "modes", "own"]
    assert lines[3] == ["a", "0.100", "+-", "0.010", "best", "8", "-"]
    assert "modes is not ranked. Features: f (a, b), c (c)." in done.out


def test_json_and_csv_are_printed_alone(command, runs):
    done = command("compare", *runs, "--json")
    assert json.loads(done.out) == compare(runs).plain()
    done = command("compare", *runs, "--csv", "-")
    assert done.out == compare(runs).csv()


def test_csv_is_written_beside_the_table(command, runs, tmp_path):
    done = command("compare", *runs, "--group", "--csv", "numbers.csv")
    assert (done.code, done.out.splitlines()[3].split()[:4]) == (0, ["a", "(seeds", "0,", "1)"])
    with (tmp_path / "numbers.csv").open(encoding="utf-8", newline="") as file:
        assert [line["run"] for line in csv.DictReader(file)] == ["a", "a", "b", "b", "c", "c", "c"]


@pytest.mark.parametrize("name", ["n.png", "n.svg", "n.PDF"])
def test_a_figure_is_written_in_the_form_of_its_ending(command, runs, tmp_path, name):
    pytest.importorskip("matplotlib")
    assert command("compare", *runs, "--figure", name, "--over-time").code == 0
    start = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[name[-3:].lower()]
    assert (tmp_path / name).read_bytes().startswith(start)


def test_a_point_and_its_bar_stand_where_the_number_does(runs, command):
    pytest.importorskip("matplotlib")
    kid, modes, own = points(compare(runs)).axes
    bars = [tuple(bar.get_segments()[0][:, 0]) for bar in kid.collections]
    assert bars == [pytest.approx((value - 0.01, value + 0.01)) for value in (0.1, 0.2, 0.3)]
    assert [text.get_text() for text in kid.get_yticklabels()] == runs
    assert modes.get_title(loc="left") == "modes (not ranked)\n"
    assert [text.get_text() for text in own.texts[:3]] == ["not measured", "not measured", "nan"]


def test_of_seeds_the_bar_is_the_deviation_and_each_seed_has_a_stroke(runs, command):
    pytest.importorskip("matplotlib")
    kid = points(compare(runs, group=True)).axes[0]
    assert tuple(kid.collections[0].get_segments()[0][:, 0]) == pytest.approx((0.15 - 0.005**0.5, 0.15 + 0.005**0.5))
    assert list(kid.lines[0].get_xdata()) == [0.1, 0.2]


def test_curves_go_over_steps_and_the_mean_over_seeds_is_drawn_too(runs, command):
    pytest.importorskip("matplotlib")
    (panel,) = curves(compare(runs, group=True)).axes
    drawn = [(list(line.get_xdata()), list(line.get_ydata())) for line in panel.lines]
    steps = [1, 2]
    assert drawn == [(steps, pytest.approx(values)) for values in ([0.1, 0.05], [0.2, 0.1], [0.15, 0.075], [0.3, 0.15])]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["gone"], "there is no gone: name a run's folder, or a file that rivalry evaluate --out wrote"),
        (["--figure=n.gif"], "a figure is a .png, .svg, .pdf file, not 'n.gif'"),
        (["--figure=no/n.png"], "cannot write to no/n.png: No such file or directory"),
        (["--csv=no/n.csv"], "cannot write to no/n.csv: No such file or directory"),
        (["--over-time"], "--over-time says what --figure draws: name its file, --figure numbers.png"),
        (["--json", "--csv=-"], "--json and --csv - both want to print: write the CSV to a file"),
        (["a"], "a is named 2 times"),
    ],
)
def test_a_mistake_is_answered_in_words_and_nothing_is_printed(command, runs, words, message):
    done = command("compare", *runs, *words)
    assert (done.code, done.out, done.err) == (2, "", f"rivalry: {message}\n")


def test_there_is_no_curve_where_nothing_was_measured_during_training(command, runs, tmp_path):
    (tmp_path / "a" / "log.jsonl").unlink()
    done = command("compare", "a", "--figure=n.png", "--over-time")
    assert (done.code, done.out, done.err) == (
        2, "", "rivalry: nothing was measured during training: set train.evaluate_every, or leave --over-time out\n",
    )  # fmt: skip
    assert not (tmp_path / "n.png").exists()


def test_without_matplotlib_a_figure_is_refused_in_words(command, runs, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    done = command("compare", *runs, "--figure=n.png")
    assert (done.code, done.out) == (2, "")
    assert done.err == "rivalry: no figure: matplotlib is not installed; pip install 'rivalry[figures]'\n"


def test_comparing_does_not_wait_for_torch(runs, tmp_path):
    code = "import sys, rivalry.comparing as c; print(c.compare(['a', 'b'])); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=False).returncode == 0
