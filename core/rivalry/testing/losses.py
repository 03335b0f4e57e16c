"""Contracts of what is minimised."""

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from rivalry.interfaces import Scores
from rivalry.marks import ComparesScores
from rivalry.testing.demands import Build, demand, finite, scalar
from rivalry.testing.numbers import drawn
from rivalry.testing.trials import blind

N = 4


def check_objective(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """Scalars, finite with their gradients, blind to the layout of scores; the mean over scales.

    One that sees samples may depend on the fake ones instead of their scores; one batch of one may be refused in words.
    """
    objective = build()
    everyone = torch.randn(2, 6, 3, dtype=torch.float64).requires_grad_()

    def losses(real: Scores, fake: Scores) -> list[Tensor]:
        seen = real if isinstance(objective, ComparesScores) else None
        count = len(fake if isinstance(fake, Tensor) else fake[0])
        samples = (everyone[0, :count], everyone[1, :count])
        return [objective.discriminator_loss(real, fake, samples), objective.generator_loss(seen, fake, samples)]

    real, fake = torch.randn(2, 6, dtype=torch.float64).unbind()
    sides = "the discriminator's loss", "the generator's loss"
    for shape in ((6,), (6, 1), (6, 1, 1, 1), (3, 1, 2, 1), (1, 1, 3, 2)):
        some = real.reshape(shape).requires_grad_(), fake.reshape(shape).requires_grad_(), everyone
        try:
            both = losses(*some[:2])
        except ValueError:
            demand(len(some[0]) == 1, f"{N} and more samples a side must be possible")
            continue
        for what, loss in zip(sides, both, strict=True):
            found = torch.autograd.grad(scalar(what, loss), some, allow_unused=True, materialize_grads=True)
            finite(f"gradients of {what}", *found)
            demand(found[1].any() or found[2][1].any(), f"{what} must depend on the fakes' scores")
    for what, flat, column in zip(sides, losses(real, fake), losses(real[:, None], fake[:, None]), strict=True):
        demand(torch.allclose(flat, column), f"{what} must not depend on whether scores are [N] or [N, 1]")
    scales = [(real[:3], fake[:3]), (real[3:], fake[3:])]
    joint, parts = losses(*map(list, zip(*scales, strict=True))), [losses(*scale) for scale in scales]
    for what, whole, *each in zip(sides, joint, *parts, strict=True):
        demand(torch.allclose(whole, torch.stack(each).mean()), f"{what} of several scales must be the mean over them")
    empty, samples = torch.empty(6, device="meta"), (torch.empty(6, 3, device="meta"),) * 2
    blind(
        objective,
        lambda objective: (
            objective.discriminator_loss(empty, empty, samples),
            objective.generator_loss(empty, empty, samples),
        ),
    )


def check_divergence(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """The triple fits together: Young's inequality ut <= f(u) + f*(t), tight at the ratio that the score stands for."""
    divergence = build()
    ratios = torch.logspace(-3, 3, 61, dtype=torch.float64)
    scores = torch.linspace(-3, 3, 41, dtype=torch.float64, requires_grad=True)
    with torch.no_grad():
        middle = divergence.f((ratios[:-1] + ratios[1:]) / 2)
        values, one = divergence.f(ratios), divergence.f(torch.ones((), dtype=torch.float64))
    finite("f", values)
    chords = (values[:-1] + values[1:]) / 2
    demand((middle <= chords + 1e-9 * (1 + chords.abs())).all(), "f must be convex")
    under = one + divergence.threshold * (ratios - 1)
    demand((under <= values + 1e-9 * (1 + values.abs())).all(), "`threshold` must be f'(1), a slope that stays under f")
    outputs, conjugates = divergence.output(scores), divergence.conjugate_of_output(scores)
    demand(outputs.shape == conjugates.shape == scores.shape, "the output and its conjugate are elementwise")
    finite("outputs", outputs)
    finite("conjugates", conjugates)
    demand((outputs.diff() > 0).all(), "the output must increase: larger is more real")
    gap = (values + conjugates[:, None] - ratios * outputs[:, None]).detach()
    demand(
        (gap >= -1e-9 * (1 + values.abs() + conjugates[:, None].abs())).all(),
        "f*(t) must be the conjugate of f: ut <= f(u) + f*(t)",
    )
    slopes = [torch.autograd.grad(tensor.sum(), scores)[0] for tensor in (conjugates, outputs)]
    best = slopes[0] / slopes[1]
    for u, t, bound in zip(best, outputs.detach(), conjugates.detach(), strict=True):
        if u > 0:  # a conjugate may go on beyond the ratios
            demand(
                torch.isclose(u * t - divergence.f(u), bound, rtol=1e-6, atol=1e-8),
                "f*(g(v)) must be attained at the ratio f*'(g(v))",
            )


def check_penalty(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """A scalar >= 0 that moves the judge and nothing else."""
    penalty = build()
    judge = nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.Tanh(), nn.Linear(8, 1)).double()
    real, fake = (torch.randn(N, 3, 2, 2, dtype=torch.float64, requires_grad=True) for _ in range(2))
    loss = scalar("the penalty", penalty(judge, real, fake, **drawn(penalty)))
    demand(loss >= 0, f"a penalty is never negative, got {loss.item()}")
    weights, samples = list(judge.parameters()), [real, fake]
    found = torch.autograd.grad(loss, [*weights, *samples], allow_unused=True)
    finite("the penalty's gradients", *(gradient for gradient in found if gradient is not None))
    demand(
        any(gradient is not None and gradient.any() for gradient in found[: len(weights)]),
        "the penalty must move the judge",
    )
    demand(found[-1] is found[-2] is None, "a penalty is the judge's alone: detach the samples")
    judge.to("meta")
    blind(penalty, lambda penalty: penalty(judge, real.to("meta"), fake.to("meta"), **drawn(penalty, "meta")))


def check_loss(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """A finite scalar that depends on its tensors."""
    loss, accepted = build(), 0
    arguments = inspect.signature(loss.forward).parameters.values()
    count = sum(p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD for p in arguments) or 2
    tried = [[torch.randn(shape) for _ in range(count)] for shape in ((N, 3), (N, 1, 8, 8), (N,))]
    tried.append([torch.randn(N, 5), *(torch.randint(5, (N,)) for _ in range(count - 1))])  # logits and labels
    for tensors in tried:
        leaves = [tensor.requires_grad_() for tensor in tensors if tensor.is_floating_point()]
        try:
            value = loss(*tensors)
        except ValueError:
            continue
        accepted += 1
        found = torch.autograd.grad(scalar("the loss", value), leaves, allow_unused=True, materialize_grads=True)
        finite("the loss's gradients", *found)
        demand(any(gradient.any() for gradient in found), "a loss must depend on a tensor")
        empty = [tensor.to("meta") for tensor in tensors]
        blind(loss, lambda loss, empty=empty: loss(*empty))
    demand(accepted, f"it refuses {count} vectors, images, rows of numbers, and logits beside labels alike")
