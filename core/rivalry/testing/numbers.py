"""Contracts of the sources of numbers, and of what is done with them."""

import inspect
from collections.abc import Mapping
from math import isfinite
from typing import Any, get_type_hints

import torch

from rivalry.marks import Draws
from rivalry.streams import stream
from rivalry.testing.demands import Build, demand, finite


def check_latent(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """What `field` says, drawn from the stream alone."""
    latent, before = build(), torch.get_rng_state()
    codes, again, others = latent.sample(64, stream(1)), latent.sample(64, stream(1)), latent.sample(64, stream(2))
    field = latent.field
    demand(codes.shape == (64, *field.shape), f"`field` says {field}, but codes have shape {tuple(codes.shape)}")
    if field.classes is None:
        demand(codes.is_floating_point(), f"wanted real numbers, got {codes.dtype}")
    else:
        fits = codes.dtype == torch.int64 and codes.min() >= 0 and codes.max() < field.classes
        demand(
            fits, f"wanted int64 labels in [0, {field.classes}), got {codes.dtype} from {codes.min()} to {codes.max()}"
        )
    finite("codes", codes)
    demand(torch.equal(codes, again), "equal streams must give equal codes: draw from `draw` alone")
    demand(not torch.equal(codes, others), "other streams must give other codes")
    demand(torch.equal(before, torch.get_rng_state()), "a latent draws from `draw`, not from the global state")


def check_schedule(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """Finite at all times, on a known clock."""
    schedule = build()
    demand(
        schedule.clock in ("steps", "images", "epochs"),
        f"wanted a clock of steps, images or epochs, got {schedule.clock!r}",
    )
    for time in (0, 0.5, 1, 10, 999.5, 1e4, 1e9):
        value = schedule.at(time)
        demand(isinstance(value, int | float) and isfinite(value), f"wanted a finite number at {time:g}, got {value!r}")


def check_optimizer(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """Downhill, nowhere while skipped, with a state that keeps its form."""
    optimizer = build()
    start = [torch.randn(3, 2), torch.randn(5), torch.randn(())]
    weights, gradients = [weight.clone() for weight in start], [torch.ones_like(weight) for weight in start]
    state = optimizer.start(weights)
    shapes = {key: [tensor.shape for tensor in row] for key, row in state.items()}
    held = {key: [tensor.clone() for tensor in row] for key, row in state.items()}
    optimizer.step(weights, gradients, state, lr=0.1, skip=torch.tensor(1.0))
    demand(all(map(torch.equal, weights, start)), "nothing may move where `skip` is 1")
    demand(
        all(torch.equal(a, b) for key in held for a, b in zip(held[key], state[key], strict=True)),
        "a skipped step leaves the state alone",
    )
    for _ in range(2):
        optimizer.step(weights, gradients, state, lr=0.1)
    demand(
        all(bool((a < b).all()) for a, b in zip(weights, start, strict=True)),
        "parameters must go against their gradients",
    )
    demand(
        shapes == {key: [tensor.shape for tensor in row] for key, row in state.items()},
        "the state must keep its keys and shapes",
    )
    optimizer.step([], [], optimizer.start([]), lr=0.1)


def check_operation(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """Called on tensors, with `draw` where it is marked so."""
    operation = build()
    demand(callable(operation), "an operation is called")
    get_type_hints(type(operation).__call__)
    taken = inspect.signature(operation).parameters
    demand(any(p.kind is not p.KEYWORD_ONLY for p in taken.values()), "an operation takes at least one tensor")
    demand(
        ("draw" in taken) == isinstance(operation, Draws),
        "an operation takes `draw` exactly where it is marked `Draws`",
    )
