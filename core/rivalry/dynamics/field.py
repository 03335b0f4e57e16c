"""The vector field of a Dirac game at many states at once."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from attrs import define, field
from torch import Tensor

from rivalry.dynamics.game import WIDE, Games, Setting
from rivalry.dynamics.tape import Array, recorded
from rivalry.errors import RunError

PROBES = [0.31, -0.47, 0.83, -0.29, 0.61, 0.53, -0.71, 0.37, 0.43, -0.59]
"""Coordinates of generic states."""
BROKEN = (ValueError, RuntimeError, TypeError, IndexError)


class RefusedError(RunError):
    """A game that a linear critic cannot speak about, and why."""


@define
class Flow:
    """Velocities [M, n] of states [M, n].

    Games lie side by side in one batch where that agrees with playing them one by one, as it does for losses that are
    means over samples; elsewhere they are played one by one.
    """

    setting: Setting
    together: bool = False
    apart: bool = False
    """Whether the objective must then see them one by one."""
    _kept: dict[int, Games] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        refuse(self.setting)
        n = len(self.setting.names)
        probes = torch.tensor([PROBES[i : i + n] for i in range(3)], dtype=WIDE)
        try:
            alone = self(probes)
        except BROKEN as error:
            raise RefusedError(f"it cannot be played with a linear critic: {str(error).splitlines()[0]}") from error
        if not alone.isfinite().all():
            raise RefusedError("its gradients are not finite with a linear critic")
        for self.together, self.apart in ((True, False), (True, True), (False, False)):
            self._kept.clear()
            if not self.together or self._agrees(probes, alone):
                break

    def __call__(self, points: Tensor) -> Tensor:
        return self._of(points) if self.together else torch.cat([self._of(point) for point in points[:, None]])

    def _agrees(self, probes: Tensor, alone: Tensor) -> bool:
        try:
            return torch.allclose(self(probes), alone, rtol=1e-9, atol=1e-12)
        except BROKEN:
            return False

    def fast(self, count: int) -> Callable[[Array], Array]:
        """The same for `count` states as an array, quicker by far where it can be recorded."""

        def slow(points: Array) -> Array:
            return np.asarray(self(torch.from_numpy(points)))

        games = Games(self.setting, count if self.together else 1, self.apart)
        states = torch.tensor([(PROBES * 2)[i % 9 : i % 9 + len(self.setting.names)] for i in range(count)], dtype=WIDE)
        games.place(states[: games.count])
        cuts = np.cumsum([leaf[0].numel() for leaf in games.leaves])[:-1]
        shapes = [leaf.shape for leaf in games.leaves]

        def quick(points: Array) -> Array:
            with np.errstate(all="ignore"):
                if not self.together and len(points) > 1:
                    return np.concatenate([quick(row[None]) for row in points])
                parts = np.split(points, cuts, 1)
                return replay(*(part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)))

        try:
            replay = recorded(games.velocity, games.leaves)
            trials = states.numpy(), -states.flip(0).numpy()
            right = all(np.allclose(quick(trial), slow(trial), rtol=1e-9, atol=1e-12) for trial in trials)
        except (*BROKEN, NotImplementedError, KeyError):
            right = False
        return quick if right else slow

    def _of(self, points: Tensor) -> Tensor:
        if len(points) not in self._kept:
            self._kept[len(points)] = Games(self.setting, len(points), self.apart)
        games = self._kept[len(points)]
        games.place(points)
        return games.velocity()


def refuse(setting: Setting) -> None:
    """RefusedError where the components say themselves that they are not of this game."""
    objective: Any = setting.objective
    if objective.scores != 1:
        raise RefusedError(f"it judges vectors of {objective.scores} scores a sample, and a linear critic gives one")
    if reason := objective.no_linear_critic:
        raise RefusedError(str(reason))
