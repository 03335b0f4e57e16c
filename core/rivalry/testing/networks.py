"""Contracts of the kinds with weights."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from rivalry.errors import SpecError
from rivalry.fields import Field, as_inputs
from rivalry.interfaces import input_gradient
from rivalry.signature import parameters
from rivalry.testing.demands import Build, demand, finite

N = 4
CODE, LABEL, MAP = Field(6), Field((), classes=5), Field((4, 4, 4))
SAMPLES = (Field(2), Field((1, 28, 28), low=-1, high=1), Field((3, 32, 32), low=-1, high=1))
"""What networks are tried on. One may refuse some of them, in words."""


def values(field: Field, n: int = N) -> Tensor:
    """Random numbers that fit a field, [n, *field.shape]."""
    return (
        torch.randint(field.classes, (n, *field.shape))
        if field.classes is not None
        else torch.rand(n, *field.shape) * 2 - 1
    )


def gradients(total: Tensor, module: nn.Module) -> None:
    """Demand finite gradients of all weights."""
    weights = list(module.parameters())
    if weights:
        finite("gradients", *torch.autograd.grad(total, weights, allow_unused=True, materialize_grads=True))


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


def _main(component: Any, result: Any) -> Any:
    """The main output; the further ones must be there by their names."""
    if not component.outputs:
        return result
    names = getattr(result, "_fields", ())[1:]
    demand(
        names == component.outputs, f"wanted a NamedTuple with {component.outputs} after its main output, got {names}"
    )
    return result[0]


def check_mapped(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """Generators, encoders and layers: of the declared output's shape, differentiable."""
    inputs = (
        [as_inputs(facts["inputs"])]
        if "inputs" in facts
        else [(CODE,), (CODE, LABEL), (MAP,), *((sample,) for sample in SAMPLES)]
    )
    outputs = [facts["output"]] if "output" in facts else [*SAMPLES, CODE]
    tried = [{"inputs": fields, "output": output} for fields in inputs for output in outputs]
    for network, given in accepted(build, tried):
        for mode in (True, False):
            result = _main(component, network.train(mode)(*map(values, given["inputs"])))
            demand(len(result) == N, f"wanted {N} outputs for {N} inputs, got {len(result)}")
            if "output" in parameters(component):
                wanted = (N, *given["output"].shape)
                demand(result.shape == wanted, f"wanted a sample of shape {wanted}, got {tuple(result.shape)}")
            finite("outputs", result)
        if result.requires_grad:
            gradients((result * torch.randn_like(result)).sum(), network)


def check_discriminator(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """Scores of a shape that objectives take, twice differentiable."""
    tried = (
        [as_inputs(facts["inputs"])]
        if "inputs" in facts
        else [fields for s in SAMPLES for fields in ((s,), (s, LABEL))]
    )
    for network, given in accepted(build, [{"inputs": fields} for fields in tried]):
        for mode in (True, False):
            sample, *conditions = map(values, given["inputs"])
            sample.requires_grad_()
            scores = _main(component, network.train(mode)(sample, *conditions))
            for part in [scores] if isinstance(scores, Tensor) else scores:
                fits = part.shape == (N,) or (part.ndim == 4 and part.shape[:2] == (N, 1))
                demand(fits, f"wanted scores [{N}] or [{N}, 1, h, w], got {tuple(part.shape)}")
                finite("scores", part)
        gradient = input_gradient(scores, sample)
        finite("input gradients", gradient)
        gradients(gradient.square().sum(), network)


def check_norm(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """The shape and the type stay."""
    channels = facts.get("channels", 6)
    norm, accepted = build(channels=channels), 0
    for shape in ((N, channels), (N, channels, 5, 3)):
        for mode in (True, False):
            x = torch.randn(shape)
            try:
                y = norm.train(mode)(x)
            except ValueError:  # vectors leave some norms nothing to do
                continue
            accepted += 1
            demand(
                y.shape == x.shape and y.dtype == x.dtype,
                f"wanted {shape} as it came, got {tuple(y.shape)} of {y.dtype}",
            )
            finite("normalised activations", y)
    demand(accepted, f"it normalises neither vectors nor maps of {channels} channels")
