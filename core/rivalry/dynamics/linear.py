"""The linear part of a vector field at its equilibrium, by autograd and by one-sided differences."""

import math

import torch
from attrs import frozen
from torch import Tensor

from rivalry.dynamics.field import Flow
from rivalry.dynamics.game import Games

STEPS = (1e-5, 1e-6)
"""Of the differences: a kink makes the slopes of two steps differ, or those of two directions."""
SAME = 1e-3


@frozen
class Linear:
    """What the field looks like near its equilibrium."""

    autograd: Tensor
    """The Jacobian [n, n] by autograd; NaN where that has no value."""
    forward: Tensor
    """The same by differences to the right, and to the left."""
    backward: Tensor
    gap: float
    """By how much autograd and the differences disagree at most."""
    smooth: bool
    blind: bool
    """Whether autograd misses what the differences agree on, because something is detached."""

    @property
    def matrix(self) -> Tensor:
        """The Jacobian that holds."""
        return self.forward if self.blind else self.autograd

    @property
    def eigenvalues(self) -> tuple[complex, ...]:
        """Of the Jacobian, the one that grows fastest first; none where there is no Jacobian."""
        return spectrum(self.matrix) if self.smooth else ()


def spectrum(matrix: Tensor) -> tuple[complex, ...]:
    """Eigenvalues, by falling real part."""
    found = [complex(value) for value in torch.linalg.eigvals(matrix).tolist()]
    return tuple(sorted(found, key=lambda value: (-round(value.real, 9), -value.imag)))


def jacobian(flow: Flow) -> Tensor:
    """By autograd at the equilibrium, [n, n]."""
    game = Games(flow.setting)
    (velocity,) = game.velocity(differentiable=True)
    rows = []
    for component in velocity:
        found = (
            torch.autograd.grad(component, game.leaves, retain_graph=True, allow_unused=True, materialize_grads=True)
            if component.requires_grad
            else [torch.zeros_like(leaf) for leaf in game.leaves]
        )
        rows.append(torch.cat([gradient.flatten() for gradient in found]))
    return torch.stack(rows)


def differences(flow: Flow, step: float) -> Tensor:
    """The Jacobian [n, n] by one-sided differences, to the left where the step is negative."""
    centre = flow.setting.equilibrium
    moved = centre + step * torch.eye(len(centre), dtype=centre.dtype)
    return ((flow(moved) - flow(centre[None])) / step).T


def linearised(flow: Flow) -> Linear:
    """Both Jacobians, compared: not smooth is what looks different from two sides or at two scales."""
    exact = jacobian(flow)
    sides = [differences(flow, sign * step) for step in STEPS for sign in (1, -1)]
    apart = max(_gap(sides[0], other) for other in sides[1:])
    gap = max(_gap(exact, side) for side in sides)
    smooth = apart <= SAME
    return Linear(exact, sides[0], sides[1], gap, smooth, smooth and gap > SAME)


def _gap(one: Tensor, other: Tensor) -> float:
    gap = (one - other).abs().max().item()
    return gap / max(1.0, one.abs().max().item()) if math.isfinite(gap) else math.inf
