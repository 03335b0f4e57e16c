"""Objectives that see samples or judge vectors, penalties of weights, numbers that observe several tensors, orders that
remember: what the core promises them, in every form of a step.

Mutations caught: samples handed over attached in the discriminator's turn; the fake samples detached in the
generator's; the state's second number read as the value; an order's memory left out of the checkpoint.
"""

from typing import Annotated, Any, ClassVar

import pytest
import torch
from attrs import frozen
from pydantic import ValidationError
from torch import Tensor, nn

from rivalry.checking import check
from rivalry.errors import SpecError
from rivalry.explain import form
from rivalry.graph.confirm import Confirmed
from rivalry.interfaces import Joint, NetworkPenalty, Objective, Observing, Order, WeightNorm
from rivalry.lock import Lock
from rivalry.marks import Ge, SeesSamples
from rivalry.plugins import configure, plugin
from rivalry.spec.model import Spec
from small import copied, digest, engine_of

DATA = torch.linspace(-1, 1, 64).reshape(32, 2)


@frozen
class Weighing(Objective, SeesSamples):
    """Scores weighed by the samples' first coordinates: it notes who still had a graph."""

    name: ClassVar[str] = "weighing"
    paper: ClassVar[str] = "none: for tests"
    seen: ClassVar[list[Any]] = []

    def discriminator(self, real: Tensor, fake: Tensor, *, samples: Any) -> Tensor:
        self.seen.append(("discriminator", samples[0].requires_grad, samples[1].requires_grad))
        return (fake * samples[1][:, :1]).mean() - (real * samples[0][:, :1]).mean()

    def generator(self, real: Tensor | None, fake: Tensor, *, samples: Any) -> Tensor:
        self.seen.append(("generator", real, samples[1].requires_grad))
        return -(fake * samples[1][:, :1]).mean()


@frozen
class Vectors(Objective):
    """The distance of mean vectors."""

    name: ClassVar[str] = "vectors"
    paper: ClassVar[str] = "none: for tests"
    scores: Annotated[int, Ge(1)] = 3

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        assert real.shape[1] == fake.shape[1] == self.scores
        return -(real.mean(0) - fake.mean(0)).square().sum()

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        return fake.mean(0).square().sum()


@frozen
class Size(NetworkPenalty):
    """Half the sum of squares of all weights."""

    name: ClassVar[str] = "size"
    paper: ClassVar[str] = "none: for tests"

    def of_network(self, network: nn.Module) -> Tensor:
        return torch.stack([0.5 * parameter.square().sum() for parameter in network.parameters()]).sum()


@frozen
class Halved(WeightNorm):
    """Half of every weight."""

    name: ClassVar[str] = "halved"
    paper: ClassVar[str] = "none: for tests"

    def reparametrise(self, layer: nn.Module) -> None:
        nn.utils.parametrize.register_parametrization(layer, "weight", Half())


class Half(nn.Module):
    def forward(self, weight: Tensor) -> Tensor:
        return weight / 2


@frozen
class Counted(Observing):
    """The first tensor's mean less the second's, and how often it has looked."""

    name: ClassVar[str] = "counted"
    paper: ClassVar[str] = "none: for tests"
    observes: ClassVar[int] = 2
    initial: tuple[float, ...] = (0.5, 0.0)

    def follow(self, value: Tensor, observed: Tensor) -> Tensor:
        return torch.stack([observed[0] - observed[1], value[1] + 1])


@frozen
class Heavy(Order):
    """All move by the sum of their gradients so far."""

    name: ClassVar[str] = "heavy"
    paper: ClassVar[str] = "none: for tests"

    def play(self, game: Joint) -> None:
        rows = game.gradients()
        for player, row in rows.items():
            old = game.memory.get(player, [torch.zeros_like(part) for part in row])
            game.memory[player] = [before + part.detach() for before, part in zip(old, row, strict=True)]
        game.move(game.memory)


def game(**sections: Any) -> dict[str, Any]:
    """Two narrow perceptrons on points of the plane, moved by plain gradient steps."""
    critic = sections.pop("D", {})
    players = {name: {"optimizer": {"use": "sgd", "lr": 0.1}} for name in ("discriminator", "generator")}
    return {
        "latents": {"z": {"use": "normal", "size": 2}},
        "generators": {"G": {"use": "mlp", "width": 4, "layers": 1}},
        "discriminators": {"D": critic if "use" in critic else {"use": "mlp", "width": 4, "layers": 1, **critic}},
        "flow": {"fake": "G(z)"},
        "losses": {"game": {"objective": "wasserstein", "judge": "D", "real": "x", "fake": "fake"}},
        "players": players,
        **sections,
        "train": {"steps": 4, "batch": 8, "device": "cpu", "ema": None, **sections.get("train", {})},
    }


def judged(objective: Any, **more: Any) -> dict[str, Any]:
    return {"game": {"objective": objective, "judge": "D", "real": "x", "fake": "fake"}, **more}


def test_the_discriminator_sees_detached_samples_and_the_generator_its_own_with_their_graph():
    Weighing.seen.clear()
    engine_of(game(losses=judged(Weighing())), data=DATA).step()
    assert Weighing.seen[-2:] == [("discriminator", False, False), ("generator", None, True)]


@pytest.mark.parametrize("order", ["simultaneous", "alternating"])
def test_gradients_through_scores_and_through_samples_are_those_of_plain_autograd(order):
    train = {"order": "simultaneous"} if order == "simultaneous" else {}
    engine = engine_of(game(losses=judged(Weighing()), train=train), data=DATA)
    critic, generator = engine.networks["D"], engine.networks["G"]
    before = copied(dict(generator.named_parameters()))
    was = copied(dict(critic.named_parameters()))
    engine.now.begin(), engine.now.deal(0)
    z = engine.now.latent("z")
    engine.step()
    seen = was if order == "simultaneous" else dict(critic.named_parameters())
    fake = torch.func.functional_call(generator, before, z)
    leaf = {name: tensor.detach().requires_grad_() for name, tensor in before.items()}
    fake = torch.func.functional_call(generator, leaf, z)
    loss = -(torch.func.functional_call(critic, seen, fake)[:, None] * fake[:, :1]).mean()
    for (name, now), gradient in zip(
        generator.named_parameters(), torch.autograd.grad(loss, list(leaf.values())), strict=True
    ):
        torch.testing.assert_close(now, before[name] - 0.1 * gradient, rtol=1e-5, atol=1e-7)


def test_a_joint_sample_is_seen_as_one_vector_a_row():
    seen = []

    @frozen
    class Looking(Weighing):
        name: ClassVar[str] = "looking"

        def generator(self, real, fake, *, samples):
            seen.append([tuple(part.shape) for part in samples])
            return fake.mean()

    losses = {"game": {"objective": Looking(), "judge": "D", "real": ["x", "z"], "fake": ["fake", "z"]}}
    engine_of(game(losses=losses), data=DATA).step()
    assert seen[-1] == [(8, 4), (8, 4)]


def test_one_backward_pass_is_refused_to_an_objective_that_sees_samples():
    checked = check({**game(losses=judged(Weighing()), train={"order": "simultaneous"}), "data": {"use": "ring"}})
    assert "'Weighing' sees the samples beside their scores" in form(checked)


def test_a_judge_gives_as_many_scores_as_its_objective_wants():
    engine = engine_of(game(losses=judged(Vectors(5))), data=DATA)
    assert engine.networks["D"](DATA).shape == (32, 5)
    engine.step()


def test_the_width_of_scores_is_kept_in_the_lock():
    engine = engine_of(game(losses=judged(Vectors(5))), data=DATA)
    again = Lock.of(Lock({}, engine.facts, Confirmed(), {}, {}).plain())
    assert again.facts.given("D")["scores"] == 5


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        (
            {"losses": judged(Vectors(5), other=judged("wasserstein")["game"])},
            "'D' is to give 5 for 'game' and 1 for 'other' as scores of a sample",
        ),
        ({"losses": judged("wasserstein", small={"penalty": Size(), "on": "E"})}, "no network is called 'E'"),
        (
            {"losses": judged("wasserstein", small={"penalty": "r1", "on": "D"})},
            "'r1' looks at a judge's scores, not at a network's weights",
        ),
        (
            {"losses": judged("wasserstein", small={"penalty": Size()})},
            "wanted either `of: <a loss>` or judge, real and fake, or `on: <a network>`",
        ),
        (
            {"losses": judged("wasserstein", small={"penalty": Size(), "on": "D", "of": "game"})},
            "wanted either `of: <a loss>` or judge, real and fake, or `on: <a network>`",
        ),
        ({"D": {"weight_norm": "spectrall"}}, "no weight_norm is called 'spectrall'"),
    ],
)
def test_what_does_not_go_together_is_refused_in_words(sections, words):
    with pytest.raises(SpecError) as caught:
        check({**game(**sections), "data": {"use": "ring"}})
    assert words in str(caught.value)


@pytest.mark.parametrize("where", [{"on": "G"}, {"on": ["D", "G"]}, {"of": "game"}])
@pytest.mark.parametrize("train", [{}, {"order": "simultaneous"}])
def test_a_penalty_of_weights_shrinks_the_networks_that_it_is_on_and_no_other(where, train):
    def after(losses):
        engine = engine_of(game(losses=losses, train=train), data=DATA)
        before = {name: copied(dict(module.named_parameters())) for name, module in engine.networks.items()}
        engine.step()
        return before, {name: dict(module.named_parameters()) for name, module in engine.networks.items()}

    before, plain = after(judged("wasserstein"))
    _, shrunk = after(judged("wasserstein", small={"penalty": Size(), "weight": 0.5, **where}))
    on = {"D"} if "of" in where else set(where["on"])
    for name in ("D", "G"):
        for key, start in before[name].items():
            expected = plain[name][key] - (0.1 * 0.5 * start if name in on else 0)
            if name == "G" and "D" in on and not train:
                continue  # it moves after the critic, which stands elsewhere
            torch.testing.assert_close(shrunk[name][key], expected, rtol=1e-5, atol=1e-7)


def test_a_weight_norm_is_on_every_layer_of_the_network_that_names_it():
    plain, normed = (engine_of(game(D=more), data=DATA) for more in ({}, {"weight_norm": Halved()}))
    x = torch.ones(2, 2)
    layer = next(m for m in plain.networks["D"].modules() if isinstance(m, nn.Linear))
    other = next(m for m in normed.networks["D"].modules() if isinstance(m, nn.Linear))
    torch.testing.assert_close(other.weight, layer.weight / 2)
    assert normed.networks["D"](x).shape == (2,)
    assert not any("parametrizations" in key for key in normed.networks["G"].state_dict())
    normed.step()


@pytest.fixture
def counted():
    """`counted` for as long as a test lasts."""
    plugin(Counted)
    yield
    configure()


OBSERVED = {"use": "counted", "observe": ["D(x)", "D(fake) * 2"]}


@pytest.mark.parametrize("train", [{}, {"order": "simultaneous"}])
def test_a_number_may_observe_several_tensors_and_remember_more_than_its_value(counted, train):
    losses = judged("wasserstein")
    losses["game"]["weight"] = "k"
    engine = engine_of(game(schedules={"k": OBSERVED}, losses=losses, train=train), data=DATA)
    assert engine.now.number("k").shape == ()
    assert engine.now.number("k").item() == 0.5
    seen, observe = [], engine.now.observe
    engine.now.observe = lambda name, *rows: (seen.append(rows), observe(name, *rows))
    for step in range(1, 4):
        engine.step()
        real, fake = seen[-1]
        torch.testing.assert_close(engine.now.number("k"), real.mean() - fake.mean())
        assert engine.now.steering["k"][1] == step
    again = engine_of(game(schedules={"k": OBSERVED}, losses=losses, train=train), data=DATA)
    again.restore(engine.tensors(), 3)
    assert digest(again.tensors()) == digest(engine.tensors())
    assert digest_of_steps(again) == digest_of_steps(engine)


def digest_of_steps(engine):
    engine.step()
    return digest(engine.tensors())


@pytest.mark.parametrize(
    ("observe", "words"),
    [("D(x)", "'counted' observes 2 tensors, got 1"), (["D(x)"], "got 1"), (["D(x)", "D(x)", "D(x)"], "got 3")],
)
def test_it_says_how_many_tensors_it_observes(counted, observe, words):
    with pytest.raises(ValidationError, match=words):
        Spec.model_validate({**game(schedules={"k": {"use": "counted", "observe": observe}}), "data": {"use": "ring"}})


def test_an_order_remembers_from_step_to_step_and_across_a_checkpoint():
    source = game(train={"order": Heavy()})
    engine = engine_of(source, data=DATA)
    for _ in range(3):
        engine.step()
    kept = copied(engine.tensors())
    assert sum(key.startswith("order.") for key in kept) == len(list(engine.networks["D"].parameters())) * 2
    again = engine_of(source, data=DATA)
    again.restore(kept, 3)
    assert digest_of_steps(again) == digest_of_steps(engine)
    assert digest(engine.tensors()) != digest(kept)


@frozen
class Apart(Order):
    """One backward pass of all players' losses, each with everybody else at rest."""

    name: ClassVar[str] = "apart"
    paper: ClassVar[str] = "none: for tests"

    def play(self, game: Joint) -> None:
        parameters, plain = game.parameters(), game.gradients()
        flat = [parameter for own in parameters.values() for parameter in own]
        total = torch.stack([game.losses(player) for player in parameters]).sum()
        rows = iter(torch.autograd.grad(total, flat))
        found = {player: [next(rows) for _ in own] for player, own in parameters.items()}
        for player, own in plain.items():
            for one, other in zip(own, found[player], strict=True):
                torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-8)
        assert all(parameter.requires_grad for parameter in flat)
        game.move(game.mean(found))


def test_the_losses_of_one_player_have_a_graph_to_its_own_parameters_alone():
    engine_of(game(losses=judged("non_saturating"), train={"order": Apart()}), data=DATA).step()


def test_merged_moves_as_simultaneous_does_from_a_spec():
    both = {}
    for order in ("merged", "simultaneous"):
        losses = judged("hinge", penalty={"penalty": "r1", "of": "game", "weight": 0.3})
        engine = engine_of(game(losses=losses, train={"order": order}), data=DATA)
        logged = [engine.step() for _ in range(3)]
        both[order] = {**engine.networks["G"].state_dict(), **engine.networks["D"].state_dict(), **logged[-1]}
    for name, tensor in both["merged"].items():
        torch.testing.assert_close(tensor, both["simultaneous"][name], rtol=1e-5, atol=1e-7)


def test_so_do_losses_that_train_some_of_its_networks_only():
    sections = {
        "generators": {"G": {"use": "mlp", "width": 4}},
        "encoders": {"E": {"use": "mlp", "width": 4, "output": 2}},
        "flow": {"fake": "G(z)", "code": "E(fake)"},
        "losses": {
            **judged("non_saturating"),
            "code": {"use": "l2", "of": ["code", "z"], "trains": ["E"]},
            "more": {"use": "l2", "of": ["code", "z"], "weight": 0.3},
        },
    }
    engine_of(game(**sections, train={"order": Apart()}), data=DATA).step()


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        (
            {"D": {"use": "gradient_normalised", "critic": {"use": "mlp", "weight_norm": "spectral"}}},
            "discriminators.D.critic.weight_norm: is not known here",
        ),
        (
            {
                "losses": {
                    "game": {"objective": "non_saturating", "judge": "D", "real": ["x", "z"], "fake": ["fake", "z"]},
                    "penalty": {"penalty": "gradient", "of": "game"},
                }
            },
            "'gradient' wants one tensor, but the judge sees a joint sample, [x, z]",
        ),
        (
            {
                "losses": judged(
                    "wasserstein",
                    steady={
                        "penalty": {
                            "use": "consistency",
                            "augment": {
                                "use": "ada",
                                "probability": {"use": "linear", "start": 0, "end": 1, "over": 9},
                            },
                        },
                        "of": "game",
                    },
                )
            },
            "losses.steady.penalty.augment.probability: 'augment' is made once, with its numbers",
        ),
    ],
)
def test_what_stands_inside_a_part_is_refused_in_words_where_it_would_be_lost(sections, words):
    with pytest.raises(SpecError) as caught:
        check({**game(**sections), "data": {"use": "ring"}})
    assert words in str(caught.value)
