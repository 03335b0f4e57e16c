"""rivalry explain. Mutation caught: printing the code of another setting of `fakes` than the one that runs."""

import pytest

from small import engine_of


@pytest.mark.parametrize("spec", ["ring", "ring_wasserstein", "ring_relativistic", "cgan"])
@pytest.mark.parametrize("fakes", ["shared", "fresh"])
def test_the_code_that_is_printed_is_the_code_that_runs(command, spec, fakes):
    setting = f"train.fakes={fakes}"
    done = command("explain", spec, "--code", "--set", setting)
    assert (done.code, done.err) == (0, "")
    code = engine_of(spec, setting).program.source
    assert f"\n{code}\n" in done.out
    compile(done.out, "code", "exec")
    assert f"\n{code}\n" in command("explain", spec, "--set", setting).out


def test_every_value_has_its_origin(command, tmp_path):
    (tmp_path / "mine.yaml").write_text("extends: ring\ntrain: {batch: 32}\n")
    done = command("explain", "mine.yaml", "--set", "train.seed=7")
    assert done.code == 0
    rows = {line.split()[0]: line.split(maxsplit=2)[1:] for line in done.out.splitlines() if len(line.split()) > 2}
    assert rows["train.batch"] == ["32", "mine.yaml:2:16"]
    assert rows["train.seed"] == ["7", "--set train.seed=7"]
    assert rows["train.ema"] == ["0.999", "default"]
    assert rows["latents.z.size"][1].endswith("ring.yaml:5:34")


def test_the_table_says_who_is_trained_by_what(command):
    text = command("explain", "ring").out
    table = [line.split() for line in text.partition("Who is trained by what")[2].splitlines()]
    assert ["penalty", "trains"] in table
    assert ["game.discriminator", "trains", "reaches,", "no", "gradient"] in table or [
        "game.discriminator",
        "trains",
    ] in table


def test_the_graph_is_a_mermaid_flowchart_of_every_network_and_loss(command):
    done = command("explain", "ring", "--graph")
    assert done.out.startswith("flowchart LR\n")
    for word in ("fake", "D(x)", "game.discriminator", "game.generator", "penalty", "-->"):
        assert word in done.out


def test_code_and_graph_exclude_each_other(command):
    done = command("explain", "ring", "--code", "--graph")
    assert done.code == 2
    assert "not allowed with argument" in done.err


@pytest.mark.parametrize("words", [["rnig"], ["ring", "--set", "losses.game.judge=E"], ["ring", "--set", "nonsense"]])
def test_a_faulty_spec_is_not_explained(command, words):
    done = command("explain", *words)
    assert (done.code, done.out) == (2, "")
    assert done.err
