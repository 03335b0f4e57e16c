"""Hubness: whether a few samples are near neighbours of very many."""

from math import inf
from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.balls import contacts
from rivalry_zoo.blocks.clouds import TILE, Cloud, clouds
from rivalry_zoo.blocks.nearest import enough, radii_within
from rivalry_zoo.features.pixels import PIXELS


def occurrences(cloud: Cloud, neighbours: int, tile: int = TILE) -> Tensor:
    """How many others have each point among their k nearest: N_k [N], whose mean is k.

    Of several that are equally far and the k-th nearest, each counts in part, so that their order does not matter.
    """
    radii = radii_within(cloud, neighbours, tile)

    def counts(share: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of each point, how many others are nearer than the k-th and how many as far, and N_k with shares of these."""
        nearer, level, found = torch.zeros((3, len(cloud)), dtype=torch.float64, device=radii.device)
        for _, i, j, signs in contacts(cloud, cloud, {0: radii}, tile):
            inside, border = ((signs == sign) & (i != j) for sign in (-1, 0))
            nearer += i[inside].bincount(minlength=len(cloud))
            level += i[border].bincount(minlength=len(cloud))
            found += j[inside].bincount(minlength=len(cloud))
            found += j[border].bincount(share[i[border]], minlength=len(cloud))
        return nearer, level, found

    nearer, level, found = counts(torch.ones_like(radii))
    share = (neighbours - nearer) / level
    return found if bool((share == 1).all()) else counts(share)[2]


def hubness(real: Tensor, fake: Tensor, neighbours: int = 10) -> dict[str, Score]:
    """How unevenly the fakes [M, d] are near neighbours of each other; of real samples [N, d] only the form counts.

    With N_k the number of other fakes that have one among their k nearest (`occurrences`): `skewness` is
    mean (N_k - k)^3 / (mean (N_k - k)^2)^(3/2), 0 where all N_k are k, and `antihubs` the part of fakes with N_k = 0.
    No standard error: the N_k depend on each other. ValueError unless there are more than k fakes.
    """
    found = occurrences(clouds(real, fake)[1], neighbours)
    gaps = found - neighbours
    spread = gaps.square().mean()
    skewness = float(gaps.pow(3).mean() / spread**1.5) if spread > 1e-20 else 0.0
    return {"skewness": Score(skewness), "antihubs": Score(float((found == 0).double().mean()))}


@frozen
class Hubness(Metric):
    """Hubness of the fakes, `hubness`, with k = 10: lower is better, but compare with what real samples score.

    A few hubs that are near very many, and antihubs near none, come with many features, where distances concentrate
    and the typical lie close to all. `skewness` is any real number, `antihubs` in [0, 1). ValueError unless there are
    more than k fakes.
    """

    name: ClassVar[str] = "hubness"
    paper: ClassVar[str] = (
        "Radovanovic, Nanopoulos & Ivanovic 2010, JMLR 11:2487-2531; Liang et al. 2022, arXiv:2206.06014"
    )
    direction: ClassVar = "lower"
    range: ClassVar = (-inf, inf)
    parts: ClassVar = ("skewness", "antihubs")

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 1000
    neighbours: Annotated[int, Gt(0)] = 10

    def __attrs_post_init__(self) -> None:
        enough(self.samples, self.neighbours)

    def compute(self, real: Tensor, fake: Tensor) -> dict[str, Score]:
        return hubness(real, fake, self.neighbours)


@hookimpl
def rivalry_components():
    return [Hubness]
