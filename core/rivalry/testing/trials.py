"""What components are tried on. One may refuse some of it, in words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import torch
from torch import Tensor

from rivalry.errors import SpecError
from rivalry.fields import Field
from rivalry.signature import parameters
from rivalry.testing.demands import Build, demand

N = 4
CODE, LABEL, MAP, SYMBOLS = Field(6), Field((), classes=5), Field((4, 4, 4)), Field(6, classes=5)
SAMPLES = (
    Field(2), Field((1, 28, 28), low=-1, high=1), Field((3, 32, 32), low=-1, high=1), Field((3, 64), low=-1, high=1),
)  # fmt: skip


def values(field: Field, n: int = N) -> Tensor:
    """Random numbers that fit a field, [n, *field.shape]."""
    return (
        torch.randint(field.classes, (n, *field.shape))
        if field.classes is not None
        else torch.rand(n, *field.shape) * 2 - 1
    )


def accepted(build: Build, facts: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """What can be built, and of which facts; none is an error."""
    refusals, found = [], 0
    for given in facts:
        try:
            made = build(**given)
        except SpecError as error:
            refusals.append(str(error))
            continue
        found += 1
        yield made, given
    demand(
        found,
        "it refuses everything it is tried on; say what it takes, as in inputs=..., output=...:\n"
        + "\n".join(refusals),
    )


def observed(component: Any) -> Any:
    """A weightless component whose moving numbers are known on a device alone, as where a schedule observes."""
    moving = [name for name, parameter in parameters(type(component)).items() if parameter.moves]
    now = {name: getattr(component, name, None) for name in moving if attrs.has(type(component))}
    numbers = {name: torch.empty((), device="meta") for name, value in now.items() if isinstance(value, int | float)}
    return attrs.evolve(component, **numbers) if numbers else component


def blind(component: Any, call: Any) -> None:
    """Demand that `call(component)`, on tensors without values, asks for no value: shapes and devices are enough."""
    try:
        call(observed(component))
    except RuntimeError as error:
        if "meta" not in str(error) and "data-dependent" not in str(error):
            raise
        raise AssertionError(
            f"'{component.name}' asks for a tensor's value, for which the host would wait: {error}"
        ) from error
