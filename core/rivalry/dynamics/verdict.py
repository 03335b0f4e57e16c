"""What a linear part, or where that says nothing the trajectories, amount to in words."""

import math
from typing import Literal

import torch
from attrs import frozen
from torch import Tensor

from rivalry.dynamics.field import Flow
from rivalry.dynamics.game import Setting
from rivalry.dynamics.linear import Linear
from rivalry.dynamics.paths import LONGEST, Paths, Trend, travel

EDGE = 1e-6
"""Between marginal and not."""
RADII = (0.5, 1.0, 2.0)
SLIDING = 0.1
"""The longest step where a field may jump, and trajectories slide along the jump in steps."""

Kind = Literal["exponential", "algebraic", "cycles", "limit cycle", "spurious", "moves away", "diverges"]

KINDS: dict[Trend, Kind] = {
    "decays": "algebraic", "cycles": "cycles", "rests": "spurious", "grows": "moves away", "flees": "diverges",
}  # fmt: skip
WORDS: dict[Kind, str] = {
    "algebraic": "converges without a rate, algebraically",
    "cycles": "cycles around it for ever",
    "limit cycle": "ends on a limit cycle around it",
    "spurious": "comes to rest at spurious points away from it, ",
    "moves away": "moves away from it",
    "diverges": "diverges",
}


@frozen
class Verdict:
    """What becomes of the game."""

    kind: Kind
    words: str
    rate: float | None = None
    """The largest real part of an eigenvalue, where there is a linear part."""
    paths: Paths | None = None
    """What it was read off, where the linear part decides nothing."""
    rests: tuple[tuple[float, ...], ...] = ()
    """Where trajectories came to rest away from the equilibrium, relative to it."""


def starts(setting: Setting, radii: tuple[float, ...] = RADII) -> Tensor:
    """A state [M, n] at each radius, off every axis, the bias where it rests."""
    players = 2 * setting.dimension
    direction = torch.tensor([math.cos(0.7 + 1.1 * i) for i in range(players)], dtype=torch.float64)
    direction = torch.cat([direction / direction.norm(), torch.zeros(len(setting.names) - players).to(direction)])
    return torch.tensor(radii, dtype=torch.float64)[:, None] * direction


def judged(flow: Flow, linear: Linear) -> Verdict:
    """By the eigenvalues where they decide, else by integration."""
    values = linear.eigenvalues
    rate = values[0].real if values else None
    if rate is not None and rate < -EDGE:
        return Verdict("exponential", f"converges exponentially, like exp({rate:.4g} t)", rate)
    if rate is not None and rate > EDGE:
        return Verdict("diverges", f"diverges, like exp({rate:.4g} t)", rate)
    longest = LONGEST if linear.smooth else SLIDING
    paths = travel(flow, starts(flow.setting), max(map(abs, values), default=0.0), longest=longest)
    kind, words, rests = outcome(paths)
    if rate is None:
        lead = "not smooth at the equilibrium, so there is no linear part"
    else:
        lead = "marginal: no eigenvalue has a real part"
        lost = sum(abs(value) <= EDGE for value in values)
        if lost:
            lead += f", and {lost} of {len(values)} vanish (degenerate)"
    return Verdict(kind, f"{lead}; {words}", rate, paths, rests)


def outcome(paths: Paths) -> tuple[Kind, str, tuple[tuple[float, ...], ...]]:
    """What becomes of the trajectory that begins nearest, and of the others where that is something else."""
    count = paths.points.shape[1]
    trends = [paths.trend(index) for index in range(count)]
    found = [paths.rest(index) if trend == "rests" else None for index, trend in enumerate(trends)]
    rests = tuple(sorted({tuple(round(x, 2) + 0.0 for x in point.tolist()) for point in found if point is not None}))
    ends = [paths.radii[-1, i] if point is None else point.norm() for i, point in enumerate(found)]
    fates = ", ".join(f"{paths.radii[0, i]:.3g} -> {end:.3g}" for i, end in enumerate(ends))
    radii = f"radius {fates} after t = {paths.time:.4g}"
    places = ", ".join("(" + ", ".join(f"{x:.3g}" for x in point) + ")" for point in rests)
    kind = KINDS[trends[0]]
    if kind == "cycles" and _one_cycle(paths):
        kind = "limit cycle"
    words = f"{WORDS[kind]}{places if kind == 'spurious' else ''}: {radii}"
    if rests and kind != "spurious":
        words += f"; from farther away it comes to rest at {places}"
    return kind, words, rests


def _one_cycle(paths: Paths) -> bool:
    """Whether all end equally far away although they began at different distances."""
    late, began = paths.envelope(0.85, 1), paths.radii[0]
    return bool(late.max() <= 1.1 * late.min() and began.max() > 1.5 * began.min())
