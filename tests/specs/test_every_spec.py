"""Every shipped spec, made tiny: it trains, its gradients are autograd's, it resumes exactly and reads back as written.

A spec with stages is held to all of it stage by stage, as `spec.stage`. Mutations that were tried and fail here: the
factor of a lazy term left out, an optimiser state or an observed number left out of the checkpoint, a stage resumed at
the step of its run, the factors of `trains` dropped, a loss that stands apart in the common move, a weight's two
gradients exchanged, replayed fakes for the generator too, parameters at rest that growing networks use earlier.
"""

import signal
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any

import pytest
import torch
from attrs import evolve
from torch import Tensor, nn

from rivalry import checkpoint
from rivalry.checking import Checked, check, open_datasets
from rivalry.engine import Engine
from rivalry.graph.emit import emit
from rivalry.graph.evaluate import evaluate
from rivalry.graph.nodes import Node, Term, fill, networks, walk
from rivalry.interfaces import Dataset, SamplePenalty
from rivalry.lock import Lock
from rivalry.marks import Draws
from rivalry.numbers import Ref, still
from rivalry.run import Run
from rivalry.spec.load import tree_of
from rivalry.spec.merge import with_settings
from rivalry.spec.model import Spec
from rivalry.spec.uses import Use
from rivalry.training import train
from rivalry_zoo.blocks import judging
from rivalry_zoo.features.judge import Judge
from small import CPU, Wide, begin, begun, digest, shipped, tiny

STAGED = {name: [stage["name"] for stage in tree_of(name, []).value.get("stages", [])] for name in shipped()}
GAMES = [f"{name}.{stage}" if stage else name for name, stages in STAGED.items() for stage in stages or [""]]
CANCELLING = {name: {"D.net.6.bias"} for name in ("ring_hinge", "ring_meg", "ring_relativistic", "ring_wasserstein")}
CANCELLING["text"] = {"D.blocks.0.second.bias", "D.last.bias"}
"""A constant added to every score changes nothing at the start: the critic's last bias has gradient 1 - 1 = 0, and so
has one before it that passes no nonlinearity.
"""
CANCELLING["vqgan_mini.images"] = {"D.net.8.bias"}
HALF_GROWN = {"pggan": 8}
"""A step in which networks that grow are between two sizes."""
FIRST_STEPS = {"ddpm": 4, "pggan": 10}
"""Where layers begin at 0, those behind them learn one after the other, and networks that grow use other parts of
themselves in other steps; everywhere else two steps move everything.
"""
FORWARDS: dict[str, dict[str, int]] = {  # of one step in which every loss is active, by network
    "aae": {"E": 1, "G": 1, "C": 3},
    "audio": {"G": 1, "D": 3},
    "began": {"G": 1, "D": 3},
    "bigan": {"G": 1, "E": 1, "D": 4},  # the generator's side learns from both sides
    "bigan_toy": {"G": 1, "E": 1, "D": 4},
    "cgan": {"G": 1, "D": 3},
    "cyclegan": {"to_dark": 3, "to_light": 3, "on_dark": 3, "on_light": 3, "old_dark": 1, "old_light": 1},
    "dcgan": {"G": 1, "D": 3},
    "ddpm": {"N": 1},
    "hinge_resnet": {"G": 1, "D": 3},
    "infogan": {"G": 1, "D": 3},
    "lapgan": {"G7": 1, "G14": 1, "G28": 1, "D7": 3, "D14": 3, "D28": 3},
    "lsgan": {"G": 1, "D": 3},
    "pggan": {"G": 1, "D": 4},
    "pretrained.autoencoder": {"E": 1, "G": 1},
    "pretrained.game": {"codes": 1, "G": 1, "D": 3},
    "ring": {"G": 1, "D": 3},
    "ring_f_divergence": {"G": 1, "D": 3},
    "ring_hinge": {"G": 1, "D": 3},
    "ring_lsgan": {"G": 1, "D": 3},
    "ring_magan": {"G": 1, "D": 3},
    "ring_meg": {"G": 1, "D": 3, "T": 2},
    "ring_minimax": {"G": 1, "D": 3},
    "ring_non_saturating": {"G": 1, "D": 3},
    "ring_relativistic": {"G": 1, "D": 4},
    "ring_wasserstein": {"G": 3, "D": 10},
    "stylegan2_mini": {"M": 4, "S": 2, "D": 4},  # what stands apart comes after a move: it is computed anew
    "stylegan2_mini_ada": {"M": 4, "S": 2, "D": 4},
    "text": {"G": 2, "D": 7},
    "vae_gan": {"E": 1, "G": 3, "D": 8},  # the encoder sees what the moved generator makes of its codes
    "vqgan_mini.images": {"E": 1, "Q": 1, "G": 1, "D": 3},
    "vqgan_mini.prior": {"E": 1, "Q": 1, "T": 1},
    "wgan_gp": {"G": 5, "D": 16},
}

EVERY_GAME = pytest.mark.parametrize("name", GAMES)
EVERY_SPEC = pytest.mark.parametrize("name", shipped())


def stage_of(name: str) -> tuple[str, int]:
    """A game's spec and which of its stages it is."""
    spec, _, stage = name.partition(".")
    return spec, STAGED[spec].index(stage) if stage else 0


@cache
def checked(spec: str) -> Checked:
    return check(*tiny(spec))


SAME: dict[Dataset, Dataset] = {}


@cache
def opened(name: str) -> dict[str, Dataset]:
    """The data of a game; equal data sets are read once for all."""
    spec, stage = stage_of(name)
    found = open_datasets(checked(spec).spec.games()[stage])
    return {key: SAME.setdefault(dataset, dataset) for key, dataset in found.items()}


def engine(name: str, wide: bool = False) -> Engine:
    """A game as its training begins."""
    spec, stage = stage_of(name)
    datasets = {key: Wide(dataset) if wide else dataset for key, dataset in opened(name).items()}
    return begun(checked(spec), datasets, stage)


def busy(name: str, wide: bool = False) -> Engine:
    """A game at a step in which everybody moves by all losses."""
    game = engine(name, wide)
    begin(game, HALF_GROWN.get(name, 0))
    return game


def parameters(game: Engine) -> Iterator[tuple[str, Tensor]]:
    for name, network in game.networks.items():
        for key, parameter in network.named_parameters():
            yield f"{name}.{key}", parameter


@EVERY_GAME
def test_first_steps_move_every_tensor_that_a_loss_trains_and_no_other(name):
    game = engine(name)
    begin(game)
    spec, stage = stage_of(name)
    confirmed = checked(spec).stages[stage]
    trained = {network for (_, network), arrives in confirmed.table.items() if arrives}
    wanted = {key for key, _ in parameters(game) if key.partition(".")[0] in trained and key not in confirmed.idle}
    before = {key: value.clone() for key, value in parameters(game)}
    for _ in range(FIRST_STEPS.get(name, 2)):
        losses = game.step()
        assert losses
        assert all(loss.isfinite() for loss in losses.values())
    moved = {key for key, value in parameters(game) if not torch.equal(value, before[key])}
    assert moved == wanted - CANCELLING.get(name, set())


# Descent


def always_the_same(game: Engine) -> None:
    """Every step sees the first batch, draw and latents; no number moves and no pool fills."""
    now = game.now
    deal, first = now.deal, now.step
    now.deal = lambda index: deal(0)
    now.begin = lambda: setattr(now, "step", first)
    now.follow = lambda: None
    for network in game.networks.values():
        if not any(True for _ in network.parameters()):
            network.eval()


def totals_of(player: Any) -> list[float]:
    """Every total that a player differentiates from now on."""
    totals: list[float] = []
    differentiate = player.differentiate

    def keep(total: Tensor | None, only: Any = (), more: bool = False) -> None:
        assert total is not None
        assert not only
        totals.append(total.item())
        differentiate(total, only, more)

    player.differentiate = keep
    return totals


STEPS = 6


@EVERY_GAME
def test_each_player_lowers_its_own_total_while_the_others_rest(name):
    for player in checked(name.partition(".")[0]).spec.games()[stage_of(name)[1]].graph.players:
        game = busy(name)
        always_the_same(game)
        totals = totals_of(game.players[player])
        for other in set(game.players) - {player}:
            rest(game.players[other])
        for _ in range(STEPS):
            game.step()
        rows = torch.tensor(totals).reshape(STEPS, -1).sum(1)
        assert rows[-1] < rows[0], f"{player}: {rows.tolist()}"


def rest(player: Any) -> None:
    def discard(now: Any, opened: Any = None) -> None:
        player.gradients = None

    player.move = discard


# The emitted step against plain autograd


class Present:
    """The draws of the present batch."""

    device = CPU

    def __init__(self, now: Any) -> None:
        self.now = now

    def __call__(self, name: str) -> Any:
        return self.now.draw(name)


@contextmanager
def undisturbed(modules: Mapping[str, nn.Module]) -> Iterator[None]:
    """A block in which running means and all other buffers are copies."""
    parts = [part for module in modules.values() for part in module.modules()]
    kept = [dict(part.named_buffers(recurse=False)) for part in parts]
    for part, buffers in zip(parts, kept, strict=True):
        for name, buffer in buffers.items():
            setattr(part, name, buffer.clone())
    try:
        yield
    finally:
        for part, buffers in zip(parts, kept, strict=True):
            for name, buffer in buffers.items():
                setattr(part, name, buffer)


class Reference:
    """Losses of the unoptimised graph at the moment at which the emitted step is.

    A tensor that several turns share is, for those that only read it, what it was when their batch was dealt. What a
    replay pool gave is taken from the step, since asking it again would fill it again.
    """

    def __init__(self, game: Engine) -> None:
        self.game, self.now, self.graph = game, game.now, game.spec.graph
        self.turn: Any = None
        """Whose turn it is."""
        self.moved: set[str] = set()
        self.latents: dict[str, Tensor] = {}
        self.shared: dict[Node, Any] = {}
        self.replayed: dict[str, tuple[Tensor, Tensor]] = {}
        for name, network in game.networks.items():
            network.register_forward_pre_hook(lambda module, given: torch.manual_seed(0) and None)  # its own noise
            if isinstance(network, Draws) and "pool" in dict(network.named_buffers()):
                network.register_forward_hook(self.keeping(name))
        deal, self.latent = self.now.deal, self.now.latent

        def dealing(index: int) -> None:
            deal(index)
            self.turn, self.shared = None, {}
            self.moved.clear()
            self.latents.clear()
            with torch.no_grad():
                self.shared = {node: self.value(node) for node in game.program.segments[index].shared}

        def drawing(name: str, *turn: int) -> Tensor:
            self.latents[name] = self.latent(name, *turn)
            return self.latents[name]

        self.now.deal, self.now.latent = dealing, drawing

    def keeping(self, name: str) -> Any:
        def keep(module: nn.Module, given: tuple[Tensor], found: Tensor) -> None:
            self.replayed[name] = given[0], found

        return keep

    def look(self) -> Any:
        """Whose turn it is now."""
        self.turn = next(p for p in self.game.players.values() if p.parameters[0].requires_grad)
        return self.turn

    def value(self, node: Node, **holes: Tensor) -> Any:
        """What a node is now."""
        now = self.now
        given: dict[Node, Any] = {Node("leaf", name): value for name, value in holes.items()}
        for at in walk(node):
            if at.op == "data":
                given[at] = now.data(at.name)
            elif at.op == "latent":
                given[at] = self.latents[at.name] if at.name in self.latents else self.latent(at.name)
            elif at.op == "network" and at.name in self.replayed:
                seen, given[at] = self.replayed[at.name]
                torch.testing.assert_close(seen, self.value(at.args[0]), rtol=1e-10, atol=1e-12)
            elif at in self.shared and self.reads(at):
                given[at] = self.shared[at]
        numbers = {name: now.number(name) for name in now.numbers}
        augments = {n: still(use.build(), ("augments", n), now.number) for n, use in self.graph.augments.items()}
        with undisturbed(self.game.networks):
            return evaluate(node, given, self.game.networks, Present(now), numbers, augments)

    def reads(self, node: Node) -> bool:
        """Whether the present turn only reads what turns share."""
        if self.turn is None:
            return False
        mine = set(self.turn.owned) & networks(node)
        through = any(term.trains & mine for term in self.graph.terms_of(self.turn.name))
        return not through and not (mine and self.turn.name in self.moved)

    def loss(self, term: Term) -> Tensor:
        """The term by the definitions of its kind: nothing shared."""
        component = still(term.use.build(), term.path, self.now.number)
        draw = {"draw": self.now.draw(f"losses.{term.loss}")} if issubclass(term.use.component, Draws) else {}
        if term.judge is None:
            return component(*map(self.value, term.of), **draw)
        if isinstance(component, SamplePenalty):
            return component.of_gradient(self.slope(term, term.real if component.at == "real" else term.fake))
        if term.side == "penalty":
            judge = fill(term.judge, Node("leaf", "sample", text="sample"))
            real, fake = self.value(term.real).detach(), self.value(term.fake).detach()
            return component(lambda sample: self.value(judge, sample=sample), real, fake, **draw)
        scores = self.value(fill(term.judge, term.real)), self.value(fill(term.judge, term.fake))
        return (
            component.discriminator_loss(*scores) if term.side == "discriminator" else component.generator_loss(*scores)
        )

    def slope(self, term: Term, sample: Node) -> Tensor:
        """The gradient of the scores by all of the sample that is no label, side by side."""
        joint = sample.op == "sequence"
        parts = sample.args if joint else (sample,)
        values = {f"part{i}": self.value(part).detach().clone() for i, part in enumerate(parts)}
        holes = tuple(Node("leaf", n, text=part.text) for n, part in zip(values, parts, strict=True))
        free = [value.requires_grad_() for value in values.values() if value.is_floating_point()]
        scores = self.value(fill(term.judge, Node("sequence", args=holes) if joint else holes[0]), **values)
        every = scores if isinstance(scores, list) else [scores]
        found = torch.autograd.grad(sum(part.sum() for part in every), free, create_graph=True)
        return torch.cat([gradient.flatten(1) for gradient in found], 1) if joint else found[0]

    def gradients(self, term: Term) -> tuple[float, dict[str, Tensor]]:
        """The loss, and its gradient by every parameter of the game, whomever it trains."""
        every = dict(parameters(self.game))
        resting = [p for p in every.values() if not p.requires_grad]
        for parameter in resting:
            parameter.requires_grad_(True)
        try:
            loss = self.loss(term)
            found = torch.autograd.grad(loss, list(every.values()), allow_unused=True, materialize_grads=True)
        finally:
            for parameter in resting:
                parameter.requires_grad_(False)
        return loss.item(), dict(zip(every, found, strict=True))

    def weight(self, term: Term, known: Mapping[str, Mapping[str, Tensor]]) -> Any:
        """What a term counts, once its gradients and those of the losses before it are known."""
        if isinstance(term.weight, Ref):
            return term.every * self.now.number(term.weight.name)
        if not isinstance(term.weight, Use):
            return term.every * float(term.weight)
        words = term.weight.words
        of, over = ([names] if isinstance(names := words.get(word, []), str) else names for word in ("of", "over"))
        keys = [key for key in known[term.label] if f"{key}.".startswith(f"{words['at']}.")]
        assert keys
        sums = [
            [sum(self.weight(t, known) * known[t.label][key] for t in self.graph.terms_of(self.turn.name)
                 if t.loss in names) for key in keys] for names in (of, over)
        ]  # fmt: skip
        return term.every * term.weight.build()(sums[0], sums[1] if over else [known[term.label][key] for key in keys])


@pytest.fixture
def double(name) -> Iterator[None]:
    """Everything in float64 from here on, but for the check."""
    checked(stage_of(name)[0])
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def network_of(key: str) -> str:
    return key.partition(".")[0]


EXACT = {"rtol": 1e-8, "atol": 1e-10}


@EVERY_GAME
def test_emitted_gradients_are_those_of_plain_autograd(name, double):
    """Each term's own value and gradient by the emitted code, each player's sum of them whenever it moves, and what
    its numbers observe.
    """
    game = busy(name, wide=True)  # in float64: weights and draws follow the default
    reference = Reference(game)
    spec, stage = stage_of(name)
    terms = {term.label: term for term in game.spec.graph.terms}
    known: dict[str, dict[str, Tensor]] = {}
    pending: dict[str, Any] = {}
    arrived: dict[tuple[str, str], bool] = {}
    moves: list[tuple[str, set[str]]] = []
    observed: set[str] = set()
    record, observe = game.now.record, game.now.observe

    def compare_term(label: str, loss: Tensor) -> None:
        term, player = terms[label], reference.look()
        value, known[label] = reference.gradients(term)
        assert loss.item() == pytest.approx(value, rel=1e-9, abs=1e-11)
        trained = {k: p for k, p in parameters(game) if network_of(k) in term.trains & set(player.owned)}
        assert not any(known[label][k].any() for k, p in trained.items() if not p.requires_grad)  # these are idle
        mine = {k: p for k, p in trained.items() if p.requires_grad}
        found = torch.autograd.grad(
            loss, [*mine.values()], retain_graph=True, allow_unused=True, materialize_grads=True
        )
        for key, gradient in zip(mine, found, strict=True):
            torch.testing.assert_close(gradient, known[label][key], **EXACT, msg=lambda m, k=key: f"{label} {k}: {m}")
        for network in term.trains & set(player.owned):
            arrived[label, network] = any(known[label][key].any() for key in mine if network_of(key) == network)
        pending[label] = reference.weight(term, known)
        record(label, loss)

    def compare_total(player: Any) -> None:
        keys = {id(parameter): key for key, parameter in parameters(game)}
        for parameter, gradient in zip(player.parameters, player.gradients, strict=True):
            key = keys[id(parameter)]
            rows = [
                weight * terms[label].factors.get(network_of(key), 1.0) * known[label][key]
                for label, weight in pending.items()
                if network_of(key) in terms[label].trains
            ]
            wanted = sum(rows, torch.zeros_like(gradient))
            torch.testing.assert_close(gradient, wanted, **EXACT, msg=lambda m, k=key: f"{player.name} {k}: {m}")
        moves.append((player.name, set(pending)))
        reference.moved.add(player.name)
        pending.clear()

    def compare_seen(number: str, *seen: Tensor) -> None:
        reference.look()
        for tensor, node in zip(seen, game.spec.graph.observers[number].parts, strict=True):
            wanted = reference.value(node).mean()
            torch.testing.assert_close(tensor.mean(), wanted.detach(), rtol=1e-9, atol=1e-11)
        observed.add(number)
        observe(number, *seen)

    game.now.record, game.now.observe = compare_term, compare_seen
    for player in game.players.values():
        before_moving(player, compare_total)
    game.step()
    table = checked(spec).stages[stage].table
    assert {key for key, arrives in table.items() if arrives} == {key for key, arrives in arrived.items() if arrives}
    assert Counter((p, *sorted(labels)) for p, labels in moves) == Counter(wanted_moves(game))
    assert observed == set(game.spec.graph.observers)


def wanted_moves(game: Engine) -> Iterator[tuple[str, ...]]:
    """A player and the losses that it moves by, for every move of a step."""
    for player in game.spec.graph.order:
        terms = game.spec.graph.terms_of(player)
        if together := sorted(term.label for term in terms if not term.apart):
            yield player, *together
        yield from ((player, term.label) for term in terms if term.apart)


def before_moving(player: Any, look: Any) -> None:
    move = player.move

    def looked(now: Any, opened: Any = None) -> None:
        look(player)
        move(now, opened)

    player.move = looked


# Forwards, resuming, writing


@EVERY_GAME
def test_forwards_of_a_step_are_the_pinned_ones(name):
    game = busy(name)
    counted = Counter(dict.fromkeys(game.networks, 0))

    def watch(network: str, module: nn.Module) -> None:
        module.register_forward_pre_hook(lambda module, args: counted.update([network]))

    for network, module in game.networks.items():
        watch(network, module)
    game.step()
    spec, stage = stage_of(name)
    assert dict(counted) == checked(spec).stages[stage].forwards
    assert {network: count for network, count in counted.items() if count} == FORWARDS[name]


@pytest.mark.parametrize("name", [name for name, stages in STAGED.items() if not stages])
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


LENGTH = 3
"""Steps of each stage."""


@pytest.mark.parametrize("name", [name for name, stages in STAGED.items() if stages])
def test_stages_cut_anywhere_and_resumed_are_the_whole_run(name, tmp_path, monkeypatch):
    source, settings = tiny(name)
    plan = [*settings, "train.device=cpu", "train.sample_every=1000", "train.log_every=1"]
    tree = with_settings(tree_of(source, []), plan)
    for stage in tree.value["stages"]:
        stage.pop("epochs", None)
        stage["steps"] = LENGTH
    spec, total = Spec.of(tree), LENGTH * len(tree.value["stages"])
    assert train(spec, out=tmp_path / "whole", quiet=True).step == total
    count, cuts = 0, {1, LENGTH, LENGTH + 2}  # within the first stage, where it ends, within the second
    step = Engine.step

    def stopping(self: Engine) -> dict[str, Tensor]:
        nonlocal count
        losses, count = step(self), count + 1
        if count in cuts:
            signal.raise_signal(signal.SIGTERM)
        return losses

    monkeypatch.setattr(Engine, "step", stopping)
    run = train(spec, out=tmp_path / "cut", quiet=True)
    for _ in cuts:
        assert run.status == "interrupted"
        run = train(out=tmp_path / "cut", resume=True, quiet=True)
    assert (run.status, run.step, count) == ("done", total, total)
    (found, _), (wanted, _) = checkpoint.newest(tmp_path / "cut"), checkpoint.newest(tmp_path / "whole")
    assert found.step == wanted.step == total
    assert digest(found.tensors) == digest(wanted.tensors)
    losses, expected = ([line["losses"] for line in Run.open(tmp_path / n).history()] for n in ("cut", "whole"))
    assert losses == expected


@EVERY_SPEC
def test_written_spec_reads_back_as_the_same_program(name, tmp_path: Path):
    spec = Spec.load(name)
    file = tmp_path / "again.yaml"
    file.write_text(spec.yaml())
    again = Spec.load(str(file))
    assert again.plain() == spec.plain()
    for mine, theirs in zip(spec.games(), again.games(), strict=True):
        assert emit(theirs.graph, theirs.train.fakes).source == emit(mine.graph, mine.train.fakes).source


# Measuring and sampling


@pytest.fixture
def untaught(monkeypatch) -> None:
    """The judge of pictures is what it is before its training, which takes longer than a test should."""

    def teach(self: Judge, network: nn.Sequential, dataset: Dataset, sample: str, label: str) -> float:
        judging.calibrate(network, dataset.batch(torch.arange(64))[sample])
        self._network = network
        return 0.1

    monkeypatch.setattr(Judge, "_train", teach)


@cache
def last_game(name: str) -> Run:
    """The last game of a spec, as a run that has made a step of each stage before it."""
    found, stages = checked(name), STAGED[name]
    game = engine(f"{name}.{stages[-1]}" if stages else name)
    return Run(Path("unwritten"), found.spec, Lock(found.fields, found.facts, found.confirmed, {}, {}), game)


@EVERY_SPEC
def test_metrics_can_be_computed_and_every_pass_line_is_of_one(name, untaught, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    run = last_game(name)
    spec = run.spec
    quick = {key: evolve(use, arguments={**use.arguments, "samples": 64}) for key, use in spec.metrics.items()}
    assert run.engine is not None
    monkeypatch.setattr(run.engine, "spec", run.engine.spec.model_copy(update={"metrics": quick}))
    numbers = run.evaluate()
    assert {name.partition(".")[0] for name in numbers} == set(spec.metrics)
    assert all(isfinite(number.value) and number.protocol["metric"] for number in numbers.values())
    assert set(spec.accept) <= set(numbers)
    assert all(bound.at_least is not None or bound.at_most is not None for bound in spec.accept.values())


@EVERY_SPEC
def test_samples_can_be_drawn_and_are_the_same_again(name):
    run = last_game(name)
    samples = run.sample(4)
    assert samples.shape == (4, *run.field.shape)
    assert samples.isfinite().all()
    assert torch.equal(samples, run.sample(4))
