"""Every shipped spec, narrowed: it trains, its gradients are autograd's, it resumes exactly and reads back as written.

Mutations that were tried and fail here: fakes not detached from their generator, the factor of a lazy term left out, an
optimiser state left out of the checkpoint.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rivalry import checkpoint
from rivalry.checking import Checked, check, open_datasets
from rivalry.engine import Engine
from rivalry.graph.emit import emit
from rivalry.graph.evaluate import evaluate
from rivalry.graph.nodes import Node, Term, fill, walk
from rivalry.marks import Draws
from rivalry.plugins import plugins
from rivalry.spec.model import Spec
from small import CPU, digest, narrow

SPECS = sorted(plugins().specs())
CANCELLING = {"ring_hinge", "ring_relativistic", "ring_wasserstein"}
"""A constant added to every score changes nothing at the start: the critic's last bias has gradient 1 - 1 = 0."""
FORWARDS = {  # of one step, by network
    "cgan": {"G": 1, "D": 3},
    "dcgan": {"G": 1, "D": 3},
    "hinge_resnet": {"G": 1, "D": 3},
    "lsgan": {"G": 1, "D": 3},
    "ring": {"G": 1, "D": 3},
    "ring_f_divergence": {"G": 1, "D": 3},
    "ring_hinge": {"G": 1, "D": 3},
    "ring_lsgan": {"G": 1, "D": 3},
    "ring_minimax": {"G": 1, "D": 3},
    "ring_non_saturating": {"G": 1, "D": 3},
    "ring_relativistic": {"G": 1, "D": 4},
    "ring_wasserstein": {"G": 3, "D": 10},
    "wgan_gp": {"G": 5, "D": 16},
}


@cache
def checked(name: str) -> Checked:
    return check(name, [*narrow(name, 16 if name.startswith("ring") else 4), "train.batch=8"])


def engine(name: str) -> Engine:
    found = checked(name)
    return Engine(found.spec, found.facts, found.confirmed, open_datasets(found.spec), CPU)


@pytest.mark.parametrize("name", SPECS)
def test_two_steps_move_every_trainable_tensor_and_keep_losses_finite(name):
    game = engine(name)
    before = {key: value.clone() for key, value in parameters(game)}
    for _ in range(2):
        losses = game.step()
        assert losses
        assert all(loss.isfinite() for loss in losses.values())
    still = [key for key, value in parameters(game) if torch.equal(value, before[key])]
    assert still == (["D.net.6.bias"] if name in CANCELLING else [])


def parameters(game: Engine) -> Iterator[tuple[str, Tensor]]:
    for name, network in game.networks.items():
        for key, parameter in network.named_parameters():
            yield f"{name}.{key}", parameter


def always_the_same(game: Engine) -> None:
    """Every turn sees the first batch, the first latents and the first draws."""
    now = game.now
    deal = now.deal

    def first(index: int) -> None:
        step, now.step = now.step, 0
        deal(0)
        now.step = step

    now.deal = first


def recorded(game: Engine) -> dict[str, list[float]]:
    """Every value of every loss, as it is recorded."""
    rows: dict[str, list[float]] = {}
    record = game.now.record

    def keep(label: str, loss: Tensor) -> None:
        rows.setdefault(label, []).append(loss.item())
        record(label, loss)

    game.now.record = keep
    return rows


@pytest.mark.parametrize("name", SPECS)
def test_each_player_lowers_its_own_loss_while_the_others_rest(name):
    for player in checked(name).spec.graph.players:
        game = engine(name)
        always_the_same(game)
        rows = recorded(game)
        for other in set(game.players) - {player}:
            rest(game.players[other])
        turns = game.spec.graph.order.count(player)
        for _ in range(-(-8 // turns)):
            game.now.step = 0
            game.step()
        terms = game.spec.graph.terms_of(player)
        totals = [sum(weight_of(t) * value for t, value in zip(terms, values, strict=True))
                  for values in zip(*(rows[t.label] for t in terms), strict=True)]  # fmt: skip
        assert 8 <= len(totals) <= 30
        assert totals[-1] < totals[0], f"{player}: {totals[0]} -> {totals[-1]}"


def rest(player: Any) -> None:
    def discard(now: Any) -> None:
        player.gradients = None

    player.move = discard


def weight_of(term: Term) -> float:
    assert isinstance(term.weight, int | float)
    return term.weight * term.every


# The emitted step against plain autograd


class Reference:
    """Losses of the unoptimised graph on the sources that the emitted step was given."""

    def __init__(self, game: Engine) -> None:
        self.game = game
        self.sources: dict[tuple[str, str], Tensor] = {}
        now = game.now
        data, latent = now.data, now.latent

        def wide(op: str, name: str, value: Tensor) -> Tensor:
            self.sources[op, name] = value.double() if value.is_floating_point() else value
            return self.sources[op, name]

        now.data = lambda name: wide("data", name, data(name))
        now.latent = lambda name, *turn: wide("latent", name, latent(name, *turn))

    def value(self, node: Node, **given: Any) -> Any:
        sources = {at: self.sources[at.op, at.name] for at in walk(node) if at.op in ("data", "latent")}
        return evaluate(node, {**sources, **given.get("values", {})}, self.game.networks, self.game.now.streams)

    def judge(self, term: Term, sample: Tensor) -> Any:
        hole = Node("leaf", "sample")
        return self.value(fill(term.judge, hole), values={hole: sample})

    def loss(self, term: Term) -> Tensor:
        """The term by the definitions of its kind: nothing detached, nothing shared."""
        component = term.use.build()
        if term.judge is None:
            return component(*map(self.value, term.of))
        real, fake = self.value(term.real), self.value(term.fake)
        if term.side == "penalty":
            name = f"losses.{term.loss}"
            draw = {"draw": self.game.now.draw(name)} if issubclass(term.use.component, Draws) else {}
            return component(lambda sample: self.judge(term, sample), real.detach(), fake.detach(), **draw)
        scores = self.value(fill(term.judge, term.real)), self.value(fill(term.judge, term.fake))
        return (
            component.discriminator_loss(*scores) if term.side == "discriminator" else component.generator_loss(*scores)
        )

    def gradients(self, term: Term) -> dict[str, Tensor]:
        """By every parameter of the game; zero for the networks that the term does not train."""
        every = dict(parameters(self.game))
        frozen = [p for p in every.values() if not p.requires_grad]
        for parameter in frozen:
            parameter.requires_grad_(True)
        try:
            found = torch.autograd.grad(
                self.loss(term), list(every.values()), allow_unused=True, materialize_grads=True
            )
        finally:
            for parameter in frozen:
                parameter.requires_grad_(False)
        return {
            key: value if key.partition(".")[0] in term.trains else torch.zeros_like(value)
            for key, value in zip(every, found, strict=True)
        }


@pytest.fixture
def double() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("name", SPECS)
def test_emitted_gradients_are_those_of_plain_autograd(name, double):
    """Each term's own gradient by the graph of the emitted code, and each player's sum of them when it moves."""
    game = engine(name)  # in float64: weights and draws follow the default
    reference = Reference(game)
    terms = {term.label: term for term in game.spec.graph.terms}
    expected: dict[str, dict[str, Tensor]] = {}
    moved: Counter[str] = Counter()
    record = game.now.record

    def compare_term(label: str, loss: Tensor) -> None:
        term = terms[label]
        expected[label] = reference.gradients(term)
        assert loss.item() == pytest.approx(reference.loss(term).item(), rel=1e-10, abs=1e-12)
        mine = {key: p for key, p in parameters(game) if p.requires_grad}
        found = torch.autograd.grad(
            loss, [*mine.values()], retain_graph=True, allow_unused=True, materialize_grads=True
        )
        for key, gradient in zip(mine, found, strict=True):
            torch.testing.assert_close(gradient, expected[label][key], rtol=1e-9, atol=1e-11)
        for network in game.networks:
            arrives = any(g.any() for key, g in expected[label].items() if key.startswith(f"{network}."))
            assert arrives == checked(name).confirmed.table.get((label, network), False), (label, network)
        record(label, loss)

    def compare_total(player: Any) -> None:
        keys = {id(parameter): key for key, parameter in parameters(game)}
        for parameter, gradient in zip(player.parameters, player.gradients, strict=True):
            rows = [
                weight_of(t) * expected[t.label][keys[id(parameter)]] for t in game.spec.graph.terms_of(player.name)
            ]
            torch.testing.assert_close(gradient, sum(rows), rtol=1e-9, atol=1e-11)
        moved[player.name] += 1

    game.now.record = compare_term
    for player in game.players.values():
        before_moving(player, compare_total)
    game.step()
    assert set(expected) == set(terms)
    assert moved == Counter(game.spec.graph.order)


def before_moving(player: Any, look: Any) -> None:
    move = player.move

    def looked(now: Any) -> None:
        look(player)
        move(now)

    player.move = looked


# Forwards, resuming, writing


@pytest.mark.parametrize("name", SPECS)
def test_forwards_of_a_step_are_the_pinned_ones(name):
    game = engine(name)
    counted: Counter[str] = Counter()

    def watch(network: str, module: nn.Module) -> None:
        module.register_forward_pre_hook(lambda module, args: counted.update([network]))

    for network, module in game.networks.items():
        watch(network, module)
    game.step()
    assert dict(counted) == FORWARDS[name] == checked(name).confirmed.forwards


@pytest.mark.parametrize("name", SPECS)
def test_half_a_run_reloaded_and_played_on_is_the_whole_run(name, tmp_path):
    whole, half = engine(name), engine(name)
    losses = [whole.step() for _ in range(4)][-1]
    for _ in range(2):
        half.step()
    path = checkpoint.write(tmp_path, 2, half.tensors(), {}, keep=1)
    del half
    found = checkpoint.read(path)
    resumed = engine(name)
    resumed.restore(found.tensors, found.step)
    again = [resumed.step() for _ in range(2)][-1]
    assert digest(resumed.tensors()) == digest(whole.tensors())
    assert {label: loss.item() for label, loss in again.items()} == {
        label: loss.item() for label, loss in losses.items()
    }


@pytest.mark.parametrize("name", SPECS)
def test_written_spec_reads_back_as_the_same_program(name, tmp_path: Path):
    spec = Spec.load(name)
    file = tmp_path / "again.yaml"
    file.write_text(spec.yaml())
    again = Spec.load(str(file))
    assert emit(again.graph, again.train.fakes).source == emit(spec.graph, spec.train.fakes).source
    assert again.plain() == spec.plain()
