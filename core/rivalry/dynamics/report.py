"""The analysis of one Dirac game."""

from collections.abc import Sequence
from typing import Literal

import torch
from attrs import evolve, frozen
from torch import Tensor

from rivalry.dynamics.bias import pull, resting
from rivalry.dynamics.field import BROKEN, Flow, RefusedError, refuse
from rivalry.dynamics.game import Setting
from rivalry.dynamics.linear import Linear, linearised
from rivalry.dynamics.method import Discrete, Method, discrete
from rivalry.dynamics.verdict import Verdict, judged
from rivalry.errors import RunError
from rivalry.interfaces import Component, Objective, Penalty, Schedule
from rivalry.numbers import Ref

Bias = float | Literal["learned", "rest"] | None


@frozen
class Report:
    """What was found about a game."""

    setting: Setting
    flow: Flow
    samples: tuple[tuple[Tensor, Tensor], ...]
    """States relative to the equilibrium, and their velocities."""
    linear: Linear
    verdict: Verdict
    method: Discrete | None = None
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The components' names."""
        names = [self.setting.objective.name]
        return " + ".join(names + [penalty.name for penalty, _ in self.setting.penalties])

    @property
    def eigenvalues(self) -> tuple[complex, ...]:
        """Of the Jacobian at the equilibrium; none where the field is not smooth there."""
        return self.linear.eigenvalues


def dirac(
    objective: Objective, penalties: Sequence[Penalty | tuple[Penalty, float]] = (), *, dimension: int = 1,
    bias: Bias = None, noise: float = 0.0, ratio: float = 1.0, method: Method | None = None,
) -> Report:  # fmt: skip
    """Analyse the game of an objective and penalties, each with its weight (1 where none is given).

    `bias`: a constant that the critic adds, "learned" for a third coordinate, or "rest" for the constant at which the
    discriminator would leave it. RunError says in words what a linear critic cannot speak about.
    """
    weighted = tuple(entry if isinstance(entry, tuple) else (entry, 1.0) for entry in penalties)
    if dimension not in (1, 2):
        raise RunError(f"wanted dimension 1 or 2, got {dimension}")
    if not 0 <= noise < float("inf"):
        raise RunError(f"wanted a noise of at least 0, got {noise:g}")
    if not 0 < ratio < float("inf"):
        raise RunError(f"wanted a ratio above 0, got {ratio:g}")
    movers = [part for part in (method.optimizer, method.order) if isinstance(part, Component)] if method else []
    for component in (objective, *(penalty for penalty, _ in weighted), *movers):
        _still(component)
    setting = Setting(objective, weighted, dimension, noise=noise, ratio=ratio)
    refuse(setting)
    setting, notes = _biased(setting, bias)
    flow = Flow(setting)
    linear = linearised(flow)
    if linear.blind:
        notes.append("autograd and differences disagree although the field is smooth: something is detached. "
                     "The eigenvalues are of the differences.")  # fmt: skip
    found = discrete(method, setting) if method is not None else None
    return Report(setting, flow, _samples(flow), linear, judged(flow, linear), found, tuple(notes))


def _still(component: Component) -> None:
    for field in getattr(type(component), "__attrs_attrs__", ()):
        if isinstance(getattr(component, field.name), Schedule | Ref):
            raise RefusedError(f"'{component.name}' has a number that moves, '{field.name}'; give it a constant")


def _biased(setting: Setting, bias: Bias) -> tuple[Setting, list[str]]:
    notes: list[str] = []
    if isinstance(bias, int | float):
        return evolve(setting, bias=float(bias)), notes
    try:
        slope = pull(setting, 0.0)
        rest = resting(setting)
    except BROKEN as error:
        raise RefusedError(f"it cannot be played with a linear critic: {str(error).splitlines()[0]}") from error
    if bias is None:
        if abs(slope) > 1e-9:
            where = "to no end" if rest is None else f"to {rest:.4g}"
            notes.append(f"The discriminator would move a bias {where}, and this critic has none: see --bias.")
        return setting, notes
    if rest is None:
        raise RefusedError("the discriminator moves a bias for ever, so there is no equilibrium")
    return evolve(setting, bias=rest, learned=bias == "learned"), notes


def _samples(flow: Flow) -> tuple[tuple[Tensor, Tensor], ...]:
    d, n = flow.setting.dimension, len(flow.setting.names)
    unit = torch.eye(n, dtype=torch.float64)
    theta, psi = unit[0], unit[d]
    rows = [theta, psi, theta + psi, theta - psi, 2 * theta + psi]
    if d == 2:
        rows.append(theta + unit[d + 1])
    states = torch.stack(rows)
    return tuple(zip(states, flow(flow.setting.equilibrium + states), strict=True))
