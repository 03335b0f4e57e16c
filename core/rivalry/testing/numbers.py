"""Contracts of the sources of numbers, and of what is done with them."""

import inspect
from collections.abc import Mapping
from typing import Any, get_type_hints

import torch

from rivalry.marks import Draws
from rivalry.streams import Stream, stream
from rivalry.testing.demands import Build, demand, finite
from rivalry.testing.trials import LABEL, SAMPLES, N, accepted, blind, values

UNFIT = (ValueError, TypeError, RuntimeError, IndexError, AttributeError)


def check_latent(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """What `field` says, drawn from the stream alone; like a field, where it takes `like`."""
    fields = [{}, {"like": LABEL}, {"like": SAMPLES[1]}] if "like" in build.known - set(facts) else [{}]
    for latent, given in accepted(build, fields):
        _check_codes(latent)
        like = given.get("like")
        demand(
            like is None or (latent.field.shape, latent.field.classes) == (like.shape, like.classes),
            f"codes like {like} must look like it, got {latent.field}",
        )


def _check_codes(latent: Any) -> None:
    before = torch.get_rng_state()
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


def check_operation(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """Called on tensors, with `draw` where it is marked so; the shape stays where it says so."""
    operation = build()
    demand(callable(operation), "an operation is called")
    get_type_hints(type(operation).__call__)
    taken = inspect.signature(operation).parameters
    demand(any(p.kind is not p.KEYWORD_ONLY for p in taken.values()), "an operation takes at least one tensor")
    demand(
        ("draw" in taken) == isinstance(operation, Draws),
        "an operation takes `draw` exactly where it is marked `Draws`",
    )
    if not operation.keeps_shape:
        return
    rest = [p for p in list(taken.values())[1:] if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    for x in (torch.rand(N, 3), torch.rand(N, 3, 8, 8)):
        try:
            found = operation(x, *[0.5] * len(rest), **drawn(operation))
        except UNFIT:  # what else it takes, its own tests know
            continue
        demand(found.shape == x.shape, f"it says `keeps_shape`, but made {tuple(found.shape)} of {tuple(x.shape)}")


def drawn(component: Any, device: str = "cpu") -> dict[str, Stream]:
    """The keyword `draw`, for those who are marked so."""
    return {"draw": stream(1, device)} if isinstance(component, Draws) else {}


def check_augment(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """The shape and the type stay, gradients pass, equal draws change samples equally."""
    augment, accepted = build(), 0
    for dtype in (torch.float32, torch.float64):
        for field in SAMPLES:
            x = values(field, 8).to(dtype)
            state = torch.get_rng_state()
            try:
                y, again = (augment(x.requires_grad_(), **drawn(augment)) for _ in range(2))
            except ValueError:  # points leave most augmentations nothing to do
                continue
            accepted += 1
            demand(
                y.shape == x.shape and y.dtype == dtype,
                f"wanted {tuple(x.shape)} of {dtype} as it came, got {tuple(y.shape)} of {y.dtype}",
            )
            finite("augmented samples", y)
            demand(torch.equal(y, again), "equal draws must give equal samples: draw from `draw` alone")
            demand(torch.equal(state, torch.get_rng_state()), "an augment draws from `draw`, not from the global state")
            demand(y.requires_grad, "gradients must pass to the samples, for the generator learns through them")
            (gradient,) = torch.autograd.grad((y * torch.randn_like(y)).sum(), x)
            finite("gradients", gradient)
            demand(gradient.any(), "gradients must pass to the samples, for the generator learns through them")
            empty = torch.empty_like(x, device="meta")
            blind(augment, lambda augment, x=empty: augment(x, **drawn(augment, "meta")))
    demand(accepted, "it refuses points and images alike")
