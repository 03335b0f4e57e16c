"""The Dirac game: a point of mass that pursues another, judged by a linear critic."""

from collections.abc import Sequence
from itertools import product

import torch
from attrs import frozen
from torch import Tensor, nn

from rivalry.interfaces import Objective, Penalty, Scores
from rivalry.marks import ComparesScores, Draws
from rivalry.streams import stream

WIDE = torch.float64
COPIES = 2
"""How often each sample stands in the batch, so that nobody meets a batch of one."""


@frozen
class Setting:
    """What is played: the real law is a point at 0, the fake law one at theta, the critic is C(x) = psi . x + bias.

    `bias` is a constant, or where a `learned` one rests. Gaussian `noise` of that deviation may lie on both laws.
    `ratio` is by how much faster the discriminator moves.
    """

    objective: Objective
    penalties: tuple[tuple[Penalty, float], ...] = ()
    dimension: int = 1
    bias: float = 0.0
    learned: bool = False
    noise: float = 0.0
    ratio: float = 1.0

    @property
    def names(self) -> tuple[str, ...]:
        """The coordinates of a state."""
        each = [""] if self.dimension == 1 else [str(i + 1) for i in range(self.dimension)]
        players = [f"{letter}{index}" for letter in ("theta", "psi") for index in each]
        return (*players, *["bias"] * self.learned)

    @property
    def equilibrium(self) -> Tensor:
        """The state [n] in which the fake law is the real one and the critic is flat."""
        return torch.tensor([0.0] * 2 * self.dimension + [self.bias] * self.learned, dtype=WIDE)


class Side(nn.Module):
    """Linear critics side by side, one for each game; the samples [M K, d] come game by game."""

    def __init__(self, count: int, dimension: int, bias: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(count, dimension, dtype=WIDE))
        self.bias = nn.Parameter(torch.zeros(count, dtype=WIDE)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Scores [M K]."""
        count, dimension = self.weight.shape
        scores = (x.reshape(count, -1, dimension) * self.weight[:, None]).sum(2)
        return (scores if self.bias is None else scores + self.bias[:, None]).flatten()


class Games:
    """`count` Dirac games, as parameters to be moved.

    More than one lie side by side in one batch, each with a critic of its own: right where losses are means over
    samples, which whoever asks for several must make sure of. With `apart` the objective at least sees each game by
    itself, as one of several scales.
    """

    def __init__(self, setting: Setting, count: int = 1, apart: bool = False) -> None:
        d, biased = setting.dimension, setting.learned or setting.bias != 0
        self.setting, self.count, self.apart = setting, count, apart
        self.critic: nn.Linear | Side = (
            nn.Linear(d, 1, biased, dtype=WIDE) if count == 1 else Side(count, d, biased)
        )  # fmt: skip
        self.theta = torch.zeros(count, d, dtype=WIDE, requires_grad=True)
        if self.critic.bias is not None:
            nn.init.constant_(self.critic.bias, setting.bias).requires_grad_(setting.learned)
        real, self.jitter = _nodes(setting)
        self.real = real.repeat(count, 1)
        self.place(setting.equilibrium.expand(count, -1))

    def parameters(self) -> dict[str, list[Tensor]]:
        """Every player's parameters."""
        bias = [self.critic.bias] if self.setting.learned and self.critic.bias is not None else []
        return {"discriminator": [self.critic.weight, *bias], "generator": [self.theta]}

    @property
    def leaves(self) -> list[Tensor]:
        """The parameters in the order of a state."""
        found = self.parameters()
        return [*found["generator"], *found["discriminator"]]

    @torch.no_grad()
    def place(self, points: Tensor) -> None:
        """Put every game where a row of [M, n] says."""
        sizes = [leaf.reshape(self.count, -1).shape[1] for leaf in self.leaves]
        for leaf, part in zip(self.leaves, points.split_with_sizes(sizes, 1), strict=True):
            leaf.copy_(part.reshape(leaf.shape))

    def points(self) -> Tensor:
        """Where the games stand, [M, n]."""
        return torch.cat([leaf.detach().reshape(self.count, -1) for leaf in self.leaves], 1)

    def losses(self, of: str = "") -> dict[str, Tensor]:
        """Every player's loss, or one's, the penalties weighted; only penalties detach anything."""
        objective, fake = self.setting.objective, (self.theta[:, None] + self.jitter).flatten(0, 1)
        samples = self.real, fake
        real_scores, fake_scores = self._scores(self.real), self._scores(fake)
        found = {}
        if of != "generator":
            loss = objective.discriminator_loss(real_scores, fake_scores, samples=samples)
            for penalty, weight in self.setting.penalties:
                draw = {"draw": stream(0)} if isinstance(penalty, Draws) else {}
                loss = loss + weight * penalty(self.critic, self.real, fake.detach(), **draw)
            found["discriminator"] = loss
        if of != "discriminator":
            seen = real_scores if isinstance(objective, ComparesScores) else None
            found["generator"] = objective.generator_loss(seen, fake_scores, samples=samples)
        return found

    def gradients(self, differentiable: bool = False, of: str = "") -> dict[str, list[Tensor]]:
        """Every player's gradient of its own loss, or one's."""
        own, losses = self.parameters(), self.losses(of)
        return {
            name: list(
                torch.autograd.grad(
                    loss if self.count == 1 else self.count * loss, own[name], create_graph=differentiable,
                    retain_graph=True, allow_unused=True, materialize_grads=True,
                )
            )
            for name, loss in losses.items()
        }  # fmt: skip

    def velocity(self, differentiable: bool = False) -> Tensor:
        """The vector field where the games stand, [M, n]: everybody descends its own loss."""
        found = self.gradients(differentiable)
        rows = [*found["generator"], *(self.setting.ratio * row for row in found["discriminator"])]
        return -torch.cat([row.reshape(self.count, -1) for row in rows], 1)

    def _scores(self, samples: Tensor) -> Scores:
        scores: Tensor = self.critic(samples)
        return list(scores.reshape(self.count, -1).unbind()) if self.apart else scores


def _nodes(setting: Setting) -> tuple[Tensor, Tensor]:
    """Equally likely points [K, d] of either law, around its centre.

    Of a Gaussian: Gauss and Hermite's three nodes, each as often as its weight says, so that moments up to the fifth
    are exact. Where scores are compared, every node of one law meets every node of the other.
    """
    d = setting.dimension
    if setting.noise == 0:
        return torch.zeros(COPIES, d, dtype=WIDE), torch.zeros(COPIES, d, dtype=WIDE)
    line: Sequence[float] = [0.0] * 4 + [3**0.5, -(3**0.5)]
    nodes = setting.noise * torch.tensor([*product(line, repeat=d)], dtype=WIDE)
    if not isinstance(setting.objective, ComparesScores):
        return nodes, nodes
    return nodes.repeat(len(nodes), 1), nodes.repeat_interleave(len(nodes), 0)
