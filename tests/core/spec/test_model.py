"""A spec as a whole: checked alone, written and read again, from a file, from a mapping, from live modules."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from torch import nn

from rivalry.errors import SpecError, dotted
from rivalry.plugins import plugins
from rivalry.spec.model import Spec, faults
from rivalry.spec.schema import Live
from rivalry.spec.tree import parse
from small import shipped


def small() -> dict[str, Any]:
    return {
        "data": "ring",
        "latents": {"z": {"use": "normal", "size": 4}},
        "generators": {"G": {"use": "mlp", "width": 8}},
        "discriminators": {"D": {"use": "mlp", "width": 8}},
        "flow": {"fake": "G(z)"},
        "losses": {"game": {"objective": "minimax", "judge": "D", "real": "x", "fake": "fake"}},
    }


def refused(value: Any) -> set[str]:
    with pytest.raises(ValidationError) as error:
        Spec.model_validate(value)
    return {dotted(fault.path) for fault in faults(error.value)}


def test_validation_alone_builds_the_graph() -> None:
    graph = Spec.model_validate(small()).graph
    assert [(term.label, set(term.trains)) for term in graph.terms] == [
        ("game.discriminator", {"D"}),
        ("game.generator", {"G"}),
    ]
    assert graph.order == ("discriminator", "generator")


@pytest.mark.parametrize(
    ("section", "value", "path"),
    [
        ("flow", {"fake": "G(zz)"}, "flow.fake"),
        ("flow", {"fake": "G(fake)"}, "flow.fake"),
        ("generators", {"G": "mlp", "H": "mlp"}, "generators.H"),
        (
            "losses",
            {"game": {"objective": "minimax", "judge": "D(x)", "real": "x", "fake": "fake"}},
            "losses.game.judge",
        ),
        ("train", {"order": ["generator"]}, "train.order"),
        (
            "players",
            {"generator": {"moves": ["D"]}, "discriminator": {"moves": ["D"]}},
            "players.discriminator.moves[0]",
        ),
    ],
)
def test_validation_alone_refuses_a_bad_graph(section: str, value: Any, path: str) -> None:
    assert path in refused({**small(), section: value})


def test_every_fault_is_reported_at_once() -> None:
    bad = small()
    bad["generators"]["G"]["width"] = 0
    bad["flow"]["other"] = "H(z)"
    bad["losses"]["rec"] = {"use": "l1", "of": ["fake", "x"], "trains": ["Q"], "weight": "big"}
    bad["losses"]["more"] = {"use": "l1", "of": ["fake", "x"], "trains": ["Q"]}
    bad["players"] = {"third": {"moves": ["Z"]}}
    bad["train"] = {"stpes": 3, "order": ["nobody"]}
    bad["extra"] = 1
    assert refused(bad) == {
        "generators.G.width",
        "flow.other",
        "losses.rec.weight",
        "losses.rec.trains[0]",
        "losses.more.trains[0]",
        "players.third.moves[0]",
        "train.stpes",
        "train.order[0]",
        "extra",
    }


@pytest.mark.parametrize(
    "value", [None, 3, "text", [], {1: 2}, {"data": {3: "ring"}}, {"flow": {1: "x"}}, {"losses": {1: {2: 3}}}]
)
def test_nonsense_from_python_is_a_validation_error(value: Any) -> None:
    assert refused(value) is not None


@pytest.mark.parametrize("version", [2, "1", 1.0, True, None])
def test_only_this_version_of_the_language_is_known(version: Any) -> None:
    assert refused({**small(), "rivalry": version}) == {"rivalry"}


NETWORKS = st.fixed_dictionaries(
    {"use": st.just("mlp")},
    optional={"width": st.integers(1, 9), "layers": st.integers(0, 2), "norm": st.sampled_from(["none", "batch"])},
)
WEIGHTS = st.floats(0, 10) | st.fixed_dictionaries(
    {"use": st.just("linear"), "start": st.floats(0, 1), "end": st.floats(0, 1), "over": st.integers(1, 9)}
)
OPTIMIZERS = st.sampled_from(sorted(plugins().table()["optimizer"])) | st.fixed_dictionaries(
    {"use": st.just("adam"), "lr": WEIGHTS}
)
PLAYED = st.sampled_from(
    [None, ["discriminator", "generator"], ["discriminator * 3", "generator"], ["generator", "discriminator"]]
)
SPECS = st.fixed_dictionaries(
    {
        "data": st.sampled_from(["ring", "grid", {"use": "ring", "modes": 3}, {"a": "grid", "x": "ring"}]),
        "latents": st.fixed_dictionaries(
            {"z": st.sampled_from(["normal", "uniform", {"use": "normal", "size": [2, 3]}])}
        ),
        "generators": st.fixed_dictionaries({"G": NETWORKS}),
        "discriminators": st.fixed_dictionaries({"D": NETWORKS}),
        "flow": st.just({"fake": "G(z)"}),
        "losses": st.fixed_dictionaries(
            {
                "game": st.fixed_dictionaries(
                    {
                        "objective": st.sampled_from(sorted(plugins().table()["objective"])),
                        "judge": st.sampled_from(["D", "D(noise(_))"]),
                    },
                    optional={"weight": WEIGHTS, "every": st.integers(1, 3)},
                ).map(lambda game: {**game, "real": "x", "fake": "fake"})
            },
            optional={
                "slope": st.fixed_dictionaries(
                    {
                        "penalty": st.sampled_from(sorted(plugins().table()["penalty"])),
                        "weight": WEIGHTS,
                        "of": st.just("game"),
                    }
                ),
                "copy": st.just({"use": "l2", "of": ["fake", "x"], "trains": ["G"]}),
            },
        ),
    },
    optional={
        "about": st.text(st.characters(codec="ascii", exclude_categories=["C"])),
        "players": st.fixed_dictionaries({"generator": st.fixed_dictionaries({"optimizer": OPTIMIZERS})}),
        "metrics": st.fixed_dictionaries(
            {"quality": st.sampled_from(["kid", {"use": "frechet_distance", "samples": 7}])}
        ),
        "train": st.fixed_dictionaries(
            {"batch": st.integers(1, 9), "order": PLAYED, "fakes": st.sampled_from(["shared", "fresh"])},
            optional={"epochs": st.floats(1, 9)},
        ),
    },
)


@settings(max_examples=25, phases=[Phase.generate])
@given(SPECS)
def test_a_spec_written_out_loads_again_to_an_equal_spec(value: dict[str, Any]) -> None:
    spec = Spec.model_validate(value)
    tree = parse(spec.yaml(), "written")
    again = Spec.of(tree)
    assert again.plain() == spec.plain() == tree.value
    assert again.graph.flow == spec.graph.flow
    assert [term.label for term in again.graph.terms] == [term.label for term in spec.graph.terms]


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_spec_round_trips(name: str) -> None:
    spec = Spec.load(name)
    assert Spec.of(parse(spec.yaml())).plain() == spec.plain()


def test_live_modules_stand_in_networks_and_cannot_be_read_back() -> None:
    generator, critic = nn.Linear(4, 2), nn.Linear(2, 1)
    spec = Spec.model_validate({**small(), "generators": {"G": generator}, "discriminators": {"D": critic}})
    assert isinstance(spec.graph.networks["G"], Live)
    assert spec.graph.networks["G"].build() is generator
    with pytest.raises(
        SpecError, match=r"generators.G: names no generator; a live object must be handed in again from Python"
    ):
        Spec.of(parse(spec.yaml()))


def test_a_checked_spec_is_taken_as_it_is() -> None:
    spec = Spec.model_validate(small())
    assert Spec.model_validate(spec).graph.terms == spec.graph.terms
    assert (
        Spec.model_validate({**small(), "train": spec.train, "losses": spec.losses, "data": spec.data}).plain()
        == spec.plain()
    )


def test_a_mapping_may_extend_and_be_set() -> None:
    spec = Spec.load({"extends": "dcgan", "train": {"batch": 4}}, ["train.steps=3"])
    assert (spec.train.batch, spec.train.steps, spec.origin(("latents",))) == (4, 3, "dcgan.yaml:5")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("dcgn", "no spec is called 'dcgn'; did you mean 'dcgan'?"),
        ("missing/dcgan.yaml", "there is no spec file 'missing/dcgan.yaml'; did you mean 'dcgan'?"),
        (Path("nothing.yaml"), "there is no spec file 'nothing.yaml'"),
    ],
)
def test_a_source_that_does_not_exist_names_the_nearest(source: Any, message: str) -> None:
    with pytest.raises(SpecError) as error:
        Spec.load(source)
    assert message in str(error.value)
