"""Trajectories of a vector field, and what becomes of them."""

import math
from typing import Literal

import numpy as np
import torch
from attrs import frozen
from torch import Tensor

from rivalry.dynamics.field import Flow

LONG = 200.0
TURN, CREEP, LONGEST = 0.25, 1.5, 0.5
"""A step is at most TURN over the fastest rotation, where Runge and Kutta's fourth order loses 2e-6 of a circle's
radius a step, and CREEP over the steepest slope, where it is stable.
"""
MOST = 4000
NEAR, FAR = 1e-2, 1e3
STILL = 2e-4
"""A speed, as a share of the radius a unit of time."""

Trend = Literal["decays", "cycles", "rests", "grows", "flees"]


@frozen
class Paths:
    """Trajectories [steps + 1, M, n], relative to the equilibrium, at equal distances in time."""

    points: Tensor
    step: float
    speeds: Tensor
    """Of all states but the last, [steps, M]."""

    @property
    def time(self) -> float:
        """How long they are."""
        return (len(self.points) - 1) * self.step

    @property
    def radii(self) -> Tensor:
        """Distances from the equilibrium, [steps + 1, M]."""
        found: Tensor = self.points.norm(dim=2)
        return found

    def envelope(self, start: float, end: float) -> Tensor:
        """The largest radius [M] within a share of the time."""
        last = len(self.points) - 1
        return self.radii[round(start * last) : round(end * last) + 1].amax(0)

    def rest(self, index: int) -> Tensor | None:
        """The state [n], late and away from the equilibrium, in which one all but stands still, or that it stays
        beside without going round the equilibrium; None if there is none.
        """
        early = len(self.speeds) // 10
        radii = self.radii[early:-1, index]
        slowness = torch.where(radii > NEAR, self.speeds[early:, index] / radii, torch.inf)
        when = int(slowness.argmin())
        if slowness[when] < STILL:
            return self.points[early + when, index]
        late = self.points[round(0.85 * len(self.points)) :, index]
        middle = late.mean(0)
        return middle if middle.norm() > NEAR and self.turns(index) < 0.75 else None

    def turns(self, index: int) -> float:
        """How often one goes round the equilibrium in the second half, seen by its first coordinates of both sides."""
        half = self.points[len(self.points) // 2 :, index]
        side = half.shape[1] // 2
        angles = np.unwrap(np.arctan2(half[:, side].numpy(), half[:, 0].numpy()))
        return float(abs(angles[-1] - angles[0]) / (2 * math.pi))

    def trend(self, index: int) -> Trend:
        """What becomes of one."""
        first, middle, late = (self.envelope(*share)[index].item() for share in ((0, 0.1), (0.4, 0.55), (0.85, 1)))
        if not late < FAR:
            return "flees"
        falls = late < 0.95 * middle and late < 0.95 * first
        grows = late > 1.05 * middle and late > 1.05 * first
        if self.rest(index) is not None and not grows:
            return "rests"
        return "decays" if falls else "grows" if grows else "cycles"


def travel(flow: Flow, starts: Tensor, rotation: float = 0.0, time: float = LONG, longest: float = LONGEST) -> Paths:
    """From starts [M, n] relative to the equilibrium, by Runge and Kutta's fourth order.

    `rotation` is the largest eigenvalue at the equilibrium; a field that wants more than MOST steps is followed for a
    shorter time.
    """
    step = min(longest, TURN / max(rotation, TURN), CREEP / max(steepest(flow, starts), CREEP))
    move = flow.fast(len(starts))
    centre = flow.setting.equilibrium.numpy()
    here = centre + starts.numpy()
    found, speeds = [here], []
    for _ in range(min(MOST, math.ceil(time / step))):
        a = move(here)
        b = move(here + step / 2 * a)
        c = move(here + step / 2 * b)
        d = move(here + step * c)
        here = np.clip(np.nan_to_num(here + step / 6 * (a + 2 * b + 2 * c + d), nan=FAR), -FAR, FAR)
        found.append(here)
        speeds.append(np.linalg.norm(a, axis=1))
    return Paths(torch.from_numpy(np.stack(found) - centre), step, torch.from_numpy(np.stack(speeds)))


def steepest(flow: Flow, starts: Tensor) -> float:
    """The largest slope of the field around some states [M, n] relative to the equilibrium."""
    step = 1e-4
    n = starts.shape[1]
    here = (flow.setting.equilibrium + starts).repeat_interleave(n, 0)
    moved = here + step * torch.eye(n, dtype=here.dtype).repeat(len(starts), 1)
    slopes = ((flow(moved) - flow(here)) / step).reshape(len(starts), n, n)
    return float(torch.linalg.matrix_norm(slopes, 2).max())
