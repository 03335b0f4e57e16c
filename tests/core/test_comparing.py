"""Runs side by side. The words expected here were written before the program said them.

Mutations caught: to rank across protocols; to call a difference within the errors a win; to prefer the larger of two
numbers of which the lower is better; to call nan the best; a deviation over n instead of n - 1; to rank two seeds.
"""

import csv
import io
import json
import statistics

import pytest

from rivalry.comparing import compare
from rivalry.errors import RunError
from rivalry.protocol import DECISIVE, REMARKABLE, unlike
from rivalry.readings import written

PROTOCOL = {
    "metric": "kid", "settings": {"samples": 100}, "features": "judge-1f", "resize": None, "real": 100, "fake": 100,
    "split": "train", "data": "d1", "seed": 0, "versions": {"torch": "2.13"},
}  # fmt: skip


def number(value, error=None, better="lower", title="kid_judge", step=10, weights="averaged", **protocol):
    """An entry of evaluation.json."""
    return {
        "value": value, "error": error, "better": better, "title": title, "step": step, "weights": weights,
        "protocol": {**PROTOCOL, **protocol},
    }  # fmt: skip


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Writes a run's folder with some numbers, and answers with its name."""
    monkeypatch.chdir(tmp_path)

    def run(name, numbers, seed=None, game="ring", log=()):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "evaluation.json").write_text(json.dumps(numbers))
        (folder / "lock.json").write_text("{}")
        if seed is not None:
            (folder / "spec.yaml").write_text(f"rivalry: 1\ndata: {game}\ntrain: {{steps: 10, seed: {seed}}}\n")
        if log:
            (folder / "log.jsonl").write_text("".join(f"{line}\n" for line in log))
        return name

    return run


def best(paths, name="q"):
    return compare(paths).verdict(name).best


def test_the_clearly_better_number_is_best_and_the_direction_decides_which(make):
    make("a", {"q": number(0.10, 0.01), "up": number(0.10, 0.01, "higher")})
    make("b", {"q": number(0.20, 0.01), "up": number(0.20, 0.01, "higher")})
    found = compare(["a", "b"])
    assert (found.verdict("q").best, found.verdict("up").best) == (("a",), ("b",))
    assert [found.verdict("q").mark(row) for row in ("a", "b")] == ["best", ""]


@pytest.mark.parametrize(("gap", "who"), [(0.0999, ("a", "b")), (0.1001, ("a",))])
def test_a_difference_below_two_combined_standard_errors_is_a_tie(make, gap, who):
    make("a", {"q": number(1.0, 0.03)})
    make("b", {"q": number(1.0 + gap, 0.04)})  # 2 sqrt(0.03^2 + 0.04^2) = 0.1
    assert best(["b", "a"]) == who[::-1]
    assert compare(["a", "b"]).verdict("q").mark("a") == ("tie" if len(who) == 2 else "best")


def test_what_ties_with_the_best_ties_though_it_loses_to_nobody_else(make):
    for name, value in {"a": 1.0, "b": 1.1, "c": 1.2}.items():
        make(name, {"q": number(value, 0.05)})
    assert best(["a", "b", "c"]) == ("a", "b")


@pytest.mark.parametrize(
    ("values", "who"),
    [
        (("nan", 3.0), ("b",)),
        (("inf", 3.0), ("b",)),
        (("-inf", 3.0), ("a",)),
        (("inf", "inf"), ("a", "b")),
        (("nan", "nan"), ()),
    ],
)
def test_what_is_not_finite_takes_its_place(make, values, who):
    make("a", {"q": number(values[0])})
    make("b", {"q": number(values[1], "nan")})
    assert best(["a", "b"]) == who


def test_one_run_alone_is_no_winner_but_is_shown(make):
    make("a", {"q": number(0.5, 0.01), "other": number(2.0)})
    make("b", {"other": number(3.0)})
    found = compare(["a", "b"])
    assert found.verdict("q").best == ()
    assert found.table()[3:] == [["a", "0.500 +- 0.010", "2 best"], ["b", "-", "3"]]


@pytest.mark.parametrize("key", DECISIVE)
def test_numbers_of_different_protocols_are_not_ranked(make, key):
    make("a", {"q": number(0.1, 0.001)})
    make("b", {"q": number(0.9, 0.001, **{key: "other"})})
    verdict = compare(["a", "b"]).verdict("q")
    assert unlike([PROTOCOL, {**PROTOCOL, key: "other"}])
    assert verdict.best == ()
    assert len(verdict.refusals) == 1
    assert verdict.refusals[0].startswith(DECISIVE[key])


@pytest.mark.parametrize(("key", "value"), [("seed", 3), ("weights", "raw"), ("versions", {"torch": "2.12"})])
def test_what_leaves_numbers_comparable_is_told_in_a_note(make, key, value):
    make("a", {"q": number(0.1, 0.001)})
    make("b", {"q": number(0.9, 0.001, **{key: value})})
    verdict = compare(["a", "b"]).verdict("q")
    assert verdict.best == ("a",)
    assert len(verdict.notes) == 1
    assert verdict.notes[0].startswith(REMARKABLE[key])


def test_the_printed_page_is_word_for_word(make):
    make("a", {"q": number(0.0312, 0.0021), "even": number(8, None, "higher", "even", weights="raw")})
    make("b", {"q": number(0.0199, 0.0014, features="judge-77"), "even": number(8, None, "higher", "even")})
    make("c", {"q": number(0.02, 0.0014, step=20), "even": number(7, 0.1, "higher", "even", step=20)})
    assert str(compare(["a", "b", "c"])) == (
        "run  q                 even\n"
        "     kid_judge\n"
        "     lower is better   higher is better\n"
        "a    0.0312 +- 0.0021  8 tie\n"
        "b    0.0199 +- 0.0014  8 tie\n"
        "c    0.0200 +- 0.0014  7.00 +- 0.10\n"
        "\n"
        "q is not ranked. Features: judge-1f (a, c), judge-77 (b).\n"
        "even: a and b tie: they are equal.\n"
        "q, even: step: 10 (a, b), 20 (c).\n"
        "even: weights: raw (a), averaged (b, c).\n"
        "even: ranked without standard errors: a small difference may be chance."
    )


def anchored(value, real, noise, **more):
    return number(value, 0.01, **more) | {"anchors": {"other real": real, "noise": noise}}


def test_anchors_stand_below_the_runs_and_are_not_ranked(make):
    make("a", {"q": anchored(0.3, 0.1, 1.5), "r": number(0.5, 0.01)})
    make("b", {"q": number(0.2, 0.01), "r": number(0.6, 0.01)})
    found = compare(["a", "b"])
    assert found.verdict("q").best == ("b",)
    assert [line for line in found.table() if line[0].startswith("(")] == [
        ["(other real)", "0.1", "-"],
        ["(noise)", "1.5", "-"],
    ]
    assert [
        (row["run"], row["anchor.other real"], row["anchor.noise"]) for row in found.records() if "anchor.noise" in row
    ] == [("a", 0.1, 1.5)]
    assert found.plain()["runs"]["a"]["numbers"]["q"]["anchors"] == {"other real": 0.1, "noise": 1.5}
    assert "anchors" not in found.plain()["runs"]["b"]["numbers"]["q"]


def test_anchors_of_numbers_that_do_not_compare_are_not_shown(make):
    make("a", {"q": anchored(0.3, 0.1, 1.5)})
    make("b", {"q": anchored(0.2, 0.1, 1.5, fake=50)})
    assert not [line for line in compare(["a", "b"]).table() if line[0].startswith("(")]


@pytest.mark.parametrize("anchors", [None, [], "x", {"noise": "much"}, {"noise": None}, {"noise": True}])
def test_anchors_that_are_none_are_left_out(make, anchors):
    make("a", {"q": number(0.3) | {"anchors": anchors}})
    assert compare(["a"]).column("q")["a"].anchors == {}


@pytest.mark.parametrize(
    ("value", "margin", "text"),
    [
        (0.012345, 0.00111, "0.0123 +- 0.0011"),
        (12345.6, 234.0, "12350 +- 230"),
        (3.14159, 0.0996, "3.14 +- 0.10"),
        (3.14159, None, "3.1416"),
        (8, 0.0, "8 +- 0"),
        (float("inf"), 0.5, "inf +- 0.5"),
        (1.25e-9, 1.5e-11, "1.25e-09 +- 1.5e-11"),
        (-0.00012, 0.0003, "-0.00012 +- 0.00030"),
    ],
)
def test_a_number_has_the_digits_that_its_error_leaves_it(value, margin, text):
    assert written(value, margin) == text


def three(make, game, values, first=0, error=0.5):
    return [make(f"{game}{seed}", {"q": number(value, error)}, seed, game) for seed, value in enumerate(values, first)]


def test_seeds_of_one_game_become_their_mean_and_deviation(make):
    names = three(make, "ring", [0.10, 0.12, 0.17]) + three(make, "grid", [0.30, 0.31, 0.35])
    found = compare(names, group=True)
    assert [row.name for row in found.rows] == ["ring0 (seeds 0, 1, 2)", "grid0 (seeds 0, 1, 2)"]
    reading = found.rows[0].numbers["q"]
    assert reading.value == pytest.approx(0.13)
    assert reading.deviation == pytest.approx(statistics.stdev([0.10, 0.12, 0.17]))
    assert reading.error == pytest.approx(reading.deviation / 3**0.5)
    assert found.verdict("q").best == ("ring0 (seeds 0, 1, 2)",)
    assert str(reading) == "0.130 +- 0.036"


def test_without_grouping_the_seeds_stay_apart_and_the_page_tells_of_it(make):
    found = compare(three(make, "ring", [0.10, 0.12]))
    assert len(found.rows) == 2
    assert "ring0 and ring1 are one game under several seeds: --group shows their mean." in str(found)


def test_fewer_than_three_seeds_are_shown_but_not_ranked(make):
    names = three(make, "ring", [0.10, 0.12]) + three(make, "grid", [0.9])
    found = compare(names, group=True)
    assert [row.name for row in found.rows] == ["ring0 (seeds 0, 1)", "grid0"]
    assert found.verdict("q").best == ()
    assert found.verdict("q").refusals == (
        "ring0 (seeds 0, 1) has 2 seeds, and a claim needs 3",
        "grid0 has 1 seed, and a claim needs 3",
    )


def test_one_seed_given_twice_does_not_count_twice(make):
    names = [*three(make, "ring", [0.10, 0.12]), make("copy", {"q": number(0.1)}, 1, "ring")]
    with pytest.raises(RunError) as caught:
        compare(names, group=True)
    assert str(caught.value) == "ring1 and copy are one game under one seed, 1: leave one out"


def test_seeds_of_unlike_protocols_have_no_mean(make):
    make("a", {"q": number(0.1), "r": number(1.0)}, 0)
    make("b", {"q": number(0.1, features="judge-77")}, 1)
    found = compare(["a", "b"], group=True)
    assert found.rows[0].numbers == {}
    assert "q has no mean over the seeds of a (seeds 0, 1). Features: judge-1f (a), judge-77 (b)." in str(found)
    assert "r has no mean over the seeds of a (seeds 0, 1): b lacks it." in str(found)


def test_what_the_seeds_do_not_agree_in_is_several(make):
    for seed in range(3):
        make(f"a{seed}", {"q": number(seed, seed=seed, versions={"torch": f"2.{seed}", "python": "3"})}, seed)
    protocol = compare(["a0", "a1", "a2"], group=True).rows[0].numbers["q"].protocol
    assert (protocol["seed"], protocol["real"]) == ("several", 100)
    assert protocol["versions"] == {"torch": "several", "python": "3"}


def test_a_seed_that_is_not_finite_leaves_no_deviation(make):
    found = compare(three(make, "ring", [0.1, "inf", 0.2]), group=True)
    reading = found.rows[0].numbers["q"]
    assert (reading.value, reading.deviation, reading.error) == (float("inf"), None, None)


def test_games_that_differ_in_more_than_the_seed_stay_apart(make):
    names = [make("a", {"q": number(1.0)}, 0, "ring"), make("b", {"q": number(1.0)}, 1, "grid")]
    names += [make("c", {"q": number(1.0)}), make("d", {"q": number(1.0)})]  # no spec: nothing is known of them
    assert [row.name for row in compare(names, group=True).rows] == names


def test_csv_has_a_line_a_number_with_its_protocol(make):
    names = three(make, "ring", [0.1, 0.2, 0.3])
    make("z", {"q": number("inf", of="w"), "more": number(1.0)})
    lines = list(csv.DictReader(io.StringIO(compare([*names, "z"], group=True).csv())))
    assert [(line["run"], line["number"], line["value"]) for line in lines] == [
        ("ring0", "q", "0.1"), ("ring1", "q", "0.2"), ("ring2", "q", "0.3"), ("z", "q", "inf"), ("z", "more", "1.0"),
    ]  # fmt: skip
    assert lines[1]["train.seed"] == "1"
    assert (lines[3]["train.seed"], lines[3]["protocol.of"]) == ("", "w")
    assert lines[0]["protocol.settings.samples"] == "100"
    assert lines[0]["protocol.versions.torch"] == "2.13"


def test_the_plain_form_is_json_and_says_what_may_be_ranked(make):
    names = three(make, "ring", [0.1, 0.2, 0.3])
    make("z", {"q": number("nan", features="judge-77")})
    plain = compare([*names, "z"], group=True).plain()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["runs"]["ring0 (seeds 0, 1, 2)"]["runs"] == {"ring0": 0, "ring1": 1, "ring2": 2}
    assert plain["runs"]["ring0 (seeds 0, 1, 2)"]["numbers"]["q"]["seeds"] == 3
    assert plain["runs"]["z"]["numbers"]["q"]["value"] == "nan"
    assert plain["ranking"]["q"]["best"] == []
    assert plain["ranking"]["q"]["refused"] == [
        "features: judge-1f (ring0 (seeds 0, 1, 2)), judge-77 (z)", "z has 1 seed, and a claim needs 3",
    ]  # fmt: skip


def test_a_file_of_numbers_stands_beside_runs(make, tmp_path):
    make("a", {"q": number(0.3, 0.01)})
    (tmp_path / "folders.json").write_text(json.dumps({"q": number(0.1, 0.01, step=None, weights=None)}))
    assert best(["a", "folders.json"]) == ("folders.json",)


def test_what_was_measured_during_training_is_read_by_step(make):
    lines = [
        '{"step": 20, "scores": {"q": {"value": 0.2, "error": 0.1}}}',
        '{"step": 10, "scores": {"q": {"value": "inf", "error": null}, "bad": {"value": null}, "worse": 3}}',
        '{"step": 15, "losses": {"game": 1}}',
        '{"step": "x", "scores": {"q": {"value": 1}}}',
        "[1]",
        '{"step": 30, "scores": {"q"',
    ]
    make("a", {"q": number(0.3)}, log=lines)
    history = compare(["a"]).rows[0].history
    assert list(history) == ["q"]
    assert [(step, reading.value, reading.error) for step, reading in history["q"].items()] == [
        (10, float("inf"), None),
        (20, 0.2, 0.1),
    ]


def test_a_protocol_kept_with_weights_beside_it_knows_them(make):
    make("a", {"q": number(0.3, weights="raw")})
    assert compare(["a"]).rows[0].numbers["q"].protocol["weights"] == "raw"


FAULTS = {
    "[]": "a/evaluation.json holds no numbers by name; write it again: rivalry evaluate a",
    "{}": "a/evaluation.json holds no numbers by name; write it again: rivalry evaluate a",
    '{"q": 3}': "a/evaluation.json holds no numbers by name; write it again: rivalry evaluate a",
    '{"q": {"value": 1.0, "metric": "kid", "features": "judge-1f"}}': (
        "a/evaluation.json does not say how 'q' was measured: an older version wrote it; write it again: "
        "rivalry evaluate a"
    ),
    '{"q": {"value": "much", "better": "lower", "protocol": {}}}': (
        "a/evaluation.json: 'q' is no number with a direction; write it again: rivalry evaluate a"
    ),
    '{"q": {"value": true, "better": "lower", "protocol": {}}}': (
        "a/evaluation.json: 'q' is no number with a direction; write it again: rivalry evaluate a"
    ),
    '{"q": {"value": 1.0, "better": "sideways", "protocol": {}}}': (
        "a/evaluation.json: 'q' is no number with a direction; write it again: rivalry evaluate a"
    ),
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_file_that_holds_no_numbers_is_refused_in_words(make, tmp_path, text):
    make("a", {})
    (tmp_path / "a" / "evaluation.json").write_text(text)
    with pytest.raises(RunError) as caught:
        compare(["a"])
    assert str(caught.value) == FAULTS[text]


def test_all_that_cannot_be_read_is_named_at_once(make, tmp_path):
    make("a", {})
    (tmp_path / "a" / "evaluation.json").unlink()
    (tmp_path / "empty").mkdir()
    make("b", {})
    (tmp_path / "b" / "evaluation.json").write_text('{"q": ')
    with pytest.raises(RunError) as caught:
        compare(["a", "empty", "gone", "b"])
    first, second, third, fourth = str(caught.value).splitlines()
    assert first == "a has not been evaluated: rivalry evaluate a"
    assert second == "empty is not a run: it has no evaluation.json"
    assert third == "there is no gone: name a run's folder, or a file that rivalry evaluate --out wrote"
    assert fourth.startswith("b/evaluation.json cannot be read (JSONDecodeError: ")
    assert fourth.endswith("; write it again: rivalry evaluate b")


def test_a_run_named_twice_is_refused(make):
    make("a", {"q": number(1.0)})
    with pytest.raises(RunError, match=r"^a is named 2 times$"):
        compare(["a", "a/"])
