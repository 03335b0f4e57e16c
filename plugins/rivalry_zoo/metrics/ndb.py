"""Number of different bins: which kinds of samples are too frequent or too rare."""

from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt, Lt
from rivalry_zoo.blocks.feature_sets import exact_pair
from rivalry_zoo.blocks.kmeans import assign, kmeans
from rivalry_zoo.features.pixels import PIXELS


def different_bins(real: Tensor, fake: Tensor, level: float = 0.05) -> Tensor:
    """Whether each bin's part of the samples differs between counts real [K] and fake [K]: a two-sided z-test with the
    pooled part, at significance `level`. Bins that hold nothing or everything do not differ.
    """
    n, m = real.sum().double(), fake.sum().double()
    pooled = (real + fake) / (n + m)
    deviation = (pooled * (1 - pooled) * (1 / n + 1 / m)).sqrt()
    bound = torch.special.ndtri(torch.tensor(1 - level / 2, dtype=torch.float64))
    return (real / n - fake / m).abs() > bound * deviation


def jensen_shannon(p: Tensor, q: Tensor) -> Tensor:
    """The divergence of two histograms [K] in nats, at most log 2."""

    def entropy(some: Tensor) -> Tensor:
        return -torch.special.xlogy(some, some).sum()

    return (entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2).clamp(min=0)


def ndb(real: Tensor, fake: Tensor, bins: int = 50, level: float = 0.05, seed: int = 0) -> dict[str, Score]:
    """`different`, the part of k-means bins of the real samples [N, d] whose share of the fakes [M, d] differs, and
    `divergence`, Jensen-Shannon's of the shares.

    Of equal distributions about `level` of the bins differ, somewhat more with few samples, as the bins follow the real
    ones; n and m samples are about (bins - 1) (1 / n + 1 / m) / 8 apart. No standard error: bins depend on each other.
    ValueError for fewer real samples than bins.
    """
    real, fake = exact_pair(real, fake)
    if len(real) < bins:
        raise ValueError(f"{bins} bins need as many real samples, not {len(real)}: draw more or ask for fewer bins")
    middle = real.mean(0)
    scale = (real - middle).abs().max().clamp(min=1e-300)
    real, fake = ((x - middle).div(scale).float() for x in (real, fake))
    centres, own = kmeans(real, bins, torch.Generator().manual_seed(seed))
    counts = [labels.bincount(minlength=bins).double() for labels in (own, assign(fake, centres)[0])]
    differ = different_bins(*counts, level=level).double().mean()
    apart = jensen_shannon(*(count / count.sum() for count in counts))
    return {"different": Score(float(differ)), "divergence": Score(float(apart))}


@frozen
class Ndb(Metric):
    """`ndb` through any features: lower is better; `different` in [0, 1], `divergence` in [0, log 2].

    It sees lost and overdrawn kinds of samples, not what single samples look like. The paper has 100 bins of 200 and
    more samples each; 50 suit 5,000. ValueError for fewer samples than bins.
    """

    name: ClassVar[str] = "ndb"
    paper: ClassVar[str] = "Richardson & Weiss 2018, arXiv:1805.12462"
    direction: ClassVar = "lower"
    range: ClassVar = (0.0, 1.0)
    parts: ClassVar = ("different", "divergence")

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 5000
    bins: Annotated[int, Gt(1)] = 50
    level: Annotated[float, Gt(0), Lt(1)] = 0.05
    seed: int = 0

    def __attrs_post_init__(self) -> None:
        if self.samples < self.bins:
            raise ValueError(f"samples must reach bins, but got {self.samples} and {self.bins}: raise samples")

    def compute(self, real: Tensor, fake: Tensor) -> dict[str, Score]:
        return ndb(real, fake, self.bins, self.level, self.seed)


@hookimpl
def rivalry_components():
    return [Ndb]
