"""Frechet distance: the squared 2-Wasserstein distance of the Gaussians that share two sets' means and covariances."""

from math import inf, sqrt
from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.checked_sets import checked_pair
from rivalry_zoo.blocks.feature_statistics import FeatureStatistics
from rivalry_zoo.blocks.overlaps import largest_skew, overlap_of_covariances, overlap_of_rows, regular_overlap
from rivalry_zoo.features.pixels import PIXELS


def _apart(means: tuple[Tensor, Tensor], traces: Tensor, overlap: Tensor) -> Score:
    return Score(float((means[0] - means[1]).square().sum() + (traces - 2 * overlap).clamp(min=0)))


def _checked(mean: Tensor, covariance: Tensor, name: str) -> tuple[Tensor, Tensor]:
    if mean.ndim != 1 or covariance.shape != (len(mean), len(mean)) or len(mean) == 0:
        raise ValueError(
            f"{name} must have a mean [d] and a covariance [d, d], not {list(mean.shape)} and {list(covariance.shape)}"
        )
    skew = largest_skew(covariance)  # not finite where the covariance is not
    if not (mean.isfinite().all() and skew.isfinite()):
        raise ValueError(f"{name}'s mean and covariance must be finite: look for a diverged generator")
    if skew > 1e-5 * covariance.diagonal().abs().max():
        raise ValueError(f"{name}'s covariance must be symmetric: look how it was made")
    wide = mean.detach().cpu() if mean.device.type == "mps" else mean.detach()  # mps has no float64
    return wide.double(), covariance.detach().to(wide.device).double()


def frechet_from_statistics(
    real_mean: Tensor, real_covariance: Tensor, fake_mean: Tensor, fake_covariance: Tensor
) -> Score:
    """`frechet_distance` of means [d] and covariances [d, d], as stored or gathered by `FeatureStatistics`; float64.

    Singular covariances are fine, but known only as far as rounding lets them: for fewer samples than features,
    `frechet_distance` of the features themselves is exact. ValueError for shapes that do not fit, for what is not
    finite, not symmetric or has negative variances.
    """
    real, fake = _checked(real_mean, real_covariance, "real"), _checked(fake_mean, fake_covariance, "fake")
    if len(real[0]) != len(fake[0]):
        raise ValueError(
            f"real and fake must have equally many features, not {len(real[0])} and {len(fake[0])}: "
            "pass both through the same extractor"
        )
    overlap = overlap_of_covariances(real[1], fake[1])
    return _apart((real[0], fake[0]), real[1].trace() + fake[1].trace(), overlap)


def frechet_distance(real: Tensor, fake: Tensor) -> Score:
    """|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)) of real [N, d] and fake [M, d], covariances over N - 1, in float64.

    No matrix square root is taken: Cholesky and symmetric eigenvalues where both covariances are regular, else singular
    values of the product of thin factors, exact for N < d too. It is biased upwards for few samples: by about
    s^2 (2 d + d (d + 1) / 2) / N for two samples of one N(0, s^2 I). No standard error is known in closed form.
    """
    real, fake = checked_pair(real, fake, at_least=2)
    if min(len(real), len(fake)) > real.shape[1]:
        one, other = FeatureStatistics(), FeatureStatistics()
        one.add(real)
        other.add(fake)
        first, second = one.covariance, other.covariance
        overlap = regular_overlap(first, second)
        if overlap is not None:
            return _apart((one.mean, other.mean), first.trace() + second.trace(), overlap)
    real, fake = real.double(), fake.double()
    means = real.mean(0), fake.mean(0)
    a, b = (real - means[0]) / sqrt(len(real) - 1), (fake - means[1]) / sqrt(len(fake) - 1)
    return _apart(means, a.square().sum() + b.square().sum(), overlap_of_rows(a, b))


@frozen
class FrechetDistance(Metric):
    """Frechet distance through any features: `frechet_distance`; lower is better, 0 at least, in squared units.

    It is printed as FID only through the Inception network of the papers, else with the features' name, as fd_judge.
    Errors: ValueError for fewer than two samples of either set. `samples` is the number drawn of each set; values for
    different numbers do not compare.
    """

    name: ClassVar[str] = "frechet_distance"
    paper: ClassVar[str] = "Heusel et al. 2017, arXiv:1706.08500"
    direction: ClassVar = "lower"
    is_default: ClassVar[bool] = True
    range: ClassVar = (0.0, inf)
    short: ClassVar = "fd"
    published: ClassVar = "FID"

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 1000

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return frechet_distance(real, fake)


@hookimpl
def rivalry_components():
    return [FrechetDistance]
