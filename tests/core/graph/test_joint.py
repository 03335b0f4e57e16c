"""Joint steps in float64, held to plain autograd with a backward pass for each player.

Mutations caught: the critic's derivative as it stands where it is 0; the generator's weight left out; a loss through
the judge not refused; a sample not detached from the judge's own player; factors of `trains` ignored.
"""

from functools import cache
from typing import Any

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import Tensor

from rivalry.checking import check, open_datasets
from rivalry.engine import Engine
from rivalry.errors import SpecError
from rivalry.explain import form
from rivalry.graph.binding import bindings, compiled
from rivalry.graph.costs import Flops
from rivalry.graph.emit import emit
from rivalry.graph.evaluate import evaluate
from rivalry.graph.merging import obstacles
from rivalry.graph.nodes import fill, walk
from rivalry.interfaces import Order, SamplePenalty
from rivalry.marks import ComparesScores, Draws, SeesSamples
from rivalry.plugins import plugins
from rivalry.spec.model import Spec
from rivalry.spec.schema import checked_entry
from rivalry.spec.tree import Tree
from rivalry_zoo.datasets.array import Array
from small import CPU

BATCH = 4
POINTS, PICTURES = torch.zeros(32, 3), torch.zeros(32, 1, 16, 16)
GAME = {"objective": "hinge", "judge": "D", "real": "x", "fake": "fake"}
MLP = {"use": "mlp", "width": 5, "layers": 2}
BARE = {"use": "dcgan", "width": 2, "norm": "none"}
FULL: dict[str, tuple[Tensor, dict[str, Any], dict[str, Any]]] = {
    "mlp": (POINTS, MLP, MLP),
    "dcgan without norm": (PICTURES, {"use": "dcgan", "width": 2}, BARE),
    "dcgan with instance norm": (PICTURES, {"use": "dcgan", "width": 2}, {**BARE, "norm": "instance"}),
}  # fmt: skip
OBJECTIVES: list[Any] = [
    *(
        name
        for name, (c, _) in plugins().table()["objective"].items()
        if not issubclass(c, ComparesScores | SeesSamples)
    ),
    {"use": "began", "balance": 0.0},
    {"use": "began", "balance": 0.7},
    {"use": "lsgan", "real": 1, "fake": -1, "target": 0},
    {"use": "f_divergence", "alternative": True},
    *({"use": "dual_space", "pair": pair} for pair in ("exponential", "chi_square", "kl", "least_squares")),
]


@pytest.fixture(autouse=True)
def double():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def source(data: Tensor = POINTS, **sections: Any) -> dict[str, Any]:
    return {
        "data": Array.of(data.float()),
        "latents": {"z": {"use": "normal", "size": 4}},
        "generators": {"G": MLP},
        "discriminators": {"D": MLP},
        "flow": {"fake": "G(z)"},
        "losses": {"game": GAME},
        **sections,
        "train": {"steps": 1, "batch": BATCH, "order": "simultaneous", "ema": None, **sections.get("train", {})},
    }


class Kept:
    """A game that is played without moving: its gradients, its losses and what it was given."""

    def __init__(self, spec: dict[str, Any], merge: bool = True) -> None:
        torch.set_default_dtype(torch.float32)
        self.checked = check(Spec.model_validate(spec))
        torch.set_default_dtype(torch.float64)
        torch.manual_seed(0)
        spec_ = self.checked.spec
        self.game = Engine(spec_, self.checked.facts, self.checked.confirmed, open_datasets(spec_), CPU)
        for network in self.game.networks.values():
            network.double()
        if not merge:
            names = bindings(self.graph, self.game.networks, self.game.players)
            self.game._step = compiled(emit(self.graph), names, "test")
        self.objective: Any = None
        self.given: dict[str, Tensor] = {}
        self.found: dict[str, list[Tensor]] = {}
        now = self.game.now
        now.data = now.latent = lambda name: self.given[name]
        for player in self.game.players.values():
            player.move = lambda now, opened=None, p=player: self.found.__setitem__(p.name, p.gradients)

    def plays(self, objective: Any) -> None:
        """Another objective in place of the game's."""
        self.objective = checked_entry("objective", objective).build()
        self.game._step.__globals__["losses"].game = self.objective

    @property
    def graph(self) -> Any:
        return self.checked.spec.graph

    def gradients(self, step: int = 0, **given: Tensor) -> dict[str, list[Tensor]]:
        self.given, self.found = given, {}
        self.game.now.step = step
        self.game.step()
        return self.found

    def reference(self, step: int = 0) -> dict[str, list[Tensor]]:
        """Every loss by itself, in a graph of its own, by the parameters of the networks that it trains."""
        game, sums = self.game, {}
        for name, player in game.players.items():
            sums[name] = [torch.zeros_like(p) for p in player.parameters]
        for term in self.graph.terms:
            if step < term.after or step % term.every:
                continue
            for name, player in game.players.items():
                for network in term.trains & set(player.owned):
                    own = player.owned[network]
                    for p in own:
                        p.requires_grad_(True)
                    rows = torch.autograd.grad(self.loss(term), own, allow_unused=True, materialize_grads=True)
                    for p, row in zip(own, rows, strict=True):
                        p.requires_grad_(False)
                        index = next(i for i, q in enumerate(player.parameters) if q is p)
                        sums[name][index] += float(term.weight) * term.every * term.factors.get(network, 1.0) * row
        return sums

    def loss(self, term: Any) -> Tensor:
        component = self.objective if term.loss == "game" and self.objective else term.use.build()
        if term.judge is None:
            return component(*(self.value(node) for node in term.of))
        if term.side == "penalty":
            draw = {"draw": self.game.now.draw(f"losses.{term.loss}")} if isinstance(component, Draws) else {}
            if isinstance(component, SamplePenalty):
                assert term.judge.op == "network"
            return component(self.game.networks[term.judge.name], self.value(term.real).detach(),
                             self.value(term.fake).detach(), **draw)  # fmt: skip
        real, fake = self.value(fill(term.judge, term.real)), self.value(fill(term.judge, term.fake))
        return (
            component.discriminator_loss(real, fake)
            if term.side == "discriminator"
            else component.generator_loss(real, fake)
        )

    def value(self, node: Any) -> Any:
        sources = {at: self.given[at.name] for at in walk(node) if at.op in ("data", "latent")}
        return evaluate(node, sources, self.game.networks, self.game.now.streams)


def assert_close(found: dict[str, list[Tensor]], expected: dict[str, list[Tensor]], least: float = 0.0) -> None:
    """Each player's gradient as one vector, to 1e-10 of its length."""
    assert set(found) == set(expected)
    for player, rows in expected.items():
        mine, theirs = (torch.cat([row.flatten() for row in table]) for table in (found[player], rows))
        assert mine.isfinite().all()
        assert (mine - theirs).norm() <= 1e-10 * theirs.norm() + least, player


def drawn(n: int, seed: int, data: Tensor = POINTS) -> dict[str, Tensor]:
    torch.manual_seed(seed)
    return {"x": torch.randn(n, *data.shape[1:]), "z": torch.randn(n, 4)}


# one backward pass for both sides


@cache
def merged(networks: str) -> Kept:
    data, generator, discriminator = FULL[networks]
    loss = {**GAME, "weight": {"generator": 0.3, "discriminator": 2.0}}
    return Kept(source(data, generators={"G": generator}, discriminators={"D": discriminator}, losses={"game": loss}))


def spread_out(play: Kept, spread: float) -> None:
    """The last layer so that scores of the batch reach as far as that."""
    discriminator = play.game.networks["D"]
    with torch.no_grad():
        scores = torch.cat([discriminator(play.game.networks["G"](play.given["z"])), discriminator(play.given["x"])])
        last = list(
            discriminator.head.parameters() if hasattr(discriminator, "head") else discriminator.net[-1].parameters()
        )
        for p in last:
            p.mul_(spread / scores.abs().max())


def agrees(networks: str, objective: Any, n: int, spread: float, seed: int) -> None:
    play = merged(networks)
    assert play.checked.confirmed.merged
    play.plays(objective)
    play.given = drawn(n, seed, FULL[networks][0])
    spread_out(play, spread)
    found, expected = play.gradients(**play.given), play.reference()
    assert_close(
        found, expected, least=1e-17 * (1 + float(torch.cat([r.flatten() for r in expected["generator"]]).norm()))
    )


@given(st.sampled_from(OBJECTIVES), st.integers(1, 17), st.floats(1e-3, 30), st.integers(0, 99))
@example("hinge", 5, 30.0, 0)
@example({"use": "began", "balance": 0.0}, 5, 30.0, 0)
@settings(max_examples=40)
def test_one_backward_pass_gives_both_players_their_own_gradients(objective, n, spread, seed):
    agrees("mlp", objective, n, spread, seed)


@pytest.mark.parametrize("networks", list(FULL)[1:])
@given(st.sampled_from(OBJECTIVES), st.integers(1, 17), st.floats(1e-3, 30), st.integers(0, 99))
@settings(max_examples=12)
def test_convolutions_too(networks, objective, n, spread, seed):
    agrees(networks, objective, n, spread, seed)


@pytest.mark.parametrize("n", [1, 6])
def test_hinge_beyond_every_margin_moves_the_generator_only(n):
    """No fake and no real sample has a derivative for the critic: 2^-64 of the generator's is all that is left."""
    play = merged("mlp")
    play.plays("hinge")
    last = play.game.networks["D"].net[-1]
    given_ = {**drawn(n, 3), "x": torch.zeros(n, 3)}
    with torch.no_grad():
        last.weight.copy_(torch.linspace(0.5, 1, 5))
        last.bias.fill_(0)
        last.bias.fill_(-5 - float(play.game.networks["D"](play.game.networks["G"](given_["z"])).abs().max()))
    found = play.gradients(**given_)
    expected = play.reference()
    assert_close({"generator": found["generator"]}, {"generator": expected["generator"]})
    assert any(row.abs().max() > 1e-6 for row in found["generator"])
    real_only = torch.cat([row.flatten() for row in expected["discriminator"]])
    mine = torch.cat([row.flatten() for row in found["discriminator"]])
    assert (mine - real_only).abs().max() < 1e-17


def test_networks_are_called_once_on_the_fakes_and_once_on_the_data():
    assert merged("mlp").checked.confirmed.forwards == {"G": 1, "D": 2}


@pytest.mark.parametrize("objective", OBJECTIVES, ids=str)
def test_every_objective_of_single_scores_qualifies(objective):
    spec = Spec.model_validate(source(losses={"game": {**GAME, "objective": objective}}))
    assert obstacles(spec.graph) == []


def test_what_is_saved_is_one_backward_pass_through_the_judge_to_the_fakes():
    """All input gradients but the first layer's, which only the generator wants: as many FLOPs as these forwards."""
    play = merged("dcgan without norm")
    given_, judge = drawn(4, 0, PICTURES), play.game.networks["D"]
    counts = []
    for merge in (True, False):
        step = compiled(
            emit(play.graph, merged=merge), bindings(play.graph, play.game.networks, play.game.players), "t"
        )
        play.given = given_
        play.game.now.begin()
        with Flops() as flops:
            step(play.game.now)
        counts.append(flops.total)
    with Flops() as every:
        judge(given_["x"])
    with Flops() as first:
        judge.body[0](given_["x"])
    assert counts[1] - counts[0] == every.total - first.total > 0


# together with other losses

EXTRA: dict[str, dict[str, Any]] = {
    "penalty at real samples": {"losses": {"game": GAME, "r1": {"penalty": "r1", "of": "game", "weight": 3}}},
    "lazy penalty": {"losses": {"game": GAME, "r1": {"penalty": "r1", "of": "game", "every": 3}}},
    "penalty between": {"losses": {"game": GAME, "gp": {"penalty": "gradient", "of": "game"}}},
    "a loss of the generator's own": {
        "losses": {"game": GAME, "near": {"use": "l2", "of": ["fake", "x"], "weight": 0.5}},
    },
    "a late loss": {"losses": {"game": GAME, "near": {"use": "l2", "of": ["fake", "x"], "after": 2}}},
    "a loss on real scores": {"losses": {"game": GAME, "small": {"use": "square", "of": "D(x)"}}},
    "a condition": {"losses": {"game": {**GAME, "judge": "D(_, z)"}}},
    "a joint sample": {"losses": {"game": {**GAME, "real": ["x", "z"], "fake": ["fake", "z"]}}},
    "a shifted score": {"losses": {"game": {**GAME, "judge": "2 * D(_) - 0.5"}}},
    "a trunk in the judge": {
        "encoders": {"T": {**MLP, "output": 3}},
        "losses": {"game": {**GAME, "judge": "D(T(_))"}},
        "players": {"discriminator": {"moves": ["D", "T"]}},
    },
    "two makers with factors": {
        "generators": {"G": {**MLP, "output": [3]}, "H": {**MLP, "output": 4}},
        "flow": {"fake": "G(H(z))"},
        "losses": {"game": {**GAME, "trains": {"G": 1, "H": 0.25}}, "near": {"use": "l2", "of": ["fake", "x"]}},
    },
    "three players": {
        "generators": {"G": MLP, "H": {**MLP, "output": 4}},
        "flow": {"fake": "G(H(z))"},
        "players": {"discriminator": {"moves": ["D"]}, "generator": {"moves": ["G"]}, "mapper": {"moves": ["H"]}},
        "losses": {"game": GAME, "near": {"use": "l2", "of": ["fake", "x"]}},
    },
    "a head that both sides train": {
        "generators": {"G": MLP, "Q": {**MLP, "output": 4}},
        "players": {"discriminator": {"moves": ["D", "Q"]}, "generator": {"moves": ["G"]}},
        "losses": {"game": GAME, "code": {"use": "l2", "of": ["Q(fake)", "z"]}},
    },
}  # fmt: skip


@pytest.mark.parametrize("case", EXTRA)
@pytest.mark.parametrize("merge", [True, False])
def test_other_losses_join_one_backward_pass_or_two(case, merge):
    play = Kept(source(**EXTRA[case]), merge)
    assert play.checked.confirmed.obstacles == ()
    for step in range(3 if "every" in str(EXTRA[case]) or "after" in str(EXTRA[case]) else 1):
        found = play.gradients(step, **drawn(5, 1))
        assert_close(found, play.reference(step), least=1e-16)


# where it is refused: one forward pass, and a backward pass for each


def pictures(**discriminator: Any) -> tuple[Tensor, dict[str, Any]]:
    generators = {"G": {"use": "dcgan", "width": 2}}
    return PICTURES, {"generators": generators, "discriminators": {"D": {"width": 2, **discriminator}}}


def match(**more: Any) -> dict[str, Any]:
    return {"losses": {"game": GAME, "match": {"use": "l2", "of": ["D(fake)", "D(x)"], **more}}}


CODE = {**MLP, "output": 4}
MIRROR = {**GAME, "objective": "mirrored", "real": ["x", "E(x)"], "fake": ["fake", "z"]}
SECOND = {**GAME, "judge": "C", "objective": "lsgan"}
LAZY = {"game": {**GAME, "every": 2}, "near": {"use": "l2", "of": ["fake", "x"]}}
LEARNT = {**GAME, "judge": "D(_, code)", "fake": "G(code)", "trains": ["G", "H"]}
REFUSED: dict[str, tuple[tuple[Tensor, dict[str, Any]], str]] = {
    "batch norm": (pictures(use="dcgan"), r"'D' mixes the samples of a batch \(BatchNorm\)"),
    "minibatch statistics": (
        pictures(use="residual", most=4),
        r"'D' mixes the samples of a batch \(MinibatchDeviation\)",
    ),
    "patches": (
        pictures(use="patch", layers=1, norm="none"),
        r"'game' has scores \[N, 1, \d+, \d+\], wanted one score a sample",
    ),
    "relativistic": (
        (POINTS, {"losses": {"game": {**GAME, "objective": "relativistic"}}}),
        "'relativistic' holds the scores of a batch against each other",
    ),
    "softmax": ((POINTS, {"losses": {"game": {**GAME, "objective": "softmax"}}}), "'softmax' holds the scores"),
    "a second loss through the judge": (
        (POINTS, match(trains=["G"])),
        "a second loss, 'match', passes the judge with what the generator makes",
    ),
    "a second loss of both players": ((POINTS, match()), "a second loss, 'match', passes the judge"),
    "penalty at fakes": (
        (POINTS, {"losses": {"game": GAME, "r2": {"penalty": "r2", "of": "game"}}}),
        "'r2' looks at the fakes through the judge too",
    ),
    "an encoder upstream of real": (
        (POINTS, {"generators": {"G": MLP, "E": CODE}, "losses": {"game": MIRROR}}),
        "'E' learns from the real side of 'game' too",
    ),
    "two games": (
        (POINTS, {"discriminators": {"D": MLP, "C": MLP}, "losses": {"game": GAME, "more": SECOND}}),
        "wanted one objective with both its sides, got game.discriminator, game.generator, more.discriminator",
    ),
    "a lazy game": ((POINTS, {"losses": LAZY}), "'game' is not there in every step"),
    "one player": (
        (POINTS, {"players": {"all": {"moves": ["D", "G"]}}}),
        "the judge of 'game' has no player of its own",
    ),
    "rolled samples": (
        (POINTS, {"losses": {"game": {**GAME, "judge": "D(roll(_))"}}}),
        "'roll' in the judge mixes the samples of a batch",
    ),
    "a learnt condition": (
        (POINTS, {"generators": {"G": MLP, "H": CODE}, "flow": {"code": "H(z)"}, "losses": {"game": LEARNT}}),
        "'H' makes a condition of the judge and learns from its score",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_in_words_and_two_backward_passes_are_exact(case):
    (data, sections), words = REFUSED[case]
    play = Kept(source(data, **sections))
    assert not play.checked.confirmed.merged
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(form(play.checked))
    found = play.gradients(**drawn(4, 2, data))
    assert_close(found, play.reference(), least=1e-16)
    if case not in ("a lazy game", "one player"):
        assert play.checked.confirmed.forwards["D"] == 2


def test_replay_is_refused():
    play = Kept(source(layers={"old": {"use": "replay_pool", "size": 4}}, losses={"game": {**GAME, "replay": "old"}}))
    assert "the judge of 'game' is shown replayed samples" in form(play.checked)


def test_a_network_in_the_judge_and_upstream_of_the_fakes_feels_itself_through_the_judge_only():
    """T is the judge's trunk and feeds the generator too: for the judge's player the fakes are just given."""
    play = Kept(source(
        encoders={"T": {**MLP, "output": 3}},
        flow={"fake": "G(T(x))"},
        latents={},
        losses={"game": {**GAME, "objective": "logit", "judge": "D(T(_))"}},
        players={"discriminator": {"moves": ["D", "T"]}},
    ))  # fmt: skip
    assert "'T' judges what it made itself" in form(play.checked)
    found = play.gradients(x=drawn(5, 0)["x"])
    g, d, t = (play.game.networks[name].requires_grad_() for name in "GDT")
    x = play.given["x"]
    fake = g(t(x))
    critic = torch.nn.functional.softplus(-d(t(x))).mean() + torch.nn.functional.softplus(d(t(fake.detach()))).mean()
    expected = {
        "discriminator": [*torch.autograd.grad(critic, [*d.parameters(), *t.parameters()])],
        "generator": [*torch.autograd.grad(-d(t(fake)).mean(), [*g.parameters()])],
    }
    assert_close(found, expected)


# what else a step has


def test_what_a_number_observes_is_observed_once_a_step():
    """BEGAN's balance, from k = 0: its first step is gain times the mean of what is observed."""
    game = {**GAME, "objective": {"use": "began", "balance": "k"}}
    k = {"use": "proportional_control", "observe": "0.5 * u_real - u_fake", "gain": 0.5, "low": -9.0, "high": 9.0}
    play = Kept(
        source(
            losses={"game": game},
            schedules={"k": k},
            flow={"fake": "G(z)", "u_real": "-1 * D(x)", "u_fake": "-1 * D(fake)"},
        )
    )
    assert play.checked.confirmed.merged
    assert play.checked.confirmed.forwards == {"G": 1, "D": 2}
    given_ = drawn(5, 0)
    found = play.gradients(**given_)
    g, d = play.game.networks["G"], play.game.networks["D"]
    observed = (0.5 * -d(given_["x"]) + d(g(given_["z"]))).mean()
    assert play.game.now.number("k").item() == pytest.approx(0.5 * observed.item(), rel=1e-6)
    assert all(row.isfinite().all() for rows in found.values() for row in rows)


def test_a_gate_that_is_closed_keeps_its_player_still():
    players = {"discriminator": {"when": "game.discriminator > 1e9", "optimizer": {"use": "sgd", "lr": 0.1}}}
    game = small(source(players=players))
    before = {name: [p.clone() for p in player.parameters] for name, player in game.players.items()}
    game.step()  # the first step's own losses decide
    still = {n: all(map(torch.equal, before[n], player.parameters)) for n, player in game.players.items()}
    assert still == {"discriminator": True, "generator": False}


def small(spec: dict[str, Any]) -> Engine:
    torch.set_default_dtype(torch.float32)
    checked = check(Spec.model_validate(spec))
    return Engine(checked.spec, checked.facts, checked.confirmed, open_datasets(checked.spec), CPU)


def test_an_optimiser_step_of_ones_own_is_refused():
    loss = {"penalty": "r1", "of": "game", "every": 4, "apart": True}
    with pytest.raises(SpecError, match=r"losses.r1.apart: 'r1' wants an optimiser step of its own, but under 'simul"):
        check(Spec.of(Tree(source(losses={"game": GAME, "r1": loss}))))


def test_fresh_fakes_are_refused():
    with pytest.raises(SpecError, match=r"train.fakes: 'simultaneous' plays on one batch"):
        check(Spec.model_validate(source(train={"fakes": "fresh"})))


def test_extragradient_moves_by_the_gradients_one_step_ahead_and_logs_the_losses_where_all_stand():
    play = Kept(
        source(losses={"game": {**GAME, "objective": "logit"}}, train={"order": {"use": "extragradient", "step": 0.2}})
    )
    given_ = drawn(5, 0)
    found = play.gradients(**given_)
    logged = dict(play.game.now.losses)
    terms = {term.label: term for term in play.graph.terms}
    assert {label: loss.item() for label, loss in logged.items()} == pytest.approx(
        {label: play.loss(term).item() for label, term in terms.items()}
    )
    here = play.reference()
    with torch.no_grad():
        for name, player in play.game.players.items():
            torch._foreach_add_(player.parameters, here[name], alpha=-0.2)
    assert_close(found, play.reference())


class Consensus(Order):
    """v + gamma (d/dw |v|^2 / 2), as an order of one's own."""

    name = "consensus_of_a_test"
    paper = "Mescheder, Nowozin & Geiger 2017, arXiv:1705.10461"

    def play(self, game: Any) -> None:
        v, w = game.gradients(differentiable=True), game.parameters()
        energy = torch.stack([row.square().sum() for rows in v.values() for row in rows]).sum() / 2
        pulls = torch.autograd.grad(
            energy, [p for name in v for p in w[name]], allow_unused=True, materialize_grads=True
        )
        rows = iter(pulls)
        game.move({name: [g + 0.1 * next(rows) for g in own] for name, own in v.items()})


def test_differentiable_gradients_are_those_of_the_gradients_field():
    """Against finite differences of |v|^2 / 2 along one direction; logit's field is smooth but for ReLUs."""
    spec = source(losses={"game": {**GAME, "objective": "logit"}})
    spec["train"]["order"] = Consensus()
    play = Kept(spec)
    given_ = drawn(5, 0)
    found, v = play.gradients(**given_), play.reference()
    torch.manual_seed(1)
    directions = {n: [torch.randn_like(p) for p in player.parameters] for n, player in play.game.players.items()}

    def energy(t: float) -> float:
        with torch.no_grad():
            for name, player in play.game.players.items():
                torch._foreach_add_(player.parameters, directions[name], alpha=t)
        total = sum(float(row.square().sum()) for rows in play.reference().values() for row in rows) / 2
        with torch.no_grad():
            for name, player in play.game.players.items():
                torch._foreach_add_(player.parameters, directions[name], alpha=-t)
        return total

    slope = (energy(1e-6) - energy(-1e-6)) / 2e-6
    along = sum(float(((f - g) * d).sum()) for n in v for f, g, d in zip(found[n], v[n], directions[n], strict=True))
    assert along == pytest.approx(0.1 * slope, rel=1e-5)


def test_bf16_serves_both_sides_as_well_as_two_passes_do():
    torch.set_default_dtype(torch.float32)
    sections = {
        "generators": {"G": FULL["dcgan without norm"][1]},
        "discriminators": {"D": FULL["dcgan without norm"][2]},
    }
    kept = {}
    for merge, precision in ((True, "bf16"), (False, "bf16"), (False, "float32")):
        torch.manual_seed(0)
        play = Kept(source(PICTURES, **sections, train={"precision": precision}), merge)
        for network in play.game.networks.values():
            network.float()
        found = play.gradients(**{name: value.float() for name, value in drawn(8, 0, PICTURES).items()})
        kept[merge, precision] = {n: torch.cat([row.flatten() for row in rows]) for n, rows in found.items()}
    for name, exact in kept[False, "float32"].items():
        one, two = ((kept[merge, "bf16"][name] - exact).norm() / exact.norm() for merge in (True, False))
        assert one < 1.5 * two + 1e-3
