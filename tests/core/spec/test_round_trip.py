"""What a spec says of itself is the spec: as YAML, as plain values, as checked entries, as objects from Python.

Specs are made up from the whole language: every form of loss and of weight, moving numbers, players, stages, orders.
Mutations that were tried and fail here: a player's `when` left out of what is written, factors of `trains` written as a
list, an inline schedule written by its class.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from torch import nn

import rivalry
from rivalry.graph.emit import emit
from rivalry.signature import parameters
from rivalry.spec.model import Spec, faults
from rivalry.spec.tree import parse
from rivalry.spec.uses import Live, Use
from rivalry_zoo.generators.mlp import MlpGenerator

PHASES = [Phase.explicit, Phase.reuse, Phase.generate]  # to shrink such an example takes minutes
MLP = parameters(MlpGenerator)
NUMBERS = st.one_of(st.integers(1, 9), st.floats(1e-5, 9, allow_nan=False), st.sampled_from([1e-3, 0.1, 1e-7, 2.0]))
SHARES = st.sampled_from([0, 0.25, 0.5, 1, 1.0])
TEXTS = st.one_of(
    st.sampled_from(
        ["yes", "null", "~", "1e3", "0x1f", "a: b", "- a", "#", "'", '"', "{a: 1}", "é\n\n ü", " x ", "*a", "!b"]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=20),
)


def some(**optional: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A mapping with any of these keys."""
    return st.fixed_dictionaries({}, optional=optional)


def use(name: str, **optional: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """An entry, with any of these arguments; a bare name where it may be."""
    entries = some(**optional).map(lambda arguments: {"use": name, **arguments})
    return entries.map(lambda entry: name if len(entry) == 1 else entry)


TIMED = some(after=NUMBERS, clock=st.sampled_from(["steps", "epochs"])).flatmap(
    lambda more: st.builds(
        lambda a, b, n: {"use": "linear", "start": a, "end": b, "over": n, **more}, SHARES, SHARES, NUMBERS
    )
)
STEERED = some(gain=NUMBERS, every=st.integers(1, 4)).map(
    lambda more: {"use": "proportional_control", "observe": "D(fake) - D(x)", **more}
)
MOVING = st.one_of(NUMBERS, TIMED, st.sampled_from(["k", "fall"]))
SHARE = st.one_of(SHARES, TIMED, st.sampled_from(["k", "fall"]))
HOSTED = st.one_of(NUMBERS, TIMED, st.just("fall"))  # what the host must know
WEIGHTS = MOVING
SIDED = st.one_of(MOVING, some(generator=MOVING, discriminator=MOVING).filter(bool))
NETS = use(
    "mlp",
    width=st.integers(1, 9),
    layers=st.integers(1, 3),
    norm=st.one_of(st.just("batch"), use("batch", momentum=st.sampled_from([0.1, 0.25])), st.just("none")),
)
OPTIMIZERS = st.one_of(
    use("adam", lr=HOSTED, betas=st.sampled_from([[0, 0.9], [0.5, 0.999]])),
    use("sgd", lr=HOSTED, momentum=SHARES.filter(lambda m: m < 1)),
)
OBJECTIVES = st.one_of(
    st.sampled_from(["hinge", "wasserstein", "minimax", "relativistic"]),
    use("lsgan", real=st.sampled_from([0.9, 1]), fake=st.sampled_from([-1, 0.0])),
    use("f_divergence", divergence=st.sampled_from(["kl", {"use": "alpha", "alpha": 0.5}])),
    st.builds(lambda number: {"use": "began", "balance": number}, MOVING),
)
TENSORS = st.sampled_from(
    ["x", "fake", "D(fake)", "0.5 * x + k", "noise(x, 0.1, draw=2)", "mix(x, fake, fall)", "E(x)"]
)
RARE = st.one_of(
    some(every=st.integers(1, 9), after=st.integers(0, 9)),
    st.fixed_dictionaries({"every": st.integers(2, 9), "apart": st.booleans()}),
)
ORDERS = st.one_of(
    st.sampled_from(["simultaneous", ["discriminator", "generator"], ["discriminator * 3", "generator * 2"]]),
    use("extragradient", step=NUMBERS),
)
TRAIN = some(
    steps=st.integers(1, 99),
    batch=st.integers(1, 9),
    seed=st.integers(0, 2**40),
    order=ORDERS,
    ema=st.sampled_from([None, 0, 0.5]),
    precision=st.sampled_from(["float32", "bf16"]),
    compile=st.booleans(),
    evaluate_every=st.one_of(st.none(), st.integers(1, 9)),
    device=st.sampled_from(["auto", "cpu"]),
)


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    """A spec in plain values, checked in form."""
    game = {"objective": draw(OBJECTIVES), "judge": draw(st.sampled_from(["D", "D(_)", "D(noise(_, 0.1))", "D(A(_))"]))}
    game |= {"real": "x", "fake": "fake", **draw(some(weight=SIDED)), **draw(RARE)}
    losses: dict[str, Any] = {"game": game}
    own = {"judge": "D", "real": "x", "fake": "x + detach(fake)"}
    if draw(st.booleans()):
        kind = draw(st.one_of(st.just("r1"), use("gradient", target=NUMBERS)))
        of = draw(st.sampled_from([{"of": "game"}, own]))
        losses["penalty"] = {"penalty": kind, **of, **draw(some(weight=WEIGHTS)), **draw(RARE)}
    trains = st.sampled_from([["E"], ["G", "E"], {"E": 1}, {"E": 1, "G": -0.25}, {"E": 2.5}])
    losses["again"] = {"use": "l2", "of": ["E(fake)", "z"], **draw(some(weight=WEIGHTS, trains=trains)), **draw(RARE)}
    if draw(st.booleans()):
        ratio = {"use": "gradient_ratio", "of": draw(st.sampled_from(["again", ["again"]])), "at": "G.last"}
        losses["small"] = {
            "use": "square",
            "of": "fake",
            "weight": {**ratio, **draw(some(scale=NUMBERS, high=NUMBERS))},
        }
        losses["again"] = {"use": "l2", "of": ["E(fake)", "z"]}  # what a weight follows is computed in every step
    found: dict[str, Any] = {
        "data": {"use": "ring", "size": 64},
        **draw(some(about=TEXTS, paper=TEXTS)),
        "latents": {"z": draw(use("normal", size=st.integers(1, 4)))},
        "generators": {"G": draw(NETS)},
        "discriminators": {"D": draw(NETS)},
        "encoders": {"E": draw(NETS)},
        "augments": {"A": {"use": "ada", "probability": draw(SHARE)}},
        "schedules": {"k": draw(STEERED), "fall": draw(TIMED)},
        "flow": {"fake": "G(z)", "seen": draw(TENSORS)},
        "losses": losses,
        "train": draw(TRAIN),
    }
    if draw(st.booleans()):
        found["layers"] = {"old": {"use": "replay_pool", "size": draw(st.integers(8, 20))}}
        game["replay"] = "old"
    if draw(st.booleans()):
        when = st.sampled_from(["game.discriminator > 0.28", "game.generator + 0.5 <= 2 * game.discriminator"])
        players = {
            "discriminator": some(optimizer=OPTIMIZERS, when=when),
            "generator": some(optimizer=OPTIMIZERS, when=when),
        }
        found["players"] = {name: draw(player) for name, player in players.items()}
    if draw(st.booleans()):
        of = draw(st.sampled_from(["abs(fake - x)", ["x - fake"]]))
        found["metrics"] = {"error": {"use": "mean", "of": of}, "quality": draw(use("kid", samples=st.integers(9, 99)))}
        found["accept"] = {"error": draw(some(at_least=NUMBERS, at_most=NUMBERS))}
        found["sample"] = draw(st.sampled_from(["fake", "noise(fake, 0.5)"]))
    if draw(st.booleans()):
        found["stages"] = draw(staged(sorted(losses)))
        found["train"].pop("steps", None)
    orders = [part.get("order", []) for part in (found["train"], *found.get("stages", []))]
    if not all(isinstance(order, list) for order in orders):  # all move at once
        for loss in losses.values():
            loss.pop("apart", None)
    return found


@st.composite
def staged(draw: st.DrawFn, losses: list[str]) -> list[dict[str, Any]]:
    """Stages, of which the last plays the whole game."""
    some_losses = [name for name in losses if name not in ("small", "penalty")]
    first = {"name": draw(st.sampled_from(["first", "a b", "1"])), "steps": 3, "losses": some_losses}
    first |= draw(some(batch=st.integers(1, 9), freeze=st.sampled_from([[], ["E"]]), order=ORDERS))
    if "E" in first.get("freeze", []):
        first["losses"] = ["game"]
    last = {"name": "last", **draw(st.sampled_from([{"steps": 2}, {"epochs": 0.5}]))}
    last |= draw(
        some(
            reset_optimizer=st.sampled_from([True, False, ["generator"]]),
            copy=st.just({"E": "D"}),
            players=st.just({"generator": {"optimizer": "sgd"}, "discriminator": {}}),
        )
    )
    return [first, last]


def sources(spec: Spec) -> list[str]:
    """The code of every stage's step."""
    return [emit(game.graph, game.train.fakes).source for game in spec.games()]


def kinds(value: Any) -> Any:
    """A plain value in which 1 is not 1.0 and not true."""
    if isinstance(value, Mapping):
        return {key: kinds(item) for key, item in value.items()}
    return [kinds(item) for item in value] if isinstance(value, list) else (type(value), value)


def same(one: Spec, other: Spec) -> None:
    assert kinds(other.plain()) == kinds(one.plain())
    assert sources(other) == sources(one)


def checked_entries(spec: Spec) -> dict[str, Any]:
    """The sections as they were checked."""
    return {name: value for name in Spec.model_fields if (value := getattr(spec, name)) is not None}


@settings(max_examples=30, phases=PHASES)
@given(specs())
def test_every_way_of_writing_a_spec_is_the_spec(plain):
    spec = Spec.model_validate(plain)
    same(spec, Spec.of(parse(spec.yaml())))
    same(spec, Spec.model_validate(spec.plain()))
    same(spec, Spec.model_validate(checked_entries(spec)))
    same(spec, Spec.model_validate(spec.plain(live=True)))


@settings(max_examples=8, phases=PHASES)
@given(specs())
def test_a_file_of_a_spec_is_the_spec(tmp_path_factory, plain):
    file = tmp_path_factory.mktemp("spec") / "spec.yaml"
    spec = Spec.model_validate(plain)
    file.write_text(spec.yaml(), encoding="utf-8")
    same(spec, Spec.load(str(file)))


# objects from Python


def made(value: Any) -> Any:
    """Entries of weightless components, and their parts, as objects that `make` makes; the rest as it is."""
    if isinstance(value, Use):
        entry = value.plain()
        given = any(parameter.given for parameter in parameters(value.component).values())
        networks = ("generator", "discriminator", "encoder", "layer")
        named = any(isinstance(item, str) and item in ("k", "fall") for item in entry.values())
        if value.words or given or named or value.kind in networks:
            return entry
        return rivalry.make(value.kind, entry)
    return value


def with_objects(spec: Spec) -> dict[str, Any]:
    """A spec's plain values, with objects where Python could hand them in."""
    body = spec.plain()
    for section in ("latents", "schedules", "augments", "metrics"):
        body |= (
            {section: {name: made(entry) for name, entry in getattr(spec, section).items()}} if section in body else {}
        )
    for name, loss in spec.losses.items():
        if loss.form == "use":
            body["losses"][name] = {
                **{k: v for k, v in body["losses"][name].items() if k in LOSS},
                "use": made(loss.use),
            }
        else:
            body["losses"][name] = {**body["losses"][name], loss.form: made(loss.use)}
        if isinstance(loss.weight, Use) and loss.weight.kind == "schedule":
            body["losses"][name]["weight"] = made(loss.weight)
    for name, player in spec.graph.players.items() if not spec.stages else ():
        body["players"][name] = {**body["players"][name], "optimizer": made(player.optimizer)}
    return body


LOSS = ("of", "trains", "weight", "every", "after", "apart")


@settings(max_examples=20, phases=PHASES)
@given(specs())
def test_objects_of_python_are_written_by_name(plain):
    spec = Spec.model_validate(plain)
    same(spec, Spec.model_validate(with_objects(spec)))


HAND_IN = "a live object must be handed in again from Python"


class Linear(nn.Linear):
    """A network of one's own."""


@settings(max_examples=8, phases=PHASES)
@given(specs())
def test_a_live_module_is_written_as_one_and_must_be_handed_in_again(plain):
    module = Linear(2, 2)
    spec = Spec.model_validate({**plain, "generators": {"G": module}})
    assert isinstance(spec.generators["G"], Live)
    written = spec.plain()
    assert written["generators"] == {"G": {"live": f"{__name__}.Linear"}}
    for again in (written, parse(spec.yaml()).value):
        with pytest.raises(ValidationError) as error:
            Spec.model_validate(again)
        assert [(fault.path, fault.fix) for fault in faults(error.value)] == [(("generators", "G"), HAND_IN)]
    handed = Spec.model_validate({**written, "generators": {"G": module}})
    assert handed.generators["G"].object is module
    same(spec, handed)
    kept = Spec.model_validate(spec.plain(live=True))
    assert kept.generators["G"].object is module
    same(spec, kept)


def test_arguments_are_written_in_the_order_of_the_constructor():
    schedule = {"use": "linear", "over": 9, "end": 0, "start": 1}
    written = Spec.load("ring", ["generators.G.width=4", f"players.generator.optimizer.lr={schedule}"]).plain()
    assert [*written["generators"]["G"]] == ["use", *(n for n, p in MLP.items() if not p.given)]
    assert [*written["players"]["generator"]["optimizer"]["lr"]][:4] == ["use", "start", "end", "over"]


def test_an_object_in_a_loss_takes_no_arguments():
    loss = {"use": rivalry.make("loss", "l1"), "of": ["D(x)", "D(fake)"], "widht": 1}
    with pytest.raises(ValidationError) as error:
        Spec.model_validate({**Spec.load("ring").plain(), "losses": {"game": loss}})
    assert ("losses", "game", "widht") in {fault.path for fault in faults(error.value)}
