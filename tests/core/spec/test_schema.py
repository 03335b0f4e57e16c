"""A component's constructor is its schema: what it takes is taken, everything else is refused in words."""

from typing import Any

import pytest
import torch
from pydantic import ValidationError

from rivalry.interfaces import KINDS, Observing
from rivalry.plugins import plugins
from rivalry.signature import parameters, spell
from rivalry.spec.model import faults
from rivalry.spec.phrases import WORDS
from rivalry.spec.schema import Live, Use, checked_entry, known_arguments, model_of, plain

EVERY = [(kind, name) for kind, row in sorted(plugins().table().items()) for name in sorted(row)]
NEEDS: dict[str, Any] = {"categorical": {"classes": 3}, "folder": {"path": "x", "size": 8}}
JUDGED = ("conditional_accuracy", "class_agreement", "linear_separability", "modified_inception_score")
RAMP = {"start": 0, "end": 1, "over": 5}
NEEDS |= {name: {"features": "judge"} for name in JUDGED}
NEEDS |= {"partly_labelled": {"data": "fashion_mnist"}, "staircase": {"levels": 3}}
NEEDS |= {"linear": RAMP, "cosine": RAMP, "step": {"start": 1, "factor": 0.5, "every": 3}}
NEEDS |= {
    name: {"observe": "D(x)" if cls[0].observes == 1 else ["D(x)"] * cls[0].observes}
    for name, cls in plugins().table()["schedule"].items()
    if issubclass(cls[0], Observing)
}


def refused(kind: str, value: Any) -> dict[tuple[Any, ...], str]:
    with pytest.raises(ValidationError) as error:
        checked_entry(kind, value)
    return {fault.path: f"{fault.message}; {fault.fix}" for fault in faults(error.value)}


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_every_component_is_its_own_entry_written_plainly(kind: str, name: str) -> None:
    use = checked_entry(kind, {"use": name, **NEEDS.get(name, {})})
    assert (use.kind, use.name, use.component) == (kind, name, plugins().find(kind, name))
    again = checked_entry(kind, use.plain())
    assert again.plain() == use.plain()
    assert set(use.plain()) == {"use", *known_arguments(use.component), *use.words}


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_every_component_refuses_a_stranger_and_each_given_fact(kind: str, name: str) -> None:
    own = parameters(plugins().find(kind, name)).values()
    given = [p.name for p in own if p.given and p.name not in WORDS.get(kind, {})]
    found = refused(kind, {"use": name, **NEEDS.get(name, {}), "zzzzz": 1, **dict.fromkeys(given, 1)})
    assert "is not known here" in found.pop(("zzzzz",))
    assert {path[0] for path in found} == set(given)
    assert all("follows from the data and the flow" in words for words in found.values())


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_no_component_converts_a_value_silently(kind: str, name: str) -> None:
    """A list of a mapping is none of the types that components take."""
    known = known_arguments(plugins().find(kind, name))
    found = refused(kind, {"use": name, **{word: [{}] for word in known}}) if known else {}
    assert {path[0] for path in found} == set(known)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_bare_name_takes_the_defaults_and_nonsense_is_named(kind: str) -> None:
    for nonsense in (3, None, [], 2.5, True):
        (words,) = refused(kind, nonsense).values()
        assert f"wanted a {kind}: a name or {{use: name, ...}}, got {nonsense!r}" in words
    assert "names no" in refused(kind, {})[()]
    assert ("use",) in refused(kind, "")


def test_a_part_of_a_component_is_a_spec_of_its_own() -> None:
    use = checked_entry("generator", {"use": "mlp", "norm": {"use": "batch", "momentum": 0.2}})
    norm = use.resolved()["norm"](7)
    assert (norm.momentum, norm.num_features) == (0.2, 7) if hasattr(norm, "num_features") else norm.momentum == 0.2
    assert refused("generator", {"use": "mlp", "norm": {"use": "batch", "momentum": 2}}) == {
        ("norm", "momentum"): "wanted number >= 0 and <= 1, got 2; "
    }


def test_a_schedule_stands_only_where_a_number_moves() -> None:
    ramp = {"use": "linear", "start": 0, "end": 1, "over": 10}
    use = checked_entry("optimizer", {"use": "adam", "lr": ramp})
    assert isinstance(use.arguments["lr"], Use)
    assert use.build().lr.at(5) == 0.5
    assert "no schedule can move it" in refused("optimizer", {"use": "adam", "eps": ramp})[("eps",)]
    assert "wanted number > 0, got {" in refused("optimizer", {"use": "adam", "eps": {"use": ["linear"]}})[("eps",)]


@pytest.mark.parametrize(
    ("value", "path", "words"),
    [
        ({"lr": "1e-3"}, ("lr",), "wanted number >= 0, got '1e-3'"),
        ({"lr": -1}, ("lr",), "wanted number >= 0, got -1"),
        ({"lr": float("nan")}, ("lr",), "wanted number >= 0, got nan"),
        ({"lr": True}, ("lr",), "wanted number >= 0, got True"),
        ({"betas": 0.5}, ("betas",), "wanted list of 2, each number >= 0 and < 1, got 0.5"),
        ({"betas": [0.5, 1]}, ("betas", 1), "wanted number >= 0 and < 1, got 1"),
        ({"fused": "no"}, ("fused",), "wanted true or false"),
    ],
)
def test_faults_say_what_was_wanted_and_got_at_the_part_at_fault(value: Any, path: Any, words: str) -> None:
    (found,) = refused("optimizer", {"use": "adam", **value}).items()
    assert found[0] == path
    assert words in found[1]


def test_all_faults_of_an_entry_are_found_at_once() -> None:
    assert set(
        refused("generator", {"use": "mlp", "width": 0, "layers": "x", "nrom": 1, "norm": "bach", "inputs": 3})
    ) == {
        ("width",),
        ("layers",),
        ("nrom",),
        ("norm", "use"),
        ("inputs",),
    }


def test_a_live_module_stands_for_a_network_and_for_nothing_else() -> None:
    module = torch.nn.Linear(2, 2)
    live = checked_entry("generator", module)
    assert isinstance(live, Live)
    assert live.build(inputs=3) is module
    assert live.plain() == {"live": "torch.nn.modules.linear.Linear"}
    assert "wanted a latent" in refused("latent", module)[()]


def test_types_are_spelt_as_people_read_them() -> None:
    spelt = {
        (kind, name): {p.name: spell(p.annotation) for p in parameters(plugins().find(kind, name)).values()}
        for kind, name in EVERY
    }
    assert spelt["latent", "normal"]["size"] == "whole number > 0 or list of whole number > 0 or nothing"
    assert spelt["optimizer", "adam"]["betas"] == "list of 2, each number >= 0 and < 1"
    assert spelt["generator", "mlp"]["norm"] == "norm"
    assert spelt["dataset", "array"]["keys"] == "mapping or nothing"
    assert spelt["norm", "batch"]["momentum"] == "number >= 0 and <= 1"


def test_a_model_is_made_once() -> None:
    component = plugins().find("generator", "mlp")
    assert model_of(component) is model_of(component)
    assert plain({"a": (1, component)})["a"][1]["use"] == "mlp"
