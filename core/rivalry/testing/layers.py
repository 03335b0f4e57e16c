"""Contracts of layers: norms, and those that are fitted to data."""

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from rivalry.fields import Inputs
from rivalry.interfaces import FittedLayer
from rivalry.testing.demands import Build, demand, finite
from rivalry.testing.numbers import drawn
from rivalry.testing.trials import N, values


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
