"""Compiled networks play the same steps. They are traced ahead of time but run eagerly here: that needs no compiler for
the machine. Networks that are differentiated twice stay as they are.

Mutation that was tried and fails here: compiling those too.
"""

from collections.abc import Iterator

import pytest
import torch

from rivalry.checking import Checked, check, open_datasets
from rivalry.engine import Engine, left_eager
from rivalry.stages import enter
from small import CPU, tiny

A_THIRD = [
    "aae",  # batch norm
    "bigan_toy",  # a judge of pairs
    "cgan",  # labels
    "dcgan",
    "infogan",  # named outputs
    "pggan",  # a number that moves, into both networks
    "pretrained",  # stages, a fitted layer that draws
    "ring_non_saturating",  # spectral norm
    "text",  # two turns of the critic
    "wgan_gp",
]
EAGER = {
    "aae": set(), "bigan_toy": {"D"}, "cgan": set(), "dcgan": set(), "infogan": {"D"}, "pggan": {"D"},
    "pretrained": set(), "ring_non_saturating": set(), "text": {"D"}, "wgan_gp": {"D"},
}  # fmt: skip
NON_LEAF = "ignore:The .grad attribute of a Tensor that is not a leaf:UserWarning"  # torch's own look at an input


def first_steps(found: Checked) -> Iterator[tuple[Engine, dict[str, float]]]:
    """The first step of every stage."""
    before = None
    for index, game in enumerate(found.spec.games()):
        data = open_datasets(game)
        engine = Engine(game, found.facts, found.stages[index], data, CPU, before=before, backend="aot_eager")
        if found.spec.stages:
            enter(engine, found.spec.stages[index], before)
        yield engine, {label: loss.item() for label, loss in engine.step().items()}
        before = engine


@pytest.mark.filterwarnings(NON_LEAF)
@pytest.mark.parametrize("name", A_THIRD)
def test_a_compiled_game_plays_the_step_of_an_eager_one(name):
    torch._dynamo.reset()
    source, settings = tiny(name)
    plain, found = check(source, settings), check(source, [*settings, "train.compile=true"])
    assert left_eager(found.spec) == EAGER[name]
    for (_, wanted), (game, losses) in zip(first_steps(plain), first_steps(found), strict=True):
        assert losses == pytest.approx(wanted, rel=1e-5, abs=1e-5)
        untouched = {name for name, network in game.networks.items() if network._compiled_call_impl is None}
        assert untouched == EAGER[name]
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] >= len(game.networks) - len(EAGER[name]) - 1


@pytest.mark.parametrize("name", ["dcgan", "stylegan2_mini"])
def test_without_the_setting_nothing_is_compiled(name):
    found = check(*tiny(name))
    engine = Engine(found.spec, found.facts, found.confirmed, open_datasets(found.spec), CPU)
    assert all(network._compiled_call_impl is None for network in engine.networks.values())


@pytest.mark.filterwarnings(NON_LEAF)
def test_a_network_that_a_later_stage_differentiates_twice_is_never_compiled():
    game = {"steps": 3, "losses": ["game"]}
    found = check({
        "data": {"use": "ring", "size": 64},
        "latents": {"z": {"use": "normal", "size": 2}},
        "generators": {"G": {"use": "mlp", "width": 4}},
        "discriminators": {"D": {"use": "mlp", "width": 4}},
        "losses": {
            "game": {"objective": "hinge", "judge": "D", "real": "x", "fake": "G(z)"},
            "slope": {"penalty": "r1", "of": "game"},
        },
        "stages": [{**game, "name": "first"}, {"name": "second", "steps": 3}],
        "train": {"batch": 4, "compile": True},
    })  # fmt: skip
    assert left_eager(found.spec.games()[0]) == {"D"}
    for engine, _ in first_steps(found):
        assert {name for name, network in engine.networks.items() if network._compiled_call_impl is None} == {"D"}
