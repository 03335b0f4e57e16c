"""What a stage changes, and what it must leave as it was.

Mutations that were tried and fail here: frozen networks that are not put in evaluation mode, optimisers that are never
taken over or all reset where one is named, averages left out of a copy or of `from`, equal streams in all stages.
"""

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

from rivalry import checkpoint
from rivalry.checking import check, open_datasets
from rivalry.engine import Engine
from rivalry.errors import SpecError
from rivalry.stages import enter
from rivalry.training import train
from rivalry_zoo.datasets.array import Array
from small import CPU, copied, ring_run

SPEC: dict[str, Any] = {
    "rivalry": 1,
    "data": "ring",
    "latents": {"z": {"use": "normal", "size": 4}},
    "encoders": {"E": {"use": "mlp", "width": 8, "layers": 1, "norm": "batch"}},
    "generators": {"G": {"use": "mlp", "width": 8, "layers": 1, "norm": "batch"}},
    "discriminators": {"D": {"use": "mlp", "width": 8, "layers": 1}, "C": {"use": "mlp", "width": 8, "layers": 1}},
    "flow": {"rebuilt": "G(E(x))", "fake": "G(z)"},
    "losses": {
        "content": {"use": "l2", "of": ["rebuilt", "x"]},
        "game": {"objective": "non_saturating", "judge": "D", "real": "x", "fake": "fake"},
        "codes": {"objective": "non_saturating", "judge": "C", "real": "z", "fake": "E(x)"},
    },
    "train": {"batch": 4, "device": "cpu", "ema": 0.9},
}
FIRST = {"name": "first", "steps": 2}


def played(*stages: dict[str, Any], **more: Any) -> list[Engine]:
    """The engines of all stages, two steps played in each but the last, which is entered only."""
    found = check({**SPEC, "stages": [FIRST, *({"steps": 2, **stage} for stage in stages)], **more})
    engines: list[Engine] = []
    for index, game in enumerate(found.spec.games()):
        before = engines[-1] if engines else None
        for _ in range(2 if before else 0):
            before.step()
        datasets = open_datasets(game)
        engines.append(Engine(game, found.facts, found.stages[index], datasets, CPU, before=before))
        enter(engines[-1], found.spec.stages[index], before)
    return engines


def of(game: Engine, *networks: str, where: Sequence[str] = ("networks", "ema")) -> dict[str, Tensor]:
    """The weights, buffers and averages of some networks."""
    names = {f"{place}.{name}" for name in networks for place in where}
    return {key: tensor for key, tensor in game.tensors().items() if ".".join(key.split(".")[:2]) in names}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    assert one.keys() == other.keys()
    return all(torch.equal(one[key], other[key]) for key in one)


def test_frozen_networks_keep_every_bit_and_are_in_evaluation_mode():
    _, game = played({"name": "second", "losses": ["content", "game"], "freeze": ["E"]})
    assert {name: network.training for name, network in game.networks.items()} == {
        "E": False, "G": True, "D": True, "C": True,
    }  # fmt: skip
    resting, others = copied(of(game, "E", where=["networks"])), copied(of(game, "G", "D"))
    assert any("running_mean" in key for key in resting)
    for _ in range(3):
        game.step()
    assert same(of(game, "E", where=["networks"]), resting)
    assert not any(torch.equal(others[key], tensor) for key, tensor in of(game, "G", "D").items() if "num" not in key)


def test_a_network_that_was_frozen_trains_again():
    *_, game = played(
        {"name": "second", "losses": ["content", "game"], "freeze": ["E"]}, {"name": "third", "losses": ["content"]}
    )
    assert game.networks["E"].training
    before = copied(of(game, "E"))
    game.step()
    assert not same(of(game, "E"), before)


def test_networks_and_averages_go_on_from_stage_to_stage():
    before, game = played({"name": "second", "losses": ["game"]})
    assert all(game.networks[name] is network for name, network in before.networks.items())
    assert all(game.ema[name] is network for name, network in before.ema.items())


def test_copies_are_of_equal_names_and_shapes_and_end_at_the_first_step():
    _, game = played({"name": "second", "losses": ["game", "content"], "copy": {"E.net": "G.net", "D": "C"}})
    E, G, D, C = (dict(game.networks[name].named_parameters()) for name in "EGDC")
    agreeing = {key for key in E if key in G and E[key].shape == G[key].shape}
    assert agreeing
    assert agreeing != set(E)  # inputs of other widths stay as they are
    assert all(torch.equal(E[key], G[key]) for key in agreeing)
    averages = {name: dict(game.ema[name].named_parameters()) for name in "EG"}
    assert all(torch.equal(averages["E"][key], averages["G"][key]) for key in agreeing)
    shared = {key for key in D if key in C and D[key].shape == C[key].shape}
    assert shared
    assert all(torch.equal(D[key], C[key]) for key in shared)
    game.step()
    assert not torch.equal(next(D[key] for key in shared), next(C[key] for key in shared))


@pytest.mark.parametrize(("wish", "kept"), [
    ({}, {"discriminator", "generator"}),
    ({"reset_optimizer": True}, set()),
    ({"reset_optimizer": ["generator"]}, {"discriminator"}),
    ({"losses": ["content", "game", "codes"], "freeze": ["E"]}, {"discriminator"}),  # its parameters are others
])  # fmt: skip
def test_optimisers_are_taken_over_unless_they_are_reset_or_move_something_else(wish, kept):
    before, game = played({"name": "second", **wish})
    for name, player in game.players.items():
        old, new = before.players[name].tensors(), player.tensors()
        assert any(tensor.any() for tensor in old.values())
        if name in kept:
            assert same(new, old)
        else:
            assert not any(tensor.any() for tensor in new.values())


def test_every_stage_has_its_own_batch_and_draws():
    first, second, third = played({"name": "second", "batch": 6}, {"name": "third"})
    assert [game.now.batch for game in (first, second, third)] == [4, 6, 4]
    for game in (first, second, third):
        game.now.deal(0)
        assert len(game.now.data("x")) == len(game.now.latent("z")) == game.now.batch
    for game in (first, third):
        game.now.step = 0
        game.now.deal(0)
    assert not torch.equal(first.now.latent("z"), third.now.latent("z"))
    assert not torch.equal(first.now.data("x"), third.now.data("x"))


def test_a_layer_is_fitted_to_all_of_the_data_by_networks_at_rest():
    generator = torch.Generator().manual_seed(0)
    data = {"x": torch.rand(300, 2, generator=generator), "label": torch.arange(300) % 3}
    spec = {
        **SPEC, "latents": {}, "layers": {"codes": {"use": "class_gaussian", "ridge": 0}},
        "encoders": {"E": {**SPEC["encoders"]["E"], "output": [2]}},
        "discriminators": {"D": SPEC["discriminators"]["D"]},
        "flow": {"rebuilt": "G(E(x))", "fake": "G(codes(label))"},
        "losses": {name: SPEC["losses"][name] for name in ("content", "game")},
        "stages": [
            {"name": "first", "steps": 2, "losses": ["content"]},
            {"name": "second", "steps": 2, "losses": ["game"], "freeze": ["E"], "fit": {"codes": ["E(x)", "label"]}},
        ],
    }  # fmt: skip
    found = check({**spec, "data": Array.of(data)})
    games, datasets = found.spec.games(), open_datasets(found.spec)
    before = Engine(games[0], found.facts, found.stages[0], datasets, CPU)
    for _ in range(2):
        before.step()
    weights = copied(of(before, "E"))
    game = Engine(games[1], found.facts, found.stages[1], datasets, CPU, before=before)
    enter(game, found.spec.stages[1], before)
    assert same(of(game, "E"), weights)  # not even its running means have seen the data again
    for networks in ({**game.networks}, {**game.networks, **game.ema}):
        encoder, layer = networks["E"], networks["codes"]
        encoder.eval()
        with torch.no_grad():
            codes = encoder(data["x"]).double()
        for kind in range(3):
            mine = codes[data["label"] == kind]
            torch.testing.assert_close(layer.mean[kind].double(), mine.mean(0), rtol=1e-4, atol=1e-5)
            spread = (layer.factor[kind] @ layer.factor[kind].T).double()
            torch.testing.assert_close(spread, mine.T.cov(), rtol=1e-3, atol=1e-6)


def test_a_network_from_another_run_starts_as_it_ended_there(tmp_path):
    ring_run(tmp_path / "a", "train.steps=3")
    source = {"rivalry": 1, "extends": "ring", "generators": {"G": {"width": 8, "from": str(tmp_path / "a" / "G")}},
              "discriminators": {"D": {"width": 8}}, "train": {"batch": 16, "device": "cpu", "steps": 1}}  # fmt: skip
    started: dict[str, Tensor] = {}
    step = Engine.step

    def first(self: Engine) -> dict[str, Tensor]:
        started.update(copied(self.tensors()))
        return step(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "step", first)
        assert train(source, out=tmp_path / "b", quiet=True).status == "done"
    there = checkpoint.newest(tmp_path / "a")[0].tensors
    mine = [key for key in there if key.startswith(("networks.G.", "ema.G."))]
    assert {key.split(".")[0] for key in mine} == {"networks", "ema"}
    assert all(torch.equal(started[key], there[key]) for key in mine)
    assert not all(torch.equal(started[key], there[key]) for key in there if key.startswith("networks.D."))


@pytest.mark.parametrize(("wanted", "message"), [
    ("a/H", "has no network 'H'"),
    ("b/G", "there is no run at"),
])  # fmt: skip
def test_a_network_that_is_not_there_is_named(tmp_path, wanted, message):
    ring_run(tmp_path / "a", "train.steps=1")
    source = {"rivalry": 1, "extends": "ring", "generators": {"G": {"width": 8, "from": str(tmp_path / wanted)}}}
    with pytest.raises(SpecError, match=message):
        train(source, out=tmp_path / "c", quiet=True)
    assert not (tmp_path / "c").exists()
