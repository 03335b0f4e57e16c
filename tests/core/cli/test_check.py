"""rivalry check. Mutation caught: the exit code of the last spec instead of the worst."""

import pytest


def test_a_right_spec_is_said_to_be_right(command):
    done = command("check", "ring", "ring_hinge")
    assert (done.code, done.out, done.err) == (0, "ring: right\nring_hinge: right\n", "")


def test_one_faulty_spec_among_many_is_told_and_the_rest_checked(command, tmp_path):
    (tmp_path / "mine.yaml").write_text("extends: ring\nlosses: {game: {objective: hing}}\n")
    done = command("check", "mine.yaml", "rnig", "ring")
    assert (done.code, done.out) == (2, "ring: right\n")
    first, second = done.err.splitlines()
    place, message = "mine.yaml:2:28", "no objective is called 'hing'; did you mean 'hinge'?"
    assert first == f"{place}: losses.game.objective.use: {message}"
    assert second == "no spec is called 'rnig'; did you mean 'ring'?"


def test_the_plan_counts_parameters_and_forwards(command):
    done = command(
        "check", "ring", "--plan", "--set=generators.G.width=8", "--set=generators.G.layers=1", "--set=latents.z.size=4"
    )
    rows = {line.split()[0]: line.split()[1:] for line in done.out.splitlines()}
    assert rows["G"] == [str((4 + 1) * 8 + (8 + 1) * 2), "1"]
    assert {"D", "FLOPs", "weights,", "activations"} <= set(rows)


@pytest.mark.parametrize("words", [[], ["--plan"]])
def test_networks_that_stay_uncompiled_are_named(command, words):
    done = command("check", "ring", "ring_non_saturating", "stylegan2_mini", "--set=train.compile=true", *words)
    lines = [line.split("compiled")[1].strip(": ") for line in done.out.splitlines() if "compiled" in line]
    assert lines == [
        "all networks but D (differentiated twice)",
        "all networks",
        "all networks but D, M, S (differentiated twice)",
    ]


def test_form_alone_needs_no_data(command, tmp_path):
    (tmp_path / "mine.yaml").write_text("extends: ring\nmetrics: null\ngenerators: {G: {width: 9_999_999}}\n")
    done = command("check", "mine.yaml", "--no-shapes")
    assert (done.code, done.out) == (0, "mine.yaml: the form is right\n")
    assert command("check", "rnig", "--no-shapes").code == 2


def test_nothing_is_written(command, tmp_path):
    assert command("check", "ring", "--plan").code == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [".", "nowhere/ring.yaml", "check.py"])
def test_what_is_no_spec_is_said_to_be_none(command, name):
    done = command("check", name)
    assert (done.code, done.out) == (2, "")
    assert name in done.err


def test_a_spec_must_be_named(command):
    done = command("check")
    assert done.code == 2
    assert "the following arguments are required: SPEC" in done.err


def test_a_disabled_component_is_unknown(command):
    done = command("--disable-plugin", "rivalry_zoo.penalties.r1", "check", "ring")
    assert done.code == 2
    assert "no penalty is called 'r1'" in done.err
