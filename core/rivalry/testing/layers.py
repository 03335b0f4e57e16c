"""Contracts of layers: norms, and those that are fitted to data."""

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from rivalry.fields import Inputs
from rivalry.interfaces import FittedLayer, Norm
from rivalry.marks import CouplesBatch
from rivalry.testing.demands import Build, demand, finite
from rivalry.testing.numbers import drawn
from rivalry.testing.trials import N, values

SAMPLES_MEET = "samples of a batch change each other's output: mark it `CouplesBatch`"


def called(network: Any, fields: Inputs, first: Tensor | None = None) -> Any:
    """What a network makes of random inputs: `draw` where it is marked so, 1 for a number that it wants besides."""
    tensors = [values(field) for field in fields]
    taken = inspect.signature(network.forward).parameters.values()
    wanted = sum(p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD for p in taken)
    tensors[:1] = tensors[:1] if first is None else [first]
    return network(*tensors, *[1.0] * (wanted - len(tensors)), **drawn(network))


def check_fitting(layer: FittedLayer, given: Mapping[str, Any]) -> None:
    """Fitted to its inputs, or to outputs beside them: state that follows from the data alone."""
    inputs, output = given["inputs"], given["output"]
    batches = [
        tuple(torch.arange(64) % f.classes if f.classes else values(f, 64) for f in (*beside, *inputs))
        for beside in ([(output,), ()] if output is not None else [()])
    ]
    for batch in batches:
        before, fitted = [tensor.clone() for tensor in layer.state_dict().values()], []
        try:
            for _ in range(2):
                layer.fit(iter([batch]))
                fitted.append([tensor.clone() for tensor in layer.state_dict().values()])
        except (ValueError, TypeError):
            continue
        finite("the fitted state", *fitted[0])
        demand(any(not torch.equal(*pair) for pair in zip(before, fitted[0], strict=True)), "`fit` must set the state")
        again = all(torch.equal(*pair) for pair in zip(*fitted, strict=True))
        demand(again, "fitted to the same data twice, the state must be the same: forget what was fitted before")
        called(layer.eval(), inputs)
        return
    demand(False, "`fit` takes neither its inputs nor its output and inputs")


def check_norm(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """The shape and the type stay; gradients pass; samples meet only where it says so, and never in evaluation."""
    channels, told, refusals = facts.get("channels", 6), facts.get("condition", 5), []
    norm = build(channels=channels, condition=told)
    conditions = _conditions(norm, channels, told)
    for x in (torch.randn(N, channels), torch.randn(N, channels, 5, 3)):
        for condition in conditions:
            try:
                _check_use(norm, x.requires_grad_(), condition)
            except ValueError as refusal:  # vectors leave some norms nothing to do, and not every condition is theirs
                refusals.append(str(refusal))
    demand(
        len(refusals) < 2 * len(conditions),
        f"it normalises neither vectors nor maps of {channels} channels: {'; '.join(dict.fromkeys(refusals))}",
    )


def _conditions(norm: Norm, channels: int, told: int) -> list[Tensor | None]:
    """What a norm may be told: labels, vectors and maps; nothing, for one that takes no condition."""
    if not norm.conditional:
        return [None]
    refused = False
    try:
        norm(torch.randn(N, channels, 5, 3), None)
    except ValueError:
        refused = True
    demand(refused, "a norm that says `conditional` wants a condition: refuse none by a ValueError")
    labels = torch.arange(N) % told
    return [labels, torch.randn(N, told), torch.randn(N, told, 4, 4)]


def _check_use(norm: Norm, x: Tensor, condition: Tensor | None) -> None:
    """In training, after a first batch, and in evaluation."""
    norm.train()(x, condition)
    coupled = any(isinstance(part, CouplesBatch | nn.modules.batchnorm._BatchNorm) for part in norm.modules())
    for mode in (True, False):
        y = norm.train(mode)(x, condition)
        demand(
            y.shape == x.shape and y.dtype == x.dtype,
            f"wanted {tuple(x.shape)} as it came, got {tuple(y.shape)} of {y.dtype}",
        )
        finite("normalised activations", y)
        learnt = [x, *norm.parameters()]
        found = torch.autograd.grad((y * torch.randn_like(y)).sum(), learnt, allow_unused=True, materialize_grads=True)
        finite("gradients", *found)
        demand(found[0].any(), "gradients must pass to the activations")
        others = torch.cat([x[:1], torch.randn_like(x[1:])])
        apart = torch.allclose(norm(others, condition)[:1], y[:1], rtol=1e-4, atol=1e-5)
        demand(apart or (coupled and mode), SAMPLES_MEET if mode else "in evaluation no sample may change another's")
