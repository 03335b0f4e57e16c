"""Contract tests: what holds for every component of a kind, for the zoo and for strangers alike.

    from rivalry.testing import check_component

    def test_the_contract_of_my_objective():
        check_component("objective", "exponential")

No test framework is needed. What a component means, its own tests must say; a contract is what the rest relies on.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any

import torch
from pydantic import ValidationError

from rivalry.interfaces import Component
from rivalry.plugins import plugins
from rivalry.signature import parameters
from rivalry.spec.schema import Use, check_use
from rivalry.testing import (
    downloads,
    judging,
    layers,
    losses,
    moving,
    networks,
    numbers,
    samples,
    turns,
    uses,
    weight_norms,
)
from rivalry.testing.demands import Build, demand

CONTRACTS: Mapping[str, Callable[[Any, Build, Mapping[str, Any]], None]] = {
    "generator": networks.check_mapped,
    "encoder": networks.check_mapped,
    "layer": networks.check_mapped,
    "discriminator": networks.check_discriminator,
    "norm": layers.check_norm,
    "weight_norm": weight_norms.check_weight_norm,
    "objective": losses.check_objective,
    "divergence": losses.check_divergence,
    "penalty": losses.check_penalty,
    "loss": losses.check_loss,
    "latent": numbers.check_latent,
    "operation": numbers.check_operation,
    "augment": numbers.check_augment,
    "schedule": moving.check_schedule,
    "weight": moving.check_weight,
    "optimizer": turns.check_optimizer,
    "order": turns.check_order,
    "features": judging.check_features,
    "metric": judging.check_metric,
    "dataset": samples.check_dataset,
    "download": downloads.check_download,
    "sampler": uses.check_sampler,
    "variant": uses.check_variant,
}
"""Kind -> what holds for it."""


def installed(plugin: str = "") -> list[tuple[str, str]]:
    """(kind, name) of every component of a plugin and all below it; of all plugins by default."""
    return [
        (kind, name)
        for kind, row in plugins().table().items()
        for name, (_, provider) in row.items()
        if not plugin or f"{provider}.".startswith(f"{plugin}.")
    ]


def check_component(kind: str, name: str, **arguments: Any) -> None:
    """Hold an installed component to the contract of its kind; AssertionError says what it breaks.

    `arguments` are those of a spec, for components that cannot do without any; given facts among them (`inputs`,
    `output`, `channels`) replace those that are tried otherwise. The global random state is left as it was.
    """
    component = plugins().find(kind, name)
    known = parameters(component)
    facts = {key: value for key, value in arguments.items() if key in known and known[key].given}
    stated = {key: value for key, value in arguments.items() if key not in facts}
    build = Build(kind, name, frozenset(known), stated, facts)

    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        description(component)
        constructor(component, stated)
        CONTRACTS[kind](component, build, facts)


def description(component: type[Component]) -> None:
    """What a component says of itself: its name, its paper, its docstring, and the name of its file."""
    name, module = component.name, component.__module__
    demand(name.isidentifier() and name == name.lower(), f"wanted a lower-case name for specs, got '{name}'")
    demand(
        isinstance(getattr(component, "paper", None), str) and component.paper,
        f"'{name}' lacks `paper`: a citation, or why there is none",
    )
    demand(
        (vars(component).get("__doc__") or "").strip(),
        f"'{name}' lacks a docstring: what it computes, its formula, its shapes",
    )
    hook = getattr(sys.modules[module], "rivalry_components", tuple)
    if "." in module and not component.rows and len(list(hook())) == 1:
        demand(module.rpartition(".")[2] == name, f"'{name}' is alone in {module}: give the file its name")


def constructor(component: type[Component], stated: Mapping[str, Any]) -> None:
    """Its signature is a schema that its own defaults pass."""
    untyped = [key for key, parameter in parameters(component).items() if parameter.annotation is Any]
    demand(not untyped, f"'{component.name}' does not say what {', '.join(untyped)} must be: annotate the constructor")
    use = check_use(component.kind, component.name, stated)
    try:
        again = reread(use)
    except ValidationError as error:
        raise AssertionError(f"'{component.name}' has defaults that its own annotations refuse: {error}") from error
    demand(reread(again).plain() == again.plain(), f"'{component.name}' does not survive being written and read again")


def reread(use: Use) -> Use:
    """The entry as written with every default, and read again."""
    written = {key: value for key, value in use.plain().items() if key != "use" and key not in use.words}
    return check_use(use.kind, use.name, written)
